"""The library's face: train a network, load one, homogenise with it, use it as a material law.

Every function does what the command of the same name does, on arrays and datasets instead of files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import xarray as xr

from laminet.cells.voxels.settings import Device
from laminet.errors import InputError, shown, warn
from laminet.files import curves as curve_files
from laminet.files import elastic, foreign, history
from laminet.files.destination import check_distinct, partial_of
from laminet.files.foreign import elastic_data
from laminet.files.matrices import Table
from laminet.files.network import NetworkParameters, load_network, save_network
from laminet.loading import paths as load_paths
from laminet.loading.settings import CurveSettings, LoadSettings
from laminet.materials import library
from laminet.materials.library import Composite, read_materials, select
from laminet.materials.stiffness import check_stiffness
from laminet.network import tree
from laminet.numeric import real_array
from laminet.online.settings import Backend, ConstantsSettings, MaterialSettings, OnlineSettings, SchemeName
from laminet.progress import Progress, note
from laminet.settings import Count, check, read
from laminet.training.settings import JobSettings, TrainingSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from laminet.online.material import Material
    from laminet.training.curve_data import CurveFile

__all__ = ["Network", "constants", "curves", "elastic_data", "evaluate", "load", "measured_curves", "train"]

Materials = Path | str | Composite | Mapping[str, Any]
"""A materials YAML, a composite read from one, or its mapping {"phase_1": {...}, "phase_2": {...}}."""


LARGEST_ERROR = 0.2
"""Of a training that is worth using."""


@dataclass(frozen=True)
class Network:
    """A trained network; networks with equal parameters are equal.

    Attributes:
        parameters: activations and angles, with the settings of the training as `attributes`.
        history: of its training, None for a network from a file; see docs/files.md.
        seeds: if it is the best of several trainings, what all of them reached: a dataset along `seed` with
            train_error, validation_error, validation_divergence, active_nodes and elapsed [s], NaN for one whose leaves
            have all become inactive.
    """

    parameters: NetworkParameters
    history: xr.Dataset | None = field(default=None, compare=False)
    seeds: xr.Dataset | None = field(default=None, compare=False)

    @property
    def model(self) -> str:
        """ "dmn" or "imn"."""
        return self.parameters.model

    @property
    def depth(self) -> int:
        """Layers below the root."""
        return self.parameters.depth

    @property
    def active_nodes(self) -> int:
        """Leaves with a positive weight."""
        return self.parameters.active_nodes

    @property
    def phases(self) -> int:
        """Number of phases, P."""
        return self.parameters.phases

    @property
    def volume_fractions(self) -> np.ndarray:
        """Shares (P,) of the phases in the weights: what the network has learned of their volume fractions."""
        weights = tree.phase_weights(self.parameters)[:, 0]
        return weights / weights.sum()

    @property
    def volume_fraction(self) -> float:
        """That of phase 2, of two phases the fibre."""
        return float(self.volume_fractions[1])

    def __repr__(self) -> str:
        fractions = ", ".join(f"{fraction:.3f}" for fraction in self.volume_fractions)
        return (
            f"<laminet.Network: {self.model} of depth {self.depth}, {self.active_nodes} of {2**self.depth} leaves "
            f"active, volume fractions {fractions}>"
        )

    def homogenize(self, *stiffnesses: np.ndarray, backend: str = "native", threads: int = 1) -> np.ndarray:
        """Homogenised stiffness of the phases' stiffnesses (Eqs. 8, 23): `network.homogenize(matrix, fibre)`.

        Args:
            stiffnesses: of phase 1 (matrix), phase 2 (fibre) and so on, (..., 6, 6) each, Mandel, in any one unit;
                leading dimensions broadcast.
            backend: "native" (compiled) or "numpy" (the readable reference); both agree to rounding.
            threads: cores of the native backend.

        Returns:
            (..., 6, 6), Mandel, in that unit.

        Raises:
            InputError: stiffnesses of fewer or more phases, shapes that do not fit, an unknown backend, or a stiffness
                that is not finite, symmetric and positive definite.
        """
        if len(stiffnesses) != self.phases:
            raise InputError(f"{len(stiffnesses)} stiffnesses are given; the network has {self.phases} phases")
        check(Count, threads, "threads")
        check(Backend, backend, "backend")
        named = zip(elastic.phase_names(self.phases), stiffnesses, strict=True)
        checked = [check_stiffness(real_array(stiffness, name), name) for name, stiffness in named]
        try:
            shape = np.broadcast_shapes(*(stiffness.shape for stiffness in checked))
        except ValueError as error:
            shapes = " and ".join(str(stiffness.shape) for stiffness in checked)
            raise InputError(f"stiffnesses of the shapes {shapes} do not fit together") from error
        flat = [np.broadcast_to(stiffness, shape).reshape(-1, 6, 6) for stiffness in checked]
        from laminet.network import homogenize, native  # here, because few need the compiled part

        if backend == "native":
            return native.homogenize(self.parameters, *flat, threads=threads).reshape(shape)
        return homogenize.homogenize(self.parameters, *flat).reshape(shape)

    def predict(self, data: Path | str | xr.Dataset | Table) -> xr.Dataset:
        """Homogenise the phases of elastic data and compare.

        Returns:
            Dataset `stiffness` (sample, i, j) in GPa and its relative `error` (sample), whose mean is Eq. 33, with the
            coordinates sample and split of the data.

        Raises:
            InputError: unusable data, or of another number of phases than the network's.
        """
        from laminet.network.homogenize import homogenize
        from laminet.training.loss import relative_error

        dataset = foreign.given(data)
        *phases, reference = elastic.arrays(dataset).values()
        if len(phases) != self.phases:
            raise InputError(f"the data have {len(phases)} phases, the network {self.phases}; take data of its phases")
        stiffness = homogenize(self.parameters, *phases)
        variables = {
            "stiffness": (elastic.DIMS, stiffness, {"units": "GPa"}),
            "error": ("sample", relative_error(stiffness, reference), {"units": "1"}),
        }
        coordinates = {name: dataset[name] for name in ("sample", "split") if name in dataset.coords}
        about = {"model": self.model, "depth": self.depth, "active_nodes": self.active_nodes}
        return xr.Dataset(variables, coordinates, {"notation": elastic.NOTATION, **about})

    def material(
        self,
        materials: Materials,
        composite: str | None = None,
        *,
        points: int = 1,
        threads: int = 1,
        **settings: Any,
    ) -> "Material":
        """The network as the law of many material points, for a finite-element code.

        law = network.material("materials.yaml", "glass", points=8)
        state = law.virgin()
        stress, tangent, state = law.update(strain, state)  # total strain (points, 6), Mandel

        Args:
            materials: laws of the phases.
            composite: its name, needed where a file holds several.
            points: material points computed at once.
            threads: cores that share them.
            settings: fields of laminet.online.settings.MaterialSettings, such as tolerance=1e-8.

        Raises:
            InputError: unusable materials, unknown composite or setting, or numbers out of range.
        """
        from laminet.online.material import Material

        laws = _composite(materials, composite)
        return Material(self.parameters, laws, points, read(MaterialSettings, settings), threads)

    def evaluate(
        self, materials: Materials, composite: str | Sequence[str] | None = None, **options: Any
    ) -> xr.Dataset:
        """Drive load paths through the network: stress-strain curves by the contract of online files.

        curves = network.evaluate("materials.yaml", "glass", control="stress", load_case="11", strain=0.03)
        curves["stress"].sel(composite="glass", control="stress", load_case="11", component="11").squeeze()

        Args:
            materials: laws of the phases.
            composite: names of those wanted; all of them if None.
            options: of `laminet.evaluate`, which this calls.

        Raises:
            InputError: as `laminet.evaluate`.
        """
        return evaluate(self, materials, composite, **options)

    def plot(self, kind: str = "tree") -> "Figure":
        """A picture of the network, as a matplotlib figure: `network.plot("normals").savefig("normals.pdf")`.

        Args:
            kind: "tree" (weights as widths, phases as colours, inactive branches grey), "normals" (of the interfaces)
                or "leaves" (axes of the phases, DMN only).

        Raises:
            InputError: an unknown kind, one that does not fit the model, or no matplotlib.
        """
        from laminet import plots

        try:
            return plots.of_network(self.parameters, kind)
        except ModuleNotFoundError as error:
            raise InputError(
                f"a picture needs {error.name}, which is not installed: python -m pip install 'laminet[figures]'"
            ) from error

    def save(self, path: Path | str) -> None:
        """Write the network by its contract; `laminet.load` reads it.

        Raises:
            InputError: the file cannot be written.
        """
        save_network(self.parameters, _path(path, "network"), dict(self.parameters.attributes))


def load(path: Path | str) -> Network:
    """Read a network file.

    Raises:
        InputError: unreadable file, or one that does not hold a network.
        DeadNetworkError: no leaf is active.
    """
    return Network(load_network(_path(path, "network")))


def evaluate(
    networks: Network | Path | str | Sequence[Network | Path | str] | Mapping[str, Network | Path | str],
    materials: Materials,
    composite: str | Sequence[str] | None = None,
    *,
    control: str | Sequence[str] = load_paths.CONTROLS,
    load_case: str | int | Sequence[str | int] = load_paths.CASES,
    paths: Mapping[Any, Sequence[Mapping[Any, float]]] | None = None,
    strain: float = LoadSettings.strain,
    steps: int = LoadSettings.steps,
    duration: float = LoadSettings.duration,
    scheme: str | Sequence[str] = get_args(SchemeName)[0],
    references: Path | str | xr.Dataset | Sequence[Path | str | xr.Dataset] = (),
    repeats: int = 0,
    fields: bool = False,
    progress: bool = False,
    **settings: Any,
) -> xr.Dataset:
    """Drive load paths through a network, or through several to see how far they scatter.

    curves = laminet.evaluate(["own/seeds/0/network.nc", "own/seeds/1/network.nc"], "materials.yaml", "glass")
    low, high = curves["stress_low"], curves["stress_high"]

    Args:
        networks: one, or several of one kind, such as the seeds of a training: a sequence, or a mapping from labels.
            A list, even of one, gives the dimension `network`, and mean, lowest and highest strain and stress.
        materials: laws of the phases.
        composite: names of those wanted; all of them if None.
        control: "strain" (the other strains are zero), "stress" (the other stresses are zero), or both.
        load_case: of the six cases "11", "22", "33", "12", "23", "31" those wanted; whole numbers serve, too, also in
            `paths`.
        paths: further load cases: name to vertices, each the driven tensor strains there, such as
            {"cycle": [{"11": 0.02}, {"11": 0.0}]}. A component that a vertex does not name is zero there. "s11" is a
            stress in GPa, "duration" the seconds to the vertex: {"creep": [{"s11": 0.05}, {"duration": 1000}]}.
        strain: the driven tensor component of the six cases at the end.
        steps: increments of every path.
        duration: of every path in seconds, where laws depend on time; segments share it equally.
        scheme: one or several of laminet.online.schemes.SCHEMES.
        references: curves of the RVE to compare with, of `laminet reference`, one or several; those of one composite
            are joined. Then there is `error`, too.
        repeats: how often the CPU time of all load cases together is measured; then there is `time`, too.
        fields: whether to record the statistics of the local fields, see laminet.materials.local_fields.
        progress: whether to show it.
        settings: fields of laminet.online.settings.OnlineSettings.

    Raises:
        InputError: unusable networks or materials, networks of different kinds, one given twice, unknown names,
            numbers out of range, or references on other paths.

    Warns:
        LaminetWarning: a path's component that goes back to zero because a vertex does not name it. Also a path or a
            law beyond what was tested (docs/scope.md), where no reference says how large the error is.
    """
    from laminet.online import evaluation, scope

    single = isinstance(networks, Network | Path | str)
    parameters = parameters_of({"": networks} if single else networks)
    composites, known = _composites(materials, composite), curve_files.references(references)
    named = {} if paths is None else paths
    driven = load_paths.by_control(_several(control), _several(load_case), named, steps, strain, duration)
    scope.warn_beyond(parameters.values(), composites, driven, known)
    return evaluation.evaluate(
        parameters[""] if single else parameters,
        _several(scheme),
        composites,
        driven,
        read(OnlineSettings, settings),
        known,
        progress=Progress("curves") if progress else None,
        repeats=repeats,
        fields=fields,
    )


def constants(
    networks: Network | Path | str | Sequence[Network | Path | str] | Mapping[str, Network | Path | str],
    materials: Materials,
    composite: str | Sequence[str] | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Engineering constants, yield stresses and laminates of a network, or of several to see how far they scatter.

    data = laminet.constants("own/network.nc", "materials.yaml", "glass", layup="[0/+-45/90]s", thickness=0.125)
    data["constants"].sel(constant="E11").mean("network")  # GPa

    Args:
        networks: one, or several, as of `evaluate`.
        materials: laws of the phases.
        composite: names of those wanted; all of them if None.
        settings: fields of laminet.online.settings.ConstantsSettings.

    Returns:
        The dataset of laminet.online.constants.constants.

    Raises:
        InputError: unusable networks, materials or settings.

    Warns:
        LaminetWarning: a layup of plies whose fibres hardly lie along axis 1.
    """
    from laminet.online import constants as of_networks

    parameters = parameters_of([networks] if isinstance(networks, Network | Path | str) else networks)
    return of_networks.constants(parameters, _composites(materials, composite), read(ConstantsSettings, settings))


