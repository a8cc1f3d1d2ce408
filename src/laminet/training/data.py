"""The samples that a network is trained on."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files.elastic import SPLITS
from laminet.materials.stiffness import contrast


@dataclass(frozen=True, eq=False)
class Samples:
    """Stiffnesses of some samples, Mandel, GPa.

    Attributes:
        phases: (n, P, 6, 6) of the phases.
        stiffness: (n, 6, 6) of the composite.
    """

    phases: np.ndarray
    stiffness: np.ndarray

    def __len__(self) -> int:
        return len(self.stiffness)


@dataclass(frozen=True, eq=False)
class ElasticData:
    """What a network is trained on.

    Attributes:
        train: the samples its parameters are fitted to.
        validation: those its errors are judged by.
    """

    train: Samples
    validation: Samples

    @property
    def phases(self) -> int:
        """Number of phases, P."""
        return int(self.train.phases.shape[1])

    @property
    def contrast(self) -> list[float]:
        """Least and largest contrast of the training samples' phases, see `laminet.materials.stiffness.contrast`."""
        contrasts = contrast(self.train.phases)
        return [float(contrasts.min()), float(contrasts.max())]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all stiffnesses."""
        digest = hashlib.sha256()
        for samples in (self.train, self.validation):
            for stiffness in (samples.phases, samples.stiffness):
                digest.update(np.ascontiguousarray(stiffness, dtype=float).tobytes())
        return digest.hexdigest()

    def first(self, number: int) -> "ElasticData":
        """The first `number` training samples: smaller training sets are prefixes of larger ones."""
        return replace(self, train=Samples(self.train.phases[:number], self.train.stiffness[:number]))


def data_of(dataset: xr.Dataset, where: Path | str, least: int = 1) -> ElasticData:
    """The samples of a checked elastic dataset, in file order.

    Args:
        dataset: as `laminet.files.foreign.given` gives it.
        where: names it in messages.
        least: training samples that are needed.

    Raises:
        InputError: fewer training samples than needed, or none for validation.
    """
    parts = []
    for split, needed in zip(SPLITS, (least, 1), strict=True):
        index = np.flatnonzero(dataset["split"].values == split)
        if len(index) < needed:
            raise InputError(
                f"{where}: {len(index)} samples in split '{split}', {needed} needed; ask for fewer or add some"
            )
        values = (dataset[name].values[index] for name in ("stiffness_phase", "stiffness"))
        parts.append(Samples(*(np.asarray(stiffness, dtype=float) for stiffness in values)))
    return ElasticData(*parts)
