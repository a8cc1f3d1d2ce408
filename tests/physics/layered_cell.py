"""A cell of plane layers on a structured mesh: its response is known in closed form."""

import numpy as np

from laminet.cells.fibres.cell import Cell


def layered_cell(axis: int, layers: int = 5, thick: int = 2) -> Cell:
    """Cell cut into `layers` by `layers` squares; the first `thick` layers across `axis` are phase 2."""
    square = np.stack(np.meshgrid(np.arange(layers), np.arange(layers), indexing="ij"), axis=-1).reshape(-1, 1, 2)
    lower = np.array([[0, 0], [2, 0], [2, 2], [1, 0], [2, 1], [1, 1]])
    upper = np.array([[0, 0], [2, 2], [0, 2], [1, 1], [1, 2], [0, 1]])
    place = np.concatenate([2 * square + lower, 2 * square + upper]) % (2 * layers)
    element = place[..., 0] * 2 * layers + place[..., 1]
    point = np.stack(np.divmod(np.arange(4 * layers**2), 2 * layers), axis=1) / (2.0 * layers)
    phase = np.tile(np.where(square[:, 0, axis] < thick, 2, 1), 2)
    return Cell(point=point, element=element, phase=phase, centers=np.empty((0, 2)), radius=0.0)
