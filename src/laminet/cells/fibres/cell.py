"""The periodic cell: parallel fibres along axis 3 in a rectangle of unit area, meshed, checked, on disk and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.cells.fibres import packing
from laminet.cells.fibres.isotropy import SURVEY_REFINEMENT, anisotropy
from laminet.cells.fibres.mesh import Mesh, defect, generate, sides
from laminet.cells.fibres.settings import Aspect
from laminet.cells.fibres.settings import CellSettings as CellSettings
from laminet.cells.fibres.torus import period_of
from laminet.errors import InputError, warn
from laminet.files import netcdf
from laminet.settings import check

ATTEMPTS = 10  # meshes tried for one packing
ACROSS_GAP = 1.5  # elements; with less a nearly incompressible matrix cannot flow between two fibres, it locks
RVE_VARIABLES = {
    "center": ("fibre", "axis"),
    "radius": (),
    "point": ("node", "axis"),
    "element": ("element", "local_node"),
    "phase": ("element",),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Cell(Mesh):
    """A meshed periodic cell of parallel fibres along axis 3; lengths in units of the square root of its area.

    Attributes:
        point, element, phase, aspect: the mesh, see Mesh.
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
            raise InputError("the cell holds no fibres, so it cannot be meshed again; do without the error estimate")
        both = np.bincount(sides(self.element[:, :3])[2], np.repeat(self.phase, 3))  # 1 + 2 where the phases meet
        return round(np.count_nonzero(both == 3) / len(self.centers))


