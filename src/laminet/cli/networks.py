"""Commands that make and use networks: training, prediction, evaluation along load paths."""

import argparse
import time
from dataclasses import fields
from typing import Any, get_args

from laminet.cli.arguments import FILES, add_options, command, composite_of, given, load_paths, parameters, settings_of
from laminet.cli.places import Input, TextOutput, TrainingOutput
from laminet.loading.settings import LoadSettings
from laminet.online.settings import OnlineSettings, SchemeName
from laminet.progress import Progress
from laminet.training.recipes import RECIPES
from laminet.training.settings import JobSettings, TrainingSettings

SCHEMES: tuple[str, ...] = get_args(SchemeName)


def train(args: argparse.Namespace) -> None:
    """Train a network on elastic data, and on curves if there are any; or train several and keep the best.
    The same command resumes where it was interrupted.

    examples:
      laminet train --data elastic.nc --model imn --depth 6 --out own
      laminet train --data elastic.nc --model imn --recipe accurate --seeds 10 --threads 4 --out own

    On curves, too:
      laminet train --data elastic.nc --curves curves.nc --model imn --recipe curves --out own
    One measured curve for a network there is:
      laminet train --data elastic.nc --curves measured.nc --recipe curves --start own/network.nc --out fitted

    The folder gets network.nc and history.nc; `laminet plot own --out training.png` shows how it goes.
    """
    from laminet import api, cores, outcome

    settings = given(args, TrainingSettings) | given(args, JobSettings)
    settings["threads"] = cores.fitted(JobSettings(threads=args.threads).threads)
    more = {"curves": args.curves, "start": args.start}
    network = api.train(args.data, recipe=args.recipe, **settings, **more, directory=args.out, progress=True)
    print(outcome.of_training(network, args.out))


def predict(args: argparse.Namespace) -> None:
    """Homogenise the phases of elastic data with a network and compare with the data.

    example:
      laminet predict --network own/network.nc --data elastic.nc --out predicted.nc && laminet info predicted.nc
    """
    from laminet import api
    from laminet.files import netcdf

    predicted = api.load(args.network).predict(args.data)
    netcdf.write(predicted, args.out, content="predicted", parameters=parameters(args))


def evaluate(args: argparse.Namespace) -> None:
    """Predict stress-strain curves: drive load paths through a network with the laws of its phases.

    examples:
      laminet evaluate --network own/network.nc --materials materials.yaml --out response.nc
      laminet evaluate --network own/network.nc --materials materials.yaml --composite glass --control stress \\
        --path "cycle=11:0.02;11:0" --reference reference.nc --out response.nc

    Several networks, such as the seeds of a training, give a mean and a band:
      laminet evaluate --network own/seeds/*/network.nc --materials materials.yaml --out response.nc

    `laminet info response.nc` shows errors by load case, `laminet plot response.nc --out curves.png` the curves.
    """
    from laminet import api, outcome
    from laminet.files import netcdf
    from laminet.files.curves import references
    from laminet.materials.library import read_materials, select
    from laminet.online import evaluation, scope

    networks = api.parameters_of(args.network)
    known = read_materials(*args.materials)
    composites = [select(known, name, ", ".join(args.materials)) for name in args.composite or known]
    settings, paths = settings_of(args, OnlineSettings), load_paths(args)
    known_curves, schemes = references(args.reference), args.scheme or SCHEMES[:1]
    scope.warn_beyond(networks.values(), composites, paths, known_curves)
    driven, began = networks if len(networks) > 1 else next(iter(networks.values())), time.process_time()
    curves = evaluation.evaluate(
        driven, schemes, composites, paths, settings, known_curves, Progress("curves"), args.repeats
    )
    spent = time.process_time() - began
    netcdf.write(curves, args.out, content="online", parameters=parameters(args))
    print(outcome.of_evaluation(curves, args.out, args.reference, spent))


def export(args: argparse.Namespace) -> None:
    """Write a network with the laws of one composite as a text file for the C interface.

    example:
      laminet export --network own/network.nc --materials materials.yaml --composite glass --out glass.law
    """
    from laminet.files.network import load_network
    from laminet.online.export import export as write

    write(load_network(args.network), composite_of(args), args.out)


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, train, "data", "out", writes=TrainingOutput)
    meaning = "curves that the network is trained on, too: files of `laminet curves`"
    added.add_argument("--curves", nargs="+", type=Input, metavar="FILE", help=meaning)
    network = added.add_mutually_exclusive_group(required=True)
    meaning = "continue this network file; its model and depth stay"
    network.add_argument("--start", type=Input, metavar="FILE", help=meaning)
    add_options(network, TrainingSettings, only=["model"], said={"model": "with --start: its model"})
    meaning = "what the options that name recipes default to"
    added.add_argument("--recipe", default="paper", choices=tuple(RECIPES), help=meaning)
    others = [field.name for kind in (TrainingSettings, JobSettings) for field in fields(kind) if field.name != "model"]
    add_options(
        added, TrainingSettings, JobSettings, only=others, said={name: _said(name) for name in RECIPES["paper"]}
    )

    command(commands, predict, "network", "data", "out")

    added = command(commands, evaluate, "out")
    meaning = "a network file, or several of one kind, such as seeds (repeatable)"
    added.add_argument("--network", required=True, action="extend", nargs="+", type=Input, metavar="FILE", help=meaning)
    meaning = FILES["materials"]
    added.add_argument("--materials", required=True, action="append", type=Input, metavar="FILE", help=meaning)
    meaning = "of the materials (repeatable; default: all)"
    added.add_argument("--composite", action="append", default=[], metavar="NAME", help=meaning)
    meaning = f"online scheme (repeatable; default: {SCHEMES[0]})"
    added.add_argument("--scheme", action="append", choices=SCHEMES, help=meaning)
    meaning = "curves of the RVE to compare with (repeatable)"
    added.add_argument("--reference", action="append", default=[], type=Input, metavar="FILE", help=meaning)
    meaning = "also measure the CPU time of the load cases of each composite and control together, so often"
    added.add_argument("--repeats", type=int, default=0, metavar="N", help=meaning)
    add_options(added, LoadSettings, OnlineSettings)

    command(commands, export, "network", "materials", "composite", "out", writes=TextOutput)


def _said(name: str) -> str:
    """What the recipes make of a setting: "recipe paper: 40; recipe accurate: 10"."""
    recipes: dict[str, list[str]] = {}
    for recipe, values in RECIPES.items():
        recipes.setdefault(str(values[name]), []).append(recipe)
    return "; ".join(f"recipe {', '.join(names)}: {value}" for value, names in recipes.items())
