"""Commands that make data: the RVE, its elastic samples, its nonlinear reference, curves for training."""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

from laminet.cells.fibres.settings import CellSettings, ConvergenceSettings, CurveMeshSettings, ReferenceSettings
from laminet.cells.voxels.settings import Device, ImageSettings, InclusionSettings
from laminet.cli.arguments import (
    FILES,
    add_options,
    command,
    composite_of,
    given,
    load_paths,
    parameters,
    settings_of,
    tell,
)
from laminet.cli.places import CurvesOutput, FieldsOutput, Input
from laminet.errors import InputError
from laminet.files.settings import OURS, ImportSettings, MeasuredSettings
from laminet.loading.settings import CurveSettings, LoadSettings
from laminet.materials.settings import ElasticSettings, Sampling
from laminet.progress import Progress
from laminet.settings import Settings, text_of

CONVENTION = {name: text_of(getattr(OURS, name), ",") for name in ("notation", "unit", "order", "quantity")}
"""Settings of an import that say how given phases are written, and their defaults."""


def rve(args: argparse.Namespace) -> None:
    """Make the RVE: a mesh of parallel fibres, or voxels of an image, of spheres or of short fibres.

    examples:
      laminet rve --fibres 20 --volume-fraction 0.45 --out rve.nc
      laminet rve --image scan.tif --threshold 120 --out rve.nc
      laminet rve --spheres 0.3 --voxels 48 --out rve.nc
      laminet rve --short-fibres 0.12 --voxels 64 --out rve.nc
    """
    source = next((name for name in ("image", "spheres", "short_fibres") if getattr(args, name) is not None), "fibres")
    kinds = {"image": ImageSettings, "spheres": InclusionSettings, "short_fibres": InclusionSettings}
    kept = kinds.get(source, CellSettings)
    seed = args.seed if kept is ImageSettings else CellSettings.seed
    others = _given(argparse.Namespace(**vars(args) | {"seed": seed}), {*kinds.values(), CellSettings} - {kept}, ())
    if others:
        cell_of = {"fibres": "parallel fibres", "image": "an image"}.get(source, source.replace("_", " "))
        raise InputError(f"{others}: not for a cell of {cell_of}; leave it out")
    if source == "fibres":
        from laminet.cells.fibres import cell

        progress = Progress("packings and mesh")
        cell.save(cell.build(settings_of(args, CellSettings), progress), args.out, parameters(args))
        tell(args.out)
        return
    from laminet.cells.voxels import cell as voxels
    from laminet.cells.voxels import inclusions

    if source == "image":
        made = voxels.from_image(args.image, settings_of(args, ImageSettings))
    else:
        made = getattr(inclusions, source)(getattr(args, source), settings_of(args, InclusionSettings))
    voxels.save(made, args.out, parameters(args))
    tell(args.out)


