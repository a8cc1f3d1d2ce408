"""Evaluating a trained network online: load paths of composites and their errors against the RVE."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import count
from typing import Annotated, Any

import numpy as np
import xarray as xr

from laminet.errors import InputError, warn
from laminet.files.curves import (
    OF_PATHS,
    TIME_DIMS,
    along_networks,
    covers,
    measured_on,
    path_error,
    stacked,
)
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.materials.local_fields import Recorder, coordinates
from laminet.online import schemes
from laminet.online.settings import OnlineSettings
from laminet.settings import Limits, check

CURVE_FIELDS = ("strain", "stress", "iterations", "residual", "converged")
MEASURED = 0.2  # seconds of processor time that one repeat of a measurement takes at least
DATA = "data_sha256"  # attribute of a network: what it was trained on
MATCH = {"strain": 1e-6, "stress": 1e-3}  # of the largest prescribed: curves of two programs are on the same path


def evaluate(
    network: NetworkParameters | Mapping[str, NetworkParameters],
    scheme: str | Sequence[str],
    composites: Sequence[Composite],
    paths: Sequence[Sequence[LoadPath]],
    settings: OnlineSettings | None = None,
    references: Mapping[str, xr.Dataset] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    repeats: int = 0,
    fields: bool = False,
) -> xr.Dataset:
    """Stress-strain curves of a network, or of several and their band, by the contract of online files.

    A step that did not converge is marked in `converged`; what follows a step that failed for good is NaN.

    Args:
        network: trained parameters; or those of several networks of one kind by their labels, see `along_networks`.
        scheme: one or several of laminet.online.schemes.SCHEMES, each once.
        composites: laws of the phases; at least one.
        paths: `paths[control][load case]`, the same load cases and steps for every control.
        settings: tolerance, criterion, backend and so on.
        references: curves of the RVE by composite; errors are measured where one has the control and load case.
        progress: called as progress(done, total, scheme) after every curve, and after every time that is measured.
        repeats: how often the time of all load cases together is measured; without any there is no `time`.
        fields: whether to record the statistics of the local fields (laminet.materials.local_fields). The curves are
            then those of the backend "numpy".

    Raises:
        InputError: a scheme that does not fit the network; a scheme, composite or network given twice; networks of
            different kinds; or a reference on other steps or strains.
        DeadNetworkError: no leaf is active.

    Warns:
        LaminetWarning: a reference with which nothing is compared, or one of other laws. Several networks that were
            trained on different elastic data, perhaps of different microstructures.
    """
    settings, references = settings or OnlineSettings(), references or {}
    check(Annotated[int, Limits(0)], repeats, "repeats")
    names = [scheme] if isinstance(scheme, str) else list(scheme)
    networks = {"": network} if isinstance(network, NetworkParameters) else dict(network)
    if not (networks and names and composites and paths and paths[0]):
        raise InputError(
            "nothing to evaluate: give a network, a scheme, a composite, a control and a load case at least"
        )
    for what, listed in (("schemes", names), ("composites", [composite.name for composite in composites])):
        if len(set(listed)) < len(listed):
            raise InputError(f"{what} are {', '.join(listed)}; give each once")
    truths = {composite.name: references[composite.name] for composite in composites if composite.name in references}
    if references and not truths:
        raise InputError(
            f"no reference of {', '.join(composite.name for composite in composites)} among those given (there are: "
            f"{', '.join(references)}); a reference must name its composite as the materials do"
        )
    _check_references(references, composites, paths)
    check_networks(networks)
    systems = [
        [[schemes.scheme(name, one, composite, settings) for composite in composites] for name in names]
        for one in networks.values()
    ]
    parts = sum(map(len, paths)) + (len(paths) if repeats else 0)
    told: set[str] = set()
    total, done = len(networks) * len(names) * len(composites) * parts, count(1)

    def report(name: str) -> None:
        if progress is not None:
            progress(next(done), total, name)

    def curve(name: str, respond: Callable[[LoadPath], Curve], path: LoadPath) -> Curve:
        response = respond(path)
        report(name)
        if response.reason and response.reason not in told:
            told.add(response.reason)
            warn(f"load case {path.name} ({path.control} control), {name}: {response.reason}")
        return response

    def times(name: str, respond: Callable[[LoadPath], Curve], control: Sequence[LoadPath]) -> list[float]:
        measured = pass_times(partial(_pass, respond, control), repeats)
        report(name)
        return measured

    def of_system(name: str, composite: Composite, system: schemes.NetworkSystem) -> xr.Dataset:
        respond = _respond(system)
        if fields:
            recorder = Recorder(len(system.points.laws), paths[0][0].steps)
            curves = [[curve(name, _recording(system, recorder), path) for path in control] for control in paths]
            dataset = stacked(paths, curves, CURVE_FIELDS).assign(recorder.variables(len(paths)))
            dataset = dataset.assign_coords(coordinates(len(system.points.laws)))
        else:
            curves = [[curve(name, respond, path) for path in control] for control in paths]
            dataset = stacked(paths, curves, CURVE_FIELDS)
        if truths:
            dataset.update(_errors(truths.get(composite.name), paths, curves))
        if repeats:
            about = {"units": "s", "long_name": "CPU time of all load cases together"}
            dataset["time"] = (TIME_DIMS[2:], [times(name, respond, control) for control in paths], about)
        return dataset

    def of_network(one: NetworkParameters, rows: Sequence[Sequence[schemes.NetworkSystem]]) -> xr.Dataset:
        by_scheme = []
        for name, row in zip(names, rows, strict=True):
            by_composite = [of_system(name, *pair) for pair in zip(composites, row, strict=True)]
            by_scheme.append(_along("composite", [composite.name for composite in composites], by_composite))
        joined = _along("scheme", names, by_scheme)
        joined["active_nodes"] = ((), one.active_nodes, {"units": "1"})
        attributes = {"model": one.model, "depth": one.depth, **asdict(settings)}
        attributes["online_backend"] = attributes.pop("backend")  # `backend` is what trained the network
        return joined.assign_attrs({**one.attributes, **attributes})

    datasets = [of_network(*pair) for pair in zip(networks.values(), systems, strict=True)]
    return datasets[0] if network is networks.get("") else along_networks(list(networks), datasets)


def pass_times(one_pass: Callable[[], None], repeats: int) -> list[float]:
    """Processor time of the whole process [s] for a pass of work that has been done before, measured several times.

    Each measurement continues until it has taken MEASURED seconds.
    """
    measured = []
    for _ in range(repeats):
        passes, began = 0, time.process_time()
        while (spent := time.process_time() - began) < MEASURED or not passes:
            one_pass()
            passes += 1
        measured.append(spent / passes)
    return measured


def _pass(respond: Callable[[LoadPath], Curve], control: Sequence[LoadPath]) -> None:
    """All load cases of a control, once."""
    for path in control:
        respond(path)


def _along(dim: str, labels: Sequence[str], datasets: Sequence[xr.Dataset]) -> xr.Dataset:
    """Datasets of the same paths joined along a new dimension; what describes the paths is the same in all of them."""
    varying = [name for name in datasets[0].data_vars if name not in OF_PATHS]
    coordinate = xr.DataArray(list(labels), dims=dim, name=dim)
    return xr.concat(datasets, coordinate, data_vars=varying, coords="minimal", compat="equals", join="exact")


def _respond(system: schemes.NetworkSystem) -> Callable[[LoadPath], Curve]:
    """What finds the response along a path, with the backend of the settings; marks failures instead of raising."""
    if system.settings.backend == "native":
        from laminet.online.native import NativeSystem

        return NativeSystem(system).follow
    return partial(follow, system, cutbacks=system.settings.cutbacks, strict=False)


def _recording(system: schemes.NetworkSystem, recorder: Recorder) -> Callable[[LoadPath], Curve]:
    """What finds the response along a path and records the local fields of every step."""

    def respond(path: LoadPath) -> Curve:
        recorder.begin()
        return follow(
            system,
            path,
            cutbacks=system.settings.cutbacks,
            strict=False,
            observe=lambda step, increment: recorder.record(step, system.local_fields(increment.state)),
        )

    return respond


def _errors(
    reference: xr.Dataset | None, paths: Sequence[Sequence[LoadPath]], curves: list[list[Curve]]
) -> dict[str, Any]:
    """Variables `error` (one term of Eq. 32) and `error_vector`; NaN where the reference lacks the curve.

    They are of stress, or of strain where only stresses drive the path.
    """
    errors = np.full((2, len(paths), len(paths[0])), np.nan)
    for at in np.ndindex(errors.shape[1:]):
        path, curve = paths[at[0]][at[1]], curves[at[0]][at[1]]
        if reference is not None and covers(reference, path):
            quantity = measured_on(path.loaded, path.prescribed)
            truth = reference[quantity].sel(control=path.control, load_case=path.name).values
            error = path_error(getattr(curve, quantity), truth, path.loaded)
            errors[:, *at] = error.loaded, error.vector
    dims = ("control", "load_case")
    return {
        "error": (dims, errors[0], {"units": "1", "long_name": "relative L2 error, driven components (Eq. 32)"}),
        "error_vector": (dims, errors[1], {"units": "1", "long_name": "relative L2 error, all components"}),
    }


def check_networks(networks: Mapping[str, NetworkParameters]) -> None:
    """Check that a mean over the networks means something: one kind, each network once.

    Raises:
        InputError: it does not, naming the networks.
    """
    kinds = {f"{one.model.upper()} of depth {one.depth}, {one.phases} phases": label for label, one in networks.items()}
    if len(kinds) > 1:
        listed = "; ".join(f"{label} ({kind})" for kind, label in kinds.items())
        raise InputError(f"networks are of different kinds: {listed}; evaluate those of each kind together")
    data = {str(one.attributes[DATA]): label for label, one in networks.items() if DATA in one.attributes}
    if len(data) > 1:
        warn(
            f"{', '.join(list(data.values())[:2])}: were trained on different elastic data; the band holds what these "
            "differ in, too"
        )
    labels: dict[NetworkParameters, str] = {}
    for label, one in networks.items():
        if (first := labels.setdefault(one, label)) != label:
            raise InputError(f"{label}: is the same network as {first}; give each once")


def _check_references(
    references: Mapping[str, xr.Dataset], composites: Sequence[Composite], paths: Sequence[Sequence[LoadPath]]
) -> None:
    """Check that every curve a reference shares with `paths` has the same steps and prescribed strains."""
    known = {composite.name: composite for composite in composites}
    for name, reference in references.items():
        where = f"reference of composite '{name}'"
        if name not in known:
            warn(f"{where}: is not used; the composites evaluated are {', '.join(known)}")
            continue
        shared = [path for row in paths for path in row if covers(reference, path)]
        timed = any(law.rate_dependent for law in known[name].laws)
        for path in shared:
            _check_path(reference, path, timed, f"{where}: load case {path.name} ({path.control} control)")
        if not shared:
            warn(f"{where}: has none of the curves that are driven, by control and load case; there are no errors")
        materials, text = reference.attrs.get("materials"), known[name].text
        if materials and text and materials != text:
            warn(f"{where}: was computed with other laws than those of the materials; compute it again, or rename one")


def _check_path(reference: xr.Dataset, path: LoadPath, timed: bool, where: str) -> None:
    """Check that a reference took the steps of a path, with its strains and stresses and, if `timed`, its time."""
    curve = reference.sel(control=path.control, load_case=path.name)
    strain, stress = curve["strain"].values, curve["stress"].values
    if len(strain) != path.steps + 1:
        raise InputError(
            f"{where} has {len(strain) - 1} steps, the path {path.steps}; evaluate with steps {len(strain) - 1}"
        )
    aims = [("strain", strain, path.strain, path.prescribed)]
    if path.stress.any():  # stresses that are zero are so to the tolerance of the simulation
        aims.append(("stress", stress, path.stress, ~path.prescribed))
    for quantity, given, wanted, components in aims:
        if not components.any():
            continue
        difference = np.abs(given - wanted)[:, components].max(axis=1)
        if not difference.max() <= MATCH[quantity] * np.abs(wanted).max():
            raise InputError(
                f"{where} is on another {quantity} path: what is prescribed differs by {difference.max():.2g} at step "
                f"{np.argmax(difference)}; evaluate with the amplitude and steps of the reference"
            )
    if timed:
        clock = curve["path_time"].values if "path_time" in curve else np.full(path.steps + 1, np.nan)
        if not np.allclose(clock, path.time, rtol=1e-6, atol=1e-9 * path.time[-1]):
            raise InputError(
                f"{where} takes {clock[-1]:g} s, the path {path.time[-1]:g} s, or its parts differ; evaluate with the "
                "duration of the reference"
            )
