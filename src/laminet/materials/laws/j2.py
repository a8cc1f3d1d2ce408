"""J2 plasticity: von Mises yield with isotropic hardening, implicit radial return."""

from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar, NamedTuple

import numpy as np

from laminet import mandel
from laminet.materials.laws.elastic import IsotropicElasticity
from laminet.materials.laws.hardening import YIELD_MARGIN, YieldStress
from laminet.materials.laws.law import Derivatives, NativeLaw
from laminet.numeric import alike, library


class Flow(NamedTuple):
    """The m of n points that flow in an update.

    Attributes:
        points: (m,) their numbers.
        direction: (m, 6) unit deviator of the trial stress.
        multiplier: (m,) increment of the equivalent plastic strain.
        ratio: (m,) of the multiplier to the von Mises trial stress, 1/GPa.
        slope: (m,) of the von Mises stress over the multiplier where it has come to, GPa.
    """

    points: Any
    direction: Any
    multiplier: Any
    ratio: Any
    slope: Any


@dataclass(frozen=True)
class J2(IsotropicElasticity):
    """Isotropic elasticity with von Mises plasticity; Young's modulus in GPa."""

    name = "j2"
    title = "elastic-plastic (J2)"
    layout: ClassVar = {"plastic_strain": 6, "equivalent_plastic_strain": 1}
    couples = False  # flow follows the stress deviator
    on_tensors = True
    tested = True

    hardening: YieldStress

    def update(self, strain: Any, state: Any) -> tuple[Any, Any, Any]:
        """See Law.update: implicit radial return with its consistent tangent."""
        stress, (flows, direction, multiplier, ratio, slope) = self._flow(strain, state)
        stiffness, deviatoric = alike(strain, self.stiffness), alike(strain, mandel.DEVIATORIC)
        tangent, updated = library(strain).ones_like(strain)[:, :, None] * stiffness, 1.0 * state
        plastic, p = self.split(updated).values()
        increment = sqrt(1.5) * multiplier[:, None] * direction
        stress[flows] -= 2.0 * self.shear * increment
        plastic[flows] += increment
        p[flows] += multiplier
        six_g2 = 6.0 * self.shear**2
        tangent[flows] -= (six_g2 * ratio)[:, None, None] * deviatoric
        along = six_g2 * (ratio - 1.0 / (3.0 * self.shear + slope))
        tangent[flows] += along[:, None, None] * (direction[:, :, None] * direction[:, None, :])
        return stress, tangent, updated

    def derivatives(self, strain: np.ndarray, state: np.ndarray) -> Derivatives:
        """See Law.derivatives.

        The plastic strain grows by sqrt(3/2) d n, where n is the direction of flow and d the growth of p. A change of d
        is sqrt(6) G n / (3 G + h) times that of the elastic trial strain, less h / (3 G + h) times that of the old p.
        """
        _, (flows, n, _, ratio, slope) = self._flow(strain, state)
        G, points = self.shear, len(strain)
        softness = 1.0 / (3.0 * G + slope)  # slope = h
        along = n[:, :, None] * n[:, None, :]
        A, a = np.zeros((points, 6, 6)), np.zeros((points, 1, 6))  # growth of plastic strain and p by the trial strain
        B, b = np.zeros((points, 6, 1)), np.zeros((points, 1, 1))  # and its loss by the old p
        A[flows] = 3.0 * G * (ratio[:, None, None] * (mandel.DEVIATORIC - along) + softness[:, None, None] * along)
        a[flows, 0] = np.sqrt(6.0) * G * softness[:, None] * n
        B[flows, :, 0] = np.sqrt(1.5) * (slope * softness)[:, None] * n
        b[flows, 0, 0] = slope * softness
        return Derivatives(
            stress_state=np.block([2.0 * G * A - self.stiffness, 2.0 * G * B]),
            state_strain=np.block([[A], [a]]),
            state_state=np.block([[np.eye(6) - A, -B], [-a, 1.0 - b]]),
        )

    def differentiable_update(self, strain: Any, state: Any) -> tuple[Any, Any]:
        """See Law.differentiable_update: the radial return; its multiplier takes one Newton step with a graph."""
        _, (flows, _, multiplier, _, slope) = self._flow(*(array.detach().numpy() for array in (strain, state)))
        plastic, p = self.split(state).values()
        stress, updated = (strain - plastic) @ strain.new_tensor(self.stiffness), state.clone()
        deviator = stress[flows] @ strain.new_tensor(mandel.DEVIATORIC)
        norm = (deviator * deviator).sum(1) ** 0.5
        converged = strain.new_tensor(multiplier)
        excess = np.sqrt(1.5) * norm - 3.0 * self.shear * converged - self.hardening.stress(p[flows] + converged)
        growth = converged + excess / strain.new_tensor(3.0 * self.shear + slope)
        increment = np.sqrt(1.5) * (growth / norm)[:, None] * deviator
        stress[flows] -= 2.0 * self.shear * increment
        plastic, p = self.split(updated).values()
        plastic[flows] += increment
        p[flows] += growth
        return stress, updated

    def doubt(self) -> str | None:
        """See Law.doubt: a yield stress or hardening that looks like that of another unit."""
        return self.hardening.doubt(self.young)

    def describe(self) -> str:
        """See Law.describe."""
        return f"{super().describe()}, yields at {1e3 * self.hardening.initial:.4g} MPa"

    def native(self) -> NativeLaw:
        """See Law.native."""
        return NativeLaw(f"j2{self.hardening.form}", (self.young, self.poisson, *self.hardening.constants))

    def _flow(self, strain: Any, state: Any) -> tuple[Any, Flow]:
        """Trial stress (n, 6) and the points whose trial stress is above yield; of arrays or tensors."""
        of, (plastic, p) = library(strain), self.split(state).values()
        trial = (strain - plastic) @ alike(strain, self.stiffness)
        deviator = trial @ alike(strain, mandel.DEVIATORIC)
        norm = of.linalg.norm(deviator, None, 1)
        mises = sqrt(1.5) * norm
        (flows,) = of.where(mises > self.hardening.stress(p) * (1.0 + YIELD_MARGIN))
        multiplier, slope = self._returned(mises[flows], p[flows])
        return trial, Flow(flows, deviator[flows] / norm[flows, None], multiplier, multiplier / mises[flows], slope)

    def _returned(self, mises: Any, p: Any) -> tuple[Any, Any]:
        """Growth of p (n,) that returns von Mises stresses (n,) to what they must be, and its slope (n,) there, GPa."""
        multiplier = self.hardening.increment(mises, 3.0 * self.shear, p)
        return multiplier, self.hardening.slope(p + multiplier)
