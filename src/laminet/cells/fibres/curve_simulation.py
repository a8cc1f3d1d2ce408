"""Training curves: random composites simulated along their load paths on a cell of fibres."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr

from laminet.cells.fibres.reference import Paths, reference
from laminet.cells.fibres.settings import CurveMeshSettings
from laminet.errors import InputError, warn
from laminet.files import destination, netcdf, shards, training_curves
from laminet.files.training_curves import StoredCurve
from laminet.loading.curve_design import PlannedCurve, curve_design
from laminet.loading.settings import CurveSettings
from laminet.materials.library import Composite

SAVING_INTERVAL = 10.0
"""Seconds of work that a killed process loses, about."""

ALIKE = {
    "cell_sha256": "cell",
    "error_estimate": "error estimate",
    "fineness": "fineness",
    "tolerance": "tolerance",
}
"""Attributes in which curves that are reused agree with those simulated, and what they are."""

Report = Callable[[int, int, str], None]
Known = Mapping[tuple[str, str, str], StoredCurve]
"""Curves by what they depend on: the laws, the control, and the vertices of the path as text."""


class SimulatedCell(Protocol):
    """A cell of any kind; its digest is recorded."""

    @property
    def digest(self) -> str:
        """SHA-256 of what it is made of."""


Simulator = Callable[[Composite, Paths, CurveMeshSettings], xr.Dataset]


def simulate_file(
    cell: SimulatedCell,
    out: Path | str,
    settings: CurveSettings,
    mesh: CurveMeshSettings | None = None,
    shard: tuple[int, int] = (1, 1),
    progress: Report | None = None,
    simulator: Simulator | None = None,
    reuse: Sequence[Path | str] = (),
) -> xr.Dataset:
    """Simulate and write a file of training curves; an equal call resumes an interrupted one.

    Raises:
        InputError: as `simulate`, or the file cannot be written.
    """
    partial = None if destination.is_stream(out) else destination.partial_of(out)
    curves = simulate(cell, settings, mesh, shard, partial, progress, simulator, reuse)
    parameters = {name: curves.attrs[name] for name in ("cell_sha256", "design_sha256")}
    netcdf.write(curves, out, content="curves", parameters=parameters)
    if partial is not None:
        partial.unlink(missing_ok=True)
    return curves


def simulate(
    cell: SimulatedCell,
    settings: CurveSettings,
    mesh: CurveMeshSettings | None = None,
    shard: tuple[int, int] = (1, 1),
    partial: Path | None = None,
    progress: Report | None = None,
    simulator: Simulator | None = None,
    reuse: Sequence[Path | str] = (),
) -> xr.Dataset:
    """Simulate the curves of a design: the contract of training curves.

    A curve whose increments do not converge, even in small parts, ends there. Its other steps are NaN, not converged.

    Args:
        cell: a cell of parallel fibres, or any other with its simulator.
        settings: which curves.
        mesh: on which meshes, and how accurately.
        shard: (k, n): only every n-th curve, from the k-th, counted from 1.
        partial: file that keeps the curves of an interrupted call. An equal call resumes from there. The caller
            removes it.
        progress: called as progress(done, all, note) after every curve.
        simulator: of a cell of another kind: gives the reference of a composite along paths, without an error where an
            increment does not converge.
        reuse: files of training curves of the same cell. Curves of the design that they hold are not simulated again.

    Raises:
        InputError: settings or a shard out of range, fewer curves than shards, or a cell that is not of two phases.
            A file to reuse that is unreadable, or is of another cell, mesh, tolerance or number of steps.

    Warns:
        LaminetWarning: `partial` holds other curves, which will be replaced.
    """
    mesh, simulator = mesh or CurveMeshSettings(), simulator or _on_fibres(cell)
    design = curve_design(settings)
    numbers = shards.part(len(design), shard)
    if not len(numbers):
        raise InputError(f"shard {shard[0]}/{shard[1]}: there are only {len(design)} curves; take fewer shards")
    attributes = {
        "shard": shard[0],
        "shards": shard[1],
        "curves": len(design),
        "cell_sha256": cell.digest,
        "design_sha256": netcdf.parameters_sha256(asdict(settings) | asdict(mesh)),
        **asdict(mesh),
    }
    known = {key: curve for path in reuse for key, curve in _stored(path, attributes, settings.steps).items()}
    kept = None if partial is None else _kept(partial, attributes)
    done = 0 if kept is None else kept.sizes["curve"]
    curves: list[StoredCurve] = []
    failed = 0 if kept is None else int(training_curves.failed(kept).sum())

    def dataset() -> xr.Dataset:
        fresh = [training_curves.dataset_of(curves, numbers[done : done + len(curves)])] if curves else []
        parts = fresh if kept is None else [kept, *fresh]
        whole = training_curves.joined(parts, ["the curves"] * len(parts))
        return whole.drop_attrs(deep=False).assign_attrs(materials=whole.attrs["materials"], **attributes)

    saved = time.monotonic()
    for number in numbers[done:]:
        planned = design[number]
        curves.append(_reused(known, planned) or _simulated(simulator, planned, mesh))
        failed += not curves[-1].converged.all()
        if progress is not None:
            note = f"{planned.composite.name}, {planned.path.name}"
            progress(done + len(curves), len(numbers), note + f", {failed} failed" * bool(failed))
        if partial is not None and time.monotonic() - saved > SAVING_INTERVAL:
            netcdf.write(dataset(), partial, content="curves", parameters=attributes)
            saved = time.monotonic()
    return dataset()


def _kept(partial: Path, attributes: dict[str, object]) -> xr.Dataset | None:
    """The curves that an interrupted call of these attributes has kept."""
    if not partial.exists():
        return None
    try:
        kept = training_curves.load(partial)
        if kept.attrs.get("params_sha256") == netcdf.parameters_sha256(attributes):
            return kept
    except InputError:
        pass
    warn(f"{partial}: is of other curves (another cell, settings or shard), and will be replaced")
    return None


def _on_fibres(cell: Any) -> Simulator:
    def simulated(composite: Composite, paths: Paths, mesh: CurveMeshSettings) -> xr.Dataset:
        return reference(cell, composite, paths, mesh.tolerance, mesh.error_estimate, mesh.fineness, strict=False)

    return simulated


def _stored(path: Path | str, attributes: Mapping[str, object], steps: int) -> Known:
    """The curves of a file, if it was made on the cell and meshes of these attributes, with as many steps.

    Raises:
        InputError: an unreadable file, or one made otherwise.
    """
    data = training_curves.load(path)
    for name, what in ALIKE.items():
        if data.attrs.get(name) != attributes[name]:
            raise InputError(f"{path}: is of another {what} than the curves asked for; leave it out of --reuse")
    if data.sizes["step"] != steps + 1:
        raise InputError(f"{path}: has curves of {data.sizes['step'] - 1} steps, not {steps}; leave it out of --reuse")
    stored = training_curves.stored(data, path)
    return {(curve.composite.text, curve.control, curve.path): curve for curve in stored}


def _reused(known: Known, planned: PlannedCurve) -> StoredCurve | None:
    """A curve of the design from those known, if it is among them."""
    curve = known.get((planned.composite.text, planned.path.control, planned.text))
    return curve and replace(curve, composite=planned.composite, split=planned.split)


def _simulated(simulator: Simulator, planned: PlannedCurve, mesh: CurveMeshSettings) -> StoredCurve:
    path, began = planned.path, time.process_time()
    curve = simulator(planned.composite, [[path]], mesh).squeeze(("control", "load_case"))
    strain, stress = curve["strain"].values, curve["stress"].values
    converged = curve["converged"].values & np.isfinite(stress).all(axis=1)
    stress = np.where(path.prescribed | ~converged[:, None], stress, path.stress)  # what is prescribed is so exactly
    error = float(curve["estimated_error"]) if "estimated_error" in curve else np.nan
    stored = planned.composite, path.control, planned.text, planned.split, path.loaded
    return StoredCurve(*stored, strain, stress, converged, time.process_time() - began, error, path.time)
