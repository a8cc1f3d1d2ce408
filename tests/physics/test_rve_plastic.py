from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from layered_cell import layered_cell

from laminet import mandel
from laminet.cells.fibres.cell import CellSettings, build, remesh
from laminet.cells.fibres.convergence import convergence
from laminet.cells.fibres.operator import ANTIPLANE, COUPLED, IN_PLANE
from laminet.cells.fibres.reference import EXTRAPOLATED, UNEXTRAPOLATED, extrapolation, reference
from laminet.cells.fibres.system import CellSystem, group_of
from laminet.cells.fibres.vtu import write_fields
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.files.curves import merge, path_error
from laminet.loading.driver import Target, follow
from laminet.loading.paths import CASES, CONTROLS, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness
from laminet.network.block import laminate
from laminet.plots import draw

MATRIX = J2(2.1, 0.3, Hardening(0.029, 0.139, 0.0327, 319.4))
FIBRE = Elastic(orthotropic_stiffness(20, 20, 72, 8, 29, 29, 0.25, 0.1, 0.1))
LAWS = (MATRIX, FIBRE)


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=4, refinement=12, candidates=1, seed=1))


def driven(cell, path, group=None, tolerance=1e-10, laws=LAWS, observe=None):
    system = CellSystem(cell, laws, group or group_of(path, laws), tolerance)
    return system, follow(system, path, observe=observe)


@pytest.mark.parametrize("axis", [0, 1])
def test_elastic_layers_respond_as_the_laminate(axis):
    elastic = (Elastic(isotropic_stiffness(2.0, 0.3)), FIBRE)
    wanted = laminate(
        np.full((1, 1), 0.6), elastic[0].stiffness, elastic[1].stiffness, mandel.interface(np.eye(3)[axis])
    )
    for case in CASES:
        _, curve = driven(layered_cell(axis), uniaxial(case, "strain", 2, 0.01), COUPLED, laws=elastic)
        np.testing.assert_allclose(curve.stress, curve.strain @ wanted, rtol=1e-11, atol=1e-13)


def test_plastic_layers_keep_the_traction_across_and_the_strain_along_them():
    path = piecewise("mixed", "strain", [{"11": 0.01, "22": -0.004, "12": 0.01}], 5)
    system, curve = driven(layered_cell(0), path)
    fields = system.fields(curve.state)
    for phase in (1, 2):  # both fields are uniform in each layer
        of_phase = system.cell.phase == phase
        for values in (fields.stress[of_phase], fields.strain[of_phase]):
            assert np.ptp(values.reshape(-1, 6), axis=0).max() < 1e-9
    assert np.ptp(fields.stress[..., [0, 4, 5]].reshape(-1, 3), axis=0).max() < 1e-9
    assert np.ptp(fields.strain[..., [1, 2, 3]].reshape(-1, 3), axis=0).max() < 1e-12
    assert fields.state["equivalent_plastic_strain"].max() > 1e-3


def test_a_homogeneous_cell_follows_its_material(cell):
    path = uniaxial("11", "strain", 5, 0.02)
    _, curve = driven(cell, path, laws=(MATRIX, MATRIX))
    state = np.zeros((1, 7))
    for strain, stress in zip(curve.strain[1:], curve.stress[1:], strict=True):
        expected, _, state = MATRIX.update(strain[None], state)
        np.testing.assert_allclose(stress, expected[0], atol=1e-12)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("case", ["22", "12", "31"])
def test_work_is_the_same_on_both_scales_along_a_plastic_path(cell, case, control):
    """Hill-Mandel: sum W stress . strain increment = macroscopic stress . macroscopic strain increment."""
    fields, macroscopic = [], []
    path = piecewise(case, control, [{case: 0.02}, {case: 0.01}], 8)
    system = CellSystem(cell, LAWS, group_of(path, LAWS), 1e-11)

    def observe(step, increment):
        fields.append(system.fields(increment.state))
        macroscopic.append((increment.stress, increment.strain))

    follow(system, path, observe=observe)
    weight = cell.operator.weight
    for (old, new), (start, end) in zip(pairwise(fields), pairwise(macroscopic), strict=True):
        local = np.einsum("eq,eqi,eqi->", weight, new.stress, new.strain - old.strain)
        assert local == pytest.approx(end[0] @ (end[1] - start[1]), rel=1e-8)
        np.testing.assert_allclose(np.einsum("eq,eqi->i", weight, new.stress), end[0], atol=1e-12)
        np.testing.assert_allclose(np.einsum("eq,eqi->i", weight, new.strain), end[1], atol=1e-13)
    assert fields[-1].state["equivalent_plastic_strain"].max() > 0.01


