"""Drive one material point through a load cycle: a network as a law in a loop.

    python examples/material_law.py [PICTURE]

The strain along axis 1 is given; the other five stresses must be zero. Newton's method
with the tangent of the law finds the other strains, as a finite-element code does.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

import laminet

network = laminet.load("docs/networks/unidirectional_60_imn.nc")
law = network.material("examples/composite_2.yaml", "composite_2")
strains = np.interp(np.arange(1, 121), [0, 40, 80, 120], [0.0, 0.02, -0.02, 0.02])

free = slice(1, 6)  # Mandel components 22, 33, 23, 13, 12
strain, state = np.zeros((1, 6)), law.virgin()
curve, residuals = [(0.0, 0.0)], []
for driven in strains:
    strain[0, 0] = driven
    history = []
    for _ in range(20):
        stress, tangent, new_state = law.update(strain, state)  # state stays as it was
        history.append(np.abs(stress[0, free]).max())
        if history[-1] < 1e-10:  # GPa
            break
        strain[0, free] -= np.linalg.solve(tangent[0, free, free], stress[0, free])
    else:
        raise SystemExit(f"no equilibrium at a strain of {driven:.4f}")
    state = new_state  # the increment is accepted
    curve.append((100 * driven, 1000 * stress[0, 0]))
    residuals.append(history)

figure = Figure(figsize=(7, 3), layout="constrained")
left, right = figure.subplots(1, 2)
left.plot(*np.transpose(curve))
left.set(xlabel="strain 11 [%]", ylabel="stress 11 [MPa]", title="load cycle")
for history in residuals[::10]:
    right.semilogy(1000 * np.array(history), "C1.-", alpha=0.6)
right.set(xlabel="iteration", ylabel="largest free stress [MPa]", title="Newton")
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "material_law.png", dpi=130)
count = np.mean([len(history) - 1 for history in residuals])
print(f"{len(strains)} increments, {count:.1f} Newton iterations each")
