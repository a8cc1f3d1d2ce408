"""A network with the laws of one composite as a small text file, which the C interface reads."""

from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike

from laminet import __version__
from laminet.errors import InputError
from laminet.files.cards import user_material_cards
from laminet.files.destination import write_text
from laminet.files.network import NetworkParameters
from laminet.files.settings import Solver
from laminet.materials.library import Composite
from laminet.online.active import laminates
from laminet.online.material import Material

KEY_BITS = 0xFFFFFF  # whole numbers that every host reads exactly
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
        if native.external is not None:
            raise InputError(f"phase {number}: the law '{native.name}' is compiled code, which the file cannot hold")
        lines.append(f"phase {number} {native.name} {_numbers(native.constants)}")
    for nodes, normal in zip(*tree.blocks, strict=True):
        lines.append(f"block {' '.join(map(str, nodes))} {_numbers(normal)}")
    rotations = np.zeros((len(tree.leaf), 0)) if tree.leaf_R is None else tree.leaf_R
    for node, phase, weight, R in zip(tree.leaf, tree.phase, tree.weight, rotations, strict=True):
        lines.append(f"leaf {node} {phase} {_numbers([weight, *R.flat])}")
    return "\n".join([*lines, "end", ""])


def user_material(network: NetworkParameters, composite: Composite, solver: Solver, unit: str = "MPa") -> str:
    """Cards of an input file that make the exported law a material of a model; see laminet.files.cards.

    Args:
        network: as exported.
        composite: as exported; gives the material its name.
        solver: "calculix" or "abaqus".
        unit: of stress in the model.

    Raises:
        InputError: as `text`, or an unknown solver or unit.
        DeadNetworkError: no leaf is active.
    """
    law, size = text(network, composite), Material(network, composite).virgin().shape[1]
    what, symmetric = law.split("\n")[1].lstrip("# "), all(each.symmetric for each in composite.laws)
    return user_material_cards(composite.name, [key(law)], size, solver, unit, what, symmetric)


def key(law: str) -> int:
    """The number by which the user material recognises the file of a law (native/c/umat.cpp), from 1 to 2^24 - 1."""
    return max(crc32(law.encode()) & KEY_BITS, 1)


def _numbers(values: ArrayLike) -> str:
    return " ".join(repr(float(value)) for value in np.ravel(values))