@pytest.mark.parametrize("case", CASES)
def test_uniaxial_stress_leaves_the_other_stresses_zero(cell, case):
    path = uniaxial(case, "stress", 6, 0.03)
    _, curve = driven(cell, path)
    assert np.abs(curve.stress[:, ~path.loaded]).max() < 1e-8 * np.abs(curve.stress).max()
    np.testing.assert_array_equal(curve.strain[:, path.loaded], path.strain[:, path.loaded])


def test_unloading_is_elastic(cell):
    path = piecewise("cycle", "strain", [{"12": 0.02}, {"12": 0.0195}], 41)
    _, curve = driven(cell, path)
    loading = curve.stress[1] / path.strain[1, 5]  # the first step is elastic
    unloading = (curve.stress[-1] - curve.stress[-2]) / (path.strain[-1, 5] - path.strain[-2, 5])
    np.testing.assert_allclose(unloading, loading, rtol=1e-7, atol=1e-8)
    assert curve.stress[-2, 5] < 0.7 * loading[5] * path.strain[-2, 5]


def test_the_error_of_the_steps_falls_in_proportion_to_their_size(cell):
    path = {steps: uniaxial("22", "stress", steps, 0.02) for steps in (5, 10, 20, 80)}
    last = {steps: driven(cell, path[steps])[1].stress[-1, 1] for steps in path}
    errors = [abs(last[steps] - last[80]) for steps in (5, 10, 20)]
    assert errors[0] > 1.5 * errors[1] > 2.2 * errors[2]
    assert errors[2] < 2e-3 * last[80]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize(("case", "group"), [("11", IN_PLANE), ("12", IN_PLANE), ("23", ANTIPLANE)])
def test_apart_and_together_plastic_fields_agree(cell, case, group, control):
    path = uniaxial(case, control, 4, 0.02)
    assert group_of(path, LAWS) is group
    _, apart = driven(cell, path)
    _, together = driven(cell, path, COUPLED)
    np.testing.assert_allclose(apart.stress, together.stress, atol=1e-9)
    np.testing.assert_allclose(apart.strain, together.strain, atol=1e-9)


def test_a_load_that_mixes_both_kinds_of_fields_is_solved_together(cell):
    path = piecewise("11+31", "stress", [{"11": 0.01, "31": 0.01}], 4)
    assert group_of(path, LAWS) is COUPLED
    _, curve = driven(cell, path)
    assert np.abs(curve.stress[:, ~path.loaded]).max() < 1e-9
    tilt = mandel.rotation(mandel.euler(np.array([0.4, 0.0, 0.0])))
    tilted = (MATRIX, Elastic(tilt @ FIBRE.stiffness @ tilt.T))
    assert group_of(uniaxial("11", "strain", 1, 0.01), tilted) is COUPLED


def test_newton_converges_quadratically(cell):
    """From a state in flow: the tangent is consistent, so the digits double."""
    residuals = []
    path = uniaxial("22", "strain", 4, 0.02)
    for tolerance in (1e-2, 1e-4, 1e-8):
        system = CellSystem(cell, LAWS, IN_PLANE, 1e-12)
        start = follow(system, path)
        loose = CellSystem(cell, LAWS, IN_PLANE, tolerance)
        bold = Target(path.prescribed, 1.5 * path.strain[-1], path.stress[-1])
        computed = loose.solve(start.state, bold)
        residuals.append((computed.iterations, computed.residual))
    assert residuals[-1][0] <= residuals[0][0] + 3
    assert residuals[-1][1] < 1e-8


def test_quadratic_triangles_do_not_lock_in_plastic_flow(cell):
    """Without the mean dilatation the coarser mesh is 10 % stiffer than the finer one."""
    path = uniaxial("11", "stress", 8, 0.04)
    coarse, fine = (driven(remesh(cell, refinement), path, tolerance=1e-6)[1] for refinement in (16, 32))
    assert path_error(coarse.stress, fine.stress, path.loaded).loaded < 0.02


