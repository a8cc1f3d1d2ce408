"""The configuration: its files read as laminet reads YAML, merged, and held against a schema."""

import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from laminet.errors import InputError, shown
from laminet.study.variants import merged
from laminet.yaml_files import NUMBER, read_yaml

NO_FOLDER = re.compile(r"[{}\x00-\x1f]|^[-\s]|\s$")
"""What no name of a folder may hold: braces are Snakemake's wildcards, a hyphen in front is an option."""


def _is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)  # not 3.0: options of commands take 3


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
Validator: Any = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=TYPES)  # type: ignore[no-untyped-call]


def read(files: Iterable[Path | str], over: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of some files, each merged over those before it, and `over` them what the command line gives.

    Snakemake reads the same files, but by YAML 1.1 and without a word about a key given twice.

    Args:
        files: configuration files.
        over: of Snakemake's option `--config`, in which numbers may be text.

    Raises:
        InputError: a file that cannot be read, or with a key given twice, by its line.
    """
    config: dict[str, Any] = {}
    for path in files:
        entries = read_yaml(path)
        if not isinstance(entries, Mapping):
            raise InputError(f"{path}: holds no keys; a configuration has the form 'key: value'")
        config = merged(config, entries)
    return merged(config, _with_numbers(over))


def folder(config: Mapping[str, Any], files: Iterable[Path | str]) -> str:
    """Where everything is written, in the form that Snakemake's file names begin with.

    Args:
        config: a checked configuration.
        files: configurations and profiles, which the study's own config.yaml must not replace.

    Raises:
        InputError: a folder that holds one of the files, or whose name cannot be used.
    """
    given = config["folder"]
    place = os.path.normpath(os.path.expanduser(given))
    if NO_FOLDER.search(given) or place == ".":
        raise InputError(f"config: folder: {shown(given)} cannot be used; name a folder without braces, below this one")
    written = Path(place, "config.yaml").resolve()
    if written in [Path(file).resolve() for file in files]:
        raise InputError(
            f"config: folder: {shown(given)} holds config.yaml, which the study would replace; name another"
        )
    return place


def validate(instance: Any, rules: Mapping[str, Any], where: str) -> None:
    """Hold a configuration, or a part of it, against a JSON schema.

    Raises:
        InputError: the fault that says most, by its key.
    """
    error = jsonschema.exceptions.best_match(Validator(rules).iter_errors(instance))
    if error is not None:
        key = ".".join(str(part) for part in error.absolute_path)
        known = error.schema.get("properties") if error.validator == "additionalProperties" else None
        hint = f"; the keys are {', '.join(known)}" if known else ""
        raise InputError(f"{where}: {key or 'top level'}: {error.message}{hint}")


def _with_numbers(value: Any) -> Any:
    """A value of the command line with its numbers as numbers."""
    if isinstance(value, Mapping):
        return {str(key): _with_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_numbers(entry) for entry in value]
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return int(value) if value.lstrip("+-").isdigit() else float(value)
    return value
