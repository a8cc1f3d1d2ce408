"""Loss on curves: the online prediction, its relative error, and the gradient against central differences."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from laminet.errors import ConvergenceError, DeadNetworkError, InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import follow
from laminet.loading.paths import LoadPath, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening, Law
from laminet.materials.library import Composite
from laminet.network import tree
from laminet.network.initial import initial_parameters
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings
from laminet.training import torch_curves
from laminet.training.curve_loss import Curve, CurveGradient, curve_gradient

PAPER = {"imn": "imn_newton_dense", "dmn": "dmn_residual"}
"""Schemes that share neither sweeps nor rotations with the prediction under test."""

UNLOADED = [{"11": 0.02, "12": 0.01}, {"11": -0.005, "12": 0.01}]


def path(control: str, steps: int = 4, case: str = "22") -> LoadPath:
    """A uniaxial case, or a path in two components that unloads one and reverses it."""
    return piecewise(case, control, UNLOADED, steps) if case == "unloaded" else uniaxial(case, control, steps, 0.03)


def predict(network: NetworkParameters, curve: Curve, tolerance: float = 1e-11) -> np.ndarray:
    """Stress (steps, 6) by the NumPy scheme of the paper."""
    settings = OnlineSettings(tolerance=tolerance, backend="numpy")
    return follow(scheme(PAPER[network.model], network, curve.composite, settings), curve.path).stress[1:]


def curve_of(composite: Composite, path: LoadPath, seed: int = 0) -> Curve:
    """A curve whose target is near the prediction of no network: stresses of some tens of MPa in all components."""
    growth = np.sqrt(np.arange(1, path.steps + 1) / path.steps)
    target = growth[:, None] * np.random.default_rng(seed).uniform(0.02, 0.08, (path.steps, 6))
    return Curve(composite, path, target, path.loaded)


def error(curve: Curve, stress: np.ndarray) -> float:
    """Relative error of the loaded stresses at all steps."""
    target = curve.stress[:, curve.loaded]
    return float(np.sqrt(((stress[:, curve.loaded] - target) ** 2).sum() / (target**2).sum()))


def gradient(network: NetworkParameters, curves: list[Curve], **options) -> CurveGradient:
    return curve_gradient(network, curves, backend="torch", **{"tolerance": 1e-11, **options})


def shifted(network: NetworkParameters, change: np.ndarray) -> NetworkParameters:
    """The network with its parameters, activations first, changed."""
    activation, angle = np.split(change, [network.activation.size])
    angle = network.angle + angle.reshape(network.angle.shape)
    return replace(network, activation=network.activation + activation, angle=angle)


def differences(network: NetworkParameters, curves: list[Curve], step: float = 2e-5) -> np.ndarray:
    """Central differences of fourth order of the mean error; those of dead leaves are zero by definition."""
    result = np.zeros(network.count)
    for number in range(network.count):
        if number < network.activation.size and network.activation[number] <= 0.0:
            continue
        size = step
        if number < network.activation.size:
            size *= network.activation[number]
        for factor, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            change = np.zeros(network.count)
            change[number] = factor * size
            moved = shifted(network, change)
            mean = np.mean([error(curve, predict(moved, curve)) for curve in curves])
            result[number] += weight * mean / (12.0 * size)
    return result


def check_gradient(network: NetworkParameters, curves: list[Curve]) -> CurveGradient:
    """The gradient against central differences, 1e-6 of each entry, or of the largest where an entry is small."""
    result = gradient(network, curves)
    expected = differences(network, curves)
    assert not result.failed.any()
    scale = np.abs(expected).max()
    assert scale > 1e-3
    np.testing.assert_allclose(result.gradient, expected, rtol=1e-6, atol=1e-6 * scale)
    return result


@pytest.mark.parametrize("model", ["imn", "dmn"])
@pytest.mark.parametrize("control", ["strain", "stress"])
@pytest.mark.parametrize("case", ["12", "unloaded"])
def test_the_prediction_is_that_of_the_online_scheme(model, control, case, sparse_network, composites):
    network = sparse_network(model, 4, 3, 11)
    curves = [curve_of(composites[number], path(control, 6, case)) for number in (1, 2, 3)]
    result = gradient(network, curves)
    assert not result.failed.any()
    for curve, stress, loss in zip(curves, result.stress, result.losses):
        expected = predict(network, curve)
        np.testing.assert_allclose(stress, expected, rtol=1e-8, atol=1e-10)
        assert loss == pytest.approx(error(curve, expected), rel=1e-8)


@pytest.mark.parametrize("model", ["imn", "dmn"])
@pytest.mark.parametrize("control", ["strain", "stress"])
@pytest.mark.parametrize("case", ["22", "unloaded"])
def test_the_gradient_is_that_of_the_prediction(model, control, case, composites):
    check_gradient(initial_parameters(model, 2, 1), [curve_of(composites[1], path(control, 4, case))])


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_the_gradient_of_several_curves_is_that_of_their_mean(model, composites):
    network = initial_parameters(model, 2, 4)
    curves = [curve_of(composites[3], path("stress", 3, "12"), 1), curve_of(composites[2], path("strain", 5), 2)]
    result = check_gradient(network, curves)
    alone = [gradient(network, [curve]) for curve in curves]
    np.testing.assert_allclose(result.gradient, 0.5 * (alone[0].gradient + alone[1].gradient), rtol=1e-12, atol=1e-15)
    assert np.isnan(result.stress[0, 3:]).all()
    assert np.isfinite(result.stress[1]).all()


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_chains_of_nodes_with_one_child(model, composites):
    """Leaves 0, 3 and 6 of eight live: node 5 is dead, 2, 3, 4 and 6 have one child; a DMN turns all the same."""
    network = initial_parameters(model, 3, 1)
    network.activation[[1, 2, 4, 5, 7]] = [0.0, -0.1, -0.2, 0.0, -1.0]
    weights = tree.node_weights(network.activation)
    np.testing.assert_array_equal(tree.laminates_of_two(weights), [0, 1])
    result = check_gradient(network, [curve_of(composites[1], path("stress", 4))])
    activation, angle = np.split(result.gradient, [8])
    assert (activation[network.activation <= 0.0] == 0.0).all()
    used = np.abs(angle.reshape(network.angle.shape)).max(axis=1) > 0.0
    turning = [0, 1] if model == "imn" else np.flatnonzero(weights)
    np.testing.assert_array_equal(np.flatnonzero(used), turning)


@pytest.mark.parametrize("model", ["imn", "dmn"])
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_a_leaf_near_death(model, control, composites):
    network = initial_parameters(model, 2, 6)
    network.activation[1] = 1e-5
    check_gradient(network, [curve_of(composites[1], path(control, 4))])


@pytest.mark.parametrize("control", ["strain", "stress"])
@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_one_leaf_alone(model, control, sparse_network, composites):
    """The network is its phase: a DMN turned by the rotations above."""
    network = sparse_network(model, 2, 2, 1)
    curve = curve_of(composites[1], path(control, 3))
    result = gradient(network, [curve])
    np.testing.assert_allclose(result.stress[0], predict(network, curve), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(result.gradient, differences(network, [curve]), atol=1e-8)


@dataclass(frozen=True)
class Hesitant(J2):
    """J2 plasticity that has a stress only for small steps of plastic flow."""

    name = ""
    most = 0.012

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As J2, up to the largest growth of the plastic strain."""
        answer = super().update(strain, state)
        if (answer[2][:, 6] - state[:, 6] > self.most).any():
            raise ConvergenceError("too large a step")
        return answer


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_increments_that_are_halved(model, composites):
    """The gradient is that of the parts that were taken: other than of whole increments, which J2 itself allows."""
    law, fibre = composites[1].laws
    hesitant = Composite("hesitant", (Hesitant(law.young, law.poisson, law.hardening), fibre))
    network, coarse = initial_parameters(model, 2, 1), path("stress", 3)
    curve = curve_of(hesitant, coarse)
    system = scheme("newton_condensed", network, hesitant, OnlineSettings(backend="numpy"))
    assert max(map(len, torch_curves.converged(system, coarse))) > 2
    result = check_gradient(network, [curve])
    whole = gradient(network, [curve_of(composites[1], coarse)])
    assert np.abs(result.stress - whole.stress).max() > 1e-7
    assert np.abs(result.gradient - whole.gradient).max() > 1e-7


