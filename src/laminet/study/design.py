"""The design of the study: which networks are trained and evaluated, from the configuration alone."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laminet.errors import InputError
from laminet.loading import paths
from laminet.materials import library
from laminet.offline.recipes import CHOICE, recipe
from laminet.study import variants
from laminet.study.configuration import validate
from laminet.yaml_files import read_yaml

SHOWN = (("depth", "n"), ("samples", "s"), ("batch", "b"))
"""Settings that every run id states; any other is stated only where it differs from the configuration's default."""

SHARED = (
    ("materials",),
    ("loading", "controls"),
    ("loading", "steps"),
    ("loading", "paths"),
    ("online", "tolerance"),
    ("online", "criterion"),
)
"""Settings in which the variants of one study agree (of the materials, the names): its dataset has one of each."""

MODEL_SCHEMES = {"dmn_": "dmn", "imn_": "imn"}
"""Schemes with such a prefix exist for one model only."""


@dataclass(frozen=True)
class Run:
    """One training: a short readable id and every setting it depends on."""

    id: str
    model: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Member:
    """A run of a study in one of its variants, and the folders of its files below the study's."""

    run: Run
    variant: str
    network: str
    online: str


@dataclass(frozen=True)
class Study:
    """Runs that belong together, and the online schemes their figures need.

    Attributes:
        members: every run in every variant of the study.
        schemes: by model.
        repeats: the study whose grids these are, for one that repeats it in another variant.
    """

    name: str
    members: tuple[Member, ...]
    schemes: Mapping[str, tuple[str, ...]]
    repeats: str | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its distinct runs."""
        return tuple(all_runs([self]).values())

    @property
    def variants(self) -> dict[str, list[Member]]:
        """Its members by variant."""
        found: dict[str, list[Member]] = {}
        for member in self.members:
            found.setdefault(member.variant, []).append(member)
        return found


@dataclass(frozen=True)
class Evaluation:
    """Runs that are evaluated with the same schemes, by the folders of their online files."""

    name: str
    members: Mapping[str, Member]
    schemes: tuple[str, ...]


def check(config: Mapping[str, Any], schema: Path | str) -> None:
    """Check a configuration against the schema and for agreement between its keys.

    Raises:
        InputError: the first fault, by its key.
    """
    rules = read_yaml(schema)
    validate(config, rules, "config")
    entries = [*config["studies"], *config["sensitivity"]]
    for entry in entries:
        for name in _variants_of(entry):
            if name != variants.DEFAULT and name not in config["variants"]:
                there = ", ".join(config["variants"]) or "none"
                raise InputError(f"config: a study asks for the variant '{name}'; there are: {there}")
        for model, schemes in entry.get("schemes", {}).items():
            wrong = [name for name in schemes if MODEL_SCHEMES.get(name[:4], model) != model]
            if wrong:
                raise InputError(f"config: study '{entry['name']}': scheme {wrong[0]} is not for the model {model}")
        known = [study["name"] for study in config["studies"] if "name" in study]
        for name in entry.get("repeats", ()):
            if name not in known:
                raise InputError(
                    f"config: repeats: no study '{name}' in `studies` to repeat; there are: {', '.join(known)}"
                )
    names = [name for entry in entries for name in _names_of(entry)]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"config: studies: two studies have the same name ({', '.join(repeated)})")
    known_variants = variants.variants(config)
    for variant in known_variants.values():
        where = "config" if variant.name == variants.DEFAULT else f"config: variant '{variant.name}'"
        if variant.name != variants.DEFAULT:
            validate(variant.config, rules, where)
        for section, examine in (("loading", _check_loading), ("materials", _check_materials)):
            if variant.name == variants.DEFAULT or variant.config[section] != config[section]:
                examine(variant.config[section], f"{where}: {section}")
        for name in variant.config["reference"]["coarsening"]:
            if name not in variant.config["materials"]:
                raise InputError(f"{where}: reference.coarsening: no composite '{name}' in materials")
    run_rules = {**rules["properties"]["training"], "$defs": rules["$defs"]}
    checked = set()
    for study in [*studies(config), *sensitivity(config)]:
        _check_alike(study, known_variants)
        for member in study.members:
            run, data = member.run, known_variants[member.variant].config["data"]
            if (run.id, member.variant) in checked:
                continue
            checked.add((run.id, member.variant))
            where = f"config: study '{study.name}', run {run.id}"
            if run.model not in rules["$defs"]["model"]["enum"]:
                raise InputError(f"{where}: model is '{run.model}'; it must be dmn or imn")
            if run.model not in study.schemes:
                raise InputError(f"{where}: the study gives no schemes for the model {run.model}")
            settings = {key: value for key, value in run.settings.items() if key not in ("model", "seed")}
            validate({**settings, "threads": config["training"]["threads"]}, run_rules, where)
            if run.settings["samples"] > data["samples"]:
                raise InputError(
                    f"{where}: {run.settings['samples']} samples, but data.samples is {data['samples']}"
                    + (f" in the variant {member.variant}" if member.variant != variants.DEFAULT else "")
                )
            if run.settings["batch"] > run.settings["samples"]:
                raise InputError(f"{where}: batch {run.settings['batch']} is larger than its data")


def studies(config: Mapping[str, Any]) -> list[Study]:
    """The studies of a configuration, each with all its runs, variant by variant and grid by grid."""
    return _studies(config, config["studies"])


def sensitivity(config: Mapping[str, Any]) -> list[Study]:
    """The studies that are made beside the others: control runs, and repetitions in other variants."""
    return _studies(config, config["sensitivity"])


def all_runs(found: Iterable[Study]) -> dict[str, Run]:
    """Every distinct run by its id; a run that several studies or variants share is there once."""
    return {member.run.id: member.run for study in found for member in study.members}


def evaluations(found: Iterable[Study]) -> list[Evaluation]:
    """Runs grouped by the union of the schemes that their studies ask for."""
    members: dict[str, Member] = {}
    schemes: dict[str, list[str]] = {}
    for study in found:
        for member in study.members:
            members.setdefault(member.online, member)
            wanted = schemes.setdefault(member.online, [])
            wanted.extend(name for name in study.schemes[member.run.model] if name not in wanted)
    groups: dict[tuple[str, ...], dict[str, Member]] = {}
    for folder, names in schemes.items():
        groups.setdefault(tuple(sorted(names)), {})[folder] = members[folder]
    return [Evaluation(f"evaluate_{k}", runs, names) for k, (names, runs) in enumerate(groups.items(), start=1)]


def path_text(name: str, vertices: Iterable[Mapping[str, float]]) -> str:
    """A path of the configuration as the option `--path` takes it, such as cycle=11:0.05;11:0.0."""
    return f"{name}=" + ";".join(",".join(f"{key}:{value}" for key, value in vertex.items()) for vertex in vertices)


def _check_loading(loading: Mapping[str, Any], where: str) -> None:
    """InputError if a load path is none that a job can follow."""
    try:
        paths.by_control(loading["controls"], paths.CASES, loading["paths"], loading["steps"], loading["strain"])
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _check_materials(materials: Mapping[str, Any], where: str) -> None:
    for name, entry in materials.items():
        library.composite(name, entry, where)


def _studies(config: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> list[Study]:
    known = variants.variants(config)
    found = []
    for entry in entries:
        if "repeats" not in entry:
            found.append(_study(config, entry, known))
            continue
        for base in config["studies"]:
            if base.get("name") in entry["repeats"]:
                repeated = {**base, "name": f"{entry['variant']}_{base['name']}", "variants": [entry["variant"]]}
                repeated["seeds"] = entry.get("seeds", base["seeds"])
                found.append(_study(config, repeated, known, repeats=base["name"]))
    return found


def _study(
    config: Mapping[str, Any],
    entry: Mapping[str, Any],
    known: Mapping[str, variants.Variant],
    repeats: str | None = None,
) -> Study:
    seeds = range(1, entry["seeds"] + 1) if isinstance(entry["seeds"], int) else entry["seeds"]
    defaults = _training(config)
    members: dict[tuple[str, str], Member] = {}
    for name in _variants_of(entry):
        variant = known[name]
        settings = _training(variant.config)
        for point in (_with_recipe(point) for grid in entry["grids"] for point in _points(grid)):
            for seed in seeds:
                run = _run({**settings, **point, "seed": seed}, defaults)
                members[name, run.id] = Member(
                    run, name, f"{variant.elastic}runs/{run.id}", f"{variant.online}runs/{run.id}"
                )
    schemes = {model: tuple(names) for model, names in entry["schemes"].items()}
    return Study(entry["name"], tuple(members.values()), schemes, repeats)


def _training(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run that no grid changes."""
    return {key: value for key, value in config["training"].items() if key != "threads"}


