"""Settings: a field says once what it means, which values it takes and what it is without one.

@dataclass(frozen=True)
class Mesh(Settings):
    section = "mesh"
    refinement: Annotated[int, Limits(12, 512), "elements along a circle"] = 48

Values are checked when an object is made: `Mesh(refinement=3)` is the error "mesh: refinement is 3; it must be a whole
number from 12 to 512". Command-line options (laminet.cli.arguments), sections of a configuration (`read`) and tables of
the documentation (`table`) are made from the same line.
"""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from numbers import Integral, Real
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from laminet.errors import InputError, shown


@dataclass(frozen=True)
class Limits:
    """Limits of a number, or of every number of a tuple.

    Attributes:
        least, most: limits that are allowed themselves.
        above, below: limits that are not.
        ascending: whether no number of a tuple is smaller than the one before.
        distinct: whether no value of a tuple is there twice.
        count: values that a tuple has at least.
    """

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    ascending: bool = False
    distinct: bool = False
    count: int = 0

    def fits(self, value: Any) -> bool:
        """Whether a value keeps to the limits."""
        values = list(value) if isinstance(value, tuple) else [value]
        numbers = [entry for entry in values if isinstance(entry, int | float)]
        return (
            all(self.least <= entry <= self.most and self.above < entry < self.below for entry in numbers)
            and not (self.ascending and values != sorted(values))
            and not (self.distinct and len(set(values)) < len(values))
            and len(values) >= self.count
        )

    def __str__(self) -> str:
        words = {"of at least": self.least, "above": self.above, "of at most": self.most, "below": self.below}
        text = " and ".join(f"{word} {value}" for word, value in words.items() if math.isfinite(value))
        if math.isfinite(self.least) and math.isfinite(self.most):
            text = f"from {self.least} to {self.most}"
        text = f" {text}" if text else ""
        text += f", {self.count} or more" if self.count > 1 else ""
        return text + ", ascending" * self.ascending + ", each once" * self.distinct


@dataclass(frozen=True)
class Text:
    """What a text must look like: a pattern for all of it, and the same in words."""

    pattern: str
    words: str

    def fits(self, value: str) -> bool:
        """Whether a text has the pattern."""
        return re.fullmatch(self.pattern, value) is not None

    def __str__(self) -> str:
        return f" {self.words}"


@dataclass(frozen=True)
class Option:
    """How a field is given on the command line where the field's name is not the option.

    Attributes:
        name: of the option that gives one value of a tuple or mapping and may be repeated; of settings within
            settings, what the names of their options begin with.
        form: of the option's value.
    """

    name: str
    form: str | None = None


Seed = Annotated[int, Limits(0, 2**63 - 1)]
"""A seed that a generator takes and a file holds."""

Count = Annotated[int, Limits(1)]
Positive = Annotated[float, Limits(above=0)]
Share = Annotated[float, Limits(0, 1)]
Tolerance = Annotated[float, Limits(above=0, below=1)]


@dataclass(frozen=True)
class Settings:
    """Base of all settings: a frozen dataclass whose fields are annotated with `Limits` and their meaning.

    Values become those of the annotation: lists tuples, whole numbers for a real field real, NumPy's numbers Python's.

    Raises:
        InputError: the first value that does not fit, by section and field, and what it must be.
    """

    section: ClassVar[str] = "settings"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = check(field.type, getattr(self, field.name), f"{self.section}: {field.name}")
            object.__setattr__(self, field.name, value)


Kind = TypeVar("Kind")


def check(annotation: Any, value: Any, what: str, complete: bool = False) -> Any:
    """The value as an annotation has it; settings within settings, `complete` or not, as `read` has them.

    Raises:
        InputError: it does not fit; the message begins with `what` and says what it must be.
    """
    try:
        return _taken(annotation, value, what, complete)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} is {shown(value)}; it must be {wanted(annotation)}") from None


def read(kind: type[Kind], values: Any, what: str | None = None, complete: bool = False) -> Kind:
    """Settings, or another dataclass, of a mapping; those within settings from mappings, too.

    Args:
        kind: their class.
        values: a mapping from fields to values.
        what: what messages begin with; the section of settings by default.
        complete: whether every field must be there, also those with a default.

    Raises:
        InputError: no mapping, an unknown or missing field, or a value that does not fit.
    """
    what = what or getattr(kind, "section", "settings")
    if not isinstance(values, Mapping):
        raise InputError(f"{what} is {shown(values)}; it must be a mapping from settings to values")
    types = get_type_hints(kind, include_extras=True)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := [str(name) for name in values if name not in known]:
        raise InputError(f"{what}: unknown setting {', '.join(unknown)}; there are {', '.join(known)}")
    for name, field in known.items():
        if name not in values and (complete or is_required(field)):
            raise InputError(f"{what}: {name} is missing; it must be {wanted(types[name])}")
    checked = {name: check(types[name], value, f"{what}: {name}", complete) for name, value in values.items()}
    try:
        return kind(**checked)
    except InputError as error:
        raise error if issubclass(kind, Settings) else InputError(f"{what}: {error}") from error


