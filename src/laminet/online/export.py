"""A network with the laws of one composite as a small text file, which the C interface reads."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from laminet import __version__
from laminet.data.destination import replacing
from laminet.materials.laws import Law, native_description
from laminet.materials.library import Composite
from laminet.network.parameters import NetworkParameters
from laminet.online.active import laminates

VERSION = 1  # of the format; native/online/description.hpp reads it


def export(network: NetworkParameters, composite: Composite, path: Path | str) -> None:
    """Write the law that `laminet_law_read` of the C interface makes; see `text`.

    Raises:
        InputError: the file cannot be written, or a law exists in Python only.
        DeadNetworkError: no leaf is active.
    """
    content = text(network, composite)
    with replacing(path, text=True) as temporary:
        temporary.write_text(content, encoding="utf-8")


def text(network: NetworkParameters, composite: Composite) -> str:
    """The living part of a network and the laws of its phases, line by line; all numbers in full, stress in GPa.

    phase NUMBER j2 YOUNG POISSON INITIAL LINEAR SATURATION RATE, or phase NUMBER elastic and the stiffness (6, 6);
    block NODE FIRST SECOND and the normal (3) of the interface between its children; leaf NODE PHASE WEIGHT and, in a
    DMN, its rotation R (6, 6), by which R eps is the strain in the frame of its material. Vectors are Mandel.

    Raises:
        InputError: a law exists in Python only.
        DeadNetworkError: no leaf is active.
    """
    tree = laminates(network)
    numbers = range(tree.nodes)
    lines = [
        f"laminet-law {VERSION}",
        f"# {composite.name} by {network.model}, depth {network.depth}, {len(tree.leaf)} leaves; laminet {__version__}",
        *(f"phase {number} {_law(law)}" for number, law in enumerate(composite.laws, 1)),
    ]
    for level in tree.levels:
        normal = level.H[:, [0, 1, 2], [0, 1, 2]]  # H_ii = n_i
        for parent, first, second, n in zip(level.parents, numbers[level.first], numbers[level.second], normal):
            lines.append(f"block {parent} {first} {second} {_numbers(n)}")
    for k, (node, phase, weight) in enumerate(zip(tree.leaf, tree.phase, tree.weight)):
        rotation = "" if tree.leaf_R is None else " " + _numbers(tree.leaf_R[k])
        lines.append(f"leaf {node} {phase} {_numbers(weight)}{rotation}")
    return "\n".join([*lines, "end", ""])


def _law(law: Law) -> str:
    name, constants = native_description(law, "it cannot be exported")
    return f"{name} {_numbers(constants)}"


def _numbers(values: ArrayLike) -> str:
    return " ".join(repr(float(value)) for value in np.ravel(values))
