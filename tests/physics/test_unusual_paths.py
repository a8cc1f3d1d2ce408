"""Load paths at the edges: tiny strains, one huge step, no length, stresses, plane stress; networks and cells."""

import numpy as np
import pytest
from layered_cell import layered_cell

from laminet.cells.fibres.operator import COUPLED
from laminet.cells.fibres.system import CellSystem
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import LoadPath, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening, Norton, Viscoplastic
from laminet.materials.library import Composite
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.online.native import NativeSystem
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

FIBRE = Elastic(orthotropic_stiffness(20, 20, 72, 8, 29, 29, 0.25, 0.1, 0.1))
MATRICES = {
    "j2": J2(3.8, 0.387, Hardening(0.02, 0.1)),
    "viscoplastic": Viscoplastic(3.8, 0.387, Hardening(0.02, 0.1), norton=Norton(0.08, 4.5)),
}
SETTINGS = OnlineSettings(tolerance=1e-10)
LAYERS = NetworkParameters("imn", 1, np.array([0.6, 0.4]), np.array([[0.0, 0.5]]))
"""The laminate of the layered cell: normal (1, 0, 0), fractions 0.6 and 0.4."""


def responses(path: LoadPath, matrix: str) -> list[Curve]:
    """Of the network, compiled and readable, and of the cell of the same layers."""
    pair = Composite("c", (MATRICES[matrix], FIBRE))
    system = scheme("newton_condensed", LAYERS, pair, SETTINGS)
    cell = CellSystem(layered_cell(0), pair.laws, COUPLED, 1e-10)
    return [NativeSystem(system).follow(path), follow(system, path), follow(cell, path)]


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("control", ["strain", "stress"])
class TestPaths:
    def test_a_strain_of_1e_12_is_elastic(self, control, matrix):
        large, small = (responses(uniaxial("12", control, 2, size), matrix) for size in (1e-4, 1e-12))
        for one, other in zip(small, large, strict=True):
            assert one.converged.all()
            np.testing.assert_allclose(1e8 * one.stress, other.stress, rtol=1e-7, atol=1e-15)

    def test_a_step_of_five_percent_converges_in_parts(self, control, matrix):
        curves = responses(uniaxial("11", control, 1, 0.05), matrix)
        assert all(curve.converged.all() for curve in curves)
        for other in curves[1:]:
            tolerance = 1e-8 if matrix == "j2" else 0.02  # parts of different lengths integrate time differently
            np.testing.assert_allclose(other.stress, curves[0].stress, atol=tolerance * np.abs(curves[0].stress).max())

    @pytest.mark.parametrize("vertices", [[{"11": 0.0}], [{"s11": 0.0}, {"duration": 10.0}]])
    def test_a_path_of_no_length_stays_at_zero(self, control, matrix, vertices):
        for curve in responses(piecewise("nothing", control, vertices, 3), matrix):
            assert curve.converged.all()
            assert not curve.stress.any()
            assert not curve.strain.any()

    def test_stresses_are_met_and_strains_with_them(self, control, matrix):
        vertices = [{"s11": 0.02, "22": 0.004, "s12": 0.015}, {"s11": -0.01, "22": 0.0, "s12": 0.015}]
        path = piecewise("mixed", control, vertices, 6)
        curves = responses(path, matrix)
        for curve in curves:
            np.testing.assert_allclose(curve.stress[:, ~path.prescribed], path.stress[:, ~path.prescribed], atol=1e-9)
            np.testing.assert_allclose(curve.strain[:, path.prescribed], path.strain[:, path.prescribed], atol=1e-15)
        for other in curves[1:]:
            np.testing.assert_allclose(other.strain, curves[0].strain, atol=1e-8)


def test_plane_stress_of_a_uniform_elastic_phase_is_hookes_law():
    young, poisson = 3.8, 0.387
    pair = Composite("c", (MATRICES["j2"], MATRICES["j2"]))
    path = piecewise("plane", "stress", [{"11": 0.001, "22": -0.0004, "12": 0.0005}], 1)
    curve = NativeSystem(scheme("newton_condensed", LAYERS, pair, SETTINGS)).follow(path)
    factor = young / (1.0 - poisson**2)
    wanted = [factor * (0.001 - poisson * 0.0004), factor * (-0.0004 + poisson * 0.001), 0.0, 0.0, 0.0]
    np.testing.assert_allclose(curve.stress[1, :5], wanted, atol=1e-12)
    assert curve.stress[1, 5] == pytest.approx(np.sqrt(2.0) * young / (1.0 + poisson) * 0.0005, rel=1e-10)
    assert curve.strain[1, 2] == pytest.approx(-poisson / (1.0 - poisson) * (0.001 - 0.0004), rel=1e-10)
