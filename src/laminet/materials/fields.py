"""Dataclasses of numbers, read from the mappings of a YAML file."""

import contextlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

import numpy as np

from laminet.errors import InputError, shown
from laminet.yaml_files import NUMBER

Kind = TypeVar("Kind")


def read(kind: type[Kind], entry: Any, where: str) -> Kind:
    """An instance of `kind`, a dataclass whose fields are floats or further such dataclasses.

    Args:
        kind: the class; its fields without a default must be given.
        entry: the mapping, by the names of the fields.
        where: file and field, for messages.

    Raises:
        InputError: no mapping, a missing, unknown or wrong field, or one that the class refuses.
    """
    known = {part.name: part for part in fields(kind)}  # type: ignore[arg-type]
    required = [name for name, part in known.items() if part.default is MISSING]
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: needs the fields {', '.join(required)}")
    missing = [name for name in required if name not in entry]
    unknown = [str(name)[:60] for name in entry if name not in known]
    if missing or unknown:
        faults = [f"{what} {', '.join(names)}" for what, names in (("missing", missing), ("unknown", unknown)) if names]
        raise InputError(f"{where}: {' and '.join(faults)}; its fields are {', '.join(known)}")
    types = get_type_hints(kind)
    values = {}
    for name, value in entry.items():
        place = f"{where}: {name}"
        values[name] = read(types[name], value, place) if is_dataclass(types[name]) else number(value, place)
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def number(value: Any, where: str) -> float:
    """A finite number; text counts where it is one of YAML 1.2, such as the 1e-4 that other readers leave as text.

    Raises:
        InputError: it is none.
    """
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        is_number = NUMBER.fullmatch(value) if isinstance(value, str) else not isinstance(value, bool | np.bool_)
        if is_number and np.isfinite(float(value)):
            return float(value)
    raise InputError(f"{where} is {shown(value)}; it must be a finite number")
