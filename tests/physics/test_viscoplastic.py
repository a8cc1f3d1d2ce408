"""Viscoplasticity: closed forms of creep and relaxation, the limits of its rate, exact tangents; networks and cells."""

from itertools import islice, pairwise

import numpy as np
import pytest
from layered_cell import layered_cell
from scipy.integrate import solve_ivp

from laminet import mandel
from laminet.cells.fibres.operator import COUPLED
from laminet.cells.fibres.system import CellSystem
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Target, follow
from laminet.loading.paths import piecewise, uniaxial
from laminet.materials.laws import (
    J2,
    Elastic,
    Hardening,
    Norton,
    Perzyna,
    PowerHardening,
    TableHardening,
    Viscoplastic,
)
from laminet.materials.library import Composite, composite
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.native import NativeSystem
from laminet.online.schemes import SCHEMES, scheme
from laminet.online.settings import MaterialSettings, OnlineSettings

YOUNG, POISSON = 3.8, 0.387
SHEAR = YOUNG / (2.0 * (1.0 + POISSON))
SATURATING = Hardening(initial=0.02, linear=0.1, saturation=0.03, rate=150.0)
RULES = {
    "linear": {"norton": Norton(drag=2.0, exponent=1.0)},
    "norton": {"norton": Norton(drag=0.08, exponent=4.5)},
    "perzyna": {"perzyna": Perzyna(rate=0.02, exponent=3.0)},
    "steep": {"norton": Norton(drag=0.03, exponent=40.0)},
}
LAWS = {name: Viscoplastic(YOUNG, POISSON, SATURATING, **rule) for name, rule in RULES.items()}
FORMS = {
    "power": PowerHardening(0.02, 0.002, 0.3),
    "locking": TableHardening(((0.0, 0.02), (0.004, 0.03), (0.01, 0.031), (0.015, 0.3)), "linear"),
}
"""Other forms of hardening; the table becomes steeper than the elastic slope, so that Newton alone would not do."""
FIBRE = Elastic(orthotropic_stiffness(20, 20, 72, 8, 29, 29, 0.25, 0.1, 0.1))
TIMED = [name for name, recipe in SCHEMES.items() if recipe.residual != "none"]


def shear_strain(tensor: float) -> np.ndarray:
    return np.array([[0.0, 0.0, 0.0, 0.0, 0.0, np.sqrt(2.0) * tensor]])


def mises(stress: np.ndarray) -> np.ndarray:
    return np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=-1)


def held(law: Viscoplastic, strain: np.ndarray, seconds: float, steps: int) -> np.ndarray:
    """Von Mises stress (steps + 1,) at a strain (1, 6) that is reached at once and held."""
    stress, _, state = law.over(0.0).update(strain, np.zeros((1, 7)))
    response = [mises(stress)[0]]
    for _ in range(steps):
        stress, _, state = law.over(seconds / steps).update(strain, state)
        response.append(mises(stress)[0])
    return np.array(response)


def test_linear_overstress_relaxes_as_backward_euler_in_closed_form():
    law = Viscoplastic(YOUNG, POISSON, Hardening(0.01, linear=0.2), norton=Norton(drag=2.0, exponent=1.0))
    steps, seconds = 8, 1.6
    # with p' = f / K the overstress f falls by 3 G + H for every p
    factor = 1.0 + (3.0 * SHEAR + 0.2) * seconds / steps / 2.0
    first = np.sqrt(3.0) * 2.0 * SHEAR * 0.02 - 0.01
    overstress = first / factor ** np.arange(steps + 1)
    p = (first - overstress) / (3.0 * SHEAR + 0.2)
    computed = held(law, shear_strain(0.02), seconds, steps)
    np.testing.assert_allclose(computed, 0.01 + 0.2 * p + overstress, rtol=1e-13)


def test_relaxation_by_a_power_comes_to_its_closed_form_with_the_first_order():
    law = Viscoplastic(YOUNG, POISSON, Hardening(0.01, linear=0.2), norton=Norton(drag=0.1, exponent=3.0))
    first, fall, seconds = np.sqrt(3.0) * 2.0 * SHEAR * 0.02 - 0.01, 3.0 * SHEAR + 0.2, 0.5
    overstress = (first**-2 + 2.0 * fall * seconds / 0.1**3) ** -0.5
    exact = 0.01 + 0.2 * (first - overstress) / fall + overstress
    errors = [abs(held(law, shear_strain(0.02), seconds, steps)[-1] - exact) for steps in (100, 200, 400)]
    assert errors[-1] < 2e-3 * exact
    assert [coarse / fine for coarse, fine in pairwise(errors)] == pytest.approx([2.0, 2.0], abs=0.1)


