"""Composites from a materials YAML or from the same mapping in a config file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from laminet.errors import InputError, shown
from laminet.materials.laws import J2, Elastic, Hardening, Law
from laminet.materials.stiffness import orthotropic_stiffness

ORTHOTROPIC_FIELDS = ("E11", "E22", "E33", "G12", "G13", "G23", "nu12", "nu13", "nu23")
J2_FIELDS = ("young", "poisson", "hardening")
LARGEST_FILE = 200_000  # bytes: what it takes to parse one is known before it is read
HARDENING_FIELDS = ("initial", "linear", "saturation", "rate")


@dataclass(frozen=True)
class Composite:
    """Two phases: 1 is the matrix, 2 the fibre."""

    name: str
    phase_1: Law
    phase_2: Law

    @property
    def laws(self) -> tuple[Law, Law]:
        """Both laws, in the order of the phases."""
        return self.phase_1, self.phase_2


def read_materials(path: Path | str) -> dict[str, Composite]:
    """Composites of a materials YAML, by name.

    Raises:
        InputError: missing file, malformed YAML, or a wrong field, naming composite, phase and field.
    """
    try:
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file")
        if Path(path).stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: larger than {LARGEST_FILE // 1000} kB; see the materials format in the docs")
        mapping = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no number, date or text
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f" near line {line + 1}"
        raise InputError(f"{path}: not valid YAML{at}; see the materials format in the docs") from error
    if not isinstance(mapping, Mapping) or not mapping:
        raise InputError(f"{path}: holds no composites; see the materials format in the docs")
    return {str(name): composite(str(name), entry, str(path)) for name, entry in mapping.items()}


def select(composites: Mapping[str, Composite], name: str, path: Path | str) -> Composite:
    """The composite of that name.

    Raises:
        InputError: unknown name; the message lists the known ones.
    """
    if name not in composites:
        raise InputError(f"{path}: no composite '{name}'; it has {', '.join(sorted(composites))}")
    return composites[name]


def composite(name: str, entry: Any, where: str) -> Composite:
    """Composite of the mapping {phase_1: ..., phase_2: ...}; `where` names its file in messages.

    Raises:
        InputError: a missing, unknown or wrong field.
    """
    where = f"{where}: composite '{name}'"
    fields = _fields(entry, where, required=("phase_1", "phase_2"))
    return Composite(name, *(_law(fields[phase], f"{where}: {phase}") for phase in ("phase_1", "phase_2")))


def _law(entry: Any, where: str) -> Law:
    kind = entry.get("law") if isinstance(entry, Mapping) else None
    if kind == "orthotropic":
        fields = _fields(entry, where, required=("law", *ORTHOTROPIC_FIELDS))
        constants = {name: _number(fields[name], f"{where}: {name}") for name in ORTHOTROPIC_FIELDS}
        _positive(constants, [name for name in ORTHOTROPIC_FIELDS if not name.startswith("nu")], where)
        try:
            return Elastic(orthotropic_stiffness(**constants))
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
    if kind == "j2":
        fields = _fields(entry, where, required=("law", *J2_FIELDS))
        young, poisson = (_number(fields[name], f"{where}: {name}") for name in ("young", "poisson"))
        _positive({"young": young}, ["young"], where)
        if not -1.0 < poisson < 0.5:
            raise InputError(f"{where}: poisson is {poisson}; it must lie between -1 and 0.5")
        return J2(young, poisson, _hardening(fields["hardening"], f"{where}: hardening"))
    raise InputError(f"{where}: law is {shown(kind)}; it must be 'orthotropic' or 'j2'")


def _hardening(entry: Any, where: str) -> Hardening:
    fields = _fields(entry, where, required=("initial",), optional=HARDENING_FIELDS[1:])
    values = {name: _number(value, f"{where}: {name}") for name, value in fields.items()}
    _positive(values, ["initial"], where)
    for name, value in values.items():
        if value < 0.0:
            raise InputError(f"{where}: {name} is {value}; softening is not supported, it must not be negative")
    return Hardening(**values)


def _fields(entry: Any, where: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: needs the fields {', '.join(required)}")
    missing = [name for name in required if name not in entry]
    unknown = [str(name)[:60] for name in entry if name not in (*required, *optional)]
    if missing or unknown:
        parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(unknown)}"] * bool(unknown)
        raise InputError(f"{where}: {' and '.join(parts)}; its fields are {', '.join((*required, *optional))}")
    return entry


def _number(value: Any, where: str) -> float:
    try:
        number = float("nan") if isinstance(value, bool) else float(value)  # YAML 1.1 reads 1e-3 as a string
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number):
        raise InputError(f"{where} is {shown(value)}; it must be a finite number")
    return number


def _positive(values: Mapping[str, float], names: list[str], where: str) -> None:
    for name in names:
        if values[name] <= 0.0:
            raise InputError(f"{where}: {name} is {values[name]}; it must be positive")
        if not 1e-30 <= values[name] <= 1e30:
            raise InputError(f"{where}: {name} is {values[name]}; it must lie between 1e-30 and 1e30")
