"""Drucker-Prager plasticity against closed forms: cone, apex, flow, tangents, dissipation, and native code."""

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import InputError
from laminet.materials.laws import J2, Hardening
from laminet.materials.laws.drucker_prager import LEFT, DruckerPrager
from laminet.materials.library import composite
from laminet.materials.points import Points

YOUNG, POISSON, YIELD, SLOPE = 3.0, 0.35, 0.03, 0.2
SHEAR, BULK = YOUNG / (2.0 * (1.0 + POISSON)), YOUNG / (3.0 * (1.0 - 2.0 * POISSON))
M, N = 0.6, 0.3  # tangents of the angles
LINEAR, SATURATING = Hardening(YIELD, SLOPE), Hardening(0.02, 0.1, 0.05, 200.0)
PERFECT = Hardening(YIELD)


def law(friction: float = M, dilatancy: float = N, hardening: Hardening = LINEAR) -> DruckerPrager:
    """The law with the tangents of its angles."""
    return DruckerPrager(YOUNG, POISSON, *np.degrees(np.arctan([friction, dilatancy])).tolist(), hardening)


LAWS = {
    "dilatant": law(),
    "associated": law(M, M, SATURATING),
    "isochoric": law(M, 0.0, SATURATING),
    "perfect": law(hardening=PERFECT),
}
each_law = pytest.mark.parametrize("name", LAWS)


def virgin(points: int) -> np.ndarray:
    return np.zeros((points, 7))


def loaded(material: DruckerPrager, rng: np.random.Generator, points: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Strains (n, 6) and the states before them: some at rest, on the cone and, in triaxial tension, at the apex."""
    first, second = rng.normal(0.0, 0.02, (2, points, 6))
    second[::3, :3] += 0.05
    first[::7], second[::7] = 0.0, 1e-4 * second[::7]
    return first + second, material.update(first, virgin(points))[2]


def invariants(stress: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Von Mises stress and mean stress (n,)."""
    mises = np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=1)
    return mises, stress @ mandel.IDENTITY / 3.0