@pytest.mark.parametrize("rule", ["norton", "perzyna"])
def test_relaxation_is_the_solution_of_its_differential_equation(rule):
    law, seconds = LAWS[rule], 4.0
    first = np.sqrt(3.0) * 2.0 * SHEAR * 0.03

    def growth(_time: float, p: np.ndarray) -> np.ndarray:
        yielding = SATURATING.initial + SATURATING.linear * p + SATURATING.saturation * (1.0 - np.exp(-150.0 * p))
        over = np.maximum(first - 3.0 * SHEAR * p - yielding, 0.0)
        return (over / 0.08) ** 4.5 if rule == "norton" else 0.02 * (over / yielding) ** 3.0

    p = solve_ivp(growth, (0.0, seconds), [0.0], method="LSODA", rtol=1e-10, atol=1e-14).y[0, -1]
    coarse, fine = (held(law, shear_strain(0.03), seconds, steps)[-1] for steps in (2000, 4000))
    assert 2.0 * fine - coarse == pytest.approx(first - 3.0 * SHEAR * p, rel=1e-5)  # without the first-order error


def single(law, **settings) -> tuple[NetworkParameters, Composite]:
    """A network of two leaves of one law: a material point that load paths drive."""
    return initial_parameters("imn", 1, 3), Composite("one", (law, law))


def test_creep_under_uniaxial_stress_is_the_closed_form():
    law = Viscoplastic(YOUNG, POISSON, Hardening(0.02, linear=0.5), norton=Norton(drag=2.0, exponent=1.0))
    vertices = [{"s11": 0.05, "duration": 0.0}, {"duration": 12.0}]
    path = piecewise("creep", "stress", vertices, 24)
    network, both = single(law)
    curve = NativeSystem(scheme("newton_condensed", network, both, OnlineSettings(tolerance=1e-12))).follow(path)
    assert curve.converged.all()
    np.testing.assert_allclose(curve.stress[12:, 0], 0.05, rtol=1e-10)
    np.testing.assert_allclose(path.time, [0.0] * 13 + list(range(1, 13)), rtol=1e-14)
    # p' = (s - R - H p) / K; backward Euler multiplies what is left by 1 / (1 + H dt / K)
    left = (1.0 + 0.5 * 1.0 / 2.0) ** -np.arange(13.0)
    p = (0.05 - 0.02) / 0.5 * (1.0 - left)
    np.testing.assert_allclose(curve.strain[12:, 0], 0.05 / YOUNG + p, rtol=1e-9)
    np.testing.assert_allclose(curve.strain[12:, 1], -POISSON * 0.05 / YOUNG - 0.5 * p, rtol=1e-9)


