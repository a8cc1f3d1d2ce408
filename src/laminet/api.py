"""The library's face: train a network, load one, homogenise with it, use it as a material law.

Every function does what the command of the same name does, on arrays and datasets instead of files.
"""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import xarray as xr

from laminet.data import foreign
from laminet.data.curves import load_reference
from laminet.data.destination import check_distinct
from laminet.data.foreign import elastic_data
from laminet.data.foreign_files import Table
from laminet.errors import InputError, check_choice
from laminet.loading import paths as load_paths
from laminet.materials import library
from laminet.materials.elastic import check_stiffness
from laminet.materials.library import Composite, read_materials, select
from laminet.network import parameters
from laminet.network.parameters import NetworkParameters
from laminet.network.tree import leaf_phase
from laminet.progress import Progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from laminet.online.material import Material

__all__ = ["Network", "elastic_data", "load", "train"]

Settings = TypeVar("Settings")
Materials = Path | str | Composite | Mapping[str, Any]
"""A materials YAML, a composite read from one, or its mapping {"phase_1": {...}, "phase_2": {...}}."""


@dataclass(frozen=True)
class Network:
    """A trained network; networks with equal parameters are equal.

    Attributes:
        parameters: activations and angles, with the settings of the training as `attributes`.
        history: of its training, None for a network from a file; see docs/files.md.
        seeds: if it is the best of several trainings, what all of them reached: a dataset along `seed` with
            train_error, validation_error, validation_divergence, active_nodes and elapsed [s], NaN for one that died.
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
    def volume_fraction(self) -> float:
        """Share of phase 2 (fibre) in the weights: what the network has learned of the fibre volume fraction."""
        weights = np.maximum(self.parameters.activation, 0.0)
        return float(weights[leaf_phase(self.depth) == 2].sum() / weights.sum())

    def __repr__(self) -> str:
        return (
            f"<laminet.Network: {self.model} of depth {self.depth}, {self.active_nodes} of {2**self.depth} leaves "
            f"active, volume fraction of phase 2 {self.volume_fraction:.3f}>"
        )

    def homogenize(
        self, stiffness_1: np.ndarray, stiffness_2: np.ndarray, *, backend: str = "native", threads: int = 1
    ) -> np.ndarray:
        """Homogenised stiffness of the phases' stiffnesses (Eqs. 8, 23).

        Args:
            stiffness_1: of phase 1 (matrix), (..., 6, 6), Mandel, in any unit.
            stiffness_2: of phase 2 (fibre), (..., 6, 6), in the same unit; leading dimensions broadcast.
            backend: "native" (compiled) or "numpy" (the readable reference); both agree to rounding.
            threads: cores of the native backend.

        Returns:
            (..., 6, 6), Mandel, in that unit.

        Raises:
            InputError: shapes that do not fit, an unknown backend, or a stiffness that is not finite, symmetric and
                positive definite.
        """
        first, second = (np.asarray(stiffness, dtype=float) for stiffness in (stiffness_1, stiffness_2))
        first, second = check_stiffness(first, "stiffness_1"), check_stiffness(second, "stiffness_2")
        try:
            first, second = np.broadcast_arrays(first, second)
        except ValueError as error:
            raise InputError(f"stiffness_1 {first.shape} and stiffness_2 {second.shape} do not fit together") from error
        if threads < 1:
            raise InputError(f"threads is {threads}; at least one is needed")
        check_choice(backend, ("native", "numpy"), "backend")
        flat = first.reshape(-1, 6, 6), second.reshape(-1, 6, 6)
        if backend == "native":
            from laminet.network import native

            return native.homogenize(self.parameters, *flat, threads).reshape(first.shape)
        from laminet.network.homogenize import homogenize

        return homogenize(self.parameters, *flat).reshape(first.shape)

    def predict(self, data: Path | str | xr.Dataset | Table) -> xr.Dataset:
        """Homogenise the phases of elastic data and compare: `stiffness` (sample, i, j) in GPa, `error` (sample).

        Raises:
            InputError: unusable data.
        """
        from laminet.offline.prediction import predict

        return predict(self.parameters, foreign.given(data))

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
            settings: fields of laminet.online.settings.OnlineSettings, such as tolerance=1e-8.

        Raises:
            InputError: unusable materials, unknown composite or setting, or numbers out of range.
        """
        from laminet.online.material import material
        from laminet.online.settings import OnlineSettings

        laws = _composites(materials, composite)
        if len(laws) > 1:
            names = ", ".join(entry.name for entry in laws)
            raise InputError(f"{materials}: holds {names}; say which by composite=")
        chosen = _settings(OnlineSettings, settings)
        return material(self.parameters, laws[0], points, chosen, threads)

    def evaluate(
        self,
        materials: Materials,
        composite: str | Sequence[str] | None = None,
        *,
        control: str | Sequence[str] = load_paths.CONTROLS,
        load_case: str | Sequence[str] = load_paths.CASES,
        paths: Mapping[str, Sequence[Mapping[str, float]]] | None = None,
        strain: float = 0.05,
        steps: int = 100,
        scheme: str = "newton_condensed",
        references: Sequence[Path | str | xr.Dataset] = (),
        progress: bool = False,
        **settings: Any,
    ) -> xr.Dataset:
        """Drive load paths through the network: stress-strain curves by the contract of online files.

        curves = network.evaluate("materials.yaml", "glass", control="stress", load_case="11", strain=0.03)
        curves["stress"].sel(composite="glass", control="stress", load_case="11", component="11")

        Args:
            materials: laws of the phases.
            composite: names of those wanted; all of them if None.
            control: "strain" (the other strains are zero), "stress" (the other stresses are zero), or both.
            load_case: of the six cases "11", "22", "33", "12", "23", "31" those wanted.
            paths: further load cases: name to vertices, each the driven tensor strains there, such as
                {"cycle": [{"11": 0.02}, {"11": 0.0}]}. A component that a vertex does not name is zero there.
            strain: the driven tensor component of the six cases at the end.
            steps: increments of every path.
            scheme: of laminet.online.schemes.SCHEMES.
            references: curves of the RVE to compare with, of `laminet reference`; then there is `error`, too.
            progress: whether to show it.
            settings: fields of laminet.online.settings.OnlineSettings.

        Raises:
            InputError: unusable materials, unknown names, numbers out of range, or references on other paths.

        Warns:
            LaminetWarning: a path's component that goes back to zero because a vertex does not name it.
        """
        from laminet.online.evaluation import evaluate
        from laminet.online.settings import OnlineSettings

        named = {} if paths is None else paths
        driven = load_paths.by_control(_several(control), _several(load_case), named, steps, strain)
        truths = [entry if isinstance(entry, xr.Dataset) else load_reference(entry) for entry in references]
        return evaluate(
            self.parameters,
            scheme,
            _composites(materials, composite),
            driven,
            _settings(OnlineSettings, settings),
            {truth.attrs["composite"]: truth for truth in truths},
            progress=Progress(scheme) if progress else None,
        )

    def plot(self, kind: str = "tree") -> "Figure":
        """A picture of the network, as a matplotlib figure: `network.plot("normals").savefig("normals.pdf")`.

        Args:
            kind: "tree" (weights as widths, phases as colours, dead branches grey), "normals" (of the interfaces) or
                "leaves" (axes of the phases, DMN only).

        Raises:
            InputError: an unknown kind, one that does not fit the model, or no matplotlib.
        """
        from laminet import pictures

        try:
            return pictures.of_network(self.parameters, kind)
        except ModuleNotFoundError as error:
            remedy = "python -m pip install 'laminet[figures]'"
            raise InputError(f"a picture needs {error.name}, which is not installed: {remedy}") from error

    def save(self, path: Path | str) -> None:
        """Write the network by its contract; `laminet.load` reads it.

        Raises:
            InputError: the file cannot be written.
        """
        parameters.save(self.parameters, path, dict(self.parameters.attributes))


