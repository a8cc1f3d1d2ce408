"""Claims on the online schemes: residual stress in a DMN (Sec. 3.4), fixed point or Newton in an IMN (Sec. 3.5)."""

from collections.abc import Mapping
from typing import Any

from laminet_study import statistics
from laminet_study.claims.depth import Beside, by_depth, in_range, ratio, ratios_beside
from laminet_study.claims.sweeps import numbers
from laminet_study.claims.verdicts import (
    Evidence,
    Finding,
    NotTestable,
    Statement,
    by_control,
    claim,
    combined,
    judged,
    of_ratio,
    of_statements,
    ratio_in_words,
)
from laminet_study.statistics import CONDENSED_IMN, FIXED_SECANT, FIXED_TANGENT, NEWTON, RESIDUAL, SECANT, TANGENT

NEWTON_BESIDE = (
    Beside("fixed point with tangents over dense Newton", FIXED_TANGENT, NEWTON),
    Beside("fixed point over condensed Newton", FIXED_SECANT, CONDENSED_IMN),
)


def equally_accurate(
    evidence: Evidence,
    control: str,
    reference: statistics.Prediction,
    others: Mapping[str, statistics.Prediction],
    context: str,
) -> Finding:
    """At every depth the means of e_sigma differ by less than 10 %, for every other prediction."""
    first = by_depth(evidence, control, statistics.mean_relative_error, reference)
    values: dict[str, Any] = {"depth": first.levels}
    statements, differences, words = [], [], []
    for label, prediction in others.items():
        second = by_depth(evidence, control, statistics.mean_relative_error, prediction)
        difference = (second.by_level.mean() / first.by_level.mean() - 1.0).dropna()
        if difference.empty:
            raise NotTestable("the schemes share no depth with complete curves")
        largest = float(difference.abs().max())
        statements.append(Statement(f"the {label} variant differs by less than 10 % at every depth", largest < 0.1))
        differences.append(f"{label} {100 * largest:.1f} %")
        words.append(f"{label}: {second.in_words('N =', 100.0, ' %')}")
        values[f"{label}_difference"] = numbers(difference)
    headline = f"largest difference: {', '.join(differences)}"
    ours = (headline, f"{reference.scheme}: {first.in_words('N =', 100.0, ' %')}", *words)
    return judged(ours, statements, values, f"; {context}")


@claim(16)
@by_control
def residual_is_as_accurate(evidence: Evidence, control: str) -> Finding:
    """Both variants without it."""
    context = "without residual stress and with tangents the iterate is not in equilibrium"
    return equally_accurate(evidence, control, RESIDUAL, {"secant": SECANT, "tangent": TANGENT}, context)


@claim(17)
@by_control
def residual_is_faster(evidence: Evidence, control: str) -> Finding:
    """Time without over time with it."""
    return in_range(
        evidence,
        control,
        statistics.testing_time,
        (SECANT, RESIDUAL),
        (1.8, 2.0),
        "; times depend on the implementation, the iterations beside them do not",
        Beside("tangents over residual", TANGENT, RESIDUAL),
        Beside("iterations", SECANT, RESIDUAL, statistics.total_iterations),
    )


@claim(18)
@by_control
def residual_needs_fewer_iterations(evidence: Evidence, control: str) -> Finding:
    """At most 0.6 of them."""
    quotient = ratio(evidence, control, statistics.total_iterations, RESIDUAL, SECANT)
    ours, values = ratios_beside(
        evidence, control, statistics.total_iterations, [Beside("over tangents", RESIDUAL, TANGENT)]
    )
    fewer = quotient.median <= 0.6
    why = (
        f"with the residual stress it takes {quotient.median:.2f} times the iterations of the secant variant, "
        f"{'at most' if fewer else 'more than'} the 0.6 asked for; with it the scheme is an exact Newton step"
    )
    verdict = of_statements([Statement("", fewer)])
    return Finding((quotient.in_words("N ="), *ours), verdict, why, quotient.values | values)


@claim(19)
@by_control
def residual_is_dearer(evidence: Evidence, control: str) -> Finding:
    """Cost with over cost without it."""
    return in_range(
        evidence,
        control,
        statistics.cost_per_iteration_and_node,
        (RESIDUAL, SECANT),
        (1.3, 1.5),
        "; the residual adds six components to each block's pass, and its weight depends on the implementation",
        Beside("residual over tangents", RESIDUAL, TANGENT),
    )


@claim(20)
@by_control
def fixed_point_is_as_accurate(evidence: Evidence, control: str) -> Finding:
    """Both variants of the fixed point."""
    context = "Newton's iterate and the secant fixed point are both in equilibrium"
    return equally_accurate(evidence, control, NEWTON, {"secant": FIXED_SECANT, "tangent": FIXED_TANGENT}, context)


@claim(21)
@by_control
def newton_is_faster(evidence: Evidence, control: str) -> Finding:
    """Two statements, on times and counts."""
    low, high = 1.9, 2.6
    time, count = (
        ratio(evidence, control, number, FIXED_SECANT, NEWTON)
        for number in (statistics.testing_time, statistics.total_iterations)
    )
    beside, more = ratios_beside(evidence, control, statistics.testing_time, NEWTON_BESIDE)
    fewer = of_statements([Statement("", count.median > 1.0)])
    why = (
        f"of the times {ratio_in_words(time.median, low, high)}, and the fixed point takes "
        f"{count.median:.2f} times Newton's iterations; the time of a dense Newton depends on its linear algebra"
    )
    values = {"time": numbers(time.by_level), "iterations": numbers(count.by_level), "depth": time.values["depth"]}
    ours = (
        f"time {time.in_words('N =')}",
        f"iterations {count.in_words('N =')}",
        *(f"time, {line}" for line in beside),
    )
    return Finding(ours, combined([of_ratio(time.median, low, high), fewer]), why, values | more)


@claim(22)
@by_control
def newton_is_cheaper(evidence: Evidence, control: str) -> Finding:
    """Cost of the fixed point over that of a dense Newton."""
    return in_range(
        evidence,
        control,
        statistics.cost_per_iteration_and_node,
        (FIXED_SECANT, NEWTON),
        (1.7, 2.4),
        "; a dense Newton step costs the cube of the nodes, a fixed-point or condensed one is linear in them",
        *NEWTON_BESIDE,
    )
