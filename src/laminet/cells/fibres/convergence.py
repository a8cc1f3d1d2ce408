"""How reference curves depend on the mesh and on the size of the steps, and what extrapolation makes of it.

Errors are measured from the extrapolation of the finest three meshes, see laminet.cells.fibres.reference.
"""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.cells.fibres.cell import Cell, remesh
from laminet.cells.fibres.reference import (
    all_curves,
    extrapolation,
    in_large_steps,
    nested,
    on_meshes,
    shares,
    work,
)
from laminet.cells.fibres.settings import ConvergenceSettings, ReferenceSettings
from laminet.cells.fibres.system import CellSystem
from laminet.errors import InputError
from laminet.files.curves import path_error
from laminet.loading.driver import Curve
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite


def convergence(
    cell: Cell,
    composite: Composite,
    paths: Sequence[LoadPath],
    refinement: int = ConvergenceSettings.refinement,
    meshes: int = ConvergenceSettings.meshes,
    strides: Sequence[int] = ConvergenceSettings.strides,
    tolerance: float = ReferenceSettings.tolerance,
    progress: Callable[[int, int, str, float], None] | None = None,
) -> xr.Dataset:
    """Curves of one packing on several meshes, and on the coarsest of them with several numbers of steps.

    Args:
        cell: its fibres are meshed again; its own mesh is not used.
        composite: laws of the phases.
        paths: load cases, all with one control and one number of steps.
        refinement: elements along each circle of the coarsest mesh.
        meshes: how many, each of elements half as large as the one before; see laminet.cells.fibres.reference.
        strides: how many steps of the paths are taken in one, ascending; each must divide the number of steps.
        tolerance: of the Newton iterations.
        progress: called as progress(curves done, all curves, note, share of the work done).

    Returns:
        Dataset with stress(load_case, refinement, step, component) [GPa], the number of elements(refinement), and
        errors of the loaded component (as Eq. 32). mesh_error(load_case, refinement) is that of every mesh, and
        extrapolation_error(load_case, refinement) that of its extrapolation with the two meshes before it, NaN without
        them. Both are relative to the extrapolation of the finest three meshes. Every extrapolation has its
        observed_order and its bound. step_error(load_case, stride) is relative to the smallest steps.

    Raises:
        InputError: fewer than three meshes or two strides, a stride that does not divide the steps, or another number
            of phases.
    """
    steps = paths[0].steps
    ConvergenceSettings(refinement=refinement, meshes=meshes, strides=tuple(strides))
    if any(steps % stride for stride in strides):
        raise InputError(f"convergence: strides is {list(strides)}; each must divide {steps} steps")
    family = nested(remesh(cell, refinement), composite, meshes)
    rows = [[in_large_steps(path, stride) for path in paths] for stride in strides]
    in_rows = [path.steps * len(family[0].element) for row in rows for path in row]
    done, share = count(1), shares([*work(family, [paths]), *in_rows])

    def finish(path: LoadPath, system: CellSystem, _: Curve) -> None:
        if progress is not None:
            note = f"load case {path.name}, {len(system.cell.element)} elements, {path.steps} steps"
            progress(number := next(done), len(share), note, share[number - 1])

    stress = on_meshes(family, composite, [paths], tolerance, finish)[2][:, 0].swapaxes(0, 1)
    in_steps = all_curves(family[0], composite, rows, tolerance, finish)
    figures = np.full((4, len(paths), meshes), np.nan)  # errors of mesh and extrapolation, order, bound
    step_error = np.empty((len(paths), len(strides)))
    for case, path in enumerate(paths):
        better = np.full_like(stress[case], np.nan)
        for mesh in range(2, meshes):
            three = stress[case, mesh - 2 : mesh + 1]
            order, gain, bound = extrapolation(three, path.loaded)
            better[mesh] = three[2] + gain * (three[2] - three[1])
            figures[2:, case, mesh] = order, bound
        for mesh in range(meshes):
            curves = stress[case, mesh], better[mesh]
            figures[:2, case, mesh] = [path_error(curve, better[-1], path.loaded).loaded for curve in curves]
        smallest = in_steps[0][case].stress
        for number, stride in enumerate(strides):
            same = smallest[:: stride // strides[0]]
            step_error[case, number] = path_error(in_steps[number][case].stress, same, path.loaded).loaded
    dims = ("load_case", "refinement")
    variables = {
        "stress": ((*dims, "step", "component"), stress, {"units": "GPa"}),
        **{
            name: (dims, values, {"units": "1"})
            for name, values in zip(
                ("mesh_error", "extrapolation_error", "observed_order", "estimated_error"), figures, strict=True
            )
        },
        "step_error": (("load_case", "stride"), step_error, {"units": "1"}),
        "elements": ("refinement", np.array([len(mesh.element) for mesh in family]), {"units": "1"}),
    }
    coordinates = {
        "load_case": [path.name for path in paths],
        "refinement": [mesh.refinement for mesh in family],
        "stride": list(strides),
        "step": np.arange(steps + 1),
        "component": list(mandel.COMPONENTS),
    }
    attrs = {"composite": composite.name, "control": paths[0].control, "steps": steps}
    return xr.Dataset(variables, coordinates, attrs)
