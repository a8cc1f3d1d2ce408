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
from laminet_study import datasets, measured
from laminet_study.registry import FIGURES

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
    none, giga = {"units": "1"}, {"units": "GPa"}
    dataset = xr.Dataset(
        {
            "strain": ((*along, "component"), strain, none),
            "stress": ((*along, "component"), stress, giga),
            "iterations": (along, counts, none),
            "residual": (along, residual, none),
            "converged": (along, converged, none),
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


CHOICES = {"loss": "frobenius", "formulation": "reduced", "backend": "torch"}
CHOICES |= {"learning_rate": 0.01, "schedule": "plateau", "keep": "last"}
"""Settings of every run, unless its attributes say otherwise."""


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
        attributes=design | CHOICES | {"epochs": epochs} | (attributes or {}),
    )
    network.activation[:seed] = -1.0  # so that the number of active nodes tells the seeds apart
    save_network(network, folder / "network.nc", {})
    level, seconds = 0.02 + 0.2 / depth + 0.002 * seed + batch / 1e4, 2.0**depth * (4.0 if model == "dmn" else 1.0)
    write_history(folder / "history.nc", epochs, network.active_nodes, level, seconds)
    curves = {}
    for rank, scheme in enumerate(SCHEMES[model] if schemes is None else schemes, start=1):
        defaults = {"error": level + 0.001 * rank, "iterations": 1 + rank}
        known = {"model": model, "depth": depth, "seed": seed, "tolerance": 1e-6}
        curves[scheme] = online_curves(network.active_nodes, **{**defaults, "attributes": known, **online})
    write_online(folder / "online.nc", curves)
    return folder


def times_of(study: xr.Dataset, controls: Sequence[str] = CONTROLS, repeats: int = 3) -> xr.Dataset:
    """Times of a study's networks: on Composite 1 an online time of 2^depth ms times the rank of the scheme, trainings
    of 2^depth s, of DMNs four times that, literal ones eight times; eager epochs a tenth of a whole training's time.

    Repeats are slower by 10 % each.
    """
    slower = 1.0 + 0.1 * np.arange(repeats)
    runs, schemes = (sorted(set(study[name].values.tolist())) for name in ("run_id", "scheme"))
    depths = sorted(set(study["depth"].values.tolist()))
    online = np.full((len(runs), len(schemes), 1, len(controls), repeats), np.nan)
    whole = np.full((len(runs), repeats), np.nan)
    names = (study[name].values.tolist() for name in ("run_id", "scheme", "model", "depth", "formulation"))
    for run, scheme, model, depth, formulation in zip(*names, strict=True):
        rank = 1 + SCHEMES[model].index(scheme)
        online[runs.index(run), schemes.index(scheme)] = 1e-3 * rank * 2.0**depth * slower
        factor = 1.0 if model == "imn" else 8.0 if formulation == "literal" else 4.0
        whole[runs.index(run)] = factor * 2.0**depth * slower
    eager = np.array([8.0, 1.0])[:, None, None] * 2.0 ** np.array(depths)[:, None] * slower
    epochs = np.broadcast_to(0.1 * eager[:, None, None, :, None], (2, 2, 1, len(depths), 1, repeats))
    variables = {
        "online_time": online,
        "training_cpu_time": whole,
        "training_wall_time": whole,
        "epoch_wall_time": epochs,
    }
    labels = {"run": runs, "scheme": schemes, "composite": ["composite_1"], "control": list(controls), "depth": depths}
    labels |= {"model": ["dmn", "imn"], "formulation": ["literal", "reduced"], "backend": ["torch"], "threads": [2]}
    return xr.Dataset(
        {name: (measured.VARIABLES[name], values, {"units": "s"}) for name, values in variables.items()},
        coords=labels | {"repeat": np.arange(1, repeats + 1)},
        attrs={"processor": "a processor", "threads": 2},
    )


def write_reference(path: Path, composite: str, steps: int = STEPS, estimated_error: float = 0.01) -> Path:
    """A reference file of a composite, its estimated error that of every curve."""
    strain, stress = response(steps)
    dims = ("control", "load_case", "step", "component")
    dataset = xr.Dataset(
        {
            "strain": (dims, strain, {"units": "1"}),
            "stress": (dims, stress * (1 + COMPOSITES.index(composite)), {"units": "GPa"}),
            "estimated_error": (dims[:2], np.full(strain.shape[:2], estimated_error), {"units": "1"}),
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


DATA_SIZES = {16: (4, 8), 32: (8, 16, 32), 64: (16,)}
"""Samples of the study of data sizes, and the batches of each."""
DEPTHS = (2, 4)
"""Depths of the study of depths."""
PAPERS = {"dmn": ["dmn_residual"], "imn": ["imn_newton_dense"]}
"""The paper's scheme of each model."""
CONDENSED = dict.fromkeys(PAPERS, ("newton_condensed",))


def write_studies(folder: Path) -> Path:
    """All that the figures need: a dataset of each study, their times, references and a cell.

    The studies are ragged: some runs have two seeds and some have one, and one run has curves that broke off.
    """
    sizes = [
        {"model": "dmn", "depth": 2, "samples": samples, "batch": batch, "seed": seed, "epochs": 20 + seed}
        | ({"broken": [(0, 1, 0), (0, 1, 3)]} if (batch, seed) == (4, 1) else {})
        for samples, batches in DATA_SIZES.items()
        for batch in batches
        for seed in ((1, 2) if batch < 32 else (1,))
    ]
    etas = [
        {"model": "imn", "eta": eta, "seed": seed, "error": 0.01 * seed + 0.1 * eta}
        for eta in (0.1, 1.0, 10.0)
        for seed in (1, 2)
    ]
    xis = [{"model": "imn", "xi": xi, "iterations": round(10 * xi)} for xi in (0.5, 1.0, 4.0)]
    depths = [
        {"model": model, "depth": depth, "seed": seed, "attributes": {"formulation": formulation}}
        for model, formulation in (("dmn", "reduced"), ("dmn", "literal"), ("imn", "reduced"))
        for depth in DEPTHS
        for seed in (1, 2)
    ]
    losses = [
        {"model": model, "seed": seed, "attributes": {"loss": loss}, "error": error + 0.002 * seed}
        for model in ("dmn", "imn")
        for loss, error in (("frobenius", 0.1), ("divergence", 0.03))
        for seed in (1, 2)
    ]
    write_study(folder, "data_size", sizes, PAPERS)
    write_study(folder, "eta", etas, PAPERS)
    write_study(folder, "xi", xis, PAPERS)
    write_study(folder, "depth", depths, SCHEMES)
    write_study(folder, "accuracy", losses, CONDENSED)
    for composite in COMPOSITES:
        write_reference(folder / f"reference_{composite}.nc", composite)
    write_rve(folder / "rve.nc")
    return folder


def write_study(folder: Path, name: str, designs: Iterable[Mapping], schemes: Mapping[str, Sequence[str]]) -> None:
    """NAME.nc of runs of these designs and, where a figure shows times, times_NAME.nc."""
    usual = {"attributes": {"epochs": 30}}
    runs = [
        write_run(folder / name / f"run{index}", **usual | {"schemes": schemes[design["model"]]} | design)
        for index, design in enumerate(designs)
    ]
    collected = datasets.collect(runs, name, schemes)
    datasets.save(collected, folder / f"{name}.nc", {})
    if any(figure.times for figure in FIGURES.values() if figure.study == name):
        measured.write(times_of(collected), folder / f"times_{name}.nc", {})
