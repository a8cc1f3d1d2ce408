"""Train a network on a small cell and predict what it has not seen.

    python examples/train_and_predict.py [PICTURE]

The cell has four fibres, so that everything takes a few seconds.
"""

import sys

from matplotlib.figure import Figure

import laminet
from laminet.cells.fibres import cell, homogenisation
from laminet.materials.sampling import Sampling
from laminet.materials.stiffness import young_moduli

# A cell with 40 % fibres, and random phases homogenised on it.
settings = cell.CellSettings(fibres=4, volume_fraction=0.4, candidates=1)
rve = cell.build(settings)
data = homogenisation.sample(rve, 160, 40, seed=0, sampling=Sampling(contrast=2.0))

network = laminet.train(data, model="imn", depth=4, batch=20, epochs=600)
print(network)

# The 40 validation samples played no part in the training.
predicted = network.predict(data)
unseen = data["split"].values == "validation"
print(f"error on unseen phases: {100 * float(predicted['error'][unseen].mean()):.1f} %")
expected = young_moduli(data["stiffness"].values[unseen])
moduli = young_moduli(predicted["stiffness"].values[unseen])

# Neither did plastic flow.
curves = network.evaluate("examples/composite_2.yaml", control="stress", steps=40)
curves = curves.squeeze()

figure = Figure(figsize=(9, 3), layout="constrained")
errors, parity, flow = figure.subplots(1, 3)
history = network.history
for split in ("train", "validation"):
    errors.semilogy(history["epoch"], 100 * history[f"{split}_error"], label=split)
errors.set(xlabel="epoch", ylabel="error [%]", title="training")
for axis in range(3):
    parity.loglog(expected[:, axis], moduli[:, axis], ".", label=f"axis {axis + 1}")
limits = [expected.min(), expected.max()]
parity.plot(limits, limits, "k", linewidth=0.7)
parity.set(xlabel="of the cell [GPa]", ylabel="of the network [GPa]")
parity.set_title("Young's moduli, unseen phases")
for case, name in {"22": "transverse tension", "12": "transverse shear"}.items():
    one = curves.sel(load_case=case, component=case)
    tensor = 1 if case == "22" else 2**-0.5  # Mandel shear components carry sqrt(2)
    flow.plot(100 * tensor * one["strain"], 1000 * tensor * one["stress"], label=name)
flow.set(xlabel="strain [%]", ylabel="stress [MPa]", title="plastic flow of polyamide")
for axes in (errors, parity, flow):
    axes.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "train_and_predict.png", dpi=130)
