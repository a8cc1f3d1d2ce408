"""How reference curves depend on the mesh and on the size of the steps, and what extrapolation makes of it.

Errors are measured from the extrapolation of the finest two meshes, see laminet.cells.fibres.reference.
"""

import dataclasses
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.cells.fibres.cell import Cell, remesh
from laminet.cells.fibres.reference import extrapolated
from laminet.cells.fibres.settings import ConvergenceSettings, ReferenceSettings
from laminet.cells.fibres.system import CellSystem, group_of
from laminet.errors import InputError
from laminet.files.curves import path_error
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite


def convergence(
    cell: Cell,
    composite: Composite,
    paths: Sequence[LoadPath],
    refinements: Sequence[int] = ConvergenceSettings.refinements,
    strides: Sequence[int] = ConvergenceSettings.strides,
    tolerance: float = ReferenceSettings.tolerance,
    progress: Callable[[int, int, str], None] | None = None,
) -> xr.Dataset:
    """Curves of one packing on several meshes, and on the coarsest of them with several numbers of steps.

    Args:
        cell: its fibres are meshed anew; its own mesh is not used.
        composite: laws of the phases.
        paths: load cases, all with one control and one number of steps.
        refinements: elements along each circle, ascending.
        strides: how many steps of the paths are taken in one, ascending; each must divide the number of steps.
        tolerance: of the Newton iterations.
        progress: called as progress(curves done, all curves, note).

    Returns:
        Dataset with stress(load_case, refinement, step, component) [GPa] and errors of the loaded component (as
        Eq. 32): mesh_error(load_case, refinement) of every mesh and extrapolation_error(load_case, refinement) of its
        extrapolation with the mesh before (NaN for the first), both from the extrapolation of the finest two, and
        step_error(load_case, stride) from the smallest steps; and the number of elements(refinement).

    Raises:
        InputError: fewer than two refinements or strides, a stride that does not divide the steps, or another number
            of phases.
    """
    steps = paths[0].steps
    ConvergenceSettings(refinements=tuple(refinements), strides=tuple(strides))
    if any(steps % stride for stride in strides):
        raise InputError(f"convergence: strides is {list(strides)}; each must divide {steps} steps")
    laws = composite.laws_of(cell.phases, "cell")
    total, done = len(paths) * (len(refinements) + len(strides)), 0

    def curve(mesh: Cell, path: LoadPath) -> Curve:
        nonlocal done
        found = follow(CellSystem(mesh, laws, group_of(path, laws), tolerance), path)
        done += 1
        if progress is not None:
            progress(done, total, f"load case {path.name}, {len(mesh.element)} elements, {path.steps} steps")
        return found

    meshes = [remesh(cell, refinement) for refinement in refinements]
    fine = [[curve(mesh, path) for mesh in meshes] for path in paths]
    rough = [[curve(meshes[0], _strided(path, stride)) for stride in strides] for path in paths]
    ratios = [finer / coarser for coarser, finer in pairwise(refinements)]
    limits = [
        [extrapolated(finer, coarser, ratio) for (coarser, finer), ratio in zip(pairwise(row), ratios, strict=True)]
        for row in fine
    ]

    def errors(rows: list[list[Curve]]) -> np.ndarray:
        return np.array(
            [
                [path_error(each.stress, best[-1].stress, path.loaded).loaded for each in row]
                for row, best, path in zip(rows, limits, paths, strict=True)
            ]
        )

    extrapolation_error = np.column_stack([np.full(len(paths), np.nan), errors(limits)])
    step_error = [
        [
            path_error(each.stress, row[0].stress[:: stride // strides[0]], path.loaded).loaded
            for each, stride in zip(row, strides, strict=True)
        ]
        for row, path in zip(rough, paths, strict=True)
    ]
    variables = {
        "stress": (
            ("load_case", "refinement", "step", "component"),
            np.array([[each.stress for each in row] for row in fine]),
            {"units": "GPa"},
        ),
        "mesh_error": (("load_case", "refinement"), errors(fine), {"units": "1"}),
        "extrapolation_error": (("load_case", "refinement"), extrapolation_error, {"units": "1"}),
        "step_error": (("load_case", "stride"), np.array(step_error), {"units": "1"}),
        "elements": ("refinement", np.array([len(mesh.element) for mesh in meshes]), {"units": "1"}),
    }
    coordinates = {
        "load_case": [path.name for path in paths],
        "refinement": list(refinements),
        "stride": list(strides),
        "step": np.arange(steps + 1),
        "component": list(mandel.COMPONENTS),
    }
    attributes = {"composite": composite.name, "control": paths[0].control, "steps": steps}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _strided(path: LoadPath, stride: int) -> LoadPath:
    """The same path in steps `stride` times as large."""
    return dataclasses.replace(path, strain=path.strain[::stride], stress=path.stress[::stride])
