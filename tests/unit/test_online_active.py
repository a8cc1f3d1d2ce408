"""The active tree: what is left of a network, and the operators on it, against the paper's index formulas."""

from functools import partial

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import DeadNetworkError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Target
from laminet.network import tree
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.online.active import laminates
from laminet.online.linear import DenseJumps, Sweeps

literal = partial(laminates, literal=True)
FORMS = [("imn", laminates), ("dmn", laminates), ("dmn", literal)]


@pytest.mark.parametrize(("model", "form"), FORMS)
@pytest.mark.parametrize("keep", [1, 2, 5, 11, 16])
def test_only_active_leaves_and_their_interfaces_are_left(model, form, keep, sparse_network):
    network = sparse_network(model, 4, keep, keep)
    active = form(network)
    assert active.nodes == 2 * keep - 1
    assert sum(len(level.parents) for level in active.levels) == keep - 1
    living = np.flatnonzero(network.activation > 0.0)
    np.testing.assert_array_equal(active.phase, 1 + living % 2)
    np.testing.assert_array_equal(active.weight, network.activation[living])
    for level in active.levels:
        np.testing.assert_allclose(level.f1 + level.f2, 1.0, rtol=1e-15)


@pytest.mark.parametrize(("model", "form"), FORMS)
@pytest.mark.parametrize("keep", [1, 3, 7, 16])
def test_sweep_up_gives_the_homogenised_stiffness_of_the_whole_network(model, form, keep, sparse_network, composites):
    network = sparse_network(model, 4, 10 + keep, keep)
    active = form(network)
    phases = np.stack([law.stiffness for law in composites[1].laws])
    law, _ = Sweeps(active).homogenise(phases[active.phase - 1], np.zeros((keep, 6)))
    np.testing.assert_allclose(law[:, :6], homogenize(network, *phases[:, None])[0], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("model", "form"), FORMS)
@pytest.mark.parametrize("free", [[], [1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]])
def test_sweeps_and_dense_system_solve_the_same_problem(model, form, free, sparse_network, rng):
    active = form(sparse_network(model, 4, 5, 9))
    factor = rng.normal(size=(9, 6, 6))
    stiffness, residual = factor @ np.swapaxes(factor, 1, 2) + np.eye(6), rng.normal(size=(9, 6))
    prescribed = ~np.isin(np.arange(6), free)
    load = Target(prescribed, np.where(prescribed, rng.normal(size=6), 0.0), rng.normal(size=6))
    for s in (residual, np.zeros((9, 6))):
        macro, leaf = Sweeps(active).solve(stiffness, s, load)
        dense_macro, dense_leaf = DenseJumps(active).solve(stiffness, s, load)
        np.testing.assert_allclose(macro, dense_macro, atol=1e-10)
        np.testing.assert_allclose(leaf, dense_leaf, atol=1e-10)
        stress = (stiffness @ leaf[..., None])[..., 0] + s
        mean, jumps = active.average(stress)
        np.testing.assert_allclose(jumps, 0.0, atol=1e-10)
        np.testing.assert_allclose(mean[free], load.stress[free], atol=1e-10)
        np.testing.assert_array_equal(macro[prescribed], load.strain[prescribed])


def test_jump_columns_are_those_of_eqs_24_and_26_with_floor():
    network = initial_parameters("imn", 3, 2)
    depth, count = 3, 8
    weights, normal = tree.node_weights(network.activation), tree.imn_normal(network.angle)
    expected = np.zeros((count, 6, 3 * (count - 1)))
    for n in range(1, count + 1):
        for i in range(1, depth + 1):
            r = [(n - 1) // 2**power for power in (depth - i, depth - i + 1)]  # the paper prints mod(n - 1, 2^i)
            weight = weights[2**i - 1 + r[0]]
            parent = 2 ** (i - 1) - 1 + r[1]
            expected[n - 1, :, 3 * parent : 3 * parent + 3] = (-1) ** r[0] * mandel.interface(normal[parent]) / weight
    active = laminates(network)
    found = DenseJumps(active).columns.reshape(count, 6, -1)
    np.testing.assert_allclose(found[..., :-6], expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_array_equal(found[..., -6:], np.broadcast_to(np.eye(6), (count, 6, 6)))


@pytest.mark.parametrize(("model", "form"), FORMS)
def test_traction_jumps_are_the_residual_of_eq_28(model, form, sparse_network, rng):
    active = form(sparse_network(model, 4, 6, 10))
    stress = rng.normal(size=(10, 6))
    mean, jumps = active.average(stress)
    dense = DenseJumps(active).columns.T @ (active.weight[:, None] * stress).ravel()
    np.testing.assert_allclose(jumps.ravel(), dense[:-6], atol=1e-13)
    np.testing.assert_allclose(mean, dense[-6:] / active.weight.sum(), atol=1e-13)


def test_a_dead_network_is_refused():
    network = initial_parameters("imn", 2, 0)
    dead = NetworkParameters("imn", 2, -network.activation, network.angle)
    with pytest.raises(DeadNetworkError, match="raise xi"):
        laminates(dead)
