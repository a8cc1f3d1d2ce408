"""Commands for any file."""

import argparse
from typing import Any

from laminet.cli.arguments import command


def info(args: argparse.Namespace) -> None:
    """Say what a file holds."""
    from laminet.data.summary import summary

    print(summary(args.file))


def add(commands: Any) -> None:
    """Add the commands of this group."""
    command(commands, info).add_argument("file", metavar="FILE", help="any file laminet writes or reads")
