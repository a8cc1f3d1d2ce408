"""The composites that a user names: in a materials YAML, as a mapping, or as they are."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from laminet.errors import InputError, shown
from laminet.materials import library
from laminet.materials.library import Composite, read_materials, select

Materials = Path | str | Composite | Mapping[str, Any]
"""A materials YAML, a composite read from one, or its mapping {"phase_1": {...}, "phase_2": {...}}."""


def composite_of(materials: Materials, name: str | None) -> Composite:
    """The composite of this name, or the only one.

    Raises:
        InputError: as of `composites_of`, or several composites and no name.
    """
    laws = composites_of(materials, name)
    if len(laws) > 1:
        names = ", ".join(entry.name for entry in laws)
        raise InputError(f"{materials}: holds {names}; say which by composite=")
    return laws[0]


def composites_of(materials: Materials, names: str | Sequence[str] | None) -> list[Composite]:
    """The composites of these names, all of them if None.

    Raises:
        InputError: unreadable or unusable materials, or no composite of a name.
    """
    where = materials if isinstance(materials, Path | str) else "materials"
    if isinstance(materials, Composite):
        composites = {materials.name: materials}
    elif isinstance(materials, Mapping):
        entries = {"composite": materials} if "phase_1" in materials else materials
        composites = library.composites(entries, "materials")
    elif not isinstance(materials, Path | str):
        raise InputError(f"materials is {shown(materials)}; give a materials YAML, a mapping or a composite")
    else:
        composites = read_materials(materials)
    return [select(composites, name, where) for name in (composites if names is None else several(names))]


def several(names: str | int | Sequence[str | int]) -> list[Any]:
    """Names as a list: one, or several."""
    return list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [names]
