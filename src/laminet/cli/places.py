"""Which arguments are files that a command reads or writes, so that none of its results destroys one of its inputs."""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from laminet.files.destination import check_destination, check_distinct, partial_of


class Input(str):
    """A file that a command reads, or a folder that holds `files`."""

    files: ClassVar[Sequence[str]] = ()

    def paths(self) -> list[Path]:
        """The files that are read."""
        place = Path(self)
        return [path for name in self.files for path in place.glob(name)] if os.path.isdir(place) else [place]


class TrainingInput(Input):
    """The folder of a training, or a file."""

    files = ("network.nc", "history.nc", "checkpoint.npz")


class RunInput(Input):
    """A folder with a trained network, or with its curves."""

    files = ("network.nc", "history.nc", "online.nc")


class ResultsInput(Input):
    """The results folder of a study."""

    files = ("config.yaml", "datasets/*.nc", "data/*.nc", "**/benchmarks/**/*.tsv")


class Output(str):
    """A file that a command writes, or a folder that always gets `file`; the library checks what else it has there."""

    file: ClassVar[str] = ""
    meaning: ClassVar[str] = "the file that is written"
    metavar: ClassVar[str] = "FILE"
    text: ClassVar[bool] = False
    """Whether it may go through a pipe or a device."""

    def paths(self, args: argparse.Namespace) -> list[Path]:
        """The files that are written."""
        return [Path(self) / self.file]


class TextOutput(Output):
    """A text file that a command writes."""

    text = True


class FolderOutput(Output):
    """A folder that a command writes."""

    meaning = "the folder that is written"
    metavar = "DIR"


class TrainingOutput(FolderOutput):
    """The folder that a training writes."""

    file = "network.nc"


class GalleryOutput(FolderOutput):
    """The folder of a gallery."""

    file = "README.md"


class CurvesOutput(Output):
    """A file of training curves, and next to it what an interrupted simulation keeps."""

    def paths(self, args: argparse.Namespace) -> list[Path]:
        """The file, and the one that is removed at the end."""
        return [Path(self)] if args.measured else [Path(self), partial_of(self)]


class FieldsOutput(FolderOutput):
    """The folder of local fields."""

    def paths(self, args: argparse.Namespace) -> list[Path]:
        """Those that are there, and one that may come."""
        place = Path(self)
        return [*place.glob("*.vtu"), *place.glob("*.vti"), place / f"{args.composite}.vtu"]


Place = TypeVar("Place", Input, Output)


def check_places(args: argparse.Namespace) -> None:
    """Check that a command's results can be written, before any work is done.

    Raises:
        InputError: they cannot, or one would destroy an input or another result.
    """
    outputs = [(output.text, output.paths(args)) for output in _of(Output, vars(args).values())]
    for text, paths in outputs:
        for path in paths:
            check_destination(path, text)
    inputs = [path for given in _of(Input, vars(args).values()) for path in given.paths()]
    check_distinct([path for _, paths in outputs for path in paths], inputs)


def _of(kind: type[Place], values: Iterable[object]) -> Iterator[Place]:
    """Arguments of a kind among values and lists of them."""
    for value in values:
        if isinstance(value, kind):
            yield value
        elif isinstance(value, list | tuple):
            yield from _of(kind, value)
