"""Studies whose numbers are those the paper claims."""

import numpy as np
import xarray as xr

from laminet.loading.paths import CASES, CONTROLS

COMPOSITES = ("composite_1", "composite_2", "composite_3")
STEPS, EPOCHS = 5, 4
DEPTHS = (4, 5, 6, 7, 8)
SEEDS = (1, 2, 3, 4, 5)
WOBBLE = {1: 0.98, 2: 1.0, 3: 1.015, 4: 0.995, 5: 1.01}
"""Factor of every seed; their mean is 1."""

BATCHES = {400: (20, 40, 128), 1024: (40, 64, 128), 2048: (128, 256)}
BEST = {400: 40, 1024: 128, 2048: 128}


def study(name: str, rows: list[dict], epochs: int = 10000) -> xr.Dataset:
    """A study dataset of rows, each with its design and numbers; all else as in a collected one."""
    design = {"model": "dmn", "depth": 7, "samples": 400, "batch": 40, "eta": 1.0, "xi": 1.0, "seed": 1}
    design |= {"loss": "frobenius", "formulation": "reduced", "backend": "native", "scheme": "dmn_residual"}
    numbers = {"error": 0.05, "time": 1.0, "iterations": 3.0, "active": 10, "train": 0.01, "validation": 0.011}
    rows = [{**design, **numbers, **row} for row in rows]
    count, curve = len(rows), (len(rows), len(COMPOSITES), len(CONTROLS), len(CASES))

    def spread(key: str) -> np.ndarray:
        values = [np.broadcast_to(np.asarray(row[key], dtype=float), len(COMPOSITES)) for row in rows]
        return np.broadcast_to(np.array(values)[:, :, None, None], curve).copy()

    def history(key: str) -> np.ndarray:
        return np.array([row[key] for row in rows])[:, None] * np.linspace(2.0, 1.0, EPOCHS)

    case, along = ("run", "composite", "control", "load_case"), ("run", "composite", "control", "load_case", "step")
    iterations = np.broadcast_to(spread("iterations")[..., None], (*curve, STEPS + 1)).copy()
    iterations[..., 0] = 0.0
    runs = ["-".join(f"{row[key]}" for key in design if key != "scheme") for row in rows]
    return xr.Dataset(
        {
            "error": (case, spread("error")),
            "iterations": (along, iterations),
            "converged": (along, np.ones((*curve, STEPS + 1), dtype=bool)),
            "stress": ((*along, "component"), np.ones((*curve, STEPS + 1, 6))),
            "active_nodes": ("run", [row["active"] for row in rows]),
            "train_error": (("run", "epoch"), history("train")),
            "validation_error": (("run", "epoch"), history("validation")),
            "elapsed": (("run", "epoch"), np.broadcast_to(np.linspace(1.0, 2.0, EPOCHS), (count, EPOCHS))),
            "seconds": ("run", [float(row["time"]) for row in rows]),
            "training_threads": ("run", [1] * count),
        },
        coords={
            **{key: ("run", [row[key] for row in rows]) for key in design},
            "run_id": ("run", runs),
            "composite": list(COMPOSITES),
            "control": list(CONTROLS),
            "load_case": list(CASES),
            "epoch": np.linspace(1, epochs, EPOCHS).astype(int),
        },
        attrs={
            "study": name,
            "tolerance": 1e-6,
            "criterion": "strain",
            "host": "here",
            "created": "2026-01-01T00:00:00",
        },
    )


def seeded(rows: list[dict], *numbers: str, seeds=SEEDS) -> list[dict]:
    """Every row for every seed, the named numbers a little larger or smaller."""
    return [
        {**row, "seed": seed} | {key: np.asarray(row[key]) * WOBBLE[seed] for key in numbers}
        for row in rows
        for seed in seeds
    ]


