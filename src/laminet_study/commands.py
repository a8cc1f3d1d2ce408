"""Words of the commands that the jobs of a study run, from the configuration of a variant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laminet.cells.fibres.settings import ReferenceSettings
from laminet.settings import read
from laminet_study import cells, variants
from laminet_study.design import Run, Study, path_text
from laminet_study.schema import Curves


def options(values: Mapping[str, Any]) -> list[str]:
    """Options --key value; a list gives several values, underscores become hyphens. An empty list is no option."""
    words = []
    for key, value in values.items():
        if value is None or value == []:
            continue
        words += [f"--{key.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value])]
    return words


def repeated(name: str, values: Iterable[str]) -> list[str]:
    """The option --name once for each value."""
    return [word for value in values for word in (f"--{name}", value)]


def load_options(config: Mapping[str, Any], controls: Sequence[str] = ()) -> list[str]:
    """Options of the load cases: some controls or all, amplitude, steps and paths."""
    loading = config["loading"]
    return [
        *repeated("control", controls or loading["controls"]),
        *options({name: loading[name] for name in ("steps", "strain", "duration")}),
        *repeated("path", [path_text(*path) for path in loading["paths"].items()]),
    ]


def reference_options(config: Mapping[str, Any], composite: str) -> list[str]:
    """Options of the reference of a composite; voxels have no finer meshes."""
    entries = dict(config["reference"])
    fineness = entries.pop("fineness").get(composite, ReferenceSettings.fineness)
    meshed = cells.kind(config["rve"]) == cells.FIBRES
    return options(entries | ({"fineness": fineness} if meshed else {}))


def training_options(run: Run) -> list[str]:
    """Options of a training: its settings, those within settings one by one; those on curves where it has curves."""
    settings = dict(run.settings)
    within = {f"initialisation_{key}": value for key, value in settings.pop("initialisation").items()}
    term = {f"curve_{key}": value for key, value in settings.pop("curve").items()}
    within |= term if settings.pop("curves", None) else {}
    if not settings["starts"]:
        del settings["starts"]
    return options(settings | within)


def curve_options(config: Mapping[str, Any], name: str) -> list[str]:
    """Options of the training curves of a name, without the number of shards and what they reuse."""
    other = "shards", "reuse", "composites"
    entry = {key: value for key, value in config["curves"][name].items() if key not in other}
    return options(entry | config["curves"][name].get("composites", {}))


def curve_shards(config: Mapping[str, Any], name: str) -> int:
    """Number of jobs that the training curves of a name are computed in."""
    return read(Curves, config["curves"][name]).shards


def collect_arguments(study: Study, folder: str) -> list[str]:
    """Arguments of `laminet-study collect`: run folders, those of every variant behind the place of its online files.

    Args:
        study: the study that is collected.
        folder: results folder.
    """
    words = []
    for variant, members in sorted(study.variants.items(), key=lambda entry: entry[0] != variants.DEFAULT):
        if variant != variants.DEFAULT:
            words += ["--variant", variant, f"{folder}/{members[0].online.rpartition('/')[0]}"]
        words += [f"{folder}/{member.network}" for member in members]
    words += repeated("schemes", [f"{model}={','.join(names)}" for model, names in study.schemes.items()])
    return words + repeated("repeats", [study.repeats] if study.repeats else [])
