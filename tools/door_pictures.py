"""The pictures of the three doors on the start page of the documentation.

python tools/door_pictures.py   draws them in docs/images
"""

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import laminet
from laminet.plots import style

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "examples"))

import overview  # noqa: E402 - an example, no module of a package

DATASETS = ROOT / "docs/gallery/datasets"
NETWORK = ROOT / "docs/networks/unidirectional_60_imn.nc"


def use(axes: Axes) -> None:
    """Stress of a network and of the RVE."""
    reference = xr.load_dataset(DATASETS / "reference_composite_2.nc")
    curves = laminet.load(NETWORK).evaluate(ROOT / "examples/composite_2.yaml", control="stress")
    overview.stress(axes, curves, reference)


def train(axes: Axes) -> None:
    """A trained network."""
    overview.branches(axes, laminet.load(NETWORK))


def reproduce(axes: Axes) -> None:
    """Error of the paper's networks by depth."""
    study = xr.load_dataset(DATASETS / "depth.nc")
    networks = np.unique(study["run_id"], return_index=True)[1]  # a row for each of its schemes
    last = 100 * study["train_error"].isel(epoch=-1, run=networks)
    for model, colour in (("dmn", style.PALETTE[1]), ("imn", style.PALETTE[0])):
        of_model = last[last["model"] == model].groupby("depth")
        mean, look = of_model.mean(), {"color": colour, "marker": "o", "label": model.upper()}
        axes.errorbar(mean["depth"], mean, of_model.std(), **look)
    axes.set(xlabel="depth of the network", ylabel="training error [%]", title="the paper's study", ylim=(0, None))
    axes.legend()


DOORS = {"use": use, "train": train, "reproduce": reproduce}


def main() -> None:
    """Draw all three."""
    with style.applied():
        for name, draw in DOORS.items():
            figure = Figure(figsize=(2.5, 2.0), layout="constrained")
            draw(figure.subplots())
            figure.savefig(ROOT / f"docs/images/door_{name}.png", dpi=220)


if __name__ == "__main__":
    main()
