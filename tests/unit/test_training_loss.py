"""Losses and errors: values by definition, scale-free where promised, gradients, NumPy and PyTorch alike."""

import numpy as np
import pytest
import torch

from laminet import mandel
from laminet.materials.sampling import Sampling, sample_phases
from laminet.training.loss import LOSSES, divergence, frobenius, penalty, relative_error

REFERENCE, PREDICTED = sample_phases(5, 2, 0, Sampling(contrast=0.3))


def test_relative_error_is_the_ratio_of_frobenius_norms():
    expected = [np.linalg.norm(c - p) / np.linalg.norm(c) for c, p in zip(REFERENCE, PREDICTED)]
    np.testing.assert_allclose(relative_error(PREDICTED, REFERENCE), expected, rtol=1e-14)
    np.testing.assert_allclose(frobenius(PREDICTED, REFERENCE), 0.5 * np.square(expected), rtol=1e-13)


def test_voigt_norm_is_of_the_components_of_the_tensor():
    """Its entries are C_ijkl themselves, ij and kl over 11, 22, 33, 23, 13, 12; Mandel's have factors sqrt(2) and 2."""
    pairs = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))

    def voigt(stiffness):
        tensor = np.einsum("nij,iab,jcd->nabcd", stiffness, mandel.BASIS, mandel.BASIS)
        return np.array([[[c[first + second] for second in pairs] for first in pairs] for c in tensor])

    expected = frobenius(voigt(PREDICTED), voigt(REFERENCE))
    np.testing.assert_allclose(LOSSES["frobenius_voigt"](PREDICTED, REFERENCE), expected, rtol=1e-13)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_losses_vanish_at_the_reference_alone_and_do_not_depend_on_the_unit(loss):
    np.testing.assert_allclose(loss(REFERENCE, REFERENCE), 0.0, atol=1e-13)
    assert (loss(PREDICTED, REFERENCE) > 1e-3).all()
    np.testing.assert_allclose(loss(1e3 * PREDICTED, 1e3 * REFERENCE), loss(PREDICTED, REFERENCE), rtol=1e-11)


def test_divergence_sees_soft_modes_as_stiff_ones():
    """A mode wrong by 10 % counts (1/12) (1.1 + 1/1.1 - 2), whether its modulus is 1000 or 0.001."""
    reference = np.diag([1e3, 1.0, 1.0, 1.0, 1.0, 1e-3])[None]
    for mode in range(6):
        predicted = reference.copy()
        predicted[0, mode, mode] *= 1.1
        np.testing.assert_allclose(divergence(predicted, reference), (1.1 + 1 / 1.1 - 2) / 12, rtol=1e-9)


def test_divergence_is_symmetric_and_invariant_to_any_change_of_basis():
    basis = np.random.default_rng(0).normal(size=(6, 6))
    changed = (basis @ matrix @ basis.T for matrix in (PREDICTED, REFERENCE))
    expected = divergence(PREDICTED, REFERENCE)
    np.testing.assert_allclose(divergence(REFERENCE, PREDICTED), expected, rtol=1e-11)
    np.testing.assert_allclose(divergence(*changed), expected, rtol=1e-9)


def test_gradient_of_the_divergence():
    """(1/12) [Ct^-1 - C^-1 Ct C^-1] of predicted C and reference Ct."""
    predicted = torch.tensor(PREDICTED, requires_grad=True)
    (found,) = torch.autograd.grad(divergence(predicted, torch.from_numpy(REFERENCE)).sum(), predicted)
    inverse = np.linalg.inv(PREDICTED)
    expected = (np.linalg.inv(REFERENCE) - inverse @ REFERENCE @ inverse) / 12.0
    np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_numpy_and_torch_agree():
    for loss in (*LOSSES.values(), relative_error):
        found = loss(torch.from_numpy(PREDICTED), torch.from_numpy(REFERENCE)).numpy()
        np.testing.assert_allclose(found, loss(PREDICTED, REFERENCE), rtol=1e-12)


def test_penalty_counts_living_leaves_alone():
    activation = torch.tensor([0.5, -3.0, 0.0, 1.5], dtype=torch.float64, requires_grad=True)
    value = penalty(activation, 0.7, 1.0)
    assert value.item() == pytest.approx(0.7 * (2.0 - 1.0) ** 2)
    (gradient,) = torch.autograd.grad(value, activation)
    np.testing.assert_allclose(gradient.numpy(), [1.4, 0.0, 0.0, 1.4])
