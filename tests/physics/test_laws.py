"""Constitutive laws: J2 return mapping against closed forms, its tangent and its secant."""

import numpy as np
import pytest

from laminet import mandel
from laminet.materials.laws import EQUIVALENT, J2, PLASTIC_STRAIN, STATE_SIZE, Hardening, Points

LINEAR = J2(3.8, 0.387, Hardening(initial=0.03, linear=0.4))
SATURATING = J2(3.8, 0.387, Hardening(initial=0.01, linear=0.3, saturation=0.06, rate=150.0))


def loaded_state(law: J2, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Strains (n, 6) and states (n, 7) after a random plastic increment."""
    strain = rng.normal(0.0, 0.02, (n, 6))
    _, _, state = law.update(strain, np.zeros((n, STATE_SIZE)))
    assert (state[:, EQUIVALENT] > 0.0).all()
    return strain, state


def test_uniaxial_stress_follows_the_bilinear_curve():
    # sigma = sigma_0 + h p and eps = sigma / E + p; the transverse strain is -nu sigma / E - p / 2
    p = np.linspace(0.0, 0.05, 11)
    stress = LINEAR.hardening.initial + 0.4 * p
    axial, transverse = stress / LINEAR.young + p, -LINEAR.poisson * stress / LINEAR.young - 0.5 * p
    strain = np.stack([axial, transverse, transverse, 0 * p, 0 * p, 0 * p], axis=1)
    found, _, state = LINEAR.update(strain, np.zeros((len(p), STATE_SIZE)))
    np.testing.assert_allclose(found, np.outer(stress, [1, 0, 0, 0, 0, 0]), atol=1e-13)
    np.testing.assert_allclose(state[:, EQUIVALENT], p, atol=1e-13)


def test_radial_return_is_closed_form_for_linear_hardening(rng):
    strain, state = loaded_state(LINEAR, rng, 20)
    strain = strain + rng.normal(0.0, 0.02, strain.shape)
    trial = (strain - state[:, PLASTIC_STRAIN]) @ LINEAR.stiffness
    mises = np.sqrt(1.5) * np.linalg.norm(trial @ mandel.DEVIATORIC, axis=1)
    excess = mises - LINEAR.hardening.stress(state[:, EQUIVALENT])
    expected = np.maximum(excess, 0.0) / (3.0 * LINEAR.shear + 0.4)
    stress, _, new = LINEAR.update(strain, state)
    np.testing.assert_allclose(new[:, EQUIVALENT] - state[:, EQUIVALENT], expected, atol=1e-15)
    np.testing.assert_allclose(stress @ mandel.IDENTITY, trial @ mandel.IDENTITY, rtol=1e-12)  # plastic flow: no volume


@pytest.mark.parametrize("law", [LINEAR, SATURATING])
def test_stress_lies_on_the_yield_surface_and_flow_is_deviatoric(law, rng):
    strain, state = loaded_state(law, rng, 20)
    stress, _, new = law.update(strain * 1.5, state)
    flows = new[:, EQUIVALENT] > state[:, EQUIVALENT]
    mises = np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=1)
    np.testing.assert_allclose(mises[flows], law.hardening.stress(new[flows, EQUIVALENT]), rtol=1e-12)
    np.testing.assert_allclose(new[:, PLASTIC_STRAIN] @ mandel.IDENTITY, 0.0, atol=1e-16)


@pytest.mark.parametrize("law", [LINEAR, SATURATING])
def test_consistent_tangent_is_the_derivative_of_the_stress(law, rng):
    strain, state = loaded_state(law, rng, 10)
    strain = strain + rng.normal(0.0, 0.02, strain.shape)
    _, tangent, _ = law.update(strain, state)
    step = 1e-6
    for column in range(6):
        shift = step * np.eye(6)[column]
        difference = law.update(strain + shift, state)[0] - law.update(strain - shift, state)[0]
        np.testing.assert_allclose(tangent[:, :, column], difference / (2 * step), atol=1e-6)


def test_secant_maps_the_strain_increment_to_the_stress_increment(composites, rng):
    points = Points(composites[1].laws, 1 + np.arange(12) % 2)
    old_strain = rng.normal(0.0, 0.02, (12, 6))
    old_stress, _, old = points.update(old_strain, points.virgin())
    increment = rng.normal(0.0, 0.02, (12, 6))
    stress, _, new = points.update(old_strain + increment, old)
    secant = points.secant(increment, old, new)
    np.testing.assert_allclose((secant @ increment[..., None])[..., 0], stress - old_stress, atol=1e-12)
    np.testing.assert_allclose(secant, np.swapaxes(secant, 1, 2), atol=1e-13)
    assert (np.linalg.eigvalsh(secant) > 0.0).all()


def test_secant_of_no_increment_is_elastic(composites):
    points = Points(composites[1].laws, np.array([1, 2]))
    state = points.virgin()
    np.testing.assert_array_equal(points.secant(np.zeros((2, 6)), state, state), points.stiffness)


def test_a_point_at_yield_does_not_flow_by_rounding(rng):
    strain, state = loaded_state(SATURATING, rng, 200)
    strain = strain + 0.05 * mandel.IDENTITY  # a large pressure makes the rounding of the deviator larger
    _, tangent, again = SATURATING.update(strain, state)
    np.testing.assert_array_equal(again, state)
    np.testing.assert_array_equal(tangent, np.broadcast_to(SATURATING.stiffness, tangent.shape))
