"""Elastic homogenisation of a cell, and the elastic data sets made with it.

The strain is macro + A a. Fluctuations are periodic, sum W A = 0, so the load of a macroscopic strain involves only the
difference of the phases, dC = C2 - C1. It is A^T W C macro = G dC macro, where G is A^T W over phase 2 alone. Hence

    C = f1 C1 + f2 C2 - dC M dC,   M = G^T K^-1 G,   K = A^T W C A,

the same form as a laminate's block, with M in the place of f1 f2 H (H^T Chat H)^-1 H^T.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import numpy as np
import xarray as xr

from laminet.cells.fibres.mesh import Mesh
from laminet.cells.fibres.operator import ANTIPLANE, COUPLED, IN_PLANE, Group
from laminet.errors import InputError
from laminet.files import shards
from laminet.files.elastic import dataset_of
from laminet.files.netcdf import parameters_sha256
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.settings import MOST_SAMPLES
from laminet.materials.stiffness import check_stiffness, symmetric
from laminet.numeric import real_array

STREAMS = {"train": 0, "validation": 1}

SHARED = {
    "cell_sha256": "another cell",
    "design_sha256": "other phases: samples, seed or their distribution",
    "params_sha256": "other options",
    "shards": "another number of shards",
    "samples": "another number of samples",
}
"""Attributes in which shards of one data set agree, and what it means where they do not."""


class Homogenizer:
    """Elastic homogenisation of one cell: everything that does not depend on the phases is done once."""

    def __init__(self, cell: Mesh):
        self.fraction = cell.volume_fraction
        self._problem = cache(partial(_Problem, cell))

    def __call__(self, stiffness_1: np.ndarray, stiffness_2: np.ndarray, decouple: bool = True) -> np.ndarray:
        """Effective stiffness (6, 6) of one pair of phases (6, 6), Mandel.

        In-plane (11, 22, 33, 12) and antiplane (23, 13) fields are solved apart where no coefficient of either phase
        couples them (orthotropic phases aligned with the cell, for instance), unless `decouple` is False.
        """
        difference = stiffness_2 - stiffness_1
        effective = stiffness_1 + self.fraction * difference
        for group in (IN_PLANE, ANTIPLANE) if decouple and decoupled(stiffness_1, stiffness_2) else (COUPLED,):
            problem = self._problem(group)
            rows = difference[:, problem.components]
            effective = effective - rows @ problem.response(stiffness_1, stiffness_2) @ rows.T
        return symmetric(effective)


class _Problem:
    """K and G of one group of displacements."""

    def __init__(self, cell: Mesh, group: Group):
        self.components = [i for i in group.components if i != 2]  # displacements do not vary along the fibres
        rows = [group.components.index(i) for i in self.components]
        self._strain = cell.operator.strain(group)[:, :, rows]
        self._weight, self._phase = cell.operator.weight, cell.phase
        self._assembly = cell.operator.assembly(group)
        second = self._weight * (self._phase == 2)[:, None]
        self.load = self._assembly.vector(np.einsum("eq,eqid->edi", second, self._strain))

    def response(self, stiffness_1: np.ndarray, stiffness_2: np.ndarray) -> np.ndarray:
        """M (components, components)."""
        within = np.ix_(self.components, self.components)
        stiffness = np.stack([stiffness_1[within], stiffness_2[within]])[self._phase - 1]
        flux = self._weight[:, :, None, None] * (stiffness[:, None] @ self._strain)
        elements, size = len(flux), flux.shape[-1]
        matrices = self._strain.reshape(elements, -1, size).transpose(0, 2, 1) @ flux.reshape(elements, -1, size)
        root = self._assembly.factorize(matrices).forward(self.load)  # L^-1 G with K = L L^T
        return root.T @ root


def decoupled(*stiffnesses: np.ndarray) -> bool:
    """Whether no coefficient of the stiffnesses (..., 6, 6) couples (11, 22, 33, 12) with (23, 13)."""
    row, column = np.ix_(IN_PLANE.components, ANTIPLANE.components)
    return not any(stiffness[..., row, column].any() for stiffness in stiffnesses)


def homogenize(cell: Mesh, stiffness_1: np.ndarray, stiffness_2: np.ndarray) -> np.ndarray:
    """Effective stiffness (n, 6, 6) of n pairs of phases, each (n, 6, 6), Mandel, in the phases' unit.

    Raises:
        InputError: a phase that is not finite, symmetric and positive definite, or shapes that differ.
    """
    stiffness_1, stiffness_2 = (
        check_stiffness(real_array(stiffness, where), where)
        for stiffness, where in ((stiffness_1, "stiffness of phase 1"), (stiffness_2, "stiffness of phase 2"))
    )
    if stiffness_1.shape != stiffness_2.shape or stiffness_1.ndim != 3:
        raise InputError(f"stiffnesses of shape {stiffness_1.shape} and {stiffness_2.shape}; both must be (n, 6, 6)")
    homogenizer = Homogenizer(cell)
    pairs = zip(stiffness_1, stiffness_2, strict=True)
    return np.array([homogenizer(*pair) for pair in pairs]).reshape(stiffness_1.shape)


def sample(
    cell: Mesh,
    samples: int,
    validation: int,
    seed: int,
    sampling: Sampling,
    shard: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Homogenise random phase pairs: the elastic data contract.

    Args:
        cell: the cell.
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
    drawn = [sample_phases(counts[split], seed, stream, sampling) for split, stream in STREAMS.items()]
    first, second = (np.concatenate([pair[k] for pair in drawn]) for k in (0, 1))
    split = np.repeat(list(counts), list(counts.values()))
    design = {"samples": samples, "validation": validation, "seed": seed, "sampling": vars(sampling)}
    return _homogenised(cell, first, second, split, design, shard, progress)


def sample_given(
    cell: Mesh,
    phases: xr.Dataset,
    shard: tuple[int, int] = (1, 1),
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Homogenise given phase pairs: the elastic data contract, as `sample`.

    Args:
        cell: the cell.
        phases: stiffness_phase (sample, phase, i, j) of two phases, Mandel, GPa, with the coordinates split and sample,
            the numbers 0, 1, ... in any order, which the data keep.
        shard, progress: as in `sample`.

    Raises:
        InputError: an impossible shard, or a phase that is not finite, symmetric and positive definite, or not two.
    """
    if phases.sizes["phase"] != 2:
        raise InputError(f"{phases.sizes['phase']} phases are given; a cell with fibres has two, matrix and fibre")
    first, second = (
        check_stiffness(np.ascontiguousarray(phases["stiffness_phase"].values[:, k], dtype=float), f"stiffness_{k + 1}")
        for k in (0, 1)
    )
    design = {"phases": hashlib.sha256(first.tobytes() + second.tobytes()).hexdigest()}
    data = _homogenised(cell, first, second, phases["split"].values, design, shard, progress)
    return data.assign_coords(sample=phases["sample"].values[data["sample"].values])


def _homogenised(
    cell: Mesh,
    first: np.ndarray,
    second: np.ndarray,
    split: np.ndarray,
    design: Mapping[str, object],
    shard: tuple[int, int],
    progress: Callable[[int, int], None] | None,
) -> xr.Dataset:
    sample = shards.part(len(first), shard)
    homogenizer = Homogenizer(cell)
    effective = np.empty((len(sample), 6, 6))
    for done, index in enumerate(sample):
        effective[done] = homogenizer(first[index], second[index])
        if progress is not None:
            progress(done + 1, len(sample))
    dataset = dataset_of(np.stack([first[sample], second[sample]], axis=1), effective, split[sample], sample)
    return dataset.assign_attrs(
        shard=shard[0],
        shards=shard[1],
        samples=len(split),
        cell_sha256=cell.digest,
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
    return dataset_of(phases, stiffness, split.astype(str), order[place]).assign_attrs(shard=1, shards=1, **kept)
