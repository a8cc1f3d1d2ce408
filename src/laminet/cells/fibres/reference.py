"""Reference curves: the response of a cell with plastic phases along load paths, extrapolated over meshes.

Plastic flow that localises in slip bands converges slowly with the mesh. Three nested meshes show how slowly.
Richardson's extrapolation with the order observed on them gives a curve better than any of the three, and a bound of
its error (docs/method.md, 'The RVE').
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count

import numpy as np
import xarray as xr

from laminet.cells.fibres.cell import Cell, remesh
from laminet.cells.fibres.mesh import defect
from laminet.cells.fibres.operator import Group
from laminet.cells.fibres.refinement import halved
from laminet.cells.fibres.settings import COARSEST, ReferenceSettings
from laminet.cells.fibres.system import CellSystem, Fields, group_of
from laminet.errors import InputError
from laminet.files.curves import measured_on, path_error, stacked
from laminet.loading.driver import Curve, Increment, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.materials.local_fields import Recorder, coordinates

ERROR_ESTIMATES = {"extrapolation": 3, "mesh": 2, "none": 1}
"""Meshes that every way to estimate the error takes."""

RELIABLE_ORDERS = (0.5, 2.0)
LEAST_ORDER = 1.0
"""Of the extrapolation: a lower one is seen only where the elements are too large for the ligaments; it grows."""

UNEXTRAPOLATED = 3.0
"""Bound of a curve that is not extrapolated, in changes by the last mesh: Roache's factor of safety for two meshes."""

EXTRAPOLATED = 0.5
"""Bound of an extrapolated curve, in corrections by the extrapolation with the order observed.

Roache's factor of safety for three meshes, 1.25, leaves a quarter of the correction beyond the extrapolated curve
(Stern et al. 2001). It is taken twice.
"""

LARGE_STEP, FEWEST_STEPS = 5, 20  # steps taken in one, at most; and large ones along a path, at least
STRAIGHT = 1e-10  # of the largest value: what rounding makes of a straight line
CURVE_FIELDS = ("strain", "stress", "iterations", "residual", "converged", "time")
Finish = Callable[[LoadPath, CellSystem, Curve], None]
Paths = Sequence[Sequence[LoadPath]]


def reference(
    cell: Cell,
    composite: Composite,
    paths: Paths,
    tolerance: float = ReferenceSettings.tolerance,
    error_estimate: str = ReferenceSettings.error_estimate,
    fineness: float = ReferenceSettings.fineness,
    progress: Callable[[int, int, str, float], None] | None = None,
    receive_fields: Callable[[LoadPath, Cell, Fields], None] | None = None,
    strict: bool = True,
    statistics: bool = False,
) -> xr.Dataset:
    """Curves along `paths[control][load case]`: the reference contract.

    Args:
        cell: the cell.
        composite: laws of its phases.
        paths: load paths, the same cases in every row.
        tolerance: of the Newton iterations, see CellSystem.
        error_estimate: "extrapolation" computes every curve on three meshes of the cell's fibres, each of elements
            half as large as the one before; strain and stress are extrapolated, and their error is bounded. "mesh"
            takes two meshes and keeps the curves of the finer one, with a wider bound; "none" takes the cell's mesh and
            leaves `estimated_error` out. Recorded in the attribute `error_estimate`.
        fineness: elements along each circle of the finest mesh, over those of the cell's; not used with "none".
        progress: called as progress(curves done, all curves, note, share of the work done) after every curve.
        receive_fields: called with every path, the finest mesh and the local fields at the path's end, for example to
            write them as VTU.
        strict: raise where an increment does not converge. Otherwise the curve ends there; the rest of it is NaN.
        statistics: whether to record those of the local fields (laminet.materials.local_fields), on the mesh that takes
            every step.

    Returns:
        Dataset with strain, stress [GPa], iterations, residual, converged and time [s], estimated_error and
        observed_order, see `extrapolation`, and mesh_stress [GPa], the stress on every mesh.

    Raises:
        InputError: an unknown error estimate, a tolerance or fineness out of range, another number of phases, or a
            cell without fibres, which cannot be meshed again.
        ConvergenceError: with `strict`, an increment that does not converge even in small parts.
    """
    ReferenceSettings(tolerance, error_estimate, fineness)  # type: ignore[arg-type]
    meshes = _meshes(cell, composite, ERROR_ESTIMATES[error_estimate], fineness)
    done, share = count(1), shares(work(meshes, paths))

    def finish(path: LoadPath, system: CellSystem, curve: Curve) -> None:
        if receive_fields is not None and system.cell is meshes[-1]:
            receive_fields(path, system.cell, system.fields(curve.state))
        if progress is not None:
            note = f"load case {path.name}, {path.control} control, {len(system.cell.element)} elements"
            progress(number := next(done), len(share), note, share[number - 1])

    recorder = Recorder(cell.phases, paths[0][0].steps) if statistics else None
    curves, strain, stress, time = on_meshes(meshes, composite, paths, tolerance, finish, strict, recorder)
    dataset = stacked(paths, curves, CURVE_FIELDS)
    if recorder:
        dataset = dataset.assign(recorder.variables(len(paths))).assign_coords(coordinates(cell.phases))
    dataset["time"].values = time
    dataset.attrs |= {"composite": composite.name, "materials": composite.text, "cell_sha256": cell.digest}
    dataset.attrs |= {"error_estimate": error_estimate, "tolerance": tolerance}
    if error_estimate == "none":
        return dataset
    shape = len(paths), len(paths[0])
    orders, bounds = np.empty(shape), np.empty(shape)
    for i, j in np.ndindex(shape):
        path = paths[i][j]
        measured = {"strain": strain, "stress": stress}[measured_on(path.loaded, path.prescribed)]
        orders[i, j], gain, bounds[i, j] = extrapolation(measured[:, i, j], path.loaded)
        for name, values in (("strain", strain), ("stress", stress)):
            fine, middle = values[-1, i, j], values[-2, i, j]
            dataset[name].values[i, j] = fine + gain * (fine - middle)
    dims = ("control", "load_case")
    about = "bound of the error of the discretisation, relative, on the driven components"
    dataset["estimated_error"] = (dims, bounds, {"units": "1", "long_name": about})
    about = "with which the mesh's error falls with the element size; NaN where no order fits"
    dataset["observed_order"] = (dims, orders, {"units": "1", "long_name": about})
    dataset["mesh_stress"] = (
        ("refinement", *dataset["stress"].dims),
        stress[::-1],
        {"units": "GPa", "long_name": "on the mesh with so many elements along each circle"},
    )
    return dataset.assign_coords(refinement=[mesh.refinement for mesh in meshes[::-1]])