def train(
    data: Path | str | xr.Dataset | Table,
    model: str | None = None,
    depth: int | None = None,
    *,
    curves: "CurveFile | Iterable[CurveFile] | None" = None,
    start: Network | Path | str | None = None,
    recipe: str = "paper",
    samples: int | None = None,
    batch: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    seeds: int | None = None,
    select: str | None = None,
    starts: int | None = None,
    threads: int = 1,
    directory: Path | str | None = None,
    progress: bool = False,
    **settings: Any,
) -> Network:
    """Train a network on elastic data, or on elastic data and curves together.

    network = laminet.train("elastic.nc", curves="curves.nc", recipe="curves", threads=2)
    fitted = laminet.train("elastic.nc", curves=laminet.measured_curves(...), recipe="curves", start=network)

    What is None is as the recipe has it, see `laminet.training.recipes`.

    Args:
        data: an elastic data file, a dataset of the same form (see `elastic_data` for your own arrays), or a data frame
            with the columns of a CSV that `laminet import` reads (Mandel, GPa). If a data frame has no column `split`,
            a tenth of it is kept for validation.
        model: "imn" or "dmn"; by default that of `start`, or "imn".
        depth: layers below the root; by default that of `start`, or the recipe's.
        curves: training curves of `curves` or `measured_curves`, or their files, one or several.
        start: a network that is continued in place of a random one.
        recipe: "paper" or "accurate", or with curves "curves".
        samples: training samples used, the first of the data. The recipe's number, or all if there are fewer.
        batch: samples in a minibatch. The recipe's number, or all if there are fewer.
        epochs: passes over the training samples.
        seed: of the initial parameters and the minibatches.
        seeds: trainings, from `seed` on, of which the best is kept; `Network.seeds` says how they spread.
        select: what the best is chosen by, "validation_error" or "validation_divergence".
        starts: networks trained first, on elastic data alone by the recipe "accurate"; the best of them is continued.
        threads: cores to use, first for as many seeds at a time.
        directory: where to keep network.nc and history.nc, and those of several seeds in seeds/. An interrupted
            training resumes from there.
        progress: whether to show it.
        settings: further fields of laminet.training.settings.TrainingSettings, such as loss="divergence".

    Raises:
        InputError: unusable data, curves or start, or one of them in a file of `directory` that would be written over;
            an unknown recipe or setting, or one out of range; the recipe "curves" without curves.
        DeadNetworkError: no leaf is active any more, or the loss is not finite.

    Warns:
        LaminetWarning: data that are hardly what was meant, as in `elastic_data`, or an error above 20 % at the end.
    """
    from laminet.training import recipes
    from laminet.training.curve_data import curve_data_of
    from laminet.training.data import data_of
    from laminet.training.loop import origin, warn_of_other
    from laminet.training.loop import train as train_network
    from laminet.training.seeds import train_seeds
    from laminet.training.starts import FOLDER, best_start

    directory = None if directory is None else _path(directory, "directory")
    if directory is not None:
        written = [directory / name for name in ("network.nc", "history.nc", "checkpoint.npz")]
        inputs = [data, start, *([curves] if isinstance(curves, Path | str) else curves or ())]
        read_files = [each for each in inputs if isinstance(each, Path | str)]
        check_distinct([*written, *directory.glob("seeds/*/*.n*")], read_files)
    given = {"depth": depth, "samples": samples, "batch": batch, "epochs": epochs, "seeds": seeds, "select": select}
    wanted = recipes.recipe(recipe, **given, starts=starts) | settings
    if recipe == "curves" and curves is None:
        raise InputError("recipe 'curves' needs curves to train on; give a file of `laminet curves`")
    begin = None if start is None else next(iter(parameters_of([start]).values()))
    begins: dict[int, NetworkParameters] = {}  # by seed, where every seed has starts of its own
    if begin:
        if starts:
            raise InputError("training: start and starts are given; leave one of them out")
        model, wanted["starts"] = model or begin.model, 0
        wanted["depth"] = begin.depth if depth is None else depth
    job = JobSettings(
        **{field.name: wanted.pop(field.name) for field in fields(JobSettings) if field.name != "threads"},
        threads=threads,
    )
    learned = None if curves is None else curve_data_of(curves)
    where = data if isinstance(data, Path | str) else foreign.ELSEWHERE
    held = data_of(foreign.given(data), where, samples or 1)
    if progress and samples is None and len(held.train) > job.samples:
        note(f"{where}: recipe {recipe} takes the first {job.samples} of {len(held.train)} training samples")
    held = held.first(job.samples)
    if batch is None:
        wanted["batch"] = min(wanted["batch"], len(held.train))
    used = read(TrainingSettings, {**wanted, "model": model or "imn", "seed": seed})
    if job.starts:
        if learned:
            learned.check(used, held.phases)
        folder, report = directory and directory / FOLDER, Progress("epochs of starts") if progress else None
        how: dict[str, Any] = {"threads": threads, "progress": report}
        if job.seeds == 1:
            begin = best_start(held, used, job.starts, folder, **how)
        else:
            begins = {
                each: best_start(held, replace(used, seed=each), job.starts, folder and folder / str(each), **how)
                for each in range(used.seed, used.seed + job.seeds)
            }
    options: dict[str, Any] = {"threads": threads, "progress": Progress("epochs") if progress else None}
    # Single options of a command without --recipe are no recipe; "paper" is then only what is not given.
    options |= {"curves": learned, "recipe": None if recipe == "paper" else recipe}
    if job.seeds == 1:
        if directory is not None:
            warn_of_other(directory, origin(held, used, learned, begin))
        training = train_network(held, used, directory, start=begin, **options)
    else:
        several = range(used.seed, used.seed + job.seeds)
        training = train_seeds(held, used, several, directory, select=job.select, start=begins or begin, **options)
    kept = training.history.isel(epoch=history.kept_row(training.history))
    errors = [float(kept[f"{split}_error"]) for split in elastic.SPLITS]
    if max(errors) > LARGEST_ERROR:
        warn(
            f"{where}: the training ended with errors of {errors[0]:.0%} (training samples) and {errors[1]:.0%} "
            "(validation samples); are phases, notation, order and unit right? Else raise epochs, depth or samples"
        )
    return Network(training.network, training.history, training.seeds)


