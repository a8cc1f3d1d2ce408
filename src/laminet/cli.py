"""The command `laminet`: one thin command per stage, each usable by hand. Only arguments are read here."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from laminet import __version__
from laminet.errors import InputError, LaminetError

CASES_HELP = "NAME=11:0.05,12:0.02;11:0: another load case, from vertex to vertex (repeatable)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 1 for bad input (wrong usage exits with 2)."""
    args = parser().parse_args(arguments)
    try:
        args.run(args)
    except (LaminetError, OSError) as error:
        if os.environ.get("LAMINET_TRACEBACK"):
            raise
        print(f"laminet {args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"laminet {args.command}: interrupted; the same command goes on or starts again", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("LAMINET_TRACEBACK"):
            raise
        kind = type(error).__name__
        print(f"laminet {args.command}: a fault in laminet ({kind}: {error}); please report it", file=sys.stderr)
        return 1
    return 0


def rve(args: argparse.Namespace) -> None:
    """Pack fibres, mesh the cell, write rve.nc."""
    from laminet.rve import cell

    names = ("fibres", "volume_fraction", "gap", "refinement", "candidates")
    settings = cell.CellSettings(**_named(args, names))
    cell.save(cell.build(settings, args.seed), args.out, _parameters(args))


def sample(args: argparse.Namespace) -> None:
    """Homogenise elastic samples on an RVE, all or one shard of them."""
    from laminet.data.elastic import save
    from laminet.materials.sampling import Sampling
    from laminet.progress import Progress
    from laminet.rve import cell, elastic

    names = ("sequence", "contrast", "anisotropy", "shear", "poisson", "determinant")
    sampling = Sampling(**_named(args, names))
    found = elastic.sample(
        cell.load(args.rve),
        args.samples,
        args.validation,
        args.seed,
        sampling,
        shard=args.shard,
        progress=Progress("samples"),
    )
    save(found, args.out, _parameters(args, without=("shard",)))


def merge(args: argparse.Namespace) -> None:
    """Merge the shards of an elastic data set."""
    from laminet.data import netcdf
    from laminet.data.elastic import save
    from laminet.rve import elastic

    shards = [netcdf.read(path, content="elastic") for path in args.shards]
    save(elastic.merge(shards, args.shards), args.out, {"shards": [shard.attrs["params_sha256"] for shard in shards]})


def reference(args: argparse.Namespace) -> None:
    """Simulate the nonlinear response of an RVE, the truth that networks are compared with."""
    from laminet.data import netcdf
    from laminet.materials.library import read_materials, select
    from laminet.progress import Progress
    from laminet.rve import cell
    from laminet.rve import reference as dns
    from laminet.rve.vtu import write_fields as write

    composite = select(read_materials(args.materials), args.composite, args.materials)
    mesh = cell.load(args.rve)

    def write_fields(path, fields) -> None:
        write(mesh, fields, Path(args.fields) / f"{args.composite}_{path.control}_{path.name}.vtu")

    curves = dns.reference(
        mesh,
        composite,
        _paths(args),
        tolerance=args.tolerance,
        error_estimate=args.error_estimate,
        progress=Progress(args.composite),
        receive_fields=write_fields if args.fields else None,
    )
    netcdf.write(curves, args.out, content="reference", parameters=_parameters(args, without=("fields",)))


def train(args: argparse.Namespace) -> None:
    """Train a network; a killed training goes on where it was."""
    from laminet.network.parameters import Initialisation
    from laminet.offline import run
    from laminet.offline.settings import TrainingSettings
    from laminet.progress import Progress

    names = ("model", "depth", "batch", "epochs", "seed", "eta", "xi", "loss", "schedule", "learning_rate")
    names += ("factor", "patience", "formulation", "backend", "precision")
    initialisation = Initialisation(
        *(tuple(getattr(args, f"initial_{name}")) for name in ("activation", "euler", "normal"))
    )
    settings = TrainingSettings(**_named(args, names), initialisation=initialisation)
    run.train_files(args.data, args.samples, settings, args.out, threads=args.threads, progress=Progress("epochs"))


def predict(args: argparse.Namespace) -> None:
    """Homogenise the phases of an elastic data file with a network and compare."""
    from laminet.data import elastic, netcdf
    from laminet.network import parameters
    from laminet.offline import prediction

    predicted = prediction.predict(parameters.load(args.network), elastic.load(args.data))
    netcdf.write(predicted, args.out, content="predicted", parameters=_parameters(args))


def evaluate(args: argparse.Namespace) -> None:
    """Drive load paths through a network with one or more online schemes."""
    from laminet.data import online as online_file
    from laminet.data.curves import load_reference
    from laminet.materials.library import read_materials, select
    from laminet.network import parameters
    from laminet.online import evaluation
    from laminet.online.settings import OnlineSettings
    from laminet.progress import Progress

    schemes = args.scheme or SCHEMES[:1]
    if len(schemes) > 1 and "{scheme}" not in args.out:
        raise InputError("--out must contain {scheme} when several schemes are given")
    network = parameters.load(args.network)
    found = {name: composite for path in args.materials for name, composite in read_materials(path).items()}
    composites = [select(found, name, ", ".join(args.materials)) for name in args.composite or found]
    references = {data.attrs["composite"]: data for data in map(load_reference, args.reference)}
    names = ("tolerance", "criterion", "max_iterations", "cutbacks", "guess", "backend")
    settings = OnlineSettings(**_named(args, names))
    paths = _paths(args)
    for scheme in schemes:
        curves = evaluation.evaluate(
            network, scheme, composites, paths, settings, references, progress=Progress(scheme)
        )
        online_file.save(curves, args.out.replace("{scheme}", scheme), {**_parameters(args), "scheme": scheme})


def collect(args: argparse.Namespace) -> None:
    """Join the files of many runs into one dataset."""
    from laminet.progress import Progress
    from laminet.study import datasets

    schemes = {model: tuple(names.split(",")) for model, _, names in (text.partition("=") for text in args.schemes)}
    collected = datasets.collect(args.runs, args.study, schemes or None, progress=Progress(args.study))
    datasets.save(collected, args.out, _parameters(args))


def figure(args: argparse.Namespace) -> None:
    """Draw one of the paper's figures from collected files."""
    from laminet.study import figures

    inputs = figures.inputs_from_files(args.name, args.files)
    figures.save(figures.draw(args.name, **inputs, control=args.control), args.out)


def claims(args: argparse.Namespace) -> None:
    """Judge the paper's claims by collected studies: a table for programs and a page for readers."""
    from laminet.study import claims as report

    studies = report.inputs_from_files(args.files)
    report.save(report.judge(studies, args.control), studies, args.out, args.html)


def info(args: argparse.Namespace) -> None:
    """Say what a file holds."""
    from laminet.data.summary import summary

    print(summary(args.file))


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    top = argparse.ArgumentParser(prog="laminet", description="Deep and interaction-based material networks.")
    top.add_argument("--version", action="version", version=f"laminet {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(function, *names: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            function.__name__,
            help=function.__doc__,
            description=function.__doc__,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        added.set_defaults(run=function)
        for name in names:
            added.add_argument(f"--{name}", required=True, type=str, help=FILES[name], metavar="FILE")
        return added

    added = command(rve, "out")
    added.add_argument("--seed", type=int, default=0, help="of the packing")
    added.add_argument("--fibres", type=int, default=30, help="number of fibres")
    added.add_argument("--volume-fraction", type=float, default=0.6, help="of the fibres")
    added.add_argument("--gap", type=float, default=0.2, help="smallest distance between fibres, in radii")
    added.add_argument("--refinement", type=int, default=48, help="quadratic elements along each fibre's circle")
    added.add_argument("--candidates", type=int, default=16, help="packings tried")

    added = command(sample, "rve", "out")
    added.add_argument("--samples", type=int, default=2048, help="for training")
    added.add_argument("--validation", type=int, default=100, help="for validation")
    added.add_argument("--seed", type=int, default=0, help="of the phases")
    added.add_argument("--shard", type=_shard, default=(1, 1), help="K/N: only the K-th of N parts", metavar="K/N")
    added.add_argument("--sequence", default="sobol", choices=("sobol", "latin_hypercube"), help="of the samples")
    added.add_argument("--contrast", type=float, default=3.0, help="largest |log10| of the phases' contrast")
    added.add_argument("--anisotropy", type=float, default=1.0, help="largest |log10 E_i / E_j| in a phase")
    added.add_argument("--shear", type=float, nargs=2, default=(0.25, 0.5), help="range of G_ij / sqrt(E_i E_j)")
    added.add_argument("--poisson", type=float, nargs=2, default=(0.3, 0.7), help="range of -S_ij sqrt(E_i E_j)")
    added.add_argument("--determinant", type=float, default=0.05, help="smallest, of the unit-diagonal compliance")

    added = command(merge, "out")
    added.add_argument("shards", nargs="+", metavar="SHARD", help="all shards of one data set")

    added = command(reference, "rve", "materials", "out")
    added.add_argument("--composite", required=True, metavar="NAME", help="which composite of the materials")
    _load_arguments(added)
    added.add_argument("--tolerance", type=float, default=1e-6, help="relative residual")
    added.add_argument("--error-estimate", default="mesh", choices=("mesh", "none"), help="by a coarser mesh, or none")
    added.add_argument("--fields", metavar="DIR", help="also write the local fields at the end of every path as VTU")

    added = command(train, "data", "out")
    _training_arguments(added)

    command(predict, "network", "data", "out")

    added = command(evaluate, "network", "out")
    added.add_argument("--materials", required=True, action="append", metavar="FILE", help=FILES["materials"])
    added.add_argument("--composite", action="append", default=[], metavar="NAME", help="(repeatable; default all)")
    added.add_argument("--scheme", action="append", choices=SCHEMES, help=f"(repeatable; default {SCHEMES[0]})")
    added.add_argument("--reference", action="append", default=[], metavar="FILE", help="to compare with (repeatable)")
    _load_arguments(added)
    added.add_argument("--tolerance", type=float, default=1e-6, help="relative change of the strain increments")
    added.add_argument("--criterion", default="strain", choices=("strain", "paper"), help="what must fall below it")
    added.add_argument("--guess", default="zero", choices=("zero", "uniform"), help="first iterate of an increment")
    added.add_argument("--max-iterations", type=int, default=200, help="per increment, before it is halved")
    added.add_argument("--cutbacks", type=int, default=6, help="how often an increment may be halved")
    added.add_argument("--backend", default="native", choices=("native", "numpy"), help="what computes")

    added = command(collect, "out")
    added.add_argument("runs", nargs="+", metavar="RUN_DIR", help="folders with network.nc, history.nc, online_*.nc")
    added.add_argument("--study", required=True, metavar="NAME", help="name of the dataset")
    added.add_argument("--schemes", action="append", default=[], metavar="MODEL=A,B", help="default: all there are")

    added = command(figure, "out")
    added.add_argument("name", metavar="NAME", help="fig5 ... fig17, figA18 ... figA20, figB21 ... figB23")
    added.add_argument("files", nargs="+", metavar="FILE", help="the study, RVE or reference files it shows")
    added.add_argument("--control", default="stress", choices=("strain", "stress"), help="uniaxial strain or stress")

    added = command(claims, "out", "html")
    added.add_argument("files", nargs="+", metavar="FILE", help="study files; without one its claims are not testable")
    added.add_argument("--control", default="stress", choices=("strain", "stress"), help="uniaxial strain or stress")

    command(info).add_argument("file", metavar="FILE", help="any file laminet writes or reads")
    return top


FILES = {
    "out": "what is written (for training a folder)",
    "html": "the page that is written (HTML)",
    "rve": "an RVE file",
    "data": "an elastic data file",
    "materials": "a materials YAML",
    "network": "a network file",
}

SCHEMES = (
    "newton_condensed",
    "dmn_residual",
    "dmn_no_residual_tangent",
    "dmn_no_residual_secant",
    "imn_fixed_point_tangent",
    "imn_fixed_point_secant",
    "imn_newton_dense",
)


def _training_arguments(added: argparse.ArgumentParser) -> None:
    added.add_argument("--model", required=True, choices=("dmn", "imn"), help="kind of network")
    added.add_argument("--depth", type=int, default=7, help="layers below the root")
    added.add_argument("--samples", type=int, default=400, help="training samples, the first of the data")
    added.add_argument("--batch", type=int, default=40, help="samples in a minibatch")
    added.add_argument("--epochs", type=int, default=10000, help="passes over the data")
    added.add_argument("--seed", type=int, default=0, help="of the initial parameters and the minibatches")
    added.add_argument("--eta", type=float, default=1.0, help="strength of the activation penalty")
    added.add_argument("--xi", type=float, default=1.0, help="target of the sum of activations")
    added.add_argument("--learning-rate", type=float, default=1e-2, help="of Adam at the start")
    added.add_argument("--schedule", default="plateau", choices=("plateau", "cosine"), help="of the learning rate")
    added.add_argument("--factor", type=float, default=0.8, help="by which the plateau schedule lowers it")
    added.add_argument("--patience", type=int, default=50, help="epochs without improvement before it does")
    added.add_argument(
        "--loss", default="frobenius", choices=("frobenius", "divergence", "frobenius_both"), help="data term"
    )
    added.add_argument("--formulation", default="reduced", choices=("literal", "reduced"), help="of a DMN")
    added.add_argument("--backend", default="native", choices=("native", "torch"), help="what computes")
    added.add_argument("--precision", default="double", choices=("double", "single"), help="of the native backend")
    added.add_argument("--threads", type=int, default=1, help="cores to use")
    for name, default in (("activation", (0.2, 0.8)), ("euler", (-HALF_PI, HALF_PI)), ("normal", (0.0, 1.0))):
        added.add_argument(
            f"--initial-{name}", type=float, nargs=2, default=default, metavar=("LOW", "HIGH"), help="uniform range"
        )


HALF_PI = 1.5707963267948966


def _load_arguments(added: argparse.ArgumentParser) -> None:
    added.add_argument("--control", action="append", choices=("strain", "stress"), help="(repeatable; default both)")
    added.add_argument("--steps", type=int, default=100, help="increments")
    added.add_argument("--strain", type=float, default=0.05, help="the driven tensor component at the end")
    added.add_argument("--path", action="append", default=[], metavar="PATH", help=CASES_HELP)


def _paths(args: argparse.Namespace) -> list[list]:
    """Load paths[control][load case]: the six cases, then those named."""
    from laminet.loading import paths

    named = [paths.parse(text) for text in args.path]
    return [
        [paths.uniaxial(case, control, args.steps, args.strain) for case in paths.CASES]
        + [paths.piecewise(name, control, vertices, args.steps) for name, vertices in named]
        for control in args.control or paths.CONTROLS
    ]


def _parameters(args: argparse.Namespace, without: Sequence[str] = ()) -> dict:
    """What the result depends on: every argument but where it goes and how it is computed."""
    left_out = {"run", "command", "out", "threads", *without}
    return {key: value for key, value in vars(args).items() if key not in left_out}


def _named(args: argparse.Namespace, names: Sequence[str]) -> dict:
    """The arguments of these names, for a settings class whose fields are called the same."""
    return {name: _tuple(getattr(args, name)) for name in names}


def _shard(text: str) -> tuple[int, int]:
    """K/N with 1 <= K <= N."""
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N with 1 <= K <= N")
    return int(number), int(count)


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value
