"""Claims on DMN against IMN online (Sec. 3.6): the DMN with residual stress, the IMN by dense Newton."""

import numpy as np

from laminet_study import statistics
from laminet_study.claims import series, verdicts
from laminet_study.claims.depth import (
    CONDENSED_DMN,
    CONDENSED_IMN,
    NEWTON,
    RESIDUAL,
    Beside,
    beside_lines,
    by_depth,
    range_claim,
    ratio,
)
from laminet_study.claims.series import numbers
from laminet_study.claims.verdicts import Claim, Evidence, Finding, NotTestable, Part


@verdicts.by_control
def accuracy(evidence: Evidence, control: str) -> Finding:
    """Claim 23."""
    dmn, imn = (
        by_depth(evidence, control, statistics.mean_relative_error, line, all_of_them=True)
        for line in (RESIDUAL, NEWTON)
    )
    means = dict(zip(dmn.levels, zip(dmn.means(), imn.means(), strict=True), strict=True))
    ranks = [series.rank_correlation(found.levels, found.spreads()) for found in (dmn, imn)]
    parts = [
        Part("the means are within 20 % at N = 7 and 8", all(max(means[n]) <= 1.2 * min(means[n]) for n in (7, 8))),
        Part("the DMN is better at N = 4 and 5", all(means[n][0] < means[n][1] for n in (4, 5))),
        Part("the spread over seeds falls with depth for both models", max(ranks) < 0.0),
    ]
    ours = (
        f"DMN {dmn.in_words('N =', 100.0, ' %')}; IMN {imn.in_words('N =', 100.0, ' %')}",
        f"rank correlation of the spread with depth: DMN {ranks[0]:.2f}, IMN {ranks[1]:.2f}",
    )
    values = {"dmn": numbers(dmn.means()), "imn": numbers(imn.means()), "spread_rank_correlation": numbers(ranks)}
    return Finding(ours, verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


@verdicts.by_control
def iterations_of_both(evidence: Evidence, control: str) -> Finding:
    """Claim 24: only comparable where both schemes stop at the same tolerance on the same quantity."""
    study = evidence.study("depth")
    if study.attrs.get("criterion", "strain") != "strain":
        raise NotTestable("the schemes stop on different quantities (online.criterion: paper); evaluate with 'strain'")
    low, high = 0.4, 0.5
    found = ratio(evidence, control, statistics.total_iterations, RESIDUAL, NEWTON)
    tolerance = f" of {study.attrs['tolerance']:g}" if "tolerance" in study.attrs else ""
    why = (
        f"{verdicts.ratio_in_words(found.median, low, high)}, at the same tolerance{tolerance} on the strain "
        "increments; with the residual stress and tangents a DMN takes exactly Newton's steps on the same equations"
    )
    values = {"median": found.median, "depth": found.levels, "ratio": numbers(found.by_level)}
    return Finding((found.in_words("N ="),), verdicts.of_ratio(found.median, low, high), why, values)


@verdicts.by_control
def iterations_by_depth(evidence: Evidence, control: str) -> Finding:
    """Claim 25."""
    parts, ours, values = [], [], {}
    for label, line in (("DMN", RESIDUAL), ("IMN", NEWTON)):
        found = by_depth(evidence, control, statistics.iterations_per_step, line, all_of_them=True)
        change = series.change(found.means())
        parts.append(Part(f"the {label}'s count changes by less than 25 %", change < 0.25))
        ours.append(f"{label}: change {100 * change:.0f} %; {found.in_words('N =')}")
        values[f"{label}_change"] = float(f"{change:.6g}")
    more = "more" if values["DMN_change"] > values["IMN_change"] else "not more"
    why = f"{verdicts.parts_in_words(parts)}; the DMN's count is {more} variable than the IMN's"
    return Finding(("; ".join(ours),), verdicts.of_parts(parts), why, values)


def active_nodes(evidence: Evidence) -> Finding:
    """Claim 26: rank correlation above 0.8 (as for claim 11), means of both models within 25 % at every depth."""
    # Counted on the networks: any scheme and control tells the same.
    dmn, imn = (by_depth(evidence, evidence.control, statistics.active_nodes, line) for line in (RESIDUAL, NEWTON))
    parts, ranks = [], []
    for label, found in (("DMN", dmn), ("IMN", imn)):
        ranks.append(series.rank_correlation(found.levels, found.means()))
        parts.append(Part(f"the {label}'s active nodes rise with depth (rank correlation > 0.8)", ranks[-1] > 0.8))
    quotients = series.ratio(dmn, imn)
    means = np.array([dmn.at(n).mean() / imn.at(n).mean() for n in quotients.levels])
    alike = bool((np.maximum(means, 1 / means) <= 1.25).all())
    parts.append(Part("the means of both models are within 25 % at every depth", alike))
    expected = ", ".join(f"{np.sqrt(2 * 2**n / 0.6):.0f}" for n in dmn.levels)
    ours = (
        f"DMN {dmn.in_words('N =', digits=1)} (rank correlation {ranks[0]:.2f})",
        f"IMN {imn.in_words('N =', digits=1)} (rank correlation {ranks[1]:.2f})",
    )
    why = f"{verdicts.parts_in_words(parts)}; at xi = 1 the penalty alone would leave about {expected}"
    values = {"depth": dmn.levels, "dmn": numbers(dmn.means()), "imn": numbers(imn.means())}
    return Finding(ours, verdicts.of_parts(parts), why, values)


@verdicts.by_control
def total_time(evidence: Evidence, control: str) -> Finding:
    """Claim 28: at every depth the medians are within a factor of 1.5."""
    times = [by_depth(evidence, control, statistics.testing_time, line) for line in (RESIDUAL, NEWTON)]
    found = series.ratio(*times)
    inside = np.maximum(found.by_level, 1.0 / found.by_level) <= 1.5
    parts = [
        Part(f"the times are within 1.5x at N = {level}", bool(within))
        for level, within in zip(found.levels, inside, strict=True)
    ]
    lines, more = beside_lines(
        evidence, control, statistics.testing_time, [Beside("both by condensed Newton", CONDENSED_DMN, CONDENSED_IMN)]
    )
    words = [f"{label}: {time.in_words('N =', unit=' s', digits=3)}" for label, time in zip(("DMN", "IMN"), times)]
    values = {"depth": found.levels, "ratio": numbers(found.by_level), **more}
    why = f"{verdicts.parts_in_words(parts)}; a dense Newton's cost grows with the cube of the nodes, a DMN's linearly"
    return Finding((f"DMN over IMN {found.in_words('N =')}", *words, *lines), verdicts.of_parts(parts), why, values)


CLAIMS = (
    Claim(
        23,
        "3.6",
        "DMN and IMN are comparably accurate for N > 6, the DMN is better when shallower, the spread falls with depth",
        "comparable for N > 6",
        accuracy,
        "fig17",
        "depth",
    ),
    Claim(
        24,
        "3.6",
        "A DMN needs fewer iterations than an IMN with Newton",
        "0.4x to 0.5x",
        iterations_of_both,
        "fig17",
        "depth",
    ),
    Claim(
        25,
        "3.6",
        "Iteration counts do not depend on depth; the DMN's are a little more variable",
        "relatively insensitive",
        iterations_by_depth,
        "fig17",
        "depth",
    ),
    Claim(
        26,
        "3.6",
        "Active nodes rise with depth, alike for both models",
        "comparable at each depth",
        active_nodes,
        "fig17",
        "depth",
    ),
    Claim(
        27,
        "3.6",
        "An IMN is cheaper than a DMN per iteration and node",
        "1.9x to 2.4x",
        range_claim(
            statistics.cost_per_iteration_and_node,
            RESIDUAL,
            NEWTON,
            1.9,
            2.4,
            "the two run different algorithms, so the ratio depends on the implementation",
            [Beside("both by condensed Newton", CONDENSED_DMN, CONDENSED_IMN)],
        ),
        "fig17",
        "depth",
    ),
    Claim(
        28,
        "3.6",
        "The total online time is comparable and rises with depth",
        "comparable at each depth",
        total_time,
        "fig17",
        "depth",
    ),
)
