"""Whole networks: what must not change their stiffness, what must, and how; both models, torch and NumPy."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from laminet import mandel
from laminet.errors import DeadNetworkError
from laminet.files.network import MODELS, NetworkParameters
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network import tree
from laminet.network.block import laminate
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.network.module import module

FORMS = (("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced"))
PHASES = sample_phases(8, 0, 0, Sampling())
"""Eight pairs of orthotropic phases, contrast 1e-3 to 1e3."""


def network(model: str, depth: int, seed: int = 0, dead=()) -> NetworkParameters:
    """Random network with some dead leaves."""
    made = initial_parameters(model, depth, seed)
    made.activation[list(dead)] *= -1.0
    return made


def assert_close(found, expected, tolerance=1e-11):
    """Equal relative to the largest entry of each sample's matrix."""
    scale = np.abs(expected).max(axis=(-2, -1))
    assert (np.abs(found - expected).max(axis=(-2, -1)) < tolerance * scale).all()


def turned(stiffness, q):
    rotation = mandel.rotation(q)
    return rotation @ stiffness @ rotation.T


@pytest.mark.parametrize(("model", "formulation"), FORMS)
@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("dead", [(), (0,), (1,), "half"])
def test_torch_and_numpy_agree(model, formulation, depth, dead):
    dead = range(2 ** (depth - 1)) if dead == "half" else dead
    made = network(model, depth, dead=dead)
    with torch.no_grad():
        found = module(made, formulation)(*map(torch.from_numpy, PHASES)).numpy()
    assert_close(found, homogenize(made, *PHASES))


def test_imn_of_depth_one_is_a_laminate():
    made = network("imn", 1)
    theta, phi = 2 * np.pi * made.angle[0, 0], np.pi * made.angle[0, 1]
    normal = np.array([np.cos(theta) * np.sin(phi), np.sin(theta) * np.sin(phi), np.cos(phi)])
    fraction = made.activation[0] / made.activation.sum()
    assert_close(homogenize(made, *PHASES), laminate(fraction, *PHASES, mandel.interface(normal)), 1e-14)


