"""Claims on batch and data size (Sec. 3.1, Appendices A and B)."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet.files.history import last_rows
from laminet_study import statistics
from laminet_study.claims import series, verdicts
from laminet_study.claims.series import Series, listed, numbers
from laminet_study.claims.verdicts import Claim, Evidence, Finding, NotTestable, Part

EQUAL_UPDATES = "equal_updates"
"""Study of control runs: the batch sizes of `data_size`, each trained for the same number of updates."""


def of_samples(study: xr.Dataset, samples: int, batches: Sequence[int]) -> xr.Dataset:
    """Rows trained on so many samples; NotTestable unless every batch size is there."""
    rows = study.isel(run=np.flatnonzero(study["samples"].values == samples))
    missing = [batch for batch in batches if batch not in rows["batch"].values]
    if missing:
        raise NotTestable(f"no run with {samples} samples and batch {listed(missing)}")
    return rows.isel(run=np.flatnonzero(np.isin(rows["batch"].values, batches)))


def updates(study: xr.Dataset, samples: int, batches: Sequence[int]) -> str:
    """Number of updates behind each batch size."""
    found = []
    rows = statistics.trainings(of_samples(study, samples, batches))
    for (batch,), group in statistics.groups(rows, "batch").items():
        epochs = int(last_rows(group["elapsed"].values).max())
        found.append(f"{int(group['epoch'][epochs]) * -(-samples // batch)} at batch {batch}")
    return ", ".join(found)


def beside_equal_updates(
    sizes: Sequence[tuple[int, Sequence[int]]], rule: Callable[[xr.Dataset, str], Finding]
) -> Callable[[Evidence, str], Finding]:
    """A rule on the study data_size; what it says of the equal-updates control runs stands beside it."""

    def judge(evidence: Evidence, control: str) -> Finding:
        study = evidence.study("data_size")
        finding = rule(study, control)
        numbers_of = "; ".join(f"{samples} samples: {updates(study, samples, batches)}" for samples, batches in sizes)
        why = f"{finding.why}; the batch sizes also differ in their number of updates ({numbers_of})"
        try:
            beside = rule(evidence.study(EQUAL_UPDATES), control)
        except (NotTestable, InputError) as error:
            why += f", which no control run separates here: {error}"
            return Finding(finding.ours, finding.verdict, why, finding.values)
        ours = (*finding.ours, *(f"with equal updates: {line}" for line in beside.ours))
        values = {**finding.values, **{f"equal_updates_{name}": value for name, value in beside.values.items()}}
        values["equal_updates_verdict"] = beside.verdict
        return Finding(ours, finding.verdict, f"{why}; with equal updates it is {beside.verdict}", values)

    return judge


def validation_tracks_training(evidence: Evidence) -> Finding:
    """Claim 2."""
    rows = statistics.trainings(evidence.study("data_size"))
    quotient = series.final(rows, "validation_error") / series.final(rows, "train_error")
    quotient = quotient[np.isfinite(quotient)]
    if not quotient.size:
        raise NotTestable("no training of the study 'data_size' ended with finite errors")
    median = float(np.median(quotient))
    inside = 1 / 1.5 <= median <= 1.5
    ours = (f"median {median:.2f}x, range {quotient.min():.2f}x to {quotient.max():.2f}x over {quotient.size} runs",)
    why = f"the final validation error of the median run is {median:.2f} times its training error, " + (
        "within the factor 1.5 asked for" if inside else "outside the factor 1.5 asked for"
    )
    return Finding(ours, verdicts.of_parts([Part("", inside)]), why, {"median": median})


def lowest_training_error(
    sizes: Sequence[tuple[int, Sequence[int]]], best: Sequence[int]
) -> Callable[[Evidence], Finding]:
    """Claims 3 and 4: at each data size one of the batch sizes `best` has the lowest mean final training error."""

    def rule(study: xr.Dataset, control: str) -> Finding:
        parts, ours, values = [], [], {}
        for samples, batches in sizes:
            error = series.of_trainings(of_samples(study, samples, batches), "batch", "train_error")
            error = error.only(batches, "batch", all_of_them=True)
            lowest = error.levels[int(error.means().argmin())]
            ours.append(f"{samples} samples: {error.in_words('batch', 100.0, ' %')}")
            parts.append(Part(f"batch {' or '.join(map(str, best))} is best for {samples} samples", lowest in best))
            values[f"mean_{samples}"] = numbers(error.means())
        return Finding(tuple(ours), verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)

    judge = beside_equal_updates(sizes, rule)
    return lambda evidence: judge(evidence, evidence.control)


def lowest_online_error(sizes: Sequence[tuple[int, Sequence[int]]], best: int) -> Callable[[Evidence], Finding]:
    """Claims 5 and 6: on every composite, batch `best` has the lowest mean of e_sigma and the lowest deviation."""

    def rule(study: xr.Dataset, control: str) -> Finding:
        parts, ours, values = [], [], {}
        for samples, batches in sizes:
            rows = of_samples(study, samples, batches)
            for composite in study["composite"].values.tolist():
                name = composite.replace("_", " ")
                error = series.of_networks(
                    rows, "batch", statistics.mean_relative_error, control, composite=composite
                ).only(batches, "batch", all_of_them=True)
                for statistic, found in (("error", error.means()), ("spread", error.spreads())):
                    text = f"batch {best} has the lowest {statistic} on {name} for {samples} samples"
                    parts.append(Part(text, error.levels[int(found.argmin())] == best))
                    values[f"{statistic}_{samples}_{composite}"] = numbers(found)
                ours.append(f"{samples} samples, {name}: {error.in_words('batch', 100.0, ' %')}")
        headline = f"{sum(part.holds for part in parts)} of {len(parts)} comparisons are as claimed"
        return Finding((headline, *ours), verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)

    return verdicts.by_control(beside_equal_updates(sizes, rule))


@verdicts.by_control
def data_size(evidence: Evidence, control: str) -> Finding:
    """Claim 7: over all models and composites."""
    study = evidence.study("data_size")
    series.refuse_mixed(study, "samples", "batch")
    found = statistics.mean_relative_error(study, control)
    levels, seeds = (np.repeat(study[name].values, found.sizes["composite"]) for name in ("samples", "seed"))
    error = Series(levels, seeds, found.values.ravel()).only((400, 1024, 2048), "samples =", all_of_them=True)
    parts = [
        Part("the mean error falls from each data size to the next", bool((np.diff(error.means()) < 0).all())),
        Part("so does its standard deviation", bool((np.diff(error.spreads()) < 0).all())),
    ]
    models = len(np.unique(study["run_id"].values))
    ours = (f"{error.in_words('samples', 100.0, ' %')} over {models} models and {found.sizes['composite']} composites",)
    values = {"samples": error.levels, "mean": numbers(error.means()), "std": numbers(error.spreads())}
    return Finding(ours, verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


SMALL, LARGE = ((400, (20, 40, 128)),), ((1024, (40, 64, 128)), (2048, (128, 256)))

CLAIMS = (
    Claim(
        2,
        "3.1",
        "The validation error tracks the training error",
        "closely",
        validation_tracks_training,
        "fig7",
        "data_size",
    ),
    Claim(
        3,
        "3.1",
        "400 samples: batch 20 or 40 gives the lowest training error",
        "batch 20 or 40",
        lowest_training_error(SMALL, (20, 40)),
        "fig7",
        "data_size",
    ),
    Claim(
        4,
        "3.1, A, B",
        "1024 and 2048 samples: batch 128 gives the lowest training error",
        "batch 128",
        lowest_training_error(LARGE, (128,)),
        "fig7",
        "data_size",
    ),
    Claim(
        5,
        "3.1",
        "400 samples: batch 40 is best online on all composites, with the least spread",
        "batch 40",
        lowest_online_error(SMALL, 40),
        "fig8",
        "data_size",
    ),
    Claim(
        6,
        "A, B",
        "1024 and 2048 samples: batch 128 is best online, with the least spread",
        "batch 128",
        lowest_online_error(LARGE, 128),
        "figA18",
        "data_size",
    ),
    Claim(
        7,
        "3.1",
        "Over 80 models, online error and spread fall as the data grow",
        "400 > 1024 > 2048",
        data_size,
        "fig11",
        "data_size",
    ),
)
