"""Speed of online prediction: NumPy reference and native code side by side, in one run on one core.

Times are CPU times of this process (other load on the machine counts little), the best of three rounds in which the
candidates take turns. Networks are random, with so many active nodes among the base nodes; composite 1 of the paper
with the hardening of the default configuration. An iteration is one evaluation of the laws that leads to a linear
solve. Rates of material points on two cores are by the clock and need a machine that does nothing else.

    OMP_NUM_THREADS=1 python benchmarks/online.py [--quick]
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from timing import best_times

from laminet.cells.fibres import cell
from laminet.cells.fibres.reference import reference
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import CASES, LoadPath, uniaxial
from laminet.materials.laws import J2, Hardening, Orthotropic
from laminet.materials.library import Composite
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.native import NativeSystem
from laminet.online.schemes import SCHEMES, scheme

NODES = (8, 16, 32, 64, 125, 250, 500, 1000)
LARGEST = {"native": 1000, "numpy": 250}  # nodes beyond which an iteration takes too long to measure
LARGEST_DENSE = {"native": 1000, "numpy": 64}
COMPOSITE = Composite(
    "composite_1",
    (
        J2(3.8, 0.387, Hardening(0.010, 0.30, 0.060, 150.0)),
        Orthotropic(19.8, 19.8, 245.0, 5.9, 29.2, 29.2, 0.67, 0.02, 0.02),
    ),
)
FITTING = [(name, model) for name, recipe in SCHEMES.items() for model in recipe.models]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer sizes and steps")
    quick = parser.parse_args().quick
    six_cases(nodes=25, steps=10 if quick else 100)
    scaling(NODES[:3] if quick else NODES)
    material_points(nodes=25, points=100 if quick else 2000)


def network(model: str, nodes: int) -> NetworkParameters:
    """A random network of which `nodes` random base nodes are active."""
    depth = max(5, int(np.ceil(np.log2(1.3 * nodes))))
    random = initial_parameters(model, depth, 1)
    activation = np.full(2**depth, -1.0)
    active = np.random.default_rng(nodes).permutation(2**depth)[:nodes]
    activation[active] = random.activation[active]
    return NetworkParameters(model, depth, activation, random.angle)


def backends(name: str, model: str, nodes: int) -> dict[str, Callable[..., Curve]]:
    """How each backend follows a path."""
    system = scheme(name, network(model, nodes), COMPOSITE)
    return {"native": NativeSystem(system).follow, "numpy": lambda path: follow(system, path, strict=False)}


def along(respond: Callable[..., Curve], paths: list[LoadPath]) -> Callable[[], list[Curve]]:
    """What is timed: the responses along some paths."""
    return lambda: [respond(path) for path in paths]


def six_cases(nodes: int, steps: int) -> None:
    """Uniaxial stress in all six cases with every scheme."""
    print(f"six cases x {steps} steps, uniaxial stress, {nodes} active nodes")
    print(f"{'scheme':24s} {'model':5s} {'iterations':>10s} {'native ms':>10s} {'numpy ms':>10s} {'ratio':>6s}")
    paths = [uniaxial(case, "stress", steps, 0.05) for case in CASES]
    for name, model in FITTING:
        responses = backends(name, model, nodes)
        curves = [responses["native"](path) for path in paths]
        assert all(curve.converged.all() for curve in curves)
        iterations = sum(curve.iterations.sum() for curve in curves)
        best = best_times({backend: along(respond, paths) for backend, respond in responses.items()})
        native, numpy = 1e3 * best["native"], 1e3 * best["numpy"]
        print(f"{name:24s} {model:5s} {iterations:10d} {native:10.1f} {numpy:10.0f} {numpy / native:6.0f}", flush=True)


def scaling(sizes: tuple[int, ...]) -> None:
    """Cost of one iteration for each active node, constant where a scheme is linear, and the exponent of the whole."""
    print("\nmicroseconds for each iteration and active node, native (numpy);")
    print("last column: exponent of an iteration's cost against nodes, native, fitted to the larger half of the sizes")
    print(f"{'scheme':24s} {'model':5s}" + "".join(f"{nodes:>14d}" for nodes in sizes) + f"{'exponent':>10s}")
    for name, model in FITTING:
        cells, native, dense = [], {}, name == "imn_newton_dense"
        largest = LARGEST_DENSE if dense else LARGEST
        for nodes in sizes:
            cost = {}
            for backend, respond in backends(name, model, nodes).items():
                if nodes > largest[backend]:
                    continue
                large = dense and nodes > 125
                steps = 1 if large else 2 if backend == "numpy" or dense else 20
                path = uniaxial("11", "stress", steps, 0.01 * steps / 20)
                iterations = respond(path).iterations.sum()
                spent = best_times({backend: along(respond, [path])}, 1 if large else 3)[backend]
                cost[backend] = 1e6 * spent / iterations / nodes
            native[nodes] = cost.get("native", np.nan)
            cells.append(f"{native[nodes]:.3f}" + (f" ({cost['numpy']:.0f})" if "numpy" in cost else ""))
        fitted = [(nodes, cost * nodes) for nodes, cost in list(native.items())[len(native) // 2 :]]
        exponent = np.polyfit(*np.log(np.array(fitted).T), 1)[0]
        print(f"{name:24s} {model:5s}" + "".join(f"{text:>14s}" for text in cells) + f"{exponent:10.2f}", flush=True)


def material_points(nodes: int, points: int, increments: int = 10) -> None:
    """Increments of many points, each on its own straight path to 5 % strain; the same of one point by other means."""
    direction = np.random.default_rng(0).normal(size=(points, 6))
    direction *= 0.05 / np.linalg.norm(direction, axis=1, keepdims=True)
    ramp = np.arange(increments + 1)[:, None] / increments
    everything = np.ones(6, dtype=bool)
    paths = [LoadPath("ramp", "strain", everything, ramp * d, 0.0 * ramp * d, everything) for d in direction]
    few = paths[:50]
    cell_settings = cell.CellSettings(fibres=12, refinement=24, candidates=1, seed=0)
    mesh = cell.build(cell_settings)
    rve = best_times({"rve": lambda: reference(mesh, COMPOSITE, [few[:1]], error_estimate="none")}, 2)["rve"]
    print(f"\nmaterial points, {nodes} active nodes, {increments} increments: points x increments per second")
    print(
        f"{'model':5s} {'one core':>9s} {'two':>9s} {'one by one':>10s} {'numpy':>7s} {'RVE':>6s}   us/iteration/node"
    )
    for model in ("dmn", "imn"):
        system = scheme("newton_condensed", network(model, nodes), COMPOSITE)
        native = NativeSystem(system)
        iterations = np.mean([native.follow(path).iterations.sum() for path in few])
        law = {threads: Material(network(model, nodes), COMPOSITE, points, threads=threads) for threads in (1, 2)}

        def together(threads: int, law=law) -> np.ndarray:
            state = law[threads].virgin()
            for step in range(1, increments + 1):
                stress, _, state = law[threads].update(direction * step / increments, state)
            return stress

        assert np.array_equal(together(1), together(2))
        one = best_times({"points": lambda: together(1)})["points"]
        two = best_times({"points": lambda: together(2)}, clock=time.perf_counter)["points"]
        runs = {"alone": along(native.follow, few), "numpy": along(partial(follow, system), few[:3])}
        alone, numpy = best_times(runs).values()
        rates = [increments * points / spent for spent in (one, two)]
        rates += [increments * len(few) / alone, increments * 3 / numpy, increments / rve]
        cost = [1e6 * spent / iterations / nodes for spent in (one / points, alone / len(few))]
        print(
            f"{model:5s} {rates[0]:9.0f} {rates[1]:9.0f} {rates[2]:10.0f} {rates[3]:7.1f} {rates[4]:6.2f}   "
            f"{cost[0]:.3f} together, {cost[1]:.3f} one by one",
            flush=True,
        )
    print(f"RVE: {len(mesh.element)} quadratic elements, {cell_settings.fibres} fibres, one core")


if __name__ == "__main__":
    main()
