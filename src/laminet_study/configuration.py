"""The configuration: its files read as laminet reads YAML, and merged."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from laminet.errors import InputError, shown
from laminet.yaml_files import NUMBER, read_yaml
from laminet_study.variants import merged

NO_FOLDER = re.compile(r"[{}\x00-\x1f]|^[-\s]|\s$")
"""What no name of a folder may hold: braces are Snakemake's wildcards, a hyphen in front is an option."""


def read(files: Iterable[Path | str], over: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of some files, each merged over those before it, and `over` them what the command line gives.

    Snakemake reads the same files, but by YAML 1.1, and accepts a key given twice without a warning.

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


def _with_numbers(value: Any) -> Any:
    """A value of the command line with its numbers as numbers."""
    if isinstance(value, Mapping):
        return {str(key): _with_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_numbers(entry) for entry in value]
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return int(value) if value.lstrip("+-").isdigit() else float(value)
    return value
