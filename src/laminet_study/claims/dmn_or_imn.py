"""Claims on DMN against IMN online (Sec. 3.6): the DMN with residual stress, the IMN by dense Newton."""

import numpy as np

from laminet_study import statistics
from laminet_study.claims import sweeps
from laminet_study.claims.depth import Beside, by_depth, in_range, ratios_beside
from laminet_study.claims.sweeps import numbers
from laminet_study.claims.verdicts import Evidence, Finding, NotTestable, Statement, by_control, claim, judged
from laminet_study.statistics import CONDENSED_DMN, CONDENSED_IMN, NEWTON, RESIDUAL

MODELS = {"DMN": RESIDUAL, "IMN": NEWTON}
CONDENSED = Beside("both by condensed Newton", CONDENSED_DMN, CONDENSED_IMN)


@claim(23)
@by_control
def accuracy(evidence: Evidence, control: str) -> Finding:
    """Three statements."""
    dmn, imn = (
        by_depth(evidence, control, statistics.mean_relative_error, prediction, all_of_them=True)
        for prediction in MODELS.values()
    )
    means = dict(zip(dmn.levels, zip(dmn.means(), imn.means(), strict=True), strict=True))
    ranks = [sweeps.rank_correlation(error.levels, error.spreads()) for error in (dmn, imn)]
    statements = [
        Statement(
            "the means are within 20 % at N = 7 and 8", all(max(means[n]) <= 1.2 * min(means[n]) for n in (7, 8))
        ),
        Statement("the DMN is better at N = 4 and 5", all(means[n][0] < means[n][1] for n in (4, 5))),
        Statement("the spread over seeds falls with depth for both models", max(ranks) < 0.0),
    ]
    ours = (
        f"DMN {dmn.in_words('N =', 100.0, ' %')}; IMN {imn.in_words('N =', 100.0, ' %')}",
        f"rank correlation of the spread with depth: DMN {ranks[0]:.2f}, IMN {ranks[1]:.2f}",
    )
    values = {"dmn": numbers(dmn.means()), "imn": numbers(imn.means()), "spread_rank_correlation": numbers(ranks)}
    return judged(ours, statements, values)


@claim(24)
@by_control
def iterations_of_both(evidence: Evidence, control: str) -> Finding:
    """Only comparable where both schemes stop at the same tolerance on the same quantity."""
    study = evidence.study("depth")
    if study.attrs.get("criterion", "strain") != "strain":
        raise NotTestable("the schemes stop on different quantities (online.criterion: paper); evaluate with 'strain'")
    tolerance = f" of {study.attrs['tolerance']:g}" if "tolerance" in study.attrs else ""
    context = (
        f", at the same tolerance{tolerance} on the strain increments; "
        "with the residual stress and tangents a DMN takes exactly Newton's steps on the same equations"
    )
    return in_range(evidence, control, statistics.total_iterations, (RESIDUAL, NEWTON), (0.4, 0.5), context)


@claim(25)
@by_control
def iterations_by_depth(evidence: Evidence, control: str) -> Finding:
    """A change under 25 %, of each model."""
    statements, ours, values = [], [], {}
    for label, prediction in MODELS.items():
        count = by_depth(evidence, control, statistics.iterations_per_step, prediction, all_of_them=True)
        change = sweeps.change(count.means())
        statements.append(Statement(f"the {label}'s count changes by less than 25 %", change < 0.25))
        ours.append(f"{label}: change {100 * change:.0f} %; {count.in_words('N =')}")
        values[f"{label}_change"] = float(f"{change:.6g}")
    more = "more" if values["DMN_change"] > values["IMN_change"] else "not more"
    return judged(["; ".join(ours)], statements, values, f"; the DMN's count is {more} variable than the IMN's")


@claim(26)
def active_nodes(evidence: Evidence) -> Finding:
    """Rank correlation above 0.8 (as for claim 11), means of both models within 25 % at every depth.

    Counted on the networks: any scheme and control tells the same.
    """
    dmn, imn = (
        by_depth(evidence, evidence.control, statistics.active_nodes, prediction) for prediction in MODELS.values()
    )
    statements, ours = [], []
    for label, nodes in (("DMN", dmn), ("IMN", imn)):
        rank = sweeps.rank_correlation(nodes.levels, nodes.means())
        statements.append(Statement(f"the {label}'s active nodes rise with depth (rank correlation > 0.8)", rank > 0.8))
        ours.append(f"{label} {nodes.in_words('N =', digits=1)} (rank correlation {rank:.2f})")
    sweeps.ratio(dmn, imn)  # NotTestable where they share no depth
    means = (dmn.by_level.mean() / imn.by_level.mean()).dropna()
    alike = bool((np.maximum(means, 1 / means) <= 1.25).all())
    statements.append(Statement("the means of both models are within 25 % at every depth", alike))
    expected = ", ".join(f"{np.sqrt(2 * 2**n / 0.6):.0f}" for n in dmn.levels)
    values = {"depth": dmn.levels, "dmn": numbers(dmn.means()), "imn": numbers(imn.means())}
    return judged(ours, statements, values, f"; at xi = 1 the penalty alone would leave about {expected}")


@claim(27)
@by_control
def imn_is_cheaper(evidence: Evidence, control: str) -> Finding:
    """Cost of the DMN over that of the IMN."""
    return in_range(
        evidence,
        control,
        statistics.cost_per_iteration_and_node,
        (RESIDUAL, NEWTON),
        (1.9, 2.4),
        "; the two run different algorithms, so the ratio depends on the implementation",
        CONDENSED,
    )


@claim(28)
@by_control
def total_time(evidence: Evidence, control: str) -> Finding:
    """At every depth the medians are within a factor of 1.5."""
    times = {
        label: by_depth(evidence, control, statistics.testing_time, prediction) for label, prediction in MODELS.items()
    }
    quotient = sweeps.ratio(*times.values())
    statements = [
        Statement(f"the times are within 1.5x at N = {level}", max(value, 1.0 / value) <= 1.5)
        for level, value in quotient.by_level.items()
    ]
    beside, more = ratios_beside(evidence, control, statistics.testing_time, [CONDENSED])
    words = [f"{label}: {time.in_words('N =', unit=' s', digits=3)}" for label, time in times.items()]
    values = {name: value for name, value in quotient.values.items() if name != "median"} | more
    context = "; a dense Newton's cost grows with the cube of the nodes, a DMN's linearly"
    return judged([f"DMN over IMN {quotient.in_words('N =')}", *words, *beside], statements, values, context)
