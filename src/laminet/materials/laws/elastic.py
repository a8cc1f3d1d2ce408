"""Linear elasticity."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np

from laminet.components import COMPONENTS
from laminet.materials.laws.law import Law, NativeLaw, plain
from laminet.materials.notation import components, to_mandel
from laminet.materials.settings import Notation
from laminet.materials.stiffness import (
    check_stiffness,
    isotropic_stiffness,
    orthotropic_stiffness,
    transversely_isotropic_stiffness,
    unlikely_axial,
    unlikely_ratio,
    unlikely_shear,
)
from laminet.numeric import alike, library
from laminet.settings import Limits, read


class Linear(Law):
    """What laws have whose stress is the stiffness times the strain."""

    linear = True
    couples = False
    on_tensors = True

    def update(self, strain: Any, state: Any) -> tuple[Any, Any, Any]:
        """See Law.update; the state stays as it is."""
        stiffness = alike(strain, self.stiffness)
        return strain @ stiffness, library(strain).broadcast_to(stiffness, (len(strain), 6, 6)), state

    def native(self) -> NativeLaw:
        """See Law.native."""
        return NativeLaw("elastic", tuple(self.stiffness.ravel().tolist()))


SixNumbers = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Matrix:
    """A stiffness as a materials file holds it: rows of six numbers in GPa, their notation and their order."""

    stiffness: tuple[SixNumbers, SixNumbers, SixNumbers, SixNumbers, SixNumbers, SixNumbers]
    notation: Notation
    order: Any = COMPONENTS


@dataclass(frozen=True, eq=False)
class Elastic(Linear):
    """Linear elasticity of any anisotropy; `stiffness` (6, 6), Mandel, GPa. Equal stiffnesses make equal laws."""

    name = "stiffness"
    title = "elastic"

    stiffness: np.ndarray

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Elastic):
            return NotImplemented
        return np.array_equal(self.stiffness, other.stiffness)

    def __hash__(self) -> int:
        return hash(tuple(np.ravel(self.stiffness).tolist()))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], where: str) -> Self:
        """See Law.from_fields; the fields are those of `Matrix`."""
        given = read(Matrix, plain(fields), where)
        order = components(fields.get("order", COMPONENTS), where)  # as it stands: 11 is a name there
        stiffness = to_mandel(np.array(given.stiffness), given.notation, order)
        return cls(check_stiffness(stiffness, f"{where}: {given.notation} notation, order {','.join(order)}"))

    def to_fields(self) -> dict[str, Any]:
        """See Law.to_fields: in Mandel notation."""
        matrix = Matrix(self.stiffness.tolist(), "mandel", list(COMPONENTS))
        return {"law": self.name, **asdict(matrix)}


@dataclass(frozen=True)
class IsotropicElasticity(Law):
    """What laws have whose elasticity is isotropic; Young's modulus in GPa."""

    young: float
    poisson: float

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (6, 6), Mandel, GPa."""
        return isotropic_stiffness(self.young, self.poisson)

    @property
    def shear(self) -> float:
        """Shear modulus, GPa."""
        return self.young / (2.0 * (1.0 + self.poisson))


@dataclass(frozen=True)
class Isotropic(Linear, IsotropicElasticity):
    """Isotropic elasticity; Young's modulus in GPa."""

    name = "isotropic"
    title = "isotropic elastic"


@dataclass(frozen=True)
class TransverselyIsotropic(Linear):
    """Elasticity that is isotropic across an axis of the coordinates; moduli in GPa, S_ij = -nu_ij / E_i.

    `nu_axial` has i along the axis and j across it. The shear modulus across it follows from E_transverse and
    nu_transverse.
    """

    name = "transversely_isotropic"
    title = "transversely isotropic elastic"

    axis: Annotated[int, Limits(1, 3)]
    E_axial: float
    E_transverse: float
    nu_axial: float
    nu_transverse: float
    G_axial: float

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (6, 6), Mandel, GPa."""
        return transversely_isotropic_stiffness(*astuple(self))

    def doubt(self) -> str | None:
        """See Law.doubt: a Poisson's ratio of the other convention, or moduli of different units."""
        return unlikely_axial(self.E_axial, self.E_transverse, self.nu_axial, self.G_axial)


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