def curves(
    rve: Path | str,
    out: Path | str | None = None,
    *,
    shard: tuple[int, int] = (1, 1),
    reuse: Sequence[Path | str] = (),
    device: Device = "cpu",
    progress: bool = False,
    **settings: Any,
) -> xr.Dataset:
    """Simulate random composites on a cell: training curves by their contract, see docs/files.md.

    data = laminet.curves("rve.nc", "curves.nc", count=8, composites={"contrast": (1.0, 20.0)})

    Args:
        rve: a cell of `laminet rve`.
        out: where to write them. An interrupted call resumes from there.
        shard: (k, n): only every n-th curve, from the k-th, counted from 1.
        reuse: files of training curves of the same cell and mesh; what they hold is not simulated again.
        device: what computes a cell of voxels: "cpu" or "cuda".
        progress: whether to show it.
        settings: fields of laminet.loading.settings.CurveSettings, such as count=16, and of
            laminet.cells.fibres.settings.CurveMeshSettings, such as tolerance=1e-6.

    Raises:
        InputError: an unusable cell, an unknown setting, or one out of range.
    """
    from laminet.cells import kinds
    from laminet.cells.fibres import curve_simulation
    from laminet.cells.fibres.settings import CurveMeshSettings

    of_mesh = {name: settings.pop(name) for name in CurveMeshSettings.__dataclass_fields__ if name in settings}
    how = read(CurveSettings, settings), read(CurveMeshSettings, of_mesh), shard
    report = Progress("curves") if progress else None
    if out is not None:
        check_distinct([out, partial_of(out)], [rve, *reuse])
    cell = kinds.load(rve)
    simulator = kinds.simulator(cell, check(Device, device, "device"))
    if out is None:
        return curve_simulation.simulate(cell, *how, progress=report, simulator=simulator, reuse=reuse)
    return curve_simulation.simulate_file(cell, out, *how, progress=report, simulator=simulator, reuse=reuse)


