"""Cells of voxels against muSpectre, an independent FFT code: stiffness, iterations and time of the same image.

pip install muSpectre
python benchmarks/independent_voxels.py [--voxels 15 27 45] [--schemes "rotated grid" trigonometric]

Both take one thread. Times are CPU seconds of the six load cases of a sample, without the set-up.

1. The same discrete problem: one Gauss point in the middle of a voxel, which is Willot's rotated grid. muSpectre has it
   as an average of differences. laminet's solver gets this element here instead of its own. The stiffnesses must agree
   to the digits that the iterations reach.
2. Each code as it is used: laminet's element with eight Gauss points against muSpectre's discretisations. Here the
   stiffnesses differ as the discretisations do; `voxels` is laminet's own estimate of this error. Iterations of both
   end where the error of the stiffness that they leave is below 1e-4.

`python benchmarks/voxels.py --tables compare` prints one line a size, with the transforms next to both.

Sides are odd: the rotated grid has modes without energy where they are even.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from laminet import mandel
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.homogenisation import Homogenizer
from laminet.cells.voxels.inclusions import spheres
from laminet.cells.voxels.settings import InclusionSettings
from laminet.materials.stiffness import isotropic_stiffness

try:
    import muFFT
    import muSpectre
    from muSpectre.linear_finite_elements import gradient_3d, gradient_3d_5tet
except ImportError as error:
    MISSING, muSpectre = f"needs muSpectre ({error}); pip install muSpectre", None
else:
    MISSING = ""

PHASES = ((3.0, 0.35), (70.0, 0.2))
"""Young's modulus [GPa] and Poisson's ratio."""

ERROR = 1e-4
"""Of a stiffness, by the iterations; relative."""

EXACT = 1e-9
"""Tolerance of conjugate gradients for stiffnesses that serve as exact."""

SCHEMES = {
    "rotated grid": lambda: (list(muFFT.Stencils3D.averaged_upwind), [1.0]),
    "trigonometric": lambda: (None, [1.0]),
    "five tetrahedra": lambda: gradient_3d_5tet,
    "six tetrahedra": lambda: gradient_3d,
}
"""Discretisations of muSpectre: derivatives and weights of the quadrature points. Tetrahedra take long."""


class OnePoint(Element):
    """The element with its Gauss points in the middle of the voxel."""

    def __init__(self, spacing: np.ndarray):
        super().__init__(spacing)
        self.strain[:] = self.strain.mean(axis=0)


class Sample:
    """What a code gives: stiffness (6, 6) in Mandel notation, mean iterations of a load case, CPU seconds."""

    def __init__(self, stiffness: np.ndarray, iterations: float, seconds: float):
        self.stiffness, self.iterations, self.seconds = stiffness, iterations, seconds

    @property
    def step(self) -> float:
        """Milliseconds of an iteration."""
        return 1e3 * self.seconds / 6.0 / self.iterations

    def row(self, name: str, note: str = "") -> str:
        values = f"{self.stiffness[0, 0]:10.5f} {self.stiffness[0, 1]:9.5f} {self.stiffness[5, 5] / 2.0:9.5f}"
        return f"  {name:28s} {values} {self.iterations:6.1f} {self.step:9.2f} {self.seconds:9.2f}  {note}"


HEAD = f"  {'[GPa]':28s} {'C_1111':>10s} {'C_1122':>9s} {'C_1212':>9s} {'steps':>6s} {'ms/step':>9s} {'s/sample':>9s}"


def ours(cell: VoxelCell, tolerance: float, element: Element | None = None) -> Sample:
    """laminet's homogenisation, with an element of its own or another one."""
    homogenizer = Homogenizer(cell, tolerance)
    if element is not None:
        homogenizer._element = element
    phases, began = [isotropic_stiffness(*each) for each in PHASES], time.process_time()
    stiffness = homogenizer(*phases)
    return Sample(stiffness, float(homogenizer.iterations.mean()), time.process_time() - began)


