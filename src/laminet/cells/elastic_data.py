"""Elastic data sets: pairs or tuples of phases, random or given, homogenised on a cell of any kind."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files import shards
from laminet.files.elastic import dataset_of, phase_names
from laminet.files.netcdf import parameters_sha256
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.settings import MOST_SAMPLES
from laminet.materials.stiffness import check_stiffness

STREAMS = {"train": 0, "validation": 1}

SHARED = {
    "cell_sha256": "another cell",
    "design_sha256": "other phases: samples, seed or their distribution",
    "params_sha256": "other options",
    "shards": "another number of shards",
    "samples": "another number of samples",
}
"""Attributes in which shards of one data set agree, and what it means where they do not."""


class CellHomogenizer(Protocol):
    """Elastic homogenisation of a cell.

    Attributes:
        phases: number of phases.
        digest: of the cell.
    """

    phases: int
    digest: str

    def __call__(self, *stiffnesses: np.ndarray) -> np.ndarray:
        """Effective stiffness (6, 6) of phases (6, 6), Mandel."""

    def notes(self, phases: np.ndarray, effective: np.ndarray) -> dict[str, float]:
        """Attributes of a data set of phases (n, P, 6, 6) and effective stiffnesses (n, 6, 6)."""


def sample(
    homogenizer: CellHomogenizer,
    samples: int,
    validation: int,
    seed: int,
    sampling: Sampling,
    shard: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Homogenise random phases: the elastic data contract.

    Args:
        homogenizer: of the cell.
        samples: number of training samples.
        validation: number of validation samples.
        seed: of the phases; more samples extend fewer.
        sampling: distribution of the phases.
        shard: (k, n): only every n-th sample, from the k-th, counted from 1.
        progress: called as progress(done, all) after every sample.

    Returns:
        Dataset with stiffness_phase, stiffness [GPa] and the coordinates sample (the number in the whole set, training
        first) and split; attributes say which shard of how many it is and what it must be merged with.

    Raises:
        InputError: numbers out of range.
    """
    if samples < 0 or validation < 0 or samples + validation == 0:
        raise InputError(f"{samples} training and {validation} validation samples; ask for at least one in all")
    counts = {"train": samples, "validation": validation}
    number = homogenizer.phases
    drawn = [sample_phases(counts[split], seed, stream, sampling, number) for split, stream in STREAMS.items()]
    phases = np.concatenate([np.stack(each, axis=1) for each in drawn])
    split = np.repeat(list(counts), list(counts.values()))
    design = {"samples": samples, "validation": validation, "seed": seed, "sampling": vars(sampling)}
    return _homogenised(homogenizer, phases, split, design, shard, progress)


def sample_given(
    homogenizer: CellHomogenizer,
    phases: xr.Dataset,
    shard: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Homogenise given phases: the elastic data contract, as `sample`.

    Args:
        homogenizer: of the cell.
        phases: stiffness_phase (sample, phase, i, j) of its phases, Mandel, GPa, with the coordinates split and sample,
            the numbers 0, 1, ... in any order, which the data keep.
        shard, progress: as in `sample`.

    Raises:
        InputError: an impossible shard, a phase that is not finite, symmetric and positive definite, or another number
            of phases.
    """
    if phases.sizes["phase"] != homogenizer.phases:
        raise InputError(f"{phases.sizes['phase']} phases are given, but the cell has {homogenizer.phases}")
    several = [
        check_stiffness(np.ascontiguousarray(phases["stiffness_phase"].values[:, k], dtype=float), name)
        for k, name in enumerate(phase_names(homogenizer.phases))
    ]
    design = {"phases": hashlib.sha256(b"".join(each.tobytes() for each in several)).hexdigest()}
    stacked = np.stack(several, axis=1)
    data = _homogenised(homogenizer, stacked, phases["split"].values, design, shard, progress)
    return data.assign_coords(sample=phases["sample"].values[data["sample"].values])


def _homogenised(
    homogenizer: CellHomogenizer,
    phases: np.ndarray,
    split: np.ndarray,
    design: Mapping[str, object],
    shard: tuple[int, int],
    progress: Callable[[int, int], None] | None,
) -> xr.Dataset:
    sample = shards.part(len(phases), shard)
    effective = np.empty((len(sample), 6, 6))
    for done, index in enumerate(sample):
        effective[done] = homogenizer(*phases[index])
        if progress is not None:
            progress(done + 1, len(sample))
    dataset = dataset_of(phases[sample], effective, split[sample], sample)
    return dataset.assign_attrs(
        homogenizer.notes(phases[sample], effective),
        shard=shard[0],
        shards=shard[1],
        samples=len(split),
        cell_sha256=homogenizer.digest,
        design_sha256=parameters_sha256(design),
    )


def merge(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """The whole of its shards, in the order of the samples, equal to what a single job makes.

    Args:
        datasets: all shards, in any order.
        names: of their files, for messages.

    Raises:
        InputError: shards of different data sets, a shard twice, or one missing.
    """
    place = shards.whole(datasets, names, "sample", SHARED, MOST_SAMPLES)
    order = np.concatenate([dataset["sample"].values for dataset in datasets])
    phases, stiffness, split = (
        np.concatenate([dataset[name].values for dataset in datasets])[place]
        for name in ("stiffness_phase", "stiffness", "split")
    )
    kept = {name: datasets[0].attrs.get(name, "") for name in ("samples", "cell_sha256", "design_sha256")}
    noted = [dataset.attrs["voxel_error"] for dataset in datasets if "voxel_error" in dataset.attrs]
    kept |= {"voxel_error": float(np.mean(noted))} if noted else {}
    return dataset_of(phases, stiffness, split.astype(str), order[place]).assign_attrs(shard=1, shards=1, **kept)