def measured_curves(
    tables: Path | str | Table | Sequence[Path | str | Table],
    materials: Materials,
    composite: str | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Training curves of your own: stress measured, or simulated elsewhere, along a path of strains.

    data = laminet.measured_curves("test.csv", "materials.yaml", "glass", unit="MPa")

    Args:
        tables: CSV files or data frames, one for each curve, with the columns strain_11 ..., stress_11 ..., of any
            components, and perhaps time; see docs/files.md.
        materials: laws of the phases of what was measured.
        composite: its name, needed where a file holds several.
        settings: fields of laminet.files.settings.MeasuredSettings: unit, shear, split.

    Raises:
        InputError: an unusable table or material, or an unknown setting.

    Warns:
        LaminetWarning: stresses that do not fit the stiffness of the phases.
    """
    from laminet.files import measured
    from laminet.files.settings import MeasuredSettings

    several = [tables] if isinstance(tables, Path | str | Table) else list(tables)
    return measured.measured_curves(several, _composite(materials, composite), read(MeasuredSettings, settings))


def _composite(materials: Materials, name: str | None) -> Composite:
    """The composite of this name, or the only one."""
    laws = _composites(materials, name)
    if len(laws) > 1:
        names = ", ".join(entry.name for entry in laws)
        raise InputError(f"{materials}: holds {names}; say which by composite=")
    return laws[0]


def _composites(materials: Materials, names: str | Sequence[str] | None) -> list[Composite]:
    """The composites of these names, all of them if None."""
    where = materials if isinstance(materials, Path | str) else "materials"
    if isinstance(materials, Composite):
        composites = {materials.name: materials}
    elif isinstance(materials, Mapping):
        entries = {"composite": materials} if "phase_1" in materials else materials
        composites = library.composites(entries, "materials")
    elif not isinstance(materials, Path | str):
        raise InputError(f"materials is {shown(materials)}; give a materials YAML, a mapping or a composite")
    else:
        composites = read_materials(materials)
    return [select(composites, name, where) for name in (composites if names is None else _several(names))]


def parameters_of(networks: Any) -> dict[str, NetworkParameters]:
    """Networks, or files of them, by labels: those of a mapping, else the file's path or the network's number.

    Raises:
        InputError: none of these, an unreadable file, or a file twice.
    """
    if not isinstance(networks, Mapping):
        if not isinstance(networks, Iterable):
            raise InputError(f"networks is {shown(networks)}; give a network, a file, or several of them")
        given = list(networks)
        labels = [str(each) if isinstance(each, Path | str) else f"network {n}" for n, each in enumerate(given, 1)]
        if repeated := [label for label in labels if labels.count(label) > 1]:
            raise InputError(f"{repeated[0]}: is given twice; give each network once")
        networks = dict(zip(labels, given, strict=True))
    return {
        str(label): each.parameters if isinstance(each, Network) else load_network(_path(each, "network"))
        for label, each in networks.items()
    }


def _path(given: Path | str, what: str) -> Path:
    """A place on disk, if it is one."""
    if not isinstance(given, Path | str):
        raise InputError(f"{what} is {shown(given)}; give a path")
    return Path(given)


def _several(names: str | int | Sequence[str | int]) -> list[Any]:
    return list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [names]
