"""Options of a command from a settings class, and the settings from what was given."""

import argparse
import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from functools import reduce
from typing import Any, Literal, TypeVar, get_args, get_origin

from laminet.settings import Settings, is_required, option, parts, read, settings_within, text_of

Kind = TypeVar("Kind", bound=Settings)


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
    added: argparse.ArgumentParser,
    *kinds: type[Settings],
    only: Collection[str] = (),
    said: Mapping[str, str] | None = None,
) -> None:
    """Add an option for every setting, called as it is.

    Args:
        added: the parser of a command.
        kinds: settings classes.
        only: settings that become options; all by default.
        said: for settings whose default depends on another option, what the help says of it.
    """
    for path, name, field in itertools.chain.from_iterable(map(_options, kinds)):
        if only and path[0] not in only:
            continue
        how, required, meaning = option(field.type), is_required(field), parts(field.type)[2]
        default, keywords = None if required else field.default, _keywords(field.type)
        if keywords.get("action") == "append":
            meaning += " (repeatable" + (")" if default is MISSING else f"; default: {text_of(default)})")
            default = None
        if said and field.name in said:
            meaning, default = f"{meaning} ({said[field.name]})", argparse.SUPPRESS
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
    if kind in (int, float, str):
        return {"type": kind}
    return _keywords(args[-1])  # of a number or several: several
