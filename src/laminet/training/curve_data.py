"""The curves that a network is trained on."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.errors import InputError, shown
from laminet.files import training_curves
from laminet.files.elastic import SPLITS
from laminet.loading.paths import LoadPath
from laminet.loading.settings import LoadSettings
from laminet.training.curve_backend import CurveBackend
from laminet.training.curve_loss import Curve, curve_gradient
from laminet.training.loop import Backend, ElasticBackend
from laminet.training.settings import TrainingSettings
from laminet.training.state import State

CurveFile = Path | str | xr.Dataset


@dataclass(frozen=True, eq=False)
class CurveData:
    """What a network is trained on in addition to elastic data.

    Attributes:
        train: curves its parameters are fitted to.
        validation: curves its errors are judged by.
    """

    train: list[Curve]
    validation: list[Curve]

    @property
    def counts(self) -> tuple[int, int]:
        """Curves for training and for validation."""
        return len(self.train), len(self.validation)

    @property
    def one_of_each(self) -> list[Curve]:
        """The first curve of every composite."""
        first: dict[object, Curve] = {}
        for curve in (*self.train, *self.validation):
            first.setdefault(curve.composite, curve)
        return list(first.values())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all curves and their laws; names do not count."""
        digest = hashlib.sha256()
        for curves in (self.train, self.validation):
            digest.update(f"{len(curves)}\0".encode())
            for curve in curves:
                path = curve.path
                digest.update(f"{curve.composite.text}\0{path.steps}\0".encode())
                for values in (path.prescribed, path.strain, path.stress, curve.stress, curve.loaded):
                    digest.update(np.ascontiguousarray(values, dtype=float).tobytes())
        return digest.hexdigest()

    def check(self, settings: TrainingSettings, phases: int) -> None:
        """Check, before any work is done, that a training can compare with the curves and differentiate their laws.

        Raises:
            InputError: as `laminet.training.curve_loss.curve_gradient`.
        """
        for curve in (*self.train, *self.validation):
            curve.compared(settings.curve.every)
        network = State.initial(settings).network(settings, phases)
        curve_gradient(network, self.one_of_each, every=settings.curve.every, backend=settings.backend)

    def backend(self, elastic: ElasticBackend, settings: TrainingSettings, phases: int, threads: int) -> Backend:
        """A backend whose steps also fit these curves.

        Raises:
            InputError: as `check`.
        """
        self.check(settings, phases)
        return CurveBackend(elastic, self.train, self.validation, settings, phases, threads)


def curve_data_of(given: CurveFile | Iterable[CurveFile]) -> CurveData:
    """Training curves of a file or a dataset, or of several, in their order.

    A curve ends at its file's last step, or at the last one before a step that failed. One without a stress to compare
    with, such as one whose first step failed, is left out.

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
    clocks = data["time"].values if "time" in data else np.full(data["strain"].shape[:2], np.nan)
    rows = zip(*(data[name].values for name in names), clocks, strict=True)
    for number, (strain, stress, loaded, composite, control, split, clock) in enumerate(rows):
        prescribed, values = training_curves.driven(strain, stress, loaded, str(control))
        loaded, stress = loaded.astype(bool), stress[1 : len(values)]
        if np.nan_to_num(stress[:, loaded]).any():
            given = np.where(prescribed, values, 0.0), np.where(prescribed, 0.0, values)
            time = clock[: len(values)]
            if np.isnan(time).any():
                time = np.linspace(0.0, LoadSettings.duration, len(values))
            path = LoadPath(f"curve {number}", str(control), prescribed, *given, loaded, time)
            yield str(split), Curve(laws[str(composite)], path, stress, loaded)
