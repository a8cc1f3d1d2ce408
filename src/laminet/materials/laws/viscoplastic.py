"""Viscoplasticity: J2 plasticity whose stress exceeds yield the more, the faster it flows."""

from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from laminet.errors import ConvergenceError, InputError
from laminet.materials.laws.hardening import YIELD_TOLERANCE
from laminet.materials.laws.j2 import J2
from laminet.materials.laws.law import Law, NativeLaw
from laminet.settings import Limits, check

ITERATIONS = 100
Exponent = Annotated[float, Limits(1, 200)]


@dataclass(frozen=True)
class Norton:
    """Flow at the rate (overstress / drag)^exponent, in 1/s; `drag` in GPa s^(1/exponent)."""

    drag: float
    exponent: float

    def __post_init__(self) -> None:
        _check_flow(self.exponent, drag=self.drag)

    @property
    def constants(self) -> tuple[float, float, float]:
        """Drag, rate and exponent."""
        return self.drag, 1.0, self.exponent


@dataclass(frozen=True)
class Perzyna:
    """Flow at the rate `rate` (overstress / yield stress)^exponent; `rate` in 1/s, the yield stress hardens."""

    rate: float
    exponent: float

    def __post_init__(self) -> None:
        _check_flow(self.exponent, rate=self.rate)

    @property
    def constants(self) -> tuple[float, float, float]:
        """Drag, rate and exponent; a drag of 0 stands for the yield stress."""
        return 0.0, self.rate, self.exponent


def _check_flow(exponent: float, **positive: float) -> None:
    for name, value in positive.items():
        if not value > 0.0:
            raise InputError(f"{name} is {value:g}; it must be above 0")
    check(Exponent, exponent, "exponent")


@dataclass(frozen=True)
class Viscoplastic(J2):
    """J2 plasticity with overstress: the von Mises stress beyond the yield stress drives the flow.

    The equivalent plastic strain grows at the rate that `norton` or `perzyna` gives, one of them. Infinitely slow
    loading is J2 plasticity, infinitely fast loading is elastic. Increments are implicit (backward Euler).
    """

    name = "viscoplastic"
    title = "elastic-viscoplastic (J2, overstress)"
    on_tensors = False
    rate_dependent = True
    duration: ClassVar[float | None] = None
    """Seconds of the increment, known to what `over` returns."""

    norton: Norton | None = None
    perzyna: Perzyna | None = None

    derivatives = Law.derivatives
    differentiable_update = Law.differentiable_update

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.norton is None) == (self.perzyna is None):
            given = "both norton and perzyna are given" if self.norton else "the flow rule is missing"
            raise InputError(f"{given}; give norton: {{drag, exponent}} or perzyna: {{rate, exponent}}")

    @property
    def flow(self) -> Norton | Perzyna:
        """The flow rule."""
        return self.norton or self.perzyna  # type: ignore[return-value]  # one of them is there

    def over(self, duration: float) -> "Viscoplastic":
        """See Law.over."""
        law = copy(self)
        law.__dict__["duration"] = duration
        return law

    def to_fields(self) -> dict[str, Any]:
        """See Law.to_fields."""
        return {name: value for name, value in super().to_fields().items() if value is not None}

    def doubt(self) -> str | None:
        """See Law.doubt: as J2, or a drag that looks like that of another unit."""
        if self.norton and self.norton.drag > self.young:
            return f"drag is {self.norton.drag:g}, above young, {self.young:g}: is it in GPa s^(1/exponent)?"
        return super().doubt()

    def describe(self) -> str:
        """See Law.describe."""
        return f"{super().describe()}, {type(self.flow).__name__} with exponent {self.flow.exponent:g}"

    def native(self) -> NativeLaw:
        """See Law.native."""
        constants = self.young, self.poisson, *self.flow.constants, *self.hardening.constants
        return NativeLaw(f"viscoplastic{self.hardening.form}", constants)

    def _returned(self, mises: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See J2._returned: d of mises - 3 G d = yield stress(p + d) + drag (d / (duration rate))^(1 / exponent).

        With f the overstress before flow, S(d) = 3 G d + growth of the yield stress + viscous stress must be f. Without
        viscous stress d is f / 3 G at most, with it alone it is duration rate (f / drag)^exponent at most. Newton
        starts at the smaller of the two, where S is f to about 2 f. The unknown is log d, the function log S: a sum of
        powers is nearly straight there, so few iterations do for every exponent. log(S / f) is replaced by
        2 (S - f) / (S + f), the same to third order. At the kinks of a table halving keeps Newton between its bounds.
        """
        if self.duration is None:
            raise InputError(f"the law {self.name} depends on time; ask `over(duration)` for that of an increment")
        drag, rate, exponent = self.flow.constants
        follows, elastic = float(drag == 0.0), 3.0 * self.shear
        hardening, start = self.hardening, self.hardening.stress(p)
        over = mises - start
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            time = np.log(self.duration * rate)
            viscous, plastic = over / (drag + follows * start), np.log(over / elastic)
            fast = time + exponent * np.log(viscous) < plastic
            first = np.exp(np.where(fast, time + exponent * np.log(viscous), plastic))
            size = np.where(fast, viscous, np.exp((plastic - time) / exponent))
            fall = np.zeros_like(mises)  # log of the first d over d
            least, most = np.zeros_like(mises), np.full_like(mises, np.inf)
            for _ in range(ITERATIONS):
                d, share = first * np.exp(-fall), size * np.exp(-fall / exponent)
                slope, stress = hardening.slope(p + d), hardening.stress(p + d)
                resistance = (drag + follows * stress) * share
                whole = elastic * d + (stress - start) + resistance
                excess = whole - over
                gain = d * (elastic + slope * (1.0 + follows * share)) + resistance / exponent
                step = 2.0 * excess / (whole + over) * whole / gain
                left = np.minimum(np.abs(step), most - least)
                done = (np.abs(excess) <= YIELD_TOLERANCE * mises) | (left <= YIELD_TOLERANCE * (1.0 + fall))
                if done.all():
                    return d, slope * (1.0 + follows * share) + resistance / (exponent * d)
                least, most = np.where(excess > 0.0, fall, least), np.where(excess > 0.0, most, fall)
                inside = (fall + step > least) & (fall + step < most)
                fall = np.where(done, fall, np.where(inside, fall + step, 0.5 * (least + most)))
        raise ConvergenceError("return mapping did not converge: trial stress or hardening is not finite")