def sample(args: argparse.Namespace) -> None:
    """Make elastic data: homogenise pairs of phases, random or your own, on an RVE; all of them, or one shard.

    examples:
      laminet sample --rve rve.nc --samples 400 --out elastic.nc
      laminet sample --rve rve.nc --phases own.csv --notation voigt --order abaqus --unit MPa --out elastic.nc
      laminet sample --rve rve.nc --shard 1/4 --out shard-1.nc     (and 2/4, 3/4, 4/4, then laminet merge)
    """
    from laminet.cells import elastic_data, kinds
    from laminet.files import foreign, netcdf
    from laminet.files.matrices import SUFFIXES

    convention = {name: value for name, value in given(args, ImportSettings).items() if name in CONVENTION}
    if args.phases and Path(args.phases).suffix.lower() not in SUFFIXES:
        kept = {"validation": args.validation is not None, "seed": args.seed != ElasticSettings.seed}
        if fixed := [*convention, *(name for name, differs in kept.items() if differs)]:
            raise InputError(
                f"{', '.join(fixed)}: only for phases in CSV or NPZ, and {args.phases} is neither; leave one out"
            )
    if args.validation is None:
        args.validation = ImportSettings.validation if args.phases else ElasticSettings.validation
    of_random = {"validation": ElasticSettings.validation} if args.phases else {}  # of given pairs it may be a share
    settings = settings_of(args, ElasticSettings, **of_random)
    random = {"samples": settings.samples, **vars(settings.sampling)}
    default = {"samples": ElasticSettings.samples, **vars(Sampling())}
    if args.phases and (other := [name for name, value in random.items() if value != default[name]]):
        raise InputError(f"{', '.join(other)}: only for random phases, and --phases gives them; leave one out")
    if convention and not args.phases:
        raise InputError(f"{', '.join(convention)}: only for given phases; give them by --phases, or leave it out")
    homogenizer, progress = kinds.homogenizer(kinds.load(args.rve), args.device), Progress("samples")
    if args.phases:
        kept = {"validation": args.validation, "seed": args.seed}
        if Path(args.phases).suffix.lower() in SUFFIXES:
            phases = foreign.from_file(args.phases, composite=False, **kept, **convention)
        else:
            phases = foreign.given(args.phases)
        data = elastic_data.sample_given(homogenizer, phases, args.shard, progress)
        origin = {"phases": data.attrs["design_sha256"]}
    else:
        how = settings.samples, settings.validation, settings.seed, settings.sampling
        data = elastic_data.sample(homogenizer, *how, shard=args.shard, progress=progress)
        origin = parameters(args, without=("shard", "phases"))
    netcdf.write(data, args.out, content="elastic", parameters=origin)
    tell(args.out)


def curves(args: argparse.Namespace) -> None:
    """Make curves that networks are trained on: random composites simulated on an RVE, or your own measured ones.

    examples:
      laminet curves --rve rve.nc --count 16 --out curves.nc
      laminet curves --rve rve.nc --shard 1/2 --out shard-1.nc     (and 2/2, then laminet merge)
      laminet curves --rve rve.nc --count 32 --reuse curves.nc --out more.nc
      laminet curves --measured test.csv --unit MPa --materials materials.yaml --composite glass --out curves.nc

    The same command resumes an interrupted simulation. A CSV of a measured curve has one line for each step and the
    columns strain_11 ..., stress_11 ..., of any components, and perhaps time. Components with a strain are driven; the
    others are free of stress unless their stress is given.
    """
    from laminet.files import netcdf

    if args.measured:
        from laminet.files.measured import measured_curves

        if others := _given(args, (CurveSettings, CurveMeshSettings), ("shard", "reuse", "device")):
            raise InputError(f"{others}: only for simulated curves, and --measured reads them; leave one out")
        if missing := [name for name in ("materials", "composite") if getattr(args, name) is None]:
            raise InputError(f"--measured needs --{' and --'.join(missing)}: the laws of what was measured")
        data = measured_curves(args.measured, composite_of(args), settings_of(args, MeasuredSettings))
        netcdf.write(data, args.out, content="curves", parameters=parameters(args, without=("shard", "rve")))
    else:
        from laminet.cells import kinds
        from laminet.cells.fibres.curve_simulation import simulate_file

        if others := _given(args, (MeasuredSettings,), ("materials", "composite")):
            raise InputError(f"{others}: only for measured curves, and --rve simulates them; leave one out")
        how = settings_of(args, CurveSettings), settings_of(args, CurveMeshSettings), args.shard
        cell, progress = kinds.load(args.rve), Progress("curves")
        simulator = kinds.simulator(cell, args.device)
        data = simulate_file(cell, args.out, *how, progress=progress, simulator=simulator, reuse=args.reuse)
    tell(args.out)