def _variants_of(entry: Mapping[str, Any]) -> list[str]:
    return [entry["variant"]] if "repeats" in entry else entry.get("variants", [variants.DEFAULT])


def _names_of(entry: Mapping[str, Any]) -> list[str]:
    """Names of the datasets that an entry of a list of studies stands for."""
    return [f"{entry['variant']}_{name}" for name in entry["repeats"]] if "repeats" in entry else [entry["name"]]


def _check_alike(study: Study, known: Mapping[str, variants.Variant]) -> None:
    """InputError if the variants of a study have nothing in common that one dataset could hold."""
    first, *others = (known[name] for name in study.variants)
    for other in others:
        for keys in SHARED:
            here, there = _shared(first.config, keys), _shared(other.config, keys)
            if here != there:
                raise InputError(
                    f"config: study '{study.name}': its variants {first.name} and {other.name} differ in "
                    f"{'.'.join(keys)}, which one dataset cannot hold; make a study of each"
                )


def _shared(config: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """What variants must agree in: a setting, of a section as a whole its keys."""
    value: Any = config
    for key in keys:
        value = value[key]
    return list(value) if len(keys) == 1 else value


def _points(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = [value if isinstance(value, list) else [value] for value in grid.values()]
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*values)]


def _with_recipe(point: Mapping[str, Any]) -> dict[str, Any]:
    """A point of a grid with the settings of the recipe it names, if any; its own settings override them."""
    settings = dict(point)
    name = settings.pop("recipe", None)
    found = {} if name is None else recipe(str(name))
    return {key: value for key, value in found.items() if key not in CHOICE} | settings  # a study has its own seeds


def _run(settings: dict[str, Any], defaults: Mapping[str, Any]) -> Run:
    model = settings["model"]
    parts = [str(model), *(f"{letter}{settings[key]}" for key, letter in SHOWN)]
    stated = {"model", "seed", *(key for key, _ in SHOWN)}
    for key, value in settings.items():
        if key not in stated and value != defaults[key]:
            parts.append(f"{key.replace('_', '')}{_short(_changed(value, defaults[key]))}")
    parts.append(f"i{settings['seed']:02d}")
    return Run("-".join(parts), model, settings)


def _changed(value: Any, default: Any) -> Any:
    """Of a mapping only what differs from the default."""
    if not isinstance(value, Mapping) or not isinstance(default, Mapping):
        return value
    return {key: entry for key, entry in value.items() if key not in default or entry != default[key]}


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "_".join(f"{key[0]}{_short(entry)}" for key, entry in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "to".join(_short(entry) for entry in value)
    return str(value).replace("_", "")
