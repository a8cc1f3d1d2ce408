"""Claims on batch and data size (Sec. 3.1, Appendices A and B)."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet_study import statistics
from laminet_study.claims import sweeps
from laminet_study.claims.sweeps import listed, numbers
from laminet_study.claims.verdicts import (
    ControlRule,
    Evidence,
    Finding,
    NotTestable,
    Statement,
    by_control,
    claim,
    judged,
    of_statements,
)

EQUAL_UPDATES = "equal_updates"
"""Study of control runs: the batch sizes of `data_size`, each trained for the same number of updates."""

Batches = Mapping[int, Sequence[int]]
"""Batch sizes that a claim compares, by the number of training samples."""

SMALL: Batches = {400: (20, 40, 128)}
LARGE: Batches = {1024: (40, 64, 128), 2048: (128, 256)}


def of_samples(study: xr.Dataset, samples: int, batches: Sequence[int]) -> xr.Dataset:
    """Rows trained on so many samples; NotTestable unless every batch size is there."""
    rows = statistics.select(study, samples=samples, batch=batches)
    missing = [batch for batch in batches if batch not in rows["batch"].values]
    if missing:
        raise NotTestable(f"no run with {samples} samples and batch {listed(missing)}")
    return rows


def updates(study: xr.Dataset, samples: int, batches: Sequence[int]) -> str:
    """Number of updates behind each batch size."""
    rows = statistics.trainings(of_samples(study, samples, batches))
    epochs = {
        batch: int(statistics.final(group, "epoch").max())
        for (batch,), group in statistics.groups(rows, "batch").items()
    }
    return ", ".join(f"{number * -(-samples // batch)} at batch {batch}" for batch, number in epochs.items())


def beside_equal_updates(compared: Batches, rule: Callable[[xr.Dataset, str], Finding]) -> ControlRule:
    """A rule on the study data_size; what it says of the equal-updates control runs stands beside it."""

    def judge(evidence: Evidence, control: str) -> Finding:
        study = evidence.study("data_size")
        finding = rule(study, control)
        counts = "; ".join(
            f"{samples} samples: {updates(study, samples, batches)}" for samples, batches in compared.items()
        )
        why = f"{finding.why}; the batch sizes also differ in their number of updates ({counts})"
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


@claim(2)
def validation_tracks_training(evidence: Evidence) -> Finding:
    """Final errors of every training, by the factor 1.5."""
    rows = statistics.trainings(evidence.study("data_size"))
    quotient = (statistics.final(rows, "validation_error") / statistics.final(rows, "train_error")).values
    quotient = quotient[np.isfinite(quotient)]
    if not quotient.size:
        raise NotTestable("no training of the study 'data_size' ended with finite errors")
    median = float(np.median(quotient))
    inside = 1 / 1.5 <= median <= 1.5
    ours = (f"median {median:.2f}x, range {quotient.min():.2f}x to {quotient.max():.2f}x over {quotient.size} runs",)
    why = (
        f"the final validation error of the median run is {median:.2f} times its training error, "
        f"{'within' if inside else 'outside'} the factor 1.5 asked for"
    )
    return Finding(ours, of_statements([Statement("", inside)]), why, {"median": median})


def lowest_training_error(evidence: Evidence, compared: Batches, best: Sequence[int]) -> Finding:
    """At each data size one of the batch sizes `best` has the lowest mean final training error."""

    def rule(study: xr.Dataset, control: str) -> Finding:
        statements, ours, values = [], [], {}
        for samples, batches in compared.items():
            error = sweeps.of_trainings(of_samples(study, samples, batches), "batch", "train_error")
            error = error.only(batches, "batch", all_of_them=True)
            ours.append(f"{samples} samples: {error.in_words('batch', 100.0, ' %')}")
            text = f"batch {' or '.join(map(str, best))} is best for {samples} samples"
            statements.append(Statement(text, error.best() in best))
            values[f"mean_{samples}"] = numbers(error.means())
        return judged(ours, statements, values)

    return beside_equal_updates(compared, rule)(evidence, evidence.control)


@claim(3)
def lowest_training_error_of_small_data(evidence: Evidence) -> Finding:
    """Either of the two."""
    return lowest_training_error(evidence, SMALL, (20, 40))


@claim(4)
def lowest_training_error_of_large_data(evidence: Evidence) -> Finding:
    """One statement for each data size."""
    return lowest_training_error(evidence, LARGE, (128,))


def lowest_online_error(evidence: Evidence, control: str, compared: Batches, best: int) -> Finding:
    """On every composite, batch `best` has the lowest mean of e_sigma and the lowest deviation."""

    def rule(study: xr.Dataset, control: str) -> Finding:
        statements, ours, values = [], [], {}
        for samples, batches in compared.items():
            rows = of_samples(study, samples, batches)
            for composite in study["composite"].values.tolist():
                name = composite.replace("_", " ")
                error = sweeps.of_networks(rows, "batch", statistics.mean_relative_error, control, composite)
                error = error.only(batches, "batch", all_of_them=True)
                for statistic, by_batch in (("error", error.means()), ("spread", error.spreads())):
                    text = f"batch {best} has the lowest {statistic} on {name} for {samples} samples"
                    statements.append(Statement(text, error.levels[int(by_batch.argmin())] == best))
                    values[f"{statistic}_{samples}_{composite}"] = numbers(by_batch)
                ours.append(f"{samples} samples, {name}: {error.in_words('batch', 100.0, ' %')}")
        headline = f"{sum(each.holds for each in statements)} of {len(statements)} comparisons are as claimed"
        return judged([headline, *ours], statements, values)

    return beside_equal_updates(compared, rule)(evidence, control)


@claim(5)
@by_control
def lowest_online_error_of_small_data(evidence: Evidence, control: str) -> Finding:
    """Two statements for each composite."""
    return lowest_online_error(evidence, control, SMALL, 40)


@claim(6)
@by_control
def lowest_online_error_of_large_data(evidence: Evidence, control: str) -> Finding:
    """Two statements for each data size and composite."""
    return lowest_online_error(evidence, control, LARGE, 128)


@claim(7)
@by_control
def error_by_data_size(evidence: Evidence, control: str) -> Finding:
    """Over all models and composites."""
    study = evidence.study("data_size")
    sweeps.refuse_mixed(study, "samples", "batch")
    error = sweeps.sweep(study, "samples", statistics.mean_relative_error(study, control))
    error = error.only((400, 1024, 2048), "samples =", all_of_them=True)
    statements = [
        Statement("the mean error falls from each data size to the next", error.falls()),
        Statement("so does its standard deviation", bool((np.diff(error.spreads()) < 0).all())),
    ]
    models, composites = len(np.unique(study["run_id"].values)), study.sizes["composite"]
    ours = (f"{error.in_words('samples', 100.0, ' %')} over {models} models and {composites} composites",)
    values = {"samples": error.levels, "mean": numbers(error.means()), "std": numbers(error.spreads())}
    return judged(ours, statements, values)
