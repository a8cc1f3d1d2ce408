"""Claims on the activation penalty's strength eta and target xi (Sec. 3.2), with rank correlations of the means."""

from typing import Any

import numpy as np

from laminet_study import statistics
from laminet_study.claims import series, verdicts
from laminet_study.claims.series import Quantity, Series, numbers
from laminet_study.claims.verdicts import Claim, Evidence, Finding, NotTestable, Part

SCHEME = "imn_newton_dense"
COSTS: dict[str, tuple[Quantity, str, int]] = {
    "iterations": (statistics.iterations_per_step, " per load step", 2),
    "active nodes": (statistics.active_nodes, "", 1),
    "time": (statistics.testing_time, " s", 3),
}


def of_imns(evidence: Evidence, parameter: str, quantity: Quantity, control: str) -> Series:
    """A number of every IMN of the study of `parameter`, its mean over the composites."""
    study = evidence.study(parameter)
    found = series.of_networks(study, parameter, quantity, control, model="imn", scheme=SCHEME)
    return found.only(found.levels, f"{parameter} =")


@verdicts.by_control
def error_by_eta(evidence: Evidence, control: str) -> Finding:
    """Claim 8."""
    error = of_imns(evidence, "eta", statistics.mean_relative_error, control)
    error.only((1.0, 100.0), "eta =", all_of_them=True)
    if error.levels[0] >= 1.0:
        raise NotTestable("no run at an eta below 1")
    mean = dict(zip(error.levels, error.means(), strict=True))
    best = min(mean, key=mean.__getitem__)
    parts = [
        Part("the lowest mean error is at eta = 1", best == 1.0),
        Part("the error at eta = 100 is larger than at eta = 1", mean[100.0] > mean[1.0]),
    ]
    ours = (f"lowest at eta {best:g}; {error.in_words('eta =', 100.0, ' %')}",)
    values = {"eta": error.levels, "mean": numbers(error.means())}
    return Finding(ours, verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


@verdicts.by_control
def cost_by_eta(evidence: Evidence, control: str) -> Finding:
    """Claim 9: each falls with eta (negative rank correlation), and by less than 25 %."""
    parts, ours = [], []
    values: dict[str, Any] = {}
    for name, (quantity, unit, digits) in COSTS.items():
        found = of_imns(evidence, "eta", quantity, control)
        means = found.means()
        rank, change = series.rank_correlation(found.levels, means), series.change(means)
        parts.append(Part(f"{name} {'falls' if name == 'time' else 'fall'} with eta", rank < 0.0))
        parts.append(Part(f"the change of {name} stays under 25 %", change < 0.25))
        ours.append(
            f"{name}: rank correlation {rank:.2f}, change {100 * change:.0f} %; "
            f"{found.in_words('eta =', unit=unit, digits=digits)}"
        )
        values |= {f"{name}_rank_correlation": rank, f"{name}_change": float(f"{change:.6g}")}
    headline = f"{sum(part.holds for part in parts)} of {len(parts)} parts hold"
    return Finding((headline, *ours), verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


@verdicts.by_control
def error_by_xi(evidence: Evidence, control: str) -> Finding:
    """Claim 10: the rule asks for the position of the minimum alone; whether it is inside the range stands beside."""
    error = of_imns(evidence, "xi", statistics.mean_relative_error, control)
    error.only((1.0,), "xi =", all_of_them=True)
    if not error.levels[0] < 1.0 < error.levels[-1]:
        raise NotTestable("no runs at values of xi on both sides of 1")
    best = error.levels[int(error.means().argmin())]
    inside = error.levels[0] < best < error.levels[-1]
    shape = "falls and then rises" if inside else "has no minimum inside the range"
    ours = (f"lowest at xi {best:g}; {error.in_words('xi =', 100.0, ' %')}",)
    values = {"xi": error.levels, "mean": numbers(error.means()), "inside": inside}
    why = f"the mean error {shape} and is lowest at xi = {best:g}, where the rule asks for 1"
    return Finding(ours, verdicts.of_parts([Part("", best == 1.0)]), why, values)


@verdicts.by_control
def cost_by_xi(evidence: Evidence, control: str) -> Finding:
    """Claim 11."""
    parts, ours = [], []
    values: dict[str, Any] = {}
    for name, (quantity, unit, digits) in COSTS.items():
        found = of_imns(evidence, "xi", quantity, control)
        rank = series.rank_correlation(found.levels, found.means())
        parts.append(Part(f"the rank correlation of {name} with xi is above 0.8", rank > 0.8))
        ours.append(f"{name}: rank correlation {rank:.2f}; {found.in_words('xi =', unit=unit, digits=digits)}")
        values[f"{name}_rank_correlation"] = rank
    nodes = of_imns(evidence, "xi", statistics.active_nodes, control)
    leaves = 2.0 ** np.unique(evidence.study("xi")["depth"].values)[0]
    expected = ", ".join(f"{np.sqrt(2 * level * leaves / 0.6):.0f}" for level in nodes.levels)
    why = f"{verdicts.parts_in_words(parts)}; the penalty alone would leave about {expected} active nodes"
    headline = f"{sum(part.holds for part in parts)} of {len(parts)} parts hold"
    return Finding((headline, *ours), verdicts.of_parts(parts), why, values)


CLAIMS = (
    Claim(
        8,
        "3.2",
        "xi = 1: a smaller eta is generally better, the minimum is at eta = 1, a large eta degrades",
        "minimum at eta = 1",
        error_by_eta,
        "fig12",
        "eta",
    ),
    Claim(
        9,
        "3.2",
        "Iterations and active nodes fall slightly with eta, time modestly",
        "slightly, modestly",
        cost_by_eta,
        "fig12",
        "eta",
    ),
    Claim(
        10,
        "3.2",
        "eta = 1: the error falls and then rises in xi = 0.1 to 4, with its minimum at xi = 1",
        "minimum at xi = 1",
        error_by_xi,
        "fig13",
        "xi",
    ),
    Claim(
        11,
        "3.2",
        "Time, iterations and active nodes rise with xi",
        "rising",
        cost_by_xi,
        "fig13",
        "xi",
    ),
)