@dataclass(frozen=True, eq=False)
class Brittle(Elastic):
    """Elastic up to a strain beyond which there is no stress."""

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As Elastic, where the strains are small."""
        if np.abs(strain).max() > 0.025:
            raise ConvergenceError("broken")
        return super().update(strain, state)


def test_a_curve_that_fails_counts_for_nothing(composites):
    network, good = initial_parameters("imn", 2, 1), curve_of(composites[1], path("strain", 4))
    brittle = Composite("brittle", tuple(Brittle(law.stiffness) for law in composites[1].laws))
    bad = curve_of(brittle, uniaxial("22", "strain", 4, 0.03))
    result, alone = gradient(network, [bad, good, bad]), gradient(network, [good])
    assert result.failed.tolist() == [True, False, True]
    assert np.isnan(result.losses).tolist() == [True, False, True]
    np.testing.assert_array_equal(result.gradient, alone.gradient)
    np.testing.assert_array_equal(result.losses[1], alone.losses[0])
    finite = np.isfinite(result.stress[0]).all(axis=1)
    assert 0 < finite.sum() < 4
    assert finite.tolist() == sorted(finite, reverse=True)
    nothing = gradient(network, [bad])
    assert nothing.failed.all()
    np.testing.assert_array_equal(nothing.gradient, np.zeros(network.count))


def test_stresses_that_were_not_measured_are_skipped(composites):
    network, whole = initial_parameters("imn", 2, 1), curve_of(composites[1], path("strain", 5))
    loaded = np.array([True, True, False, False, False, True])
    target = whole.stress.copy()
    target[1], target[3, 0], target[:, 2] = np.nan, np.nan, np.nan
    curve = replace(whole, stress=target, loaded=loaded)
    result = gradient(network, [curve])
    stress = predict(network, curve)
    kept = [(step, i) for step in range(5) for i in (0, 1, 5) if step != 1 and (step, i) != (3, 0)]
    squares = [(stress[at] - target[at]) ** 2 for at in kept]
    expected = np.sqrt(sum(squares) / sum(target[at] ** 2 for at in kept))
    assert result.losses[0] == pytest.approx(expected, rel=1e-8)
    assert np.isfinite(result.gradient).all()


@pytest.mark.parametrize(("every", "steps"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (5, [5]), (9, [5])])
def test_every_nth_step_and_the_last_are_compared(every, steps, composites):
    network, curve = initial_parameters("imn", 2, 1), curve_of(composites[1], path("strain", 5))
    target = np.full_like(curve.stress, np.nan)
    target[np.array(steps) - 1] = curve.stress[np.array(steps) - 1]
    few, same = gradient(network, [curve], every=every), gradient(network, [replace(curve, stress=target)])
    assert few.losses[0] == same.losses[0]
    np.testing.assert_array_equal(few.gradient, same.gradient)


def test_the_gradient_of_a_perfect_prediction_is_finite(composites):
    network, curve = initial_parameters("dmn", 2, 1), curve_of(composites[1], path("stress", 3))
    perfect = replace(curve, stress=gradient(network, [curve]).stress[0])
    result = gradient(network, [perfect])
    assert result.losses[0] == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(result.gradient).all()


def test_phases_without_state_and_more_than_two(composites):
    laws = (composites[2].laws[1], composites[1].laws[1], Elastic(2.0 * np.eye(6)))
    network = initial_parameters("imn", 3, 1, phases=3)
    check_gradient(network, [curve_of(Composite("three", laws), path("strain", 2))])
    plastic = Composite("plastic", (composites[1].laws[0], laws[0], J2(2.1, 0.3, Hardening(0.03, 0.1))))
    check_gradient(network, [curve_of(plastic, path("stress", 3))])


def test_without_a_gradient_the_losses_are_the_same(composites):
    network, curve = initial_parameters("dmn", 2, 1), curve_of(composites[1], path("stress", 3))
    result, losses = gradient(network, [curve]), gradient(network, [curve], gradient=False)
    assert losses.losses[0] == result.losses[0]
    assert np.isnan(losses.gradient).all()
    assert losses.gradient.shape == (network.count,)


class Memory(Law):
    """Elasticity with a state, and no form that PyTorch differentiates."""

    layout = {"memory": 1}  # noqa: RUF012
    stiffness = np.eye(6)

    def update(self, strain: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Linear elasticity."""
        return strain, np.repeat(np.eye(6)[None], len(strain), axis=0), state


def test_bad_input_is_named(composites):
    network, curve = initial_parameters("imn", 2, 1), curve_of(composites[1], path("strain", 3))
    with pytest.raises(InputError, match="no curves"):
        gradient(network, [])
    with pytest.raises(InputError, match=r"curve of composite_1, load case 22 .*: stress has the shape \(2, 6\)"):
        replace(curve, stress=np.zeros((2, 6)))
    with pytest.raises(InputError, match="no stress other than zero is compared"):
        gradient(network, [replace(curve, loaded=np.zeros(6, dtype=bool))])
    with pytest.raises(InputError, match="law Memory has no differentiable_update"):
        gradient(network, [replace(curve, composite=Composite("memory", (Memory(), Memory())))])
    with pytest.raises(InputError, match="has 1 phase, the network 2"):
        gradient(network, [replace(curve, composite=Composite("one", (Memory(),)))])
    with pytest.raises(InputError, match="every is 0"):
        gradient(network, [curve], every=0)
    with pytest.raises(DeadNetworkError):
        gradient(replace(network, activation=-network.activation), [curve])
