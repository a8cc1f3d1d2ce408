import dataclasses

import numpy as np
import pytest
import xarray as xr

from laminet.cells.fibres import cell as cells
from laminet.cells.fibres import packing
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.mesh import MIDSIDE, defect
from laminet.cells.fibres.torus import periodic
from laminet.errors import InputError

SMALL = CellSettings(fibres=5, refinement=12, candidates=2)


@pytest.fixture(scope="module")
def cell():
    return build(dataclasses.replace(SMALL, seed=3))


@pytest.mark.parametrize(("fibres", "fraction"), [(1, 0.5), (6, 0.2), (12, 0.4), (20, 0.65)])
def test_cells_of_every_fraction_are_whole(fibres, fraction):
    made = build(CellSettings(fibres, fraction, gap=0.2, refinement=16, candidates=1, seed=0))
    assert defect(made, fraction) is None
    assert made.volume_fraction == pytest.approx(fraction, abs=1e-12)
    assert made.refinement == 16
    corners = len(np.unique(made.element[:, :3]))
    sides = len(np.unique(np.sort(made.element[:, :3][:, MIDSIDE].reshape(-1, 2), axis=1), axis=0))
    assert corners - sides + len(made.element) == 0  # Euler's number of a torus
    assert len(made.point) == corners + sides


def test_fibres_keep_their_distance_and_the_statistics_say_so(cell):
    nearest = packing.nearest_neighbour(cell.centers)
    assert nearest.min() >= 2.2 * cell.radius
    assert cell.attrs["least_gap"] == pytest.approx(nearest.min() / cell.radius - 2.0)
    assert packing.voronoi_area(cell.centers).sum() == pytest.approx(1.0)


def test_interface_nodes_lie_on_the_circles(cell):
    sides = np.sort(cell.element[:, :3][:, MIDSIDE].reshape(-1, 2), axis=1)
    middles = cell.element[:, 3:].ravel()
    phase = np.repeat(cell.phase, 3)
    order = np.lexsort(sides.T)
    pairs = order.reshape(-1, 2)  # each side belongs to two elements
    between = pairs[phase[pairs[:, 0]] != phase[pairs[:, 1]], 0]
    assert len(between) == 5 * 12
    nodes = np.unique(np.concatenate([sides[between].ravel(), middles[between]]))
    distance = np.linalg.norm(periodic(cell.point[nodes, None] - cell.centers), axis=2).min(axis=1)
    np.testing.assert_allclose(distance, distance[0], rtol=1e-12)
    assert distance[0] == pytest.approx(cell.radius, rel=3e-4)


def test_a_seed_fixes_the_cell_to_the_last_bit(cell):
    again, other = build(dataclasses.replace(SMALL, seed=3)), build(dataclasses.replace(SMALL, seed=4))
    np.testing.assert_array_equal(again.point, cell.point)
    np.testing.assert_array_equal(again.element, cell.element)
    assert not np.array_equal(other.centers, cell.centers)


@pytest.mark.parametrize(("gap", "warns"), [(0.2, True), (0.6, False)])
def test_a_mesh_too_coarse_for_the_narrowest_gap_is_a_warning(recwarn, gap, warns):
    made = build(CellSettings(4, 0.2, gap, refinement=16, candidates=1, seed=0))
    too_wide = 2.0 * np.pi / 16 > made.attrs["least_gap"] / 1.5
    assert too_wide == warns
    assert any("will lock; raise refinement from 16 to" in str(entry.message) for entry in recwarn) == warns


def test_the_candidate_nearest_to_transverse_isotropy_is_kept():
    seen = []
    few, many = (
        build(dataclasses.replace(SMALL, refinement=16, candidates=count), lambda *args: seen.append(args))
        for count in (1, 6)
    )
    assert seen == [(1, 1), *((number, 7) for number in range(1, 8))]
    assert many.attrs["anisotropy"] < few.attrs["anisotropy"]


def test_a_cell_survives_the_disk(cell, tmp_path):
    path = tmp_path / "rve.nc"
    cells.save(cell, path, {"seed": 3})
    read = cells.load(path)
    for name in ("point", "element", "phase", "centers", "radius"):
        np.testing.assert_array_equal(getattr(read, name), getattr(cell, name))
    assert read.attrs["seed"] == 3
    assert xr.load_dataset(path)["voronoi_area"].sizes["fibre"] == 5


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data["point"].__setitem__((0, 0), np.nan), "'point' holds NaN"),
        (lambda data: data["element"].__setitem__((0, 0), 10**6), "nodes that do not exist"),
        (lambda data: data["radius"].__setitem__((), 1e200), r"'radius' is 1e\+200; it must lie between 0 and 1"),
        (lambda data: data["phase"].__setitem__(0, 3), "only 1 and 2"),
        (lambda data: data["phase"].__setitem__(slice(9), 1), "fibre fraction"),
        (lambda data: data["element"].__setitem__(0, data["element"].values[0, [1, 0, 2, 3, 4, 5]]), "Jacobian"),
    ],
)
def test_a_damaged_mesh_is_refused(cell, tmp_path, damage, message):
    path = tmp_path / "rve.nc"
    cells.save(cell, path, {})
    data = xr.load_dataset(path)
    damage(data)
    data.to_netcdf(path)
    with pytest.raises(InputError, match=message):
        cells.load(path)


def test_an_incomplete_mesh_is_refused(cell, tmp_path):
    path = tmp_path / "rve.nc"
    cells.save(cell, path, {})
    xr.load_dataset(path).isel(element=slice(1, None)).to_netcdf(tmp_path / "hole.nc")
    with pytest.raises(InputError, match="cover an area"):
        cells.load(tmp_path / "hole.nc")


def test_settings_out_of_range_and_impossible_packings_are_refused():
    with pytest.raises(InputError, match="refinement is 4"):
        build(dataclasses.replace(SMALL, refinement=4))
    with pytest.raises(InputError, match="no packing of 5 fibres at 74%"):
        build(dataclasses.replace(SMALL, volume_fraction=0.74))
