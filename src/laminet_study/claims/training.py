"""Claims on parameters (Sec. 2.2) and on training DMNs and IMNs of several depths (Secs. 3.3, 4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from laminet.errors import InputError
from laminet_study.claims import operations, series, verdicts
from laminet_study.claims.series import numbers
from laminet_study.claims.verdicts import Claim, Evidence, Finding, NotTestable, Part

DEPTHS = (4, 5, 6, 7, 8)


def parameter_counts(evidence: Evidence) -> Finding:
    """Claim 1, counted on networks of depth 1 ... 8."""
    depths = np.arange(1, 9)
    dmn, imn = (
        np.array([operations.parameter_count(model, int(depth)) for depth in depths]) for model in ("dmn", "imn")
    )
    parts = [
        Part("a DMN has 7 x 2^N - 3 parameters", bool((dmn == 7 * 2 ** np.array(depths) - 3).all())),
        Part("an IMN has 3 x 2^N - 2 parameters", bool((imn == 3 * 2 ** np.array(depths) - 2).all())),
        Part("their ratio is 2.3 at N = 8", round(dmn[-1] / imn[-1], 1) == 2.3),
    ]
    ours = tuple(f"N = {n}: {dmn[n - 1]} and {imn[n - 1]}, ratio {dmn[n - 1] / imn[n - 1]:.2f}" for n in DEPTHS)
    why = f"{verdicts.parts_in_words(parts)} (counted on networks of depth 1 to 8)"
    return Finding(ours, verdicts.of_parts(parts), why, {"dmn": dmn.tolist(), "imn": imn.tolist()})


def deeper_is_better(evidence: Evidence) -> Finding:
    """Claim 12."""
    parts, ours, values = [], [], {}
    for model in ("dmn", "imn"):
        error = series.of_trainings(evidence.study("depth"), "depth", "train_error", model)
        error = error.only(DEPTHS, f"{model.upper()}, N =", all_of_them=True)
        falls = bool((np.diff(error.means()) < 0).all())
        parts.append(Part(f"the {model.upper()}'s mean training error falls with every layer", falls))
        ours.append(f"{model.upper()}: {error.in_words('N =', 100.0, ' %')}")
        values[model] = numbers(error.means())
    return Finding(tuple(ours), verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


def imn_trains_better(evidence: Evidence) -> Finding:
    """Claim 13."""
    depths = (6, 7, 8)
    dmn, imn = (
        series.of_trainings(evidence.study("depth"), "depth", "train_error", model).only(
            depths, f"{model.upper()}, N =", all_of_them=True
        )
        for model in ("dmn", "imn")
    )
    parts = [
        Part(f"the IMN's mean training error is the lower one at N = {depth}", bool(below))
        for depth, below in zip(depths, imn.means() < dmn.means(), strict=True)
    ]
    ours = tuple(f"{model}: {error.in_words('N =', 100.0, ' %')}" for model, error in (("DMN", dmn), ("IMN", imn)))
    values = {"dmn": numbers(dmn.means()), "imn": numbers(imn.means())}
    return Finding(ours, verdicts.of_parts(parts), verdicts.parts_in_words(parts), values)


def speed_ups(study: xr.Dataset) -> dict[tuple[str, str], series.Ratio]:
    """Training time of DMN over IMN by (backend, formulation of the DMN), where both were trained alike."""
    rows, found = study, {}
    for backend, formulation in sorted(set(zip(*(rows[name].values.tolist() for name in ("backend", "formulation"))))):
        chosen = {
            "dmn": (rows["model"] == "dmn") & (rows["backend"] == backend) & (rows["formulation"] == formulation),
            "imn": (rows["model"] == "imn") & (rows["backend"] == backend),
        }
        dmn, imn = (rows.isel(run=np.flatnonzero(chosen[model].values)) for model in ("dmn", "imn"))
        if not dmn.sizes["run"] or not imn.sizes["run"]:
            continue
        imn = imn.assign_coords(formulation=("run", [""] * imn.sizes["run"]))  # an IMN has one form only
        times = (
            series.of_trainings(part, "depth", "training_time").only(DEPTHS, "training N =") for part in (dmn, imn)
        )
        found[backend, formulation] = series.ratio(*times)
    if not found:
        raise NotTestable("no backend has trained both models")
    return found


def judged_speed_ups(evidence: Evidence) -> tuple[str, dict[tuple[str, str], series.Ratio]]:
    """Speed-ups of the paper's literal DMN by backend, and the study they are from; of the reduced one without it.

    The study 'depth' comes first, then control runs in any other one.
    """
    own = speed_ups(evidence.study("depth"))
    for name in ("depth", *sorted(set(evidence.studies) - {"depth"})):
        try:
            found = speed_ups(evidence.study(name))
        except (NotTestable, InputError):
            continue
        if literal := {key: ratio for key, ratio in found.items() if key[1] == "literal"}:
            return name, literal
    return "depth", own


def training_speed_up(evidence: Evidence) -> Finding:
    """Claim 14: every backend in the paper's literal form, where it was trained; other forms and studies beside it."""
    low, high = 3.4, 4.7
    own = speed_ups(evidence.study("depth"))
    source, judged = judged_speed_ups(evidence)
    ours, values = [], {}
    for (backend, formulation), found in (judged | own).items():
        ours.append(f"{backend} backend, {formulation} DMN: {found.in_words('N =')}")
        values[f"{backend}_{formulation}"] = numbers(found.by_level)
    for name, study in sorted(evidence.studies.items()):
        if name in ("depth", source) or len(np.unique(study["model"].values)) < 2:
            continue
        try:
            beside = speed_ups(study)
        except (NotTestable, InputError):
            continue
        ours += [f"{name}: {key[0]} backend, {key[1]} DMN: {found.in_words('N =')}" for key, found in beside.items()]
    depths = next(iter(judged.values())).levels
    counts = {form: operation_ratio(depths, form) for form in operations.FORMULATIONS}
    ours.append(
        f"operations, all leaves alive: {counts['literal']:.2f}x (literal DMN), "
        f"{counts['reduced']:.2f}x (gauge-reduced DMN)"
    )
    verdict = verdicts.combined([verdicts.of_ratio(found.median, low, high) for found in judged.values()])
    where = "" if source == "depth" else f" of the study '{source}'"
    words = [
        f"with the {backend} backend and the {formulation} DMN{where} "
        + verdicts.ratio_in_words(found.median, low, high)
        for (backend, formulation), found in judged.items()
    ]
    why = "; ".join(words) + f", while the operations alone give {counts['literal']:.2f} for a literal DMN"
    return Finding(tuple(ours), verdict, why, values)


