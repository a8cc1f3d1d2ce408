"""Reference curves: the response of a cell with plastic phases along load paths, extrapolated over meshes.

Plastic flow that localises in slip bands converges slowly with the mesh: measured on small cells, its error falls as
the element size to the power ORDER (docs/method.md, 'The RVE'). Two meshes of the same fibres give, by Richardson's
extrapolation, a curve better than either, and a third says how good it is.
"""

from collections.abc import Callable, Sequence
from itertools import count, pairwise

import numpy as np
import xarray as xr

from laminet.cells.fibres.cell import Cell, remesh
from laminet.cells.fibres.operator import Group
from laminet.cells.fibres.settings import ReferenceSettings
from laminet.cells.fibres.system import CellSystem, Fields, group_of
from laminet.errors import InputError
from laminet.files.curves import path_error, stacked
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite

ERROR_ESTIMATES = {"extrapolation": 3, "mesh": 2, "none": 1}
"""Meshes that every way to estimate the error takes."""

COARSENING = 1.5
ORDER = 1.5
CURVE_FIELDS = ("strain", "stress", "iterations", "residual", "converged", "time")


def reference(
    cell: Cell,
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    tolerance: float = ReferenceSettings.tolerance,
    error_estimate: str = ReferenceSettings.error_estimate,
    progress: Callable[[int, int, str], None] | None = None,
    receive_fields: Callable[[LoadPath, Fields], None] | None = None,
) -> xr.Dataset:
    """Curves along `paths[control][load case]`: the reference contract.

    Args:
        cell: the cell.
        composite: laws of its phases.
        paths: load paths, the same cases in every row.
        tolerance: of the Newton iterations, see CellSystem.
        error_estimate: "extrapolation" computes every curve on the cell's mesh and on two of the same fibres, each
            COARSENING times coarser; strain and stress are extrapolated from the finer two, and their error is
            estimated by what the third changes. "mesh" keeps the curves of the cell's mesh and estimates their error
            by one coarser mesh; "none" leaves `estimated_error` out. Recorded in the attribute `error_estimate`.
        progress: called as progress(curves done, all curves, note) after every curve.
        receive_fields: called with every path and the local fields at its end, for example to write them as VTU.

    Returns:
        Dataset with strain, stress [GPa], iterations, residual, converged and time [s] of the cell's mesh,
        estimated_error, and mesh_stress [GPa], the stress on every mesh.

    Raises:
        InputError: an unknown error estimate, a tolerance out of range, or another number of phases.
        ConvergenceError: an increment that does not converge even in small parts.
    """
    ReferenceSettings(tolerance, error_estimate)  # type: ignore[arg-type]
    meshes = [cell]
    while len(meshes) < ERROR_ESTIMATES[error_estimate]:
        meshes.append(_coarser(meshes[-1]))
    total, done = len(meshes) * sum(map(len, paths)), count(1)

    def finish(path: LoadPath, system: CellSystem, curve: Curve) -> None:
        if receive_fields is not None and system.cell is cell:
            receive_fields(path, system.fields(curve.state))
        if progress is not None:
            progress(next(done), total, f"load case {path.name}, {path.control} control")

    curves = [all_curves(mesh, composite, paths, tolerance, finish) for mesh in meshes]
    dataset = stacked(paths, curves[0], CURVE_FIELDS)
    dataset.attrs |= {"composite": composite.name, "materials": composite.text, "cell_sha256": cell.digest}
    dataset.attrs |= {"error_estimate": error_estimate, "tolerance": tolerance}
    if error_estimate == "none":
        return dataset
    refinements = [mesh.refinement for mesh in meshes]
    strain, stress = (  # (refinement, control, load case, step, component)
        np.array([[[getattr(curve, name) for curve in row] for row in rows] for rows in curves])
        for name in ("strain", "stress")
    )
    better = extrapolated(stress, refinements)
    if error_estimate == "extrapolation":
        dataset["strain"].values = extrapolated(strain, refinements)[0]
        dataset["stress"].values = better[0]
    errors = loaded_errors(list(dataset["stress"].values), list(better[-1]), paths)
    dataset["estimated_error"] = (("control", "load_case"), errors, {"units": "1"})
    dataset["mesh_stress"] = (
        ("refinement", *dataset["stress"].dims),
        stress,
        {"units": "GPa", "long_name": "on the mesh with so many elements along each circle"},
    )
    return dataset.assign_coords(refinement=refinements)


def _coarser(cell: Cell) -> Cell:
    """The same fibres on a mesh COARSENING times coarser, or as near to that as one can be made."""
    for refinement in range(round(cell.refinement / COARSENING), cell.refinement):
        try:
            return remesh(cell, refinement)
        except InputError:
            continue
    raise InputError(
        f"no mesh coarser than refinement {cell.refinement} for the error estimate; refine the cell, or do without"
    )


def extrapolated(values: np.ndarray, refinements: Sequence[int]) -> np.ndarray:
    """Strains or stresses extrapolated to elements of no size (Richardson), from each mesh and the next coarser one.

    The error is taken as proportional to the element size to the power ORDER. What is prescribed stays as it is.

    Args:
        values: (meshes, ...) on meshes of the same fibres.
        refinements: of the meshes, descending.

    Returns:
        (meshes - 1, ...), without the coarsest mesh.
    """
    gains = [1.0 / ((finer / coarser) ** ORDER - 1.0) for finer, coarser in pairwise(refinements)]
    return np.array(
        [fine + gain * (fine - coarse) for gain, (fine, coarse) in zip(gains, pairwise(values), strict=True)]
    )


def loaded_errors(
    stress: Sequence[np.ndarray], better: Sequence[np.ndarray], paths: Sequence[Sequence[LoadPath]]
) -> np.ndarray:
    """Errors (control, load case) of the loaded components of `stress[control][load case, step, component]`.

    They are relative to the stresses `better`; see path_error.
    """
    rows = zip(stress, better, paths, strict=True)
    return np.array(
        [[path_error(one, exact, path.loaded).loaded for one, exact, path in zip(*row, strict=True)] for row in rows]
    )


def all_curves(
    cell: Cell,
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    tolerance: float,
    finish: Callable[[LoadPath, CellSystem, Curve], None],
) -> list[list[Curve]]:
    """Curves of a cell along `paths[control][load case]`; `finish` is called after every one."""
    systems: dict[Group, CellSystem] = {}
    laws = composite.laws_of(cell.phases, "cell")

    def curve(path: LoadPath) -> Curve:
        group = group_of(path, laws)
        if group not in systems:
            systems[group] = CellSystem(cell, laws, group, tolerance)
        response = follow(systems[group], path)
        finish(path, systems[group], response)
        return response

    return [[curve(path) for path in row] for row in paths]
