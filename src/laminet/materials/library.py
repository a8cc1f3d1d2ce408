"""Composites from a materials YAML or from the same mapping in a config file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laminet.errors import InputError, check_choice, check_name, warn
from laminet.materials.laws import Law
from laminet.materials.laws.law import LAWS
from laminet.materials.stiffness import strange_modulus, young_moduli
from laminet.yaml_files import read_yaml


@dataclass(frozen=True)
class Composite:
    """The laws of phases 1, 2, ..., at least one; in a composite of two phases 1 is the matrix, 2 the fibre.

    Raises:
        InputError: no law, or a name that cannot be part of a file's name.
    """

    name: str
    laws: tuple[Law, ...]

    def __post_init__(self) -> None:
        check_name(self.name, "composite")
        object.__setattr__(self, "laws", tuple(self.laws))
        if not self.laws:
            raise InputError(f"composite '{self.name}' has no phase; give it at least one law")

    def laws_of(self, phases: int, owner: str) -> tuple[Law, ...]:
        """The laws, one for each phase of their owner.

        Raises:
            InputError: the owner has another number of phases.
        """
        if (number := len(self.laws)) != phases:
            count = f"{number} phase{'s' * (number != 1)}"
            raise InputError(f"composite '{self.name}' has {count}, the {owner} {phases}; they must be equal")
        return self.laws

    @property
    def text(self) -> str:
        """The laws as one line of text, equal for equal laws; empty where a law has no form in a materials file.

        Of files that laws name there is the name alone, wherever they lie.
        """
        try:
            fields = self.to_fields()
        except InputError:
            return ""
        for law, entry in zip(self.laws, fields.values(), strict=True):
            entry |= {name: Path(entry[name]).name for name in law.files}
        return json.dumps(fields, sort_keys=True)

    def to_fields(self) -> dict[str, Any]:
        """The mapping {phase_1: ..., phase_2: ...} of the materials YAML, which `composite` reads.

        Raises:
            InputError: a law has no such form.
        """
        return {f"phase_{number}": law.to_fields() for number, law in enumerate(self.laws, 1)}


def read_materials(*paths: Path | str) -> dict[str, Composite]:
    """Composites of materials YAMLs, by name.

    Raises:
        InputError: missing file, malformed YAML, a wrong field, naming composite, phase and field, or a name that means
            different composites in two files.
    """
    known: dict[str, tuple[Composite, Path | str]] = {}
    for path in paths:
        for name, entry in composites(read_yaml(path), str(path), Path(path).parent).items():
            first, origin = known.setdefault(name, (entry, path))
            if first != entry:
                raise InputError(f"{path}: composite '{name}' differs from that in {origin}; rename one of them")
    return {name: first for name, (first, _) in known.items()}


def composites(mapping: Any, where: str, folder: Path | None = None) -> dict[str, Composite]:
    """Composites of a mapping from names to {phase_1: ..., phase_2: ...}; `where` names its file in messages,
    and files that laws name are relative to `folder`.

    Raises:
        InputError: no mapping, a name given twice (1 and "1" are one), or a wrong field.
    """
    if not isinstance(mapping, Mapping) or not mapping:
        raise InputError(f"{where}: holds no composites; write NAME: {{phase_1: {{law: ...}}, phase_2: {{...}}}}")
    known: dict[str, Composite] = {}
    for key, entry in mapping.items():
        if (name := str(key)) in known:
            raise InputError(f"{where}: composite '{name}' is given twice; remove one")
        known[name] = composite(name, entry, where, folder)
    return known


def select(composites: Mapping[str, Composite], name: str, path: Path | str) -> Composite:
    """The composite of that name.

    Raises:
        InputError: unknown name; the message lists the known ones.
    """
    if not isinstance(name, str) or name not in composites:
        raise InputError(f"{path}: no composite '{name}'; it has {', '.join(sorted(composites))}")
    return composites[name]


def composite(name: str, entry: Any, where: str, folder: Path | None = None) -> Composite:
    """Composite of the mapping {phase_1: ..., phase_2: ...}; `where` names its file in messages,
    and files that laws name are relative to `folder`, by default the present one.

    Raises:
        InputError: phases that are not numbered from 1, or a missing, unknown or wrong field.

    Warns:
        LaminetWarning: a Poisson's ratio that looks like that of the other convention, or moduli of another unit.
    """
    where = f"{where}: composite '{name}'"
    given = list(entry) if isinstance(entry, Mapping) else []
    phases = [f"phase_{number}" for number in range(1, len(given) + 1)]
    if not phases or set(given) != set(phases):
        listed = ", ".join(str(key)[:60] for key in given[:9]) or "none"
        raise InputError(f"{where}: its phases are {listed}; they must be phase_1, phase_2, ... without a gap")
    made = Composite(name, tuple(_law(entry[phase], f"{where}: {phase}", folder) for phase in phases))
    stiffest = max(float(young_moduli(law.stiffness).max()) for law in made.laws)
    if limit := strange_modulus(stiffest):
        warn(f"{where}: its largest Young's modulus is {stiffest:.2g} GPa, {limit} GPa: is the unit right?")
    return made


def _law(entry: Any, where: str, folder: Path | None) -> Law:
    kind = entry.get("law") if isinstance(entry, Mapping) else None
    check_choice(kind, sorted(LAWS), f"{where}: law")
    known = LAWS[str(kind)]
    if folder is not None:
        entry = entry | {name: str(folder / entry[name]) for name in known.files if isinstance(entry.get(name), str)}
    law = known.from_fields(entry, where)
    if doubt := law.doubt():
        warn(f"{where}: {doubt}")
    return law
