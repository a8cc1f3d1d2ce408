"""Cells whose answer is known by hand: equal phases, phases that share Poisson's ratio, loads that go back to zero."""

import numpy as np
import pytest
from plasticity_by_hand import INITIAL, LINEAR, METAL, YIELD_STRAIN, YOUNG, narrowed, pulled, response

from laminet import mandel
from laminet.cells.fibres import system
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.reference import reference
from laminet.cells.fibres.system import CellSystem, group_of
from laminet.loading.driver import follow
from laminet.loading.paths import CASES, CONTROLS, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.materials.stiffness import orthotropic_stiffness

STIFF = Elastic(orthotropic_stiffness(70, 70, 70, *[26.923076923076923] * 3, 0.3, 0.3, 0.3))
LATERALLY_FREE = (
    J2(YOUNG, 0.0, Hardening(INITIAL, LINEAR)),
    Elastic(orthotropic_stiffness(*[70] * 3, *[35] * 3, 0, 0, 0)),
)


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=4, refinement=12, candidates=1, seed=1))


def driven(cell, path, laws, tolerance=1e-9):
    return follow(CellSystem(cell, laws, group_of(path, laws), tolerance), path)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("case", CASES)
def test_equal_phases_follow_plasticity_by_hand(cell, case, control):
    curve = driven(cell, uniaxial(case, control, 8, 0.02), (METAL, METAL))
    strain, at = np.linspace(0.0, 0.02, 9), mandel.INDEX[case]
    np.testing.assert_allclose(curve.stress, response(case, control, strain), atol=1e-9)
    if control == "stress" and at < 3:
        lateral = np.delete(curve.strain[:, :3], at, axis=1)
        np.testing.assert_allclose(lateral, np.column_stack([narrowed(strain)] * 2), atol=1e-9)


@pytest.mark.parametrize(
    ("laws", "controls"), [((METAL, STIFF), ("stress",)), (LATERALLY_FREE, CONTROLS)], ids=["0.3", "0"]
)
def test_phases_of_one_poisson_ratio_share_the_load_along_the_fibres(cell, laws, controls):
    """No lateral stress arises: the mean of Young's moduli, which is the whole answer."""
    assert cell.volume_fraction == pytest.approx(0.6, abs=1e-3)
    fibres = cell.volume_fraction
    for control in controls:
        path = uniaxial("33", control, 5, 0.9 * YIELD_STRAIN)
        curve = driven(cell, path, laws, 1e-6)
        expected = np.zeros((6, 6))
        expected[:, 2] = ((1.0 - fibres) * YOUNG + fibres * 70.0) * path.strain[:, 2]
        np.testing.assert_allclose(curve.stress, expected, atol=1e-9)


@pytest.mark.parametrize("laws", [(METAL, STIFF), (METAL, METAL)], ids=["two", "one"])
@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("case", ["11", "33", "12", "23"])
def test_an_elastic_load_goes_back_to_zero_and_on(cell, laws, case, control):
    path = piecewise(case, control, [{case: 5e-4}, {case: 0.0}, {case: 0.0}, {case: -5e-4}], 8)
    curve = driven(cell, path, laws, 1e-6)
    assert np.abs(curve.stress[4:7]).max() < 1e-9
    np.testing.assert_allclose(curve.stress[8], -curve.stress[2], atol=1e-9)
    assert curve.iterations[5:7].sum() <= 1, "nothing changes"


@pytest.mark.parametrize("case", ["11", "33"])
def test_a_force_taken_away_after_flow_leaves_no_stress(cell, case):
    peak = float(pulled(np.array(0.02)))
    released = 0.02 - peak / YOUNG
    vertices = [{case: 0.02}, {case: released}, {case: released}, {case: 0.02}]
    curve = driven(cell, piecewise(case, "stress", vertices, 12), (METAL, METAL), 1e-6)
    stress = curve.stress[[3, 6, 9, 12], mandel.INDEX[case]]
    np.testing.assert_allclose(stress, [peak, 0.0, 0.0, peak], atol=1e-8)


def test_a_path_that_goes_nowhere_stays_at_rest(cell):
    path = piecewise("rest", "stress", [{"11": 0.0}], 3)
    curve = driven(cell, path, (METAL, STIFF))
    assert curve.converged.all()
    assert not curve.stress.any()
    assert not curve.iterations.any()
    computed = reference(cell, Composite("c", (METAL, STIFF)), [[path]], error_estimate="mesh")
    assert np.isnan(computed["estimated_error"].item()), "relative to nothing"


@pytest.mark.parametrize("case", ["11", "33", "12", "23"])
@pytest.mark.parametrize("control", CONTROLS)
def test_the_floor_of_the_scale_changes_no_iterate_where_forces_are_no_rounding(cell, case, control, monkeypatch):
    """Phases of different Poisson's ratios, flow included."""
    laws = (METAL, Elastic(orthotropic_stiffness(20, 20, 72, 8, 29, 29, 0.25, 0.1, 0.1)))
    path = uniaxial(case, control, 5, 0.03)
    curve = driven(cell, path, laws, 1e-6)
    monkeypatch.setattr(system, "FLOOR", 0.0)
    plain = driven(cell, path, laws, 1e-6)
    np.testing.assert_array_equal(curve.iterations, plain.iterations)
    np.testing.assert_array_equal(curve.stress, plain.stress)
