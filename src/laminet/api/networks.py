"""A trained network and what it predicts, of one network or of several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import xarray as xr

from laminet.api.materials import Materials, composite_of, composites_of, several
from laminet.errors import InputError, shown
from laminet.files import curves as curve_files
from laminet.files import elastic, foreign
from laminet.files.matrices import Table
from laminet.files.network import NetworkParameters, load_network, save_network
from laminet.loading import paths as load_paths
from laminet.loading.settings import LoadSettings
from laminet.materials.stiffness import check_stiffness
from laminet.network import tree
from laminet.numeric import real_array
from laminet.online.settings import Backend, ConstantsSettings, MaterialSettings, OnlineSettings, SchemeName
from laminet.progress import Progress
from laminet.settings import Count, check, read

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from laminet.online.material import Material


@dataclass(frozen=True)
class Network:
    """A trained network; networks with equal parameters are equal.

    Attributes:
        parameters: activations and angles, with the settings of the training as `attributes`.
        history: of its training, None for a network from a file; see docs/files.md.
        seeds: if it is the best of several trainings, what all of them reached: a dataset along `seed` with
            train_error, validation_error, validation_divergence, active_nodes and elapsed [s], NaN for one whose leaves
            have all become inactive. With curves it also has curve_validation_error.
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

        laws = composite_of(materials, composite)
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
        save_network(self.parameters, path_of(path, "network"), dict(self.parameters.attributes))


def load(path: Path | str) -> Network:
    """Read a network file.

    Raises:
        InputError: unreadable file, or one that does not hold a network.
        DeadNetworkError: no leaf is active.
    """
    return Network(load_network(path_of(path, "network")))


Networks = Network | Path | str | Sequence[Network | Path | str] | Mapping[str, Network | Path | str]
"""A network or its file, or several of them, perhaps with labels."""


def evaluate(
    networks: Networks,
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
    composites, known = composites_of(materials, composite), curve_files.references(references)
    named = {} if paths is None else paths
    driven = load_paths.by_control(several(control), several(load_case), named, steps, strain, duration)
    scope.warn_beyond(parameters.values(), composites, driven, known)
    return evaluation.evaluate(
        parameters[""] if single else parameters,
        several(scheme),
        composites,
        driven,
        read(OnlineSettings, settings),
        known,
        progress=Progress("curves") if progress else None,
        repeats=repeats,
        fields=fields,
    )


def constants(
    networks: Networks,
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
    return of_networks.constants(parameters, composites_of(materials, composite), read(ConstantsSettings, settings))


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
        str(label): each.parameters if isinstance(each, Network) else load_network(path_of(each, "network"))
        for label, each in networks.items()
    }


def path_of(given: Path | str, what: str) -> Path:
    """The path that a user gives for `what`.

    Raises:
        InputError: it is not a path.
    """
    if not isinstance(given, Path | str):
        raise InputError(f"{what} is {shown(given)}; give a path")
    return Path(given)