def load(path: Path | str) -> Network:
    """Read a network file.

    Raises:
        InputError: unreadable file, or one that does not hold a network.
        DeadNetworkError: no leaf is active.
    """
    return Network(parameters.load(path))


def train(
    data: Path | str | xr.Dataset | Table,
    model: str = "imn",
    depth: int | None = None,
    *,
    recipe: str = "paper",
    samples: int | None = None,
    batch: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    seeds: int | None = None,
    select: str | None = None,
    threads: int = 1,
    directory: Path | str | None = None,
    progress: bool = False,
    **settings: Any,
) -> Network:
    """Train a network on elastic data.

    What is None is as the recipe has it, see `laminet.offline.recipes`.

    Args:
        data: an elastic data file, a dataset of the same form (see `elastic_data` for your own arrays), or a data frame
            with the columns of a CSV that `laminet import` reads, Mandel, GPa; a tenth of it is kept for validation
            where it has no column `split`.
        model: "imn" or "dmn".
        depth: layers below the root.
        recipe: "paper" or "accurate".
        samples: training samples used, the first of the data. The recipe's number, or all if there are fewer.
        batch: samples in a minibatch. The recipe's number, or all if there are fewer.
        epochs: passes over the training samples.
        seed: of the initial parameters and the minibatches.
        seeds: trainings, from `seed` on, of which the best is kept; `Network.seeds` says how they spread.
        select: what the best is chosen by, "validation_error" or "validation_divergence".
        threads: cores to use, first for as many seeds at a time.
        directory: where to keep network.nc and history.nc, and those of several seeds in seeds/; a training that was
            interrupted goes on from there.
        progress: whether to show it.
        settings: further fields of laminet.offline.settings.TrainingSettings, such as loss="divergence".

    Raises:
        InputError: unusable data, or data in a file of `directory` that would be written over; an unknown recipe or
            setting, or one out of range.
        DeadNetworkError: all leaves died, or the loss is not finite.

    Warns:
        LaminetWarning: data that are hardly what was meant, as in `elastic_data`, or an error above 20 % at the end.
    """
    from laminet.offline import recipes, run
    from laminet.offline import seeds as several
    from laminet.offline.settings import TrainingSettings
    from laminet.offline.training import train as train_network

    if directory is not None and isinstance(data, Path | str):
        written = [Path(directory) / name for name in ("network.nc", "history.nc", "checkpoint.npz")]
        check_distinct([*written, *Path(directory).glob("seeds/*/*.n*")], [data])
    given = {"depth": depth, "samples": samples, "batch": batch, "epochs": epochs, "seeds": seeds, "select": select}
    wanted = recipes.recipe(recipe, **given) | settings
    most, count, criterion = (wanted.pop(name) for name in ("samples", *recipes.CHOICE))
    where = data if isinstance(data, Path | str) else foreign.ELSEWHERE
    training, validation = run.samples_of(foreign.given(data), samples, where)
    training = training.first(most)
    if batch is None:
        wanted["batch"] = min(wanted["batch"], len(training))
    chosen = _settings(TrainingSettings, {**wanted, "model": model, "seed": seed})
    shown, table = Progress("epochs") if progress else None, None
    if count != 1:
        numbers = range(seed, seed + count)
        found = several.train_seeds(
            training, validation, chosen, numbers, directory, select=criterion, threads=threads, progress=shown
        )
        one, table = found.best, found.table
    elif directory is None:
        one = train_network(training, validation, chosen, threads=threads, progress=shown)
    else:
        one = run.run(training, validation, chosen, directory, threads=threads, progress=shown)
    run.warn_of_error(one.history, where)
    return Network(one.network, one.history, table)


def _composites(materials: Materials, names: str | Sequence[str] | None) -> list[Composite]:
    """The composites of these names, all of them if None."""
    if isinstance(materials, Composite):
        found = {materials.name: materials}
    elif isinstance(materials, Mapping):
        entries = {"composite": materials} if "phase_1" in materials else materials
        found = library.composites(entries, "materials")
    else:
        found = read_materials(materials)
    where = materials if isinstance(materials, Path | str) else "materials"
    return [select(found, name, where) for name in (found if names is None else _several(names))]


def _several(names: str | Sequence[str]) -> list[str]:
    return list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [names]


def _settings(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Settings of a class from keywords.

    Raises:
        InputError: a keyword that is none of its fields, or a value out of range.
    """
    known = list(inspect.signature(kind).parameters)
    unknown = [name for name in values if name not in known]
    if unknown:
        raise InputError(f"unknown setting {', '.join(unknown)}; there are {', '.join(known)}")
    return kind(**values)
