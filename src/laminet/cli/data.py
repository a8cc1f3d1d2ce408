"""Commands that make data: the RVE, its elastic samples, its nonlinear reference."""

import argparse
from pathlib import Path
from typing import Any

from laminet.cli.arguments import command, load_arguments, load_paths, named, parameters
from laminet.cli.places import FieldsOutput, Input


def rve(args: argparse.Namespace) -> None:
    """Make the RVE: pack parallel fibres in a periodic cell and mesh it.

    example:
      laminet rve --fibres 20 --volume-fraction 0.45 --out rve.nc
    """
    from laminet.rve import cell

    names = ("fibres", "volume_fraction", "gap", "refinement", "candidates")
    settings = cell.CellSettings(**named(args, names))
    cell.save(cell.build(settings, args.seed), args.out, parameters(args))


def sample(args: argparse.Namespace) -> None:
    """Make elastic data: homogenise pairs of phases, random or your own, on an RVE; all of them, or one shard.

    examples:
      laminet sample --rve rve.nc --samples 400 --out elastic.nc
      laminet sample --rve rve.nc --phases own.npz --validation 20 --out elastic.nc
      laminet sample --rve rve.nc --shard 1/4 --out shard-1.nc     (and 2/4, 3/4, 4/4, then laminet merge)
    """
    from laminet.data import foreign, foreign_files
    from laminet.data.elastic import STIFFNESSES, save
    from laminet.materials.sampling import Sampling
    from laminet.progress import Progress
    from laminet.rve import cell, elastic

    names = ("sequence", "contrast", "anisotropy", "shear", "poisson", "determinant", "yielding")
    sampling = Sampling(**named(args, names))
    mesh, progress = cell.load(args.rve), Progress("samples")
    if args.phases:
        given = foreign_files.read_elastic(args.phases, STIFFNESSES[:2])
        phases = foreign.phases(**given, validation=args.validation, seed=args.seed, where=args.phases)
        found = elastic.sample_given(mesh, phases, args.shard, progress)
        save(found, args.out, {"phases": found.attrs["design_sha256"]})
        return
    found = elastic.sample(
        mesh,
        args.samples,
        args.validation,
        args.seed,
        sampling,
        shard=args.shard,
        progress=progress,
    )
    save(found, args.out, parameters(args, without=("shard", "phases")))


def merge(args: argparse.Namespace) -> None:
    """Merge the shards of an elastic data set, or the controls of a reference.

    example:
      laminet merge shard-*.nc --out elastic.nc
    """
    from laminet.data import curves, netcdf
    from laminet.data.elastic import load, save
    from laminet.rve import elastic

    content = netcdf.read(args.shards[0]).attrs.get("content")
    is_reference = isinstance(content, str) and content == "reference"
    parts = [curves.load_reference(path) if is_reference else load(path) for path in args.shards]
    origin = {"shards": [part.attrs.get("params_sha256") for part in parts]}
    if is_reference:
        netcdf.write(curves.merge(parts, args.shards), args.out, content="reference", parameters=origin)
    else:
        save(elastic.merge(parts, args.shards), args.out, origin)


def reference(args: argparse.Namespace) -> None:
    """Simulate the nonlinear response of an RVE, the truth that networks are compared with.

    example:
      laminet reference --rve rve.nc --materials materials.yaml --composite glass --control stress --out reference.nc
    """
    from laminet.data import netcdf
    from laminet.loading.paths import LoadPath
    from laminet.materials.library import read_materials, select
    from laminet.progress import Progress
    from laminet.rve import cell
    from laminet.rve import reference as dns
    from laminet.rve.system import Fields
    from laminet.rve.vtu import write_fields as write

    composite = select(read_materials(args.materials), args.composite, args.materials)
    mesh = cell.load(args.rve)
    if args.coarsening != 1.0:
        mesh = cell.remesh(mesh, round(mesh.refinement / args.coarsening))

    def write_fields(path: LoadPath, fields: Fields) -> None:
        write(mesh, fields, Path(args.fields) / f"{args.composite}_{path.control}_{path.name}.vtu")

    curves = dns.reference(
        mesh,
        composite,
        load_paths(args),
        tolerance=args.tolerance,
        error_estimate=args.error_estimate,
        progress=Progress(args.composite),
        receive_fields=write_fields if args.fields else None,
    )
    netcdf.write(curves, args.out, content="reference", parameters=parameters(args, without=("fields",)))