def test_a_reference_holds_every_case_and_its_error(cell):
    paths = [[uniaxial(case, control, 3, 0.01) for case in ("11", "31")] for control in CONTROLS]
    seen = []
    computed = reference(cell, Composite("c", LAWS), paths, progress=lambda *args: seen.append(args))
    assert computed.attrs["composite"] == "c"
    assert dict(computed.sizes) == {"refinement": 3, "control": 2, "load_case": 2, "step": 4, "component": 6}
    assert computed["converged"].all()
    assert computed["residual"].max() <= 1e-6
    assert (computed["estimated_error"] > 0.0).all()
    assert (computed["estimated_error"] < 0.2).all()
    assert [entry[:2] for entry in seen] == [(number, 12) for number in range(1, 13)]
    elements = [int(entry[2].split()[-2]) for entry in seen]  # every curve takes three steps on each mesh
    assert elements[0] < elements[4] < elements[8]
    np.testing.assert_allclose([entry[3] for entry in seen], np.cumsum(elements) / sum(elements))
    finest, middle, coarsest = computed["refinement"].values
    assert finest == 2 * middle == 4 * coarsest
    order = computed["observed_order"].values[..., None, None]
    reliable = (order >= 0.5) & (order <= 2.0)
    gain = np.where(reliable, 1.0 / (2.0 ** np.maximum(order, 1.0) - 1.0), 0.0)
    fine, middle, _ = computed["mesh_stress"].values
    np.testing.assert_allclose(computed["stress"], fine + gain * (fine - middle), rtol=1e-12, atol=1e-14)
    left = np.where(reliable, EXTRAPOLATED / (2.0**order - 1.0), UNEXTRAPOLATED) * (fine - middle)
    loaded = computed["loaded"].values[:, None].astype(bool)
    norms = [np.linalg.norm(np.where(loaded, each, 0.0), axis=(2, 3)) for each in (left, computed["stress"])]
    np.testing.assert_allclose(computed["estimated_error"], norms[0] / norms[1], rtol=1e-9)
    fields = {}
    with pytest.raises(InputError, match="holds no fibres"):
        reference(layered_cell(0), Composite("c", LAWS), paths)
    with pytest.raises(InputError, match="must be one of extrapolation, mesh, none"):
        reference(cell, Composite("c", LAWS), paths, error_estimate="guess")
    plain = reference(
        cell,
        Composite("c", LAWS),
        paths,
        error_estimate="none",
        receive_fields=lambda path, mesh, local: fields.update({(path.control, path.name): local}),
    )
    mean = np.einsum("eq,eqi->i", cell.operator.weight, fields["stress", "31"].stress)
    np.testing.assert_allclose(mean, plain["stress"].sel(control="stress", load_case="31")[-1], atol=1e-12)
    assert "estimated_error" not in plain
    assert "mesh_stress" not in plain


def test_a_reference_is_the_same_in_one_job_or_in_one_for_each_control(cell):
    paths = [[uniaxial("23", control, 3, 0.02)] for control in CONTROLS]
    whole, *parts = (reference(cell, Composite("c", LAWS), rows) for rows in (paths, paths[:1], paths[1:]))
    merged = merge(parts, ["strain.nc", "stress.nc"]).drop_vars("time")
    xr.testing.assert_identical(merged.transpose(*whole.dims), whole.drop_vars("time").transpose(*whole.dims))
    with pytest.raises(InputError, match="hold a control twice"):
        merge([parts[0], parts[0]], ["a.nc", "b.nc"])
    with pytest.raises(InputError, match=r"b\.nc: attribute 'tolerance' differs"):
        merge([parts[0], parts[1].assign_attrs(tolerance=1.0)], ["a.nc", "b.nc"])
    with pytest.raises(InputError, match=r"b\.nc: coordinate 'load_case' differs"):
        merge([parts[0], parts[1].assign_coords(load_case=["12"])], ["a.nc", "b.nc"])


def test_extrapolation_beats_the_mesh_where_flow_localises(cell):
    """Without hardening slip bands form, and the error falls slowly with the size of the elements."""
    soft = Composite("soft", (J2(3.8, 0.387, Hardening(0.03, 0.0, 0.045, 120.0)), FIBRE))
    path = uniaxial("22", "stress", 8, 0.05)
    coarse, fine = (
        reference(cell, soft, [[path]], fineness=fineness).isel(control=0, load_case=0) for fineness in (4.0, 8.0)
    )
    assert fine["refinement"].values.tolist() == [96, 48, 24]

    def error(stress):
        return path_error(np.asarray(stress), fine["stress"].values, path.loaded).loaded

    assert coarse["observed_order"] < 1.0 < fine["observed_order"] < 1.5
    assert error(coarse["stress"]) < 0.7 * error(coarse["mesh_stress"][0])
    assert error(coarse["stress"]) < coarse["estimated_error"] < 0.05
    assert error(fine["mesh_stress"][0]) < 0.03
    assert fine["estimated_error"] < 0.01


