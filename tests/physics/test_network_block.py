"""The laminate of two materials: exact, bounded, covariant, and its adjoint as derived from stationarity."""

import numpy as np
import pytest
import torch

from laminet import mandel
from laminet.materials.stiffness import isotropic_stiffness
from laminet.network.block import laminate

CONTRASTS = (1e-3, 0.1, 1.0, 10.0, 1e3)


def random_stiffness(rng, scale=1.0):
    """Any positive definite stiffness of condition below 20."""
    factor = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    return scale * (factor * rng.uniform(0.5, 10.0, 6)) @ factor.T


def random_block(rng, contrast=1.0):
    """Fraction, two stiffnesses, interface and normal."""
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    stiffness = random_stiffness(rng), random_stiffness(rng, contrast)
    return rng.uniform(0.05, 0.95), *stiffness, mandel.interface(normal), normal


def interface_solve(fraction, stiffness_1, stiffness_2, normal):
    """Stiffness from the twelve unknown strains of both layers and the twelve conditions they obey."""
    tangent = np.linalg.svd(normal[None])[2][1:]  # two directions in the interface
    dyads = [np.outer(a, b) for a, b in ((tangent[0], tangent[0]), (tangent[1], tangent[1]), (tangent[0], tangent[1]))]
    in_plane = np.stack([mandel.to_vector(dyad + dyad.T) for dyad in dyads])
    traction = mandel.interface(normal).T
    system, load = np.zeros((12, 12)), np.zeros((12, 6))
    system[:6, :6], system[:6, 6:], load[:6] = fraction * np.eye(6), (1 - fraction) * np.eye(6), np.eye(6)
    system[6:9, :6], system[6:9, 6:] = in_plane, -in_plane
    system[9:, :6], system[9:, 6:] = traction @ stiffness_1, -traction @ stiffness_2
    strains = np.linalg.solve(system, load)
    return fraction * stiffness_1 @ strains[:6] + (1 - fraction) * stiffness_2 @ strains[6:]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_laminate_solves_the_interface_conditions(contrast):
    rng = np.random.default_rng(0)
    for _ in range(20):
        fraction, first, second, interface, normal = random_block(rng, contrast)
        expected = interface_solve(fraction, first, second, normal)
        found = laminate(fraction, first, second, interface)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_isotropic_layers_have_the_averages_of_backus():
    """Layers stacked along axis 3 (Backus 1962): harmonic across, arithmetic along."""
    fraction, first, second = 0.3, isotropic_stiffness(3.0, 0.35), isotropic_stiffness(70.0, 0.2)

    def mean(of):
        return fraction * of(first) + (1 - fraction) * of(second)

    across = 1.0 / mean(lambda c: 1.0 / c[2, 2])
    ratio = mean(lambda c: c[0, 2] / c[2, 2])
    expected = np.zeros((6, 6))
    expected[2, 2] = across
    expected[0, 2] = expected[2, 0] = expected[1, 2] = expected[2, 1] = across * ratio
    expected[0, 0] = expected[1, 1] = mean(lambda c: c[0, 0] - c[0, 2] ** 2 / c[2, 2]) + across * ratio**2
    expected[0, 1] = expected[1, 0] = mean(lambda c: c[0, 1] - c[0, 2] ** 2 / c[2, 2]) + across * ratio**2
    expected[3, 3] = expected[4, 4] = 1.0 / mean(lambda c: 1.0 / c[3, 3])
    expected[5, 5] = mean(lambda c: c[5, 5])
    found = laminate(fraction, first, second, mandel.interface(np.array([0.0, 0.0, 1.0])))
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_laminate_is_symmetric_positive_definite_and_within_voigt_and_reuss(contrast):
    rng = np.random.default_rng(1)
    for _ in range(20):
        fraction, first, second, interface, _ = random_block(rng, contrast)
        found = laminate(fraction, first, second, interface)
        scale = np.abs(found).max()
        np.testing.assert_allclose(found, found.T, rtol=0, atol=1e-13 * scale)
        voigt = fraction * first + (1 - fraction) * second
        reuss = np.linalg.inv(fraction * np.linalg.inv(first) + (1 - fraction) * np.linalg.inv(second))
        assert np.linalg.eigvalsh(found)[0] > 0.0
        assert np.linalg.eigvalsh(voigt - found)[0] > -1e-12 * scale
        assert np.linalg.eigvalsh(found - reuss)[0] > -1e-12 * scale


