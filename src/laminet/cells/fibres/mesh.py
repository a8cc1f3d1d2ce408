"""Periodic triangle meshes of circles on a torus: quadratic, curved to the circles, made with scipy alone.

Nodes sit on the circles and on rings inside and outside them. The rings grow coarser with the distance from the
circles. A Delaunay triangulation of the nodes and their periodic copies becomes one of the torus: triangles are kept by
their centroids, and every copy stands for its original. So there are no edges, corners or constraints to treat.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from laminet.cells.fibres.operator import StrainOperator
from laminet.cells.fibres.torus import images, period_of, periodic, wrapped
from laminet.files.netcdf import parameters_sha256

LAYER = np.sqrt(0.75)  # thickness of a ring in element sizes: the height of an equilateral triangle
GROWTH = {"inside": 0.6, "outside": 0.15}  # growth of the element size per distance from the circle
NEAR = 0.55  # no node nearer to a circle than this, in element sizes: keeps the circle's segments Delaunay edges
SPACING = 0.75  # no two nodes nearer than this, in element sizes
SWEEPS = 6  # of Laplacian smoothing

AREA_TOLERANCE = 1e-10
FRACTION_TOLERANCE = 1e-4

MIDSIDE = ((0, 1), (1, 2), (2, 0))
"""Corners next to local nodes 3, 4 and 5 of a quadratic triangle."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Mesh:
    """Quadratic triangles on a torus of unit area, prismatic along axis 3.

    Attributes:
        point: (nodes, 2) coordinates in units of the square root of the cell's area.
        element: (elements, 6) nodes: corners counter-clockwise, then the middles of the sides 01, 12, 20.
        phase: (elements,) 1 matrix (outside the circles), 2 fibre (inside).
        aspect: width of the cell over its height.
    """

    point: np.ndarray
    element: np.ndarray
    phase: np.ndarray
    aspect: float = 1.0

    @property
    def period(self) -> np.ndarray:
        """Width and height (2,) of the cell."""
        return period_of(self.aspect)

    @cached_property
    def operator(self) -> StrainOperator:
        """Strain operator of the mesh."""
        return StrainOperator(self.point, self.element, self.period)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of nodes, elements and phases, and of the aspect of a cell that is not square."""
        held = {name: getattr(self, name).tolist() for name in ("point", "element", "phase")}
        return parameters_sha256(held | ({} if self.aspect == 1.0 else {"aspect": self.aspect}))

    @property
    def phases(self) -> int:
        """Number of phases."""
        return int(self.phase.max())

    @property
    def volume_fraction(self) -> float:
        """Area share of phase 2."""
        return float(self.operator.weight[self.phase == 2].sum())


def sides(corner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sides of triangles.

    Args:
        corner: (m, 3) nodes.

    Returns:
        (sides, 2) nodes of each, ascending; (sides,) where among the 3 m sides 01, 12, 20 it comes first; (3 m,) which
        side each of those is.
    """
    both = np.sort(corner[:, MIDSIDE].reshape(-1, 2), axis=1)
    side, first, number = np.unique(both, axis=0, return_index=True, return_inverse=True)
    return side, first, number.ravel()


def defect(mesh: Mesh, volume_fraction: float | None = None) -> str | None:
    """What makes a mesh unusable: folded, incomplete or not of the wanted fibre fraction; None if it is sound."""
    folded = (mesh.operator.determinant <= 0.0).any(axis=1)
    if folded.any():
        return f"{folded.sum()} elements have a Jacobian that is not positive"
    area = mesh.operator.weight.sum()
    if abs(area - 1.0) > AREA_TOLERANCE:
        return f"the elements cover an area of {area:.6f} instead of 1"
    if volume_fraction is not None and abs(mesh.volume_fraction - volume_fraction) > FRACTION_TOLERANCE:
        return f"the fibre fraction is {mesh.volume_fraction:.6f} instead of {volume_fraction:.6f}"
    return None


def generate(
    centers: np.ndarray, radius: float, refinement: int, rng: np.random.Generator, aspect: float = 1.0
) -> Mesh | None:
    """Mesh of circles with `refinement` quadratic segments each; None if a circle's segment is missing.

    Corner and middle nodes lie on the same circle. Its radius is such that the parabolic segments enclose the area of
    the true circle. It is larger than the true radius by 2.5e-5 at 16 segments and by 3e-7 at 48.

    Args:
        centers: (fibres, 2) in the cell.
        radius: of all circles.
        refinement: segments per circle; the element size at the circles is its circumference / refinement.
        rng: places the first node of every circle.
        aspect: of the cell.
    """
    period = period_of(aspect)
    half = np.pi / refinement
    parabolic = refinement * (0.5 * np.sin(2.0 * half) + 4.0 / 3.0 * np.sin(half) * (1.0 - np.cos(half)))
    radius = radius * np.sqrt(np.pi / parabolic)
    size = 2.0 * np.pi * radius / refinement
    point = _nodes(centers, radius, size, refinement, rng, period)
    fixed = len(centers) * refinement
    for _ in range(SWEEPS):
        point[fixed:] = _smoothed(point, _triangulate(point, size, period), period)[fixed:]
    corner = _triangulate(point, size, period)
    return _quadratic(point, corner, centers, radius, refinement, aspect)


