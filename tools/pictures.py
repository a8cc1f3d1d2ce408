"""Pictures of the documentation that examples, the tutorial and the networks of docs/networks draw.

python tools/pictures.py [NAME ...]   draws them, or those with these names, in docs/images
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import door_pictures
import law_pictures
import method_picture
from PIL import Image
from tested_blocks import DOCS, environment, run

IMAGES = DOCS / "images"
WIDEST = 1400
"""Pixels."""
NARROWER = {"network_tree": 1000}
"""The same of a picture whose many thin lines would make a large file."""
NETWORK = "docs/networks/unidirectional_60_{}.nc"


def compact(path: Path) -> None:
    """Make a picture small: at most WIDEST, in 256 colours."""
    picture, widest = Image.open(path).convert("RGB"), NARROWER.get(path.stem, WIDEST)
    if picture.width > widest:
        picture = picture.resize((widest, round(picture.height * widest / picture.width)), Image.Resampling.LANCZOS)
    few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)  # keeps rare colours, too
    few.save(path, optimize=True)


def _call(*command: str) -> None:
    subprocess.run(command, cwd=DOCS.parent, env=environment(), check=True)


def _script(name: str) -> None:
    _call(sys.executable, f"examples/{name}.py", str(IMAGES / f"{name}.png"))


def _own_data() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _call("bash", "examples/own_data.sh", folder)
        (IMAGES / "own_data.png").write_bytes((Path(folder) / "own_data.png").read_bytes())


def _tutorial() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(["tutorial.md"], Path(folder))
        for name in ("tree", "training", "curves"):
            (IMAGES / f"tutorial_{name}.png").write_bytes((Path(folder) / f"{name}.png").read_bytes())


def _voxels() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(["microstructures.md"], Path(folder), least=6)
        for name in ("cell", "curves"):
            (IMAGES / f"voxel_{name}.png").write_bytes((Path(folder) / f"{name}.png").read_bytes())


def _network(kind: str, model: str) -> None:
    _call("laminet", "plot", NETWORK.format(model), "--kind", kind, "--out", str(IMAGES / f"network_{kind}.png"))


SCRIPTS = ("bounds", "fibre_fractions", "material_law", "overview", "train_and_predict")

PICTURES: Mapping[str, Callable[[], None]] = {
    **{name: (lambda name=name: _script(name)) for name in SCRIPTS},
    "own_data": _own_data,
    "tutorial": _tutorial,
    "voxel": _voxels,
    **{f"network_{kind}": (lambda kind=kind: _network(kind, "imn")) for kind in ("tree", "normals")},
    "network_leaves": lambda: _network("leaves", "dmn"),
    "door": door_pictures.main,
    "law": law_pictures.main,
    "rate": lambda: _call(sys.executable, "tools/rate_picture.py", str(IMAGES / "rate.png")),
    "block_and_tree": lambda: method_picture.main(method_picture.PICTURE),
}


if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]()
        for path in IMAGES.glob(f"{name}*.png"):
            compact(path)
