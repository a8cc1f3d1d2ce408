"""The curves that a network is trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.errors import InputError, shown
from laminet.files import training_curves
from laminet.files.elastic import SPLITS
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite

CurveFile = Path | str | xr.Dataset


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve to its end: that of its file, or the last step before one that failed.

    Attributes:
        composite: laws of the phases.
        path: what is prescribed, as networks are driven along it.
        strain: (steps + 1, 6) Mandel; NaN where it is neither prescribed nor known.
        stress: (steps + 1, 6) Mandel, GPa, zero where `mask` is False.
        mask: (steps + 1, 6) True where a stress is driven by strain and known: what the loss compares.
    """

    composite: Composite
    path: LoadPath
    strain: np.ndarray
    stress: np.ndarray
    mask: np.ndarray

    @property
    def control(self) -> str:
        """ "strain" or "stress"."""
        return self.path.control

    @property
    def loaded(self) -> np.ndarray:
        """(6,) True for the components that strain drives."""
        return self.path.loaded


@dataclass(frozen=True, eq=False)
class CurveData:
    """What a network is trained on in addition to elastic data.

    Attributes:
        train: curves its parameters are fitted to.
        validation: curves its errors are judged by.
    """

    train: list[Curve]
    validation: list[Curve]


def curve_data_of(given: CurveFile | Iterable[CurveFile]) -> CurveData:
    """Training curves of a file or a dataset, or of several, in their order.

    A curve without a stress to compare with, such as one whose first step failed, is left out.

    Raises:
        InputError: as `laminet.files.training_curves.load`, something else, or no curve for training.
    """
    entries = [given] if isinstance(given, Path | str | xr.Dataset) else list(given)
    curves = list(chain.from_iterable(map(_curves, entries)))
    parts = [[curve for split, curve in curves if split == wanted] for wanted in SPLITS]
    if not parts[0]:
        raise InputError(f"{', '.join(map(_name, entries))}: holds no curve for training that could be compared with")
    return CurveData(*parts)


def _name(entry: CurveFile) -> str:
    return str(entry) if isinstance(entry, Path | str) else "curves"


def _curves(entry: CurveFile) -> Iterable[tuple[str, Curve]]:
    """Split and content of every curve that holds something."""
    where = _name(entry)
    if not isinstance(entry, Path | str | xr.Dataset):
        raise InputError(f"{where}: is {shown(entry)}; give a file or a dataset")
    data = training_curves.check(entry, where) if isinstance(entry, xr.Dataset) else training_curves.load(entry)
    laws = training_curves.composites_of(data, where)
    names = "strain", "stress", "loaded", "composite", "control", "split"
    for number, row in enumerate(zip(*(data[name].values for name in names), strict=True)):
        strain, stress, loaded, composite, control, split = row
        prescribed, values = training_curves.driven(strain, stress, loaded, str(control))
        loaded, strain, stress = loaded.astype(bool), strain[: len(values)], stress[: len(values)]
        mask = np.isfinite(stress) & loaded
        mask[0] = False
        if mask.any():
            given = np.where(prescribed, values, 0.0), np.where(prescribed, 0.0, values)
            path = LoadPath(f"curve {number}", str(control), prescribed, *given, loaded)
            yield str(split), Curve(laws[str(composite)], path, strain, np.where(mask, stress, 0.0), mask)
