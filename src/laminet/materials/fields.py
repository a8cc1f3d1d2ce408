"""Dataclasses of numbers, read from the mappings of a YAML file."""

import contextlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

import numpy as np

from laminet.errors import InputError, shown
from laminet.yaml_files import NUMBER

Kind = TypeVar("Kind")


def read(kind: type[Kind], entry: Any, where: str, besides: tuple[str, ...] = ()) -> Kind:
    """An instance of `kind`, a dataclass whose fields are floats or further such dataclasses.

    Args:
        kind: the class; its fields without a default must be given.
        entry: the mapping, by the names of the fields.
        where: file and field, for messages.
        besides: keys that the mapping has besides.

    Raises:
        InputError: no mapping, a missing, unknown or wrong field, or one that the class refuses.
    """
    parts = fields(kind)  # type: ignore[arg-type]
    optional = [part.name for part in parts if part.default is not MISSING]
    required = [*besides, *(part.name for part in parts if part.name not in optional)]
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: needs the fields {', '.join(required)}")
    missing = [name for name in required if name not in entry]
    unknown = [str(name)[:60] for name in entry if name not in (*required, *optional)]
    if missing or unknown:
        faults = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(unknown)}"] * bool(unknown)
        raise InputError(f"{where}: {' and '.join(faults)}; its fields are {', '.join((*required, *optional))}")
    types = get_type_hints(kind)
    values = {}
    for name in (name for name in entry if name not in besides):
        place = f"{where}: {name}"
        nested = is_dataclass(types[name])
        values[name] = read(types[name], entry[name], place) if nested else number(entry[name], place)
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def number(value: Any, where: str) -> float:
    """A finite number; text counts where it is one of YAML 1.2, such as the 1e-4 that other readers leave as text.

    Raises:
        InputError: it is none.
    """
    number = np.nan
    if not isinstance(value, bool | np.bool_ | str) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            number = float(value)
    if not np.isfinite(number):
        raise InputError(f"{where} is {shown(value)}; it must be a finite number")
    return number