def build(settings: CellSettings, progress: Callable[[int, int], None] | None = None) -> Cell:
    """Pack, mesh and check a cell; of several packings the one nearest to transverse isotropy.

    A mesh too coarse for the narrowest gap is a warning: locking falsifies elastic data and references alike.

    Args:
        settings: of the packing and the mesh.
        progress: called as progress(done, all) after every packing, and after the mesh of the best one.

    Raises:
        InputError: no packing or mesh was possible.
    """
    best, survey = 0, []
    for candidate in range(settings.candidates if settings.candidates > 1 else 0):
        survey.append(_surveyed_anisotropy(settings, candidate))
        best = int(np.argmin(survey))  # the first, with its error, if no candidate can be made
        if progress is not None:
            progress(candidate + 1, settings.candidates + 1)
    cell = _candidate(settings, best, settings.refinement)
    if progress is not None:
        progress(len(survey) + 1, len(survey) + 1)
    quality = {
        "seed": settings.seed,
        "aspect": settings.aspect,
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
        InputError: no mesh was possible.
    """
    return _meshed(cell.centers, cell.radius, cell.aspect, refinement, seed=[len(cell.centers), refinement])


def save(cell: Cell, path: Path | str, parameters: Mapping[str, Any]) -> None:
    """Write a cell by the rve contract.

    Raises:
        InputError: the file cannot be written.
    """
    fibre = {"units": "1", "long_name": "in units of the square root of the cell's area"}
    variables: dict[str, Any] = {
        "center": (("fibre", "axis"), cell.centers, fibre),
        "radius": ((), cell.radius, fibre),
        "point": (("node", "axis"), cell.point, fibre),
        "element": (("element", "local_node"), cell.element.astype(np.int32), {"units": "1"}),
        "phase": ("element", cell.phase.astype(np.int8), {"units": "1", "long_name": "1 matrix, 2 fibre"}),
    }
    if len(cell.centers):
        variables["nearest_neighbour"] = ("fibre", packing.nearest_neighbour(cell.centers, cell.period), fibre)
        variables["voronoi_area"] = ("fibre", packing.voronoi_area(cell.centers, cell.period), {"units": "1"})
    dataset = xr.Dataset(variables, attrs={**cell.attrs, "aspect": cell.aspect})
    netcdf.write(dataset, path, content="rve", parameters=parameters)


def load(path: Path | str) -> Cell:
    """Read a cell and check its mesh.

    Raises:
        InputError: unreadable file, a cell of voxels, or a mesh that is incomplete, folded or inconsistent with its
            fibres.
    """
    dataset = netcdf.read(path, content="rve")
    if dataset.attrs.get("kind") == "voxels":
        raise InputError(f"{path}: is a cell of voxels; this takes parallel fibres only")
    netcdf.require(dataset, path, RVE_VARIABLES)
    centers, radius, point, element, phase = (dataset[name].values for name in RVE_VARIABLES)

    def require(condition: bool | np.bool_, fault: str) -> None:
        if not condition:
            raise InputError(f"{path}: {fault}; make the cell again")

    for name in ("center", "radius", "point"):
        require(np.isfinite(dataset[name].values).all(), f"variable '{name}' holds NaN or infinite values")
    require(
        len(centers) == 0 or 0.0 < float(radius) < 1.0,
        f"variable 'radius' is {float(radius):g}; it must lie between 0 and 1, the square root of the cell's area",
    )
    require(point.shape[1] == centers.shape[1] == 2, "dimension 'axis' must have length 2")
    six_nodes = element.shape[1] == 6 and np.issubdtype(element.dtype, np.integer)
    require(six_nodes, "variable 'element' must hold six integer nodes per quadratic triangle")
    nodes = np.unique(element)
    require(
        len(nodes) > 0 and nodes[0] >= 0 and nodes[-1] < len(point),
        f"variable 'element' refers to nodes that do not exist (there are {len(point)})",
    )
    require(len(nodes) == len(point), "variable 'point' holds nodes that belong to no element")
    require(np.isin(phase, (1, 2)).all(), "variable 'phase' may hold only 1 and 2")
    cell = Cell(
        point=point,
        element=element.astype(np.intp),
        phase=phase.astype(np.intp),
        centers=centers,
        radius=float(radius),
        aspect=check(Aspect, dataset.attrs.get("aspect", CellSettings.aspect), f"{path}: attribute 'aspect'"),
        attrs=dict(dataset.attrs),
    )
    fault = defect(cell, len(centers) * np.pi * cell.radius**2 if len(centers) else None)
    require(fault is None, f"its mesh is unusable: {fault}")
    return cell


def _candidate(settings: CellSettings, candidate: int, refinement: int) -> Cell:
    """Packing number `candidate` of the seed, meshed."""
    radius = packing.radius_of(settings.fibres, settings.volume_fraction)
    rng, period = np.random.default_rng([settings.seed, candidate]), period_of(settings.aspect)
    centers = packing.pack(settings.fibres, radius, settings.gap, rng, period)
    if centers is None:
        raise InputError(
            f"rve: no packing of {settings.fibres} fibres at {settings.volume_fraction:.0%} with a gap of "
            f"{settings.gap} radii; lower the volume fraction or the gap"
        )
    return _meshed(centers, radius, settings.aspect, refinement, [settings.seed, candidate])


def _surveyed_anisotropy(settings: CellSettings, candidate: int) -> float:
    """Anisotropy of a candidate on a coarse mesh; infinite if it cannot be made."""
    try:
        return anisotropy(_candidate(settings, candidate, min(SURVEY_REFINEMENT, settings.refinement)))
    except InputError:
        return np.inf


def _meshed(centers: np.ndarray, radius: float, aspect: float, refinement: int, seed: list[int]) -> Cell:
    """Mesh of a packing; a mesh that fails its checks is tried again with the next seed."""
    for attempt in range(ATTEMPTS):
        mesh = generate(centers, radius, refinement, np.random.default_rng([*seed, attempt]), aspect)
        fault = defect(mesh, len(centers) * np.pi * radius**2) if mesh else "a circle is not fully resolved"
        if mesh and not fault:
            held = {each.name: getattr(mesh, each.name) for each in fields(Mesh)}
            return Cell(**held, centers=centers, radius=radius)
    raise InputError(
        f"rve: no valid mesh at refinement {refinement} in {ATTEMPTS} attempts ({fault}); raise it or the gap"
    )


def _figures(cell: Cell) -> dict[str, float]:
    """Quality figures of mesh and packing."""
    nearest, area = (of(cell.centers, cell.period) for of in (packing.nearest_neighbour, packing.voronoi_area))
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
