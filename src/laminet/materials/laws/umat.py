"""A user material of Abaqus (UMAT): the user's own compiled code is the law of a phase."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from laminet import _umat
from laminet.errors import ConvergenceError, InputError
from laminet.materials.laws.law import Law, NativeLaw
from laminet.materials.settings import StressUnit
from laminet.materials.stiffness import check_stiffness
from laminet.settings import Limits, Text, check
from laminet.source import refused
from laminet.units import STRESS_UNITS

PROBE = 1e-8
"""Strain at which a virgin solid is still elastic, and which its stress must follow."""

LIKELY_ERROR = 1e-3
"""Of DDSDDE at no load, in shares of its largest entry: above, it is not the derivative of the stress."""

SHORTEST, LONGEST = 1e-12, 1e12  # DTIME [s]: many a UMAT divides by it
HINT = "check the number of its properties, state and unit"

_loaded: dict[str, str] = {}  # hashes by path: whatever its file holds later, a process keeps the code that it loaded


@dataclass(frozen=True, kw_only=True)
class Umat(Law):
    """A compiled UMAT for small strains. Two are equal whose libraries hold the same, wherever they lie.

    Its state is that of the UMAT and what Abaqus remembers from one call to the next.

    Attributes:
        library: path of the compiled library.
        symbol: name of the routine in it.
        properties: PROPS.
        state: number of state variables.
        unit: of its stresses.
        symmetric: DDSDDE is symmetric.
        thread_safe: several threads may call it at once.
        rate_dependent: it reads DTIME; otherwise that is 1.
        material: CMNAME.
        sha256: of the library's contents; if given, it must be theirs.
    """

    name = "umat"
    title = "user material"
    files = ("library",)

    library: str = field(compare=False)
    symbol: str = "umat_"
    properties: tuple[float, ...]
    state: Annotated[int, Limits(0, 100_000)]
    unit: StressUnit
    symmetric: bool = True
    thread_safe: bool = False
    rate_dependent: bool = False  # type: ignore[misc]
    material: Annotated[str, Text(r"[ -~]{0,80}", "of at most 80 characters")] = "USER"
    sha256: str = ""

    _duration: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, check(each.type, getattr(self, each.name), each.name))
        object.__setattr__(self, "library", str(Path(self.library).absolute()))
        object.__setattr__(self, "sha256", self._checked_hash())
        super().__post_init__()

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles load the library themselves: it belongs to one process."""
        return {name: value for name, value in vars(self).items() if name != "_compiled"}

    @cached_property
    def layout(self) -> Mapping[str, int]:  # type: ignore[override]
        """See Law.layout: the state variables, as Abaqus names them, and what the next call needs."""
        variables = {f"SDV{number}": 1 for number in range(1, self.state + 1)}
        return variables | {"last_stress": 6, "last_strain": 6, "time": 1, "increments": 1}

    @cached_property
    def stiffness(self) -> np.ndarray:
        """DDSDDE at no load (6, 6), Mandel, GPa.

        Raises:
            InputError: the routine fails at no load, reads properties or state variables that are not there, gives a
                stress that does not follow the strain, or a stiffness that is not positive definite.
        """
        where = f"DDSDDE of {self._where} at no load"
        try:
            stress, tangents = self._probed()
        except ConvergenceError as error:
            raise InputError(f"{error} at no load; {HINT}") from error
        if self._compiled.reads_beyond():
            raise InputError(f"{self._where} reads more properties or state variables than there are; give all of them")
        followed = np.abs(self._derivative(stress)).max()
        if followed < LIKELY_ERROR * np.abs(tangents).max():
            raise InputError(f"{self._where}: its stress does not follow DSTRAN; give a routine for small strains")
        definite = [number for number, each in enumerate(tangents) if np.linalg.eigvalsh(each)[0] > 0.0]
        return check_stiffness(tangents[definite[0] if definite else 0], where)

    def over(self, duration: float) -> Self:
        """See Law.over: the duration is DTIME."""
        if not self.rate_dependent:
            return self
        other = object.__new__(type(self))
        vars(other).update(vars(self), _duration=min(max(duration, SHORTEST), LONGEST))
        return other

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Law.update.

        Raises:
            ConvergenceError: it asks for a smaller increment, or gives a number that is not finite.
            InputError: it ends the analysis, or writes beyond its state.
        """
        points = len(strain)
        stress, tangent, updated = np.empty((points, 6)), np.empty((points, 6, 6)), np.empty((points, self.state_size))
        strain, state = np.ascontiguousarray(strain), np.ascontiguousarray(state)
        try:
            done, why = self._compiled.update(strain, state, self._duration, stress, tangent, updated)
        except ValueError as error:
            raise InputError(f"{error}; {HINT}") from error
        if done < points:
            raise ConvergenceError(why)
        return stress, tangent, updated

    def to_fields(self) -> dict[str, Any]:
        """See Law.to_fields."""
        return super().to_fields() | {"properties": list(self.properties)}

    def describe(self) -> str:
        """See Law.describe."""
        count = f"{self.state} state variable{'s' * (self.state != 1)}"
        return f"{super().describe()}, {self.symbol} of {Path(self.library).name} with {count}"

    def doubt(self) -> str | None:
        """See Law.doubt: DDSDDE is not the derivative of the stress."""
        stress, tangents = self._probed()
        error = np.abs(self._derivative(stress) - tangents[0]).max() / np.abs(tangents[0]).max()
        if error < LIKELY_ERROR:
            return None
        return (
            f"DDSDDE of {self._where} differs from the derivative of its stress by {error:.2g} of its largest entry at "
            "no load: does it give its components in Abaqus' order, 11, 22, 33, 12, 13, 23?"
        )

    def native(self) -> NativeLaw:
        """See Law.native."""
        return NativeLaw("umat", (), self._compiled.external)

    @property
    def _where(self) -> str:
        return f"{self.symbol} of {self.library}"

    def _checked_hash(self) -> str:
        """Hash of the library's contents.

        Raises:
            InputError: the file cannot be read, is another one than given, or than was loaded.
        """
        try:
            with open(self.library, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError) as error:
            raise InputError(f"library {refused(self.library, error)}") from error
        if self.sha256 not in ("", digest):
            raise InputError(f"library {self.library}: is not that of sha256; compile it again, or remove sha256")
        if _loaded.setdefault(self.library, digest) != digest:
            raise InputError(f"library {self.library}: has changed since it was loaded; start the program again")
        return digest

    @cached_property
    def _compiled(self) -> "_umat.UserMaterial":
        try:
            return _umat.UserMaterial(
                self.library,
                self.symbol,
                self.material,
                self.properties,
                self.state,
                STRESS_UNITS[self.unit],
                self.symmetric,
                self.thread_safe,
                self.rate_dependent,
            )
        except ValueError as error:
            raise InputError(f"library {self.library}: {error}") from error

    def _probed(self) -> tuple[np.ndarray, np.ndarray]:
        """Stress (13, 6) and tangent (13, 6, 6) of a virgin point at no strain, at PROBE and at -PROBE of each.

        They are those of an increment in which nothing flows with time.
        """
        strain = PROBE * np.concatenate([np.zeros((1, 6)), np.eye(6), -np.eye(6)])
        return self.over(0.0).update(strain, np.zeros((len(strain), self.state_size)))[:2]

    @staticmethod
    def _derivative(stress: np.ndarray) -> np.ndarray:
        """Derivative (6, 6) of the stresses of `_probed` by the strain."""
        return (stress[1:7] - stress[7:]).T / (2.0 * PROBE)