def _meshes(cell: Cell, composite: Composite, number: int, fineness: float) -> list[Cell]:
    """Meshes of a cell, each within the next; the coarsest, first, is as coarse as wanted or as can be made."""
    composite.laws_of(cell.phases, "cell")
    if number == 1:
        return [cell]
    finest = round(fineness * cell.refinement)
    for refinement in range(max(COARSEST, round(finest / 2 ** (number - 1))), max(finest, cell.refinement) + 1):
        try:
            return nested(remesh(cell, refinement), composite, number)
        except InputError:
            continue
    raise InputError(f"no mesh of the fibres with {finest} elements along each circle or fewer; raise the fineness")


def nested(coarsest: Cell, composite: Composite, number: int) -> list[Cell]:
    """The mesh and `number` - 1 finer ones: elements of the phases that flow are halved, others where they meet them.

    Where no phase flows, those of every phase are halved.

    Raises:
        InputError: elements so distorted that a part of one is folded, or another number of phases.
    """
    laws = composite.laws_of(coarsest.phases, "cell")
    flowing = [phase for phase, law in enumerate(laws, 1) if not law.linear] or range(1, len(laws) + 1)
    meshes = [coarsest]
    while len(meshes) < number:
        meshes.append(halved(meshes[-1], flowing))
        if fault := defect(meshes[-1]):
            elements = coarsest.refinement
            raise InputError(f"the mesh of {elements} elements along each circle is too coarse to be refined: {fault}")
    return meshes


def extrapolation(stress: np.ndarray, loaded: np.ndarray) -> tuple[float, float, float]:
    """Order of a curve's error, gain of its extrapolation, and bound of what error is left.

    If the error is proportional to the element size h to the power p, each change of the curve from mesh to mesh is
    2^p times the next one. The order is the p that fits best in the sense of least squares. The curve extrapolated to
    h = 0 is that of the finest mesh plus `gain` times the last change. The gain is 1 / (2^p - 1) if p lies within
    RELIABLE_ORDERS (Eca and Hoekstra 2014); see LEAST_ORDER. Otherwise, and for two meshes, it is zero.

    Args:
        stress: (meshes, steps + 1, 6) on two meshes or more, coarsest first, each of elements half as large; or strain,
            where only stresses drive the path.
        loaded: (6,) True for the components that count.

    Returns:
        Order, NaN where changes do not fall or for two meshes; gain; bound, relative to the curve in the norm of
        Eq. 32, see EXTRAPOLATED and UNEXTRAPOLATED; NaN where the curve is zero.
    """
    *before, change = np.diff(stress[-3:][:, :, loaded], axis=0)
    square = np.sum(change**2)
    ratio = np.sum(before[0] * change) / square if before and square > 0.0 else 0.0
    order = float(np.log2(ratio)) if ratio > 0.0 else np.nan
    reliable = RELIABLE_ORDERS[0] <= order <= RELIABLE_ORDERS[1]
    gain = 1.0 / (2.0 ** max(order, LEAST_ORDER) - 1.0) if reliable else 0.0
    left = EXTRAPOLATED / (2.0**order - 1.0) if reliable else UNEXTRAPOLATED
    curve = stress[-1] + gain * (stress[-1] - stress[-2])
    return order, gain, left * path_error(curve + stress[-1] - stress[-2], curve, loaded).loaded


