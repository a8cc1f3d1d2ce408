"""Commands for files: what one holds, as text or table; what others wrote, made ours."""

import argparse
import itertools
import sys
from dataclasses import asdict
from typing import Any, get_args

from laminet.cli.arguments import add_options, command, settings_of, tell
from laminet.cli.places import Input, TextOutput, TrainingInput
from laminet.files.settings import ImportSettings
from laminet.loading.settings import Control
from laminet.plots import KINDS


def info(args: argparse.Namespace) -> None:
    """Say what a file holds: errors, ranges, phases, seeds, then every variable.

    examples:
      laminet info elastic.nc
      laminet info own            (the folder of a training: its network, and a table of its seeds)
    """
    from laminet.info import summary

    print(summary(args.file))


def import_(args: argparse.Namespace) -> None:
    """Convert elastic data of your own, CSV or NPZ, to an elastic data file: checked, and split for validation.

    examples:
      laminet import own.csv --notation voigt --unit MPa --order abaqus --out elastic.nc
      laminet import own.npz --notation mandel --unit GPa --validation 50 --out elastic.nc

    A CSV has one line for each sample and the columns stiffness_1_11 ... stiffness_1_66 (phase 1), stiffness_2_11 ...
    (phase 2) and so on, stiffness_11 ... (the composite), the upper triangle or all. An NPZ has the arrays stiffness_1,
    stiffness_2, ..., stiffness, (samples, 6, 6). A column or array `split` may say "train" or "validation".
    Compliances have the word compliance in place of stiffness. A CSV whose entries semicolons or tabs separate may
    have decimal commas. Fortran's exponents are read, too.
    """
    from laminet.files import foreign, netcdf

    settings = asdict(settings_of(args, ImportSettings))
    data = foreign.from_file(args.file, **settings)
    netcdf.write(data, args.out, content="elastic", parameters=settings)
    tell(args.out)


def table(args: argparse.Namespace) -> None:
    """Write elastic data, curves, a history or a network as a CSV table.

    example:
      laminet table response.nc --out response.csv
    """
    from laminet.files.destination import is_standard_output
    from laminet.tables import write_table

    lines = write_table(args.file, args.out)
    print(f"{args.out}: {lines} lines", file=sys.stderr if is_standard_output(args.out) else sys.stdout)


def plot(args: argparse.Namespace) -> None:
    """Draw a network (tree, normals, leaves), trainings, curves with their reference, training curves, convergence, a
    cell of voxels or local fields.

    examples:
      laminet plot own/network.nc --kind normals --out normals.pdf
      laminet plot own --out training.png                                    (also while the training runs)
      laminet plot response.nc --reference reference.nc --composite glass --out curves.pdf
      laminet plot curves.nc --composite random-0-1 --out paths.png
      laminet plot fields/glass_stress_12.vtu --out plastic_strain.png
      laminet plot response.nc --reference reference.nc --kind plastic --out plastic.pdf  (both with --fields)

    The suffix of --out is the format: .pdf, .png or .svg.
    """
    from laminet import plots

    options = {"references": args.reference, "composite": args.composite, "control": args.control}
    plots.save(plots.draw(args.files, args.kind, **options), args.out)


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, import_, "out")
    meaning = "CSV with columns stiffness_1_11 ..., or NPZ, by its suffix"
    added.add_argument("file", type=Input, metavar="FILE", help=meaning)
    add_options(added, ImportSettings)

    added = command(commands, table, "out", writes=TextOutput)
    meaning = "an elastic, online, reference, curves, history or network file"
    added.add_argument("file", type=Input, metavar="FILE", help=meaning)

    added = command(commands, plot, "out")
    meaning = (
        "a network; histories or training folders (of a running training its last checkpoint); online files and "
        "references; training curves; convergence studies; a cell of voxels; or local fields (.vtu, .vti)"
    )
    added.add_argument("files", nargs="+", type=TrainingInput, metavar="FILE", help=meaning)
    kinds = tuple(dict.fromkeys(itertools.chain(*KINDS.values())))
    meaning = (
        "of a network: tree (default), normals or leaves; of curves with local fields: curves (default), mises or "
        "plastic; other files have one kind each"
    )
    added.add_argument("--kind", choices=kinds, help=meaning)
    meaning = "curves of the RVE (repeatable)"
    added.add_argument("--reference", action="append", default=[], type=Input, metavar="FILE", help=meaning)
    added.add_argument("--composite", metavar="NAME", help="of curves; needed where there are several")
    added.add_argument("--control", choices=get_args(Control), help="of curves (default: both)")

    meaning = "any file laminet writes or reads, or the folder of a training"
    command(commands, info).add_argument("file", type=TrainingInput, metavar="FILE", help=meaning)
