"""Steps that turn one frame of a DMN at a time: gradients by differences, and turns by products of rotations."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from laminet import mandel
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.network.module import ReducedDmn
from laminet.training.frames import Frames

PHASES = (
    isotropic_stiffness(3.8, 0.387),
    orthotropic_stiffness(E11=12.0, E22=19.0, E33=230.0, G12=5.0, G13=27.0, G23=21.0, nu12=0.3, nu13=0.02, nu23=0.01),
)
WEIGHTS = np.random.default_rng(4).normal(size=(6, 6))


@pytest.fixture
def network():
    parameters = initial_parameters("dmn", 3, 7)
    parameters.activation[5] = -0.1  # a parent with one child
    return parameters


def loss(network, angle) -> float:
    network.angle[:] = angle
    return float((WEIGHTS * homogenize(network, *(phase[None] for phase in PHASES))[0]).sum())


def accumulated(q) -> np.ndarray:
    """Frames by a loop: that of a child is its rotation after its parent's."""
    frames_of = [q[0]]
    for node in range(1, len(q)):
        frames_of.append(q[node] @ frames_of[(node - 1) // 2])
    return np.array(frames_of)


@pytest.mark.parametrize("from_right_angle", [0.5, 1e-6])
def test_the_gradient_is_that_of_central_differences(network, from_right_angle):
    network.angle[1, 1] = np.pi / 2 - from_right_angle
    network.angle[4, 1] = from_right_angle - np.pi / 2
    angle = network.angle.copy()
    module = ReducedDmn(network)
    stiffness = module(*(torch.tensor(phase[None]) for phase in PHASES))[0]
    (torch.tensor(WEIGHTS) * stiffness).sum().backward()
    gradient, differences = Frames(network.activation, angle).gradient(module.angle.grad.numpy()), np.zeros_like(angle)
    for entry in np.ndindex(angle.shape):
        turn = np.zeros_like(angle)
        turn[entry] = 1e-5
        ends = (loss(network, Frames(network.activation, angle).turned(side * turn)) for side in (1, -1))
        differences[entry] = np.subtract(*ends) / 2e-5
    np.testing.assert_allclose(gradient, differences, rtol=0, atol=1e-7 * np.abs(gradient).max())
    assert (np.abs(gradient[:7, :2]) > 1e-3).any(1).sum() == 6  # parents with two children
    assert (gradient[:7, 2] == 0.0).all()


def test_a_turn_moves_its_own_frame_alone(network):
    turn = np.zeros_like(network.angle)
    turn[1], turn[9] = (0.2, -0.4, 0.1), (2.0, 1.0, -0.5)
    before = accumulated(mandel.euler(network.angle))
    after = accumulated(mandel.euler(Frames(network.activation, network.angle).turned(turn)))
    expected = before.copy()
    for node in (1, 9):
        expected[node] = Rotation.from_rotvec(turn[node]).as_matrix() @ before[node]
    np.testing.assert_allclose(after, expected, atol=1e-14)


def test_inactive_nodes_keep_their_angles(network):
    network.activation[:2] = 0.0  # nodes 7, 8 and their parent 3
    frames, resting = Frames(network.activation, network.angle), [3, 7, 8, 12]
    assert np.setdiff1d(np.arange(15), frames.nodes).tolist() == resting
    angle = frames.turned(np.full_like(network.angle, 0.1))
    np.testing.assert_array_equal(angle[resting], network.angle[resting])
    assert (frames.gradient(np.ones_like(angle))[resting] == 0.0).all()


def test_angles_are_finite_where_two_axes_coincide():
    """At beta = 90 degrees, alpha and gamma turn about one axis; their torques are equal there."""
    angle = np.array([[0.3, np.pi / 2, -0.2], [0.1, -np.pi / 2, 0.4], [0.2, 0.5, 1.0]])
    frames = Frames(np.ones(2), angle)
    gradient = frames.gradient(np.array([[0.7, 0.2, 0.7], [0.5, -0.1, -0.5], [1.0, 2.0, 3.0]]))
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() < 10.0
    np.testing.assert_allclose(mandel.euler(frames.turned(np.zeros((3, 3)))), mandel.euler(angle), rtol=0, atol=1e-12)


def test_angles_are_the_inverse_of_euler():
    angle = np.random.default_rng(0).uniform(-1.0, 1.0, (50, 3)) * (np.pi, np.pi / 2, np.pi)
    np.testing.assert_allclose(mandel.angles(mandel.euler(angle)), angle, atol=1e-12)
