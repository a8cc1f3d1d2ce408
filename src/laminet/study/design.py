"""The design of the study: which networks are trained and evaluated, from the configuration alone."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from laminet.errors import InputError

SHOWN = (("depth", "n"), ("samples", "s"), ("batch", "b"))
"""Settings that every run id states; any other is stated only where it differs from the configuration's default."""

MODEL_SCHEMES = {"dmn_": "dmn", "imn_": "imn"}
"""Schemes with such a prefix exist for one model only."""


@dataclass(frozen=True)
class Run:
    """One training: a short readable id and every setting it depends on."""

    id: str
    model: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """Runs that belong together, and the online schemes their figures need."""

    name: str
    runs: tuple[Run, ...]
    schemes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Evaluation:
    """Runs that are evaluated with the same schemes."""

    name: str
    runs: tuple[str, ...]
    schemes: tuple[str, ...]


def check(config: Mapping[str, Any], schema: Path | str) -> None:
    """Check a configuration against the schema and for agreement between its keys.

    Raises:
        InputError: the first fault, by its key.
    """
    rules = yaml.safe_load(Path(schema).read_text(encoding="utf-8"))
    _validate(config, rules, "config")
    data, loading = config["data"], config["loading"]
    for study in config["studies"]:
        for model, schemes in study["schemes"].items():
            wrong = [name for name in schemes if MODEL_SCHEMES.get(name[:4], model) != model]
            if wrong:
                raise InputError(f"config: study '{study['name']}': scheme {wrong[0]} is not for the model {model}")
    names = [study["name"] for study in config["studies"]]
    if len(set(names)) < len(names):
        raise InputError(f"config: studies: two studies have the same name ({', '.join(sorted(names))})")
    for path, vertices in loading["paths"].items():
        if loading["steps"] < len(vertices):
            raise InputError(f"config: loading: path '{path}' has more segments than loading.steps")
    run_rules = {**rules["properties"]["training"], "$defs": rules["$defs"]}
    for study in studies(config):
        for run in study.runs:
            where = f"config: study '{study.name}', run {run.id}"
            if run.model not in rules["$defs"]["model"]["enum"]:
                raise InputError(f"{where}: model is '{run.model}'; it must be dmn or imn")
            if run.model not in study.schemes:
                raise InputError(f"{where}: the study gives no schemes for the model {run.model}")
            settings = {key: value for key, value in run.settings.items() if key not in ("model", "seed")}
            _validate({**settings, "threads": config["training"]["threads"]}, run_rules, where)
            if run.settings["samples"] > data["samples"]:
                raise InputError(f"{where}: {run.settings['samples']} samples, but data.samples is {data['samples']}")
            if run.settings["batch"] > run.settings["samples"]:
                raise InputError(f"{where}: batch {run.settings['batch']} is larger than its data")


def studies(config: Mapping[str, Any]) -> list[Study]:
    """The studies of a configuration, each with all its runs, grid by grid."""
    defaults = {key: value for key, value in config["training"].items() if key != "threads"}
    found = []
    for study in config["studies"]:
        count = study["seeds"]
        seeds = range(1, count + 1) if isinstance(count, int) else count
        settings = [point for grid in study["grids"] for point in _points(grid)]
        runs = [_run({**defaults, **point, "seed": seed}, defaults) for point in settings for seed in seeds]
        schemes = {model: tuple(names) for model, names in study["schemes"].items()}
        found.append(Study(study["name"], tuple(_distinct(runs)), schemes))
    return found


def all_runs(found: Iterable[Study]) -> dict[str, Run]:
    """Every distinct run by its id; a run that several studies share is there once."""
    return {run.id: run for study in found for run in study.runs}


def evaluations(found: Iterable[Study]) -> list[Evaluation]:
    """Runs grouped by the union of the schemes that their studies ask for."""
    schemes: dict[str, list[str]] = {}
    for study in found:
        for run in study.runs:
            wanted = schemes.setdefault(run.id, [])
            wanted.extend(name for name in study.schemes[run.model] if name not in wanted)
    groups: dict[tuple[str, ...], list[str]] = {}
    for run_id, names in schemes.items():
        groups.setdefault(tuple(sorted(names)), []).append(run_id)
    return [Evaluation(f"evaluate_{k}", tuple(runs), names) for k, (names, runs) in enumerate(groups.items(), start=1)]


def _points(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = [value if isinstance(value, list) else [value] for value in grid.values()]
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*values)]


def _run(settings: dict[str, Any], defaults: Mapping[str, Any]) -> Run:
    model = settings["model"]
    parts = [str(model), *(f"{letter}{settings[key]}" for key, letter in SHOWN)]
    stated = {"model", "seed", *(key for key, _ in SHOWN)}
    for key, value in settings.items():
        if key not in stated and value != defaults[key]:
            parts.append(f"{key.replace('_', '')}{_short(value)}")
    parts.append(f"i{settings['seed']:02d}")
    return Run("-".join(parts), model, settings)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "_".join(f"{key[0]}{_short(entry)}" for key, entry in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "to".join(_short(entry) for entry in value)
    return str(value).replace("_", "")


def _distinct(runs: Iterable[Run]) -> list[Run]:
    return list({run.id: run for run in runs}.values())


def _validate(instance: Any, rules: Mapping[str, Any], where: str) -> None:
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(rules).iter_errors(instance))
    if error is not None:
        key = ".".join(str(part) for part in error.absolute_path)
        known = error.schema.get("properties") if error.validator == "additionalProperties" else None
        hint = f"; the keys are {', '.join(known)}" if known else ""
        raise InputError(f"{where}: {key or 'top level'}: {error.message}{hint}")
