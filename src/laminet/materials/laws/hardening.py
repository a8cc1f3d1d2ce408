"""Isotropic hardening: the yield stress as a function of the equivalent plastic strain, and the return to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from laminet.errors import ConvergenceError, InputError
from laminet.materials.stiffness import check_positive
from laminet.numeric import library

YIELD_ITERATIONS = 60
YIELD_TOLERANCE = 1e-14  # of the elastic slope and of the trial stress: rounding


@dataclass(frozen=True)
class Hardening:
    """Yield stress initial + linear p + saturation (1 - exp(-rate p)), GPa, of the equivalent plastic strain p."""

    initial: float
    linear: float = 0.0
    saturation: float = 0.0
    rate: float = 0.0

    def __post_init__(self) -> None:
        check_positive({"initial": self.initial}, "for flow from the start take 1e-6 of young")
        for name, value in vars(self).items():
            if value < 0.0:
                raise InputError(f"{name} is {value}; softening is not supported, it must not be negative")
        for name, other in (("saturation", "rate"), ("rate", "saturation")):
            if getattr(self, name) and not getattr(self, other):
                raise InputError(f"{name} is {getattr(self, name)} without {other}; give both, or neither")

    def stress(self, p: Any) -> Any:
        """Yield stress, GPa; p is an array or a tensor."""
        return self.initial + self.linear * p - self.saturation * library(p).expm1(-self.rate * p)

    def slope(self, p: np.ndarray) -> np.ndarray:
        """Derivative of the yield stress, GPa."""
        return self.linear + self.saturation * self.rate * np.exp(-self.rate * p)

    def increment(self, trial: np.ndarray, elastic: float, p: np.ndarray) -> np.ndarray:
        """Root d (n,) of trial - elastic d = yield stress(p + d): the growth of p that returns the stress to yield.

        The function falls and is convex (hardening is concave), so Newton from d = 0 rises to the root without
        overshooting: no bracket is needed.

        Args:
            trial: (n,) equivalent stresses without flow, not below yield, GPa.
            elastic: how much of them a unit of d takes off, GPa.
            p: (n,) equivalent plastic strains before.

        Raises:
            ConvergenceError: a trial stress that is not finite.
        """
        increment = np.zeros_like(trial)
        for _ in range(YIELD_ITERATIONS):
            excess = trial - elastic * increment - self.stress(p + increment)
            step = excess / (elastic + self.slope(p + increment))
            increment += step
            if np.all(np.abs(step) <= YIELD_TOLERANCE * (increment + trial / elastic)):
                return increment
        raise ConvergenceError("return mapping did not converge: trial stress or hardening is not finite")
