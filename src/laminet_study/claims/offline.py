"""Claims on parameters (Sec. 2.2) and on training DMNs and IMNs of several depths (Secs. 3.3, 4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet_study import statistics
from laminet_study.claims import operations, sweeps
from laminet_study.claims.depth import DEPTHS
from laminet_study.claims.operations import FORMULATIONS, parameter_count
from laminet_study.claims.sweeps import Ratio, numbers
from laminet_study.claims.verdicts import (
    Evidence,
    Finding,
    NotTestable,
    Statement,
    claim,
    combined,
    in_words,
    judged,
    of_ratio,
    of_statements,
    ratio_in_words,
)

MODELS = ("dmn", "imn")


@claim(1)
def parameter_counts(evidence: Evidence) -> Finding:
    """Counted on networks of depth 1 ... 8."""
    depths = range(1, 9)
    dmn, imn = ([parameter_count(model, depth) for depth in depths] for model in MODELS)
    statements = [
        Statement("a DMN has 7 x 2^N - 3 parameters", dmn == [7 * 2**n - 3 for n in depths]),
        Statement("an IMN has 3 x 2^N - 2 parameters", imn == [3 * 2**n - 2 for n in depths]),
        Statement("their ratio is 2.3 at N = 8", round(dmn[-1] / imn[-1], 1) == 2.3),
    ]
    ours = [f"N = {n}: {dmn[n - 1]} and {imn[n - 1]}, ratio {dmn[n - 1] / imn[n - 1]:.2f}" for n in DEPTHS]
    return judged(ours, statements, {"dmn": dmn, "imn": imn}, " (counted on networks of depth 1 to 8)")


@claim(12)
def deeper_is_better(evidence: Evidence) -> Finding:
    """One statement for each model."""
    statements, ours, values = [], [], {}
    for model in MODELS:
        error = sweeps.of_trainings(evidence.study("depth"), "depth", "train_error", model)
        error = error.only(DEPTHS, f"{model.upper()}, N =", all_of_them=True)
        text = f"the {model.upper()}'s mean training error falls with every layer"
        statements.append(Statement(text, error.falls()))
        ours.append(f"{model.upper()}: {error.in_words('N =', 100.0, ' %')}")
        values[model] = numbers(error.means())
    return judged(ours, statements, values)


@claim(13)
def imn_trains_better(evidence: Evidence) -> Finding:
    """One statement for each depth."""
    depths = (6, 7, 8)
    dmn, imn = (
        sweeps.of_trainings(evidence.study("depth"), "depth", "train_error", model).only(
            depths, f"{model.upper()}, N =", all_of_them=True
        )
        for model in MODELS
    )
    statements = [
        Statement(f"the IMN's mean training error is the lower one at N = {depth}", below)
        for depth, below in (imn.by_level.mean() < dmn.by_level.mean()).items()
    ]
    ours = [f"{model}: {error.in_words('N =', 100.0, ' %')}" for model, error in (("DMN", dmn), ("IMN", imn))]
    return judged(ours, statements, {"dmn": numbers(dmn.means()), "imn": numbers(imn.means())})


SpeedUps = dict[tuple[str, str], Ratio]
"""Training time of DMN over IMN by (backend, formulation of the DMN), where both were trained alike."""


def speed_ups(study: xr.Dataset) -> SpeedUps:
    """Speed-ups in a study; NotTestable if no backend has trained both models."""
    ratios = {}
    for backend, formulation in sorted(
        set(zip(study["backend"].values.tolist(), study["formulation"].values.tolist()))
    ):
        dmn = statistics.select(study, model="dmn", backend=backend, formulation=formulation)
        imn = statistics.select(study, model="imn", backend=backend)
        if not dmn.sizes["run"] or not imn.sizes["run"]:
            continue
        imn = imn.assign_coords(formulation=("run", [""] * imn.sizes["run"]))  # an IMN has one form only
        times = (sweeps.of_trainings(rows, "depth", "training_time") for rows in (dmn, imn))
        ratios[backend, formulation] = sweeps.ratio(*(time.only(DEPTHS, "training N =") for time in times))
    if not ratios:
        raise NotTestable("no backend has trained both models")
    return ratios


def other_speed_ups(evidence: Evidence) -> dict[str, SpeedUps]:
    """Speed-ups of every study that has any but 'depth', by its name."""
    others = {}
    for name in sorted(set(evidence.studies) - {"depth"}):
        try:
            others[name] = speed_ups(evidence.studies[name])
        except (NotTestable, InputError):
            continue
    return others


def judged_speed_ups(evidence: Evidence) -> tuple[str, SpeedUps]:
    """Speed-ups of the paper's literal DMN by backend, and the study they are from; of the reduced one without it.

    The study 'depth' comes first, then control runs in any other one.
    """
    first = speed_ups(evidence.study("depth"))
    for name, ratios in ({"depth": first} | other_speed_ups(evidence)).items():
        if literal := {key: ratio for key, ratio in ratios.items() if key[1] == "literal"}:
            return name, literal
    return "depth", first


@claim(14)
def training_speed_up(evidence: Evidence) -> Finding:
    """Every backend in the paper's literal form, where it was trained; other forms and studies beside it."""
    low, high = 3.4, 4.7
    source, ratios = judged_speed_ups(evidence)
    ours, values = [], {}
    for (backend, formulation), ratio in (ratios | speed_ups(evidence.study("depth"))).items():
        ours.append(f"{backend} backend, {formulation} DMN: {ratio.in_words('N =')}")
        values[f"{backend}_{formulation}"] = numbers(ratio.by_level)
    for name, beside in other_speed_ups(evidence).items():
        if name != source:
            ours += [
                f"{name}: {key[0]} backend, {key[1]} DMN: {ratio.in_words('N =')}" for key, ratio in beside.items()
            ]
    depths = next(iter(ratios.values())).by_level.index
    literal, reduced = (operation_ratio(depths, formulation) for formulation in FORMULATIONS)
    ours.append(f"operations, all leaves alive: {literal:.2f}x (literal DMN), {reduced:.2f}x (gauge-reduced DMN)")
    verdict = combined([of_ratio(ratio.median, low, high) for ratio in ratios.values()])
    where = "" if source == "depth" else f" of the study '{source}'"
    words = "; ".join(
        f"with the {backend} backend and the {formulation} DMN{where} {ratio_in_words(ratio.median, low, high)}"
        for (backend, formulation), ratio in ratios.items()
    )
    why = f"{words}, while the operations alone give {literal:.2f} for a literal DMN"
    return Finding(tuple(ours), verdict, why, values)


