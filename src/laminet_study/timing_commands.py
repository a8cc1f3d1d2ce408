"""The commands `laminet-study time ...`, which measure; nothing else should run at the same time."""

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

from laminet.cli.arguments import Formatter, add_options, command, composite_of, load_paths, parameters, settings_of
from laminet.cli.places import Input
from laminet.errors import InputError
from laminet.loading.settings import LoadSettings
from laminet.online.settings import OnlineSettings, SchemeName
from laminet.training.settings import JobSettings, TrainingSettings

if TYPE_CHECKING:
    from laminet_study.timing import Team

TEAMS: dict["Team", str] = {
    "one": "on one thread",
    "ends": "on one thread and on all cores",
    "doubling": "on 1, 2, 4 ... threads up to all cores",
}
"""Options of forms of networks, and where the epochs of these are measured."""

FORMS = {
    "dmn-literal": {"model": "dmn", "formulation": "literal"},
    "dmn-reduced": {"model": "dmn", "formulation": "reduced"},
    "imn": {"model": "imn"},
}
"""Settings of forms."""


def online(args: argparse.Namespace) -> None:
    """Measure the CPU time of load paths through networks.

    example:
      laminet-study time online --network runs/imn-1/network.nc --materials materials.yaml --composite glass \\
        --scheme imn_newton_dense --control stress --out online.nc
    """
    from laminet_study import timing

    cores = _cores(args)
    settings, paths = settings_of(args, OnlineSettings), load_paths(args)
    measured = timing.online(args.network, args.scheme, composite_of(args), paths, settings, args.repeats, _progress())
    timing.save(measured, args.out, parameters(args), cores)


def training(args: argparse.Namespace) -> None:
    """Measure whole trainings on one thread.

    example:
      laminet-study time training --data elastic.nc --run imn-1 --model imn --depth 5 --samples 400 --out training.nc
    """
    from laminet_study import timing

    cores = _cores(args)
    data, settings = _data(args), settings_of(args, TrainingSettings)
    measured = timing.training(data, settings, args.run_id, args.repeats, _progress())
    timing.save(measured, args.out, parameters(args), cores)


def epochs(args: argparse.Namespace) -> None:
    """Measure epochs of trainings with all leaves active, several forms of networks side by side.

    example:
      laminet-study time epochs --data elastic.nc --backend torch --ends dmn-literal imn --depths 4 5 6 \\
        --threads 2 --samples 400 --out epochs.nc
    """
    from laminet_study import timing

    forms = [form for team in TEAMS for form in getattr(args, team)]
    if not forms or len(set(forms)) < len(forms):
        raise InputError(f"forms are {', '.join(forms) or 'missing'}; give each once, as --{', --'.join(TEAMS)}")
    cores, data = _cores(args), _data(args)
    teams = {
        team: [settings_of(args, TrainingSettings, **FORMS[form]) for form in getattr(args, team)] for team in TEAMS
    }
    measured = timing.epochs(data, teams, args.depths, cores, args.repeats, _progress())
    timing.save(measured, args.out, parameters(args), cores)


def merge(args: argparse.Namespace) -> None:
    """Join what several of these commands have measured.

    example:
      laminet-study time merge results/times/*.nc --out results/times.nc
    """
    from laminet_study import measured

    measured.write(measured.merged([measured.load(file) for file in args.files]), args.out, parameters(args))


def add(commands: Any) -> None:
    """Add this group of commands."""
    meaning = "Measure times, with the machine to itself: online predictions, trainings, their epochs."
    example = "example:\n  laminet-study time merge results/times/*.nc --out results/times.nc"
    top = commands.add_parser("time", help=meaning, description=meaning, epilog=example, formatter_class=Formatter)
    group = top.add_subparsers(dest="what", required=True, metavar="WHAT")

    added = command(group, online, "materials", "composite", "out")
    meaning = "a network file; the name of its folder is the run's (repeatable)"
    added.add_argument("--network", action="append", required=True, type=Input, metavar="FILE", help=meaning)
    meaning = "online scheme (repeatable)"
    added.add_argument("--scheme", action="append", required=True, choices=get_args(SchemeName), help=meaning)
    add_options(added, LoadSettings, OnlineSettings)
    _measured(added)

    added = command(group, training, "data", "out")
    added.add_argument("--run", dest="run_id", required=True, metavar="NAME", help="what the run is called")
    add_options(added, TrainingSettings)
    add_options(added, JobSettings, only=("samples",))
    _measured(added)

    added = command(group, epochs, "data", "out")
    added.add_argument("--depths", nargs="+", type=int, required=True, metavar="N", help="layers below the root")
    for team, where in TEAMS.items():
        meaning = f"forms of networks that are measured {where}"
        added.add_argument(f"--{team}", nargs="+", choices=FORMS, default=[], help=meaning)
    of_forms = ("model", "formulation", "depth")
    add_options(
        added, TrainingSettings, only=[field.name for field in fields(TrainingSettings) if field.name not in of_forms]
    )
    add_options(added, JobSettings, only=("samples",))
    _measured(added)

    added = command(group, merge, "out")
    added.add_argument("files", nargs="+", type=Input, metavar="FILE", help="files of times")


def _measured(added: argparse.ArgumentParser) -> None:
    added.add_argument("--repeats", type=int, default=5, metavar="N", help="of every measurement")
    added.add_argument("--threads", type=int, default=1, metavar="N", help="cores the process keeps to")


def _cores(args: argparse.Namespace) -> int:
    """How many cores the process keeps to: those asked for, or fewer where it may not use so many, with a warning."""
    from laminet import cores
    from laminet.settings import Count, check

    check(Count, args.repeats, "repeats")
    return len(cores.pin(JobSettings(threads=args.threads).threads))


def _data(args: argparse.Namespace) -> Any:
    from laminet.files import foreign
    from laminet.training.data import data_of

    job = settings_of(args, JobSettings)
    return data_of(foreign.given(args.data), args.data, job.samples).first(job.samples)


def _progress() -> Any:
    from laminet.progress import Progress

    return Progress("measurements")
