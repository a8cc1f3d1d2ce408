"""The torus that a cell of fibres is: a rectangle of unit area whose opposite sides are one.

Its `period` (2,) is its width and its height.
"""

import numpy as np


def period_of(aspect: float) -> np.ndarray:
    """Width and height (2,) of a cell, by their ratio."""
    return np.array([np.sqrt(aspect), 1.0 / np.sqrt(aspect)])


SQUARE = period_of(1.0)
"""The unit square."""


def periodic(difference: np.ndarray, period: np.ndarray = SQUARE) -> np.ndarray:
    """Shortest of the periodic images of coordinate differences (..., 2): each within half a period."""
    return difference - period * np.round(difference / period)


def wrapped(point: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Coordinates in 0 <= x < period (the remainder of a tiny negative number rounds to the period)."""
    point = point % period
    return np.where(point < period, point, 0.0)


def images(point: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Points (n, 2) and then their images in the eight cells around, (9 n, 2)."""
    turns = np.array([(i, j) for i in (0, -1, 1) for j in (0, -1, 1)])
    return np.asarray((point + (period * turns)[:, None]).reshape(-1, 2))


def unwrapped(point: np.ndarray, element: np.ndarray, period: np.ndarray = SQUARE) -> np.ndarray:
    """Coordinates (elements, 6, 2) of every element's nodes in one piece, around its first node."""
    first = point[element[:, :1]]
    return first + periodic(point[element] - first, period)
