"""Cells that are not square: they tile the plane, and what does not depend on the choice of the cell stays the same."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from layered_cell import layered_cell

from laminet import mandel
from laminet.cells.fibres import cell as cells
from laminet.cells.fibres.cell import Cell, CellSettings, build
from laminet.cells.fibres.homogenisation import homogenize
from laminet.cells.fibres.mesh import MIDSIDE, defect
from laminet.cells.fibres.reference import reference
from laminet.cells.fibres.system import CellSystem, group_of
from laminet.cells.fibres.vtu import write_fields
from laminet.cli import main
from laminet.errors import InputError
from laminet.info import summary
from laminet.loading.driver import follow
from laminet.loading.paths import uniaxial
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness
from laminet.plots import draw

LAWS = (
    J2(2.1, 0.3, Hardening(0.029, 0.139, 0.0327, 319.4)),
    Elastic(orthotropic_stiffness(20, 20, 72, 8, 29, 29, 0.25, 0.1, 0.1)),
)
MATRIX, FIBRE = isotropic_stiffness(1.0, 0.35)[None], isotropic_stiffness(30.0, 0.2)[None]


@pytest.fixture(scope="module")
def square():
    return build(CellSettings(fibres=3, volume_fraction=0.45, refinement=12, candidates=1, seed=1))


@pytest.fixture(scope="module")
def wide():
    return build(CellSettings(fibres=5, volume_fraction=0.5, refinement=12, candidates=1, seed=0, aspect=2.0))


def doubled(cell: Cell, axis: int) -> Cell:
    """Two copies of a cell side by side along an axis, scaled to unit area."""
    nodes, long = len(cell.point), cell.period[axis]
    first = cell.point[cell.element[:, :1], axis]
    turn = np.round((cell.point[cell.element, axis] - first) / long).astype(int)  # -1, 1: the node lies across the seam
    element = np.concatenate([cell.element + nodes * ((copy - turn) % 2) for copy in (0, 1)])
    shift = long * np.eye(2)[axis]
    point, centers = (np.concatenate([at, at + shift]) / np.sqrt(2.0) for at in (cell.point, cell.centers))
    return Cell(
        point=point,
        element=element,
        phase=np.tile(cell.phase, 2),
        aspect=cell.aspect * (2.0 if axis == 0 else 0.5),
        centers=centers,
        radius=cell.radius / np.sqrt(2.0),
    )


@pytest.mark.parametrize(
    ("fibres", "fraction", "aspect"), [(1, 0.2, 3.0), (6, 0.4, 1.5), (8, 0.5, 0.3), (3, 0.05, 8.0)]
)
def test_a_cell_of_every_shape_is_whole(fibres, fraction, aspect):
    made = build(CellSettings(fibres, fraction, refinement=12, candidates=1, seed=0, aspect=aspect))
    width, height = made.period
    assert width * height == pytest.approx(1.0)
    assert width / height == pytest.approx(aspect)
    assert defect(made, fraction) is None
    assert made.volume_fraction == pytest.approx(fraction, abs=1e-12)
    assert made.radius == pytest.approx(np.sqrt(fraction / (np.pi * fibres)))
    assert (made.point >= 0.0).all()
    assert (made.point < made.period).all()
    assert np.ptp(made.point, axis=0) == pytest.approx(made.period, rel=0.2)
    corners = len(np.unique(made.element[:, :3]))
    sides = len(np.unique(np.sort(made.element[:, :3][:, MIDSIDE].reshape(-1, 2), axis=1), axis=0))
    assert corners - sides + len(made.element) == 0  # Euler's number of a torus
    gaps = [
        np.linalg.norm(one - other - turn * made.period)
        for k, one in enumerate(made.centers)
        for m, other in enumerate(made.centers)
        for turn in np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
        if k != m or turn.any()
    ]
    assert min(gaps) >= 2.2 * made.radius
    assert made.attrs["least_gap"] == pytest.approx(min(gaps) / made.radius - 2.0)


@pytest.mark.parametrize("axis", [0, 1])
def test_two_cells_side_by_side_have_the_stiffness_of_one(square, axis):
    pair = doubled(square, axis)
    assert defect(pair, square.volume_fraction) is None
    assert pair.period.max() == pytest.approx(np.sqrt(2.0))
    computed, wanted = (homogenize(cell, MATRIX, FIBRE) for cell in (pair, square))
    np.testing.assert_allclose(computed, wanted, atol=1e-11 * np.abs(wanted).max())
    assert pair.digest != square.digest


@pytest.mark.parametrize("case", ["11", "12", "31"])
def test_two_cells_side_by_side_have_the_curve_of_one(square, case):
    path = uniaxial(case, "stress", 4, 0.02)
    one, two = (
        follow(CellSystem(cell, LAWS, group_of(path, LAWS), 1e-10), path) for cell in (square, doubled(square, 0))
    )
    assert np.ptp(np.diff(one.stress[:, mandel.INDEX[case]])) > 1e-3, "the matrix flows"
    np.testing.assert_allclose(two.stress, one.stress, atol=1e-8)
    np.testing.assert_allclose(two.strain, one.strain, atol=1e-8)


def test_a_cell_may_be_shifted_on_its_torus(wide):
    shifted = dataclasses.replace(wide, point=(wide.point + np.array([0.31, 0.57])) % wide.period)
    computed, wanted = (homogenize(cell, MATRIX, FIBRE) for cell in (shifted, wide))
    np.testing.assert_allclose(computed, wanted, atol=1e-11 * np.abs(wanted).max())


def test_a_wide_cell_turned_by_a_right_angle_is_a_tall_one(wide):
    turned = np.stack([-wide.point[:, 1] % wide.period[1], wide.point[:, 0]], axis=1)
    tall = dataclasses.replace(wide, point=turned, aspect=0.5)
    place = [1, 0, 2, 4, 3, 5]  # 11 and 22 change places, 23 and 13 too; the signs of 12 and 13 turn
    sign = np.array([1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
    wanted = homogenize(wide, MATRIX, FIBRE)[0][np.ix_(place, place)] * np.outer(sign, sign)
    np.testing.assert_allclose(homogenize(tall, MATRIX, FIBRE)[0], wanted, atol=1e-11 * np.abs(wanted).max())
    assert abs(wanted[0, 0] - wanted[1, 1]) > 1e-3 * wanted[0, 0]


@pytest.mark.parametrize(("axis", "aspect"), [(0, 2.5), (1, 2.5), (0, 0.4)])
def test_stretched_layers_respond_as_layers(axis, aspect):
    """Backus' means for isotropic layers, three fifths of the first phase: a laminate does not know its cell."""
    layers = layered_cell(axis)
    stretched = dataclasses.replace(
        layers, point=layers.point * [np.sqrt(aspect), 1.0 / np.sqrt(aspect)], aspect=aspect
    )
    assert defect(stretched, 0.4) is None
    computed = homogenize(stretched, MATRIX, FIBRE)[0]
    share = np.array([0.6, 0.4])
    across, along = np.array([MATRIX[0, 0, 0], FIBRE[0, 0, 0]]), np.array([MATRIX[0, 0, 1], FIBRE[0, 0, 1]])
    shear = np.array([MATRIX[0, 3, 3], FIBRE[0, 3, 3]])  # Mandel: twice the shear modulus
    other = 1 - axis
    harmonic = 1.0 / (share @ (1.0 / across))
    assert computed[axis, axis] == pytest.approx(harmonic)
    assert computed[axis, 2] == pytest.approx(harmonic * (share @ (along / across)))
    plane = share @ (across - along**2 / across) + harmonic * (share @ (along / across)) ** 2
    assert computed[other, other] == pytest.approx(plane)
    assert computed[2, 2] == pytest.approx(plane)
    assert computed[5, 5] == pytest.approx(1.0 / (share @ (1.0 / shear)))
    assert computed[4 - axis, 4 - axis] == pytest.approx(1.0 / (share @ (1.0 / shear)))  # 13 across 1, 23 across 2
    assert computed[3 + axis, 3 + axis] == pytest.approx(share @ shear)


