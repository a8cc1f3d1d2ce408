"""Constitutive laws: J2 return mapping against closed forms, its tangent and its secant."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from laminet import mandel
from laminet.errors import InputError
from laminet.materials.laws import J2, Elastic, Hardening, Law, Orthotropic, PowerHardening, TableHardening
from laminet.materials.points import Points

LINEAR = J2(3.8, 0.387, Hardening(initial=0.03, linear=0.4))
SATURATING = J2(3.8, 0.387, Hardening(initial=0.01, linear=0.3, saturation=0.06, rate=150.0))
POWER = J2(3.8, 0.387, PowerHardening(initial=0.02, reference=0.004, exponent=0.25))
TABLE = J2(3.8, 0.387, TableHardening(((0.0, 0.02), (0.01, 0.022), (0.02, 0.032), (0.04, 0.036)), "linear"))
PLASTIC = [LINEAR, SATURATING, POWER, TABLE]


def plastic_strain(state: np.ndarray) -> np.ndarray:
    return LINEAR.split(state)["plastic_strain"]


def equivalent(state: np.ndarray) -> np.ndarray:
    return LINEAR.split(state)["equivalent_plastic_strain"]


def loaded_state(law: J2, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Strains (n, 6) and states (n, 7) after a random plastic increment."""
    strain = rng.normal(0.0, 0.02, (n, 6))
    _, _, state = law.update(strain, np.zeros((n, law.state_size)))
    assert (equivalent(state) > 0.0).all()
    return strain, state


def test_uniaxial_stress_follows_the_bilinear_curve():
    # sigma = sigma_0 + h p and eps = sigma / E + p; the transverse strain is -nu sigma / E - p / 2
    p = np.linspace(0.0, 0.05, 11)
    stress = LINEAR.hardening.initial + 0.4 * p
    axial, transverse = stress / LINEAR.young + p, -LINEAR.poisson * stress / LINEAR.young - 0.5 * p
    strain = np.stack([axial, transverse, transverse, 0 * p, 0 * p, 0 * p], axis=1)
    computed, _, state = LINEAR.update(strain, np.zeros((len(p), 7)))
    np.testing.assert_allclose(computed, np.outer(stress, [1, 0, 0, 0, 0, 0]), atol=1e-13)
    np.testing.assert_allclose(equivalent(state), p, atol=1e-13)


def test_radial_return_is_closed_form_for_linear_hardening(rng):
    strain, state = loaded_state(LINEAR, rng, 20)
    strain = strain + rng.normal(0.0, 0.02, strain.shape)
    trial = (strain - plastic_strain(state)) @ LINEAR.stiffness
    mises = np.sqrt(1.5) * np.linalg.norm(trial @ mandel.DEVIATORIC, axis=1)
    excess = mises - LINEAR.hardening.stress(equivalent(state))
    expected = np.maximum(excess, 0.0) / (3.0 * LINEAR.shear + 0.4)
    stress, _, new = LINEAR.update(strain, state)
    np.testing.assert_allclose(equivalent(new) - equivalent(state), expected, atol=1e-15)
    np.testing.assert_allclose(stress @ mandel.IDENTITY, trial @ mandel.IDENTITY, rtol=1e-12)  # plastic flow: no volume


@pytest.mark.parametrize("law", PLASTIC)
def test_stress_lies_on_the_yield_surface_and_flow_is_deviatoric(law, rng):
    strain, state = loaded_state(law, rng, 20)
    stress, _, new = law.update(strain * 1.5, state)
    flows = equivalent(new) > equivalent(state)
    mises = np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=1)
    np.testing.assert_allclose(mises[flows], law.hardening.stress(equivalent(new)[flows]), rtol=1e-12)
    np.testing.assert_allclose(plastic_strain(new) @ mandel.IDENTITY, 0.0, atol=1e-16)


@pytest.mark.parametrize("law", PLASTIC)
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


def differences(law: Law, strain: np.ndarray, state: np.ndarray) -> list[np.ndarray]:
    """The derivatives of an update by central differences, in the order of Derivatives."""
    step = 1e-7
    by_state = step * np.eye(law.state_size)
    changed = [(law.update(strain, state + shift), law.update(strain, state - shift)) for shift in by_state]
    strained = [(law.update(strain + shift, state), law.update(strain - shift, state)) for shift in step * np.eye(6)]
    computed = [
        [(up[of] - down[of]) / (2 * step) for up, down in pairs]
        for pairs, of in ((changed, 0), (strained, 2), (changed, 2))
    ]
    return [np.stack(columns, axis=-1) for columns in computed]


@pytest.mark.parametrize("law", PLASTIC)
@pytest.mark.parametrize("scale", [0.0, 1e-4, 0.03, 1.0])
def test_derivatives_of_j2_are_those_of_its_update(law, scale, rng):
    """Virgin at rest, elastic, and flowing on from a plastic state or out of the virgin one."""
    strain, state = loaded_state(law, rng, 20)
    state = state if scale > 0.01 else np.zeros_like(state)
    strain = scale * (strain if scale < 0.01 else strain + rng.normal(0.0, 0.02, strain.shape))
    new = law.update(strain, state)[2]
    assert (equivalent(new) > equivalent(state)).any() == (scale > 0.01)
    for exact, difference in zip(law.derivatives(strain, state), differences(law, strain, state), strict=True):
        np.testing.assert_allclose(exact, difference, rtol=0.0, atol=1e-7)


