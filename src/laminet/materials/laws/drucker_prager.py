"""Drucker-Prager plasticity: yield that depends on pressure, with a flow rule of its own, for epoxies."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from laminet import mandel
from laminet.errors import InputError
from laminet.materials.laws.elastic import IsotropicElasticity
from laminet.materials.laws.hardening import YIELD_MARGIN, YieldStress
from laminet.materials.laws.law import NativeLaw

STEEPEST = float(np.degrees(np.arctan(3.0)))
"""Degrees of friction from which on no uniaxial compression yields."""

LEFT = 1e-6
"""Share of what flow takes off the stiffness that a tangent at the apex keeps.

Points at the apex have no shear stiffness. Where several of them meet, their shear strains would be undetermined.
"""

RADIANS = 1.3  # an angle below, in degrees, looks like one in radians or like a tangent


class Flow(NamedTuple):
    """The m of n points that flow in an update; at the apex the stress deviator vanishes.

    Attributes:
        points: (m,) their numbers.
        direction: (m, 6) unit deviator of the trial stress; zero where the trial stress has none.
        shear: (m,) multiplier of the flow along the cone.
        opening: (m,) volumetric plastic strain of the flow at the apex, which comes on top.
        growth: (m,) increment of the equivalent plastic strain.
        ratio: (m,) of the multiplier to the von Mises trial stress, 1/GPa.
        slope: (m,) of the yield stress where it has come to, GPa.
        apex: (m,) whether the stress returns to the apex.
    """

    points: np.ndarray
    direction: np.ndarray
    shear: np.ndarray
    opening: np.ndarray
    growth: np.ndarray
    ratio: np.ndarray
    slope: np.ndarray
    apex: np.ndarray


@dataclass(frozen=True)
class DruckerPrager(IsotropicElasticity):
    """Isotropic elasticity with linear Drucker-Prager plasticity; Young's modulus in GPa, angles in degrees.

    With the von Mises stress q, the mean stress m (positive in tension) and M = tan(friction), the yield condition is

        q + M m = (1 + M / 3) Y(p),

    where Y is the hardening: the yield stress in uniaxial tension. In uniaxial compression it is (3 + M) / (3 - M)
    times as high. On the cone, plastic strain follows the gradient of q + N m with N = tan(dilatancy); its increment
    is L (3 s / (2 q) + N / 3 1), and p grows by (1 + N / 3) L: as the axial plastic strain in uniaxial tension. At the
    apex q = 0, m = c Y with c = (1 + M / 3) / M, a plastic opening V 1 / 3 comes on top, by which p grows by c V, which
    is the work of the opening divided by Y. Associated flow, N = M, has a symmetric tangent; M = 0 is J2.

    The angles are beta and psi of Abaqus (*DRUCKER PRAGER, shear criterion linear, K = 1), of which the hardening is
    of the type TENSION. The return is that of de Souza Neto, Peric and Owen (2008), Section 8.3, where N = M; for other
    flow, p at their apex would jump against that on the cone, and be infinite without dilatancy.
    """

    name = "drucker_prager"
    title = "elastic-plastic (Drucker-Prager)"
    layout: ClassVar = {"plastic_strain": 6, "equivalent_plastic_strain": 1}
    tested = True

    friction: float
    dilatancy: float
    hardening: YieldStress

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.friction < STEEPEST:
            raise InputError(
                f"friction is {self.friction}; it must be an angle from 0 to below {STEEPEST:.2f} degrees, else "
                "uniaxial compression does not yield; its tangent is 3 (compression - tension) / (compression + "
                "tension) of the yield stresses"
            )
        if not 0.0 <= self.dilatancy <= self.friction:
            raise InputError(
                f"dilatancy is {self.dilatancy}; it must be an angle from 0 to friction, {self.friction} degrees, else "
                "flow could gain energy"
            )

    @property
    def symmetric(self) -> bool:
        """Flow is associated."""
        return self.dilatancy == self.friction

    @property
    def bulk(self) -> float:
        """Bulk modulus, GPa."""
        return self.young / (3.0 * (1.0 - 2.0 * self.poisson))

    @property
    def slopes(self) -> tuple[float, float]:
        """M and N, the slopes of the cones of yield and of flow."""
        return float(np.tan(np.radians(self.friction))), float(np.tan(np.radians(self.dilatancy)))

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Law.update: implicit return to the cone or to its apex, with the consistent tangent of either."""
        stress, flow = self._flow(strain, state)
        points, n = flow.points, flow.direction
        tangent, updated = np.repeat(self.stiffness[None], len(strain), axis=0), state.copy()
        plastic, p = self.split(updated).values()
        _, N = self.slopes
        deviator = np.sqrt(1.5) * flow.shear[:, None] * n
        volume = N * flow.shear + flow.opening
        stress[points] -= 2.0 * self.shear * deviator + self.bulk * volume[:, None] * mandel.IDENTITY
        plastic[points] += deviator + volume[:, None] / 3.0 * mandel.IDENTITY
        p[points] += flow.growth
        tangent[points] -= self._softening(flow)
        return stress, tangent, updated

    def _softening(self, flow: Flow) -> np.ndarray:
        """What flow takes off the elastic stiffness (m, 6, 6), GPa.

        With a = sqrt(6) G n and b = K 1, the changes of q and m with the strain, the multiplier changes on the cone by
        (a + M b) / D, where D = 3 G + K M N + (1 + M / 3) (1 + N / 3) h. At the apex it changes by a / (3 G), and the
        opening by (b - (K N + c h (1 + N / 3)) times that) / (K + c^2 h).
        """
        G, K, h, (M, N) = self.shear, self.bulk, flow.slope, self.slopes
        c, k = self._corner, 1.0 + N / 3.0
        a = np.sqrt(6.0) * G * flow.direction
        b = np.broadcast_to(K * mandel.IDENTITY, a.shape)
        cone = (a + M * b) / (3.0 * G + K * M * N + (1.0 + M / 3.0) * k * h)[:, None]
        by_shear = np.where(flow.apex[:, None], a / (3.0 * G), cone)
        opening = (b - (K * N + c * k * h)[:, None] * by_shear) / (K + c**2 * h)[:, None]
        opening[~flow.apex] = 0.0
        turning = mandel.DEVIATORIC - flow.direction[:, :, None] * flow.direction[:, None, :]
        softening = (
            6.0 * G**2 * flow.ratio[:, None, None] * turning
            + (a + N * b)[:, :, None] * by_shear[:, None, :]
            + b[:, :, None] * opening[:, None, :]
        )
        softening[flow.apex] *= 1.0 - LEFT
        return softening

    @property
    def _corner(self) -> float:
        """c, the mean stress at the apex over the yield stress; zero where there is no apex."""
        M, _ = self.slopes
        return (1.0 + M / 3.0) / M if M > 0.0 else 0.0

    def _flow(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, Flow]:
        """Trial stress (n, 6) and the points whose trial stress is above yield."""
        G, K, (M, N), c = self.shear, self.bulk, self.slopes, self._corner
        A, k = 1.0 + M / 3.0, 1.0 + N / 3.0
        plastic, p = self.split(state).values()
        trial = (strain - plastic) @ self.stiffness
        deviator, mean = trial @ mandel.DEVIATORIC, trial @ mandel.IDENTITY / 3.0
        norm = np.linalg.norm(deviator, axis=1)
        q = np.sqrt(1.5) * norm
        points = np.flatnonzero(q + M * mean > A * self.hardening.stress(p) * (1.0 + YIELD_MARGIN))
        q, mean, p, norm = q[points], mean[points], p[points], norm[points]
        direction = np.divide(deviator[points], norm[:, None], out=np.zeros((len(points), 6)), where=norm[:, None] > 0)
        shear, opening = q / (3.0 * G), np.zeros(len(points))  # all of the deviator returned: as at the apex
        left = mean - K * N * shear
        apex = M * left > A * self.hardening.stress(p + k * shear)
        cone = ~apex
        growth = k * shear
        growth[cone] = self.hardening.increment((q + M * mean)[cone] / A, (3.0 * G + K * M * N) / (A * k), p[cone])
        shear[cone] = growth[cone] / k
        if apex.any():
            more = self.hardening.increment(left[apex] / c, K / c**2, (p + growth)[apex])
            opening[apex], growth[apex] = more / c, growth[apex] + more
        ratio = np.where(apex, 1.0 / (3.0 * G), shear / np.where(cone, q, 1.0))
        slope = self.hardening.slope(p + growth)
        return trial, Flow(points, direction, shear, opening, growth, ratio, slope, apex)

    def doubt(self) -> str | None:
        """See Law.doubt: angles that look like radians or tangents, or a stress of another unit."""
        for name in ("friction", "dilatancy"):
            if 0.0 < (angle := getattr(self, name)) < RADIANS:
                return f"{name} is {angle:g} degrees: is it in radians, or a tangent?"
        return self.hardening.doubt(self.young)

    def describe(self) -> str:
        """See Law.describe."""
        (M, _), tension = self.slopes, 1e3 * self.hardening.initial
        compression = (3.0 + M) / (3.0 - M) * tension
        return f"{super().describe()}, yields at {tension:.4g} MPa in tension, {compression:.4g} MPa in compression"

    def native(self) -> NativeLaw:
        """See Law.native."""
        elastic_and_angles = self.young, self.poisson, self.friction, self.dilatancy
        return NativeLaw(f"{self.name}{self.hardening.form}", (*elastic_and_angles, *self.hardening.constants))
