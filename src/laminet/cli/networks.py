"""Commands that make and use networks: training, prediction, evaluation along load paths."""

import argparse
import time
from dataclasses import fields
from typing import Any, get_args

from laminet.cli.arguments import (
    add_networks_and_composites,
    add_options,
    command,
    composite_of,
    composites_of,
    given,
    load_paths,
    parameters,
    settings_of,
    tell,
)
from laminet.cli.places import Input, TextOutput, TrainingOutput
from laminet.errors import InputError
from laminet.files.settings import Solver
from laminet.loading.settings import LoadSettings
from laminet.materials.settings import StressUnit
from laminet.online.settings import ConstantsSettings, OnlineSettings, SchemeName
from laminet.progress import Progress
from laminet.training.recipes import RECIPES
from laminet.training.settings import JobSettings, TrainingSettings

SCHEMES: tuple[str, ...] = get_args(SchemeName)
CARDS = {"unit": "MPa", "solver": get_args(Solver)[0]}
"""Options of cards, and their defaults."""


def train(args: argparse.Namespace) -> None:
    """Train a network on elastic data, and on curves if there are any; or train several and keep the best.
    The same command resumes where it was interrupted.

    examples:
      laminet train --data elastic.nc --model imn --depth 6 --out own
      laminet train --data elastic.nc --model imn --recipe accurate --seeds 10 --threads 4 --out own

    To train on curves as well:
      laminet train --data elastic.nc --curves curves.nc --model imn --recipe curves --out own

    To fit a network that you have to one measured curve:
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
    tell(args.out)


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
    from laminet.online import evaluation, scope

    networks = api.parameters_of(args.network)
    composites = composites_of(args)
    settings, paths = settings_of(args, OnlineSettings), load_paths(args)
    known_curves, schemes = references(args.reference), args.scheme or SCHEMES[:1]
    scope.warn_beyond(networks.values(), composites, paths, known_curves)
    driven, began = networks if len(networks) > 1 else next(iter(networks.values())), time.process_time()
    curves = evaluation.evaluate(
        driven, schemes, composites, paths, settings, known_curves, Progress("curves"), args.repeats, args.fields
    )
    spent = time.process_time() - began
    netcdf.write(curves, args.out, content="online", parameters=parameters(args))
    print(outcome.of_evaluation(curves, args.out, args.reference, spent))


def constants(args: argparse.Namespace) -> None:
    """Compute engineering constants, yield stresses and laminates of a network, or of several with their scatter.

    examples:
      laminet constants --network own/network.nc --materials materials.yaml --cards ply.inp
      laminet constants --network own/seeds/*/network.nc --materials materials.yaml --axes 312 \\
        --layup "[0/+-45/90]s" --thickness 0.125 --out constants.yaml

    Fibres of the cells of `laminet rve` lie along axis 3; --axes 312 makes it axis 1. A layup that begins with a minus
    needs brackets: "[-45/45]". --cards writes *ELASTIC, TYPE=ENGINEERING CONSTANTS for CalculiX and Abaqus.
    """
    import yaml

    from laminet import api, outcome
    from laminet.files import cards, destination
    from laminet.online import constants as of_networks

    networks, unit = api.parameters_of(args.network), _of_cards(args)["unit"]
    data = of_networks.constants(networks, composites_of(args), settings_of(args, ConstantsSettings))
    print(outcome.of_constants(data))
    if args.cards:
        what = "engineering constants" + (f", means of {len(networks)} networks" if len(networks) > 1 else "")
        destination.write_text(args.cards, cards.elastic_cards(of_networks.card_values(data), unit, what))
    if args.out:
        text = yaml.safe_dump(of_networks.to_fields(data), default_flow_style=None, sort_keys=False, width=100)
        destination.write_text(
            args.out, "# moduli in GPa, stresses in GPa, A B D in kN and mm, nu12 = -eps2 / eps1\n" + text
        )


def export(args: argparse.Namespace) -> None:
    """Write a network with the laws of one composite as a law file for the C interface, CalculiX or Abaqus.

    example:
      laminet export --network own/network.nc --materials materials.yaml --composite glass --out glass.law \\
        --cards glass.inp

    The cards make the law a material of a model. They know the law's file by its content, not by its name.
    """
    from laminet.files.destination import write_text
    from laminet.files.network import load_network
    from laminet.online.export import export as write
    from laminet.online.export import user_material

    how = _of_cards(args)
    network, composite = load_network(args.network), composite_of(args)
    cards = user_material(network, composite, how["solver"], how["unit"]) if args.cards else ""
    write(network, composite, args.out)
    if args.cards:
        write_text(args.cards, cards)


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, train, "data", "out", writes=TrainingOutput)
    meaning = "also train on these curves: files of `laminet curves`"
    added.add_argument("--curves", nargs="+", type=Input, metavar="FILE", help=meaning)
    network = added.add_mutually_exclusive_group(required=True)
    meaning = "continue this network file; its model and depth stay"
    network.add_argument("--start", type=Input, metavar="FILE", help=meaning)
    add_options(network, TrainingSettings, only=["model"], said={"model": "with --start: its model"})
    meaning = "sets the defaults of the options that name recipes"
    added.add_argument("--recipe", default="paper", choices=tuple(RECIPES), help=meaning)
    others = [field.name for kind in (TrainingSettings, JobSettings) for field in fields(kind) if field.name != "model"]
    add_options(
        added, TrainingSettings, JobSettings, only=others, said={name: _said(name) for name in RECIPES["paper"]}
    )

    command(commands, predict, "network", "data", "out")

    added = command(commands, evaluate, "out")
    add_networks_and_composites(added)
    meaning = f"online scheme (repeatable; default: {SCHEMES[0]})"
    added.add_argument("--scheme", action="append", choices=SCHEMES, help=meaning)
    meaning = "curves of the RVE to compare with (repeatable)"
    added.add_argument("--reference", action="append", default=[], type=Input, metavar="FILE", help=meaning)
    meaning = "also measure the CPU time of the load cases of each composite and control together, N times"
    added.add_argument("--repeats", type=int, default=0, metavar="N", help=meaning)
    meaning = "also record mean, deviation and maximum of stress and plastic strain in every phase; slower"
    added.add_argument("--fields", action="store_true", help=meaning)
    add_options(added, LoadSettings, OnlineSettings)

    added = command(commands, constants)
    add_networks_and_composites(added)
    add_options(added, ConstantsSettings)
    added.add_argument("--out", type=TextOutput, metavar="FILE", help="all numbers as YAML")
    _add_cards(added, "the constants as cards for CalculiX and Abaqus")

    added = command(commands, export, "network", "materials", "composite", "out", writes=TextOutput)
    _add_cards(added, "the material as cards for a solver's input file")
    meaning = f"that reads the cards (with --cards; default: {CARDS['solver']})"
    added.add_argument("--solver", choices=get_args(Solver), help=meaning)


def _add_cards(added: argparse.ArgumentParser, meaning: str) -> None:
    added.add_argument("--cards", type=TextOutput, metavar="FILE", help=meaning)
    meaning = f"of stress in the model that the cards are for (with --cards; default: {CARDS['unit']})"
    added.add_argument("--unit", choices=get_args(StressUnit), help=meaning)


def _of_cards(args: argparse.Namespace) -> dict[str, Any]:
    """The options of cards, those that were not given with their defaults.

    Raises:
        InputError: one is given without cards.
    """
    given = {name: value for name in CARDS if (value := getattr(args, name, None)) is not None}
    if given and not args.cards:
        raise InputError(f"{', '.join(given)}: only for cards; give --cards, or leave it out")
    return CARDS | given


def _said(name: str) -> str:
    """What the recipes make of a setting: "recipe paper: 40; recipe accurate: 10"."""
    recipes: dict[str, list[str]] = {}
    for recipe, values in RECIPES.items():
        recipes.setdefault(str(values[name]), []).append(recipe)
    return "; ".join(f"recipe {', '.join(names)}: {value}" for value, names in recipes.items())
