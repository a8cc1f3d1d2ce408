"""The command `laminet-study`: the runs of a study collected, its figures, its claims, its pages."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from laminet import __version__
from laminet.cli import execute
from laminet.cli.arguments import Parser, command, parameters
from laminet.cli.places import GalleryOutput, Input, ResultsInput, RunInput, TextOutput
from laminet.errors import InputError
from laminet_study import timing_commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command of `laminet-study`; returns its exit code, see `laminet.cli.execute`."""
    return execute(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    top = Parser(
        prog="laminet-study",
        description="The study of He et al. (2026): collect its runs, draw its figures, judge its claims.",
        epilog="laminet-study COMMAND --help says more.",
    )
    top.add_argument("--version", action="version", version=f"laminet {__version__}")
    add(top.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    return top


def collect(args: argparse.Namespace) -> None:
    """Join the files of many runs into one dataset.

    examples:
      laminet-study collect runs/imn-1 runs/imn-2 --study depth --out depth.nc
      laminet-study collect runs/imn-1 --schemes imn=newton_condensed,imn_newton_dense --study solvers --out solvers.nc
      laminet-study collect runs/imn-1 --variant packing_1 packing_1/online packing_1/runs/imn-1 --study packings \\
        --out packings.nc
    """
    from laminet.progress import Progress
    from laminet_study import datasets

    asked = _pairs("--schemes", args.schemes, "MODEL=A,B")
    schemes = {model: tuple(names.split(",")) for model, names in asked.items()}
    runs = args.runs + [
        datasets.RunFolders(Path(run), Path(online) / Path(run).name, name)
        for name, online, *folders in args.variant
        for run in folders
    ]
    collected = datasets.collect(runs, args.study, schemes or None, Progress(args.study), args.repeats)
    datasets.save(collected, args.out, parameters(args))


def figure(args: argparse.Namespace) -> None:
    """Draw a figure from collected files.

    examples:
      laminet-study figure fig14 results/datasets/depth.nc results/times.nc --out fig14.pdf
      laminet-study figure fig6 reference.nc --control strain --out fig6.png

    The suffix of --out is the format: .pdf, .png or .svg.
    """
    from laminet_study import figures

    inputs = figures.inputs_from_files(args.name, args.files)
    figures.save(figures.draw(args.name, **inputs, control=args.control), args.out)


def compare(args: argparse.Namespace) -> None:
    """Print online errors of networks of two losses side by side, as a Markdown table.

    examples:
      laminet-study compare results/accuracy/datasets/accuracy.nc
      laminet-study compare results/accuracy/datasets/accuracy_paper.nc results/accuracy/datasets/accuracy_chosen.nc
    """
    from laminet_study import comparison, datasets

    print(comparison.table(comparison.joined([datasets.load(file) for file in args.files])))


def errors(args: argparse.Namespace) -> None:
    """Print online errors by composite and load path, a column for each kind of network, as a Markdown table.

    examples:
      laminet-study errors results/curves/datasets/curves_count.nc --composite composite_1 composite_2
      laminet-study errors results/curves/datasets/curves.nc --best-of 5
    """
    from laminet_study import datasets, errors_table

    print(errors_table.table([datasets.load(file) for file in args.files], args.composite, args.best_of))


def claims(args: argparse.Namespace) -> None:
    """Judge the paper's claims by collected studies and measured times: a table for programs and a page for readers.

    examples:
      laminet-study claims results/datasets/*.nc results/times.nc --out claims.json --html claims.html
      laminet-study claims depth.nc results/data/reference_*.nc --out claims.json --html claims.html
    """
    from laminet_study import claims as paper
    from laminet_study.claims import sensitivity

    studies, times = paper.inputs_from_files(args.files)
    rows = paper.judge(studies, args.control, times=times, looks=args.looks)
    rows, entries = paper.sensitivities(rows, studies, args.control, times)
    decided = paper.verdicts_from_file(args.decided) if args.decided else None
    shown = sensitivity.of_variant(entries, args.variant)
    paper.save(rows, studies, args.out, args.html, entries, decided=decided)
    sensitivity.save(shown, args.sensitivity, args.csv)


class _VariantRuns(argparse.Action):
    """NAME ONLINE_DIR RUN_DIR..., repeatable."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if len(values) < 3:
            parser.error(f"argument {option}: needs a name, a folder of online files and run folders")
        name, *folders = values
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), [name, *map(RunInput, folders)]])


def report(args: argparse.Namespace) -> None:
    """Write one page on a folder of results: claims, figures, every network, times, configuration.

    example:
      laminet-study report results --out results/report.html
    """
    from laminet.progress import Progress
    from laminet_study import report as page

    out = Path(args.out)
    page.save(page.gather(args.folder, args.control, out.parent, Progress("figures"), args.studies), out)


def summary(args: argparse.Namespace) -> None:
    """Print means and standard deviations of a study's numbers by chosen coordinates.

    examples:
      laminet-study summary results/datasets/depth.nc --by model depth --quantity error iterations
      laminet-study summary results/datasets/depth.nc --times results/times.nc --quantity time cost
      laminet-study summary results/datasets/depth.nc --where model=imn control=stress --statistic median min max
    """
    from laminet.files import destination
    from laminet_study import datasets, measured
    from laminet_study import summary as tables

    study = datasets.load(args.file)
    if args.times:
        study = measured.with_online_times(study, measured.load(args.times))
    where = _pairs("--where", args.where, "COORDINATE=VALUE")
    table = tables.summarise(study, args.by, args.quantity, where, args.statistic)
    if args.csv:
        destination.write_text(args.csv, table.to_csv(lineterminator="\n"))
    print(tables.text(table))


def times(args: argparse.Namespace) -> None:
    """Print where the time of a study went, stage by stage, from Snakemake's benchmark files.

    example:
      laminet-study times results --out times.csv
    """
    from laminet_study import times as benchmarks

    jobs = benchmarks.jobs(args.folder)
    stages = benchmarks.stages(jobs)
    if args.out:
        benchmarks.save(stages, args.out)
    print(benchmarks.table(stages, benchmarks.elapsed(jobs)))


def gallery(args: argparse.Namespace) -> None:
    """Make a gallery of a finished study: figures as PNG, datasets small enough to be published, and an index.

    example:
      laminet-study gallery results --config config.yaml --out gallery
    """
    from laminet_study import gallery as published

    published.make(args.folder, args.out, args.config, control=args.control)


def _pairs(option: str, texts: Sequence[str], form: str) -> dict[str, str]:
    """Values by name from texts NAME=VALUE.

    Raises:
        InputError: a text without `=`; the message says the form.
    """
    for text in texts:
        if "=" not in text:
            raise InputError(f"{option} {text}: is not of the form {form}")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, collect, "out")
    meaning = "folders with network.nc, history.nc, online.nc"
    added.add_argument("runs", nargs="*", type=RunInput, metavar="RUN_DIR", help=meaning)
    added.add_argument(
        "--variant",
        action=_VariantRuns,
        default=[],
        nargs="+",
        metavar=("NAME ONLINE_DIR RUN_DIR", "RUN_DIR"),
        help="runs of a variant of the configuration, their online files in ONLINE_DIR/<run> (repeatable)",
    )
    added.add_argument("--repeats", metavar="STUDY", help="name of the study that is repeated in a variant")
    added.add_argument("--study", required=True, metavar="NAME", help="name of the dataset")
    meaning = "schemes of a model (repeatable; default: all)"
    added.add_argument("--schemes", action="append", default=[], metavar="MODEL=A,B", help=meaning)

    added = command(commands, figure, "out")
    added.add_argument("name", metavar="NAME", help="fig5 ... fig17, figA18 ... figA20, figB21 ... figB23, accuracy_*")
    _input(added, "files", "the study, RVE, reference or times files it shows", nargs="+")
    _control(added)

    added = command(commands, compare)
    _input(added, "files", "studies, together with networks of the losses frobenius and divergence", nargs="+")

    added = command(commands, errors)
    _input(added, "files", "studies; networks that agree in all but the seed are one column", nargs="+")
    added.add_argument("--composite", nargs="+", default=[], metavar="NAME", help="composites shown (default: all)")
    meaning = "show only the best of every N networks of a column, by validation curves if they have any, else by "
    meaning += "validation divergence"
    added.add_argument("--best-of", type=int, default=1, metavar="N", help=meaning)

    added = command(commands, claims, "out", "html", writes=TextOutput)
    _input(
        added, "files", "studies, measured times (claims that need them are else not testable), references", nargs="+"
    )
    _input(added, "--decided", "claims.json with more seeds, whose verdicts are shown next to these")
    added.add_argument(
        "--looks", type=int, choices=(1, 2), default=1, help="how often growing data are judged; 2 widens the intervals"
    )
    _written(added, "--sensitivity", "also write the verdicts in every variant, as JSON")
    _written(added, "--csv", "the same as CSV")
    added.add_argument("--variant", metavar="NAME", help="only this variant in --sensitivity and --csv")
    _control(added)

    added = command(commands, report, "out", writes=TextOutput)
    _results(added, "results of a study: results, results/quick or your own")
    _input(added, "--studies", "datasets (default: all of the folder)", nargs="+", default=[])
    _control(added)

    added = command(commands, summary)
    _input(added, "file", "a study dataset, whole or from the gallery")
    _input(added, "--times", "measured times, for the quantities time and cost")
    added.add_argument("--by", nargs="+", metavar="COORDINATE", help="of the groups (default: those that vary)")
    added.add_argument("--quantity", nargs="+", metavar="NAME", help="what is summarised (default: all)")
    added.add_argument("--where", nargs="+", default=[], metavar="COORDINATE=VALUE", help="only these rows")
    default = ("mean", "std", "count")
    added.add_argument("--statistic", nargs="+", default=default, metavar="NAME", help="also median, min, max")
    _written(added, "--csv", "also write the table with all digits")

    added = command(commands, times)
    _results(added, "results folder of a study")
    _written(added, "--out", "also write the table as CSV")

    timing_commands.add(commands)

    added = command(commands, gallery, "out", writes=GalleryOutput)
    _results(added, "results folder of a finished study")
    _input(added, "--config", "of the study (repeatable)", action="append", required=True)
    _control(added)


def _input(added: argparse.ArgumentParser, name: str, meaning: str, **how: Any) -> None:
    added.add_argument(name, type=Input, metavar="FILE", help=meaning, **how)


def _results(added: argparse.ArgumentParser, meaning: str) -> None:
    added.add_argument("folder", type=ResultsInput, metavar="FOLDER", help=meaning)


def _written(added: argparse.ArgumentParser, option: str, meaning: str) -> None:
    added.add_argument(option, type=TextOutput, metavar="FILE", help=meaning)


def _control(added: argparse.ArgumentParser) -> None:
    added.add_argument("--control", default="stress", choices=("strain", "stress"), help="uniaxial strain or stress")
