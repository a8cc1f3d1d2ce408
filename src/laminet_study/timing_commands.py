"""The commands `laminet-study time ...`, which measure; nothing else should run at the same time."""

import argparse
from dataclasses import fields
from typing import Any, get_args

from laminet.cli.arguments import Formatter, add_options, command, composite_of, load_paths, parameters, settings_of
from laminet.cli.places import Input
from laminet.loading.settings import LoadSettings
from laminet.online.settings import OnlineSettings, SchemeName
from laminet.training.settings import JobSettings, TrainingSettings

TEAMS = ("one", "ends", "doubling")


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
    measured = timing.training(*_data_and_settings(args), args.run_id, args.repeats, _progress())
    timing.save(measured, args.out, parameters(args), cores)


def epochs(args: argparse.Namespace) -> None:
    """Measure epochs of trainings with all leaves active, at several depths and on one or several cores.

    example:
      laminet-study time epochs --data elastic.nc --model dmn --formulation literal --backend torch --depths 4 5 6 \\
        --team ends --threads 2 --samples 400 --out epochs.nc
    """
    from laminet_study import timing

    cores = _cores(args)
    data, settings = _data_and_settings(args)
    measured = timing.epochs(data, settings, args.depths, args.team, cores, args.repeats, _progress())
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
    meaning = "numbers of threads: one; ends, one and all cores; doubling, 1, 2, 4 ... all cores"
    added.add_argument("--team", choices=TEAMS, default="one", help=meaning)
    add_options(
        added, TrainingSettings, only=[field.name for field in fields(TrainingSettings) if field.name != "depth"]
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


def _data_and_settings(args: argparse.Namespace) -> tuple[Any, TrainingSettings]:
    from laminet.files import foreign
    from laminet.training.data import data_of

    job = settings_of(args, JobSettings)
    data = data_of(foreign.given(args.data), args.data, job.samples).first(job.samples)
    return data, settings_of(args, TrainingSettings)


def _progress() -> Any:
    from laminet.progress import Progress

    return Progress("measurements")
