"""The design of the study: which networks are trained and evaluated, from the configuration alone."""

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from laminet.errors import InputError, shown
from laminet.files.settings import Model
from laminet.loading import paths
from laminet.materials import library
from laminet.settings import check as checked_value
from laminet.settings import read, wanted
from laminet.training.recipes import CHOICE, recipe
from laminet_study import cells, variants
from laminet_study.schema import Config, Repetition, StudyEntry, Timed, Training

SHOWN = {"depth": "n", "samples": "s", "batch": "b"}
"""Settings that every run id states; any other is stated only where it differs from the configuration's default."""

SPEAKING = ("formulation",)
"""Settings whose value says in a run id what they are."""

SHARED = {
    "loading": ("controls", "steps", "paths"),
    "online": ("tolerance", "criterion"),
    "evaluation": ("composites", "controls"),
}
"""Settings in which the variants of one study agree, as in the names of the materials: its dataset has one of each."""

MODEL_SCHEMES = {"dmn_": "dmn", "imn_": "imn"}
"""Schemes with such a prefix exist for one model only."""


@dataclass(frozen=True)
class Run:
    """One training: a short readable id and every setting it depends on."""

    id: str
    model: str
    settings: Mapping[str, Any]

    @property
    def setting(self) -> str:
        """Its id without the seed."""
        return self.id.rpartition("-")[0]

    @property
    def form(self) -> str:
        """Model and formulation in one word; an IMN has but one."""
        return self.model if self.model == "imn" else f"{self.model}-{self.settings['formulation']}"


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
        timed: what of it is measured, "online" and "training".
    """

    name: str
    members: tuple[Member, ...]
    schemes: Mapping[str, tuple[str, ...]]
    repeats: str | None = None
    timed: tuple[Timed, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its distinct runs."""
        return tuple(all_runs([self]).values())

    @property
    def variants(self) -> dict[str, list[Member]]:
        """Its members by variant."""
        return {name: list(group) for name, group in itertools.groupby(self.members, lambda member: member.variant)}


@dataclass(frozen=True)
class Evaluation:
    """A run that is evaluated in a variant, with all schemes that any study asks of it."""

    member: Member
    schemes: tuple[str, ...]


def check(config: Mapping[str, Any]) -> None:
    """Check a configuration: every key by its own settings, and all for agreement with each other.

    Raises:
        InputError: the first fault, by its key.
    """
    read(Config, config, "config", complete=True)
    known_variants = _checked_variants(config)
    names_of_curves = list(config["curves"])
    for position, (label, entry) in enumerate(config["curves"].items()):
        if (reused := entry.get("reuse")) is not None and reused not in (earlier := names_of_curves[:position]):
            there = ", ".join(earlier) or "none"
            raise InputError(f"config: curves.{label}.reuse: no curves '{reused}' before it; there are: {there}")
    if config["times"]["composite"] not in config["materials"]:
        raise InputError(f"config: times.composite: no composite '{config['times']['composite']}' in materials")
    every = [*studies(config), *sensitivity(config)]
    names = Counter(study.name for study in every)
    if repeated := sorted(name for name, count in names.items() if count > 1):
        raise InputError(f"config: studies: two studies have the same name ({', '.join(repeated)})")
    for study in every:
        _check_alike(study, known_variants)
        for name in study.variants:
            _check_phases(known_variants[name])
        for member in study.members:
            _check_run(member, study, known_variants[member.variant].config)


def _checked_variants(config: Mapping[str, Any]) -> dict[str, variants.Variant]:
    """All variants, each with a configuration that is valid itself."""
    known = variants.variants(config)
    for name, variant in known.items():
        where = "config" if name == variants.DEFAULT else f"config: variant '{name}'"
        if name != variants.DEFAULT:
            read(Config, variant.config, where, complete=True)
        loading, materials = (variant.config[key] for key in ("loading", "materials"))
        if name == variants.DEFAULT or loading != config["loading"]:
            with _behind(f"{where}: loading"):
                settings = (loading[key] for key in ("paths", "steps", "strain", "duration"))
                paths.by_control(loading["controls"], paths.CASES, *settings)
        if name == variants.DEFAULT or materials != config["materials"]:
            for label, entry in materials.items():
                library.composite(label, entry, f"{where}: materials")
            if name != variants.DEFAULT:
                _check_phases(variant)
        for label in variant.config["reference"]["fineness"]:
            if label not in variant.config["materials"]:
                raise InputError(f"{where}: reference.fineness: no composite '{label}' in materials")
    return known


