"""Isotropic hardening: the yield stress as a function of the equivalent plastic strain p, and the return to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from laminet.errors import ConvergenceError, InputError
from laminet.materials.stiffness import check_positive
from laminet.numeric import alike, library
from laminet.settings import check, read

YIELD_ITERATIONS = 60
YIELD_MARGIN = 1e-10  # of the yield stress: a point just returned to yield does not flow again by rounding alone
YIELD_TOLERANCE = 1e-14  # of the elastic slope and of the trial stress: rounding
YIELD_SHARE, LEAST_YIELD = 0.2, 0.9e-6  # of young: no solid's yield stress lies outside, but for flow from the start
NEVER = 100.0  # of young: a yield stress above is meant never to be reached, as of a pore
FLOW_FROM_START = "for flow from the start take 1e-6 of young"


class YieldStress(ABC):
    """A yield stress that never falls while p grows: what all forms of hardening are.

    Attributes:
        form: what native code appends to the name of a law with this form.
        initial: yield stress at p = 0, GPa.
        constants: the numbers of the form in native code, stress in GPa.
    """

    form: ClassVar[str]
    initial: float

    @property
    @abstractmethod
    def constants(self) -> tuple[float, ...]:
        """See the class."""

    @abstractmethod
    def stress(self, p: Any) -> Any:
        """Yield stress, GPa; p is an array or a tensor."""

    @abstractmethod
    def slope(self, p: Any) -> Any:
        """Derivative of the yield stress, GPa; at a kink that of a growing p. As p, an array or a tensor."""

    @abstractmethod
    def sizes(self) -> dict[str, tuple[float, float]]:
        """Stresses by their names, each with the share of Young's modulus that it hardly exceeds."""

    def increment(self, trial: Any, elastic: float, p: Any) -> Any:
        """Root d (n,) of trial - elastic d = yield stress(p + d): the growth of p that returns the stress to yield.

        Here for concave hardening. Then the function of d is convex and falls, so Newton from d = 0 rises to the root
        without overshooting: no bracket is needed.

        Args:
            trial: (n,) equivalent stresses without flow, not below yield, GPa; an array or a tensor.
            elastic: how much of them a unit of d takes off, GPa.
            p: (n,) equivalent plastic strains before.

        Raises:
            ConvergenceError: a trial stress that is not finite.
        """
        increment = library(trial).zeros_like(trial)
        for _ in range(YIELD_ITERATIONS):
            excess = trial - elastic * increment - self.stress(p + increment)
            step = excess / (elastic + self.slope(p + increment))
            increment += step
            if (abs(step) <= YIELD_TOLERANCE * (increment + trial / elastic)).all():
                return increment
        raise _not_finite()

    def doubt(self, young: float) -> str | None:
        """What looks like a stress of another unit than Young's modulus [GPa]; None if nothing does."""
        for name, (value, most) in self.sizes().items():
            if most * young < value < NEVER * young:
                return f"{name} is {value:g}, above {most:g} of young, {young:g}: are both in GPa?"
        if self.initial < LEAST_YIELD * young:
            return f"{next(iter(self.sizes()))} is {self.initial:g}, far below young, {young:g}: are both in GPa?"
        return None

    @classmethod
    def from_fields(cls, values: Any, where: str) -> "YieldStress":
        """The hardening of a materials file, of the form to which the given fields belong; `where` begins messages.

        Raises:
            InputError: no mapping, fields of two forms, or a missing, unknown or wrong field.
        """
        names = {kind: [field.name for field in fields(kind)] for kind in FORMS}
        given = list(values) if isinstance(values, Mapping) else []
        known = [name for name in given if any(name in of for of in names.values())]
        for kind, of in names.items():
            if set(known) <= set(of):
                return read(kind, values, where)
        forms = "; or ".join(", ".join(of) for of in names.values())
        raise InputError(f"{where}: {', '.join(known)} do not go together; give {forms}")


@dataclass(frozen=True)
class Hardening(YieldStress):
    """Yield stress initial + linear p + saturation (1 - exp(-rate p)), GPa, of the equivalent plastic strain p.

    Raises:
        InputError: a yield stress that is not positive, softening, or saturation without rate.
    """

    form = ""

    initial: float
    linear: float = 0.0
    saturation: float = 0.0
    rate: float = 0.0

    def __post_init__(self) -> None:
        check_positive({"initial": self.initial}, FLOW_FROM_START)
        for name, value in vars(self).items():
            if value < 0.0:
                raise InputError(f"{name} is {value}; softening is not supported, it must not be negative")
        for name, other in (("saturation", "rate"), ("rate", "saturation")):
            if getattr(self, name) and not getattr(self, other):
                raise InputError(f"{name} is {getattr(self, name)} without {other}; give both, or neither")

    @property
    def constants(self) -> tuple[float, ...]:
        """See YieldStress."""
        return astuple(self)

    def stress(self, p: Any) -> Any:
        """See YieldStress.stress."""
        return self.initial + self.linear * p - self.saturation * library(p).expm1(-self.rate * p)

    def slope(self, p: Any) -> Any:
        """See YieldStress.slope."""
        return self.linear + self.saturation * self.rate * library(p).exp(-self.rate * p)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """See YieldStress.sizes."""
        shares = {"initial": YIELD_SHARE, "saturation": YIELD_SHARE, "linear": 1.0}
        return {name: (getattr(self, name), share) for name, share in shares.items()}


