"""Networks of two equal phases are one material, whatever their tree: every scheme, both backends, back to zero."""

from typing import get_args

import numpy as np
import pytest
from plasticity_by_hand import METAL, YOUNG, pulled, response

from laminet import mandel
from laminet.loading.driver import Curve, follow
from laminet.loading.paths import CASES, CONTROLS, LoadPath, piecewise, uniaxial
from laminet.materials.laws import Elastic
from laminet.materials.library import Composite
from laminet.materials.stiffness import isotropic_stiffness
from laminet.online.native import NativeSystem
from laminet.online.schemes import SCHEMES, NetworkSystem, scheme
from laminet.online.settings import Criterion, OnlineSettings

FITTING = [(name, model) for name, recipe in SCHEMES.items() for model in recipe.models]
EXACT = [(name, model) for name, model in FITTING if SCHEMES[name].residual != "none" or SCHEMES[name].secant]
"""The others are biased in control stress: their tangents forget the stress at the start of an increment."""
SETTINGS = OnlineSettings(tolerance=1e-10)


def both(system: NetworkSystem, path: LoadPath) -> list[Curve]:
    return [follow(system, path), NativeSystem(system).follow(path)]


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("control", CONTROLS)
def test_equal_phases_follow_plasticity_by_hand(name, model, control, sparse_network):
    system = scheme(name, sparse_network(model, 3, 2, 6), Composite("c", (METAL, METAL)), SETTINGS)
    for case in CASES if (name, model) in EXACT or control == "strain" else ():
        for curve in both(system, uniaxial(case, control, 8, 0.02)):
            assert curve.converged.all()
            np.testing.assert_allclose(curve.stress, response(case, control, np.linspace(0.0, 0.02, 9)), atol=1e-9)


@pytest.mark.parametrize(("name", "model"), EXACT)
def test_a_force_taken_away_after_flow_leaves_no_stress(name, model, sparse_network):
    peak = float(pulled(np.array(0.02)))
    released = 0.02 - peak / YOUNG
    vertices = [{"33": 0.02}, {"33": released}, {"33": released}, {"33": 0.02}]
    system = scheme(name, sparse_network(model, 3, 2, 6), Composite("c", (METAL, METAL)), SETTINGS)
    for curve in both(system, piecewise("33", "stress", vertices, 12)):
        assert curve.converged.all()
        np.testing.assert_allclose(curve.stress[[3, 6, 9, 12], 2], [peak, 0.0, 0.0, peak], atol=1e-8)


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("criterion", get_args(Criterion))
@pytest.mark.parametrize("control", CONTROLS)
def test_an_elastic_load_goes_back_to_zero_and_on(name, model, criterion, control, sparse_network):
    settings = OnlineSettings(criterion=criterion)
    stiff = Elastic(isotropic_stiffness(70.0, 0.3))
    for laws in ((METAL, METAL), (METAL, stiff)):
        system = scheme(name, sparse_network(model, 3, 2, 6), Composite("c", tuple(laws)), settings)
        for case in ("11", "33", "12", "23"):
            path = piecewise(case, control, [{case: 5e-4}, {case: 0.0}, {case: 0.0}, {case: -5e-4}], 8)
            for curve in both(system, path):
                assert curve.converged.all()
                assert np.abs(curve.stress[4:7]).max() < 1e-9
                driven = mandel.INDEX[case]
                np.testing.assert_allclose(curve.stress[8, driven], -curve.stress[2, driven], rtol=1e-5)
