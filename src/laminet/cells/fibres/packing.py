"""Random packings of equal circles with a minimum gap on a torus, and their statistics."""

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import Voronoi

from laminet.cells.fibres.torus import SQUARE, images, periodic

STARTS = 40
MARGIN = 1e-3  # the distance aimed at is larger by this, so that an energy of nearly zero respects the wanted one


def radius_of(fibres: int, volume_fraction: float) -> float:
    """Radius of equal circles that fill `volume_fraction` of a cell of unit area."""
    return float(np.sqrt(volume_fraction / (np.pi * fibres)))


def pack(
    fibres: int, radius: float, gap: float, rng: np.random.Generator, period: np.ndarray = SQUARE
) -> np.ndarray | None:
    """Centres (fibres, 2) in the cell no nearer to each other than (2 + gap) radii; None if none was found.

    Random starts, each relaxed by minimising the overlap energy sum max(0, d0 - d)^2 of circles inflated by the gap.
    """
    wanted = (2.0 + gap) * radius
    if wanted > period.min():  # a fibre would come too near to its own periodic image
        return None
    for _ in range(STARTS):
        start = period * rng.random((fibres, 2))
        aim = (1.0 + MARGIN) * wanted
        relaxed = minimize(_overlap, start.ravel(), args=(aim, period), jac=True, method="L-BFGS-B")
        centers = relaxed.x.reshape(-1, 2) % period
        if fibres == 1 or nearest_neighbour(centers, period).min() >= wanted:
            return centers
    return None


def nearest_neighbour(centers: np.ndarray, period: np.ndarray = SQUARE) -> np.ndarray:
    """Distance (fibres,) of every centre to its nearest neighbour, periodic; to its own image for a single fibre."""
    distance = np.linalg.norm(periodic(centers[:, None] - centers, period), axis=2)
    np.fill_diagonal(distance, period.min())
    return distance.min(axis=1)


def voronoi_area(centers: np.ndarray, period: np.ndarray = SQUARE) -> np.ndarray:
    """Area (fibres,) of every periodic Voronoi cell; they sum to 1."""
    diagram = Voronoi(images(centers, period))
    area = np.empty(len(centers))
    for fibre, center in enumerate(centers):
        corners = diagram.vertices[diagram.regions[diagram.point_region[fibre]]] - center
        corners = corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))]
        following = np.roll(corners, -1, axis=0)
        area[fibre] = 0.5 * np.sum(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0])
    return area


def _overlap(flat: np.ndarray, wanted: float, period: np.ndarray) -> tuple[float, np.ndarray]:
    """Overlap energy in units of wanted^2, and its gradient."""
    centers = flat.reshape(-1, 2)
    first, second = np.triu_indices(len(centers), k=1)
    difference = periodic(centers[first] - centers[second], period)
    distance = np.maximum(np.linalg.norm(difference, axis=1), 1e-12 * wanted)
    overlap = np.maximum(wanted - distance, 0.0) / wanted
    pull = (-2.0 * overlap / (distance * wanted))[:, None] * difference
    gradient = np.zeros_like(centers)
    np.add.at(gradient, first, pull)
    np.add.at(gradient, second, -pull)
    return float(np.sum(overlap**2)), gradient.ravel()
