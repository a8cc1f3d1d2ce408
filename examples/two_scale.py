"""Pull a plate with a hole: finite elements with a network at every integration point.

    python -m pip install scikit-fem
    python examples/two_scale.py [PICTURE]

The plate is a unidirectional ply, 4 mm wide and 8 mm long. Axis 3 is that of the load and
of the fibres, axis 2 goes through the thickness. By symmetry an eighth is modelled.
"""

import sys

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from skfem import Basis, BilinearForm, ElementHex1, ElementVector, LinearForm, MeshHex, condense, solve
from skfem.element import DiscreteField as Field
from skfem.helpers import sym_grad

import laminet
from laminet import mandel
from laminet.online.active import laminates

AROUND, OUT, STRAIN, STEPS = 16, 12, 0.01, 8


def strain_of(u):
    """Mandel strain (6, elements, points)."""
    return np.einsum("iab,ab...->i...", mandel.BASIS, sym_grad(u))


stiffness = BilinearForm(lambda u, v, w: np.einsum("i...,ij...,j...", strain_of(v), w["tangent"], strain_of(u)))
forces = LinearForm(lambda v, w: np.einsum("i...,i...", strain_of(v), w["stress"]))

mesh = MeshHex.init_tensor(np.linspace(0, 1, AROUND + 1), [0, 0.1], np.linspace(0, 1, OUT + 1) ** 1.7)
turn, out, along = 0.5 * np.pi * mesh.p[0], mesh.p[2], 2 * mesh.p[0]
border = np.array([2 * np.minimum(1, 2 - along), 4 * np.minimum(1, along)])
across, along = (1 - out) * np.array([np.cos(turn), np.sin(turn)]) + out * border
mesh = MeshHex(np.array([across, mesh.p[1], along]), mesh.t)

basis = Basis(mesh, ElementVector(ElementHex1()), intorder=2)
network = laminet.load("docs/networks/unidirectional_60_imn.nc")
law = network.material("examples/composite_2.yaml", points=basis.dx.size, threads=2)
sides = [basis.get_dofs(lambda x, i=i: x[i] < 1e-9).all([f"u^{i + 1}"]) for i in range(3)]
top = basis.get_dofs(lambda x: x[2] > 4 - 1e-9).all(["u^3"])
free = np.setdiff1d(np.arange(basis.N), np.concatenate([*sides, top]))
u, state, curve, count = np.zeros(basis.N), law.virgin(), [(0.0, 0.0)], 0
for step in range(1, STEPS + 1):
    change = np.zeros(basis.N)
    change[top] = 4 * STRAIN / STEPS
    for iteration in range(20):
        strain = strain_of(basis.interpolate(u)).reshape(6, -1).T
        stress, tangent, new_state = law.update(strain, state)
        place = basis.dx.shape  # elements, points
        residual = forces.assemble(basis, stress=Field(stress.T.reshape(6, *place)))
        if iteration and np.linalg.norm(residual[free]) < 1e-8 * np.linalg.norm(residual):
            break
        K = stiffness.assemble(basis, tangent=Field(tangent.transpose(1, 2, 0).reshape(6, 6, *place)))
        u = u + solve(*condense(K, -residual, x=change, I=free))
        change, count = np.zeros(basis.N), count + 1
    state = new_state
    curve.append((100 * STRAIN * step / STEPS, 4e3 * residual[top].sum()))

tree = laminates(network.parameters)
plastic = state[:, 6:].reshape(*place, -1, 13)[..., tree.phase == 1, 12]  # of the matrix
plastic = np.average(plastic.mean(axis=1), axis=-1, weights=tree.weight[tree.phase == 1])
front = np.argsort(mesh.p[1][mesh.t], axis=0, kind="stable")[:4]
corners = mesh.p[[2, 0]][:, np.take_along_axis(mesh.t, front, 0)].T  # elements, corners, (3, 1)
corners = np.stack([corners[e, np.argsort(np.arctan2(*(c - c.mean(0)).T))] for e, c in enumerate(corners)])
figure = Figure(figsize=(9, 2.6), layout="constrained")
left, *pictures = figure.subplots(1, 3)
left.plot(*np.transpose(curve))
left.set(xlabel="mean strain [%]", ylabel="force [N]", title="open-hole tension")
shown = {"stress 33 [MPa]": 1e3 * stress[:, 2].reshape(place).mean(1), "plastic strain, matrix [%]": 100 * plastic}
for axes, (title, values) in zip(pictures, shown.items(), strict=True):
    axes.set(xlim=(0, 4), ylim=(0, 2), aspect="equal", title=title, xlabel="axis 3 [mm]")
    figure.colorbar(axes.add_collection(PolyCollection(corners, array=values)), ax=axes, shrink=0.7)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "two_scale.png", dpi=110)
print(f"{len(state)} points, {STEPS} increments, {count / STEPS:.1f} Newton iterations each")
print(f"largest force {curve[-1][1]:.0f} N, of {curve[1][1] * STEPS:.0f} N if the matrix stayed elastic")
