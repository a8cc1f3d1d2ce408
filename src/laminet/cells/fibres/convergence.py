"""How reference curves depend on the mesh and on the size of the steps, and what extrapolation makes of it.

Errors are measured from the extrapolation of the finest two meshes, see laminet.cells.fibres.reference.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.cells.fibres.cell import Cell, remesh
from laminet.cells.fibres.reference import all_curves, extrapolated, loaded_errors
from laminet.cells.fibres.settings import ConvergenceSettings, ReferenceSettings
from laminet.cells.fibres.system import CellSystem
from laminet.errors import InputError
from laminet.loading.driver import Curve
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
    total, done = len(paths) * (len(refinements) + len(strides)), count(1)

    def finish(path: LoadPath, system: CellSystem, _: Curve) -> None:
        if progress is not None:
            note = f"load case {path.name}, {len(system.cell.element)} elements, {path.steps} steps"
            progress(next(done), total, note)

    def stresses(mesh: Cell, stride: int = 1) -> np.ndarray:
        """Stress (load case, step, component) in steps `stride` times as large."""
        large = [replace(path, strain=path.strain[::stride], stress=path.stress[::stride]) for path in paths]
        (curves,) = all_curves(mesh, composite, [large], tolerance, finish)
        return np.array([curve.stress for curve in curves])

    meshes = [remesh(cell, refinement) for refinement in refinements]
    stress = np.array([stresses(mesh) for mesh in meshes])
    limits = extrapolated(stress[::-1], refinements[::-1])[::-1]
    in_steps = [stresses(meshes[0], stride) for stride in strides]
    smallest = [in_steps[0][:, :: stride // strides[0]] for stride in strides]
    step_error = loaded_errors(in_steps, smallest, [paths] * len(strides)).T

    def errors(values: np.ndarray) -> np.ndarray:
        """Errors (load case, mesh) against the extrapolation of the finest two meshes."""
        return loaded_errors(list(values), [limits[-1]] * len(values), [paths] * len(values)).T

    unknown = np.full((len(paths), 1), np.nan)  # no extrapolation for the coarsest mesh
    variables = {
        "stress": (("load_case", "refinement", "step", "component"), stress.swapaxes(0, 1), {"units": "GPa"}),
        "mesh_error": (("load_case", "refinement"), errors(stress), {"units": "1"}),
        "extrapolation_error": (("load_case", "refinement"), np.hstack([unknown, errors(limits)]), {"units": "1"}),
        "step_error": (("load_case", "stride"), step_error, {"units": "1"}),
        "elements": ("refinement", np.array([len(mesh.element) for mesh in meshes]), {"units": "1"}),
    }
    coordinates = {
        "load_case": [path.name for path in paths],
        "refinement": list(refinements),
        "stride": list(strides),
        "step": np.arange(steps + 1),
        "component": list(mandel.COMPONENTS),
    }
    attrs = {"composite": composite.name, "control": paths[0].control, "steps": steps}
    return xr.Dataset(variables, coordinates, attrs)