def test_swapping_materials_with_their_fractions_changes_nothing():
    fraction, first, second, interface, normal = random_block(np.random.default_rng(2), 50.0)
    found = laminate(fraction, first, second, interface)
    np.testing.assert_allclose(laminate(1 - fraction, second, first, interface), found, rtol=1e-12)
    np.testing.assert_allclose(laminate(fraction, first, second, mandel.interface(-normal)), found, rtol=1e-12)


def test_rotating_materials_and_normal_rotates_the_laminate():
    rng = np.random.default_rng(3)
    fraction, first, second, interface, normal = random_block(rng, 0.01)
    q = mandel.euler(rng.uniform(-3, 3, 3))
    rotation = mandel.rotation(q)
    turned = laminate(
        fraction, rotation @ first @ rotation.T, rotation @ second @ rotation.T, mandel.interface(q @ normal)
    )
    expected = rotation @ laminate(fraction, first, second, interface) @ rotation.T
    np.testing.assert_allclose(turned, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_a_material_without_volume_does_not_count():
    _, first, second, interface, _ = random_block(np.random.default_rng(4), 1e3)
    np.testing.assert_array_equal(laminate(1.0, first, second, interface), first)
    np.testing.assert_allclose(laminate(0.0, first, second, interface), second, rtol=1e-12)


def test_numpy_and_torch_broadcast_alike():
    rng = np.random.default_rng(5)
    first, second = (np.stack([random_stiffness(rng) for _ in range(4)]) for _ in range(2))
    normal = rng.normal(size=(3, 1, 3))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    arguments = rng.uniform(size=(3, 1, 1, 1)), first, second, mandel.interface(normal)
    found = laminate(*arguments)
    assert found.shape == (3, 4, 6, 6)
    np.testing.assert_allclose(laminate(*map(torch.from_numpy, arguments)).numpy(), found, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found[2, 1], laminate(*(a[k] for a, k in zip(arguments, [(2, 0), 1, 1, (2, 0)]))))


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_adjoint_follows_from_stationarity_in_the_jump(contrast):
    """Closed formulas for the derivatives of L = S : C, against automatic differentiation."""
    rng = np.random.default_rng(6)
    fraction, first, second, interface, _ = random_block(rng, contrast)
    cotangent = rng.normal(size=(6, 6))
    cotangent += cotangent.T
    f = torch.tensor(fraction, dtype=torch.float64, requires_grad=True)
    c1, c2, h = (torch.from_numpy(array).requires_grad_() for array in (first, second, interface))
    found = torch.autograd.grad((torch.from_numpy(cotangent) * laminate(f, c1, c2, h)).sum(), (f, c1, c2, h))

    f1, f2, delta = fraction, 1 - fraction, second - first
    mixed = f2 * first + f1 * second
    jump = np.linalg.solve(interface.T @ mixed @ interface, interface.T @ delta)
    strain_1, strain_2 = np.eye(6) + f2 * interface @ jump, np.eye(6) - f1 * interface @ jump
    unbalanced = mixed @ interface @ jump - delta
    effective = laminate(f1, first, second, interface)
    expected = (
        np.trace(cotangent @ unbalanced) - np.trace(jump @ cotangent @ (interface.T @ effective).T),
        f1 * strain_1 @ cotangent @ strain_1.T,
        f2 * strain_2 @ cotangent @ strain_2.T,
        2 * f1 * f2 * unbalanced @ cotangent @ jump.T,
    )
    for ours, theirs in zip(expected, found):
        theirs = theirs.numpy()
        if theirs.shape == (6, 6):
            theirs = 0.5 * (theirs + theirs.T)  # of a symmetric matrix only this part means anything
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11 * np.abs(theirs).max())


def test_gradients_of_the_laminate_agree_with_differences():
    fraction, first, second, _, normal = random_block(np.random.default_rng(7), 5.0)
    inputs = [
        torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (fraction, first, second, normal)
    ]
    assert torch.autograd.gradcheck(lambda f, a, b, n: laminate(f, a, b, mandel.interface(n)), inputs, rtol=1e-6)
