"""Small run folders, references and an RVE that keep the data contracts, with curves of a simple closed form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.cells.fibres import cell
from laminet.files import history, netcdf
from laminet.files.network import save_network
from laminet.loading.paths import CASES, CONTROLS, uniaxial
from laminet.network.initial import initial_parameters

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


def online_curves(
    active: int,
    *,
    composites: Sequence[str] = COMPOSITES,
    steps: int = STEPS,
    error: float = 0.05,
    seconds: float = 0.01,
    iterations: int = 3,
    broken: Iterable[tuple[int, int, int]] = (),
    attributes: Mapping | None = None,
) -> xr.Dataset:
    """The online curves of one scheme; `broken` (composite, control, load case) curves end after the third step."""
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
    return dataset.assign_attrs(attributes or {})


def write_online(path: Path, schemes: Mapping[str, xr.Dataset]) -> None:
    """An online file of schemes and their curves."""
    along = xr.DataArray(list(schemes), dims="scheme", name="scheme")
    curves = [of_scheme.drop_vars("active_nodes") for of_scheme in schemes.values()]
    joined = xr.concat(curves, along, combine_attrs="override")
    netcdf.write(
        joined.assign(active_nodes=next(iter(schemes.values()))["active_nodes"]), path, content="online", parameters={}
    )


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
        "cpu_time": 2.0 * seconds * epoch / epochs,
    }
    rows = np.stack([columns[name] for name in history.COLUMNS], axis=1)
    netcdf.write(history.to_dataset(rows, epoch, {}), path, content="history", parameters={}, threads=2)


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
    """A whole run folder; further arguments go to online_curves."""
    design = {"samples": samples, "batch": batch, "eta": eta, "xi": xi, "seed": seed}
    network = replace(
        initial_parameters(model, depth, seed),
        attributes=design | {"loss": "frobenius", "formulation": "reduced", "backend": "torch"} | (attributes or {}),
    )
    network.activation[:seed] = -1.0  # so that the number of active nodes tells the seeds apart
    save_network(network, folder / "network.nc", {})
    level, seconds = 0.02 + 0.2 / depth + 0.002 * seed + batch / 1e4, 2.0**depth * (4.0 if model == "dmn" else 1.0)
    write_history(folder / "history.nc", epochs, network.active_nodes, level, seconds)
    curves = {}
    for rank, scheme in enumerate(SCHEMES[model] if schemes is None else schemes, start=1):
        defaults = {"error": level + 0.001 * rank, "seconds": 1e-3 * rank * 2.0**depth, "iterations": 1 + rank}
        known = {"model": model, "depth": depth, "seed": seed, "tolerance": 1e-6}
        curves[scheme] = online_curves(network.active_nodes, **{**defaults, "attributes": known, **online})
    write_online(folder / "online.nc", curves)
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


def write_rve(path: Path) -> Path:
    """A coarse cell of four fibres."""
    cell.save(cell.build(cell.CellSettings(fibres=4, refinement=16, candidates=1, seed=0)), path, {})
    return path