@pytest.mark.parametrize("name", LAWS)
def test_slow_loading_is_j2_and_fast_loading_is_elastic(name, rng):
    law, plastic = LAWS[name], J2(YOUNG, POISSON, SATURATING)
    strain = 0.02 * rng.normal(size=(30, 6))
    state = plastic.update(0.02 * rng.normal(size=(30, 6)), np.zeros((30, 7)))[2]
    slow = 10.0 ** (14.0 * law.flow.exponent) if law.flow.exponent < 20 else 1e300
    for result, expected in zip(law.over(slow).update(strain, state), plastic.update(strain, state), strict=True):
        np.testing.assert_allclose(result, expected, atol=1e-6 * np.abs(expected).max())
    for duration in (0.0, 1e-300):
        stress, tangent, after = law.over(duration).update(strain, state)
        np.testing.assert_allclose(stress, (strain - state[:, :6]) @ law.stiffness, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(tangent, np.broadcast_to(law.stiffness, tangent.shape), atol=1e-5)
        np.testing.assert_allclose(after, state, atol=1e-7)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("duration", [1e-3, 1.0, 1e3])
def test_the_stress_exceeds_yield_by_what_the_rate_asks_for(name, duration, rng):
    law = LAWS[name].over(duration)
    strain, state = 0.02 * rng.normal(size=(40, 6)), np.zeros((40, 7))
    stress, _, after = law.update(strain, state)
    p, flows = after[:, 6], after[:, 6] > 0.0
    assert flows.sum() > 30
    yielding = SATURATING.initial + SATURATING.linear * p + SATURATING.saturation * (1.0 - np.exp(-150.0 * p))
    drag, rate, exponent = law.flow.constants
    resistance = (drag or yielding) * (p / (duration * rate)) ** (1.0 / exponent)
    np.testing.assert_allclose(mises(stress)[flows], (yielding + resistance)[flows], rtol=1e-12)
    np.testing.assert_allclose(after[:, :6] @ mandel.IDENTITY, 0.0, atol=1e-16)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("duration", [1e-2, 1.0, 1e4])
def test_consistent_tangent_is_the_derivative_of_the_stress(name, duration, rng):
    law, step = LAWS[name].over(duration), 1e-7
    state = law.update(0.01 * rng.normal(size=(20, 6)), np.zeros((20, 7)))[2]
    strain = 0.02 * rng.normal(size=(20, 6))
    _, tangent, after = law.update(strain, state)
    assert (after[:, 6] > state[:, 6]).all()
    for column, direction in enumerate(np.eye(6)):
        difference = law.update(strain + step * direction, state)[0] - law.update(strain - step * direction, state)[0]
        np.testing.assert_allclose(tangent[:, :, column], difference / (2.0 * step), atol=2e-6)
    np.testing.assert_allclose(tangent, np.swapaxes(tangent, 1, 2), atol=1e-13)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LAWS)
def test_every_form_of_hardening_has_overstress(form, name, rng):
    law = Viscoplastic(YOUNG, POISSON, FORMS[form], **RULES[name])
    strain, drag, rate, exponent = 0.02 * rng.normal(size=(200, 6)), *law.flow.constants
    for duration in (1e-3, 1.0, 1e6):
        stress, _, after = law.over(duration).update(strain, np.zeros((200, 7)))
        p = after[:, 6]
        flows, yielding = p > 0.0, FORMS[form].stress(p)
        wanted = yielding + (drag or yielding) * (p / (duration * rate)) ** (1.0 / exponent)
        np.testing.assert_allclose(mises(stress)[flows], wanted[flows], rtol=1e-11)
        native = Material(*single(law), len(strain), MaterialSettings(tolerance=1e-12))
        compiled = native.update(strain, native.virgin(), duration)[0]
        np.testing.assert_allclose(compiled, stress, rtol=1e-9, atol=1e-12)


def test_flow_dissipates_and_shorter_increments_flow_less(rng):
    strain, state, flowed = 0.02 * rng.normal(size=(20, 6)), np.zeros((20, 7)), np.zeros(20)
    for duration in np.logspace(-6, 6, 13):
        stress, _, after = LAWS["norton"].over(duration).update(strain, state)
        assert (np.einsum("ni,ni->n", stress, after[:, :6]) >= 0.0).all()
        assert (after[:, 6] >= flowed).all()
        flowed = after[:, 6]


def test_a_law_that_was_not_told_the_time_says_so():
    with pytest.raises(InputError, match=r"viscoplastic depends on time; ask `over\(duration\)`"):
        LAWS["norton"].update(shear_strain(0.02), np.zeros((1, 7)))


FIELDS = {"law": "viscoplastic", "young": 3.8, "poisson": 0.387, "hardening": {"initial": 0.02}}


@pytest.mark.parametrize("rule", [{"norton": {"drag": 0.08, "exponent": 5}}, {"perzyna": {"rate": 0.1, "exponent": 5}}])
def test_materials_hold_either_flow_rule(rule):
    one = composite("one", {"phase_1": FIELDS | rule, "phase_2": FIELDS | rule}, "here")
    assert composite("one", one.to_fields(), "again") == one
    assert one.to_fields()["phase_1"] == FIELDS | {"hardening": one.to_fields()["phase_1"]["hardening"]} | rule


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "the flow rule is missing; give norton"),
        ({"norton": {"drag": 1, "exponent": 2}, "perzyna": {"rate": 1, "exponent": 2}}, "both norton and perzyna"),
        ({"norton": {"drag": 0, "exponent": 2}}, "norton: drag is 0; it must be above 0"),
        ({"norton": {"drag": 0.1, "exponent": 0.5}}, "norton: exponent is 0.5; it must be a number from 1 to 200"),
        ({"norton": {"drag": 0.1}}, "norton: exponent is missing"),
        ({"norton": {"drag": 0.1, "exponent": 2, "rate": 1}}, "norton: unknown setting rate; there are drag, exponent"),
        ({"perzyna": {"rate": -1, "exponent": 2}}, "perzyna: rate is -1; it must be above 0"),
        ({"perzyna": 3}, "perzyna is 3; it must be a mapping"),
    ],
)
def test_a_flow_rule_that_cannot_be_used_is_named(rule, message):
    with pytest.raises(InputError, match=f"here: composite 'one': phase_1: .*{message}"):
        composite("one", {"phase_1": FIELDS | rule, "phase_2": FIELDS}, "here")


