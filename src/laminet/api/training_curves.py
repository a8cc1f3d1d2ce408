"""Curves that a network is trained on: simulated on a cell, or measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from laminet.api.materials import Materials, composite_of
from laminet.cells.voxels.settings import Device
from laminet.files.destination import check_distinct, partial_of
from laminet.files.matrices import Table
from laminet.loading.settings import CurveSettings
from laminet.progress import Progress
from laminet.settings import check, read


def curves(
    rve: Path | str,
    out: Path | str | None = None,
    *,
    shard: tuple[int, int] = (1, 1),
    reuse: Sequence[Path | str] = (),
    device: Device = "cpu",
    progress: bool = False,
    **settings: Any,
) -> xr.Dataset:
    """Simulate random composites on a cell: training curves by their contract, see docs/files.md.

    data = laminet.curves("rve.nc", "curves.nc", count=8, composites={"contrast": (1.0, 20.0)})

    Args:
        rve: a cell of `laminet rve`.
        out: where to write them. An interrupted call resumes from there.
        shard: (k, n): only every n-th curve, from the k-th, counted from 1.
        reuse: files of training curves of the same cell and mesh; what they hold is not simulated again.
        device: what computes a cell of voxels: "cpu" or "cuda".
        progress: whether to show it.
        settings: fields of laminet.loading.settings.CurveSettings, such as count=16, and of
            laminet.cells.fibres.settings.CurveMeshSettings, such as tolerance=1e-6.

    Raises:
        InputError: an unusable cell, a device that is not there, an unknown setting, or one out of range.
    """
    from laminet.cells import kinds
    from laminet.cells.fibres import curve_simulation
    from laminet.cells.fibres.settings import CurveMeshSettings

    of_mesh = {name: settings.pop(name) for name in CurveMeshSettings.__dataclass_fields__ if name in settings}
    how = read(CurveSettings, settings), read(CurveMeshSettings, of_mesh), shard
    report = Progress("curves") if progress else None
    if out is not None:
        check_distinct([out, partial_of(out)], [rve, *reuse])
    cell = kinds.load(rve)
    simulator = kinds.simulator(cell, check(Device, device, "device"))
    if out is None:
        return curve_simulation.simulate(cell, *how, progress=report, simulator=simulator, reuse=reuse)
    return curve_simulation.simulate_file(cell, out, *how, progress=report, simulator=simulator, reuse=reuse)


def measured_curves(
    tables: Path | str | Table | Sequence[Path | str | Table],
    materials: Materials,
    composite: str | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Training curves of your own: stress measured, or simulated elsewhere, along a path of strains.

    data = laminet.measured_curves("test.csv", "materials.yaml", "glass", unit="MPa")

    Args:
        tables: CSV files or data frames, one for each curve, with the columns strain_11 ..., stress_11 ..., of any
            components, and perhaps time; see docs/files.md.
        materials: laws of the phases of what was measured.
        composite: its name, needed where a file holds several.
        settings: fields of laminet.files.settings.MeasuredSettings: unit, shear, split.

    Raises:
        InputError: an unusable table or material, or an unknown setting.

    Warns:
        LaminetWarning: stresses that do not fit the stiffness of the phases.
    """
    from laminet.files import measured
    from laminet.files.settings import MeasuredSettings

    several = [tables] if isinstance(tables, Path | str | Table) else list(tables)
    return measured.measured_curves(several, composite_of(materials, composite), read(MeasuredSettings, settings))