def convergence(args: argparse.Namespace) -> None:
    """Study how reference curves of an RVE depend on its mesh and on the steps."""
    from laminet.data import netcdf
    from laminet.errors import InputError
    from laminet.loading.paths import by_control
    from laminet.materials.library import read_materials, select
    from laminet.progress import Progress
    from laminet.rve import cell
    from laminet.rve.convergence import convergence as study

    composite = select(read_materials(args.materials), args.composite, args.materials)
    mesh = cell.load(args.rve)
    if len(mesh.centers) == 0:
        raise InputError(f"{args.rve}: holds no fibres that could be meshed anew")
    (paths,) = by_control([args.control], args.cases, {}, args.steps, args.strain)
    found = study(
        mesh,
        composite,
        paths,
        refinements=args.refinements,
        strides=args.strides,
        tolerance=args.tolerance,
        progress=Progress(args.composite),
    )
    netcdf.write(found, args.out, content="convergence", parameters=parameters(args))


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, rve, "out")
    added.add_argument("--seed", type=int, default=0, help="of the packing")
    added.add_argument("--fibres", type=int, default=30, help="number of fibres")
    added.add_argument("--volume-fraction", type=float, default=0.6, help="of the fibres")
    added.add_argument("--gap", type=float, default=0.2, help="smallest distance between fibres, in radii")
    added.add_argument("--refinement", type=int, default=48, help="quadratic elements along each fibre's circle")
    added.add_argument("--candidates", type=int, default=16, help="packings tried")

    added = command(commands, sample, "rve", "out")
    added.add_argument("--samples", type=int, default=2048, help="for training")
    added.add_argument("--validation", type=int, default=100, help="for validation")
    added.add_argument("--seed", type=int, default=0, help="of the phases")
    added.add_argument("--shard", type=shard, default=(1, 1), help="K/N: only the K-th of N parts", metavar="K/N")
    added.add_argument(
        "--phases",
        type=Input,
        metavar="FILE",
        help="homogenise these pairs instead of random ones: NPZ or CSV of stiffness_1, stiffness_2 as for `laminet "
        "import`, Mandel, GPa; --validation of them are for validation",
    )
    added.add_argument("--sequence", default="sobol", choices=("sobol", "latin_hypercube"), help="of the samples")
    added.add_argument("--contrast", type=float, default=3.0, help="largest |log10| of the phases' contrast")
    added.add_argument("--anisotropy", type=float, default=1.0, help="largest |log10 E_i / E_j| in a phase")
    added.add_argument("--shear", type=float, nargs=2, default=(0.25, 0.5), help="range of G_ij / sqrt(E_i E_j)")
    added.add_argument("--poisson", type=float, nargs=2, default=(0.3, 0.7), help="range of -S_ij sqrt(E_i E_j)")
    added.add_argument("--determinant", type=float, default=0.05, help="smallest, of the unit-diagonal compliance")
    added.add_argument("--yielding", type=float, default=0.0, help="share of pairs whose phase 1 has a plastic tangent")

    added = command(commands, merge, "out")
    added.add_argument(
        "shards", nargs="+", type=Input, metavar="SHARD", help="all shards of one data set, or of one reference"
    )

    added = command(commands, reference, "rve", "materials", "out")
    added.add_argument("--composite", required=True, metavar="NAME", help="which composite of the materials")
    load_arguments(added)
    added.add_argument("--tolerance", type=float, default=1e-6, help="relative residual")
    added.add_argument(
        "--error-estimate",
        default="extrapolation",
        choices=("extrapolation", "mesh", "none"),
        help="extrapolated from three meshes, with its error; of the RVE's mesh, with its error by a second; or none",
    )
    added.add_argument("--coarsening", type=float, default=1.0, help="so much coarser than the RVE's mesh")
    added.add_argument(
        "--fields", type=FieldsOutput, metavar="DIR", help="also write the local fields at the end of every path as VTU"
    )

    added = command(commands, convergence, "rve", "materials", "out")
    added.add_argument("--composite", required=True, metavar="NAME", help="which composite of the materials")
    added.add_argument("--cases", nargs="+", default=["11", "12"], metavar="CASE", help="load cases")
    added.add_argument("--control", default="stress", choices=("strain", "stress"), help="of all of them")
    added.add_argument("--steps", type=int, default=100, help="increments of a path")
    added.add_argument("--strain", type=float, default=0.05, help="driven strain component at the end")
    added.add_argument(
        "--refinements", type=int, nargs="+", default=[16, 24, 36, 54], help="elements along each circle, ascending"
    )
    added.add_argument("--strides", type=int, nargs="+", default=[1, 2, 5, 10], help="steps taken in one, ascending")
    added.add_argument("--tolerance", type=float, default=1e-6, help="relative residual")


def shard(text: str) -> tuple[int, int]:
    """K/N with 1 <= K <= N."""
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N with 1 <= K <= N")
    return int(number), int(count)
