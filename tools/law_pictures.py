"""Pictures of the laws in docs/laws.md, drawn from the examples there.

python tools/law_pictures.py [NAME ...]   draws them, or those with these names, in docs/images
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import yaml
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from laminet import mandel
from laminet.materials.laws import Law
from laminet.materials.library import composites
from laminet.plots import style

DOCS = Path(__file__).parents[1] / "docs"


def examples() -> dict[str, Law]:
    """The laws of the examples, by their names."""
    text = (DOCS / "laws.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    read = (composites(yaml.safe_load(block), "docs/laws.md") for block in blocks)
    return {name: composite.laws[0] for each in read for name, composite in each.items()}


def pulled(law: Law, strain: np.ndarray) -> np.ndarray:
    """Stress (n,) in GPa under uniaxial stress along axis 1, at strains (n,) one after another."""
    stress, state, point = np.zeros(len(strain)), np.zeros((1, law.state_size)), np.zeros((1, 6))
    for step, point[0, 0] in enumerate(strain):
        for _ in range(30):
            answer, tangent, updated = law.update(point, state)
            if np.abs(answer[0, 1:]).max() < 1e-12:
                break
            point[0, 1:] -= np.linalg.solve(tangent[0, 1:, 1:], answer[0, 1:])
        stress[step], state = answer[0, 0], updated
    return stress


def elastic() -> Figure:
    """Young's modulus by the direction of the load in the plane of axes 1 and 3."""
    angle = np.linspace(0.0, 2.0 * np.pi, 361)
    direction = np.stack([np.cos(angle), 0.0 * angle, np.sin(angle)], axis=1)
    load = mandel.to_vector(direction[:, :, None] * direction[:, None, :])
    figure = Figure(figsize=(style.PAGE, 1.9), layout="constrained")
    names = ("glass", "carbon", "spruce", "silicon")
    for axes, name in zip(figure.subplots(1, 4, subplot_kw={"projection": "polar"}), names, strict=True):
        law = examples()[name]
        modulus = 1.0 / np.einsum("ni,ij,nj->n", load, np.linalg.inv(law.stiffness), load)
        axes.plot(angle, modulus, color=style.PALETTE[0])
        axes.fill(angle, modulus, color=style.PALETTE[0], alpha=0.15)
        axes.set(title=f"{name}: {law.name}", ylim=(0.0, None), rlabel_position=30)
        axes.set_thetagrids([0, 90, 180, 270], ["1", "3", "", ""])
        axes.set_rticks(MaxNLocator(3).tick_values(0.0, modulus.max())[1:-1])
    return figure


def j2() -> Figure:
    """Uniaxial tension of the three forms of hardening."""
    strain = np.concatenate([np.linspace(0.0, 0.045, 91), np.linspace(0.045, 0.03, 31), np.linspace(0.03, 0.1, 141)])
    figure = Figure(figsize=(0.6 * style.PAGE, 2.1), layout="constrained")
    axes = figure.subplots()
    for colour, name in zip(style.PALETTE, ("saturating", "power", "table"), strict=False):
        axes.plot(100 * strain, 1e3 * pulled(examples()[name], strain), color=colour, label=name)
    axes.set(xlabel="strain [%]", ylabel="stress [MPa]", xlim=(0.0, 10.0))
    axes.legend()
    return figure


PICTURES: Mapping[str, Callable[[], Figure]] = {"elastic": elastic, "j2": j2}


def main(*names: str) -> None:
    """Draw the pictures of these names, or all, as docs/images/law_NAME.png."""
    with style.applied():
        for name in names or PICTURES:
            PICTURES[name]().savefig(DOCS / f"images/law_{name}.png", dpi=200)


if __name__ == "__main__":
    main(*sys.argv[1:])