def operation_ratio(depths: Sequence[int], formulation: str) -> float:
    """Operations of a DMN over those of an IMN, median over depths."""
    return float(
        np.median(
            [operations.operations("dmn", n, formulation).total / operations.operations("imn", n).total for n in depths]
        )
    )


def why_faster(evidence: Evidence) -> Finding:
    """Claim 15: two statements, decided by operation counts (logarithms of ratios, so that factors add up).

    A cheaper pass is the main cause if the operation ratio of the literal DMN makes up at least half of the measured
    speed-up. Fewer parameters are a cause if a DMN with all its parameters, gauge-reduced, still needs at least half
    of that excess; else the excess is redundant rotations, not parameters. Where no literal DMN was trained, the
    speed-up of the reduced one is what its own pass has to explain.
    """
    source, found = judged_speed_ups(evidence)
    key = next(iter(found))
    form = key[1]
    measured, depths = found[key].median, found[key].levels
    counted = {form: operation_ratio(depths, form) for form in operations.FORMULATIONS}
    literal, reduced = counted["literal"], counted["reduced"]
    passes = {
        form: np.median(
            [operations.operations("dmn", n, form).forward / operations.operations("imn", n).forward for n in depths]
        )
        for form in operations.FORMULATIONS
    }
    parts = [
        Part("a cheaper pass explains most of the speed-up", measured > 1.0 and counted[form] >= np.sqrt(measured)),
        Part("fewer parameters are a cause of it", reduced >= np.sqrt(literal)),
    ]
    parameter_ratio = np.median(
        [operations.parameter_count("dmn", n) / operations.parameter_count("imn", n) for n in depths]
    )
    ours = (
        f"measured {measured:.2f}x ({key[0]} backend, study '{source}'), operations {counted[form]:.2f}x ({form} DMN)",
        f"operations of forward and adjoint per sample, all leaves alive, DMN over IMN: {literal:.2f}x literal, "
        f"{reduced:.2f}x gauge-reduced",
        f"forward pass alone: {passes['literal']:.2f}x literal, {passes['reduced']:.2f}x gauge-reduced",
        f"parameters: {parameter_ratio:.2f}x in either form",
    )
    why = (
        f"{verdicts.parts_in_words(parts)}: the gauge-reduced DMN keeps every parameter and needs {reduced:.2f} times "
        f"the IMN's operations, the literal one {literal:.2f} times"
    ) + ("" if form == "literal" else "; no literal DMN was trained, whose speed-up the paper explains")
    counts = {
        f"operations_{label}": [operations.operations(model, n, form).total for n in depths]
        for label, model, form in (
            ("dmn_literal", "dmn", "literal"),
            ("dmn_reduced", "dmn", "reduced"),
            ("imn", "imn", "literal"),
        )
    }
    values = {"measured": measured, "literal": literal, "reduced": reduced, "depth": list(depths), **counts}
    return Finding(ours, verdicts.of_parts(parts), why, values)


CLAIMS = (
    Claim(1, "2.2", "A DMN has 7 x 2^N - 3 parameters, an IMN 3 x 2^N - 2", "ratio about 2.3", parameter_counts),
    Claim(
        12,
        "3.3",
        "Deeper networks reach a lower training error, both models",
        "falling over N = 4 to 8",
        deeper_is_better,
        "fig14",
        "depth",
    ),
    Claim(
        13,
        "3.3",
        "The IMN's training error is below the DMN's for N >= 6",
        "IMN lower at N = 6, 7, 8",
        imn_trains_better,
        "fig14",
        "depth",
    ),
    Claim(14, "3.3", "An IMN trains faster than a DMN", "3.4x to 4.7x", training_speed_up, "fig14", "depth"),
    Claim(
        15,
        "4",
        "That speed-up comes mainly from fewer parameters and a cheaper forward pass",
        "parameters and forward pass",
        why_faster,
        "fig14",
        "depth",
    ),
)
