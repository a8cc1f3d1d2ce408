"""Linear elasticity."""

from dataclasses import astuple, dataclass
from functools import cached_property

import numpy as np

from laminet.materials.laws.law import Law, NativeLaw
from laminet.materials.stiffness import orthotropic_stiffness, unlikely_ratio, unlikely_shear


class Linear(Law):
    """What laws have whose stress is the stiffness times the strain."""

    linear = True
    couples = False

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Law.update; the state stays as it is."""
        tangent = np.broadcast_to(self.stiffness, (len(strain), 6, 6))
        return strain @ self.stiffness, tangent, state

    def native(self) -> NativeLaw:
        """See Law.native."""
        return NativeLaw("elastic", tuple(self.stiffness.ravel().tolist()))


@dataclass(frozen=True, eq=False)
class Elastic(Linear):
    """Linear elasticity of any anisotropy; `stiffness` (6, 6), Mandel, GPa. Equal stiffnesses make equal laws."""

    title = "elastic"

    stiffness: np.ndarray

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Elastic):
            return NotImplemented
        return np.array_equal(self.stiffness, other.stiffness)

    def __hash__(self) -> int:
        return hash(tuple(np.ravel(self.stiffness).tolist()))


@dataclass(frozen=True)
class Orthotropic(Linear):
    """Orthotropic elasticity in the axes of the coordinates; moduli in GPa, S_ij = -nu_ij / E_i (i < j)."""

    name = "orthotropic"
    title = "orthotropic elastic"

    E11: float
    E22: float
    E33: float
    G12: float
    G13: float
    G23: float
    nu12: float
    nu13: float
    nu23: float

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (6, 6), Mandel, GPa."""
        return orthotropic_stiffness(*astuple(self))

    def doubt(self) -> str | None:
        """See Law.doubt: a Poisson's ratio of the other convention, or moduli of different units."""
        young, shear = (self.E11, self.E22, self.E33), (self.G12, self.G13, self.G23)
        return unlikely_ratio(young, (self.nu12, self.nu13, self.nu23)) or unlikely_shear(young, shear)
