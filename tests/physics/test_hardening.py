"""Forms of hardening: J2 along curves by hand, in Python, in native code, in a cell and for training."""

import numpy as np
import pytest

from laminet import mandel
from laminet.cells.fibres import cell
from laminet.cells.fibres.reference import reference
from laminet.errors import ConvergenceError, InputError, LaminetWarning
from laminet.loading.paths import piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening, PowerHardening, TableHardening, YieldStress
from laminet.materials.library import Composite, composite
from laminet.materials.stiffness import isotropic_stiffness
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.settings import MaterialSettings
from laminet.training.curve_loss import Curve, curve_gradient

YOUNG, POISSON = 2.0, 0.3
POINTS = ((0.0, 0.02), (0.01, 0.022), (0.02, 0.032), (0.04, 0.036))  # slopes 0.2, 1 and 0.2: stiffer in between
POWER = PowerHardening(0.02, 0.004, 0.25)
TABLE = TableHardening(POINTS)
RISING = TableHardening(POINTS, "linear")
FORMS = (Hardening(0.02, 0.1, 0.01, 90.0), POWER, TABLE, RISING)

P = np.array([0.0, 0.004, 0.01, 0.015, 0.04, 0.06])
STRESS = {  # of P, by hand
    POWER: 0.02 * np.array([1.0, 2.0**0.25, 3.5**0.25, 4.75**0.25, 11.0**0.25, 2.0]),
    TABLE: np.array([0.02, 0.0208, 0.022, 0.027, 0.036, 0.036]),
    RISING: np.array([0.02, 0.0208, 0.022, 0.027, 0.036, 0.04]),
}


def pulled(stress: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Strains (n, 6) under uniaxial stress: Poisson's ratio of the elastic strain, half the plastic one."""
    elastic = stress / YOUNG
    across = -POISSON * elastic - 0.5 * p
    return np.stack([elastic + p, across, across, 0.0 * p, 0.0 * p, 0.0 * p], axis=1)


def mises(stress: np.ndarray) -> np.ndarray:
    return np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=-1)


