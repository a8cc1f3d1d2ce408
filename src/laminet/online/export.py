"""A network with the laws of one composite as a small text file, which the C interface reads."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from laminet import __version__
from laminet.files.destination import write_text
from laminet.files.network import NetworkParameters
from laminet.materials.library import Composite
from laminet.online.active import laminates

VERSION = 1  # of the format; native/online/description.hpp reads it


def export(network: NetworkParameters, composite: Composite, path: Path | str) -> None:
    """Write the law that `laminet_law_read` of the C interface makes; see `text`.

    Raises:
        InputError: the file cannot be written, or a law exists in Python only.
        DeadNetworkError: no leaf is active.
    """
    write_text(path, text(network, composite))


def text(network: NetworkParameters, composite: Composite) -> str:
    """The active part of a network and the laws of its phases, line by line; all numbers in full, stress in GPa.

    A phase has a line "phase NUMBER" with the name and constants of its law (Law.native). A block has a line
    "block NODE FIRST SECOND" with the normal (3) of the interface between its children. A leaf has a line
    "leaf NODE PHASE WEIGHT" and, in a DMN, its rotation R (6, 6): R eps is the strain in the frame of its material.
    Vectors are Mandel.

    Raises:
        InputError: a law exists in Python only, or the network has another number of phases.
        DeadNetworkError: no leaf is active.
    """
    laws = composite.laws_of(network.phases, "network")
    tree = laminates(network)
    lines = [
        f"laminet-law {VERSION}",
        f"# {composite.name} by {network.model}, depth {network.depth}, {len(tree.leaf)} leaves; laminet {__version__}",
    ]
    for number, native in enumerate((law.native() for law in laws), 1):
        lines.append(f"phase {number} {native.name} {_numbers(native.constants)}")
    for nodes, normal in zip(*tree.blocks, strict=True):
        lines.append(f"block {' '.join(map(str, nodes))} {_numbers(normal)}")
    rotations = np.zeros((len(tree.leaf), 0)) if tree.leaf_R is None else tree.leaf_R
    for node, phase, weight, R in zip(tree.leaf, tree.phase, tree.weight, rotations, strict=True):
        lines.append(f"leaf {node} {phase} {_numbers([weight, *R.flat])}")
    return "\n".join([*lines, "end", ""])


def _numbers(values: ArrayLike) -> str:
    return " ".join(repr(float(value)) for value in np.ravel(values))
