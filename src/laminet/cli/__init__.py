"""The command `laminet`: one thin command per stage, each usable by hand.

Here only arguments are read; what a command does is a function of the library. One module per group of commands, each
with a function `add` that adds its commands to the parser.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from laminet import __version__, source
from laminet.cli import data, files, lifeline, networks, notices
from laminet.cli.arguments import Parser
from laminet.cli.places import check_places
from laminet.errors import LaminetError
from laminet.progress import note
from laminet.source import refused

EXAMPLE = """\
from your own RVE to predictions (with your own elastic data, begin at train):
  laminet rve --volume-fraction 0.45 --out rve.nc
  laminet sample --rve rve.nc --samples 400 --out elastic.nc
  laminet train --data elastic.nc --model imn --depth 6 --out own
  laminet evaluate --network own/network.nc --materials materials.yaml --out response.nc

laminet COMMAND --help says more. laminet info FILE says what a file holds.
"""

EXTRAS = {"matplotlib": "figures", "seaborn": "figures", "torch": "torch", "snakemake": "workflow"}
"""Packages that only some commands need, and the extra that brings each."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""Variables of OpenMP and of the libraries of linear algebra; what the user has set stays."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of `laminet`; returns its exit code, see `execute`."""
    return execute(parser(), arguments)


def execute(program: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> int:
    """Run one command of a program; returns the exit code: 0, or 1 for bad input (wrong usage exits with 2)."""
    _limit_threads()
    args = program.parse_args(arguments)
    name = source.program = args.program
    try:
        lifeline.hold()
        check_places(args)
        with notices.shown(name):
            args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has enough, such as `laminet info FILE | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        note(f"{name}: interrupted; the same command resumes or starts again")
        return 130
    except Exception as error:
        if os.environ.get("LAMINET_TRACEBACK"):
            raise
        note(f"{name}: {_one_line(_told(error))}")
        return 1
    return 0


def _told(error: Exception) -> str:
    """The message to the user about an error: how to fix it, or that it is a fault of laminet."""
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package in EXTRAS:
        return f"needs {package}, which is not installed: python -m pip install 'laminet[{EXTRAS[package]}]'"
    if isinstance(error, MemoryError):
        return f"not enough memory ({error}); ask for less at a time"
    if isinstance(error, PermissionError) and error.filename is not None:
        return str(refused(error.filename, error))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
        return f"what it prints could not be written ({error.strerror}); is the disk full?"
    if isinstance(error, LaminetError | OSError):
        return str(error)
    return f"a fault in laminet ({type(error).__name__}: {error}); please report it"


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    top = Parser(
        prog="laminet",
        description="Deep and interaction-based material networks: from elastic data of a composite to its law.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"laminet {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in (data, networks, files):
        group.add(commands)
    return top


def _limit_threads() -> None:
    """One thread for NumPy's linear algebra, whose idle threads spin; `--threads` are threads of laminet itself."""
    if "numpy" not in sys.modules:  # the libraries look once, when they are loaded
        for name in ONE_THREAD:
            os.environ.setdefault(name, "1")


def _one_line(message: str) -> str:
    """A message as one line, its middle left out if it quotes endless text of a file."""
    line = message.replace("\n", " ")
    return line if len(line) <= 1500 else f"{line[:1000]} ... {line[-400:]}"
