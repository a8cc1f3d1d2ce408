"""Commands that make and use networks: training, prediction, evaluation along load paths."""

import argparse
from pathlib import Path
from typing import Any

from laminet.cli.arguments import FILES, command, load_arguments, load_paths, named, parameters
from laminet.cli.places import Input, Output, TextOutput, TrainingOutput
from laminet.errors import InputError
from laminet.offline.recipes import RECIPES

SCHEMES = (
    "newton_condensed",
    "dmn_residual",
    "dmn_no_residual_tangent",
    "dmn_no_residual_secant",
    "imn_fixed_point_tangent",
    "imn_fixed_point_secant",
    "imn_newton_dense",
)

HALF_PI = 1.5707963267948966

OF_RECIPE: dict[str, tuple[str, dict[str, Any]]] = {
    "depth": ("layers below the root", {"type": int}),
    "samples": ("training samples, the first of the data", {"type": int}),
    "batch": ("samples in a minibatch", {"type": int}),
    "epochs": ("passes over the data", {"type": int}),
    "seeds": ("train so many, from --seed on, --threads at a time, and keep the best", {"type": int}),
    "select": ("what the best is chosen by", {"choices": ("validation_error", "validation_divergence")}),
    "eta": ("strength of the activation penalty", {"type": float}),
    "xi": ("target of the sum of activations", {"type": float}),
    "loss": ("data term", {"choices": ("frobenius", "divergence", "frobenius_voigt")}),
    "schedule": ("of the learning rate", {"choices": ("plateau", "cosine")}),
    "learning_rate": ("of Adam at the start", {"type": float}),
    "factor": ("by which the plateau schedule lowers it", {"type": float}),
    "patience": ("epochs without improvement before it does", {"type": int}),
    "record": ("epochs between two rows of the history", {"type": int}),
}
"""Options whose defaults a recipe gives: what they mean and how they are read."""


class CurvesOutput(Output):
    """A file for each scheme."""

    def paths(self, args: argparse.Namespace) -> list[Path]:
        """The files that are written; they differ if {scheme} is in the name."""
        return list(dict.fromkeys(Path(self.replace("{scheme}", scheme)) for scheme in args.scheme or SCHEMES[:1]))


def train(args: argparse.Namespace) -> None:
    """Train a network on elastic data, or several and keep the best. The same command goes on where it was interrupted.

    examples:
      laminet train --data elastic.nc --model imn --depth 6 --out own
      laminet train --data elastic.nc --model imn --recipe accurate --seeds 10 --threads 4 --out own

    The folder gets network.nc and history.nc; `laminet plot own --out training.png` shows how it goes.
    """
    from laminet import api
    from laminet.network.parameters import Initialisation
    from laminet.offline.seeds import report

    names = ("model", "recipe", "seed", "formulation", "backend", "threads")
    initialisation = Initialisation(
        *(tuple(getattr(args, f"initial_{name}")) for name in ("activation", "euler", "normal"))
    )
    given = {name: getattr(args, name) for name in OF_RECIPE if hasattr(args, name)}
    network = api.train(
        args.data, **named(args, names), **given, initialisation=initialisation, directory=args.out, progress=True
    )
    if network.seeds is not None:
        print(report(network.seeds, str(network.parameters.attributes["selected_by"])))


def predict(args: argparse.Namespace) -> None:
    """Homogenise the phases of elastic data with a network and compare with the data.

    example:
      laminet predict --network own/network.nc --data elastic.nc --out predicted.nc && laminet info predicted.nc
    """
    from laminet.data import foreign, netcdf
    from laminet.network import parameters as network_file
    from laminet.offline import prediction

    predicted = prediction.predict(network_file.load(args.network), foreign.given(args.data))
    netcdf.write(predicted, args.out, content="predicted", parameters=parameters(args))


