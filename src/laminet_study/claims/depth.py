"""What the claims by depth share (Secs. 3.4 - 3.6): lines of Figs. 15 - 17 on Composite 1 and ratios between them.

Where a scheme without the residual stress has two variants, verdicts use the secant one, which is in equilibrium (the
one of the figures), and the tangent one stands beside it; claims 16 and 20 ask for both. A dense Newton is the
paper's; the condensed one stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from laminet.errors import InputError
from laminet_study.claims import sweeps
from laminet_study.claims.sweeps import Ratio, Sweep, numbers
from laminet_study.claims.verdicts import Evidence, Finding, NotTestable, of_ratio, ratio_in_words
from laminet_study.statistics import COMPOSITE, Number, Prediction

DEPTHS = (4, 5, 6, 7, 8)


@dataclass(frozen=True)
class Beside:
    """A further ratio that is reported, of the rule's own number or of another one."""

    label: str
    first: Prediction
    second: Prediction
    number: Number | None = None


def by_depth(
    evidence: Evidence, control: str, number: Number, prediction: Prediction, all_of_them: bool = False
) -> Sweep:
    """A number of every network of a model by depth."""
    rows = sweeps.of_predictions(evidence.study("depth"), prediction)
    what = f"{prediction.model.upper()} by {prediction.scheme}, N ="
    return sweeps.of_networks(rows, "depth", number, control, COMPOSITE).only(DEPTHS, what, all_of_them)


def ratio(evidence: Evidence, control: str, number: Number, first: Prediction, second: Prediction) -> Ratio:
    """A number of one prediction over that of another, by depth."""
    return sweeps.ratio(*(by_depth(evidence, control, number, each) for each in (first, second)))


def ratios_beside(
    evidence: Evidence, control: str, number: Number, beside: Sequence[Beside]
) -> tuple[list[str], dict[str, Any]]:
    """Further ratios in words and as values, as far as the data have them."""
    ours, values = [], {}
    for each in beside:
        try:
            quotient = ratio(evidence, control, each.number or number, each.first, each.second)
        except (NotTestable, InputError):
            continue
        ours.append(f"{each.label}: {quotient.in_words('N =')}")
        values[each.label] = numbers(quotient.by_level)
    return ours, values


def in_range(
    evidence: Evidence,
    control: str,
    number: Number,
    predictions: tuple[Prediction, Prediction],
    limits: tuple[float, float],
    context: str,
    *beside: Beside,
) -> Finding:
    """A ratio that the paper gives a range for; `context` ends the sentence of why."""
    quotient = ratio(evidence, control, number, *predictions)
    ours, values = ratios_beside(evidence, control, number, beside)
    why = f"{ratio_in_words(quotient.median, *limits)}{context}"
    verdict = of_ratio(quotient.median, *limits)
    return Finding((quotient.in_words("N ="), *ours), verdict, why, quotient.values | values)
