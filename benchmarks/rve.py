"""Error against time of elastic homogenisation, for a series of refinements of one packing.

The yardstick is an independent solution: curved fourth-order elements on a mesh of Netgen's (`pip install ngsolve`).
Without NGSolve it is our own mesh at twice the finest refinement. Errors are relative, in the Frobenius norm; times
are of one thread and count as ratios.

    python benchmarks/rve.py --fibres 30 --samples 10
"""

import argparse
import time

import numpy as np

from laminet.cells.fibres.cell import Cell, CellSettings, build, remesh
from laminet.cells.fibres.homogenisation import Homogenizer
from laminet.materials.sampling import Sampling, sample_phases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fibres", type=int, default=CellSettings.fibres)
    parser.add_argument("--volume-fraction", type=float, default=CellSettings.volume_fraction)
    parser.add_argument("--gap", type=float, default=CellSettings.gap)
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="Netgen fails on some packings, not on this one")
    parser.add_argument("--refinements", type=int, nargs="+", default=[16, 24, 32, 40, 48, 64])
    args = parser.parse_args()
    settings = CellSettings(args.fibres, args.volume_fraction, args.gap, refinement=16, candidates=1, seed=args.seed)
    cell = build(settings)
    phases = list(zip(*sample_phases(args.samples, args.seed, 0, Sampling()), strict=True))
    name, exact = yardstick(cell, phases, 2 * max(args.refinements))
    print(f"yardstick: {name}")
    print(f"{'k':>4} {'elements':>9} {'error mean %':>13} {'worst %':>9} {'s/sample':>9} {'ratio':>6}")
    reference_time = None
    for refinement in args.refinements:
        mesh = remesh(cell, refinement)
        homogenizer = Homogenizer(mesh)
        homogenizer(*phases[0])  # what is done once
        began = time.process_time()
        effective = np.array([homogenizer(*pair) for pair in phases])
        spent = (time.process_time() - began) / len(phases)
        reference_time = reference_time or spent
        error = 100.0 * np.linalg.norm(effective - exact, axis=(1, 2)) / np.linalg.norm(exact, axis=(1, 2))
        print(
            f"{refinement:4d} {len(mesh.element):9d} {error.mean():13.4f} {error.max():9.4f} {spent:9.3f} "
            f"{spent / reference_time:6.1f}"
        )


def yardstick(cell: Cell, phases: list[tuple[np.ndarray, np.ndarray]], finest: int) -> tuple[str, np.ndarray]:
    """Name and stiffnesses (n, 6, 6) of the most accurate solution at hand."""
    try:
        import ngsolve
    except ImportError:
        homogenizer = Homogenizer(remesh(cell, finest))
        return f"this package at refinement {finest}", np.array([homogenizer(*pair) for pair in phases])
    mesh = netgen_mesh(cell)
    with ngsolve.TaskManager():
        solved = np.array([high_order(mesh, *pair) for pair in phases])
    return f"NGSolve, order 4, {mesh.ne} curved triangles", solved


def netgen_mesh(cell: Cell):
    """Periodic curved Netgen mesh of the cell's fibres, checked to be complete."""
    import ngsolve
    from netgen.occ import Circle, Glue, IdentificationType, MoveTo, OCCGeometry

    square = MoveTo(0, 0).Rectangle(1, 1).Face()
    copies = [center + np.array([i, j]) for center in cell.centers for i in (-1, 0, 1) for j in (-1, 0, 1)]
    near = [copy for copy in copies if ((copy > -cell.radius) & (copy < 1.0 + cell.radius)).all()]
    fibres = [square * Circle((float(x), float(y)), cell.radius).Face() for x, y in near]
    matrix = square
    for fibre in fibres:
        fibre.faces.name = "fibre"
        matrix -= fibre
    matrix.faces.name = "matrix"
    shape = Glue([matrix, *fibres])
    for axis in (0, 1):
        edges = sorted(shape.edges, key=lambda edge: _center(edge)[1 - axis])
        sides = ([edge for edge in edges if abs(_center(edge)[axis] - border) < 1e-9] for border in (0.0, 1.0))
        for number, (low, high) in enumerate(zip(*sides, strict=True)):
            low.Identify(high, f"{axis}-{number}", IdentificationType.PERIODIC)
    for size in (0.35, 0.3, 0.25, 0.2):  # Netgen may leave holes: the area tells
        mesh = ngsolve.Mesh(OCCGeometry(shape, dim=2).GenerateMesh(maxh=size * cell.radius))
        mesh.Curve(4)
        fibre = ngsolve.Integrate(mesh.MaterialCF({"fibre": 1.0}, default=0.0), mesh, order=8)
        area = ngsolve.Integrate(ngsolve.CF(1.0), mesh, order=8)
        if abs(area - 1.0) < 1e-6 and abs(fibre - len(cell.centers) * np.pi * cell.radius**2) < 1e-6:
            return mesh
    raise SystemExit("Netgen returned incomplete meshes of this packing; try another --seed")


def _center(edge) -> tuple[float, float]:
    return edge.center.x, edge.center.y


def high_order(mesh, stiffness_1: np.ndarray, stiffness_2: np.ndarray) -> np.ndarray:
    """Effective stiffness (6, 6) with periodic elements of order 4; three displacements of two coordinates."""
    import ngsolve as ng

    space = ng.FESpace([ng.Periodic(ng.H1(mesh, order=4))] * 3)
    u, v = space.TnT()
    root = np.sqrt(0.5)

    def strain(displacement):
        first, second, third = (ng.grad(component) for component in displacement)
        return ng.CF((first[0], second[1], 0.0, root * third[1], root * third[0], root * (first[1] + second[0])))

    phases = {"matrix": stiffness_1, "fibre": stiffness_2}
    stiffness = mesh.MaterialCF({name: ng.CF(tuple(c.ravel()), dims=(6, 6)) for name, c in phases.items()})
    form = ng.BilinearForm(space, symmetric=True)
    form += (stiffness * strain(u)) * strain(v) * ng.dx
    translation = sum(a * b for a, b in zip(u, v, strict=True))
    form += 1e-9 * np.trace(stiffness_1) * translation * ng.dx  # fixes it
    form.Assemble()
    inverse = form.mat.Inverse(space.FreeDofs(), inverse="sparsecholesky")
    effective = np.empty((6, 6))
    for column, macro in enumerate(np.eye(6)):
        given = ng.CF(tuple(macro))
        load = ng.LinearForm(space)
        load += -(stiffness * given) * strain(v) * ng.dx
        load.Assemble()
        fluctuation = ng.GridFunction(space)
        fluctuation.vec.data = inverse * load.vec
        stress = stiffness * (given + strain(fluctuation.components))
        effective[:, column] = [ng.Integrate(stress[row], mesh, order=8) for row in range(6)]
    return effective


if __name__ == "__main__":
    main()
