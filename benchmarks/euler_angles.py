"""What the convention of the Euler angles does: a DMN trained from the same seeds in three of them.

Any of these products of three rotations reaches every rotation; they differ in where a training begins and in the path
it takes. Errors are those of the validation samples (Eq. 33). Each convention is compared with X Y Z by a 90 % interval
of the ratio of the means. The interval is a percentile bootstrap over seeds. The seeds are independent, because the
same numbers are different rotations in each convention. The run takes six minutes on one core.

    OMP_NUM_THREADS=1 python benchmarks/euler_angles.py ELASTIC [--seeds 50] [--depth 3] [--epochs 200]
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from laminet.files import elastic
from laminet.files.elastic import ElasticData
from laminet.network import rotations
from laminet.training.loop import train
from laminet.training.settings import TrainingSettings

CONVENTIONS = ("XYZ", "ZYX", "ZXZ")


def product(convention: str, angle: torch.Tensor) -> torch.Tensor:
    """Rotations (..., 3, 3) of angles (..., 3): the product of right-handed rotations about three axes, in order."""
    result = torch.eye(3, dtype=angle.dtype)
    for axis, (cosine, sine) in zip(convention, zip(angle.cos().unbind(-1), angle.sin().unbind(-1)), strict=True):
        zero, one = torch.zeros_like(sine), torch.ones_like(sine)
        rows = {
            "X": [one, zero, zero, zero, cosine, -sine, zero, sine, cosine],
            "Y": [cosine, zero, sine, zero, one, zero, -sine, zero, cosine],
            "Z": [cosine, -sine, zero, sine, cosine, zero, zero, zero, one],
        }
        result = result @ torch.stack(rows[axis], dim=-1).unflatten(-1, (3, 3))
    return result


def errors(convention: str, data: ElasticData, settings: Callable[..., TrainingSettings], seeds: int) -> np.ndarray:
    """Validation error (seeds,) after the last epoch [%]."""
    with patch.object(rotations, "euler", partial(product, convention)):
        trained = (train(data, settings(seed=seed)).history["validation_error"] for seed in range(1, seeds + 1))
        return np.array([100.0 * float(error[-1]) for error in trained])


def main() -> None:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="ELASTIC")
    for name, value in {"seeds": 50, "depth": 3, "samples": 100, "batch": 50, "epochs": 200}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    data = elastic.data_of(elastic.load(args.data), args.data).first(args.samples)
    settings = partial(
        TrainingSettings, "dmn", args.depth, args.batch, args.epochs, learning_rate=0.01, record=100, backend="torch"
    )
    angle = torch.tensor([[0.3, -1.1, 2.0]], dtype=torch.float64)
    assert torch.allclose(product("XYZ", angle), rotations.euler(angle), atol=1e-15)
    measured = {name: errors(name, data, settings, args.seeds) for name in CONVENTIONS}
    rng = np.random.default_rng(0)
    first = measured[CONVENTIONS[0]]
    for name, values in measured.items():
        line = f"{name}  {values.mean():.2f} ± {values.std(ddof=1):.2f} %, median {np.median(values):.2f} %"
        if name != CONVENTIONS[0]:
            means = [rng.choice(of, (10_000, of.size)).mean(axis=1) for of in (values, first)]
            low, high = np.percentile(means[0] / means[1], [5, 95])
            line += f"; ratio of the means {values.mean() / first.mean():.2f} ({low:.2f} to {high:.2f})"
        print(line, flush=True)


if __name__ == "__main__":
    main()