def _given(args: argparse.Namespace, kinds: Iterable[type[Settings]], names: Sequence[str]) -> str:
    """Which of these names and of the options of these settings are not as they are without being given."""
    others = [name for name in names if getattr(args, name) not in (None, (1, 1), [], "cpu")]
    for kind in kinds:
        default = vars(kind())
        others += [name for name, value in vars(settings_of(args, kind)).items() if value != default[name]]
    return ", ".join(others)


def merge(args: argparse.Namespace) -> None:
    """Join the shards of elastic data or of training curves, the controls of a reference, or several sets of curves.

    example:
      laminet merge shard-*.nc --out elastic.nc
    """
    from laminet.cells import elastic_data
    from laminet.files import curves, foreign, netcdf, training_curves

    kinds: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "reference": (curves.load_reference, curves.merge),
        "curves": (training_curves.load, training_curves.merge),
        "elastic": (foreign.given, elastic_data.merge),
    }
    first = netcdf.read(args.shards[0])
    default = "curves" if "curve" in first.dims else "elastic"  # of a file that laminet did not write
    content = str(first.attrs.get("content", default))
    content = content if content in kinds else "elastic"
    load, merged = kinds[content]
    parts = [load(path) for path in args.shards]
    origin = {"shards": [part.attrs.get("params_sha256") for part in parts]}
    netcdf.write(merged(parts, args.shards), args.out, content=content, parameters=origin)
    tell(args.out)


def reference(args: argparse.Namespace) -> None:
    """Simulate the nonlinear response of an RVE, the truth that networks are compared with.

    example:
      laminet reference --rve rve.nc --materials materials.yaml --composite glass --control stress --out reference.nc
    """
    from laminet.cells import kinds
    from laminet.files import netcdf
    from laminet.loading.paths import LoadPath

    settings, cell = settings_of(args, ReferenceSettings), kinds.load(args.rve)
    how: dict[str, Any] = {"device": args.device, "progress": Progress(args.composite)}

    def write_fields(path: LoadPath, simulated: kinds.AnyCell, fields: kinds.AnyFields) -> None:
        kinds.write_fields(simulated, fields, Path(args.fields) / f"{args.composite}_{path.control}_{path.name}")

    how["receive_fields"] = write_fields if args.fields else None
    curves = kinds.reference(cell, composite_of(args), load_paths(args), settings, **how)
    recorded = {"statistics": True} if args.fields else {}
    netcdf.write(curves, args.out, content="reference", parameters=parameters(args, without=("fields",)) | recorded)
    tell(args.out)


def convergence(args: argparse.Namespace) -> None:
    """Study how reference curves of an RVE depend on its mesh and on the steps.

    example:
      laminet convergence --rve rve.nc --materials materials.yaml --composite glass --out convergence.nc
    """
    from laminet.cells.fibres import cell
    from laminet.cells.fibres.convergence import convergence as study
    from laminet.files import netcdf
    from laminet.loading.paths import by_control

    settings = settings_of(args, ConvergenceSettings)
    composite, mesh = composite_of(args), cell.load(args.rve)
    if len(mesh.centers) == 0:
        raise InputError(f"{args.rve}: holds no fibres that could be meshed again")
    (paths,) = by_control([settings.control], settings.cases, {}, settings.steps, args.strain)
    how = settings.refinement, settings.meshes, settings.strides, settings_of(args, ReferenceSettings).tolerance
    errors = study(mesh, composite, paths, *how, progress=Progress(args.composite))
    netcdf.write(errors, args.out, content="convergence", parameters=parameters(args))