@pytest.mark.parametrize("form", STRESS, ids=["power", "table", "rising"])
def test_uniaxial_stress_follows_the_curve_by_hand(form):
    """At once from the virgin state, across kinks, and step by step."""
    law, strain = J2(YOUNG, POISSON, form), pulled(STRESS[form], P)
    expected = np.outer(STRESS[form], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    stress, _, state = law.update(strain, np.zeros((len(P), 7)))
    np.testing.assert_allclose(stress, expected, rtol=0.0, atol=1e-15)
    np.testing.assert_allclose(state[:, 6], P, rtol=0.0, atol=1e-15)
    point = np.zeros((1, 7))
    for one, wanted in zip(strain, expected, strict=True):
        stress, _, point = law.update(one[None], point)
        np.testing.assert_allclose(stress[0], wanted, rtol=0.0, atol=1e-15)


def test_slopes_are_those_by_hand():
    np.testing.assert_allclose(POWER.slope(np.array([0.0, 0.06])), [0.02 * 0.25 / 0.004, 0.25 * 0.04 / 0.064])
    np.testing.assert_allclose(TABLE.slope(np.array([0.0, 0.01, 0.039, 0.04])), [0.2, 1.0, 0.2, 0.0])
    np.testing.assert_allclose(RISING.slope(np.array([0.04, 3.0])), 0.2)
    assert PowerHardening(0.02, 0.004, 0.0).stress(P).tolist() == [0.02] * len(P)


@pytest.mark.parametrize("form", STRESS, ids=["power", "table", "rising"])
def test_work_is_elastic_energy_and_the_area_under_the_curve(form):
    """Under uniaxial stress to p = 0.06; the areas are integrals by hand."""
    areas = {
        POWER: 0.02 * 0.004 / 1.25 * (16.0**1.25 - 1.0),
        TABLE: 0.01 * 0.021 + 0.01 * 0.027 + 0.02 * 0.034 + 0.02 * 0.036,
        RISING: 0.01 * 0.021 + 0.01 * 0.027 + 0.02 * 0.034 + 0.02 * 0.038,
    }
    p = np.linspace(0.0, 0.06, 4801)
    strain = np.concatenate([np.zeros((1, 6)), pulled(form.stress(p), p)])
    stress = J2(YOUNG, POISSON, form).update(strain, np.zeros((len(strain), 7)))[0]
    work = 0.5 * np.einsum("ni,ni->", stress[1:] + stress[:-1], np.diff(strain, axis=0))
    assert work == pytest.approx(0.5 * form.stress(0.06) ** 2 / YOUNG + areas[form], rel=1e-6)


STEEP = TableHardening(((0.0, 0.01), (1e-9, 0.0100001), (0.002, 0.0100002), (0.002001, 5.0), (0.1, 5.0), (0.2, 400.0)))
CONCAVE = [PowerHardening(0.02, reference, n) for reference in (1e-12, 1e-6, 100.0) for n in (0.01, 0.3, 1.0)]


@pytest.mark.parametrize("form", [STEEP, *CONCAVE, *FORMS])
def test_the_return_mapping_converges_wherever_the_curve_leads(form, rng):
    """Lines from perfectly plastic to 2500 times as stiff as the elastic material, and powers that rise at once."""
    law = J2(YOUNG, POISSON, form)
    strain, state = np.zeros((60, 6)), np.zeros((60, 7))
    for size in (0.02, 0.01, 0.1, 3.0):
        strain = strain + rng.normal(0.0, size, strain.shape)
        old = state
        stress, tangent, state = law.update(strain, old)
        flows = state[:, 6] > old[:, 6]
        assert flows.any()
        trial = mises((strain - old[:, :6]) @ law.stiffness)[flows]
        growth = (state - old)[flows, 6]
        np.testing.assert_allclose(mises(stress[flows]) + 3.0 * law.shear * growth, trial, rtol=1e-12)
        residual = np.abs(mises(stress[flows]) - form.stress(state[flows, 6]))
        assert (residual <= 1e-13 * (trial + form.slope(state[flows, 6]) * state[flows, 6])).all()
        assert (np.linalg.eigvalsh(tangent) > -1e-12).all()
    with pytest.raises(ConvergenceError, match="trial stress or hardening is not finite"):
        form.increment(np.array([np.nan]), 1.0, np.zeros(1))


def single(law: J2) -> Material:
    """A network of one leaf is its law."""
    network = initial_parameters("imn", 1, 0)
    return Material(network, Composite("one", (law, law)), 30, MaterialSettings(tolerance=1e-12))


@pytest.mark.parametrize("form", FORMS, ids=["saturating", "power", "table", "rising"])
def test_native_code_has_the_update_of_python(form, rng):
    """In groups of points and alone: a laminate of one material is this material."""
    law, state = J2(YOUNG, POISSON, form), np.zeros((30, 7))
    material = single(law)
    points, strain = material.virgin(), np.zeros((30, 6))
    for _ in range(5):
        strain = strain + rng.normal(0.0, 0.015, strain.shape)
        stress, tangent, points = material.update(strain, points)
        expected, moduli, state = law.update(strain, state)
        np.testing.assert_allclose(stress, expected, rtol=0.0, atol=1e-12)
        np.testing.assert_allclose(tangent, moduli, rtol=0.0, atol=1e-8)


def test_powers_of_lanes_are_exact():
    """A group of points, each with a p of its own over fifteen decades, has the stress by hand."""
    p = np.logspace(-12, 2.5, 30)
    for exponent in (0.02, 0.5, 1.0):
        form = PowerHardening(0.02, 1e-3, exponent)
        strain = pulled(0.02 * (1.0 + p / 1e-3) ** exponent, p)
        law = J2(YOUNG, POISSON, form)
        material = single(law)
        stress = material.update(strain, material.virgin())[0]
        np.testing.assert_allclose(mises(stress), 0.02 * (1.0 + p / 1e-3) ** exponent, rtol=1e-11)


def test_the_native_law_refuses_what_python_refuses():
    from laminet import _native

    for name, numbers, words in (
        ("j2_table", (2, 0.3, 0, 0, 0.02, 0.01), "form is: j2_table YOUNG POISSON BEYOND P STRESS P STRESS"),
        ("j2_table", (2, 0.3, 0, 0.1, 0.02, 0.2, 0.03), "first p of a table must be 0"),
        ("j2_table", (2, 0.3, 0, 0, 0.02, 0.1, 0.03, 0.1, 0.04), "sorted by p"),
        ("j2_table", (2, 0.3, 0, 0, 0.02, 0.1, 0.01), "must not fall"),
        ("j2_table", (2, 0.3, -1, 0, 0.02, 0.1, 0.03), "must not fall"),
        ("j2_table", (2, 0.3, 0, 0, 0, 0.1, 0.03), "initial yield stress must be positive"),
        ("j2_power", (2, 0.3, 0.02, 0.002), "form is: j2_power YOUNG POISSON INITIAL REFERENCE EXPONENT"),
        ("j2_power", (2, 0.3, 0, 0.002, 0.2), "initial yield stress must be positive"),
        ("j2_power", (2, 0.3, 0.02, 0, 0.2), "reference strain of a power law must be positive"),
        ("j2_power", (2, 0.3, 0.02, 0.1, 1.2), "exponent of a power law must lie from 0 to 1"),
        ("j2_power", (2, 0.3, 0.02, np.nan, 0.2), "not finite"),
        ("j2_cubic", (2, 0.3, 0.02), "the law j2_cubic is unknown"),
        ("j2", (2,), "form is: j2 YOUNG POISSON INITIAL LINEAR SATURATION RATE"),
    ):
        with pytest.raises(ValueError, match=words):
            _native.Law(name, numbers)


FIBRE = Elastic(isotropic_stiffness(20.0, 0.2))


def composites(*forms: YieldStress) -> list[Composite]:
    return [Composite(f"c{k}", (J2(YOUNG + k, POISSON, form), FIBRE)) for k, form in enumerate(forms)]


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_gradients_of_curves_are_those_of_the_reference(model, sparse_network):
    """Nine composites, so that places of a lane have tables and powers of their own, and no lane has two forms."""
    other = TableHardening(((0.0, 0.015), (0.003, 0.03), (0.05, 0.05)), "linear")
    forms = (TABLE, POWER, other, RISING, PowerHardening(0.01, 0.002, 0.5), *FORMS)
    path, rng = piecewise("back", "stress", [{"22": 0.03}, {"22": 0.0}], 6), np.random.default_rng(3)
    curves = [Curve(each, path, rng.uniform(0.02, 0.06, (6, 6)), path.loaded) for each in composites(*forms)]
    network = sparse_network(model, 3, 2, 5)
    native, expected = (
        curve_gradient(network, curves, backend=backend, tolerance=1e-11) for backend in ("native", "torch")
    )
    assert not native.failed.any()
    np.testing.assert_allclose(native.losses, expected.losses, rtol=1e-10)
    np.testing.assert_allclose(native.gradient, expected.gradient, rtol=0.0, atol=1e-9 * abs(expected.gradient).max())


@pytest.mark.parametrize("form", STRESS, ids=["power", "table", "rising"])
def test_a_cell_of_one_material_has_the_curve_by_hand(form):
    law = J2(YOUNG, POISSON, form)
    mesh = cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0))
    path = uniaxial("22", "stress", 6, 0.06)
    curve = reference(mesh, Composite("one", (law, law)), [[path]], error_estimate="none")
    assert curve["converged"].all()
    stress, strain = (curve[name].sel(component="22").values.ravel() for name in ("stress", "strain"))
    p = strain - stress / YOUNG
    np.testing.assert_allclose(stress[1:], form.stress(p[1:]), rtol=1e-6)


