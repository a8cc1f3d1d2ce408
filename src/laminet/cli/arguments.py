"""Arguments that several commands share, and what becomes of them."""

import argparse
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from laminet.cli.options import settings_of
from laminet.cli.places import Input, Output
from laminet.errors import InputError
from laminet.loading.settings import LoadSettings
from laminet.settings import text_of

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


class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Help with the defaults that say something, and examples as they stand."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or action.default is False or action.default in (None, argparse.SUPPRESS, []):
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
    added.set_defaults(run=function)
    for name in names:
        kind: type[str] = writes if name in ("out", "html") else str if name == "composite" else Input
        meaning, metavar = FILES.get(name, writes.meaning), "NAME" if kind is str else "FILE"
        if name == "out":
            metavar = writes.metavar
        added.add_argument(f"--{name}", required=True, type=kind, help=meaning, metavar=metavar)
    return added


def composite_of(args: argparse.Namespace) -> "Composite":
    """The composite of the options `materials` and `composite`."""
    from laminet.materials.library import read_materials, select

    return select(read_materials(args.materials), args.composite, args.materials)


def load_paths(args: argparse.Namespace) -> list[list["LoadPath"]]:
    """Load paths[control][load case] of the options of LoadSettings: the six cases, then those named."""
    from laminet.loading import paths

    named: dict[str, list[dict[str, float]]] = {}
    for name, vertices in map(paths.parse, args.path or ()):
        if name in named:
            raise InputError(f"load path '{name}' is given twice; give another name")
        named[name] = vertices
    settings = settings_of(args, LoadSettings, paths=named)
    return paths.by_control(settings.controls, paths.CASES, settings.paths, settings.steps, settings.strain)


def parameters(args: argparse.Namespace, without: Sequence[str] = ()) -> dict[str, Any]:
    """What the result depends on: every argument but the names of files, and how it is computed.

    What an input holds is told by a file's other digests: the same file may have many names.
    """
    left_out = {"run", "command", "out", "threads", *without}
    kept = {key: value for key, value in vars(args).items() if key not in left_out}
    return {key: value for key, value in kept.items() if not _names_inputs(value)}


def _names_inputs(value: object) -> bool:
    return isinstance(value, Input) or (isinstance(value, list) and any(isinstance(entry, Input) for entry in value))
