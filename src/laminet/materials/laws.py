"""Constitutive laws at many points at once: linear elasticity and J2 plasticity with isotropic hardening.

The state of a point is always the seven numbers (plastic strain, Mandel; equivalent plastic strain), zero when
virgin and unused by an elastic law, so that histories of mixed points are one plain array.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from laminet import mandel
from laminet.errors import ConvergenceError, InputError
from laminet.materials.elastic import isotropic_stiffness

STATE_SIZE = 7
PLASTIC_STRAIN = slice(0, 6)
EQUIVALENT = 6

YIELD_ITERATIONS = 60
YIELD_TOLERANCE = 1e-14  # of the elastic slope 3 G and of the trial stress: rounding
YIELD_MARGIN = 1e-10  # of the yield stress: a point just returned to yield does not flow again by rounding alone


class Law(Protocol):
    """Stress and tangent of points that share one material."""

    @property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (6, 6), Mandel, GPa."""

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress (n, 6), consistent tangent (n, 6, 6) and new state (n, 7) at total strain (n, 6) from `state`."""


@dataclass(frozen=True)
class Elastic:
    """Linear elasticity of any anisotropy; `stiffness` (6, 6), Mandel, GPa. Equal stiffnesses make equal laws."""

    stiffness: np.ndarray

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Elastic):
            return NotImplemented
        return np.array_equal(self.stiffness, other.stiffness)

    def __hash__(self) -> int:
        return hash(tuple(np.ravel(self.stiffness).tolist()))

    @property
    def native(self) -> tuple[str, np.ndarray]:
        """Name and constants of the twin in native/laws/elastic.hpp."""
        return "elastic", np.ravel(self.stiffness)

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Law.update; the state stays as it is."""
        tangent = np.broadcast_to(self.stiffness, (len(strain), 6, 6))
        return strain @ self.stiffness, tangent, state


@dataclass(frozen=True)
class Hardening:
    """Yield stress initial + linear p + saturation (1 - exp(-rate p)), GPa, of the equivalent plastic strain p."""

    initial: float
    linear: float = 0.0
    saturation: float = 0.0
    rate: float = 0.0

    def stress(self, p: np.ndarray) -> np.ndarray:
        """Yield stress, GPa."""
        return self.initial + self.linear * p - self.saturation * np.expm1(-self.rate * p)

    def slope(self, p: np.ndarray) -> np.ndarray:
        """Derivative of the yield stress, GPa."""
        return self.linear + self.saturation * self.rate * np.exp(-self.rate * p)