def at_apex(stress: np.ndarray, state: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Points (n,) that flow and have no deviator."""
    return (state[:, 6] > before[:, 6]) & (invariants(stress)[0] < 1e-12)


@pytest.mark.parametrize(("sign", "ratio"), [(1.0, 1.0), (-1.0, (3.0 + M) / (3.0 - M))], ids=["tension", "compression"])
def test_uniaxial_stress_yields_at_the_strengths_of_tension_and_compression(sign, ratio):
    """Flow 3 s / (2 q) + N / 3: axial +-1 + N / 3, lateral -+1/2 + N / 3; p is the axial one of tension."""
    p = np.linspace(0.0, 0.04, 9)
    axial, lateral = (np.array([sign, -0.5 * sign]) + N / 3.0) / (1.0 + N / 3.0)
    stress = sign * ratio * (YIELD + SLOPE * p)
    strain = np.zeros((len(p), 6))
    strain[:, 0] = stress / YOUNG + axial * p
    strain[:, 1] = strain[:, 2] = -POISSON * stress / YOUNG + lateral * p
    computed, _, state = law().update(strain, virgin(len(p)))
    np.testing.assert_allclose(computed, np.outer(stress, [1, 0, 0, 0, 0, 0]), atol=1e-15)
    np.testing.assert_allclose(state[:, 6], p, atol=1e-15)


def test_tension_on_all_sides_ends_at_the_apex():
    """m = c (Y0 + h c V) and m = K (e - V) for the opening V; p = c V."""
    c = (1.0 + M / 3.0) / M
    volume = np.array([0.01, 0.03, 0.1])
    opening = np.maximum(BULK * volume - c * YIELD, 0.0) / (BULK + c**2 * SLOPE)
    stress, _, state = law().update(np.outer(volume / 3.0, mandel.IDENTITY), virgin(3))
    np.testing.assert_allclose(stress, np.outer(BULK * (volume - opening), mandel.IDENTITY), rtol=1e-13)
    np.testing.assert_allclose(state[:, 6], c * opening, atol=1e-16)
    np.testing.assert_allclose(state[:, :6], np.outer(opening / 3.0, mandel.IDENTITY), atol=1e-16)
    assert (opening > 0.0).tolist() == [False, True, True]


def test_compression_on_all_sides_is_elastic():
    strain = -0.3 * mandel.IDENTITY[None]
    stress, tangent, state = law().update(strain, virgin(1))
    np.testing.assert_allclose(stress, 3.0 * BULK * strain, rtol=1e-14)
    np.testing.assert_array_equal(tangent[0], law().stiffness)
    assert not state.any()


def test_without_friction_it_is_j2(rng):
    plain, metal = law(0.0, 0.0, SATURATING), J2(YOUNG, POISSON, SATURATING)
    strain, state = loaded(plain, rng)
    for found, expected in zip(plain.update(strain, state), metal.update(strain, state), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-15)


@each_law
def test_stress_ends_on_the_cone_or_at_its_apex(name, rng):
    material = LAWS[name]
    strain, before = loaded(material, rng)
    stress, _, state = material.update(strain, before)
    flows, apex = state[:, 6] > before[:, 6], at_apex(stress, state, before)
    mises, mean = invariants(stress)
    expected = (1.0 + M / 3.0) * material.hardening.stress(state[:, 6])
    np.testing.assert_allclose((mises + M * mean)[flows], expected[flows], rtol=1e-12)
    assert ((mises + M * mean)[~flows] <= expected[~flows] * (1.0 + 1e-9)).all()
    assert min(apex.sum(), (flows & ~apex).sum(), (~flows).sum()) >= 10


@each_law
def test_flow_on_the_cone_opens_in_proportion_to_its_growth(name, rng):
    material = LAWS[name]
    strain, before = loaded(material, rng)
    stress, _, state = material.update(strain, before)
    growth, slope = state - before, np.tan(np.radians(material.dilatancy))
    cone = (growth[:, 6] > 0.0) & ~at_apex(stress, state, before)
    multiplier = growth[cone, 6] / (1.0 + slope / 3.0)
    np.testing.assert_allclose(growth[cone, :6] @ mandel.IDENTITY, slope * multiplier, atol=1e-15)
    mises, _ = invariants(stress[cone])
    deviator = growth[cone, :6] @ mandel.DEVIATORIC
    expected = (1.5 * multiplier / mises)[:, None] * (stress[cone] @ mandel.DEVIATORIC)
    np.testing.assert_allclose(deviator, expected, atol=1e-14)


@each_law
def test_consistent_tangent_is_the_derivative_of_the_stress_on_the_cone_and_at_the_apex(name, rng):
    material = LAWS[name]
    strain, before = loaded(material, rng)
    stress, tangent, state = material.update(strain, before)
    apex = at_apex(stress, state, before)
    assert apex.sum() >= 10
    kept = np.where(apex, LEFT, 0.0)[:, None]  # of what flow takes off
    step = 1e-6
    for column, shift in enumerate(step * np.eye(6)):
        difference = material.update(strain + shift, before)[0] - material.update(strain - shift, before)[0]
        exact = difference / (2.0 * step)
        expected = (1.0 - kept) * exact + kept * material.stiffness[:, column]
        np.testing.assert_allclose(tangent[:, :, column], expected, atol=2e-8)


@each_law
def test_tangent_is_symmetric_where_flow_is_associated(name, rng):
    material = LAWS[name]
    strain, before = loaded(material, rng)
    _, tangent, state = material.update(strain, before)
    asymmetry = np.abs(tangent - np.swapaxes(tangent, 1, 2)).max(axis=(1, 2))
    assert material.symmetric == (name == "associated")
    assert (asymmetry[state[:, 6] > before[:, 6]].max() < 1e-14) == material.symmetric
    assert asymmetry[state[:, 6] == before[:, 6]].max() == 0.0


@each_law
def test_stress_and_state_are_continuous_where_the_cone_ends(name):
    """Ever more tension on all sides at a fixed shear; steps of 1e-6 change nothing by more than a few of them."""
    mean = np.arange(0.0, 0.06, 1e-6)
    strain = np.outer(mean, mandel.IDENTITY)
    strain[:, 5] = 0.02
    stress, _, state = LAWS[name].update(strain, virgin(len(mean)))
    mises, _ = invariants(stress)
    assert mises[0] > 0.01
    assert mises[-1] < 1e-14
    assert np.abs(np.diff(stress, axis=0)).max() < 2e-6 * 3.0 * BULK
    assert np.abs(np.diff(state, axis=0)).max() < 2e-5


@each_law
def test_flow_never_gains_energy(name, rng):
    material = LAWS[name]
    strain, state = np.zeros((200, 6)), virgin(200)
    for _ in range(20):
        strain = strain + rng.normal(0.0, 0.01, strain.shape) + 0.002 * mandel.IDENTITY
        stress, _, after = material.update(strain, state)
        dissipation = np.einsum("ni,ni->n", stress, after[:, :6] - state[:, :6])
        assert dissipation.min() > -1e-17
        assert (after[:, 6] >= state[:, 6]).all()
        state = after
    assert state[:, 6].min() > 0.01


def test_secant_of_associated_flow_maps_the_strain_to_the_stress(rng):
    points = Points([LAWS["associated"]], np.ones(120, dtype=int))
    strain, before = loaded(LAWS["associated"], rng)
    start, _, old = points.update(strain, before)
    increment = rng.normal(0.0, 0.02, strain.shape)
    stress, _, new = points.update(strain + increment, old)
    secant = points.secant(increment, old, new)
    np.testing.assert_allclose((secant @ increment[..., None])[..., 0], stress - start, atol=1e-12)


def test_a_point_at_yield_does_not_flow_by_rounding(rng):
    for material in LAWS.values():
        strain, before = loaded(material, rng)
        _, _, state = material.update(strain, before)
        _, tangent, again = material.update(strain, state)
        np.testing.assert_array_equal(again, state)
        np.testing.assert_array_equal(tangent, np.broadcast_to(material.stiffness, tangent.shape))


def test_it_names_its_strengths():
    assert law().describe() == (
        "elastic-plastic (Drucker-Prager), E = 3, 3, 3 GPa, yields at 30 MPa in tension, 45 MPa in compression"
    )


FIELDS = {"law": "drucker_prager", "young": 3.0, "poisson": 0.35, "friction": 30, "dilatancy": 10}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("friction", 72.0, "friction is 72.0; it must be an angle from 0 to below 71.57 degrees, else uniaxial "),
        ("friction", -1.0, "friction is -1.0; it must be an angle from 0"),
        ("dilatancy", 31.0, "dilatancy is 31.0; it must be an angle from 0 to friction, 30.0 degrees, else flow could"),
        ("dilatancy", -0.1, "dilatancy is -0.1; it must be an angle from 0 to friction"),
        ("dilatancy", "wide", "dilatancy is 'wide'; it must be a number"),
        ("young", -3.0, "young is -3.0; it must be positive"),
        ("hardening", {"initial": 0.0}, "hardening: initial is 0.0; it must be positive"),
    ],
)
def test_wrong_fields_are_named(field, value, words):
    fields = FIELDS | {"hardening": {"initial": 0.03}} | {field: value}
    with pytest.raises(InputError, match=f"^here: composite 'epoxy': phase_1: {words}") as caught:
        composite("epoxy", {"phase_1": fields}, "here")
    assert "\n" not in str(caught.value)


def test_angles_in_radians_are_doubted():
    assert law().doubt() is None
    doubtful = DruckerPrager(3.0, 0.35, 30.0, 0.17, LINEAR)
    assert doubtful.doubt() == "dilatancy is 0.17 degrees: is it in radians, or a tangent?"
