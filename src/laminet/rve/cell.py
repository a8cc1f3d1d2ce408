"""The periodic cell: parallel fibres along axis 3 in a unit square, meshed, checked, on disk and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.data import netcdf
from laminet.errors import InputError, check_seed, warn
from laminet.rve import packing
from laminet.rve.isotropy import SURVEY_REFINEMENT, anisotropy
from laminet.rve.mesh import MIDSIDE, Mesh, defect, generate

ATTEMPTS = 10  # meshes tried for one packing
ACROSS_GAP = 1.5  # elements; with less a nearly incompressible matrix cannot flow between two fibres, it locks
RVE_VARIABLES = {
    "center": ("fibre", "axis"),
    "radius": (),
    "point": ("node", "axis"),
    "element": ("element", "local_node"),
    "phase": ("element",),
}


@dataclass(frozen=True)
class CellSettings:
    """How a cell is made.

    Attributes:
        fibres: number of fibres in the cell.
        volume_fraction: of the fibres; 0.2 to 0.65 is the range in use.
        gap: least distance between two circles in radii; below 0.2 thin ligaments cost accuracy.
        refinement: quadratic elements along each circle.
        candidates: packings to choose from: the one nearest to transverse isotropy is kept.
    """

    fibres: int = 30
    volume_fraction: float = 0.6
    gap: float = 0.2
    refinement: int = 48
    candidates: int = 16


@dataclass(frozen=True, eq=False, kw_only=True)
class Cell(Mesh):
    """A meshed periodic unit cell of parallel fibres along axis 3; lengths in units of its side.

    Attributes:
        point, element, phase: the mesh, see Mesh.
        centers: (fibres, 2) fibre centres; empty for a mesh of other shapes.
        radius: of every fibre.
        attrs: seed and quality figures.
    """

    centers: np.ndarray
    radius: float
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refinement(self) -> int:
        """Quadratic elements along each circle, counted on the mesh: the sides between the phases per fibre.

        Raises:
            InputError: no fibres.
        """
        if len(self.centers) == 0:
            raise InputError("the cell holds no fibres, so it cannot be meshed anew; do without the error estimate")
        sides = np.sort(self.element[:, :3][:, MIDSIDE].reshape(-1, 2), axis=1)
        _, inverse = np.unique(sides, axis=0, return_inverse=True)
        both = np.bincount(inverse, np.repeat(self.phase, 3))  # 1 + 2 where the phases meet
        return round(np.count_nonzero(both == 3) / len(self.centers))


def build(settings: CellSettings, seed: int) -> Cell:
    """Pack, mesh and check a cell; of several packings the one nearest to transverse isotropy.

    A mesh too coarse for the narrowest gap is a warning: locking falsifies elastic data and references alike.

    Raises:
        InputError: settings out of range, or no packing or mesh found.
    """
    _check_settings(settings)
    check_seed(seed, "rve")
    best = 0
    if settings.candidates > 1:
        surveyed = [_surveyed(settings, seed, candidate) for candidate in range(settings.candidates)]
        best = int(np.argmin(surveyed))  # the first, with its error, if no candidate can be made
    cell = _meshed(*_packed(settings, seed, best), settings.refinement, [seed, best])
    quality = {
        "seed": seed,
        "candidate": best,
        "candidates": settings.candidates,
        "anisotropy": anisotropy(cell),
        "gap": settings.gap,
        "refinement": settings.refinement,
        **_figures(cell),
    }
    needed = int(np.ceil(ACROSS_GAP * 2.0 * np.pi / quality["least_gap"]))
    if settings.refinement < needed:
        warn(
            f"rve: the narrowest gap ({quality['least_gap']:.2f} radii) is meshed too coarsely, nearly incompressible "
            f"phases will lock; raise refinement from {settings.refinement} to {needed} for reliable figures"
        )
    return replace(cell, attrs=quality)


def remesh(cell: Cell, refinement: int) -> Cell:
    """The same fibres with another mesh.

    Raises:
        InputError: no mesh found.
    """
    return _meshed(cell.centers, cell.radius, refinement, seed=[len(cell.centers), refinement])


def save(cell: Cell, path: Path | str, parameters: Mapping[str, Any], threads: int = 1) -> None:
    """Write a cell by the rve contract.

    Raises:
        InputError: the file cannot be written.
    """
    fibre = {"units": "1", "long_name": "in units of the cell's side"}
    variables: dict[str, Any] = {
        "center": (("fibre", "axis"), cell.centers, fibre),
        "radius": ((), cell.radius, fibre),
        "point": (("node", "axis"), cell.point, fibre),
        "element": (("element", "local_node"), cell.element.astype(np.int32), {"units": "1"}),
        "phase": ("element", cell.phase.astype(np.int8), {"units": "1", "long_name": "1 matrix, 2 fibre"}),
    }
    if len(cell.centers):
        variables["nearest_neighbour"] = ("fibre", packing.nearest_neighbour(cell.centers), fibre)
        variables["voronoi_area"] = ("fibre", packing.voronoi_area(cell.centers), {"units": "1"})
    dataset = xr.Dataset(variables, attrs=dict(cell.attrs))
    netcdf.write(dataset, path, content="rve", parameters=parameters, threads=threads)


def load(path: Path | str) -> Cell:
    """Read a cell and check its mesh.

    Raises:
        InputError: unreadable file, or a mesh that is incomplete, folded or inconsistent with its fibres.
    """
    dataset = netcdf.read(path, content="rve", variables=RVE_VARIABLES)
    arrays = {name: dataset[name].values for name in RVE_VARIABLES}

    def fail(what: str) -> None:
        raise InputError(f"{path}: {what}; make the cell again")

    for name in ("center", "radius", "point"):
        if not np.isfinite(arrays[name]).all():
            fail(f"variable '{name}' holds NaN or infinite values")
    if len(arrays["center"]) and not 0.0 < float(arrays["radius"]) < 1.0:
        fail(f"variable 'radius' is {float(arrays['radius']):g}; it must lie between 0 and 1, the side of the cell")
    if arrays["point"].shape[1] != 2 or arrays["center"].shape[1] != 2:
        fail("dimension 'axis' must have length 2")
    element, phase = arrays["element"], arrays["phase"]
    if element.shape[1] != 6 or not np.issubdtype(element.dtype, np.integer):
        fail("variable 'element' must hold six integer nodes per quadratic triangle")
    if len(element) == 0 or element.min() < 0 or element.max() >= len(arrays["point"]):
        fail(f"variable 'element' refers to nodes that do not exist (there are {len(arrays['point'])})")
    if len(np.unique(element)) != len(arrays["point"]):
        fail("variable 'point' holds nodes that belong to no element")
    if not np.isin(phase, (1, 2)).all():
        fail("variable 'phase' may hold only 1 and 2")
    cell = Cell(
        point=arrays["point"],
        element=element.astype(np.intp),
        phase=phase.astype(np.intp),
        centers=arrays["center"],
        radius=float(arrays["radius"]),
        attrs=dict(dataset.attrs),
    )
    wrong = defect(cell, len(cell.centers) * np.pi * cell.radius**2 if len(cell.centers) else None)
    if wrong is not None:
        fail(f"its mesh is unusable: {wrong}")
    return cell


def _check_settings(settings: CellSettings) -> None:
    ranges = {
        "fibres": (1, 1000),
        "volume_fraction": (0.01, 0.75),
        "gap": (0.01, 2.0),
        "refinement": (12, 512),
        "candidates": (1, 10000),
    }
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            raise InputError(f"rve: {name} is {value}; it must lie between {low} and {high}")


def _packed(settings: CellSettings, seed: int, candidate: int) -> tuple[np.ndarray, float]:
    """Centres and radius of packing number `candidate` of a seed."""
    radius = packing.radius_of(settings.fibres, settings.volume_fraction)
    centers = packing.pack(settings.fibres, radius, settings.gap, np.random.default_rng([seed, candidate]))
    if centers is None:
        raise InputError(
            f"rve: no packing of {settings.fibres} fibres at {settings.volume_fraction:.0%} with a gap of "
            f"{settings.gap} radii; lower the volume fraction or the gap"
        )
    return centers, radius


def _surveyed(settings: CellSettings, seed: int, candidate: int) -> float:
    """Anisotropy of a candidate on a coarse mesh; infinite if it cannot be made."""
    try:
        packed = _packed(settings, seed, candidate)
        return anisotropy(_meshed(*packed, min(SURVEY_REFINEMENT, settings.refinement), [seed, candidate]))
    except InputError:
        return np.inf


def _meshed(centers: np.ndarray, radius: float, refinement: int, seed: list[int]) -> Cell:
    """Mesh of a packing; a mesh that fails its checks is tried again with the next seed."""
    for attempt in range(ATTEMPTS):
        found = generate(centers, radius, refinement, np.random.default_rng([*seed, attempt]))
        wrong: str | None = "a circle is not fully resolved"
        if found is not None:
            wrong = defect(found, len(centers) * np.pi * radius**2)
            if wrong is None:
                return Cell(point=found.point, element=found.element, phase=found.phase, centers=centers, radius=radius)
    raise InputError(
        f"rve: no valid mesh at refinement {refinement} in {ATTEMPTS} attempts ({wrong}); raise it or the gap"
    )


def _figures(cell: Cell) -> dict[str, float]:
    """Quality figures of mesh and packing."""
    nearest, area = packing.nearest_neighbour(cell.centers), packing.voronoi_area(cell.centers)
    determinant = cell.operator.determinant
    return {
        "volume_fraction": cell.volume_fraction,
        "least_gap": float(nearest.min() / cell.radius - 2.0),
        "nearest_neighbour_mean": float(nearest.mean() / cell.radius),
        "nearest_neighbour_deviation": float(nearest.std() / cell.radius),
        "voronoi_area_variation": float(area.std() / area.mean()),
        "least_jacobian_ratio": float((determinant.min(axis=1) / determinant.max(axis=1)).min()),
        "elements": len(cell.element),
        "nodes": len(cell.point),
    }
