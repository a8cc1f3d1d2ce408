"""Composites from a materials YAML or from the same mapping in a config file."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from laminet.errors import InputError, shown, warn
from laminet.materials.elastic import (
    SOFTEST,
    STIFFEST,
    check_positive,
    isotropic_stiffness,
    orthotropic_stiffness,
    unlikely_ratio,
)
from laminet.materials.laws import J2, Elastic, Hardening, Law
from laminet.yaml_files import NUMBER, read_yaml

ORTHOTROPIC_FIELDS = ("E11", "E22", "E33", "G12", "G13", "G23", "nu12", "nu13", "nu23")
J2_FIELDS = ("young", "poisson", "hardening")
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
    return composites(read_yaml(path), str(path))


def read_several(paths: Iterable[Path | str]) -> dict[str, Composite]:
    """Composites of several materials YAMLs, by name.

    Raises:
        InputError: as `read_materials`, or a name that means different composites in two files.
    """
    known: dict[str, Composite] = {}
    origin: dict[str, Path | str] = {}
    for path in paths:
        for name, entry in read_materials(path).items():
            if known.setdefault(name, entry) != entry:
                raise InputError(f"{path}: composite '{name}' differs from that in {origin[name]}; rename one of them")
            origin.setdefault(name, path)
    return known


def composites(mapping: Any, where: str) -> dict[str, Composite]:
    """Composites of a mapping from names to {phase_1: ..., phase_2: ...}; `where` names its file in messages.

    Raises:
        InputError: no mapping, a name given twice (1 and "1" are one), or a wrong field.
    """
    if not isinstance(mapping, Mapping) or not mapping:
        raise InputError(f"{where}: holds no composites; see the materials format in the docs")
    known: dict[str, Composite] = {}
    for key, entry in mapping.items():
        if (name := str(key)) in known:
            raise InputError(f"{where}: composite '{name}' is given twice; remove one")
        known[name] = composite(name, entry, where)
    return known


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

    Warns:
        LaminetWarning: a Poisson's ratio that looks like that of the other convention, or moduli of another unit.
    """
    where = f"{where}: composite '{name}'"
    fields = _fields(entry, where, required=("phase_1", "phase_2"))
    made = Composite(name, *(_law(fields[phase], f"{where}: {phase}") for phase in ("phase_1", "phase_2")))
    stiffest = max(float((1.0 / np.diagonal(np.linalg.inv(law.stiffness))[:3]).max()) for law in made.laws)
    if not SOFTEST <= stiffest <= STIFFEST:
        limit = f"above {STIFFEST:g}" if stiffest > STIFFEST else f"below {SOFTEST:g}"
        warn(f"{where}: its largest Young's modulus is {stiffest:.2g} GPa, {limit} GPa: is the unit right?")
    return made


def _law(entry: Any, where: str) -> Law:
    kind = entry.get("law") if isinstance(entry, Mapping) else None
    if kind == "orthotropic":
        fields = _fields(entry, where, required=("law", *ORTHOTROPIC_FIELDS))
        constants = {name: _number(fields[name], f"{where}: {name}") for name in ORTHOTROPIC_FIELDS}
        law: Law = Elastic(_stiffness(orthotropic_stiffness, constants, where))
        values = list(constants.values())
        if doubt := unlikely_ratio(values[:3], values[6:]):
            warn(f"{where}: {doubt}")
        return law
    if kind == "j2":
        fields = _fields(entry, where, required=("law", *J2_FIELDS))
        constants = {name: _number(fields[name], f"{where}: {name}") for name in ("young", "poisson")}
        _stiffness(isotropic_stiffness, constants, where)
        return J2(**constants, hardening=_hardening(fields["hardening"], f"{where}: hardening"))
    raise InputError(f"{where}: law is {shown(kind)}; it must be 'orthotropic' or 'j2'")


def _stiffness(law: Callable[..., np.ndarray], constants: Mapping[str, float], where: str) -> np.ndarray:
    try:
        return law(**constants)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _hardening(entry: Any, where: str) -> Hardening:
    fields = _fields(entry, where, required=("initial",), optional=HARDENING_FIELDS[1:])
    values = {name: _number(value, f"{where}: {name}") for name, value in fields.items()}
    try:
        check_positive({"initial": values["initial"]}, "for flow from the start take 1e-6 of young")
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
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
    """A finite number; text counts where it is one of YAML 1.2, such as the 1e-4 that other readers leave as text."""
    number = np.nan
    if not isinstance(value, bool | np.bool_ | str) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            number = float(value)
    if not np.isfinite(number):
        raise InputError(f"{where} is {shown(value)}; it must be a finite number")
    return number