def test_dmn_of_depth_one_follows_its_equations_one_by_one():
    """Eqs. 3 - 6 spelt out for one block: rotated phases, laminate along axis 3, rotated back."""
    made = network("dmn", 1)
    root, first, second = mandel.rotation(mandel.euler(made.angle))
    fraction = made.activation[0] / made.activation.sum()
    children = first.T @ PHASES[0] @ first, second.T @ PHASES[1] @ second
    mean = laminate(fraction, *children, mandel.interface(np.array([0.0, 0.0, 1.0])))
    assert_close(homogenize(made, *PHASES), root.T @ mean @ root, 1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_stiffness_is_symmetric_positive_definite_and_within_voigt_and_reuss(model):
    made = network(model, 5, dead=(3, 8, 9))
    found = homogenize(made, *PHASES)
    if model == "imn":  # in a DMN turned phases have other bounds
        weights = np.maximum(made.activation, 0.0)
        share = weights[1::2].sum() / weights.sum()
        voigt = (1 - share) * PHASES[0] + share * PHASES[1]
        reuss = np.linalg.inv((1 - share) * np.linalg.inv(PHASES[0]) + share * np.linalg.inv(PHASES[1]))
        tolerance = 1e-12 * np.abs(found).max(axis=(1, 2))
        assert (np.linalg.eigvalsh(voigt - found)[:, 0] > -tolerance).all()
        assert (np.linalg.eigvalsh(found - reuss)[:, 0] > -tolerance).all()
    assert_close(found, np.swapaxes(found, 1, 2), 1e-12)
    assert (np.linalg.eigvalsh(found)[:, 0] > 0.0).all()


def test_rotating_everything_rotates_the_stiffness():
    """Normals and phases of an IMN; a DMN as a whole is rotated by its root, see below."""
    q, made = mandel.euler(np.array([0.3, -1.1, 2.0])), network("imn", 4)
    n1, n2, n3 = (tree.imn_normal(made.angle) @ q.T).T
    angle = np.stack([np.arctan2(n2, n1) / (2.0 * np.pi), np.arccos(n3) / np.pi], axis=1)
    rotated = homogenize(replace(made, angle=angle), *(turned(phase, q) for phase in PHASES))
    assert_close(rotated, turned(homogenize(made, *PHASES), q))


@pytest.mark.parametrize("formulation", ["literal", "reduced"])
def test_root_rotation_of_a_dmn_rotates_its_stiffness(formulation):
    made = network("dmn", 3)
    still = replace(made, angle=np.concatenate([np.zeros((1, 3)), made.angle[1:]]))
    with torch.no_grad():
        found, expected = (module(n, formulation)(*map(torch.from_numpy, PHASES)).numpy() for n in (made, still))
    assert_close(found, turned(expected, mandel.euler(made.angle[0]).T))


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_swapping_subtrees_changes_nothing(model, formulation):
    """The children of node 1 change places with all that hangs on them; a leaf keeps its phase."""
    made = network(model, 4)
    activation = made.activation.copy()
    activation[:8] = np.roll(activation[:8], 4)
    angle = made.angle.copy()
    for first, second in [(3, 4), (7, 9), (8, 10)] + [(15 + k, 19 + k) for k in range(4) if model == "dmn"]:
        angle[[first, second]] = angle[[second, first]]
    swapped = replace(made, activation=activation, angle=angle)
    with torch.no_grad():
        found, expected = (module(n, formulation)(*map(torch.from_numpy, PHASES)).numpy() for n in (swapped, made))
    assert np.abs(made.angle - angle).max() > 0.1
    assert_close(found, expected)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_scaling_all_activations_changes_nothing(model, formulation):
    made = network(model, 3, dead=(2,))
    scaled = replace(made, activation=17.0 * made.activation)
    with torch.no_grad():
        found, expected = (module(n, formulation)(*map(torch.from_numpy, PHASES)).numpy() for n in (scaled, made))
    assert_close(found, expected)


@pytest.mark.parametrize(("model", "formulation"), FORMS)
def test_what_is_dead_does_not_matter(model, formulation):
    """Leaves 2, 4, 5, 6, 7 of eight are dead: their activations, their angles and those of interfaces they made."""
    dead = [2, 4, 5, 6, 7]
    made = network(model, 3, dead=dead)
    activation, angle = made.activation.copy(), made.angle.copy()
    activation[dead] -= 0.3
    silent = [0, 2, 4, 5, 6] if model == "imn" else [2, 5, 6, *(7 + leaf for leaf in dead)]
    angle[silent] += 0.7
    with torch.no_grad():
        found, expected = (
            module(n, formulation)(*map(torch.from_numpy, PHASES)).numpy()
            for n in (replace(made, activation=activation, angle=angle), made)
        )
    assert_close(found, expected)
    assert_close(homogenize(replace(made, angle=angle), *PHASES), expected)


@pytest.mark.parametrize("model", MODELS)
def test_equal_isotropic_phases_stay_as_they_are(model):
    from laminet.materials.stiffness import isotropic_stiffness

    phase = isotropic_stiffness(10.0, 0.3)[None]
    assert_close(homogenize(network(model, 4), phase, phase), phase, 1e-13)


@pytest.mark.parametrize(("depth", "dmn", "imn"), [(1, 11, 4), (4, 109, 46), (7, 893, 382)])
def test_parameter_counts(depth, dmn, imn):
    """7 2^N - 3 and 3 2^N - 2, in the parameters and in the modules."""
    assert (dmn, imn) == (7 * 2**depth - 3, 3 * 2**depth - 2)
    for model, expected in (("dmn", dmn), ("imn", imn)):
        made = network(model, depth)
        assert made.count == expected
        assert sum(values.numel() for values in module(made).parameters()) == expected


def test_a_dead_network_has_no_stiffness():
    with pytest.raises(DeadNetworkError, match="raise xi"):
        homogenize(network("imn", 2, dead=range(4)), *PHASES)
