"""Speed of the loss on curves with its gradient: PyTorch and native code side by side, in one run on one core.

Times are CPU times of this process (other load on the machine counts little), the best of the rounds in which the
candidates take turns. 36 curves: the six load cases in both controls for three composites, to a strain of 0.05 in 20
increments. The loss compares every second step. Networks are random, with 40 active leaves.

A last line gives wall-clock times of the native gradient by threads, and the CPU time of preparing the curves, which a
training does once. Only an idle machine shows what threads gain. Threads share groups of curves, one SIMD lane each.

    OMP_NUM_THREADS=1 python benchmarks/curves.py [--quick]
"""

import argparse
import time
from functools import partial

import numpy as np
from timing import best_times

from laminet.files.network import NetworkParameters
from laminet.loading.paths import CASES, CONTROLS, uniaxial
from laminet.materials.laws import J2, Hardening, Orthotropic
from laminet.materials.library import Composite
from laminet.network.initial import initial_parameters
from laminet.training.curve_loss import Curve, CurveSet, curve_gradient

BACKENDS = "native", "torch"
THREADS = 1, 2, 4
CARBON = Orthotropic(19.8, 19.8, 245.0, 5.9, 29.2, 29.2, 0.67, 0.02, 0.02)
GLASS = Orthotropic(72.0, 72.0, 72.0, 29.5, 29.5, 29.5, 0.22, 0.22, 0.22)
COMPOSITES = (
    Composite("composite_1", (J2(3.8, 0.387, Hardening(0.010, 0.30, 0.060, 150.0)), CARBON)),
    Composite("composite_2", (J2(2.1, 0.3, Hardening(0.029, 0.139, 0.0327, 319.4)), GLASS)),
    Composite("composite_3", (J2(3.8, 0.387, Hardening(0.030, 0.0, 0.045, 120.0)), CARBON)),
)


def network(model: str, depth: int, leaves: int, seed: int = 1) -> NetworkParameters:
    """A random network of which so many random leaves are active."""
    random = initial_parameters(model, depth, seed)
    active = np.random.default_rng(seed).permutation(2**depth)[:leaves]
    activation = np.full(2**depth, -1.0)
    activation[active] = random.activation[active]
    return NetworkParameters(model, depth, activation, random.angle)


def curves(steps: int) -> list[Curve]:
    """36 curves; their targets are the same everywhere, since only the time counts."""
    paths = [uniaxial(case, control, steps, 0.05) for control in CONTROLS for case in CASES]
    return [Curve(each, path, np.full((steps, 6), 0.05), path.loaded) for each in COMPOSITES for path in paths]


def by_threads(network: NetworkParameters, targets: list[Curve], rounds: int) -> str:
    """Times of one gradient by the number of threads, and of what a training does before its first."""
    prepare = partial(CurveSet, targets, network.phases, every=2)
    prepared = prepare()
    runs = {f"{threads}": partial(prepared.gradient, network, threads=threads) for threads in THREADS}
    gradients = best_times(runs, rounds, clock=time.perf_counter)
    alone = gradients[f"{THREADS[0]}"]
    times = [f"{threads}: {1e3 * spent:.1f} ms ({alone / spent:.2f} x)" for threads, spent in gradients.items()]
    before = best_times({"": prepare}, rounds)[""]
    return f"native gradient by threads {', '.join(times)}; preparation {1e3 * before:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a third of the leaves and increments")
    quick = parser.parse_args().quick
    leaves, steps = (13, 7) if quick else (40, 20)
    targets = curves(steps)
    print(f"{len(targets)} curves, {steps} increments, {leaves} leaves")
    for model in ("imn", "dmn"):
        compute = partial(curve_gradient, network(model, 6, leaves), targets, every=2)
        results = {backend: compute(backend=backend) for backend in BACKENDS}
        runs = {
            f"{name}, {what}": partial(compute, backend=name, gradient=what == "gradient")
            for name in BACKENDS
            for what in ("loss", "gradient")
        }
        times = best_times(runs, rounds=1 if quick else 2)
        native, torch = (results[name].gradient for name in BACKENDS)
        difference = np.abs(native - torch).max() / np.abs(torch).max()
        failed = {name: int(result.failed.sum()) for name, result in results.items()}
        print(f"{model}: " + ", ".join(f"{name} {1e3 * spent:.0f} ms" for name, spent in times.items()))
        print(f"     gradients differ by {difference:.1e} of the largest entry; curves that failed: {failed}")
        print("     " + by_threads(network(model, 6, leaves), targets, rounds=3 if quick else 20))


if __name__ == "__main__":
    main()
