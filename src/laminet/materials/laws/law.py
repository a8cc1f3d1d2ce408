"""What a constitutive law knows about itself; nothing outside this folder knows one law from another."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from laminet.errors import InputError
from laminet.materials.stiffness import young_moduli
from laminet.settings import read
from laminet.yaml_files import NUMBER

LAWS: dict[str, type["Law"]] = {}
"""The laws of the materials YAML by their names there; a law enters when its class is made."""


class NativeLaw(NamedTuple):
    """A law as native code and exported files know it.

    Attributes:
        name: of the law in native/laws.
        constants: its numbers there, stress in GPa.
        external: of a law whose code is not laminet's, what `_native.Law.external` takes instead.
    """

    name: str
    constants: tuple[float, ...]
    external: Any = None


class Derivatives(NamedTuple):
    """Derivatives of an update with respect to what it starts from, for n points with s numbers of state each.

    Attributes:
        stress_state: (n, 6, s) of the stress with respect to the old state, at fixed strain.
        state_strain: (n, s, 6) of the new state with respect to the strain.
        state_state: (n, s, s) of the new state with respect to the old one.
    """

    stress_state: np.ndarray
    state_strain: np.ndarray
    state_state: np.ndarray


class Law(ABC):
    """Stress, tangent and state of points that share one material. Strain and stress are Mandel vectors, in GPa.

    A law is a frozen dataclass, equal to another of equal numbers. Its fields are those of the materials YAML: floats,
    a YieldStress or dataclasses of floats; others need a `from_fields` and `to_fields` of their own. Its
    `__post_init__` raises InputError where a field is out of range; by default where they give no stiffness.

    Attributes:
        name: of the law in the materials YAML; empty where it has none.
        title: what `laminet info` calls it.
        layout: names and sizes of the parts of a point's state, in their order. A virgin state is zero. Six numbers
            are a Mandel vector.
        files: the fields that are paths of files. In a materials file they are relative to its folder.
        linear: the tangent is the stiffness everywhere.
        symmetric: the tangent is symmetric.
        rate_dependent: the update depends on the duration of the increment, see `over`.
        couples: the law may give a stress in components that its stiffness does not couple to the strain, such as
            pressure under shear.
        on_tensors: `update` takes tensors of PyTorch, too, on any device.
        tested: networks with this law in a phase were compared with the RVE (docs/scope.md). What is linear counts as
            tested anyway.
        stiffness: elastic stiffness (6, 6).
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    layout: ClassVar[Mapping[str, int]] = {}
    files: ClassVar[tuple[str, ...]] = ()
    linear: ClassVar[bool] = False
    rate_dependent: ClassVar[bool] = False
    couples: ClassVar[bool] = True
    on_tensors: ClassVar[bool] = False
    tested: ClassVar[bool] = False

    if TYPE_CHECKING:  # a property here would stand in the way of a field

        @property
        @abstractmethod
        def stiffness(self) -> np.ndarray:
            """Elastic stiffness (6, 6)."""

        @property
        def symmetric(self) -> bool:
            """Whether the tangent is symmetric."""

    else:
        symmetric = True

    def __post_init__(self) -> None:
        _ = self.stiffness  # refuses constants that give none

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if name := cls.__dict__.get("name"):
            known = LAWS.setdefault(name, cls)
            if known.__module__ != cls.__module__:
                raise InputError(f"{cls.__module__}: the law '{name}' is that of {known.__module__}; rename it")
            LAWS[name] = cls

    @abstractmethod
    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress (n, 6), consistent tangent (n, 6, 6) and new state (n, s) at total strain (n, 6) from `state` (n, s).

        Raises:
            ConvergenceError: a strain for which there is no stress.
        """

    def over(self, duration: float) -> "Law":
        """The law of an increment of so many seconds; itself unless it is rate-dependent.

        The law that it returns has the same name, layout and stiffness. Of a rate-dependent law, only what `over`
        returns is updated: networks, cells and material points call it once an increment, and again for its halves.
        A duration of zero is an increment so fast that nothing flows with time.
        """
        return self

    def derivatives(self, strain: np.ndarray, state: np.ndarray) -> Derivatives:
        """Derivatives of `update` with respect to `state`, and of the new state with respect to the strain.

        They are exact where no point begins or ceases to flow; the tangent is the fourth of them.

        Raises:
            InputError: the law has a state and no derivatives.
        """
        if self.state_size:
            raise InputError(f"the law {type(self).__name__} has no derivatives with respect to its state")
        points = len(strain)
        return Derivatives(np.zeros((points, 6, 0)), np.zeros((points, 0, 6)), np.zeros((points, 0, 0)))

    def differentiable_update(self, strain: Any, state: Any) -> tuple[Any, Any]:
        """Stress (n, 6) and new state (n, s) as of `update`, for PyTorch tensors, which differentiates them.

        By default of a law that is linear. What a law iterates, it finds without a graph; one Newton step with a graph
        then has the derivative of the implicit function.

        Raises:
            InputError: the law has no such form.
        """
        if not self.linear:
            raise InputError(
                f"the law {type(self).__name__} has no differentiable_update; a training on curves needs one"
            )
        return strain @ strain.new_tensor(self.stiffness), state

    def secant(self, strain_increment: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Symmetric secant (n, 6, 6) that maps each strain increment (n, 6) to its stress increment.

        By default of a law that is linear but for the part plastic_strain of its states `old` and `new` (n, s):
        C - (C dp)(C dp)^T / (de . C dp), with dp the increment of plastic strain over the strain increment de
        (physics notes). The denominator is positive wherever there is associated flow without softening; where it is
        not, the secant is the elastic stiffness C.

        Raises:
            InputError: the law is neither linear nor has it a plastic strain.
        """
        if self.linear:
            return np.broadcast_to(self.stiffness, (len(strain_increment), 6, 6))
        if "plastic_strain" not in self.layout:
            raise InputError(f"the law {type(self).__name__} has no secant; take a scheme with tangents")
        relaxed = np.einsum("ij,nj->ni", self.stiffness, self.split(new - old)["plastic_strain"])
        work = np.einsum("ni,ni->n", strain_increment, relaxed)
        scale = np.divide(1.0, work, out=np.zeros_like(work), where=work > 0.0)
        return self.stiffness - scale[:, None, None] * relaxed[:, :, None] * relaxed[:, None, :]

    @cached_property
    def state_size(self) -> int:
        """Numbers of a point's state."""
        return sum(self.layout.values())

    def split(self, state: np.ndarray) -> dict[str, np.ndarray]:
        """Views of the parts of states (..., s) by name: (..., size), or (...) where the size is one."""
        parts, begin = {}, 0
        for name, size in self.layout.items():
            parts[name] = state[..., begin] if size == 1 else state[..., begin : begin + size]
            begin += size
        return parts

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], where: str) -> Self:
        """The law of the materials YAML with these fields, `law` among them; `where` names them in messages.

        Raises:
            InputError: a missing, unknown or wrong field.
        """
        return read(cls, plain(fields), where)

    def to_fields(self) -> dict[str, Any]:
        """The fields of the materials YAML.

        Raises:
            InputError: the law has no such form.
        """
        if not self.name:
            raise InputError(f"the law {type(self).__name__} has no form in a materials file")
        return {"law": self.name, **asdict(self)}  # type: ignore[call-overload]

    def describe(self) -> str:
        """The law in a few words, with its elastic moduli."""
        moduli = ", ".join(f"{value:.4g}" for value in young_moduli(self.stiffness))
        return f"{self.title or self.name or type(self).__name__}, E = {moduli} GPa"

    def doubt(self) -> str | None:
        """What the numbers probably do not mean, for a warning; None where nothing is strange."""
        return None

    def native(self) -> NativeLaw:
        """The law for native code.

        Raises:
            InputError: it exists in Python only.
        """
        raise InputError(
            f"the law {type(self).__name__} is not compiled; evaluate with backend 'numpy', train on curves with "
            "backend 'torch'; it cannot be exported"
        )


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a law in a materials file but for `law`; text is a number where YAML 1.2 has one, such as 1e-4."""
    return {name: _plain(value) for name, value in fields.items() if name != "law"}


def _plain(value: Any, lists: int = 2) -> Any:
    """A value of a materials file; text is a number where it is one of YAML 1.2, such as the 1e-4 that others leave.

    Lists within `lists` lists stay as they are: references of YAML make a few lines of deeper ones endless.
    """
    if isinstance(value, Mapping):
        return {name: _plain(entry, lists) for name, entry in value.items()}
    if isinstance(value, list) and lists:
        return [_plain(entry, lists - 1) for entry in value]
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value