def _check_phases(variant: variants.Variant) -> None:
    """InputError if a composite that a variant evaluates has other phases than the variant's cell."""
    materials = variant.config["materials"]
    where = "config" if variant.name == variants.DEFAULT else f"config: variant '{variant.name}'"
    if (phases := cells.phases(variant.config["rve"])) is not None:
        for label in variant.config["evaluation"]["composites"] or materials:
            composite = library.composite(label, materials[label], f"{where}: materials")
            with _behind(f"{where}: materials"):
                composite.laws_of(phases, "cell")


@contextlib.contextmanager
def _behind(where: str) -> Iterator[None]:
    """Put the place of a setting in front of what is wrong with it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _check_run(member: Member, study: Study, config: Mapping[str, Any]) -> None:
    """InputError if a run of a study has settings that no training takes, or that its data do not allow."""
    run, where = member.run, f"config: study '{study.name}', run {member.run.id}"
    settings = dict(run.settings)
    if (curves := settings.pop("curves", None)) is not None and curves not in config["curves"]:
        raise InputError(f"{where}: no curves {shown(curves)}; `curves` has {', '.join(config['curves']) or 'none'}")
    if checked_value(Model, settings.pop("model"), f"{where}: model") not in study.schemes:
        raise InputError(f"{where}: the study gives no schemes for the model {run.model}")
    del settings["seed"]
    read(Training, {**settings, "threads": config["training"]["threads"]}, where, complete=True)
    if settings["samples"] > (samples := config["data"]["samples"]):
        raise InputError(
            f"{where}: {settings['samples']} samples, but data.samples is {samples}"
            + (f" in the variant {member.variant}" if member.variant != variants.DEFAULT else "")
        )
    if settings["batch"] > settings["samples"]:
        raise InputError(f"{where}: batch {settings['batch']} is larger than its data")


def studies(config: Mapping[str, Any]) -> list[Study]:
    """The studies of a configuration, each with all its runs, variant by variant and grid by grid.

    Raises:
        InputError: an entry that is not a study.
    """
    return [_study(config, *entry) for entry in _entries(config, "studies")]


def sensitivity(config: Mapping[str, Any]) -> list[Study]:
    """The additional studies: control runs, and repetitions in other variants.

    Raises:
        InputError: an entry that is not a study, or an entry that repeats a study which does not exist.
    """
    return [_study(config, *entry) for entry in _entries(config, "sensitivity")]


def all_runs(studies: Iterable[Study]) -> dict[str, Run]:
    """Every distinct run by its id; a run that several studies or variants share is there once."""
    return {member.run.id: member.run for study in studies for member in study.members}


def evaluations(studies: Iterable[Study]) -> dict[str, Evaluation]:
    """Every evaluation by the folder of its online file; studies that share one share its schemes."""
    shared: dict[str, Evaluation] = {}
    for study in studies:
        for member in study.members:
            before = shared[member.online].schemes if member.online in shared else ()
            schemes = dict.fromkeys((*before, *study.schemes[member.run.model]))
            shared[member.online] = Evaluation(member, tuple(schemes))
    return shared


def path_text(name: str, vertices: Iterable[Mapping[str, float]]) -> str:
    """A path of the configuration as the option `--path` takes it, such as cycle=11:0.05;11:0.0."""
    return f"{name}=" + ";".join(",".join(f"{key}:{value}" for key, value in vertex.items()) for vertex in vertices)


def _entries(config: Mapping[str, Any], section: str) -> Iterator[tuple[StudyEntry, str | None]]:
    """The entries of a list of studies, each with the study that it repeats; a repetition of several is several."""
    for number, entry in enumerate(config[section], 1):
        where = f"config: {section}: {entry.get('name', f'entry {number}')}"
        if section == "studies" or "repeats" not in entry:
            yield _study_entry(config, entry, where), None
            continue
        repetition = read(Repetition, entry, where)
        originals = {original.name: original for original, _ in _entries(config, "studies")}
        for name in repetition.repeats:
            if name not in originals:
                there = ", ".join(originals)
                raise InputError(f"config: repeats: no study '{name}' in `studies` to repeat; there are: {there}")
            base, variant = originals[name], repetition.variant
            # Nothing is timed in a variant, and literal DMNs are there for their times alone.
            grids = tuple(grid for grid in base.grids if grid.get("formulation") != "literal")
            repeated = replace(base, variants=(variant,), seeds=repetition.seeds or base.seeds, grids=grids, timed=())
            yield replace(repeated, name=f"{variant}_{name}"), name


def _study_entry(config: Mapping[str, Any], entry: Any, where: str) -> StudyEntry:
    """An entry of a list of studies; InputError if its grids or schemes cannot be made."""
    study = read(StudyEntry, entry, where)
    keys = ["model", "recipe", "curves", *_training(config)]
    for grid in study.grids:
        if unknown := [key for key in grid if key not in keys]:
            raise InputError(f"{where}: grids: unknown setting {', '.join(unknown)}; there are {', '.join(keys)}")
        if "model" not in grid:
            raise InputError(f"{where}: grids: model is missing; it must be {wanted(Model)}")
        if grid.get("recipe") == "curves" and "curves" not in grid:
            raise InputError(f"{where}: grids: the recipe 'curves' needs the key curves, the name of some in `curves`")
    for model, schemes in study.schemes.items():
        if wrong := [name for name in schemes if MODEL_SCHEMES.get(name[:4], model) != model]:
            raise InputError(f"config: study '{study.name}': scheme {wrong[0]} is not for the model {model}")
    return study


def _study(config: Mapping[str, Any], entry: StudyEntry, repeats: str | None) -> Study:
    known = variants.variants(config)
    if unknown := [name for name in entry.variants if name not in known]:
        there = ", ".join(config["variants"]) or "none"
        raise InputError(f"config: a study asks for the variant '{unknown[0]}'; there are: {there}")
    seeds = range(1, entry.seeds + 1) if isinstance(entry.seeds, int) else entry.seeds
    points = [point for grid in entry.grids for point in _points(grid)]
    members: dict[tuple[str, str], Member] = {}
    for name, (point, seed) in itertools.product(entry.variants, itertools.product(points, seeds)):
        variant = known[name]
        run = _run(_training(variant.config) | point | {"seed": seed}, _training(config))
        folders = (f"{place}runs/{run.id}" for place in (variant.elastic, variant.online))
        members[name, run.id] = Member(run, name, *folders)
    return Study(entry.name, tuple(members.values()), dict(entry.schemes.items()), repeats, entry.timed)


def _training(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run that no grid changes."""
    return {key: value for key, value in config["training"].items() if key != "threads"}


