"""A microstructure, the network trained on it, and the stress of both: the picture of the README.

    python examples/overview.py [PICTURE]

It also prints how accurate and how fast the network is. Run it in a clone: it reads published data from docs/.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

import laminet
from laminet import mandel
from laminet.files.curves import tensor_curve
from laminet.network import tree
from laminet.plots import networks, style

ROOT = Path(__file__).resolve().parents[1]
CASES = {"22": "transverse tension", "12": "transverse shear", "23": "axial shear"}
MATRIX, FIBRE, *COLOURS = style.PALETTE


def cell(axes: Axes, rve: xr.Dataset) -> None:
    """Draw the fibres of a periodic cell."""
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xticks=[], yticks=[])
    axes.set_title(f"microstructure: {rve.sizes['fibre']} fibres")
    axes.set_facecolor((*MATRIX, 0.25))
    for centre, *shift in itertools.product(rve["center"].values, (-1, 0, 1), (-1, 0, 1)):
        axes.add_patch(Circle(centre + shift, float(rve["radius"]), facecolor=FIBRE, edgecolor="0.2", linewidth=0.4))


def branches(axes: Axes, network: laminet.Network) -> None:
    """Draw the active branches of a tree, as wide as their weights, in the colours of the phases below them."""
    weights, phases = tree.node_weights(network.parameters.activation), tree.phase_weights(network.parameters)
    colours = networks.mixtures(phases / np.where(weights > 0, weights, 1))
    place, layer = networks.positions(network.depth), np.floor(np.log2(np.arange(len(weights)) + 1))
    for node in np.flatnonzero(weights[1:] > 0) + 1:
        ends = [(node - 1) // 2, node]
        axes.plot(place[ends], -layer[ends], color=colours[node], linewidth=0.6 + 12 * weights[node] / weights[0])
    axes.set_title(f"network: {network.active_nodes} active leaves")
    axes.axis("off")


def stress(axes: Axes, curves: xr.Dataset, reference: xr.Dataset) -> None:
    """Draw the driven stress of the network, and of the RVE dashed."""
    for (case, name), colour in zip(CASES.items(), COLOURS):
        one, index = {"control": "stress", "load_case": case}, mandel.INDEX[case]
        network, rve = (data[["strain", "stress"]].sel(one).isel(component=index) for data in (curves, reference))
        axes.plot(*tensor_curve(network.squeeze(), index), color=colour, linewidth=1.6, label=name)
        axes.plot(*tensor_curve(rve, index), **style.REFERENCE)
    axes.set(xlabel="strain [%]", ylabel="stress [MPa]", title="stress: network, and RVE dashed", ylim=(0, None))
    axes.legend()


def main(picture: Path) -> None:
    """Evaluate the network, print its error and time, and draw the picture."""
    rve, reference = (
        xr.load_dataset(ROOT / f"docs/gallery/datasets/{name}.nc") for name in ("rve", "reference_composite_2")
    )
    network = laminet.load(ROOT / "docs/networks/unidirectional_60_imn.nc")
    curves = network.evaluate(ROOT / "examples/composite_2.yaml", control="stress", references=reference, repeats=5)
    seconds, of_rve = float(curves["time"].min()), float(reference["time"].sel(control="stress").sum())
    print(f"error against the RVE, mean of six load cases: {100 * float(curves['error'].mean()):.1f} %")
    print(f"CPU time of the six load cases: network {1000 * seconds:.0f} ms, RVE {of_rve:.0f} s on three meshes")
    with style.applied():
        figure = Figure(figsize=(style.PAGE, 2.3), layout="constrained")
        panels = figure.subplots(1, 3)
        for draw, axes, data in zip((cell, branches, stress), panels, ((rve,), (network,), (curves, reference))):
            draw(axes, *data)
        figure.savefig(picture, dpi=200)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images/overview.png")
