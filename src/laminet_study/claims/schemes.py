"""Claims on the online schemes: residual stress in a DMN (Sec. 3.4), fixed point or Newton in an IMN (Sec. 3.5)."""

from collections.abc import Callable, Mapping

import numpy as np

from laminet_study import statistics
from laminet_study.claims import verdicts
from laminet_study.claims.depth import (
    CONDENSED_IMN,
    FIXED_SECANT,
    FIXED_TANGENT,
    NEWTON,
    RESIDUAL,
    SECANT,
    TANGENT,
    Beside,
    Line,
    beside_lines,
    by_depth,
    range_claim,
    ratio,
)
from laminet_study.claims.series import numbers
from laminet_study.claims.verdicts import Claim, Evidence, Finding, NotTestable, Part

NEWTON_BESIDE = (
    Beside("fixed point with tangents over dense Newton", FIXED_TANGENT, NEWTON),
    Beside("fixed point over condensed Newton", FIXED_SECANT, CONDENSED_IMN),
)


def equally_accurate(reference: Line, variants: Mapping[str, Line], context: str) -> Callable[[Evidence], Finding]:
    """Claims 16 and 20: at every depth the means of e_sigma differ by less than 10 %, for every variant."""

    def rule(evidence: Evidence, control: str) -> Finding:
        quantity = statistics.mean_relative_error
        first = by_depth(evidence, control, quantity, reference)
        parts, differences, words, values = [], [], [], {"depth": first.levels}
        for label, line in variants.items():
            other = by_depth(evidence, control, quantity, line)
            levels = [level for level in first.levels if level in other.levels]
            if not levels:
                raise NotTestable("the schemes share no depth with complete curves")
            means = [np.array([found.at(level).mean() for level in levels]) for found in (first, other)]
            largest = float(np.abs(means[1] / means[0] - 1.0).max())
            parts.append(Part(f"the {label} variant differs by less than 10 % at every depth", largest < 0.1))
            differences.append(f"{label} {100 * largest:.1f} %")
            words.append(f"{label}: {other.in_words('N =', 100.0, ' %')}")
            values[f"{label}_difference"] = numbers(means[1] / means[0] - 1.0)
        headline = f"largest difference: {', '.join(differences)}"
        ours = (headline, f"{reference.scheme}: {first.in_words('N =', 100.0, ' %')}", *words)
        return Finding(ours, verdicts.of_parts(parts), f"{verdicts.parts_in_words(parts)}; {context}", values)

    return verdicts.by_control(rule)


@verdicts.by_control
def fewer_iterations_with_residual(evidence: Evidence, control: str) -> Finding:
    """Claim 18."""
    quantity = statistics.total_iterations
    found = ratio(evidence, control, quantity, RESIDUAL, SECANT)
    beside, more = beside_lines(evidence, control, quantity, [Beside("over tangents", RESIDUAL, TANGENT)])
    fewer = found.median <= 0.6
    why = (
        f"with the residual stress it takes {found.median:.2f} times the iterations of the secant variant, "
        f"{'at most' if fewer else 'more than'} the 0.6 asked for; with it the scheme is an exact Newton step"
    )
    values = {"median": found.median, "depth": found.levels, "ratio": numbers(found.by_level), **more}
    return Finding((found.in_words("N ="), *beside), verdicts.of_parts([Part("", fewer)]), why, values)


@verdicts.by_control
def newton_is_faster(evidence: Evidence, control: str) -> Finding:
    """Claim 21."""
    low, high = 1.9, 2.6
    time, count = (
        ratio(evidence, control, quantity, FIXED_SECANT, NEWTON)
        for quantity in (statistics.testing_time, statistics.total_iterations)
    )
    lines, more = beside_lines(evidence, control, statistics.testing_time, NEWTON_BESIDE)
    fewer = Part("", count.median > 1.0)
    verdict = verdicts.combined([verdicts.of_ratio(time.median, low, high), verdicts.of_parts([fewer])])
    why = (
        f"of the times {verdicts.ratio_in_words(time.median, low, high)}, and the fixed point takes "
        f"{count.median:.2f} times Newton's iterations; the time of a dense Newton depends on its linear algebra"
    )
    values = {"time": numbers(time.by_level), "iterations": numbers(count.by_level), "depth": time.levels, **more}
    ours = (f"time {time.in_words('N =')}", f"iterations {count.in_words('N =')}", *(f"time, {line}" for line in lines))
    return Finding(ours, verdict, why, values)


CLAIMS = (
    Claim(
        16,
        "3.4",
        "The residual stress does not change the accuracy of a DMN",
        "no significant effect",
        equally_accurate(
            RESIDUAL,
            {"secant": SECANT, "tangent": TANGENT},
            "without residual stress and with tangents the iterate is not in equilibrium",
        ),
        "fig15",
        "depth",
    ),
    Claim(
        17,
        "3.4",
        "With residual stress a DMN predicts faster",
        "1.8x to 2.0x",
        range_claim(
            statistics.testing_time,
            SECANT,
            RESIDUAL,
            1.8,
            2.0,
            "times depend on the implementation, the iterations beside them do not",
            [
                Beside("tangents over residual", TANGENT, RESIDUAL),
                Beside("iterations", SECANT, RESIDUAL, statistics.total_iterations),
            ],
        ),
        "fig15",
        "depth",
    ),
    Claim(
        18,
        "3.4",
        "With residual stress it takes far fewer iterations",
        "significantly fewer",
        fewer_iterations_with_residual,
        "fig15",
        "depth",
    ),
    Claim(
        19,
        "3.4",
        "With residual stress it is dearer per iteration and node",
        "1.3x to 1.5x",
        range_claim(
            statistics.cost_per_iteration_and_node,
            RESIDUAL,
            SECANT,
            1.3,
            1.5,
            "the residual adds six components to each block's pass, and its weight depends on the implementation",
            [Beside("residual over tangents", RESIDUAL, TANGENT)],
        ),
        "fig15",
        "depth",
    ),
    Claim(
        20,
        "3.5",
        "Fixed-point and Newton iterations of an IMN are equally accurate",
        "comparable",
        equally_accurate(
            NEWTON,
            {"secant": FIXED_SECANT, "tangent": FIXED_TANGENT},
            "Newton's iterate and the secant fixed point are both in equilibrium",
        ),
        "fig16",
        "depth",
    ),
    Claim(
        21,
        "3.5",
        "Newton iterations are faster than fixed-point iterations, and fewer",
        "1.9x to 2.6x, fewer iterations",
        newton_is_faster,
        "fig16",
        "depth",
    ),
    Claim(
        22,
        "3.5",
        "Newton iterations are cheaper per iteration and node",
        "1.7x to 2.4x",
        range_claim(
            statistics.cost_per_iteration_and_node,
            FIXED_SECANT,
            NEWTON,
            1.7,
            2.4,
            "a dense Newton step costs the cube of the nodes, a fixed-point or condensed one is linear in them",
            NEWTON_BESIDE,
        ),
        "fig16",
        "depth",
    ),
)