def _check_alike(study: Study, known: Mapping[str, variants.Variant]) -> None:
    """InputError if a study is evaluated on what is not there, or its variants need more than one dataset."""
    first, *others = (known[name] for name in study.variants)
    for key, there in (("composites", first.config["materials"]), ("controls", first.config["loading"]["controls"])):
        if unknown := set(first.config["evaluation"][key]) - set(there):
            raise InputError(
                f"config: study '{study.name}': evaluation.{key}: {min(unknown)} is not among {', '.join(there)}"
            )
    for other, (key, value) in itertools.product(others, _shared(first.config).items()):
        if value != _shared(other.config)[key]:
            raise InputError(
                f"config: study '{study.name}': its variants {first.name} and {other.name} differ in {key}, "
                "which one dataset cannot hold; make a study of each"
            )


def _shared(config: Mapping[str, Any]) -> dict[str, Any]:
    """What variants must agree in, by key."""
    settings = {f"{section}.{key}": config[section][key] for section, keys in SHARED.items() for key in keys}
    return {"materials": list(config["materials"])} | settings


def _points(grid: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The points of a grid, each with the settings of the recipe it names, if any; its own override them."""
    values = [value if isinstance(value, list) else [value] for value in grid.values()]
    for point in itertools.product(*values):
        settings = dict(zip(grid, point, strict=True))
        name = settings.pop("recipe", None)
        of_recipe = {} if name is None else recipe(str(name))
        yield {key: value for key, value in of_recipe.items() if key not in CHOICE} | settings  # seeds are the study's


def _run(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> Run:
    """A run; its id has the settings of SHOWN and those that differ from the default, of a mapping only these parts."""
    parts = [str(settings["model"]), *(f"{letter}{settings[key]}" for key, letter in SHOWN.items())]
    for key, value in settings.items():
        if key in ("model", "seed", *SHOWN) or value == (default := defaults.get(key)):
            continue
        if isinstance(value, Mapping) and isinstance(default, Mapping):
            value = dict(item for item in value.items() if item not in default.items())
        parts.append(("" if key in SPEAKING else key.replace("_", "")) + _short(value))
    return Run("-".join([*parts, f"i{settings['seed']:02d}"]), settings["model"], settings)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "_".join(f"{key[0]}{_short(entry)}" for key, entry in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "to".join(map(_short, value))
    return str(value).replace("_", "")