def evaluate(args: argparse.Namespace) -> None:
    """Predict stress-strain curves: drive load paths through a network with the laws of its phases.

    examples:
      laminet evaluate --network own/network.nc --materials materials.yaml --out response.nc
      laminet evaluate --network own/network.nc --materials materials.yaml --composite glass --control stress \\
        --path "cycle=11:0.02;11:0" --reference reference.nc --out response.nc

    `laminet info response.nc` shows errors by load case, `laminet plot response.nc --out curves.png` the curves.
    """
    from laminet.data import online as online_file
    from laminet.data.curves import load_reference
    from laminet.materials.library import read_several, select
    from laminet.network import parameters as network_file
    from laminet.online import evaluation
    from laminet.online.settings import OnlineSettings
    from laminet.progress import Progress

    schemes = args.scheme or SCHEMES[:1]
    if len(schemes) > 1 and "{scheme}" not in args.out:
        raise InputError("--out must contain {scheme} when several schemes are given")
    network = network_file.load(args.network)
    known = read_several(args.materials)
    composites = [select(known, name, ", ".join(args.materials)) for name in args.composite or known]
    references = {data.attrs["composite"]: data for data in map(load_reference, args.reference)}
    names = ("tolerance", "criterion", "max_iterations", "cutbacks", "guess", "backend")
    settings = OnlineSettings(**named(args, names))
    paths = load_paths(args)
    for scheme in schemes:
        curves = evaluation.evaluate(
            network, scheme, composites, paths, settings, references, progress=Progress(scheme)
        )
        online_file.save(curves, args.out.replace("{scheme}", scheme), {**parameters(args), "scheme": scheme})


def export(args: argparse.Namespace) -> None:
    """Write a network with the laws of one composite as a text file for the C interface."""
    from laminet.materials.library import read_materials, select
    from laminet.network import parameters as network_file
    from laminet.online.export import export as write

    composite = select(read_materials(args.materials), args.composite, args.materials)
    write(network_file.load(args.network), composite, args.out)


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, train, "data", "out", writes=TrainingOutput)
    _training_arguments(added)

    command(commands, predict, "network", "data", "out")

    added = command(commands, evaluate, "network", "out", writes=CurvesOutput)
    added.add_argument(
        "--materials", required=True, action="append", type=Input, metavar="FILE", help=FILES["materials"]
    )
    added.add_argument(
        "--composite", action="append", default=[], metavar="NAME", help="of the materials (repeatable; default: all)"
    )
    added.add_argument(
        "--scheme", action="append", choices=SCHEMES, help=f"online scheme (repeatable; default: {SCHEMES[0]})"
    )
    added.add_argument(
        "--reference",
        action="append",
        default=[],
        type=Input,
        metavar="FILE",
        help="curves of the RVE to compare with (repeatable)",
    )
    load_arguments(added)
    added.add_argument("--tolerance", type=float, default=1e-6, help="relative change of the strain increments")
    added.add_argument("--criterion", default="strain", choices=("strain", "paper"), help="what must fall below it")
    added.add_argument("--guess", default="zero", choices=("zero", "uniform"), help="first iterate of an increment")
    added.add_argument("--max-iterations", type=int, default=200, help="per increment, before it is halved")
    added.add_argument("--cutbacks", type=int, default=6, help="how often an increment may be halved")
    added.add_argument("--backend", default="native", choices=("native", "numpy"), help="what computes")

    added = command(commands, export, "network", "materials", "out", writes=TextOutput)
    added.add_argument("--composite", required=True, metavar="NAME", help="which composite of the materials")


def _training_arguments(added: argparse.ArgumentParser) -> None:
    added.add_argument("--model", required=True, choices=("dmn", "imn"), help="kind of network")
    added.add_argument("--seed", type=int, default=0, help="of the initial parameters and the minibatches")
    added.add_argument(
        "--recipe", default="paper", choices=tuple(RECIPES), help="what the options that name recipes default to"
    )
    for name, (meaning, options) in OF_RECIPE.items():
        defaults = {
            str(values[name]): ", ".join(r for r in RECIPES if RECIPES[r][name] == values[name])
            for values in RECIPES.values()
        }
        said = "; ".join(f"recipe {recipes}: {value}" for value, recipes in defaults.items())
        option = f"--{name.replace('_', '-')}"
        added.add_argument(option, **options, default=argparse.SUPPRESS, help=f"{meaning} ({said})")
    added.add_argument("--formulation", default="reduced", choices=("literal", "reduced"), help="of a DMN")
    added.add_argument("--backend", default="native", choices=("native", "torch"), help="what computes")
    added.add_argument("--threads", type=int, default=1, help="cores to use")
    for name, default in (("activation", (0.2, 0.8)), ("euler", (-HALF_PI, HALF_PI)), ("normal", (0.0, 1.0))):
        added.add_argument(
            f"--initial-{name}", type=float, nargs=2, default=default, metavar=("LOW", "HIGH"), help="uniform range"
        )
