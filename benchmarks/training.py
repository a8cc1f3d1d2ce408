"""Speed of training: PyTorch and native code side by side, in one run on one core, in double precision.

Times of one core are CPU times of this process (other load on the machine counts little), the best of three rounds in
which the candidates take turns. Rates are of whole optimiser steps with all leaves active: gather, forward, backward,
Adam. Operations are those of laminet_study.operations, compared with what a product of two large matrices reaches in
the same run.

    OMP_NUM_THREADS=1 python benchmarks/training.py [--quick]
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from timing import best_times

from laminet import _native
from laminet.files import foreign
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.training.data import ElasticData, Samples, data_of
from laminet.training.loop import train
from laminet.training.native_backend import NativeBackend
from laminet.training.settings import TrainingSettings
from laminet.training.state import State
from laminet.training.torch_backend import TorchBackend
from laminet_study.operations import Form, operations

BACKENDS = {"eager": TorchBackend, "native": NativeBackend}
FORMS = {"IMN": ("imn", "literal"), "DMN literal": ("dmn", "literal"), "DMN reduced": ("dmn", "reduced")}
NAMES: dict[str, Form] = {"IMN": "imn", "DMN literal": "dmn-literal", "DMN reduced": "dmn-reduced"}
Run = Callable[[int], None]


@dataclass(frozen=True)
class Case:
    """What is trained: form of the network, depth, samples of a minibatch."""

    form: str
    depth: int
    batch: int

    def settings(self, **others) -> TrainingSettings:
        """The learning rate is so small that every leaf stays active, unless another rate is given."""
        model, formulation = FORMS[self.form]
        others = {"epochs": 1, "seed": 1, "learning_rate": 1e-9} | others
        return TrainingSettings(model, self.depth, self.batch, formulation=formulation, **others)

    def __str__(self) -> str:
        return f"{self.form:11s} {self.depth:5d} {self.batch:5d}"


def samples(count: int, validation: int) -> tuple[ElasticData, str]:
    """Training and validation data, and where they are from: the study's if it is there, else a hidden network's."""
    path = Path("results/data/elastic.nc")
    if path.is_file():
        return data_of(foreign.given(path), path, count).first(count), path
    teacher = initial_parameters("imn", 5, 5)
    drawn = (sample_phases(number, 0, stream, Sampling()) for stream, number in enumerate((count, validation)))
    parts = [Samples(np.stack(phases, axis=1), homogenize(teacher, *phases)) for phases in drawn]
    return ElasticData(*parts), "a hidden IMN of depth 5"


def steps_of(kind: type[NativeBackend] | type[TorchBackend], case: Case, data: ElasticData, threads: int = 1) -> Run:
    """Function that takes a number of optimiser steps with a backend."""
    backend, state = kind(data, case.settings(), threads), State.initial(case.settings())

    def run(steps: int) -> None:
        backend.epoch(state, np.arange(steps * case.batch) % len(data.train))

    return run


def both(case: Case, data: ElasticData, threads: int = 1) -> dict[str, Run]:
    """The candidates that are compared: eager PyTorch and native code."""
    return {name: steps_of(kind, case, data, threads) for name, kind in BACKENDS.items()}


def rates(runs: dict[str, Run], batch: int, seconds: float, clock=time.process_time) -> dict[str, float]:
    """Samples per second of each candidate; they take turns, the best of three rounds counts."""
    for run in runs.values():
        run(1)  # what is done once
    one = best_times({name: partial(run, 1) for name, run in runs.items()}, 1, clock)
    steps = {name: max(1, round(seconds / max(spent, 1e-6))) for name, spent in one.items()}
    best = best_times({name: partial(run, steps[name]) for name, run in runs.items()}, clock=clock)
    return {name: batch * steps[name] / best[name] for name in runs}


def peak() -> float:
    """Operations per second of a product of two large matrices of double precision on one core."""
    a, b = np.random.default_rng(0).random((2, 1200, 1200))
    return 2 * 1200**3 / best_times({"product": lambda: a @ b}, rounds=6)["product"]


def by_depth_and_batch(data: ElasticData, depths, batches, seconds: float, top: float) -> list[dict]:
    """Eager PyTorch against native code, all leaves active."""
    print(f"\nSamples per second, all leaves active; a product of matrices reaches {top / 1e9:.1f} Gflop/s")
    print(f"{'':11s} depth batch     eager    native ratio of peak")
    rows = []
    for case in (Case(form, depth, batch) for form in FORMS for depth in depths for batch in batches):
        rate = rates(both(case, data), case.batch, seconds)
        share = rate["native"] * sum(operations(NAMES[case.form], case.depth)) / top
        ratio = rate["native"] / rate["eager"]
        rows.append({**vars(case), **rate})
        print(f"{case} {rate['eager']:9.0f} {rate['native']:9.0f} {ratio:5.0f} {share:7.0%}", flush=True)
    return rows


def scaling(rows: list[dict], batch: int) -> None:
    """Cost per sample against the number of leaves."""
    print(f"\nNative cost per sample and leaf [ns] (leaves), batch {batch}; cost of a sample = const leaves^exponent")
    for form in FORMS:
        of_form = [row for row in rows if (row["form"], row["batch"]) == (form, batch)]
        leaves, cost = np.array([(2 ** row["depth"], 1e9 / row["native"]) for row in of_form]).T
        exponent = float(np.polyfit(np.log(leaves), np.log(cost), 1)[0])
        per_leaf = "  ".join(f"{c / n:.0f} ({n:.0f})" for c, n in zip(cost, leaves))
        print(f"{form:11s} {per_leaf}  exponent {exponent:.2f}")


def full_run(data: ElasticData, depth: int, batch: int, epochs: int, eager_epochs: int) -> None:
    """A whole training, leaves dying as they do; the eager time extrapolated, since its epochs all cost the same.

    The schedule asks for the validation loss after every epoch until its end, about half of all. The eager epochs have
    the cosine schedule, which never asks: they cost a little less than their mean would.
    """
    print(f"\nFull training: {len(data.train)} samples, batch {batch}, depth {depth}, {epochs} epochs, each evaluated")
    print(f"(one core; training data evaluated every tenth epoch, as in the study; eager from {eager_epochs} epochs)")
    times = {}
    for form in FORMS:
        spent, case = {}, Case(form, depth, batch)
        for backend, count in (("torch", eager_epochs), ("native", epochs)):
            began = time.process_time()
            schedule = "plateau" if backend == "native" else "cosine"
            settings = case.settings(backend=backend, epochs=count, learning_rate=1e-2, record=10, schedule=schedule)
            result = train(data, settings)
            spent[backend] = (time.process_time() - began) * epochs / count
        nodes, error = (float(result.history[name][-1]) for name in ("active_nodes", "train_error"))
        times[form], ratio = spent, spent["torch"] / spent["native"]
        both = f"native {spent['native']:6.2f} s, eager {spent['torch']:6.0f} s, ratio {ratio:5.0f}"
        print(f"{form:11s} {both}; {nodes:.0f} of {2**depth} leaves active at the end, error {error:.2%}", flush=True)
    for form in list(FORMS)[1:]:
        ratios = (f"{backend} {times[form][backend] / times['IMN'][backend]:.2f}" for backend in times[form])
        print(f"{form} / IMN: {', '.join(ratios)}")


def on_two_threads(data: ElasticData, depth: int, batches, seconds: float) -> None:
    """Wall-clock rates with one and two threads; other load on the machine spoils them."""
    print(f"\nOne -> two threads, depth {depth}, samples per second of wall-clock time (load {os.getloadavg()[0]:.1f})")
    for case in (Case(form, depth, batch) for form in FORMS for batch in batches):
        one, two = (  # one after the other: PyTorch has one number of threads for all
            rates(both(case, data, threads), case.batch, seconds, time.perf_counter) for threads in (1, 2)
        )
        pairs = ((name, one[name], two[name]) for name in one)
        print(f"{case} " + ", ".join(f"{n} {a:.0f} -> {b:.0f} (x {b / a:.2f})" for n, a, b in pairs), flush=True)
    torch.set_num_threads(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few depths and batches, short rounds")
    args = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("set OMP_NUM_THREADS=1: one core is compared with one core")
    data, origin = samples(400, 100)
    depths, batches, seconds = ((4, 6), (40, 128), 0.05) if args.quick else (range(4, 9), (20, 40, 128, 256), 0.2)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, data of {origin}")
    print(f"native built for {_native.build}; PyTorch {torch.__version__}; NumPy {np.__version__}")
    top = peak()
    rows = by_depth_and_batch(data, depths, batches, seconds, top)
    scaling(rows, 128)
    full_run(data, *((5, 40, 500, 10) if args.quick else (7, 40, 10_000, 100)))
    on_two_threads(data, 6 if args.quick else 7, (40, batches[-1]), seconds)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
