"""Arguments that several commands share, and what becomes of them."""

import argparse
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from laminet.cli.places import Input, Output
from laminet.errors import InputError

if TYPE_CHECKING:
    from laminet.loading.paths import LoadPath

FILES = {
    "out": "the file that is written, for training a folder",
    "html": "the page that is written (HTML)",
    "rve": "an RVE file",
    "data": "an elastic data file",
    "materials": "a materials YAML",
    "network": "a network file",
}

CASES_HELP = (
    "NAME=11:0.05,12:0.02;11:0,12:0: another load case, from vertex to vertex; a component that a vertex does not name "
    "is zero there (repeatable)"
)


class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Help with the defaults that say something, and examples as they stand."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or action.default is False or action.default in (None, argparse.SUPPRESS, []):
            return action.help
        if isinstance(action.default, tuple | list):
            values = (f"{value:.4g}" if isinstance(value, float) else str(value) for value in action.default)
            return f"{action.help} (default: {' '.join(values)})"
        return super()._get_help_string(action)


def command(
    commands: Any, function: Callable[[argparse.Namespace], None], *names: str, writes: type[Output] = Output
) -> argparse.ArgumentParser:
    """Add the command that runs a function, called and described as the function is, with its required files.

    The first paragraph of the function's docstring is its help; lines that are indented further, if any, its examples.
    The files `out` and `html` are of the kind `writes`, the others are read.
    """
    about = inspect.getdoc(function) or ""
    meaning, _, examples = about.partition("\n\n")
    added = commands.add_parser(
        function.__name__.rstrip("_"),
        help=meaning,
        description=textwrap.fill(" ".join(meaning.split()), 79),
        epilog=examples or None,
        formatter_class=Formatter,
    )
    added.set_defaults(run=function)
    for name in names:
        kind = writes if name in ("out", "html") else Input
        added.add_argument(f"--{name}", required=True, type=kind, help=FILES[name], metavar="FILE")
    return added


def load_arguments(added: argparse.ArgumentParser) -> None:
    """The options that say which load paths are driven; see `load_paths`."""
    added.add_argument(
        "--control",
        action="append",
        choices=("strain", "stress"),
        help="uniaxial strain or stress (repeatable; default: both)",
    )
    added.add_argument("--steps", type=int, default=100, help="increments of each path")
    added.add_argument("--strain", type=float, default=0.05, help="the driven tensor component at the end")
    added.add_argument("--path", action="append", default=[], metavar="PATH", help=CASES_HELP)


def load_paths(args: argparse.Namespace) -> list[list["LoadPath"]]:
    """Load paths[control][load case]: the six cases, then those named."""
    from laminet.loading import paths

    named: dict[str, list[dict[str, float]]] = {}
    for name, vertices in map(paths.parse, args.path):
        if name in named:
            raise InputError(f"load path '{name}' is given twice; give another name")
        named[name] = vertices
    return paths.by_control(args.control or paths.CONTROLS, paths.CASES, named, args.steps, args.strain)


def parameters(args: argparse.Namespace, without: Sequence[str] = ()) -> dict[str, Any]:
    """What the result depends on: every argument but where it goes and how it is computed."""
    left_out = {"run", "command", "out", "threads", *without}
    return {key: value for key, value in vars(args).items() if key not in left_out}


def named(args: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """The arguments of these names, for a settings class whose fields are called the same."""
    return {name: _tuple(getattr(args, name)) for name in names}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