def _nodes(
    centers: np.ndarray, radius: float, size: float, refinement: int, rng: np.random.Generator, period: np.ndarray
) -> np.ndarray:
    """Corner nodes (n, 2): first those on the circles, fibre by fibre, then rings inside and outside them."""
    nodes = _ring(centers, radius, refinement, rng, period)
    inside = []
    for depth, element_size in _layers(size, GROWTH["inside"]):
        if radius - depth < 0.6 * element_size:
            break
        count = max(5, round(2.0 * np.pi * (radius - depth) / element_size))
        inside.append(_ring(centers, radius - depth, count, rng, period))
    nodes = np.concatenate([nodes, *inside, centers])
    for height, element_size in _layers(size, GROWTH["outside"]):
        if height > period.max():
            break
        count = round(2.0 * np.pi * (radius + height) / element_size)
        candidates = _ring(centers, radius + height, count, rng, period)
        clearance = cKDTree(centers, boxsize=period).query(candidates)[0] - radius
        candidates = candidates[clearance > NEAR * size]
        candidates = candidates[cKDTree(nodes, boxsize=period).query(candidates)[0] > SPACING * element_size]
        candidates = _thinned(candidates, SPACING * element_size, period)
        if len(candidates) == 0 and height > 2.0 * size:
            break
        nodes = np.concatenate([nodes, candidates])
    return nodes


def _layers(size: float, growth: float) -> Iterator[tuple[float, float]]:
    """Distance of one ring after the other from the circle, and the element size there."""
    distance, element_size = 0.0, size
    while True:
        distance += LAYER * element_size
        element_size = size + growth * distance
        yield distance, element_size


def _ring(centers: np.ndarray, radius: float, count: int, rng: np.random.Generator, period: np.ndarray) -> np.ndarray:
    """`count` equidistant nodes on a circle around every centre, (fibres * count, 2), in the cell."""
    angle = 2.0 * np.pi / count * (np.arange(count) + rng.random((len(centers), 1)))
    ring = centers[:, None] + radius * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return wrapped(ring.reshape(-1, 2), period)


def _thinned(candidates: np.ndarray, distance: float, period: np.ndarray) -> np.ndarray:
    """Candidates in order, without those nearer than `distance` to an earlier one that was kept."""
    if len(candidates) == 0:
        return candidates
    keep = np.ones(len(candidates), dtype=bool)
    pairs = cKDTree(candidates, boxsize=period).query_pairs(distance, output_type="ndarray")
    for first, second in pairs[np.lexsort(pairs.T[::-1])]:
        if keep[first]:
            keep[second] = False
    return candidates[keep]


def _triangulate(point: np.ndarray, size: float, period: np.ndarray) -> np.ndarray:
    """Triangles (m, 3) of the torus, counter-clockwise: Delaunay of the points and their copies around the cell."""
    pad = np.minimum(period, 8.0 * size)
    copies = images(point, period)
    kept = np.flatnonzero(((copies > -pad) & (copies < period + pad)).all(axis=1))
    triangle = Delaunay(copies[kept]).simplices
    centroid = copies[kept][triangle].mean(axis=1)
    inside = ((centroid >= 0.0) & (centroid < period)).all(axis=1)
    return kept[triangle[inside]] % len(point)


def _smoothed(point: np.ndarray, triangle: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Every node at the mean of its neighbours; each side belongs to two triangles, which run along it both ways."""
    first = triangle.ravel()
    second = np.roll(triangle, -1, axis=1).ravel()
    toward = periodic(point[second] - point[first], period)
    number = np.bincount(first, minlength=len(point))
    shift = np.stack([np.bincount(first, toward[:, axis], minlength=len(point)) for axis in (0, 1)], axis=1)
    return wrapped(point + shift / number[:, None], period)


def _quadratic(
    point: np.ndarray, corner: np.ndarray, centers: np.ndarray, radius: float, refinement: int, aspect: float
) -> Mesh | None:
    """Nodes in the middle of every side, on the circle where the side is one of its segments."""
    period = period_of(aspect)
    edge, _, of_side = sides(corner)
    middle = point[edge[:, 0]] + 0.5 * periodic(point[edge[:, 1]] - point[edge[:, 0]], period)
    fibre, place = np.divmod(edge, refinement)
    step = (place[:, 1] - place[:, 0]) % refinement
    segment = (fibre[:, 0] == fibre[:, 1]) & (edge[:, 1] < len(centers) * refinement)
    segment &= (step == 1) | (step == refinement - 1)
    if segment.sum() != len(centers) * refinement:
        return None
    center = centers[fibre[segment, 0]]
    outward = periodic(middle[segment] - center, period)
    middle[segment] = center + radius * outward / np.linalg.norm(outward, axis=1, keepdims=True)
    element = np.concatenate([corner, len(point) + of_side.reshape(-1, 3)], axis=1)
    first = point[corner[:, 0]]
    centroid = first + periodic(point[corner] - first[:, None], period).mean(axis=1)
    distance = cKDTree(centers, boxsize=period).query(wrapped(centroid, period))[0]
    phase = np.where(distance < radius, 2, 1)
    point = np.concatenate([point, wrapped(middle, period)])
    return Mesh(point=point, element=element, phase=phase, aspect=aspect)