def wanted(annotation: Any) -> str:
    """What a value must be, in words: "a whole number from 1 to 16", "one of strain, stress"."""
    kind, limits, _ = parts(annotation)
    origin, args = get_origin(kind), get_args(kind)
    text = "".join(map(str, limits))
    if origin is Literal:
        return f"one of {', '.join(map(str, args))}"
    if origin in (Union, UnionType):
        return " or ".join(wanted(each) for each in args if each is not type(None))
    if origin is tuple:
        count = "several" if args[-1] is ... else {2: "two"}.get(len(args), str(len(args)))
        if get_origin(args[0]) is tuple:
            return f"{count} lists of {wanted(args[0])}{text}"
        each = re.sub(r"^an? ", "", wanted(args[0]).replace("one of", "of"))
        each = re.sub("number|name|mapping|text", r"\g<0>s", each, count=1)
        return f"{count} {each}{text}"
    words = {
        int: "a whole number",
        float: "a number",
        str: "a name" if text else "text",
        bool: "true or false",
        Any: "a value",
    }
    return words.get(kind, "a mapping") + text


def parts(annotation: Any) -> tuple[Any, list[Limits | Text], str]:
    """Of an annotation the type, the limits and the meaning."""
    if get_origin(annotation) is not Annotated:
        return annotation, [], ""
    kind, *notes = get_args(annotation)
    limits = [note for note in notes if isinstance(note, Limits | Text)]
    return kind, limits, next((note for note in notes if isinstance(note, str)), "")


def option(annotation: Any) -> Option | None:
    """Of an annotation how it is given on the command line, None for by its name."""
    return next((note for note in get_args(annotation) if isinstance(note, Option)), None)


def is_required(field: "Field[Any]") -> bool:
    """Whether a field has no default."""
    return field.default is field.default_factory is MISSING


def settings_within(field: "Field[Any]") -> type[Settings] | None:
    """The class of a field that holds settings itself."""
    kind = parts(field.type)[0]
    return kind if isinstance(kind, type) and issubclass(kind, Settings) else None


def table(kind: type[Settings]) -> str:
    """A table for the documentation: name, default, values and meaning of every setting, as Markdown."""
    return "\n".join(["| setting | default | values | meaning |", "|---|---|---|---|", *_rows(kind)])


def _rows(kind: type[Settings], prefix: str = "") -> Iterator[str]:
    for field in fields(kind):
        inner, (_, _, meaning) = settings_within(field), parts(field.type)
        if inner:
            yield from _rows(inner, f"{prefix}{field.name}.")
            continue
        default = "" if field.default is MISSING or field.default is None else f"`{text_of(field.default, ', ')}`"
        cells = f"`{prefix}{field.name}`", default, wanted(field.type), meaning.replace("|", r"\|")
        yield "| " + " | ".join(cells).replace("  ", " ") + " |"


def text_of(value: Any, between: str = " ") -> str:
    """A default as people read it."""
    if isinstance(value, tuple):
        return between.join(text_of(entry) for entry in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _taken(annotation: Any, value: Any, what: str, complete: bool) -> Any:
    """As `check`; TypeError or ValueError where the value does not fit."""
    kind, limits, _ = parts(annotation)
    taken = _converted(kind, value, what, complete)
    if not all(each.fits(taken) for each in limits):
        raise ValueError
    return taken


def _converted(kind: Any, value: Any, what: str, complete: bool) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        for each in args:
            with suppress(TypeError, ValueError):
                return _taken(each, value, what, complete)
        raise TypeError
    if origin is Literal and isinstance(value, str):
        return args[args.index(value)]
    if origin is tuple and not isinstance(value, str | Mapping):
        entries = tuple(value)
        each = args[:1] * len(entries) if args[-1] is ... else args
        return tuple(_taken(one, entry, what, complete) for one, entry in zip(each, entries, strict=True))
    if origin is Mapping and isinstance(value, Mapping):
        return {check(args[0], key, what): check(args[1], entry, f"{what}: {key}") for key, entry in value.items()}
    if isinstance(kind, type) and hasattr(kind, "from_fields"):  # it reads its forms itself
        return value if isinstance(value, kind) else kind.from_fields(value, what)
    if isinstance(kind, type) and is_dataclass(kind):
        return value if isinstance(value, kind) else read(kind, value, what, complete)
    if kind is Any or (kind is type(None) and value is None):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    number = {int: Integral, float: Real, str: str}.get(kind, ())
    if not isinstance(value, number) or isinstance(value, bool) or (number is Real and not math.isfinite(value)):
        raise TypeError
    return kind(value)