def test_what_finer_meshes_change_is_computed_in_larger_steps(cell):
    soft = Composite("soft", (J2(3.8, 0.387, Hardening(0.03, 0.0, 0.045, 120.0)), FIBRE))
    path = piecewise("cycle", "stress", [{"12": 0.03}, {"12": 0.01}], 80)
    meshes = []
    computed = reference(
        cell,
        soft,
        [[path]],
        error_estimate="mesh",
        fineness=2.0,
        receive_fields=lambda _, mesh, __: meshes.append(mesh),
    )
    exact = driven(meshes[0], path, tolerance=1e-6, laws=soft.laws)[1].stress
    np.testing.assert_array_equal(computed["refinement"], [24, 12])
    stress = computed["stress"].values[0, 0]
    np.testing.assert_allclose(stress[::4], computed["mesh_stress"].values[0, 0, 0, ::4], rtol=1e-12)
    coarse = computed["mesh_stress"].values[1, 0, 0]
    change = path_error(coarse, exact, path.loaded).loaded
    assert path_error(stress, exact, path.loaded).loaded < 0.1 * change < 0.005
    assert np.isnan(computed["observed_order"]).all()


@pytest.mark.parametrize(
    ("changes", "order", "gain", "bound"),
    [
        ((8.0, 4.0), 1.0, 1.0, 0.5 * 4.0 / 96.0),  # 112, 104, 100, extrapolated 96
        ((9.0, 4.0), np.log2(2.25), 0.8, 0.4 * 4.0 / 96.8),
        ((6.0, 4.0), np.log2(1.5), 1.0, 0.5 * 8.0 / 96.0),  # extrapolated with order 1
        ((4.0, 4.0), 0.0, 0.0, 3.0 * 4.0 / 100.0),
        ((40.0, 4.0), np.log2(10.0), 0.0, 3.0 * 4.0 / 100.0),  # faster than the elements allow: chance
        ((-8.0, 4.0), np.nan, 0.0, 3.0 * 4.0 / 100.0),  # to and fro
        ((4.0,), np.nan, 0.0, 3.0 * 4.0 / 100.0),
        ((0.0, 0.0), np.nan, 0.0, 0.0),
    ],
)
def test_the_order_observed_on_three_meshes_gives_the_extrapolation_and_its_bound(changes, order, gain, bound):
    loaded = np.arange(6) == 1
    stress = np.zeros((len(changes) + 1, 1, 6))
    stress[:, 0, 1] = 100.0 + np.append(np.cumsum(changes[::-1])[::-1], 0.0)
    stress[:, 0, 2] = [7.0, 1.0, 5.0][: len(stress)]  # not loaded: does not count
    np.testing.assert_allclose(extrapolation(stress, loaded), (order, gain, bound), rtol=1e-12)


def test_a_curve_of_zeros_has_no_relative_bound():
    assert np.isnan(extrapolation(np.zeros((3, 2, 6)), np.arange(6) == 0)[2])


def test_a_convergence_study_finds_errors_that_fall(cell, tmp_path):
    paths = [uniaxial("22", "stress", 8, 0.05)]
    soft = Composite("c", (J2(3.8, 0.387, Hardening(0.03, 0.0, 0.045, 120.0)), FIBRE))
    seen = []
    options = {"strides": (1, 2, 4), "progress": lambda *args: seen.append(args)}
    study = convergence(cell, soft, paths, refinement=12, meshes=4, **options)
    elements, steps = study["elements"].values, [8, 8, 8, 8, 8, 4, 2]
    np.testing.assert_allclose(
        [entry[3] for entry in seen],
        np.cumsum(steps * np.append(elements, [elements[0]] * 3)) / (8 * elements.sum() + 14 * elements[0]),
    )
    assert [entry[:2] for entry in seen] == [(number, 7) for number in range(1, 8)]
    assert study["refinement"].values.tolist() == [12, 24, 48, 96]
    errors = study["mesh_error"].values[0]
    assert (np.diff(errors) < 0.0).all()
    assert np.isnan(study["extrapolation_error"].values[0, :2]).all()
    first, last = study["extrapolation_error"].values[0, 2:]
    assert errors[2] > first > last == 0.0
    smallest, twice, fourfold = study["step_error"].values[0]
    assert fourfold > twice > smallest == 0.0
    assert study["stress"].shape == (1, 4, 9, 6)
    netcdf.write(study, tmp_path / "study.nc", content="convergence", parameters={})
    above, below = draw([tmp_path / "study.nc"]).axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), 100 * study["mesh_error"].values[0])
    np.testing.assert_allclose(below.lines[0].get_ydata(), 100 * study["step_error"].values[0, 1:])
    netcdf.write(study, tmp_path / "again.nc", content="convergence", parameters={})
    with pytest.raises(InputError, match="a second study of c"):
        draw([tmp_path / "study.nc", tmp_path / "again.nc"])
    with pytest.raises(InputError, match="divide 8 steps"):
        convergence(cell, Composite("c", LAWS), paths, strides=(1, 3))