def on_meshes(
    meshes: Sequence[Cell],
    composite: Composite,
    paths: Paths,
    tolerance: float,
    finish: Finish,
    strict: bool = True,
    recorder: Recorder | None = None,
) -> tuple[list[list[Curve]], np.ndarray, np.ndarray, np.ndarray]:
    """Curves of the first mesh, and what they are on the others.

    The first, coarsest mesh alone takes every step of the paths. What the others change of strain and stress, small
    and slow to vary, is computed in larger steps and interpolated.

    Returns:
        Curves; strain and stress, (mesh, control, load case, step, component); time (control, load case) on all meshes.
    """
    stride = _stride(paths) if len(meshes) > 1 else 1
    large = [[in_large_steps(path, stride) for path in row] for row in paths]
    rows = paths if stride == 1 else [*paths, *large]
    first = all_curves(meshes[0], composite, rows, tolerance, finish, strict, recorder)
    others = [all_curves(mesh, composite, large, tolerance, finish, strict) for mesh in meshes[1:]]
    every = first[: len(paths)]
    in_large = [first[-len(paths) :], *others]

    def values(name: str, curves: Sequence[Sequence[Sequence[Curve]]]) -> np.ndarray:
        return np.array([[[getattr(curve, name) for curve in row] for row in rows] for rows in curves])

    def whole(name: str) -> np.ndarray:
        change = values(name, in_large) - values(name, in_large[:1])
        return values(name, [every]) + _interpolated(change, paths[0][0].steps)

    time = values("time", [every, *in_large[stride == 1 :]]).sum(axis=0)
    return every, whole("strain"), whole("stress"), time


def work(meshes: Sequence[Cell], paths: Paths) -> list[int]:
    """Steps times elements of every curve that `on_meshes` computes, in its order; times are about proportional."""
    stride = _stride(paths) if len(meshes) > 1 else 1
    in_large = [(mesh, stride) for mesh in meshes[stride == 1 :]]
    steps = [path.steps for row in paths for path in row]
    return [count // each * len(mesh.element) for mesh, each in [(meshes[0], 1), *in_large] for count in steps]


def shares(amounts: Sequence[int]) -> list[float]:
    """What share of all work is done after each part of it."""
    return [float(share) for share in np.cumsum(amounts) / sum(amounts)]


def _stride(paths: Paths) -> int:
    """Steps to be taken in one: LARGE_STEP at most, and so few that no corner of a path is cut, see FEWEST_STEPS."""
    steps = paths[0][0].steps

    def straight(path: LoadPath, stride: int) -> bool:
        large = in_large_steps(path, stride)
        pairs = ((large.strain, path.strain), (large.stress, path.stress), (large.time[:, None], path.time[:, None]))
        return all(
            np.allclose(_interpolated(few, steps), every, rtol=0.0, atol=STRAIGHT * np.abs(every).max())
            for few, every in pairs
        )

    for stride in range(min(LARGE_STEP, steps // FEWEST_STEPS), 1, -1):
        if steps % stride == 0 and all(straight(path, stride) for row in paths for path in row):
            return stride
    return 1


def in_large_steps(path: LoadPath, stride: int) -> LoadPath:
    """The path in steps `stride` times as large."""
    return replace(path, strain=path.strain[::stride], stress=path.stress[::stride], time=path.time[::stride])


def _interpolated(values: np.ndarray, steps: int) -> np.ndarray:
    """Values (..., steps + 1, component) of those (..., large steps + 1, component), linear between them."""
    at = np.linspace(0.0, values.shape[-2] - 1, steps + 1)
    before = np.minimum(at.astype(int), values.shape[-2] - 2)
    share = (at - before)[:, None]
    return np.asarray((1.0 - share) * values[..., before, :] + share * values[..., before + 1, :])


def all_curves(
    cell: Cell,
    composite: Composite,
    paths: Paths,
    tolerance: float,
    finish: Finish,
    strict: bool = True,
    recorder: Recorder | None = None,
) -> list[list[Curve]]:
    """Curves of a cell along `paths[control][load case]`; `finish` is called after every one."""
    systems: dict[Group, CellSystem] = {}
    laws = composite.laws_of(cell.phases, "cell")

    def curve(path: LoadPath) -> Curve:
        group = group_of(path, laws)
        if group not in systems:
            systems[group] = CellSystem(cell, laws, group, tolerance)
        system, observe = systems[group], None
        if recorder and path.steps == recorder.steps:  # not one in large steps
            recorder.begin()
            observe = partial(_record, system, recorder)
        response = follow(system, path, strict=strict, halt=not strict, observe=observe)
        finish(path, system, response)
        return response

    return [[curve(path) for path in row] for row in paths]


def _record(system: CellSystem, recorder: Recorder, step: int, increment: Increment) -> None:
    recorder.record(step, system.local_fields(increment.state))
