"""Reference curves of a cell of voxels, and their error by the voxels' size."""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import xarray as xr

from laminet.cells.fibres.reference import CURVE_FIELDS, UNEXTRAPOLATED
from laminet.cells.voxels.backends import backend
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.fields import LocalFields, VoxelFields
from laminet.cells.voxels.homogenisation import threads
from laminet.cells.voxels.settings import Device
from laminet.cells.voxels.system import VoxelSystem
from laminet.files.curves import path_error, stacked
from laminet.loading.driver import Curve, Increment, follow
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.materials.local_fields import Recorder, coordinates


def reference(
    cell: VoxelCell,
    composite: Composite,
    paths: Sequence[Sequence[LoadPath]],
    tolerance: float = 1e-6,
    error_estimate: bool = True,
    progress: Callable[[int, int, str, float], None] | None = None,
    receive_fields: Callable[[LoadPath, VoxelCell, VoxelFields], None] | None = None,
    strict: bool = True,
    statistics: bool = False,
    device: Device = "cpu",
) -> xr.Dataset:
    """Curves along `paths[control][load case]`: the reference contract.

    Args:
        cell: the cell.
        composite: laws of its phases.
        paths: load paths, the same cases in every row.
        tolerance: of the Newton iterations, see VoxelSystem.
        error_estimate: also compute every curve in voxels twice as large, and bound the error by the change.
        progress: called as progress(curves done, all curves, note, share of the work done) after every curve.
        receive_fields: called with every path, the cell and the local fields at the path's end, for example to write
            them as VTI.
        strict: raise where an increment does not converge. Otherwise the curve ends there; the rest of it is NaN.
        statistics: whether to record those of the local fields (laminet.materials.local_fields) of the cell as it is.
        device: what computes: the processor, with as many threads as there are cores, or a device of PyTorch.

    Returns:
        Dataset with strain, stress [GPa], iterations, residual, converged and time [s] of the cell as it is, and
        estimated_error where it is wanted.

    Raises:
        InputError: a tolerance out of range, another number of phases, a cell too coarse for an error estimate, a
            device that is not there or does not know a law, or more memory than is allowed.
        ConvergenceError: with `strict`, an increment that does not converge even in small parts.
    """
    laws, where = composite.laws_of(cell.phases, "cell"), backend(device, threads())
    cells = [cell, cell.coarsened()] if error_estimate else [cell]
    works = np.cumsum([each.phase.size * path.steps for each in cells for row in paths for path in row])
    done = count(1)
    inside = LocalFields(cell, laws, where) if statistics or receive_fields else None
    recorder = Recorder(cell.phases, paths[0][0].steps) if statistics else None

    def record(step: int, increment: Increment) -> None:
        if inside and recorder:
            recorder.record(step, inside.statistics(increment.state))

    def curves(each: VoxelCell) -> list[list[Curve]]:
        system = VoxelSystem(each, laws, tolerance, where)

        def curve(path: LoadPath) -> Curve:
            observe = record if recorder and each is cell else None
            if recorder and observe:
                recorder.begin()
            response = follow(system, path, strict=strict, halt=not strict, observe=observe)
            if inside and receive_fields and each is cell:
                receive_fields(path, cell, inside.means(response.state))
            if progress is not None:
                size = " x ".join(map(str, each.phase.shape))
                note = f"load case {path.name}, {path.control} control, {size} voxels"
                progress(number := next(done), len(works), note, float(works[number - 1] / works[-1]))
            return response

        return [[curve(path) for path in row] for row in paths]

    fine, *coarse = (curves(each) for each in cells)
    dataset = stacked(paths, fine, CURVE_FIELDS)
    if recorder:
        dataset = dataset.assign(recorder.variables(len(paths))).assign_coords(coordinates(cell.phases))
    dataset.attrs |= {"composite": composite.name, "materials": composite.text, "cell_sha256": cell.digest}
    dataset.attrs |= {"error_estimate": "mesh" if error_estimate else "none", "tolerance": tolerance}
    if error_estimate:
        changes = [
            [path_error(b.stress, a.stress, path.loaded).loaded for a, b, path in zip(*each, strict=True)]
            for each in zip(fine, coarse[0], paths, strict=True)
        ]
        about = "bound of the error of the discretisation, relative, on the driven components"
        bounds = UNEXTRAPOLATED * np.array(changes)
        dataset["estimated_error"] = (("control", "load_case"), bounds, {"units": "1", "long_name": about})
    return dataset
