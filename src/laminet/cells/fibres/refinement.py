"""Meshes within meshes: every element of a phase in four, so that a sequence of meshes has the same random pattern.

What fields a mesh can represent, the next one can, too; differences between the two are of the element size alone.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

import numpy as np

from laminet.cells.fibres.mesh import MIDSIDE, Mesh, sides
from laminet.cells.fibres.torus import unwrapped

AnyMesh = TypeVar("AnyMesh", bound=Mesh)

BARYCENTRIC = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]])
"""Of the local nodes of a quadratic triangle."""

PARTS = {
    (False, False, False): [[0, 1, 2]],
    (True, False, False): [[0, 3, 2], [3, 1, 2]],
    (False, True, False): [[1, 4, 0], [4, 2, 0]],
    (False, False, True): [[2, 5, 1], [5, 0, 1]],
    (True, True, True): [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]],
}
"""Local nodes at the corners of an element's parts, by which of the sides 01, 12, 20 are halved."""


def halved(mesh: AnyMesh, phases: Collection[int]) -> AnyMesh:
    """The mesh with elements of half the size in some phases.

    Elements of these phases become four. Where only one side of another element is halved, it becomes two; where two
    or three are, four. Parts follow the curved sides of their element, so the phases keep their shapes.

    Args:
        mesh: quadratic triangles, or something that is made of them.
        phases: numbers of the phases to be refined, 1, 2, ....
    """
    middle = mesh.element[:, 3:]
    split = np.zeros(len(mesh.point), dtype=bool)
    split[middle[np.isin(mesh.phase, list(phases))]] = True
    while (two := split[middle].sum(axis=1) == 2).any():
        split[middle[two]] = True
    corners, places, phase = [], [], []
    nodes = unwrapped(mesh.point, mesh.element, mesh.period)
    for pattern, parts in PARTS.items():
        those = (split[middle] == pattern).all(axis=1)
        corners.append(mesh.element[those][:, parts].reshape(-1, 3))
        between = BARYCENTRIC[parts][:, MIDSIDE].mean(axis=2)  # (parts, 3 sides, 3)
        shape = np.concatenate([between * (2.0 * between - 1.0), 4.0 * between[..., MIDSIDE].prod(axis=-1)], axis=-1)
        places.append(np.einsum("psn,enx->epsx", shape, nodes[those]).reshape(-1, 2))
        phase.append(np.repeat(mesh.phase[those], len(parts)))
    kept, corner = np.unique(np.concatenate(corners), return_inverse=True)
    corner = corner.reshape(-1, 3)
    _, first, of_side = sides(corner)
    point = np.concatenate([mesh.point[kept], np.concatenate(places)[first] % mesh.period])
    element = np.concatenate([corner, len(kept) + of_side.reshape(-1, 3)], axis=1)
    return replace(mesh, point=point, element=element, phase=np.concatenate(phase))