def as_claimed() -> dict[str, xr.Dataset]:
    """Studies in which everything is as the paper says."""
    sizes = [
        {
            "samples": samples,
            "batch": batch,
            "train": (1.0 / samples) * (1.0 if batch == BEST[samples] else 1.5),
            "error": (20.0 / samples) * (1.0 if batch == BEST[samples] else 1.3),
        }
        for samples, batches in BATCHES.items()
        for batch in batches
    ]
    for row in sizes:
        row["validation"] = 1.1 * row["train"]
    imn = {"model": "imn", "scheme": "imn_newton_dense"}
    eta = [
        {**imn, "eta": value, "error": error, "iterations": 5 - 0.2 * k, "active": 60 - 2 * k, "time": 2.0 - 0.08 * k}
        for k, (value, error) in enumerate(zip((0.01, 0.1, 1.0, 10.0, 100.0), (0.04, 0.035, 0.03, 0.05, 0.09)))
    ]
    xi = [
        {**imn, "xi": value, "error": error, "iterations": 4 + k, "active": 10 + 5 * k, "time": 1.0 + k}
        for k, (value, error) in enumerate(zip((0.1, 0.5, 1.0, 2.0, 4.0), (0.08, 0.05, 0.03, 0.04, 0.06)))
    ]
    depth, literal = [], []
    for n in DEPTHS:
        shared = {"depth": n, "active": 2 * n}
        for model, error, train in (("dmn", 0.1, 1.2), ("imn", 0.1 if n > 6 else 0.13, 1.0)):
            run = {**shared, "model": model, "train": train / n, "error": error / n}
            cost = 1e-3 * n * 2 * n
            for scheme, iterations, price in SCHEMES[model]:
                depth.append({**run, "scheme": scheme, "iterations": iterations, "time": cost * iterations * price})
        literal.append({**shared, "formulation": "literal", "train": 9.0, "error": 9.0, "iterations": 99.0})
    controls = {name: study(name, with_seeds(depth)) for name in ("tolerance_1e4", "tolerance_1e8", "paper_criteria")}
    return controls | {
        "data_size": study("data_size", seeded(sizes, "error", "train", "validation")),
        "eta": study("eta", seeded(eta, "error", "time")),
        "xi": study("xi", seeded(xi, "error", "time")),
        "depth": study("depth", [*with_seeds(depth), *seeded(literal, "error")]),
    }


def with_seeds(depth: list[dict]) -> list[dict]:
    """Rows of the study by depth for every seed; the iterations of DMNs vary more than those of IMNs."""
    rows = seeded(depth, "error", "time", "train")
    for row in rows:
        row["iterations"] *= 1.0 + (0.9 if row["model"] == "dmn" else 0.3) * (WOBBLE[row["seed"]] - 1.0)
    return rows


def as_measured(studies: dict[str, xr.Dataset], epoch: float = 4.0, parts: dict | None = None) -> xr.Dataset:
    """Times of the networks of these studies, five repeats each, and of epochs: a DMN's takes `epoch` times an IMN's.

    Args:
        studies: whose variable `seconds` are the times.
        epoch: time of an epoch of a literal DMN over that of an IMN, eager PyTorch on 20 threads.
        parts: how a DMN's epoch differs from an IMN's, by part [s].
    """
    repeats = np.array([1.02, 1.0, 1.03, 1.01, 1.0])
    rows = xr.concat([studies[name][["seconds"]] for name in ("eta", "xi", "depth") if name in studies], "run")
    runs, schemes = (np.unique(rows[name].values) for name in ("run_id", "scheme"))
    online = np.full((len(runs), len(schemes), 1, len(CONTROLS), 5), np.nan)
    for run, scheme, seconds in zip(rows["run_id"].values, rows["scheme"].values, rows["seconds"].values, strict=True):
        online[runs == run, schemes == scheme] = seconds * repeats
    wall = np.empty((2, 2, 2, len(DEPTHS), 2, 5))
    wall[:] = repeats
    wall[0, 0, 1] *= epoch
    profile = np.ones((2, len(DEPTHS), 4, 5))
    parts = parts or {"forward": 2.0, "backward": 1.0, "optimiser": 0.5}
    profile[0] += np.array([parts.get(part, 0.0) for part in PARTS])[:, None]
    profile[0] *= repeats
    seconds = {"units": "s"}
    return xr.Dataset(
        {
            "online_time": (("run", "scheme", "composite", "control", "repeat"), online, seconds),
            "epoch_wall_time": (("model", "formulation", "backend", "depth", "threads", "repeat"), wall, seconds),
            "profile": (("model", "depth", "part", "repeat"), profile, seconds),
        },
        coords={
            "run": runs,
            "scheme": schemes,
            "composite": ["composite_1"],
            "control": list(CONTROLS),
            "model": ["dmn", "imn"],
            "formulation": ["literal", "reduced"],
            "backend": ["native", "torch"],
            "depth": list(DEPTHS),
            "threads": [1, 20],
            "part": list(PARTS),
        },
        attrs={"content": "times"},
    )


PARTS = ("forward", "loss", "backward", "optimiser")

SCHEMES = {  # iterations, and the price of one on one node
    "dmn": (
        ("dmn_residual", 2.0, 1.4),
        ("dmn_no_residual_secant", 5.32, 1.0),
        ("dmn_no_residual_tangent", 5.32, 1.0),
        ("newton_condensed", 2.0, 0.5),
    ),
    "imn": (
        ("imn_newton_dense", 4.4, 0.65),
        ("imn_fixed_point_secant", 4.84, 1.3),
        ("imn_fixed_point_tangent", 4.84, 1.3),
        ("newton_condensed", 4.4, 0.5),
    ),
}
