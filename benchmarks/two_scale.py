"""A plate with a hole on two scales: with a network, and with the cell itself (FE2), at every integration point.

python benchmarks/two_scale.py [--around 4 --out 3 --steps 4 --strain 0.01 --fibres 4]

It makes a small cell, trains a network on it, and pulls the plate of examples/two_scale.py across its fibres with both.
It prints the force curves, their difference, and the processor times.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from skfem import Basis, BilinearForm, ElementHex1, ElementVector, LinearForm, MeshHex, condense, solve
from skfem.element import DiscreteField as Field
from skfem.helpers import sym_grad

import laminet
from laminet import mandel
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.homogenisation import sample
from laminet.cells.fibres.operator import COUPLED
from laminet.cells.fibres.system import CellSystem
from laminet.loading.driver import Target
from laminet.materials.library import read_materials
from laminet.materials.sampling import Sampling

MATERIALS = "examples/composite_2.yaml"
TOLERANCE = 1e-5
"""Of the forces out of balance, relative to the forces."""

Update = Callable[[np.ndarray, object], tuple[np.ndarray, np.ndarray, object]]


def strain_of(u: Field) -> np.ndarray:
    """Mandel strain (6, elements, points)."""
    return np.einsum("iab,ab...->i...", mandel.BASIS, sym_grad(u))


stiffness = BilinearForm(lambda u, v, w: np.einsum("i...,ij...,j...", strain_of(v), w["tangent"], strain_of(u)))
forces = LinearForm(lambda v, w: np.einsum("i...,i...", strain_of(v), w["stress"]))


def plate(around: int, out: int) -> Basis:
    """An eighth of the plate: axis 1 is that of the load, 2 lies across, 3 (the fibres) along the thickness."""
    mesh = MeshHex.init_tensor(np.linspace(0, 1, around + 1), [0, 0.1], np.linspace(0, 1, out + 1) ** 1.7)
    turn, outward, along = 0.5 * np.pi * mesh.p[0], mesh.p[2], 2 * mesh.p[0]
    border = np.array([2 * np.minimum(1, 2 - along), 4 * np.minimum(1, along)])
    across, along = (1 - outward) * np.array([np.cos(turn), np.sin(turn)]) + outward * border
    return Basis(MeshHex(np.array([along, across, mesh.p[1]]), mesh.t), ElementVector(ElementHex1()), intorder=2)


def pull(basis: Basis, update: Update, state: object, strain: float, steps: int) -> tuple[np.ndarray, int]:
    """Force [N] of every increment, and the number of Newton iterations."""
    sides = [basis.get_dofs(lambda x, i=i: x[i] < 1e-9).all([f"u^{i + 1}"]) for i in range(3)]
    top = basis.get_dofs(lambda x: x[0] > 4 - 1e-9).all(["u^1"])
    free = np.setdiff1d(np.arange(basis.N), np.concatenate([*sides, top]))
    u, curve, count, place = np.zeros(basis.N), [], 0, basis.dx.shape
    for _ in range(steps):
        change = np.zeros(basis.N)
        change[top] = 4 * strain / steps
        for iteration in range(20):
            stress, tangent, new_state = update(strain_of(basis.interpolate(u)).reshape(6, -1).T, state)
            residual = forces.assemble(basis, stress=Field(stress.T.reshape(6, *place)))
            if iteration and np.linalg.norm(residual[free]) < TOLERANCE * np.linalg.norm(residual):
                break
            K = stiffness.assemble(basis, tangent=Field(tangent.transpose(1, 2, 0).reshape(6, 6, *place)))
            u = u + solve(*condense(K, -residual, x=change, I=free))
            change, count = np.zeros(basis.N), count + 1
        state = new_state
        curve.append(4e3 * residual[top].sum())
    return np.array(curve), count


def of_cells(system: CellSystem) -> Update:
    """The law of points that are cells; its state is a list of theirs."""
    every, zero = np.ones(6, dtype=bool), np.zeros(6)

    def update(strain: np.ndarray, state: list) -> tuple[np.ndarray, np.ndarray, list]:
        ends = [system.solve(old, Target(every, row, zero)) for old, row in zip(state, strain, strict=True)]
        assert all(end.converged for end in ends)
        tangents = [system.tangent(old, end.state) for old, end in zip(state, ends, strict=True)]
        return np.array([end.stress for end in ends]), np.array(tangents), [end.state for end in ends]

    return update


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (
        ("around", 4),
        ("out", 3),
        ("steps", 4),
        ("fibres", 4),
        ("samples", 300),
        ("refinement", 32),
        ("epochs", 800),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--strain", type=float, default=0.01)
    args = parser.parse_args()
    cell = build(CellSettings(fibres=args.fibres, refinement=args.refinement, candidates=1))
    data = sample(cell, args.samples, 40, 0, Sampling(yielding=0.5))
    network = laminet.train(data, "imn", 6, recipe="accurate", epochs=args.epochs, seeds=2, threads=2)
    print(network)
    basis, (composite,) = plate(args.around, args.out), read_materials(MATERIALS).values()
    law = network.material(composite, points=basis.dx.size)
    system = CellSystem(cell, composite.laws, COUPLED, 1e-6)
    curves = []
    for name, update, state in (
        ("network", law.update, law.virgin()),
        ("cell", of_cells(system), [system.initial()] * basis.dx.size),
    ):
        began = time.process_time()
        curve, count = pull(basis, update, state, args.strain, args.steps)
        curves.append(curve)
        spent = time.process_time() - began
        print(f"{name}: {basis.dx.size} points, {count} iterations, {spent:.2f} s; {np.round(curve, 3)} N", flush=True)
    difference = np.linalg.norm(curves[0] - curves[1]) / np.linalg.norm(curves[1])
    print(f"difference of the force curves: {100 * difference:.2f} %")


if __name__ == "__main__":
    main()
