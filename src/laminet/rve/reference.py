"""Reference curves: the response of a cell with plastic phases along load paths, with an estimate of their error."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from laminet.data.curves import path_error, stacked
from laminet.errors import InputError
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.rve.cell import Cell, remesh
from laminet.rve.operator import Group
from laminet.rve.system import CellSystem, Fields, group_of

ERROR_ESTIMATES = ("mesh", "none")
COARSENING = 1.5
CURVE_FIELDS = ("strain", "stress", "iterations", "residual", "converged", "time")


def reference(
    cell: Cell,
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    tolerance: float = 1e-6,
    error_estimate: str = "mesh",
    progress: Callable[[int, int, str], None] | None = None,
    receive_fields: Callable[[LoadPath, Fields], None] | None = None,
) -> xr.Dataset:
    """Curves along paths[control][load case]: the reference contract.

    Args:
        cell: the cell.
        composite: laws of its phases.
        paths: load paths, the same cases in every row.
        tolerance: of the Newton iterations, see CellSystem.
        error_estimate: "mesh" repeats every curve on a mesh of the same fibres that is 1.5 times coarser; "none"
            leaves the variable `estimated_error` out. Either is recorded in the attribute `error_estimate`.
        progress: called as progress(curves done, all curves, note) after every curve.
        receive_fields: called with every path and the local fields at its end, for example to write them as VTU.

    Returns:
        Dataset with strain, stress [GPa], iterations, residual, converged, time [s] and estimated_error.

    Raises:
        InputError: an unknown error estimate.
        ConvergenceError: an increment that does not converge even in small parts.
    """
    if error_estimate not in ERROR_ESTIMATES:
        raise InputError(f"error estimate is '{error_estimate}'; it must be one of {', '.join(ERROR_ESTIMATES)}")
    meshes = [cell]
    if error_estimate == "mesh":
        meshes.append(_coarser(cell))
    total, done = len(meshes) * sum(map(len, paths)), 0

    def finish(path: LoadPath, system: CellSystem, curve: Curve) -> None:
        nonlocal done
        done += 1
        if receive_fields is not None and system.cell is cell:
            receive_fields(path, system.fields(curve.state))
        if progress is not None:
            progress(done, total, f"load case {path.name}, {path.control} control")

    curves, *rough = [all_curves(mesh, composite, paths, tolerance, finish) for mesh in meshes]
    dataset = stacked(paths, curves, CURVE_FIELDS)
    dataset.attrs |= {"composite": composite.name, "error_estimate": error_estimate, "tolerance": tolerance}
    if rough:
        ratio = meshes[0].refinement / meshes[1].refinement
        errors = [
            [estimated_error(fine, coarse, path, ratio) for fine, coarse, path in zip(*row, strict=True)]
            for row in zip(curves, *rough, paths, strict=True)
        ]
        dataset["estimated_error"] = (("control", "load_case"), np.array(errors), {"units": "1"})
    return dataset


def _coarser(cell: Cell) -> Cell:
    """The same fibres on a mesh COARSENING times coarser, or as near to that as one can be made."""
    for refinement in range(round(cell.refinement / COARSENING), cell.refinement):
        try:
            return remesh(cell, refinement)
        except InputError:
            continue
    raise InputError(f"no mesh coarser than refinement {cell.refinement} for the error estimate; refine the cell")


def estimated_error(fine: Curve, coarse: Curve, path: LoadPath, ratio: float) -> float:
    """Discretisation error of a curve on the finer of two meshes, relative, on the loaded components (as Eq. 32).

    Richardson's estimate for an error proportional to the element size, the order that localised plastic flow
    leaves: difference of the two curves / (ratio - 1). Elsewhere the error falls faster and the estimate is high.
    """
    return path_error(coarse.stress, fine.stress, path.loaded).loaded / (ratio - 1.0)


def all_curves(
    cell: Cell,
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    tolerance: float,
    finish: Callable[[LoadPath, CellSystem, Curve], None],
) -> list[list[Curve]]:
    """Curves of a cell along paths[control][load case]; `finish` is called after every one."""
    systems: dict[Group, CellSystem] = {}

    def curve(path: LoadPath) -> Curve:
        group = group_of(path, composite.laws)
        if group not in systems:
            systems[group] = CellSystem(cell, composite.laws, group, tolerance)
        found = follow(systems[group], path)
        finish(path, systems[group], found)
        return found

    return [[curve(path) for path in row] for row in paths]
