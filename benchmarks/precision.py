"""What single precision does to a training: final errors and times of the same runs in both precisions.

    OMP_NUM_THREADS=1 python benchmarks/precision.py

Native backend, 400 samples, batch 40, depth 7, 10,000 epochs, five seeds; the study's elastic data if they are there.
Times are CPU times of this process, the two precisions in turn.
"""

import time

import numpy as np
from training import Case, samples

from laminet.training.loop import train

SEEDS = (1, 2, 3, 4, 5)
PRECISIONS = ("double", "single")


def main() -> None:
    data, origin = samples(400, 100)
    print(f"data of {origin}")
    print(f"{'form':12s} {'precision':10s} {'training error [%]':>30s} {'mean':>6s} {'s a run':>8s}")
    for form in ("IMN", "DMN reduced"):
        errors: dict[str, list[float]] = {name: [] for name in PRECISIONS}
        spent = dict.fromkeys(PRECISIONS, 0.0)
        for seed in SEEDS:
            for name in PRECISIONS:
                settings = Case(form, 7, 40).settings(
                    epochs=10_000, learning_rate=1e-2, record=10, seed=seed, precision=name
                )
                began = time.process_time()
                errors[name].append(100 * float(train(*data, settings).history["train_error"][-1]))
                spent[name] += time.process_time() - began
        for name in PRECISIONS:
            each = " ".join(f"{error:5.2f}" for error in errors[name])
            print(f"{form:12s} {name:10s} {each:>30s} {np.mean(errors[name]):6.2f} {spent[name] / len(SEEDS):8.2f}")


if __name__ == "__main__":
    main()
