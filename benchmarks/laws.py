"""Speed of the laws: material points of a network with each law, in one run.

The law is that of phase 1; phase 2 is glass. The network is random with 25 active nodes. Every point follows a
straight path of its own to 5 % strain in ten increments and one second. The first columns are points x increments per
second: native on one core and with two threads, in NumPy point by point, and of the RVE, whose points are cells. The
next ones compare one core with J2 of the first line, with NumPy, with the RVE, and two threads with it. One core,
NumPy and RVE are CPU times, the best of three rounds in which they take turns. Two threads are by the clock and need a
machine that does nothing else. The last column is the mean number of iterations in which an outer Newton method
reaches uniaxial stress, to 1e-10, with the network's tangents.

    OMP_NUM_THREADS=1 python benchmarks/laws.py [--quick] [LAW ...]
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from timing import best_times

from laminet.cells.fibres import cell
from laminet.cells.fibres.reference import reference
from laminet.files.network import NetworkParameters
from laminet.loading.driver import follow
from laminet.loading.paths import LoadPath
from laminet.materials.laws import (
    J2,
    DruckerPrager,
    Elastic,
    Hardening,
    Isotropic,
    Law,
    Norton,
    PowerHardening,
    TableHardening,
    TransverselyIsotropic,
    Viscoplastic,
)
from laminet.materials.laws.umat import Umat
from laminet.materials.library import Composite
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.schemes import scheme

YOUNG, POISSON = 2.1, 0.3
TABLE = ((0.0, 0.03), (0.01, 0.045), (0.025, 0.05), (0.045, 0.075))
LAWS: Mapping[str, Law] = {
    "j2": J2(YOUNG, POISSON, Hardening(0.029, 0.139, 0.0327, 319.4)),
    "j2 power": J2(YOUNG, POISSON, PowerHardening(0.025, 0.002, 0.25)),
    "j2 table": J2(YOUNG, POISSON, TableHardening(TABLE)),
    "drucker_prager": DruckerPrager(YOUNG, POISSON, 25.0, 15.0, Hardening(0.029, 0.139, 0.0327, 319.4)),
    "drucker_prager associated": DruckerPrager(YOUNG, POISSON, 25.0, 25.0, Hardening(0.029, 0.139, 0.0327, 319.4)),
    "viscoplastic": Viscoplastic(YOUNG, POISSON, Hardening(0.029, 0.139, 0.0327, 319.4), norton=Norton(0.05, 5.0)),
    "isotropic": Isotropic(YOUNG, POISSON),
    "transversely isotropic": TransverselyIsotropic(3, 3.0, YOUNG, 0.3, 0.3, 1.0),
    "stiffness": Elastic(Isotropic(YOUNG, POISSON).stiffness),
}
"""By the name in the table."""

UMATS = {"umat": False, "umat thread-safe": True}
"""The example in C of a J2 by a UMAT, and whether threads may call it at once; its numbers are those of j2."""

GLASS = Isotropic(72.0, 0.22)
NODES, INCREMENTS = 25, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("laws", nargs="*", choices=[[], *LAWS, *UMATS], metavar="LAW", help="only these, after j2")
    parser.add_argument("--quick", action="store_true", help="fewer points")
    options = parser.parse_args()
    points = 64 if options.quick else 512
    print(f"points x increments per second; IMN, {NODES} active nodes, {points} points")
    heads = ("one core", "two", "numpy", "RVE", "/ j2", "/ numpy", "/ RVE", "two / one", "outer")
    print(f"{'law':26s}" + "".join(f"{head:>11s}" for head in heads))
    first = None
    laws = {**LAWS, **compiled()}
    for name in dict.fromkeys(("j2", *(options.laws or laws))):
        one, two, numpy, rve = rates(Composite("composite", (laws[name], GLASS)), points)
        first = first or one
        ratios = [f"{ratio:.3g}" for ratio in (one / first, one / numpy, one / rve, two / one)]
        cells = [f"{one:.0f}", f"{two:.0f}", f"{numpy:.0f}", f"{rve:.1f}", *ratios, f"{outer(laws[name]):.2f}"]
        print(f"{name:26s}" + "".join(f"{text:>11s}" for text in cells), flush=True)


def compiled() -> dict[str, Law]:
    """UMATS, compiled; none without a compiler."""
    if shutil.which("cc") is None:
        return {}
    library = Path(tempfile.mkdtemp()) / "libj2.so"
    source = Path(__file__).parents[1] / "examples/j2_umat.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    properties = (1e3 * YOUNG, POISSON, 29.0, 139.0, 32.7, 319.4)
    return {
        name: Umat(library=str(library), properties=properties, state=1, unit="MPa", thread_safe=safe)
        for name, safe in UMATS.items()
    }


def network() -> NetworkParameters:
    """A random network with so many active nodes."""
    random = initial_parameters("imn", 6, 1)
    activation = np.where(np.arange(64) < NODES, random.activation, -1.0)
    return NetworkParameters("imn", 6, np.random.default_rng(0).permutation(activation), random.angle)


def rates(composite: Composite, points: int) -> tuple[float, float, float, float]:
    """Points x increments per second: native on one core and two, NumPy, RVE."""
    direction = np.random.default_rng(0).normal(size=(points, 6))
    direction *= 0.05 / np.linalg.norm(direction, axis=1, keepdims=True)
    ramp, everything = np.arange(INCREMENTS + 1)[:, None] / INCREMENTS, np.ones(6, dtype=bool)
    paths = [LoadPath("ramp", "strain", everything, ramp * d, 0.0 * ramp * d, everything) for d in direction[:2]]
    material = {threads: Material(network(), composite, points, threads=threads) for threads in (1, 2)}
    system = scheme("newton_condensed", network(), composite)
    mesh = cell.build(cell.CellSettings(fibres=2, refinement=48, candidates=1, seed=0))

    def together(threads: int) -> None:
        state = material[threads].virgin()
        for step in ramp[1:]:
            state = material[threads].update(step * direction, state, 1.0 / INCREMENTS)[2]

    runs = {
        "one": lambda: together(1),
        "numpy": lambda: [follow(system, path) for path in paths],
        "rve": lambda: reference(mesh, composite, [paths[:1]], error_estimate="none"),
    }
    best = best_times(runs)
    two = best_times({"two": lambda: together(2)}, clock=time.perf_counter)["two"]
    counts = (points / best["one"], points / two, len(paths) / best["numpy"], 1.0 / best["rve"])
    return tuple(INCREMENTS * count for count in counts)


def outer(law: Law) -> float:
    """Mean iterations of an outer Newton method that seeks uniaxial stress, over the increments to 5 % strain."""
    material = Material(network(), Composite("composite", (law, GLASS)))
    strain, state, iterations = np.zeros((1, 6)), material.virgin(), 0
    for strain[0, 0] in 0.05 * np.arange(1, INCREMENTS + 1) / INCREMENTS:
        for _ in range(30):
            stress, tangent, updated = material.update(strain, state, 1.0 / INCREMENTS)
            if np.linalg.norm(stress[0, 1:]) <= 1e-10 * abs(stress[0, 0]):
                break
            strain[0, 1:] -= np.linalg.solve(tangent[0, 1:, 1:], stress[0, 1:])
            iterations += 1
        state = updated
    return iterations / INCREMENTS


if __name__ == "__main__":
    main()