@dataclass(frozen=True)
class J2:
    """Isotropic elasticity with von Mises plasticity, implicit radial return; Young's modulus in GPa."""

    young: float
    poisson: float
    hardening: Hardening

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (6, 6), Mandel, GPa."""
        return isotropic_stiffness(self.young, self.poisson)

    @property
    def shear(self) -> float:
        """Shear modulus, GPa."""
        return self.young / (2.0 * (1.0 + self.poisson))

    @property
    def native(self) -> tuple[str, np.ndarray]:
        """Name and constants of the twin in native/laws/j2.hpp."""
        hardening = self.hardening
        parameters = (hardening.initial, hardening.linear, hardening.saturation, hardening.rate)
        return "j2", np.array([self.young, self.poisson, *parameters], dtype=float)

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Law.update: implicit radial return with its consistent tangent."""
        trial = (strain - state[:, PLASTIC_STRAIN]) @ self.stiffness
        deviator = trial @ mandel.DEVIATORIC
        norm = np.linalg.norm(deviator, axis=1)
        mises = np.sqrt(1.5) * norm
        tangent = np.repeat(self.stiffness[None], len(strain), axis=0)
        flows = np.flatnonzero(mises > self.hardening.stress(state[:, EQUIVALENT]) * (1.0 + YIELD_MARGIN))
        if flows.size == 0:
            return trial, tangent, state
        multiplier = self._plastic_increment(mises[flows], state[flows, EQUIVALENT])
        direction = deviator[flows] / norm[flows, None]
        stress, updated = trial.copy(), state.copy()
        flow = np.sqrt(1.5) * multiplier[:, None] * direction
        stress[flows] -= 2.0 * self.shear * flow
        updated[flows, PLASTIC_STRAIN] += flow
        updated[flows, EQUIVALENT] += multiplier
        ratio = multiplier / mises[flows]
        slope = self.hardening.slope(updated[flows, EQUIVALENT])
        six_g2 = 6.0 * self.shear**2
        tangent[flows] -= (six_g2 * ratio)[:, None, None] * mandel.DEVIATORIC
        along = six_g2 * (ratio - 1.0 / (3.0 * self.shear + slope))
        tangent[flows] += along[:, None, None] * (direction[:, :, None] * direction[:, None, :])
        return stress, tangent, updated

    def _plastic_increment(self, mises: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Root d of mises - 3 G d = yield stress(p + d).

        The function falls and is convex (hardening is concave), so Newton from d = 0 rises to the root without
        overshooting: no bracket is needed.
        """
        increment = np.zeros_like(mises)
        for _ in range(YIELD_ITERATIONS):
            excess = mises - 3.0 * self.shear * increment - self.hardening.stress(p + increment)
            step = excess / (3.0 * self.shear + self.hardening.slope(p + increment))
            increment += step
            if np.all(np.abs(step) <= YIELD_TOLERANCE * (increment + mises / (3.0 * self.shear))):
                return increment
        raise ConvergenceError("return mapping did not converge: trial stress or hardening is not finite")


def native_description(law: Law, otherwise: str) -> tuple[str, np.ndarray]:
    """Name and constants by which native code and the C interface know a law.

    Raises:
        InputError: a law that exists in Python only; `otherwise` says what then.
    """
    described: tuple[str, np.ndarray] | None = getattr(law, "native", None)
    if described is None:
        raise InputError(f"the law {type(law).__name__} is not compiled; {otherwise}")
    return described


def secant(stiffness: np.ndarray, strain_increment: np.ndarray, plastic_increment: np.ndarray) -> np.ndarray:
    """Secant (n, 6, 6) that maps each strain increment exactly to its stress increment, symmetric (physics notes).

    C_sec = C_e - (C_e d_eps_p)(C_e d_eps_p)^T / (d_eps . C_e d_eps_p). The denominator is positive wherever there
    is flow (J2 with non-negative hardening); where there is none the secant is the elastic stiffness.

    Args:
        stiffness: elastic (6, 6) or (n, 6, 6).
        strain_increment: total strain increments (n, 6).
        plastic_increment: plastic strain increments (n, 6).
    """
    relaxed = np.einsum("...ij,...j->...i", stiffness, plastic_increment)
    work = np.einsum("...i,...i->...", strain_increment, relaxed)
    flows = work > 0.0
    scale = np.where(flows, 1.0 / np.where(flows, work, 1.0), 0.0)
    return stiffness - scale[..., None, None] * relaxed[..., :, None] * relaxed[..., None, :]


class Points:
    """Points of a composite, each with the law of its phase, evaluated together."""

    def __init__(self, laws: tuple[Law, Law], phase: np.ndarray):
        """Laws of phases 1 and 2, and the phase (n,) of every point, 1 or 2."""
        self.laws = laws
        self.phase = np.asarray(phase)
        self._members = [np.flatnonzero(self.phase == number) for number in (1, 2)]

    def __len__(self) -> int:
        return len(self.phase)

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (n, 6, 6) of every point, GPa."""
        return np.stack([law.stiffness for law in self.laws])[self.phase - 1]

    def virgin(self) -> np.ndarray:
        """State (n, 7) before any loading."""
        return np.zeros((len(self), STATE_SIZE))

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress (n, 6), consistent tangent (n, 6, 6), new state (n, 7) at total strain (n, 6) from `state` (n, 7)."""
        stress, tangent, updated = np.empty_like(strain), np.empty((len(self), 6, 6)), np.empty_like(state)
        for law, members in zip(self.laws, self._members, strict=True):
            stress[members], tangent[members], updated[members] = law.update(strain[members], state[members])
        return stress, tangent, updated

    def secant(self, strain_increment: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Secant (n, 6, 6) between two states (n, 7) over strain increments (n, 6)."""
        return secant(self.stiffness, strain_increment, (new - old)[:, PLASTIC_STRAIN])