@pytest.mark.parametrize("law", PLASTIC)
def test_differentiable_update_is_the_update_with_its_derivatives(law, rng):
    """Points that flow on, and among them some at rest and some that unload."""
    strain, state = loaded_state(law, rng, 12)
    strain = strain + rng.normal(0.0, 0.02, strain.shape)
    strain[:2], state[:2] = 0.0, 0.0
    strain[2:4] = plastic_strain(state)[2:4]
    stress, tangent, new = law.update(strain, state)
    assert (equivalent(new) > equivalent(state)).tolist() == [False] * 4 + [True] * 8
    tensors = torch.tensor(strain), torch.tensor(state)
    for tensor, array in zip(law.differentiable_update(*tensors), (stress, new), strict=True):
        np.testing.assert_allclose(tensor, array, rtol=0.0, atol=1e-15)
    together = torch.autograd.functional.jacobian(lambda *inputs: law.differentiable_update(*inputs), tensors)
    points = np.arange(len(strain))
    ((by_strain, by_state), (growth, memory)) = (
        [matrix.numpy()[points, :, points] for matrix in row] for row in together
    )
    exact = law.derivatives(strain, state)
    for matrix, expected in ((by_strain, tangent), (by_state, exact[0]), (growth, exact[1]), (memory, exact[2])):
        np.testing.assert_allclose(matrix, expected, rtol=0.0, atol=1e-12)


def test_differentiable_update_of_a_linear_law_is_its_stiffness(composites, rng):
    law, strain = composites[1].laws[1], rng.normal(0.0, 0.02, (3, 6))
    stress, state = law.differentiable_update(torch.tensor(strain), torch.zeros(3, 0))
    np.testing.assert_allclose(stress, law.update(strain, np.zeros((3, 0)))[0], rtol=1e-14)
    assert state.shape == (3, 0)


def test_laws_without_state_have_derivatives_without_columns(composites):
    law = composites[1].laws[1]
    shapes = [part.shape for part in law.derivatives(np.zeros((3, 6)), np.zeros((3, 0)))]
    assert shapes == [(3, 6, 0), (3, 0, 6), (3, 0, 0)]


def test_points_of_any_number_of_phases_have_the_law_of_their_phase(rng):
    laws = (Elastic(np.eye(6)), LINEAR, Elastic(2.0 * np.eye(6)))
    points = Points(laws, np.array([3, 2, 1, 2]))
    strain = rng.normal(0.0, 0.02, (4, 6))
    stress, tangent, state = points.update(strain, points.virgin())
    np.testing.assert_array_equal(stress[[2, 0]], np.array([[1.0], [2.0]]) * strain[[2, 0]])
    np.testing.assert_array_equal(tangent[0], 2.0 * np.eye(6))
    np.testing.assert_array_equal(stress[[1, 3]], LINEAR.update(strain[[1, 3]], np.zeros((2, 7)))[0])
    flowed = points.parts(state)["equivalent_plastic_strain"]
    assert (flowed > 0.0).tolist() == [False, True, False, True]
    assert Points(laws[:1], np.ones(2, dtype=int)).virgin().shape == (2, 0)


def test_what_a_law_lacks_is_named():
    class Spring(Law):
        layout: ClassVar = {"memory": 1}
        stiffness = np.eye(6)
        update = None

    for call, words in (
        (lambda law: law.derivatives(np.zeros((1, 6)), np.zeros((1, 1))), "no derivatives"),
        (lambda law: law.differentiable_update(None, None), "no differentiable_update; a training on curves needs"),
        (lambda law: law.secant(*np.zeros((3, 1, 6))), "no secant; take a scheme with tangents"),
        (lambda law: law.to_fields(), "no form in a materials file"),
        (lambda law: law.native(), "not compiled"),
    ):
        with pytest.raises(InputError, match=f"law Spring .*{words}"):
            call(Spring())


def test_two_laws_cannot_have_one_name():
    with pytest.raises(InputError, match=r"the law 'j2' is that of laminet\.materials\.laws\.j2; rename it"):
        type("Other", (Law,), {"name": "j2"})


def test_laws_describe_themselves():
    assert LINEAR.describe() == "elastic-plastic (J2), E = 3.8, 3.8, 3.8 GPa, yields at 30 MPa"
    assert Elastic(np.eye(6)).describe() == "elastic, E = 1, 1, 1 GPa"
    fibre = Orthotropic(20.0, 20.0, 72.0, 8.0, 29.0, 29.0, 0.25, 0.1, 0.1)
    assert fibre.describe() == "orthotropic elastic, E = 20, 20, 72 GPa"
    assert fibre.native().name == Elastic(np.eye(6)).native().name


def test_a_point_at_yield_does_not_flow_by_rounding(rng):
    strain, state = loaded_state(SATURATING, rng, 200)
    strain = strain + 0.05 * mandel.IDENTITY  # a large pressure makes the rounding of the deviator larger
    _, tangent, again = SATURATING.update(strain, state)
    np.testing.assert_array_equal(again, state)
    np.testing.assert_array_equal(tangent, np.broadcast_to(SATURATING.stiffness, tangent.shape))
