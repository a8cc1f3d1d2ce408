"""Stress-strain curves that a network is trained on, and what their loss gives."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from laminet.errors import InputError
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.numeric import library


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of one composite that a network should reproduce.

    Attributes:
        composite: laws of the phases.
        path: the load path with its control.
        stress: (steps, 6) target at steps 1 ... steps of the path, Mandel, GPa; NaN where it was not measured.
        loaded: (6,) True for the components that the loss compares.

    Raises:
        InputError: a shape that does not fit the path.
    """

    composite: Composite
    path: LoadPath
    stress: np.ndarray
    loaded: np.ndarray

    def __post_init__(self) -> None:
        for name, shape in (("stress", (self.path.steps, 6)), ("loaded", (6,))):
            if (given := getattr(self, name).shape) != shape:
                raise InputError(f"{self}: {name} has the shape {given}; it must be {shape}")

    def __str__(self) -> str:
        """The curve for messages."""
        return f"curve of {self.composite.name}, load case {self.path.name} ({self.path.control} control)"

    def compared(self, every: int = 1) -> np.ndarray:
        """Stresses (steps, 6) that the loss compares: loaded and measured, of every n-th step and of the last.

        Raises:
            InputError: there is none, or all of them are zero, so that no relative error exists.
        """
        number = np.arange(1, self.path.steps + 1)
        steps = (number % every == 0) | (number == self.path.steps)
        mask = steps[:, None] & self.loaded & np.isfinite(self.stress)
        if not self.stress[mask].any():
            raise InputError(f"{self}: no stress other than zero is compared; give one of a loaded component")
        return mask

    def error(self, stress: Any, compared: np.ndarray) -> Any:
        """Relative error |S - S*| / |S*| of a prediction (steps, 6), array or tensor, over the stresses compared."""
        target = self.stress[compared]
        difference = stress[compared] - library(stress).asarray(target)
        return library(stress).linalg.norm(difference) / float(np.linalg.norm(target))


@dataclass(frozen=True, eq=False)
class CurveGradient:
    """Losses of curves and the gradient of their mean.

    Attributes:
        losses: (curve,) relative error of each curve, dimensionless; NaN if the prediction failed.
        gradient: (p,) of the mean over the curves that did not fail, with respect to the parameters in the order of
            `laminet.training.state.State.vector`; zero if all failed, NaN where it was not asked for.
        stress: (curve, step, 6) prediction at steps 1 ... of the path, Mandel, GPa; NaN past the end of a path and
            from a step that failed on.
        failed: (curve,) whether a step found no equilibrium.
    """

    losses: np.ndarray
    gradient: np.ndarray
    stress: np.ndarray
    failed: np.ndarray
