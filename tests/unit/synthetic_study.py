"""Small run folders, references and an RVE that keep the data contracts, with curves of a simple closed form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.data import netcdf
from laminet.loading.paths import CASES, CONTROLS, uniaxial
from laminet.network import parameters

COMPOSITES = ("composite_1", "composite_2", "composite_3")
SCHEMES = {
    "dmn": ("dmn_residual", "dmn_no_residual_secant", "dmn_no_residual_tangent", "newton_condensed"),
    "imn": ("imn_newton_dense", "imn_fixed_point_secant", "imn_fixed_point_tangent", "newton_condensed"),
}
STEPS = 8


def response(steps: int = STEPS, softer: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Strain and stress (control, load_case, step, component): a curve that bends over, 10 - 60 MPa."""
    strain = np.array([[uniaxial(case, control, steps, 0.05).strain for case in CASES] for control in CONTROLS])
    scale = np.array([1.5, 1.0])[:, None, None, None] * np.linspace(1.0, 2.0, 6)[:, None, None] * softer
    return strain, scale * 0.03 * np.tanh(strain / 0.01)


def write_online(
    path: Path,
    active: int,
    *,
    composites: Sequence[str] = COMPOSITES,
    steps: int = STEPS,
    error: float = 0.05,
    seconds: float = 0.01,
    iterations: int = 3,
    broken: Iterable[tuple[int, int, int]] = (),
) -> None:
    """An online file; `broken` (composite, control, load case) curves end after the third step."""
    strain, stress = (np.array([part] * len(composites)) for part in response(steps, 1.0 + error))
    per_step = strain.shape[:-1]
    per_case = per_step[:-1]
    converged = np.ones(per_step, dtype=bool)
    counts = np.full(per_step, iterations, dtype=np.int32)
    counts[..., 0] = 0
    residual = np.full(per_step, 1e-8)
    errors = np.full(per_case, error)
    for index in broken:
        strain[index][4:] = stress[index][4:] = np.nan
        converged[index][4:] = False
        errors[index] = np.nan
    case, along = ("composite", "control", "load_case"), ("composite", "control", "load_case", "step")
    none, giga, second = {"units": "1"}, {"units": "GPa"}, {"units": "s"}
    dataset = xr.Dataset(
        {
            "strain": ((*along, "component"), strain, none),
            "stress": ((*along, "component"), stress, giga),
            "iterations": (along, counts, none),
            "residual": (along, residual, none),
            "converged": (along, converged, none),
            "time": (case, np.full(per_case, seconds), second),
            "error": (case, errors, none),
            "error_vector": (case, 1.1 * errors, none),
            "active_nodes": ((), active, none),
        },
        coords={
            "composite": list(composites),
            "control": list(CONTROLS),
            "load_case": list(CASES),
            "step": np.arange(steps + 1),
            "component": list(mandel.COMPONENTS),
        },
    )
    netcdf.write(dataset, path, content="online", parameters={})


def write_history(path: Path, epochs: int, active: int, level: float = 0.05, seconds: float = 10.0) -> None:
    """A history whose training error falls from level + 1 to about `level`."""
    epoch = np.arange(1, epochs + 1)
    error = level + np.exp(-epoch / (0.1 * epochs))
    columns = {
        "train_error": error,
        "validation_error": 1.1 * error,
        "validation_divergence": 1.2 * error,
        "loss": error**2,
        "validation_loss": 1.1 * error**2,
        "learning_rate": np.full(epochs, 1e-2),
        "active_nodes": np.full(epochs, active),
        "elapsed": seconds * epoch / epochs,
    }
    dataset = xr.Dataset(
        {
            name: ("epoch", values, {"units": "s" if name == "elapsed" else "1"}) for name, values in columns.items()
        },
        coords={"epoch": epoch},
    )
    netcdf.write(dataset, path, content="history", parameters={}, threads=2)


