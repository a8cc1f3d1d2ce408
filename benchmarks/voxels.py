"""Cost of cells of voxels: an iteration against its transforms, samples and curves per minute, memory by voxels.

python benchmarks/voxels.py [--voxels 16 32] [--samples 2] [--curves [--increments 20]]

Times are CPU seconds of one thread, the least of several repetitions, so that other programs disturb them little. The
transforms are those of scipy.fft in single precision, as the preconditioner takes them, and in double precision. The
last columns of the first table are an elastic iteration and the share of the transforms in it.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy.fft

from laminet.cells.voxels import memory
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.homogenisation import Homogenizer
from laminet.cells.voxels.inclusions import spheres
from laminet.cells.voxels.operators import LinearForces, NonlinearForces
from laminet.cells.voxels.settings import InclusionSettings
from laminet.cells.voxels.solver import Preconditioner
from laminet.cells.voxels.system import VoxelSystem
from laminet.cells.voxels.vectors import SPATIAL, CompiledVectors
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness

LAWS = (J2(3.0, 0.35, Hardening(0.03, 0.02, 0.03, 150.0)), Elastic(isotropic_stiffness(70.0, 0.2)))
PEAK = "print(*(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
"""The largest memory of a process in KiB; getrusage counts that of the process before it was this program, too."""


def cell_of(side: int):
    return spheres(0.3, InclusionSettings(voxels=(side,)))


def least(work: Callable[[], object], repetitions: int = 15) -> float:
    """Milliseconds of CPU."""
    times = []
    for _ in range(repetitions):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return 1e3 * min(times)


def iteration(side: int) -> None:
    """Parts of an iteration: linear and nonlinear operator, preconditioner, transforms, vectors."""
    cell = cell_of(side)
    element, rng = Element(cell.spacing), np.random.default_rng(0)
    stiffness = np.stack([law.stiffness for law in LAWS])
    linear, nonlinear = LinearForces(cell, stiffness, element), NonlinearForces(cell, LAWS, element)
    precondition = Preconditioner(cell, stiffness[0], element)
    u, macro = rng.standard_normal((3, side, side, side)), np.full(6, 0.05)
    response = least(lambda: nonlinear.respond(1e-3 * u, macro, nonlinear.virgin()), 5)

    vectors, p, r = CompiledVectors(1), u.copy(), u.copy()
    z = single = u.astype(np.float32)

    def transforms(field: np.ndarray) -> None:
        scipy.fft.irfftn(scipy.fft.rfftn(field, axes=SPATIAL), u.shape[1:], axes=SPATIAL, overwrite_x=True)

    def passes() -> None:
        vectors.dot(p, u)
        vectors.advance(1e-3, p, u, p, r)
        vectors.dot(r, z)
        vectors.turn(1e-3, z, p)

    apply, tangent = least(lambda: linear(u, macro)), least(lambda: nonlinear.tangent(u, macro))
    double, ffts = least(lambda: transforms(u)), least(lambda: transforms(single))
    inverse, rest = least(lambda: precondition(single)), least(passes)
    whole = apply + inverse + rest
    row = (apply, tangent, response, inverse, ffts, double, rest, whole)
    share = ffts / whole
    print(f"{side:6d} " + " ".join(f"{value:10.2f}" for value in row) + f" {share:9.0%}", flush=True)


def samples(side: int, count: int) -> None:
    """Elastic samples of random phases."""
    homogenizer, pairs = Homogenizer(cell_of(side)), sample_phases(count, 0, 0, Sampling())
    iterations, began = 0, time.process_time()
    for pair in zip(*pairs, strict=True):
        homogenizer(*pair)
        iterations += homogenizer.iterations.sum()
    seconds = (time.process_time() - began) / count
    print(f"{side:6d} {seconds:10.2f} {60.0 / seconds:10.1f} {iterations / count / 6:10.1f}", flush=True)


def curve(side: int, increments: int) -> None:
    """The first increments of a curve of 20 under uniaxial stress, up to 5 %."""
    strain = 0.05 * increments / 20
    system, began = VoxelSystem(cell_of(side), LAWS), time.process_time()
    response = follow(system, piecewise("11", "stress", [{"11": strain}], increments))
    row = time.process_time() - began, response.iterations.sum(), system.linear_iterations
    print(f"{side:6d} {row[0]:10.1f} {row[1]:10d} {row[2]:10d}", flush=True)


def peaks(side: int) -> None:
    """Largest memory of a process, beyond that of an empty cell, and what is reported before."""
    begin = "from benchmarks_voxels import *; cell = cell_of({}); ".replace("benchmarks_voxels", "voxels")
    case = "Homogenizer(cell, 0.1)(*(law.stiffness for law in LAWS)); "
    path = "follow(VoxelSystem(cell, LAWS), piecewise('11', 'strain', [{'11': 0.01}], 2)); "
    folder = os.path.dirname(os.path.abspath(__file__))

    def peak(code: str) -> int:
        done = subprocess.run([sys.executable, "-c", code + PEAK], cwd=folder, capture_output=True, check=True)
        return 1024 * int(done.stdout.split()[-1])

    bare, cell = peak(begin.format(8) + path), cell_of(side)
    row = (
        *(peak(begin.format(side) + case) - bare, memory.sample_bytes(cell)),
        *(peak(begin.format(side) + path) - bare, memory.curve_bytes(cell, LAWS)),
    )
    print(f"{side:6d} " + " ".join(f"{value / 2**20:10.0f}" for value in row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voxels", type=int, nargs="+", default=(16, 32))
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--curves", action="store_true")
    parser.add_argument("--increments", type=int, default=20, help="of the curves, of 0.25 %% strain each")
    args = parser.parse_args()
    print(
        "Parts of an iteration [ms]\n"
        "voxels     linear    tangent       laws    inverse       FFTs   (double)    vectors      whole FFT share"
    )
    for side in args.voxels:
        iteration(side)
    print("Elastic samples\nvoxels  s/sample    per min iterations")
    for side in args.voxels:
        samples(side, args.samples)
    if args.curves:
        print(f"{args.increments} increments of a curve\nvoxels         s     Newton  conjugate gradients")
        for side in args.voxels:
            curve(side, args.increments)
    print("Memory [MiB]\nvoxels   samples       told     curves       told")
    for side in args.voxels:
        peaks(side)


if __name__ == "__main__":
    main()
