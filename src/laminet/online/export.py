"""A network with the laws of one composite as a small text file, which the C interface reads."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from laminet import __version__
from laminet.files.destination import replacing
from laminet.files.network import NetworkParameters
from laminet.materials.laws import Law
from laminet.materials.library import Composite
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

    phase NUMBER and the name and constants of its law (Law.native); block NODE FIRST SECOND and the normal (3) of the
    interface between its children; leaf NODE PHASE WEIGHT and, in a DMN, its rotation R (6, 6), by which R eps is the
    strain in the frame of its material. Vectors are Mandel.

    Raises:
        InputError: a law exists in Python only, or the network has another number of phases.
        DeadNetworkError: no leaf is active.
    """
    laws = composite.laws_of(network.phases, "network")
    tree = laminates(network)
    numbers = range(tree.nodes)
    lines = [
        f"laminet-law {VERSION}",
        f"# {composite.name} by {network.model}, depth {network.depth}, {len(tree.leaf)} leaves; laminet {__version__}",
        *(f"phase {number} {_law(law)}" for number, law in enumerate(laws, 1)),
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
    native = law.native()
    return f"{native.name} {_numbers(native.constants)}"


def _numbers(values: ArrayLike) -> str:
    return " ".join(repr(float(value)) for value in np.ravel(values))