def theirs(cell: VoxelCell, scheme: str, tolerance: float) -> Sample:
    """muSpectre's, by its projection scheme with conjugate gradients on strains; the mean stress of six strains."""
    gradient, weights = SCHEMES[scheme]()
    shape = list(cell.phase.shape)
    data = muSpectre.cell.CellData.make(shape, [float(size) for size in shape])
    data.nb_quad_pts = len(weights)
    materials = [
        muSpectre.material.MaterialLinearElastic1_3d.make(data, f"phase {number}", *each)
        for number, each in enumerate(PHASES, 1)
    ]
    for index, pixel in data.pixels.enumerate():
        materials[cell.phase[tuple(pixel)] - 1].add_pixel(index)
    conjugate_gradients = muSpectre.solvers.KrylovSolverCG(tolerance, 10000)
    scheme_of = () if gradient is None else (gradient, weights)
    how = muSpectre.Verbosity.Silent, 1e3 * tolerance, 1e3 * tolerance, 1
    solver = muSpectre.solvers.SolverNewtonCG(data, conjugate_gradients, *how, *scheme_of)
    solver.formulation = muSpectre.Formulation.small_strain
    solver.initialise_cell()
    share = np.array(weights) / np.sum(weights)
    stiffness, seconds, iterations = np.empty((6, 6)), 0.0, 0
    for number, strain in enumerate(np.eye(6)):
        began = time.process_time()
        solver.solve_load_increment(mandel.to_tensor(strain))
        seconds += time.process_time() - began
        stress = np.asarray(solver.flux.field.array()).reshape(3, 3, len(weights), -1, order="F").mean(axis=-1)
        stiffness[number] = mandel.to_vector(stress @ share)
    iterations = conjugate_gradients.counter
    return Sample(0.5 * (stiffness + stiffness.T), iterations / 6.0, seconds)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def cheapest(cell: VoxelCell, scheme: str, exact: Sample) -> tuple[Sample, float]:
    """muSpectre's sample whose iterations end as the stiffness is in error by less than ERROR, and this error."""
    for exponent in range(2, 13):
        sample = theirs(cell, scheme, 10.0 ** (-exponent / 2.0))
        if (error := difference(sample.stiffness, exact.stiffness)) < ERROR:
            break
    return sample, error


def cell_of(side: int) -> VoxelCell:
    return spheres(0.3, InclusionSettings(voxels=(side,), inclusions=4))


def same_problem(cell: VoxelCell) -> tuple[Sample, Sample]:
    """laminet's and muSpectre's samples of one discrete problem, the rotated grid; exact."""
    return ours(cell, 1e-14, OnePoint(cell.spacing)), theirs(cell, "rotated grid", EXACT)


def compare(side: int, schemes: Sequence[str]) -> None:
    cell = cell_of(side)
    print(f"{side} x {side} x {side} voxels\n1. The same discrete problem: the rotated grid\n{HEAD}")
    one, other = same_problem(cell)
    print(one.row("laminet, one Gauss point"))
    print(other.row("muSpectre, rotated grid", f"differ by {difference(one.stiffness, other.stiffness):.1e}"))
    print(f"2. Each code as it is used\n{HEAD}")
    exact, used = ours(cell, 1e-14), ours(cell, ERROR)
    voxels = Homogenizer(cell).notes(
        np.array([[isotropic_stiffness(*each) for each in PHASES]]), exact.stiffness[None]
    )["voxel_error"]
    left = f"iterations leave {difference(used.stiffness, exact.stiffness):.0e}; voxels: {voxels:.1%}"
    print(used.row("laminet, eight Gauss points", left))
    for scheme in schemes:
        goal = theirs(cell, scheme, EXACT)
        sample, error = cheapest(cell, scheme, goal)
        note = f"iterations leave {error:.0e}; laminet's differ by {difference(exact.stiffness, goal.stiffness):.1%}"
        print(sample.row(f"muSpectre, {scheme}", note), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voxels", type=int, nargs="+", default=(15, 27, 45))
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=list(SCHEMES)[:2], metavar="NAME")
    args = parser.parse_args()
    if MISSING:
        sys.exit(f"independent_voxels: {MISSING}")
    if even := [side for side in args.voxels if side % 2 == 0]:
        parser.error(f"--voxels {even[0]}: sides must be odd, see above")
    print(f"muSpectre {muSpectre.version.description()}; spheres of 30 %")
    for side in args.voxels:
        compare(side, args.schemes)


if __name__ == "__main__":
    main()
