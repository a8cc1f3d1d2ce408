"""The jobs that measure times: what of which runs each of them measures, from the design alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from laminet_study import variants
from laminet_study.commands import options, repeated, training_options
from laminet_study.design import Run, Study

FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "native": {"doubling": ("dmn-literal",), "one": ("dmn-reduced", "imn")},
    "torch": {"ends": ("dmn-literal", "imn")},
}
"""Forms of networks whose epochs are measured, by backend and by the team of their threads: PyTorch in the paper's
forms alone, and the speed-up over cores of one form.
"""

Kind = Literal["online", "training", "epochs"]


@dataclass(frozen=True)
class Measurement:
    """One job.

    Attributes:
        kind: "online": networks that differ in the seed alone; "training": whole trainings of one run; "epochs": forms
            of networks at several depths, side by side.
        runs: what is measured, by the place of each run's folder below the study's.
        schemes: online schemes.
        backend: of epochs.
    """

    kind: Kind
    runs: Mapping[str, Run]
    schemes: tuple[str, ...] = ()
    backend: str = "native"

    @property
    def networks(self) -> list[str]:
        """The network files it needs, below the study's folder; none where it trains itself."""
        return [f"{place}/network.nc" for place in self.runs] if self.kind == "online" else []


def measurements(studies: Iterable[Study]) -> dict[str, Measurement]:
    """Every measurement by its name; what two studies share is measured once.

    Literal DMNs predict what reduced ones do, and are not measured online.
    """
    made: dict[str, Measurement] = {}
    for study in studies:
        settings: dict[str, dict[str, Run]] = {}
        for member in study.variants.get(variants.DEFAULT, []):
            settings.setdefault(member.run.setting, {})[member.network] = member.run
        first = [next(iter(runs.items())) for runs in settings.values()]
        for name, runs in settings.items() if "online" in study.timed else ():
            run = next(iter(runs.values()))
            before = made.get(f"online-{name}", Measurement("online", {}))
            schemes = tuple(dict.fromkeys((*before.schemes, *study.schemes[run.model])))
            if run.form != "dmn-literal":
                made[f"online-{name}"] = Measurement("online", {**before.runs, **runs}, schemes)
        if "training" in study.timed:
            made |= {f"training-{run.id}": Measurement("training", {place: run}) for place, run in first}
            for backend, teams in FORMS.items():
                forms = {form for of_team in teams.values() for form in of_team}
                if alike := {place: run for place, run in first if run.form in forms}:
                    made[f"epochs-{backend}"] = Measurement("epochs", alike, backend=backend)
    return made


def needed(names: Mapping[str, Measurement], study: Study, kinds: Iterable[Kind]) -> list[str]:
    """Names of the measurements of these kinds that concern a study."""
    own = {run.id for run in study.runs}
    return [name for name, each in names.items() if each.kind in kinds and own & {run.id for run in each.runs.values()}]


def arguments(measurement: Measurement, config: Mapping[str, Any]) -> list[str]:
    """Words of `laminet-study time` but for the files it reads and writes, and the number of its cores."""
    repeats = options({"repeats": config["times"]["repeats"]})
    if measurement.kind == "online":
        kept = {key: config["loading"][key] for key in ("steps", "strain", "duration")}
        load = {"control": config["figures"]["control"]} | kept
        words = [*repeated("scheme", measurement.schemes), *options(load), *options(config["online"])]
        return ["online", *options({"composite": config["times"]["composite"]}), *words, *repeats]
    run = next(iter(measurement.runs.values()))
    if measurement.kind == "training":
        return ["training", "--run", run.id, *training_options(run), *repeats]
    there = {each.form for each in measurement.runs.values()}
    teams = {team: [form for form in forms if form in there] for team, forms in FORMS[measurement.backend].items()}
    depths = sorted({each.settings["depth"] for each in measurement.runs.values()})
    of_forms = ("model", "formulation", "depth")
    kept = {key: value for key, value in run.settings.items() if key not in of_forms} | {"backend": measurement.backend}
    return ["epochs", *options(teams | {"depths": depths}), *training_options(replace(run, settings=kept)), *repeats]
