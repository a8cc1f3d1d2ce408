"""Load a composite with a viscoplastic matrix fast and slowly, let it creep and relax: network and cell.

    python tools/rate_picture.py [PICTURE]

The network is trained on a small cell, so that the cell's own response is cheap to simulate.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

import laminet
from laminet.cells.fibres import cell, homogenisation
from laminet.cells.fibres.reference import reference
from laminet.loading.paths import by_control
from laminet.materials.library import composite
from laminet.materials.sampling import Sampling

MATRIX = {"young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.029, "linear": 0.139}}
FLOW = {"norton": {"drag": 0.05, "exponent": 5}}  # GPa s^(1/5)
GLASS = {"law": "orthotropic", "E11": 72, "E22": 72, "E33": 72, "G12": 29.5, "G13": 29.5, "G23": 29.5}
GLASS |= {"nu12": 0.22, "nu13": 0.22, "nu23": 0.22}
J2 = composite("j2", {"phase_1": {"law": "j2", **MATRIX}, "phase_2": GLASS}, "rate.py")
RATE = composite("rate", {"phase_1": {"law": "viscoplastic", **MATRIX, **FLOW}, "phase_2": GLASS}, "rate.py")
CREEP = [{"s22": 0.05, "duration": 1}, {"duration": 9}, {"duration": 90}, {"duration": 900}]
RELAXATION = [{"22": 0.01, "duration": 1}, {"duration": 9}, {"duration": 90}, {"duration": 900}]

rve = cell.build(cell.CellSettings(fibres=4, volume_fraction=0.45, gap=0.45, refinement=24))
data = homogenisation.sample(rve, 256, 64, seed=0, sampling=Sampling())
network = laminet.train(data, model="imn", depth=6, recipe="accurate", epochs=1500, seeds=2)


def both(law, control, cases, paths=None, duration=1.0, strain=0.05, steps=20):
    """Curves of the network and of the cell."""
    driven = by_control(control, cases, paths or {}, steps, strain, duration)
    truth = reference(rve, law, driven, error_estimate="none")
    how = {"control": control, "load_case": cases, "paths": paths, "strain": strain}
    curves = laminet.evaluate(network, law, **how, steps=steps, duration=duration, references=truth)
    return curves.squeeze(("scheme", "composite")), truth


print("error of six cases     uniaxial strain   uniaxial stress")
for label, law, duration in (("J2", J2, 1.0), ("1 s", RATE, 1.0), ("1000 s", RATE, 1000.0)):
    curves, _ = both(law, ["strain", "stress"], ["11", "22", "33", "12", "23", "31"], duration=duration)
    row = [f"{100 * each.mean():5.2f} % ({100 * each.max():5.2f})" for each in curves["error"].values]
    print(f"{label:22}{'    '.join(row)}")

figure = Figure(figsize=(10, 3), layout="constrained")
left, middle, right = figure.subplots(1, 3)
for number, (label, law, duration) in enumerate(
    (("0.01 s", RATE, 0.01), ("1 s", RATE, 1.0), ("100 s", RATE, 100.0), ("J2", J2, 1.0))
):
    for one, style in zip(both(law, ["stress"], ["22"], duration=duration, strain=0.03), ("-", "k:"), strict=True):
        one = one.sel(component="22").squeeze()
        look = {"color": f"C{number}", "label": label} if style == "-" else {}
        left.plot(100 * one["strain"], 1000 * one["stress"], style, **look)
left.set(xlabel="strain 22 [%]", ylabel="stress 22 [MPa]", title="rate: 3 % in so many seconds")
left.legend(frameon=False)
holds = {"creep": CREEP, "relaxation": RELAXATION}
held = both(RATE, ["stress"], [], holds, steps=40)
for path in holds:
    print(f"{path}: {100 * held[0]['error'].sel(load_case=path).item():.2f} %")
for one, style in zip(held, ("C0-", "k:"), strict=True):
    one = one.sel(component="22").squeeze()
    for axes, path, quantity, factor in ((middle, "creep", "strain", 100), (right, "relaxation", "stress", 1000)):
        curve = one.sel(load_case=path)
        axes.semilogx(np.maximum(curve["path_time"], 1e-2), factor * curve[quantity], style)
middle.set(xlabel="time [s]", ylabel="strain 22 [%]", title="creep under 50 MPa")
right.set(xlabel="time [s]", ylabel="stress 22 [MPa]", title="relaxation at 1 %")
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "rate.png", dpi=130)
