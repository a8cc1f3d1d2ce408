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


def pulled(law: Law, strain: np.ndarray, component: int = 0) -> np.ndarray:
    """Stress (n,) in GPa of a component at its strains (n,) one after another; all other stresses are zero."""
    stress, state, point = np.zeros(len(strain)), np.zeros((1, law.state_size)), np.zeros((1, 6))
    free = np.arange(6) != component
    for step, point[0, component] in enumerate(strain):
        for _ in range(30):
            answer, tangent, updated = law.update(point, state)
            if np.abs(answer[0, free]).max() < 1e-12:
                break
            point[0, free] -= np.linalg.solve(tangent[0][np.ix_(free, free)], answer[0, free])
        stress[step], state = answer[0, component], updated
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


def drucker_prager() -> Figure:
    """The yield condition at three states of hardening with the directions of flow; tension, compression and shear."""
    law = examples()["epoxy"]
    M, N = np.tan(np.radians([law.friction, law.dilatancy]))
    figure = Figure(figsize=(style.PAGE, 2.1), layout="constrained")
    cone, curves = figure.subplots(1, 2)
    for colour, p in zip(style.PALETTE, (0.0, 0.005, 0.05), strict=False):
        strength = 1e3 * float(law.hardening.stress(np.float64(p)))
        apex, compression = (1.0 + M / 3.0) / M * strength, (3.0 + M) / (3.0 - M) * strength
        mean = np.array([-200.0, apex])
        cone.plot(mean, M * (apex - mean), color=colour, label=f"$p$ = {100 * p:g} %")
        for at in (-compression / 3.0, strength / 3.0):
            mises, length = M * (apex - at), 25.0 / np.hypot(1.0, N)
            cone.plot(at, mises, "o", color=colour)
            arrow = {"arrowstyle": "-|>", "color": "0.3"}
            cone.annotate("", (at + N * length, mises + length), (at, mises), arrowprops=arrow)
    cone.set(xlabel="mean stress $m$ [MPa]", ylabel="von Mises stress $q$ [MPa]", xlim=(-150, 300), ylim=(0, 230))
    strain = np.linspace(0.0, 0.06, 61)
    loads = {"tension": (0, 1.0), "compression": (0, -1.0), "shear": (5, np.sqrt(2.0))}
    for colour, (name, (component, scale)) in zip(style.PALETTE, loads.items(), strict=False):
        stress = 1e3 * pulled(law, scale * strain, component) / scale
        curves.plot(100 * strain, stress, color=colour, label=name)
    curves.set(xlabel="strain [%]", ylabel="stress [MPa]", xlim=(0.0, 6.0), ylim=(0.0, None))
    cone.legend()
    curves.legend()
    return figure


PICTURES: Mapping[str, Callable[[], Figure]] = {"elastic": elastic, "j2": j2, "drucker_prager": drucker_prager}


def main(*names: str) -> None:
    """Draw the pictures of these names, or all, as docs/images/law_NAME.png."""
    with style.applied():
        for name in names or PICTURES:
            PICTURES[name]().savefig(DOCS / f"images/law_{name}.png", dpi=200)


if __name__ == "__main__":
    main(*sys.argv[1:])
