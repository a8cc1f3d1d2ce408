"""Gradients of networks: against differences, between formulations, and exactly zero where nothing depends."""

import numpy as np
import pytest
import torch

from laminet import mandel
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.initial import initial_parameters
from laminet.network.module import module
from laminet.network.tree import imn_normal
from laminet.training.loss import LOSSES, frobenius

FORMS = (("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced"))
PHASES = tuple(torch.from_numpy(phase) for phase in sample_phases(6, 1, 0, Sampling()))
REFERENCE = 0.5 * (PHASES[0] + PHASES[1])


def loss_and_gradients(made, formulation, data_term=frobenius):
    network = module(made, formulation)
    loss = data_term(network(*PHASES), REFERENCE).mean()
    return loss.item(), *(gradient.numpy() for gradient in torch.autograd.grad(loss, list(network.parameters())))


@pytest.mark.parametrize("depth", [1, 3, 6, 8])
@pytest.mark.parametrize("dead", [[], [0], "third"])
@pytest.mark.parametrize("name", LOSSES)
def test_literal_and_reduced_dmn_have_the_same_loss_and_gradients(depth, dead, name):
    made = initial_parameters("dmn", depth, 2)
    made.activation[np.arange(2**depth) % 3 == 0 if dead == "third" else dead] *= -1.0
    literal, reduced = (loss_and_gradients(made, form, LOSSES[name]) for form in ("literal", "reduced"))
    for first, second in zip(literal, reduced):
        scale = max(literal[0], np.abs(first).max())  # a gradient is a sum of terms of the size of the loss
        np.testing.assert_allclose(first, second, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_gradients_agree_with_differences(model, formulation):
    network = module(initial_parameters(model, 2, 3), formulation)

    def loss(activation, angle):
        values = {"activation": activation, "angle": angle}
        return frobenius(torch.func.functional_call(network, values, PHASES), REFERENCE)

    inputs = [values.detach().clone().requires_grad_() for values in network.parameters()]
    assert torch.autograd.gradcheck(loss, inputs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_gradients_of_what_is_dead_are_zero_and_all_are_finite(model, formulation):
    """Leaves 2 and 4 - 7 of eight are dead, so is node 2 with its subtree; node 4 lost one child, the root the other.

    A rotation of a block with one living child still turns that child: in a DMN only dead nodes have no gradient.
    """
    dead = [2, 4, 5, 6, 7]
    made = initial_parameters(model, 3, 4)
    made.activation[dead] *= -1.0
    made.activation[5] = 0.0
    loss, activation, angle = loss_and_gradients(made, formulation)
    assert np.isfinite(loss)
    assert np.isfinite(activation).all()
    assert np.isfinite(angle).all()
    assert not activation[dead].any()
    assert activation[[0, 1, 3]].all()
    silent = [0, 2, 4, 5, 6] if model == "imn" else [2, 5, 6, *(7 + leaf for leaf in dead)]
    alive = np.setdiff1d(np.arange(len(angle)), silent)
    assert not angle[silent].any()
    assert angle[alive].any(axis=1).all()


def test_rotations_follow_the_conventions_of_the_notation():
    angle = np.random.default_rng(5).uniform(-4, 4, (7, 3))
    q = mandel.euler(angle)
    torch_q = mandel.euler(torch.from_numpy(angle))
    np.testing.assert_allclose(torch_q.numpy(), q, rtol=0, atol=1e-15)
    np.testing.assert_allclose(mandel.rotation(torch_q).numpy(), mandel.rotation(q), rtol=0, atol=1e-14)
    np.testing.assert_allclose(mandel.interface(torch_q[:, 2]).numpy(), mandel.interface(q[:, 2]), atol=1e-15)
    np.testing.assert_allclose(imn_normal(torch.from_numpy(angle[:, :2])).numpy(), imn_normal(angle[:, :2]), atol=1e-14)