def test_a_drag_in_mpa_is_doubted():
    law = Viscoplastic(YOUNG, POISSON, SATURATING, norton=Norton(drag=80.0, exponent=5.0))
    assert "is it in GPa" in str(law.doubt())
    assert LAWS["norton"].doubt() is None


def tour(seconds: float, steps: int = 12):
    """Loading, turning, unloading and a hold."""
    vertices = [{"11": 0.02}, {"11": 0.02, "12": 0.02}, {"11": 0.01, "12": 0.02}, {"duration": 5.0 * seconds}]
    return piecewise("tour", "stress", vertices, steps, seconds)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_the_schemes_agree_compiled_and_readable(name, model, sparse_network):
    network, pair = sparse_network(model, 4, 2, 9), Composite("c", (LAWS[name], FIBRE))
    settings = OnlineSettings(tolerance=1e-10)
    curves = []
    for each in (each for each in TIMED if model in SCHEMES[each].models):
        system = scheme(each, network, pair, settings)
        readable, compiled = follow(system, tour(1.0)), NativeSystem(system).follow(tour(1.0))
        assert compiled.converged.all()
        np.testing.assert_array_equal(compiled.iterations, readable.iterations)
        np.testing.assert_allclose(compiled.stress, readable.stress, atol=1e-10 * np.abs(readable.stress).max())
        curves.append(compiled.stress)
    for other in curves[1:]:
        np.testing.assert_allclose(other, curves[0], atol=1e-8 * np.abs(curves[0]).max())
    assert np.abs(curves[0][9] - curves[0][12]).max() > 1e-4  # it relaxes


def test_schemes_without_residual_stress_refuse_laws_that_relax(sparse_network):
    pair = Composite("c", (LAWS["norton"], FIBRE))
    for name in set(SCHEMES) - set(TIMED):
        with pytest.raises(
            InputError, match=f"'{name}' leaves the residual stress out.*take one of .*newton_condensed"
        ):
            scheme(name, sparse_network(SCHEMES[name].models[0], 3, 2, 5), pair)


def test_newton_converges_quadratically(sparse_network):
    system = scheme("newton_condensed", sparse_network("imn", 4, 1, 12), Composite("c", (LAWS["norton"], FIBRE)))
    path = uniaxial("11", "stress", 10, 0.05)
    state = follow(system, path).state
    target = Target(path.prescribed, 1.1 * path.strain[-1], path.stress[-1], 0.1)
    imbalance = [system.imbalance(iterate.stress, target) for iterate in islice(system.iterates(state, target), 2, 7)]
    falling = [value for value in imbalance if value > 1e-12]
    assert len(falling) >= 2
    assert all(after < 100.0 * before**2 for before, after in pairwise(falling))
    assert imbalance[-1] < 1e-10


