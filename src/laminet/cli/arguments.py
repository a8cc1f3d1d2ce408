"""Arguments that several commands share, and what becomes of them."""

import argparse
import inspect
import itertools
import os
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from laminet.cli.places import Input, Output
from laminet.errors import InputError
from laminet.loading.settings import LoadSettings
from laminet.settings import Settings, is_required, option, parts, read, settings_within, text_of

Kind = TypeVar("Kind", bound=Settings)

NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)[eE][-+]?\d{1,3}")
"""Negative numbers with an exponent."""

METAVARS = {int: "N", float: "NUMBER", str: "TEXT"}
"""What the help calls values of a type."""


def _options(kind: type[Settings], prefix: str = "") -> Iterator[tuple[tuple[str, ...], str, "Field[Any]"]]:
    """Of every setting, those within settings, too: names of the fields that lead to it, its option and its field."""
    for field in fields(kind):
        inner, how = settings_within(field), option(field.type)
        if inner:
            for path, name, each in _options(inner, f"{field.name}_" if how is None else how.name):
                yield (field.name, *path), name, each
        else:
            yield (field.name,), how.name if how else prefix + field.name, field


def add_options(
    added: argparse._ActionsContainer,
    *kinds: type[Settings],
    only: Collection[str] = (),
    said: Mapping[str, str] | None = None,
) -> None:
    """Add an option for every setting, with its name.

    Args:
        added: the parser of a command, or a group of its options.
        kinds: settings classes.
        only: settings that become options; all by default.
        said: for settings whose default depends on another option, what the help says of it; by name, of settings
            within settings such as "curve.batch".
    """
    for path, name, field in itertools.chain.from_iterable(map(_options, kinds)):
        if only and path[0] not in only:
            continue
        how, meaning = option(field.type), parts(field.type)[2]
        of_default = (said or {}).get(".".join(path))
        required = is_required(field) and of_default is None
        default, keywords = None if required else field.default, _keywords(field.type)
        if keywords.get("action") == "append":
            meaning += " (repeatable" + (")" if default is MISSING else f"; default: {text_of(default)})")
            default = None
        if of_default is not None:
            meaning, default = f"{meaning} ({of_default})", argparse.SUPPRESS
        if how and how.form and "type" not in keywords:
            meaning = f"{how.form}: {meaning}"
        about: dict[str, Any] = {"required": required, "default": default, "help": meaning.replace("%", "%%")}
        added.add_argument(f"--{name.replace('_', '-')}", **about, **keywords)


def given(args: argparse.Namespace, kind: type[Settings]) -> dict[str, Any]:
    """Values of the options of a settings class that the command has; one that was not given has its default."""
    values: dict[str, Any] = {}
    for (*within, last), name, _ in _options(kind):
        if (value := getattr(args, name, None)) is not None:
            reduce(lambda outer, key: outer.setdefault(key, {}), within, values)[last] = value
    return values


def settings_of(args: argparse.Namespace, kind: type[Kind], **others: Any) -> Kind:
    """The settings that were given; `others` take their place.

    Raises:
        InputError: a value out of range.
    """
    return read(kind, given(args, kind) | others)


def _keywords(annotation: Any) -> dict[str, Any]:
    """How argparse reads values of an annotation."""
    kind, how = parts(annotation)[0], option(annotation)
    args = [parts(each)[0] for each in get_args(kind) if each not in (..., type(None))]
    if get_origin(kind) is Literal:
        return {"choices": get_args(kind)}
    if get_origin(kind) is tuple:
        if how and how.form:
            return {"type": lambda text: tuple(part.strip() for part in text.split(",")), "metavar": how.form}
        if how:
            return {"action": "append", **_keywords(args[0])}
        count = "+" if get_args(kind)[-1] is ... else len(args)
        metavar = {} if get_origin(args[0]) is Literal or count == "+" else {"metavar": ("LOW", "HIGH")}
        return {"nargs": count, **_keywords(args[0]), **metavar}
    if how and how.form:
        return {"action": "append", "metavar": f"{how.form.split(',')[0]},..."}
    if kind in METAVARS:
        return {"type": kind, "metavar": METAVARS[kind]}
    return _keywords(args[-1])  # of a number or several: several


if TYPE_CHECKING:
    from laminet.loading.paths import LoadPath
    from laminet.materials.library import Composite

FILES = {
    "html": "the page that is written (HTML)",
    "rve": "an RVE file",
    "data": "an elastic data file",
    "materials": "a materials YAML",
    "network": "a network file",
    "composite": "which composite of the materials",
}


