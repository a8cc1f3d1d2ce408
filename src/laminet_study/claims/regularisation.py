"""Claims on the activation penalty's strength eta and target xi (Sec. 3.2), with rank correlations of the means."""

from typing import Any

import numpy as np

from laminet_study import statistics
from laminet_study.claims import sweeps
from laminet_study.claims.sweeps import Sweep, numbers
from laminet_study.claims.verdicts import (
    Evidence,
    Finding,
    NotTestable,
    Statement,
    by_control,
    claim,
    judged,
    of_statements,
)
from laminet_study.statistics import NEWTON, Number

COSTS: dict[str, tuple[Number, str, int]] = {
    "iterations": (statistics.iterations_per_step, " per load step", 2),
    "active nodes": (statistics.active_nodes, "", 1),
    "time": (statistics.testing_time, " s", 3),
}


def of_imns(evidence: Evidence, parameter: str, number: Number, control: str) -> Sweep:
    """A number of every IMN of the study of `parameter`, its mean over the composites."""
    rows = sweeps.of_predictions(evidence.study(parameter), NEWTON)
    sweep = sweeps.of_networks(rows, parameter, number, control)
    return sweep.only(sweep.levels, f"{parameter} =")


@claim(8)
@by_control
def error_by_eta(evidence: Evidence, control: str) -> Finding:
    """Two statements."""
    error = of_imns(evidence, "eta", statistics.mean_relative_error, control)
    error.only((1.0, 100.0), "eta =", all_of_them=True)
    if error.levels[0] >= 1.0:
        raise NotTestable("no run at an eta below 1")
    mean, best = error.by_level.mean(), error.best()
    statements = [
        Statement("the lowest mean error is at eta = 1", best == 1.0),
        Statement("the error at eta = 100 is larger than at eta = 1", mean[100.0] > mean[1.0]),
    ]
    ours = (f"lowest at eta {best:g}; {error.in_words('eta =', 100.0, ' %')}",)
    return judged(ours, statements, {"eta": error.levels, "mean": numbers(mean)})


@claim(9)
@by_control
def cost_by_eta(evidence: Evidence, control: str) -> Finding:
    """Each falls with eta (negative rank correlation), and by less than 25 %."""
    statements, ours = [], []
    values: dict[str, Any] = {}
    for name, (number, unit, digits) in COSTS.items():
        cost = of_imns(evidence, "eta", number, control)
        rank, change = sweeps.rank_correlation(cost.levels, cost.means()), sweeps.change(cost.means())
        statements.append(Statement(f"{name} {'falls' if name == 'time' else 'fall'} with eta", rank < 0.0))
        statements.append(Statement(f"the change of {name} stays under 25 %", change < 0.25))
        ours.append(
            f"{name}: rank correlation {rank:.2f}, change {100 * change:.0f} %; "
            f"{cost.in_words('eta =', unit=unit, digits=digits)}"
        )
        values |= {f"{name}_rank_correlation": rank, f"{name}_change": float(f"{change:.6g}")}
    return judged([_count(statements), *ours], statements, values)


@claim(10)
@by_control
def error_by_xi(evidence: Evidence, control: str) -> Finding:
    """The rule asks for the position of the minimum alone; whether it is inside the range stands beside."""
    error = of_imns(evidence, "xi", statistics.mean_relative_error, control)
    error.only((1.0,), "xi =", all_of_them=True)
    if not error.levels[0] < 1.0 < error.levels[-1]:
        raise NotTestable("no runs at values of xi on both sides of 1")
    best = error.best()
    inside = error.levels[0] < best < error.levels[-1]
    shape = "falls and then rises" if inside else "has no minimum inside the range"
    ours = (f"lowest at xi {best:g}; {error.in_words('xi =', 100.0, ' %')}",)
    values = {"xi": error.levels, "mean": numbers(error.means()), "inside": inside}
    why = f"the mean error {shape} and is lowest at xi = {best:g}, where the rule asks for 1"
    return Finding(ours, of_statements([Statement("", best == 1.0)]), why, values)


@claim(11)
@by_control
def cost_by_xi(evidence: Evidence, control: str) -> Finding:
    """Each by its rank correlation."""
    statements, ours = [], []
    values: dict[str, Any] = {}
    for name, (number, unit, digits) in COSTS.items():
        cost = of_imns(evidence, "xi", number, control)
        rank = sweeps.rank_correlation(cost.levels, cost.means())
        statements.append(Statement(f"the rank correlation of {name} with xi is above 0.8", rank > 0.8))
        ours.append(f"{name}: rank correlation {rank:.2f}; {cost.in_words('xi =', unit=unit, digits=digits)}")
        values[f"{name}_rank_correlation"] = rank
    nodes = of_imns(evidence, "xi", statistics.active_nodes, control)
    leaves = 2.0 ** np.unique(evidence.study("xi")["depth"].values)[0]
    expected = ", ".join(f"{np.sqrt(2 * level * leaves / 0.6):.0f}" for level in nodes.levels)
    context = f"; the penalty alone would leave about {expected} active nodes"
    return judged([_count(statements), *ours], statements, values, context)


def _count(statements: list[Statement]) -> str:
    return f"{sum(each.holds for each in statements)} of {len(statements)} parts hold"
