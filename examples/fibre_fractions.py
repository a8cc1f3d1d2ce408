"""Vary the fibre fraction: a cell, a network and its plastic response for each.

    python examples/fibre_fractions.py [PICTURE]

Cells of four fibres and short trainings keep this quick. For results to rely on, take
CellSettings(volume_fraction=...) with its 30 fibres and `recipe="accurate"`.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

import laminet
from laminet.cells.fibres import cell, homogenisation
from laminet.materials.sampling import Sampling

OFFSET = 0.002  # plastic strain at the yield stress

figure = Figure(figsize=(7, 3), layout="constrained")
left, right = figure.subplots(1, 2)
results = []
for fraction in (0.2, 0.3, 0.4, 0.5, 0.6):
    rve = cell.build(cell.CellSettings(fibres=4, volume_fraction=fraction, candidates=1))
    data = homogenisation.sample(rve, 60, 20, seed=0, sampling=Sampling(contrast=2.0))
    network = laminet.train(data, model="imn", depth=4, batch=20, epochs=600)

    composite = "examples/composite_2.yaml"
    curve = network.evaluate(composite, control="stress", load_case="22").squeeze()
    curve = curve.sel(component="22")
    strain, stress = curve["strain"].values, 1000 * curve["stress"].values
    modulus = stress[1] / strain[1]
    yielded = np.interp(OFFSET, strain - stress / modulus, stress)
    results.append((network.volume_fraction, modulus, yielded))
    print(f"{fraction:.0%} of fibres, {network.volume_fraction:.1%} learned: ", end="")
    print(f"modulus {modulus / 1000:.1f} GPa, yield stress {yielded:.0f} MPa")
    left.plot(100 * strain, stress, label=f"{fraction:.0%}")

left.set(xlabel="strain 22 [%]", ylabel="stress 22 [MPa]", title="transverse tension")
left.legend(title="fibres", frameon=False, loc="lower right")
fractions, moduli, yields = np.transpose(results)
right.plot(100 * fractions, moduli / moduli[0], "o-", label="modulus")
right.plot(100 * fractions, yields / yields[0], "s-", label="yield stress")
right.set(xlabel="fibres [%]", ylabel="relative to the first", title="trend")
right.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "fibre_fractions.png", dpi=130)
