"""Studies whose numbers are those the paper claims."""

import numpy as np
import xarray as xr

from laminet.loading.paths import CASES, CONTROLS

COMPOSITES = ("composite_1", "composite_2", "composite_3")
STEPS, EPOCHS = 5, 4
DEPTHS = (4, 5, 6, 7, 8)
SEEDS = (1, 2, 3)
WOBBLE = {1: 0.95, 2: 1.0, 3: 1.05}
"""Factor of every seed: the median is the design's own number."""

BATCHES = {400: (20, 40, 128), 1024: (40, 64, 128), 2048: (128, 256)}
BEST = {400: 40, 1024: 128, 2048: 128}


def study(name: str, rows: list[dict], epochs: int = 10000) -> xr.Dataset:
    """A study dataset of rows, each with its design and numbers; all else as in a collected one."""
    design = {"model": "dmn", "depth": 7, "samples": 400, "batch": 40, "eta": 1.0, "xi": 1.0, "seed": 1}
    design |= {"loss": "frobenius", "formulation": "literal", "backend": "native", "scheme": "dmn_residual"}
    found = {"error": 0.05, "time": 1.0, "iterations": 3.0, "active": 10, "train": 0.01, "validation": 0.011}
    found |= {"training_time": 100.0}
    rows = [{**design, **found, **row} for row in rows]
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
            "time": (case, spread("time")),
            "iterations": (along, iterations),
            "converged": (along, np.ones((*curve, STEPS + 1), dtype=bool)),
            "stress": ((*along, "component"), np.ones((*curve, STEPS + 1, 6))),
            "active_nodes": ("run", [row["active"] for row in rows]),
            "train_error": (("run", "epoch"), history("train")),
            "validation_error": (("run", "epoch"), history("validation")),
            "elapsed": (("run", "epoch"), np.broadcast_to(np.linspace(1.0, 2.0, EPOCHS), (count, EPOCHS))),
            "training_time": ("run", [row["training_time"] for row in rows]),
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
            "train": 1.0 / samples + 0.01 * (batch != BEST[samples]),
            "error": (20.0 / samples) * (1.0 if batch == BEST[samples] else 1.1),
        }
        for samples, batches in BATCHES.items()
        for batch in batches
    ]
    for row in sizes:
        row["validation"] = 1.1 * row["train"]
    imn = {"model": "imn", "scheme": "imn_newton_dense"}
    eta = [
        {**imn, "eta": value, "error": error, "iterations": 5 - 0.2 * k, "active": 60 - 2 * k, "time": 2.0 - 0.05 * k}
        for k, (value, error) in enumerate(zip((0.01, 0.1, 1.0, 10.0, 100.0), (0.04, 0.035, 0.03, 0.05, 0.09)))
    ]
    xi = [
        {**imn, "xi": value, "error": error, "iterations": 4 + k, "active": 10 + 5 * k, "time": 1.0 + k}
        for k, (value, error) in enumerate(zip((0.1, 0.5, 1.0, 2.0, 4.0), (0.08, 0.05, 0.03, 0.04, 0.06)))
    ]
    depth = []
    for n in DEPTHS:
        shared = {"depth": n, "active": 2 * n}
        for model, time, error, train in (("dmn", 400.0, 0.1, 1.2), ("imn", 100.0, 0.1 if n > 6 else 0.12, 1.0)):
            if model == "imn" and n < 6:
                train = 1.5
            run = {**shared, "model": model, "training_time": time * n, "train": train / n, "error": error / n}
            cost = 1e-3 * n * 2 * n
            for scheme, iterations, price in SCHEMES[model]:
                depth.append({**run, "scheme": scheme, "iterations": iterations, "time": cost * iterations * price})
    return {
        "data_size": study("data_size", seeded(sizes, "error")),
        "eta": study("eta", seeded(eta, "error")),
        "xi": study("xi", seeded(xi, "error")),
        "depth": study("depth", seeded(depth, "error", "time", "training_time")),
    }


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
