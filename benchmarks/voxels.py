"""Cost of cells of voxels: iterations against their transforms and an independent code, samples, curves, memory.

python benchmarks/voxels.py [--tables compare parts samples curves scale] [--voxels 16 32] [--odd 15 27] ...

Times are CPU seconds of one thread. The parts of an iteration are the least of several repetitions, so that other
programs disturb them little. The transforms are those of scipy.fft in single precision, as the preconditioner takes
them.

compare   an elastic iteration, that of its transforms alone, and that of muSpectre on its rotated grid, where it is
          installed (see independent_voxels.py). Samples of both end where the stiffness is exact to 1e-4. `agree` is
          the difference of the stiffnesses if both solve the same discrete problem. Sides are those of --odd.
parts     of an elastic iteration, and of a nonlinear one
samples   of random phases
curves    --increments (5) of a curve of 20, of 0.25 % strain each
scale     a sample and --increments of a curve, each in a process of its own: time, largest memory beyond that of a
          tiny cell, and what laminet tells before
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import independent_voxels as independent
import numpy as np
import scipy
import scipy.fft

from laminet.cells.voxels import memory
from laminet.cells.voxels.cell import VoxelCell
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
PEAK = (
    "; print(time.process_time() - began, *(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
)
"""CPU seconds since `began`, and the largest memory of a process in KiB; getrusage counts its parent's, too."""

TABLES = ("compare", "parts", "samples", "curves", "scale")


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


def transforms(field: np.ndarray) -> None:
    """Those of an iteration, of a field (3, x, y, z)."""
    scipy.fft.irfftn(scipy.fft.rfftn(field, axes=SPATIAL), field.shape[1:], axes=SPATIAL, overwrite_x=True)


def compare(side: int) -> None:
    """An iteration next to that of its transforms and of muSpectre."""
    cell = independent.cell_of(side)
    independent.ours(cell, independent.ERROR)  # the first call loads code
    used = independent.ours(cell, independent.ERROR)
    ffts = least(lambda: transforms(np.ones((3, side, side, side), dtype=np.float32)))
    row = f"{side:6d} {used.step:10.2f} {ffts:10.2f} {ffts / used.step:9.0%} {60.0 / used.seconds:10.1f}"
    if not independent.MISSING:
        one, other = independent.same_problem(cell)
        sample, _ = independent.cheapest(cell, "rotated grid", other)
        agree = independent.difference(one.stiffness, other.stiffness)
        row += f" {sample.step:12.2f} {60.0 / sample.seconds:10.1f} {agree:10.0e}"
    print(row, flush=True)


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


def curve_of(cell: VoxelCell, increments: int) -> tuple[int, int]:
    """Iterations of Newton's method and of conjugate gradients in a curve under uniaxial stress; 20 end at 5 %."""
    system, path = VoxelSystem(cell, LAWS), piecewise("11", "stress", [{"11": 0.05 * increments / 20}], increments)
    return int(follow(system, path).iterations.sum()), system.linear_iterations


def curve(side: int, increments: int) -> None:
    cell, began = cell_of(side), time.process_time()
    iterations = curve_of(cell, increments)
    row = time.process_time() - began, *iterations
    print(f"{side:6d} {row[0]:10.1f} {row[1]:10d} {row[2]:10d}", flush=True)


def scale(side: int, increments: int) -> None:
    """Time and largest memory of a sample and of a curve, each in a process of its own, and the report before."""
    begin = "from voxels import *; cell = cell_of({}); began = time.process_time(); "
    case = "Homogenizer(cell)(*(law.stiffness for law in LAWS))"
    path = f"curve_of(cell, {increments})"
    folder = os.path.dirname(os.path.abspath(__file__))

    def child(size: int, work: str) -> tuple[float, float]:
        code = begin.format(size) + work + PEAK
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=True, text=True)
        seconds, peak = map(float, done.stdout.split()[-2:])
        return seconds, peak / 1024.0

    cell, bare = cell_of(side), child(8, path)[1]
    row = f"{side:6d}"
    for work, told in ((case, memory.sample_bytes(cell, 1)), (path, memory.curve_bytes(cell, LAWS))):
        seconds, peak = child(side, work)
        row += f" {seconds:10.1f} {peak - bare:10.0f} {told / 2**20:10.0f}"
    print(row, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES, metavar="TABLE")
    parser.add_argument("--voxels", type=int, nargs="+", default=(16, 32))
    parser.add_argument("--odd", type=int, nargs="+", default=(15, 27), help="voxels of the table `compare`")
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--increments", type=int, default=5, help="of the curves, of 20 at most")
    args = parser.parse_args()
    if "compare" in args.tables:
        if even := [side for side in args.odd if side % 2 == 0]:
            parser.error(f"--odd {even[0]}: the rotated grid needs odd sides")
        print(independent.MISSING or f"muSpectre {independent.muSpectre.version.description()}")
        print(f"Transforms: scipy.fft {scipy.__version__}, single precision. An elastic iteration [ms]")
        print("voxels    laminet       FFTs FFT share    per min    muSpectre    per min      agree")
        for side in args.odd:
            compare(side)
    if "parts" in args.tables:
        print("Parts of an iteration [ms]")
        print(
            "voxels     linear    tangent       laws    inverse       FFTs   (double)    vectors      whole FFT share"
        )
        for side in args.voxels:
            iteration(side)
    if "samples" in args.tables:
        print("Elastic samples\nvoxels  s/sample    per min iterations")
        for side in args.voxels:
            samples(side, args.samples)
    if "curves" in args.tables:
        print(f"{args.increments} increments of a curve\nvoxels         s     Newton  conjugate gradients")
        for side in args.voxels:
            curve(side, args.increments)
    if "scale" in args.tables:
        print(f"A sample, and {args.increments} increments of a curve; memory in MiB")
        print("voxels   sample s     memory       told    curve s     memory       told")
        for side in args.voxels:
            scale(side, args.increments)


if __name__ == "__main__":
    main()