def operation_ratio(depths: Sequence[int], formulation: str, part: str = "total") -> float:
    """Operations of a DMN over those of an IMN, median over depths."""
    dmn, imn = (
        operations.operations(model, np.asarray(depths), form)
        for model, form in (("dmn", formulation), ("imn", "literal"))
    )
    return float(np.median(getattr(dmn, part) / getattr(imn, part)))


@claim(15)
def why_faster(evidence: Evidence) -> Finding:
    """Two statements, decided by operation counts (logarithms of ratios, so that factors add up).

    A cheaper pass is the main cause if the operation ratio of the literal DMN makes up at least half of the measured
    speed-up. Fewer parameters are a cause if a DMN with all its parameters, gauge-reduced, still needs at least half
    of that excess; else the excess is redundant rotations, not parameters. Where no literal DMN was trained, the
    speed-up of the reduced one is what its own pass has to explain.
    """
    source, ratios = judged_speed_ups(evidence)
    (backend, formulation), ratio = next(iter(ratios.items()))
    measured, depths = ratio.median, ratio.by_level.index.tolist()
    counted = {each: operation_ratio(depths, each) for each in FORMULATIONS}
    literal, reduced = counted.values()
    statements = [
        Statement(
            "a cheaper pass explains most of the speed-up",
            measured > 1.0 and counted[formulation] >= np.sqrt(measured),
        ),
        Statement("fewer parameters are a cause of it", reduced >= np.sqrt(literal)),
    ]
    forward = [operation_ratio(depths, each, "forward") for each in FORMULATIONS]
    parameters = np.median([parameter_count("dmn", n) / parameter_count("imn", n) for n in depths])
    ours = (
        f"measured {measured:.2f}x ({backend} backend, study '{source}'), "
        f"operations {counted[formulation]:.2f}x ({formulation} DMN)",
        f"operations of forward and adjoint per sample, all leaves alive, DMN over IMN: {literal:.2f}x literal, "
        f"{reduced:.2f}x gauge-reduced",
        f"forward pass alone: {forward[0]:.2f}x literal, {forward[1]:.2f}x gauge-reduced",
        f"parameters: {parameters:.2f}x in either form",
    )
    why = (
        f"{in_words(statements)}: the gauge-reduced DMN keeps every parameter and needs {reduced:.2f} times "
        f"the IMN's operations, the literal one {literal:.2f} times"
    ) + ("" if formulation == "literal" else "; no literal DMN was trained, whose speed-up the paper explains")
    layers = np.asarray(depths)
    counts = {f"dmn_{each}": operations.operations("dmn", layers, each) for each in FORMULATIONS}
    counts["imn"] = operations.operations("imn", layers)
    values = {"measured": measured, "literal": literal, "reduced": reduced, "depth": depths}
    values |= {f"operations_{label}": each.total.tolist() for label, each in counts.items()}
    return Finding(ours, of_statements(statements), why, values)