class Parser(argparse.ArgumentParser):
    """A parser that takes a negative number with an exponent for a value; argparse does since Python 3.14."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """See ArgumentParser; argparse meets such a number in digits, of the same value."""
        given = sys.argv[1:] if args is None else args
        plain = [f"{Decimal(text):f}" if NEGATIVE.fullmatch(text) else text for text in given]
        return super().parse_known_args(plain, namespace)


class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Help with the defaults that say something, and examples as they stand."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or action.default is False or action.default in (None, argparse.SUPPRESS, [], (), ""):
            return action.help
        if isinstance(action.default, tuple | float):
            between = "," if action.nargs is None else " "
            return f"{action.help} (default: {text_of(action.default, between)})"
        return super()._get_help_string(action)


def command(
    commands: Any, function: Callable[[argparse.Namespace], None], *names: str, writes: type[Output] = Output
) -> argparse.ArgumentParser:
    """Add the command that runs a function, called and described as the function is, with its required files.

    The first paragraph of the function's docstring is its help; lines that are indented further, if any, its examples.
    The files `out` and `html` are of the kind `writes`, the others are read.
    """
    meaning, _, examples = (inspect.getdoc(function) or "").partition("\n\n")
    added = commands.add_parser(
        function.__name__.rstrip("_"),
        help=meaning,
        description=textwrap.fill(" ".join(meaning.split()), 79),
        epilog=examples or None,
        formatter_class=Formatter,
    )
    added.set_defaults(run=function, program=added.prog)
    for name in names:
        kind: type[str] = writes if name in ("out", "html") else str if name == "composite" else Input
        meaning, metavar = FILES.get(name, writes.meaning), "NAME" if kind is str else "FILE"
        if name == "out":
            metavar = writes.metavar
        added.add_argument(f"--{name}", required=True, type=kind, help=meaning, metavar=metavar)
    return added


def add_networks_and_composites(added: argparse.ArgumentParser) -> None:
    """Add the options of one network or several, and of the composites of materials."""
    meaning = "a network file, or several of one kind, such as seeds (repeatable)"
    added.add_argument("--network", required=True, action="extend", nargs="+", type=Input, metavar="FILE", help=meaning)
    meaning = FILES["materials"]
    added.add_argument("--materials", required=True, action="append", type=Input, metavar="FILE", help=meaning)
    meaning = "of the materials (repeatable; default: all)"
    added.add_argument("--composite", action="append", default=[], metavar="NAME", help=meaning)


def tell(out: str) -> None:
    """Say what a command has written, unless that went to a null device."""
    from laminet.info import facts

    if os.path.isfile(out):
        print(facts(out))


def composites_of(args: argparse.Namespace) -> list["Composite"]:
    """The composites of those options.

    Raises:
        InputError: unreadable materials, or no composite of a name.
    """
    from laminet.materials.library import read_materials, select

    known = read_materials(*args.materials)
    return [select(known, name, ", ".join(args.materials)) for name in args.composite or known]


def composite_of(args: argparse.Namespace) -> "Composite":
    """The composite of the options `materials` and `composite`.

    Raises:
        InputError: unreadable materials, or no composite of that name.
    """
    from laminet.materials.library import read_materials, select

    return select(read_materials(args.materials), args.composite, args.materials)


def load_paths(args: argparse.Namespace) -> list[list["LoadPath"]]:
    """Load paths[control][load case] of the options of LoadSettings: the six cases, then those named.

    Raises:
        InputError: a name that is given twice, or a path or setting out of range.
    """
    from laminet.loading import paths

    named: dict[str, list[dict[str, float]]] = {}
    for name, vertices in map(paths.parse, args.path or ()):
        if name in named:
            raise InputError(f"load path '{name}' is given twice; give another name")
        named[name] = vertices
    settings = settings_of(args, LoadSettings, paths=named)
    how = settings.steps, settings.strain, settings.duration
    return paths.by_control(settings.controls, paths.CASES, settings.paths, *how)


def parameters(args: argparse.Namespace, without: Sequence[str] = ()) -> dict[str, Any]:
    """What the result depends on: every argument but the names of files, and how it is computed.

    What an input holds is recorded by a file's other digests: the same file may have many names.
    """
    left_out = {"run", "program", "command", "out", "threads", "device", *without}
    kept = {key: value for key, value in vars(args).items() if key not in left_out}
    first = {key: value[0] if isinstance(value, list) and value else value for key, value in kept.items()}
    return {key: value for key, value in kept.items() if not isinstance(first[key], Input)}