def test_a_reference_meshes_a_cell_of_any_shape_again(wide):
    curves = reference(wide, Composite("c", LAWS), [[uniaxial("11", "stress", 2, 0.005)]], 1e-6, "mesh", 1.0)
    assert float(curves["estimated_error"].max()) < 0.1


def test_the_shape_goes_through_files_and_pictures(tmp_path):
    path = tmp_path / "rve.nc"
    command = f"rve --fibres 3 --volume-fraction 0.4 --refinement 12 --candidates 1 --aspect 1.5 --out {path}"
    assert main(command.split()) == 0
    read = cells.load(path)
    width, height = np.sqrt(1.5), 1.0 / np.sqrt(1.5)
    assert read.period == pytest.approx([width, height])
    assert "cell of width 1.2247 and height 0.8165" in summary(path)
    assert xr.load_dataset(path)["voronoi_area"].sum() == pytest.approx(1.0)
    path_11 = uniaxial("11", "strain", 2, 0.01)
    system = CellSystem(read, LAWS, group_of(path_11, LAWS))
    write_fields(read, system.fields(follow(system, path_11).state), tmp_path / "fields.vtu")
    axes = draw([tmp_path / "fields.vtu"]).axes[0]
    assert axes.get_xlim() == pytest.approx((0.0, width))
    assert axes.get_ylim() == pytest.approx((0.0, height))
    data = xr.load_dataset(path)
    data.assign_attrs(aspect=20.0).to_netcdf(tmp_path / "wrong.nc")
    with pytest.raises(InputError, match=r"wrong.nc: attribute 'aspect' is 20.0; it must be a number from 0.1 to 10"):
        cells.load(tmp_path / "wrong.nc")
    data.assign_attrs(aspect=1.0).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="its mesh is unusable"):
        cells.load(tmp_path / "other.nc")


def test_a_file_without_the_shape_is_of_a_square_cell(square, tmp_path):
    cells.save(square, tmp_path / "rve.nc", {})
    data = xr.load_dataset(tmp_path / "rve.nc")
    del data.attrs["aspect"]
    data.to_netcdf(tmp_path / "old.nc")
    read = cells.load(tmp_path / "old.nc")
    assert read.aspect == 1.0
    assert read.digest == square.digest