def test_a_composite_has_the_phases_of_the_cell(cell):
    many = Composite("odd", (MATRIX, FIBRE, FIBRE))
    path = uniaxial("11", "strain", 20, 0.01)
    for simulate in (lambda: reference(cell, many, [[path]]), lambda: convergence(cell, many, [path])):
        with pytest.raises(InputError, match=r"^composite 'odd' has 3 phases, the cell 2; they must be equal$"):
            simulate()


def test_a_law_that_couples_takes_all_fields(cell):
    """A law may give pressure under antiplane shear, where no elastic coefficient does."""
    coupling = type("Coupling", (J2,), {"couples": True})(2.1, 0.3, Hardening(0.029))
    path = uniaxial("31", "strain", 2, 0.01)
    assert group_of(path, LAWS) is ANTIPLANE
    assert group_of(path, (coupling, FIBRE)) is COUPLED


def test_fields_are_written_for_paraview(cell, tmp_path):
    system, curve = driven(cell, uniaxial("12", "strain", 3, 0.02))
    fields = system.fields(curve.state)
    write_fields(cell, fields, tmp_path / "fields.vtu")
    piece = ElementTree.parse(tmp_path / "fields.vtu").getroot()[0][0]
    arrays = {array.get("Name"): np.array(array.text.split(), dtype=float) for array in piece.iter("DataArray")}
    point = arrays["Points"].reshape(-1, 3)
    corner = point[arrays["connectivity"].astype(int).reshape(-1, 6)[:, :3], :2]
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = 0.5 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    assert area.sum() == pytest.approx(1.0, abs=1e-8)  # elements across the border are whole
    stress = arrays["stress"].reshape(-1, 6)
    weight = cell.operator.weight.sum(axis=1)
    assert weight @ stress[:, 3] * np.sqrt(2.0) == pytest.approx(curve.stress[-1, 5], rel=1e-7)
    assert arrays["equivalent_plastic_strain"].max() > 0.01
    np.testing.assert_array_equal(arrays["phase"], cell.phase)
    axes, colours = draw([tmp_path / "fields.vtu"]).axes
    drawn = np.unique(axes.collections[-1].get_array())
    mean = arrays["equivalent_plastic_strain"]
    np.testing.assert_array_equal(drawn, np.unique(mean[mean > 0.0]))
    assert "plastic strain" in colours.get_ylabel()
    (tmp_path / "fields.vtu").write_text("<VTKFile></VTKFile>")
    with pytest.raises(InputError, match="not local fields"):
        draw([tmp_path / "fields.vtu"])


def test_the_macroscopic_tangent_is_the_derivative_of_the_stress(cell):
    """Central differences in the six strains at the end of a plastic increment."""
    system = CellSystem(cell, LAWS, COUPLED, 1e-12)
    every = np.ones(6, dtype=bool)

    def increment(state, strain):
        return system.solve(state, Target(every, strain, np.zeros(6)))

    strain, step = np.array([0.02, -0.008, -0.004, 0.006, -0.004, 0.01]), 1e-6
    start = increment(system.initial(), 0.5 * strain).state
    end = increment(start, strain).state
    assert end.points.any()
    stresses = [[increment(start, strain + sign * row).stress for sign in (1.0, -1.0)] for row in step * np.eye(6)]
    columns = [(after - before) / (2.0 * step) for after, before in stresses]
    tangent = system.tangent(start, end)
    np.testing.assert_allclose(tangent, np.transpose(columns), rtol=0.0, atol=1e-5 * abs(tangent).max())