def add(commands: Any) -> None:
    """Add the commands of this group."""
    added = command(commands, rve, "out")
    cut = added.add_mutually_exclusive_group()
    cut.add_argument("--image", type=Input, metavar="FILE", help="a 3D image: NPY, HDF5, VTI or a stack in TIFF")
    for name in ("spheres", "short-fibres"):
        meaning = f"pack {name.replace('-', ' ')} with this volume fraction, and cut them into voxels"
        cut.add_argument(f"--{name}", type=float, metavar="FRACTION", help=meaning)
    add_options(added.add_argument_group("parallel fibres"), CellSettings)
    add_options(added.add_argument_group("images"), ImageSettings)
    packed = tuple(name for name in InclusionSettings.__dataclass_fields__ if name != "seed")
    add_options(added.add_argument_group("spheres and short fibres"), InclusionSettings, only=packed)

    added = command(commands, sample, "rve", "out")
    _add_device(added)
    add_options(added, ElasticSettings, only=("samples", "seed", "sampling"))
    validation = (
        f"for validation, drawn separately (default: {ElasticSettings.validation}); of the pairs of --phases a share "
        f"or a number (default: {ImportSettings.validation})"
    )
    added.add_argument("--validation", type=number, metavar="NUMBER", help=validation)
    added.add_argument("--shard", type=shard, default="1/1", help="K/N: only the K-th of N parts", metavar="K/N")
    phases = (
        "homogenise these pairs instead of random ones: NPZ or CSV of stiffness_1, stiffness_2 as for `laminet "
        "import`, or the pairs of an elastic data file"
    )
    added.add_argument("--phases", type=Input, metavar="FILE", help=phases)
    add_options(
        added,
        ImportSettings,
        only=CONVENTION,
        said={name: f"with --phases; default: {value}" for name, value in CONVENTION.items()},
    )

    added = command(commands, curves, "out", writes=CurvesOutput)
    source = added.add_mutually_exclusive_group(required=True)
    source.add_argument("--rve", type=Input, metavar="FILE", help=f"{FILES['rve']}, to simulate curves on")
    measured = "tables of measured curves (CSV), one for each curve"
    source.add_argument("--measured", nargs="+", type=Input, metavar="FILE", help=measured)
    add_options(added, CurveSettings, CurveMeshSettings)
    added.add_argument("--shard", type=shard, default="1/1", help="K/N: only the K-th of N parts", metavar="K/N")
    _add_device(added)
    reuse = "take curves that these files hold instead of simulating them again"
    added.add_argument("--reuse", nargs="+", type=Input, default=[], metavar="FILE", help=reuse)
    added.add_argument("--materials", type=Input, metavar="FILE", help=f"of measured curves: {FILES['materials']}")
    added.add_argument("--composite", metavar="NAME", help=f"of measured curves: {FILES['composite']}")
    add_options(added, MeasuredSettings)

    added = command(commands, merge, "out")
    shards = "all shards of one data set, or of one reference; or whole sets of training curves"
    added.add_argument("shards", nargs="+", type=Input, metavar="SHARD", help=shards)

    added = command(commands, reference, "rve", "materials", "composite", "out")
    add_options(added, LoadSettings, ReferenceSettings)
    _add_device(added)
    fields = "also write the local fields at the end of every path: VTU of fibres, VTI of voxels"
    added.add_argument("--fields", type=FieldsOutput, metavar="DIR", help=fields)

    added = command(commands, convergence, "rve", "materials", "composite", "out")
    add_options(added, ConvergenceSettings)
    add_options(added, LoadSettings, only=("strain",))
    add_options(added, ReferenceSettings, only=("tolerance",))


def _add_device(added: argparse.ArgumentParser) -> None:
    """Add the option that says what computes a cell of voxels."""
    meaning = "what computes a cell of voxels: the processor, or a CUDA device through PyTorch"
    added.add_argument("--device", choices=get_args(Device), default="cpu", help=meaning)


def number(text: str) -> float:
    """A whole number as such, any other as a real one."""
    return int(text) if text.isdecimal() else float(text)


def shard(text: str) -> tuple[int, int]:
    """K/N with 1 <= K <= N."""
    form = re.fullmatch(r"(\d+)/(\d+)", text)
    if not form or not 1 <= int(form[1]) <= int(form[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N with 1 <= K <= N")
    return int(form[1]), int(form[2])