def write_run(
    folder: Path,
    *,
    model: str = "imn",
    depth: int = 3,
    samples: int = 40,
    batch: int = 8,
    eta: float = 1.0,
    xi: float = 1.0,
    seed: int = 1,
    epochs: int = 30,
    schemes: Sequence[str] | None = None,
    attributes: Mapping | None = None,
    **online,
) -> Path:
    """A whole run folder; further arguments go to write_online."""
    design = {"samples": samples, "batch": batch, "eta": eta, "xi": xi, "seed": seed}
    network = replace(
        parameters.initial(model, depth, seed),
        attributes=design | {"loss": "frobenius", "formulation": "reduced", "backend": "torch"} | (attributes or {}),
    )
    network.activation[:seed] = -1.0  # so that the number of active nodes tells the seeds apart
    parameters.save(network, folder / "network.nc", {})
    level, seconds = 0.02 + 0.2 / depth + 0.002 * seed + batch / 1e4, 2.0**depth * (4.0 if model == "dmn" else 1.0)
    write_history(folder / "history.nc", epochs, network.active_nodes, level, seconds)
    for rank, scheme in enumerate(SCHEMES[model] if schemes is None else schemes, start=1):
        defaults = {"error": level + 0.001 * rank, "seconds": 1e-3 * rank * 2.0**depth, "iterations": 1 + rank}
        write_online(folder / f"online_{scheme}.nc", network.active_nodes, **(defaults | online))
    return folder


def write_reference(path: Path, composite: str, steps: int = STEPS) -> Path:
    """A reference file of a composite."""
    strain, stress = response(steps)
    dims = ("control", "load_case", "step", "component")
    dataset = xr.Dataset(
        {
            "strain": (dims, strain, {"units": "1"}),
            "stress": (dims, stress * (1 + COMPOSITES.index(composite)), {"units": "GPa"}),
            "estimated_error": (dims[:2], np.full(strain.shape[:2], 0.01), {"units": "1"}),
        },
        coords={
            "control": list(CONTROLS),
            "load_case": list(CASES),
            "step": np.arange(steps + 1),
            "component": list(mandel.COMPONENTS),
        },
        attrs={"composite": composite},
    )
    netcdf.write(dataset, path, content="reference", parameters={})
    return path


def write_rve(path: Path, cells: int = 8) -> Path:
    """A periodic grid of quadratic triangles, the middle 4 x 4 squares of 8 x 8 being a square fibre."""
    column, row = np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij")
    i, j = column.ravel(), row.ravel()

    def node(twice_x: np.ndarray, twice_y: np.ndarray) -> np.ndarray:
        return (twice_x % (2 * cells)) * 2 * cells + twice_y % (2 * cells)

    def triangle(corners: list[tuple[int, int]]) -> np.ndarray:
        corners = np.array(corners)
        middles = (corners + np.roll(corners, -1, axis=0)) // 2
        return np.stack([node(2 * i + dx, 2 * j + dy) for dx, dy in np.concatenate([corners, middles])], axis=1)

    element = np.concatenate([triangle([(0, 0), (2, 0), (2, 2)]), triangle([(0, 0), (2, 2), (0, 2)])])
    x, y = np.meshgrid(np.arange(2 * cells), np.arange(2 * cells), indexing="ij")
    inside = (abs(i - cells / 2 + 0.5) < cells / 4) & (abs(j - cells / 2 + 0.5) < cells / 4)
    side = {"units": "1", "long_name": "in units of the cell's side"}
    dataset = xr.Dataset(
        {
            "center": (("fibre", "axis"), np.array([[0.5, 0.5]]), side),
            "radius": ((), 0.25, side),
            "point": (("node", "axis"), np.stack([x.ravel(), y.ravel()], axis=1) / (2 * cells), side),
            "element": (("element", "local_node"), element, {"units": "1"}),
            "phase": (("element",), np.where(np.tile(inside, 2), 2, 1), {"units": "1"}),
        }
    )
    netcdf.write(dataset, path, content="rve", parameters={})
    return path
