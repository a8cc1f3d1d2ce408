"""Speed of training: PyTorch and native code side by side, in one run on one core, in double precision.

Times of one core are CPU times of this process (other load on the machine counts little), the best of three rounds in
which the candidates take turns. Rates are of whole optimiser steps with all leaves alive: gather, forward, backward,
Adam. Operations are counted by the formulas below, an addition or a multiplication as one, and compared with what a
product of two large matrices reaches in the same run.

    OMP_NUM_THREADS=1 python benchmarks/training.py [--quick] [--json FILE]
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from laminet import _native
from laminet.files import elastic
from laminet.files.elastic import ElasticData, Samples
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.training.loop import train
from laminet.training.native_backend import trainer
from laminet.training.optimiser import adam
from laminet.training.settings import TrainingSettings
from laminet.training.state import State
from laminet.training.torch_backend import TorchBackend, module

FORMS = {"IMN": ("imn", "literal"), "DMN literal": ("dmn", "literal"), "DMN reduced": ("dmn", "reduced")}
COMPILE_SECONDS = 120
Run = Callable[[int], None]


@dataclass(frozen=True)
class Case:
    """What is trained: form of the network, depth, samples of a minibatch."""

    form: str
    depth: int
    batch: int

    def settings(self, **others) -> TrainingSettings:
        """The learning rate is so small that no leaf dies, unless another one is given."""
        model, formulation = FORMS[self.form]
        others = {"epochs": 1, "seed": 1, "learning_rate": 1e-9} | others
        return TrainingSettings(model, self.depth, self.batch, formulation=formulation, **others)

    def __str__(self) -> str:
        return f"{self.form:11s} {self.depth:5d} {self.batch:5d}"


def native_operations(form: str, depth: int) -> int:
    """Operations of the native forward and backward sweep for one sample of aligned orthotropic phases.

    As `benchmarks/operations.cpp` counts them in the templates of `native/`, zeros left out. Forward and adjoint of a
    block: 591 and 1007, of a block of two aligned leaves that want no cotangents (the lowest ones of an IMN) 345 and
    494, along axis 3 423 and 479. Rotation of an aligned phase 219, of any stiffness 627, torque 219.
    """
    leaves, parents = 2**depth, 2**depth - 1
    if form == "IMN":
        return (parents - leaves // 2) * (591 + 1007) + leaves // 2 * (345 + 494)
    if form == "DMN reduced":
        return leaves * (219 + 219) + parents * (591 + 1007)
    return leaves * (219 + 219) + parents * (423 + 479 + 2 * 627 + 219)


def dense_operations(form: str, depth: int) -> int:
    """The same of the PyTorch networks: products of full matrices, the backward pass twice the forward pass.

    Block: dC H 216, H^T Chat H 324, solving with M 100, relaxation 216, sums 216. Rotation 864.
    """
    leaves, parents = 2**depth, 2**depth - 1
    rotations = {"IMN": 0, "DMN literal": leaves + parents, "DMN reduced": leaves}[form]
    return 3 * (parents * 1072 + rotations * 864)


def samples(count: int, validation: int) -> tuple[ElasticData, str]:
    """Training and validation data, and where they are from: the study's if it is there, else a hidden network's."""
    path = Path("results/data/elastic.nc")
    if path.is_file():
        return elastic.data_of(elastic.load(path), path, count), path
    teacher = initial_parameters("imn", 5, 5)
    drawn = (sample_phases(number, 0, stream, Sampling()) for stream, number in enumerate((count, validation)))
    parts = [Samples(np.stack(phases, axis=1), homogenize(teacher, *phases)) for phases in drawn]
    return ElasticData(*parts), "a hidden IMN of depth 5"


def native_steps(case: Case, data: ElasticData, threads: int = 1) -> Run:
    """Function that takes a number of optimiser steps in native code."""
    settings = case.settings()
    native, state = trainer(data, settings, threads), State.initial(settings)

    def run(steps: int) -> None:
        order = np.arange(steps * case.batch) % len(data.train)
        native.epoch(state.vector, state.first_moment, state.second_moment, 0, 1e-9, order, case.batch)

    return run


def torch_steps(case: Case, data: ElasticData, threads: int = 1, compiled: bool = False) -> Run:
    """Function that takes a number of optimiser steps in PyTorch."""
    settings = case.settings(backend="torch")
    backend, state = TorchBackend(data, settings, threads), State.initial(settings)
    network = module(state.network(settings), settings.formulation)
    network = torch.compile(network, dynamic=False) if compiled else network

    def run(steps: int) -> None:
        for step in range(steps):
            order = np.arange(step * case.batch, (step + 1) * case.batch) % len(data.train)
            adam(state, backend.gradient(network, order))

    return run


def rates(runs: dict[str, Run], batch: int, seconds: float, clock=time.process_time) -> dict[str, float]:
    """Samples per second of each candidate; they take turns, the best of three rounds counts."""
    steps, best = {}, dict.fromkeys(runs, np.inf)
    for name, run in runs.items():
        run(1)
        began = clock()
        run(1)
        steps[name] = max(1, round(seconds / max(clock() - began, 1e-6)))
    for _ in range(3):
        for name, run in runs.items():
            began = clock()
            run(steps[name])
            best[name] = min(best[name], (clock() - began) / steps[name])
    return {name: batch / spent for name, spent in best.items()}


def compiled_rate(case: Case) -> float | str:
    """Samples per second of `torch.compile`, or why there is none; in a process of its own, which may be stopped."""
    command = [sys.executable, __file__, "--compiled", case.form, str(case.depth), str(case.batch)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, start_new_session=True, **pipes)
    try:
        output, errors = process.communicate(timeout=COMPILE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"not compiled within {COMPILE_SECONDS} s"
    return float(output) if process.returncode == 0 else "failed: " + (errors.strip().splitlines() or ["?"])[-1][:60]


def peak() -> float:
    """Operations per second of a product of two large matrices of double precision on one core."""
    a, b = np.random.default_rng(0).random((2, 1200, 1200))
    spent = []
    for _ in range(6):
        began = time.process_time()
        a @ b
        spent.append(time.process_time() - began)
    return 2 * 1200**3 / min(spent)


def by_depth_and_batch(data: ElasticData, depths, batches, seconds: float, top: float) -> list[dict]:
    """Eager PyTorch against native code, all leaves alive."""
    print(f"\nSamples per second, all leaves alive; a product of matrices reaches {top / 1e9:.1f} Gflop/s")
    print(f"{'':11s} depth batch     eager    native ratio of peak")
    rows = []
    for case in (Case(form, depth, batch) for form in FORMS for depth in depths for batch in batches):
        found = rates({"eager": torch_steps(case, data), "native": native_steps(case, data)}, case.batch, seconds)
        share = found["native"] * native_operations(case.form, case.depth) / top
        ratio = found["native"] / found["eager"]
        rows.append({**vars(case), **found, "ratio": ratio, "share": share})
        print(f"{case} {found['eager']:9.0f} {found['native']:9.0f} {ratio:5.0f} {share:7.0%}", flush=True)
    return rows


def scaling(rows: list[dict], batch: int) -> list[dict]:
    """Cost per sample against the number of leaves."""
    print(f"\nNative cost per sample and leaf [ns] (leaves), batch {batch}; cost of a sample = const leaves^exponent")
    found = []
    for form in FORMS:
        chosen = [row for row in rows if (row["form"], row["batch"]) == (form, batch)]
        leaves, cost = (
            np.array(x) for x in ([2 ** row["depth"] for row in chosen], [1e9 / r["native"] for r in chosen])
        )
        exponent = float(np.polyfit(np.log(leaves), np.log(cost), 1)[0])
        found.append({"form": form, "exponent": exponent, "ns_per_leaf": (cost / leaves).tolist()})
        print(
            f"{form:11s} "
            + "  ".join(f"{c / n:.0f} ({n})" for c, n in zip(cost, leaves))
            + f"  exponent {exponent:.2f}"
        )
    return found


def model_ratio(rows: list[dict], depths, batch: int) -> list[dict]:
    """Time of a DMN over that of an IMN (claim 14: 3.4 - 4.7), and the ratio of their operations."""
    kinds = [(backend, form) for backend in ("eager", "native") for form in ("DMN literal", "DMN reduced")]
    print(f"\nTime of a DMN / time of an IMN, batch {batch}, all leaves alive (ratio of operations)")
    print("depth " + "".join(f"{backend + form[3:]:>16s}" for backend, form in kinds))
    at = {(row["form"], row["depth"]): row for row in rows if row["batch"] == batch}
    count, found = {"eager": dense_operations, "native": native_operations}, []
    for depth in depths:
        entry = {"depth": depth, "batch": batch}
        for backend, form in kinds:
            operations = count[backend](form, depth) / count[backend]("IMN", depth)
            entry[backend + form[3:]] = at["IMN", depth][backend] / at[form, depth][backend], operations
        found.append(entry)
        print(f"{depth:5d} " + "".join(f"{'{:.2f} ({:.2f})'.format(*entry[b + f[3:]]):>16s}" for b, f in kinds))
    return found


def full_run(data: ElasticData, depth: int, batch: int, epochs: int, eager_epochs: int) -> list[dict]:
    """A whole training, leaves dying as they do; the eager time extrapolated, since its epochs all cost the same.

    The schedule asks for the validation loss after every epoch until its end, about half of all. The eager epochs have
    the cosine schedule, which never asks: they cost a little less than their mean would.
    """
    print(f"\nFull training: {len(data.train)} samples, batch {batch}, depth {depth}, {epochs} epochs, each evaluated")
    print(f"(one core; training data evaluated every tenth epoch, as in the study; eager from {eager_epochs} epochs)")
    rows = []
    for form in FORMS:
        spent, case = {}, Case(form, depth, batch)
        for backend, count in (("torch", eager_epochs), ("native", epochs)):
            began = time.process_time()
            schedule = "plateau" if backend == "native" else "cosine"
            settings = case.settings(backend=backend, epochs=count, learning_rate=1e-2, record=10, schedule=schedule)
            result = train(data, settings)
            spent[backend] = (time.process_time() - began) * epochs / count
        nodes, error = (float(result.history[name][-1]) for name in ("active_nodes", "train_error"))
        ratio = spent["torch"] / spent["native"]
        rows.append({"form": form, **spent, "ratio": ratio, "active_nodes": nodes, "train_error": error})
        times = f"native {spent['native']:6.2f} s, eager {spent['torch']:6.0f} s, ratio {ratio:5.0f}"
        print(f"{form:11s} {times}; {nodes:.0f} of {2**depth} leaves live at the end, error {error:.2%}", flush=True)
    for row in rows[1:]:
        both = ", ".join(f"{backend} {row[backend] / rows[0][backend]:.2f}" for backend in ("torch", "native"))
        print(f"{row['form']} / IMN: {both}")
    return rows


def on_two_threads(data: ElasticData, depth: int, batches, seconds: float) -> list[dict]:
    """Wall-clock rates with one and two threads; other load on the machine spoils them."""
    print(f"\nOne -> two threads, depth {depth}, samples per second of wall-clock time (load {os.getloadavg()[0]:.1f})")
    rows = []
    for case in (Case(form, depth, batch) for form in FORMS for batch in batches):
        found = {}
        for threads in (1, 2):  # one after the other: PyTorch has one number of threads for all
            runs = {"eager": torch_steps(case, data, threads), "native": native_steps(case, data, threads)}
            found[threads] = rates(runs, case.batch, seconds, time.perf_counter)
        rows.append({**vars(case), "one": found[1], "two": found[2]})
        pairs = ((name, found[1][name], found[2][name]) for name in found[1])
        print(f"{case} " + ", ".join(f"{n} {a:.0f} -> {b:.0f} (x {b / a:.2f})" for n, a, b in pairs), flush=True)
    torch.set_num_threads(1)
    return rows


def compiled(rows: list[dict], cases: list[Case]) -> list[dict]:
    """torch.compile beside the rows that hold the same cases."""
    print(f"\nPyTorch compiled (static shapes, at most {COMPILE_SECONDS} s), samples per second")
    found = []
    for case in cases:
        row = next(row for row in rows if Case(row["form"], row["depth"], row["batch"]) == case)
        rate = compiled_rate(case)
        found.append({**vars(case), "compiled": rate})
        if not isinstance(rate, str):
            rate = f"{rate:9.0f}, {rate / row['eager']:.1f} times eager, 1/{row['native'] / rate:.0f} of native"
        print(f"{case} {rate}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few depths and batches, short rounds, no compilation")
    parser.add_argument("--json", metavar="FILE", help="write all numbers there too")
    parser.add_argument("--compiled", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("set OMP_NUM_THREADS=1: one core is compared with one core")
    data, origin = samples(400, 100)
    if args.compiled:
        case = Case(args.compiled[0], *map(int, args.compiled[1:]))
        print(rates({"": torch_steps(case, data, compiled=True)}, case.batch, 0.3)[""])
        return
    depths, batches, seconds = ((4, 6), (40, 128), 0.05) if args.quick else (range(4, 9), (20, 40, 128, 256), 0.2)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, data of {origin}")
    print(f"native built for {_native.build}; PyTorch {torch.__version__}; NumPy {np.__version__}")
    top = peak()
    rows = by_depth_and_batch(data, depths, batches, seconds, top)
    report = {"load": os.getloadavg(), "peak": top, "rates": rows, "scaling": scaling(rows, 128)}
    report["model_ratio"] = [entry for batch in (40, batches[-1]) for entry in model_ratio(rows, depths, batch)]
    report["full_run"] = full_run(data, *((5, 40, 500, 10) if args.quick else (7, 40, 10_000, 100)))
    report["threads"] = on_two_threads(data, 6 if args.quick else 7, (40, batches[-1]), seconds)
    if not args.quick:
        report["compiled"] = compiled(rows, [Case(form, depth, 128) for depth in (4, 6, 8) for form in FORMS])
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    if args.json:
        Path(args.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
