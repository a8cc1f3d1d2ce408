"""Random packings of equal circles on the unit torus with a minimum gap, and their statistics."""

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import Voronoi

STARTS = 40
MARGIN = 1e-3  # the distance aimed at is larger by this, so that an energy of nearly zero respects the wanted one


def radius_of(fibres: int, volume_fraction: float) -> float:
    """Radius of equal circles that fill `volume_fraction` of the unit cell."""
    return float(np.sqrt(volume_fraction / (np.pi * fibres)))


def pack(fibres: int, radius: float, gap: float, rng: np.random.Generator) -> np.ndarray | None:
    """Centres (fibres, 2) in the unit cell no nearer to each other than (2 + gap) radii; None if none was found.

    Random starts, each relaxed by minimising the overlap energy sum max(0, d0 - d)^2 of circles inflated by the gap.
    """
    wanted = (2.0 + gap) * radius
    if wanted > 1.0:  # a fibre would come too near to its own periodic image
        return None
    for _ in range(STARTS):
        start = rng.random((fibres, 2))
        relaxed = minimize(_overlap, start.ravel(), args=((1.0 + MARGIN) * wanted,), jac=True, method="L-BFGS-B")
        centers = relaxed.x.reshape(-1, 2) % 1.0
        if fibres == 1 or nearest_neighbour(centers).min() >= wanted:
            return centers
    return None


def periodic(difference: np.ndarray) -> np.ndarray:
    """Shortest of the periodic images of coordinate differences: every component in -1/2 ... 1/2."""
    return difference - np.round(difference)


def nearest_neighbour(centers: np.ndarray) -> np.ndarray:
    """Distance (fibres,) of every centre to its nearest neighbour, periodic; 1, its own image, for a single fibre."""
    distance = np.linalg.norm(periodic(centers[:, None] - centers), axis=2)
    np.fill_diagonal(distance, 1.0)
    return distance.min(axis=1)


def voronoi_area(centers: np.ndarray) -> np.ndarray:
    """Area (fibres,) of every periodic Voronoi cell; they sum to 1."""
    shifts = np.array([(i, j) for i in (0, -1, 1) for j in (0, -1, 1)])
    diagram = Voronoi((centers + shifts[:, None]).reshape(-1, 2))
    area = np.empty(len(centers))
    for fibre, center in enumerate(centers):
        corners = diagram.vertices[diagram.regions[diagram.point_region[fibre]]] - center
        corners = corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))]
        following = np.roll(corners, -1, axis=0)
        area[fibre] = 0.5 * np.sum(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0])
    return area


def _overlap(flat: np.ndarray, wanted: float) -> tuple[float, np.ndarray]:
    """Overlap energy in units of wanted^2, and its gradient."""
    centers = flat.reshape(-1, 2)
    first, second = np.triu_indices(len(centers), k=1)
    difference = periodic(centers[first] - centers[second])
    distance = np.maximum(np.linalg.norm(difference, axis=1), 1e-12 * wanted)
    overlap = np.maximum(wanted - distance, 0.0) / wanted
    pull = (-2.0 * overlap / (distance * wanted))[:, None] * difference
    gradient = np.zeros_like(centers)
    np.add.at(gradient, first, pull)
    np.add.at(gradient, second, -pull)
    return float(np.sum(overlap**2)), gradient.ravel()