HARDENING = "here: composite 'c': phase_1: hardening"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"table": [[0, 0.02], [0.1, 0.03], [0.1, 0.04]]},
            "table: p of point 3 is 0.1; it must be above the 0.1 of .*p",
        ),
        ({"table": [[0, 0.02], [0.2, 0.03], [0.1, 0.04]]}, "table: p of point 3 is 0.1; .* sort the points by p"),
        (
            {"table": [[0, 0.02], [0.1, 0.01]]},
            "table: the stress of point 2 is 0.01; softening is .* at least the 0.02",
        ),
        (
            {"table": [[0.002, 0.02], [0.1, 0.03]]},
            "table: the first p is 0.002; it must be 0, where flow begins; p is ",
        ),
        ({"table": [[0, 0.0], [0.1, 0.03]]}, "table: the stress of point 1 is 0.0; it must be positive; for flow"),
        ({"table": [[0, 0.02]]}, "table has 1 points; give two or more, each"),
        ({"table": [[0, 0.02], [0.1]]}, "table is .*; it must be several lists of two numbers"),
        ({"table": [[0, 0.02], [0.1, "x"]]}, "table is .*; it must be several lists of two numbers"),
        ({"table": 3}, "table is 3; it must be several lists of two numbers"),
        ({"table": [[0, 0.02], [1, 0.03]], "beyond": "flat"}, "beyond is 'flat'; it must be one of constant, linear"),
        ({"beyond": "linear"}, "table is missing; it must be several lists of two numbers"),
        ({"table": [[0, 0.02], [1, 0.03]], "initial": 0.02}, "table, initial do not go together; give initial, linear"),
        (
            {"initial": 0.02, "linear": 0.1, "exponent": 0.2},
            "initial, linear, exponent do not go together; give .*; or",
        ),
        ({"initial": 0.02, "exponent": 0.2}, "reference is missing; it must be a number"),
        (
            {"initial": 0.02, "reference": 0.0, "exponent": 0.2},
            "reference is 0.0; it must be positive; a power law has",
        ),
        ({"initial": 0.0, "reference": 0.01, "exponent": 0.2}, "initial is 0.0; it must be positive; for flow from"),
        (
            {"initial": 0.02, "reference": 0.01, "exponent": 1.2},
            "exponent is 1.2; it must lie from 0 to 1; for another",
        ),
        ({"initial": 0.02, "reference": 0.01, "exponent": -0.1}, "exponent is -0.1; it must lie from 0 to 1"),
        ({"initial": 0.02, "k": 1}, "unknown setting k; there are initial, linear, saturation, rate"),
        ({}, "initial is missing; it must be a number"),
        ([1], r"hardening is \[1\]; it must be a mapping"),
    ],
)
def test_bad_hardening_is_named_with_its_remedy(fields, message):
    entry = {"phase_1": {"law": "j2", "young": 2.0, "poisson": 0.3, "hardening": fields}}
    with pytest.raises(InputError, match=message) as error:
        composite("c", entry, "here")
    assert str(error.value).startswith(HARDENING)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_materials_file_has_every_form(form):
    law = J2(YOUNG, POISSON, form)
    one = Composite("c", (law,))
    assert composite("c", one.to_fields(), "here") == one
    assert one.text


def test_numbers_of_a_table_may_be_those_of_other_yaml_readers():
    hardening = {"table": [[0, 0.02], ["1e-2", "3e-2"]], "beyond": "linear"}
    entry = {"phase_1": {"law": "j2", "young": 2.0, "poisson": 0.3, "hardening": hardening}}
    (law,) = composite("c", entry, "here").laws
    assert law == J2(2.0, 0.3, TableHardening(((0.0, 0.02), (0.01, 0.03)), "linear"))
    assert law.describe() == "elastic-plastic (J2), E = 2, 2, 2 GPa, yields at 20 MPa"


def test_a_table_in_another_unit_is_doubted():
    entry = {"phase_1": {"law": "j2", "young": 2.0, "poisson": 0.3, "hardening": {"table": [[0, 20], [0.1, 30]]}}}
    with pytest.warns(LaminetWarning, match="table: the first stress is 20, above 0.2 of young, 2: are both in GPa"):
        composite("c", entry, "here")