def test_halved_increments_take_half_the_time(sparse_network):
    network, pair = sparse_network("imn", 4, 2, 9), Composite("c", (LAWS["linear"], FIBRE))
    hard = OnlineSettings(max_iterations=4, tolerance=1e-8)
    for backend in (
        lambda system: follow(system, tour(1.0, 8)),
        lambda system: NativeSystem(system).follow(tour(1.0, 8)),
    ):
        coarse = backend(scheme("newton_condensed", network, pair, hard))
        fine = backend(scheme("newton_condensed", network, pair, OnlineSettings(tolerance=1e-8)))
        assert coarse.converged.all()
        assert coarse.iterations.max() > fine.iterations.max()
        # halves integrate more finely, by what backward Euler changes: a whole time each would change far more
        np.testing.assert_allclose(coarse.stress[-1], fine.stress[-1], atol=0.05 * np.abs(fine.stress).max())


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_points_together_are_points_alone_with_exact_tangents(model, sparse_network, rng):
    network, pair = sparse_network(model, 4, 3, 9), Composite("c", (LAWS["norton"], FIBRE))
    tight = MaterialSettings(tolerance=1e-12)
    law, alone = Material(network, pair, 11, tight), Material(network, pair, 1, tight)
    strain, state, duration, step = 0.02 * rng.normal(size=(11, 6)), law.virgin(), 0.3, 1e-6
    state = law.update(0.3 * strain, state, 0.1)[2]
    stress, tangent, after = law.update(strain, state, duration)
    for point in range(11):
        lonely = alone.update(strain[[point]], state[[point]], duration)
        for one, other in zip(lonely, (stress, tangent, after), strict=True):
            np.testing.assert_allclose(one[0], other[point], atol=1e-10 * np.abs(other).max())
    for j, direction in enumerate(np.eye(6)):
        ahead, behind = (law.update(strain + sign * step * direction, state, duration)[0] for sign in (1.0, -1.0))
        error = np.abs(tangent[..., j] - (ahead - behind) / (2.0 * step)).max(axis=1) / np.abs(tangent).max(axis=(1, 2))
        assert np.sort(error)[-3] < 1e-6
    with pytest.raises(InputError, match="duration is missing: a law depends on time"):
        law.update(strain, state)
    with pytest.raises(InputError, match="duration is -1"):
        law.update(strain, state, -1.0)


def test_an_outer_newton_converges_quadratically(sparse_network):
    network, pair = sparse_network("imn", 4, 1, 9), Composite("c", (LAWS["perzyna"], FIBRE))
    law, path = Material(network, pair, settings=MaterialSettings(tolerance=1e-12)), uniaxial("11", "stress", 6, 0.05)
    free, strain, state = ~path.prescribed, np.zeros((1, 6)), law.virgin()
    for step in range(1, path.steps + 1):
        strain[0, path.prescribed] = path.strain[step, path.prescribed]
        errors = []
        for _ in range(20):
            stress, tangent, updated = law.update(strain, state, 0.5)
            errors.append(np.linalg.norm(stress[0, free]) / np.linalg.norm(stress))
            if errors[-1] < 1e-11:
                break
            strain[0, free] -= np.linalg.solve(tangent[0][np.ix_(free, free)], stress[0, free])
        state = updated
        assert errors[-1] < 1e-11
        assert errors[-1] < 100.0 * errors[-2] ** 2 or errors[-2] < 1e-6


@pytest.mark.parametrize("control", ["strain", "stress"])
def test_a_cell_of_layers_creeps_and_relaxes_as_the_laminate_network(control):
    """Layers across direction 1: one laminate of two leaves with the normal (1, 0, 0) and the fractions 0.6 and 0.4."""
    network = NetworkParameters("imn", 1, np.array([0.6, 0.4]), np.array([[0.0, 0.5]]))
    pair = Composite("c", (LAWS["norton"], FIBRE))
    for vertices in (
        [{"11": 0.02, "12": 0.01, "duration": 0.1}, {"duration": 10.0}],
        [{"s22": 0.06, "s12": 0.02, "duration": 0.1}, {"duration": 10.0}],
    ):
        path = piecewise("hold", control, vertices, 6)
        wanted = follow(scheme("newton_condensed", network, pair, OnlineSettings(tolerance=1e-11)), path)
        curve = follow(CellSystem(layered_cell(0), pair.laws, COUPLED, 1e-10), path)
        for one, other in ((curve.stress, wanted.stress), (curve.strain, wanted.strain)):
            np.testing.assert_allclose(one, other, atol=1e-7 * np.abs(other).max())


def test_fields_are_those_of_the_last_increment():
    pair = Composite("c", (LAWS["norton"], FIBRE))
    system = CellSystem(layered_cell(0), pair.laws, COUPLED, 1e-10)
    curve = follow(system, uniaxial("11", "strain", 4, 0.03))
    fields = system.fields(curve.state)
    mean = np.einsum("eq,eqi->i", system.cell.operator.weight, fields.stress)
    np.testing.assert_allclose(mean, curve.stress[-1], rtol=1e-9, atol=1e-12)