@dataclass(frozen=True)
class PowerHardening(YieldStress):
    """Yield stress initial (1 + p / reference)^exponent, GPa: the power law of Swift (1952).

    Swift writes K (e0 + p)^n; then reference = e0 and initial = K e0^n. The slope at p = 0 is finite:
    initial exponent / reference. The exponent lies from 0 to 1, so that the yield stress is concave. H. W. Swift,
    J. Mech. Phys. Solids 1 (1952) 1 - 18.

    Raises:
        InputError: a yield stress or a reference that is not positive, or an exponent outside 0 ... 1.
    """

    form = "_power"

    initial: float
    reference: float
    exponent: float

    def __post_init__(self) -> None:
        check_positive({"initial": self.initial}, FLOW_FROM_START)
        check_positive({"reference": self.reference}, "a power law has a reference strain such as 0.002")
        if not 0.0 <= self.exponent <= 1.0:
            raise InputError(f"exponent is {self.exponent}; it must lie from 0 to 1; for another curve give a table")

    @property
    def constants(self) -> tuple[float, ...]:
        """See YieldStress."""
        return astuple(self)

    def stress(self, p: Any) -> Any:
        """See YieldStress.stress."""
        return self.initial * (1.0 + p / self.reference) ** self.exponent

    def slope(self, p: Any) -> Any:
        """See YieldStress.slope."""
        return self.exponent * self.stress(p) / (self.reference + p)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """See YieldStress.sizes."""
        return {"initial": (self.initial, YIELD_SHARE)}


@dataclass(frozen=True)
class TableHardening(YieldStress):
    """Yield stress along straight lines between the points (p, stress) of a table, GPa.

    After the last point the stress is constant, or follows the last line. The curve may become steeper.

    Attributes:
        table: the points by rising p, from p = 0 on; two or more.
        beyond: what the stress is after the last point.

    Raises:
        InputError: points that are not in order, a stress that is not positive, or softening; by the point's number.
    """

    form = "_table"

    table: tuple[tuple[float, float], ...]
    beyond: Literal["constant", "linear"] = "constant"

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, check(field.type, getattr(self, field.name), field.name))
        if len(self.table) < 2:
            raise InputError(f"table has {len(self.table)} points; give two or more, each [p, stress]")
        if (start := self.table[0][0]) != 0.0:
            remedy = "p is the plastic strain, the total one less stress / young"
            raise InputError(f"table: the first p is {start:g}; it must be 0, where flow begins; {remedy}")
        check_positive({"table: the stress of point 1": self.initial}, FLOW_FROM_START)
        for number, ((before, low), (p, stress)) in enumerate(zip(self.table, self.table[1:], strict=False), 2):
            if p <= before:
                order = f"it must be above the {before:g} of the point before"
                raise InputError(f"table: p of point {number} is {p:g}; {order}; sort the points by p, each p once")
            if stress < low:
                raise InputError(
                    f"table: the stress of point {number} is {stress:g}; softening is not supported, give at least the "
                    f"{low:g} of the point before"
                )

    @property
    def initial(self) -> float:  # type: ignore[override]
        """Yield stress of the first point, GPa."""
        return self.table[0][1]

    @property
    def constants(self) -> tuple[float, ...]:
        """See YieldStress: the slope after the last point, and the points one after another."""
        return (float(self._lines[2][-1]), *(number for point in self.table for number in point))

    def stress(self, p: Any) -> Any:
        """See YieldStress.stress."""
        begin, stress, slope = self._line(self._lines[0], p)
        return stress + slope * (p - begin)

    def slope(self, p: Any) -> Any:
        """See YieldStress.slope."""
        return self._line(self._lines[0], p)[2]

    def increment(self, trial: Any, elastic: float, p: Any) -> Any:
        """See YieldStress.increment: exact, also where the curve becomes steeper.

        The root's p + d lies on the line where elastic (p + d) + stress(p + d), which rises, reaches trial + elastic p.
        """
        if not library(trial).isfinite(trial).all():
            raise _not_finite()
        begin, stress, _ = self._lines
        begin, stress, slope = self._line(elastic * begin + stress, trial + elastic * p)
        return (trial - stress - slope * (p - begin)) / (elastic + slope)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """See YieldStress.sizes."""
        first, last = self.initial, self.table[-1][1]
        return {"table: the first stress": (first, YIELD_SHARE), "table: the last stress": (last, YIELD_SHARE)}

    @cached_property
    def _lines(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Begin, stress there and slope (points,) of the lines from each point on."""
        begin, stress = np.array(self.table).T
        slope = np.diff(stress) / np.diff(begin)
        return begin, stress, np.append(slope, slope[-1] if self.beyond == "linear" else 0.0)

    def _line(self, edges: np.ndarray, values: Any) -> tuple[Any, Any, Any]:
        """Begin, stress there and slope of the lines that values lie on, of lines that start at rising `edges`."""
        known = values if library(values) is np else values.detach().cpu().numpy()
        at = np.maximum(np.searchsorted(edges, known, "right") - 1, 0)
        begin, stress, slope = (alike(values, each[at]) for each in self._lines)
        return begin, stress, slope


FORMS: tuple[type[Hardening] | type[PowerHardening] | type[TableHardening], ...] = (
    Hardening,
    PowerHardening,
    TableHardening,
)


def _not_finite() -> ConvergenceError:
    return ConvergenceError("return mapping did not converge: trial stress or hardening is not finite")
