"""What the claims by depth share (Secs. 3.4 - 3.6): lines of Figs. 15 - 17 on Composite 1 and ratios between them.

Where a scheme without the residual stress has two variants, verdicts use the secant one, which is in equilibrium (the
one of the figures), and the tangent one stands beside it; claims 16 and 20 ask for both. A dense Newton is the
paper's; the condensed one stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from laminet.errors import InputError
from laminet_study.claims import series, verdicts
from laminet_study.claims.series import Quantity, Ratio, Series, numbers
from laminet_study.claims.verdicts import Evidence, Finding, NotTestable

DEPTHS = (4, 5, 6, 7, 8)
COMPOSITE = "composite_1"


@dataclass(frozen=True)
class Line:
    """A model evaluated by a scheme."""

    model: str
    scheme: str


RESIDUAL = Line("dmn", "dmn_residual")
SECANT = Line("dmn", "dmn_no_residual_secant")
TANGENT = Line("dmn", "dmn_no_residual_tangent")
NEWTON = Line("imn", "imn_newton_dense")
FIXED_SECANT = Line("imn", "imn_fixed_point_secant")
FIXED_TANGENT = Line("imn", "imn_fixed_point_tangent")
CONDENSED_DMN, CONDENSED_IMN = Line("dmn", "newton_condensed"), Line("imn", "newton_condensed")


@dataclass(frozen=True)
class Beside:
    """A further ratio that is reported, of the rule's own quantity or of another one."""

    label: str
    first: Line
    second: Line
    quantity: Quantity | None = None


def by_depth(
    evidence: Evidence,
    control: str,
    quantity: Quantity,
    line: Line,
    depths: Sequence[int] = DEPTHS,
    all_of_them: bool = False,
) -> Series:
    """A number of every network of a model by depth."""
    found = series.of_networks(
        evidence.study("depth"), "depth", quantity, control, model=line.model, scheme=line.scheme, composite=COMPOSITE
    )
    return found.only(depths, f"{line.model.upper()} by {line.scheme}, N =", all_of_them)


def ratio(evidence: Evidence, control: str, quantity: Quantity, first: Line, second: Line) -> Ratio:
    """A number of one line over that of another, by depth."""
    return series.ratio(*(by_depth(evidence, control, quantity, line) for line in (first, second)))


def beside_lines(
    evidence: Evidence, control: str, quantity: Quantity, beside: Sequence[Beside]
) -> tuple[list[str], dict[str, Any]]:
    """Further ratios in words and as values, as far as the data have them."""
    ours, values = [], {}
    for extra in beside:
        try:
            found = ratio(evidence, control, extra.quantity or quantity, extra.first, extra.second)
        except (NotTestable, InputError):
            continue
        ours.append(f"{extra.label}: {found.in_words('N =')}")
        values[extra.label] = numbers(found.by_level)
    return ours, values


def range_claim(
    quantity: Quantity, first: Line, second: Line, low: float, high: float, context: str, beside: Sequence[Beside] = ()
) -> Callable[[Evidence], Finding]:
    """A ratio that the paper gives a range for; `context` ends the sentence of why."""

    def rule(evidence: Evidence, control: str) -> Finding:
        found = ratio(evidence, control, quantity, first, second)
        lines, more = beside_lines(evidence, control, quantity, beside)
        values = {"median": found.median, "depth": found.levels, "ratio": numbers(found.by_level), **more}
        why = f"{verdicts.ratio_in_words(found.median, low, high)}; {context}"
        return Finding((found.in_words("N ="), *lines), verdicts.of_ratio(found.median, low, high), why, values)

    return verdicts.by_control(rule)
