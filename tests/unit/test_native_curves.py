"""The compiled loss on curves has the values and the gradient of the PyTorch reference and of differences."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.loading.paths import LoadPath, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening, Law
from laminet.materials.library import Composite
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.network.initial import initial_parameters
from laminet.online.native import NativeSystem
from laminet.online.schemes import scheme
from laminet.online.settings import MaterialSettings, OnlineSettings
from laminet.training import native_curves, torch_curves
from laminet.training.curve_loss import Curve, CurveGradient, CurveSet, curve_gradient

UNLOADING = [{"22": 0.02}, {"22": 0.005}, {"22": -0.01}]
TURNING = [{"11": 0.02, "12": 0.0}, {"11": 0.02, "12": 0.02}, {"11": 0.01, "12": 0.02}]
PATHS: dict[str, Callable[[str], LoadPath]] = {
    "tension": lambda control: uniaxial("11", control, 5, 0.03),
    "shear": lambda control: uniaxial("23", control, 4, 0.03),
    "unloading": lambda control: piecewise("unloading", control, UNLOADING, 8),
    "turning": lambda control: piecewise("turning", control, TURNING, 7),
}


def curve_of(composite: Composite, path: LoadPath, seed: int = 0) -> Curve:
    """A curve whose target is near the prediction of no network: stresses of some tens of MPa in all components."""
    growth = np.sqrt(np.arange(1, path.steps + 1) / path.steps)
    target = growth[:, None] * np.random.default_rng(seed).uniform(0.02, 0.08, (path.steps, 6))
    return Curve(composite, path, target, path.loaded)


def native(network: NetworkParameters, curves: list[Curve], **options) -> CurveGradient:
    return curve_gradient(network, curves, backend="native", **{"tolerance": 1e-11, **options})


def assert_as_reference(network: NetworkParameters, curves: list[Curve], **options) -> CurveGradient:
    """Both backends, to 1e-10 of the largest number."""
    result = native(network, curves, **options)
    expected = curve_gradient(network, curves, backend="torch", **{"tolerance": 1e-11, **options})
    np.testing.assert_array_equal(result.failed, expected.failed)
    np.testing.assert_allclose(result.losses, expected.losses, rtol=1e-10)
    for name in ("stress", "gradient"):
        numbers, reference = getattr(result, name), getattr(expected, name)
        largest = np.nanmax(np.abs(reference), initial=0.0)
        np.testing.assert_allclose(numbers, reference, rtol=0.0, atol=1e-10 * largest, err_msg=name)
    return result


@pytest.mark.parametrize("model", ["imn", "dmn"])
@pytest.mark.parametrize("control", ["strain", "stress"])
@pytest.mark.parametrize("path", PATHS)
def test_gradients_are_those_of_the_reference(model, control, path, sparse_network, composites):
    curve = curve_of(composites[1], PATHS[path](control))
    result = assert_as_reference(sparse_network(model, 4, 2, 9), [curve])
    assert not result.failed.any()
    assert np.abs(result.gradient).max() > 1e-3


@pytest.mark.parametrize("formulation", ["dmn_residual", "newton_condensed"])
@pytest.mark.parametrize("path", ["tension", "turning"])
def test_both_formulations_of_a_dmn_have_the_gradient(formulation, path, sparse_network, composites):
    """Central differences of a prediction with a rotation at every node, and of one with rotations at leaves."""
    network, curve = sparse_network("dmn", 3, 5, 6), curve_of(composites[3], PATHS[path]("stress"))
    assert_as_differences(network, curve, formulation)


@pytest.mark.parametrize("control", ["strain", "stress"])
def test_the_gradient_of_an_imn_is_that_of_differences(control, sparse_network, composites):
    network, curve = sparse_network("imn", 4, 4, 11), curve_of(composites[2], PATHS["unloading"](control))
    assert_as_differences(network, curve, "newton_condensed")


def assert_as_differences(network: NetworkParameters, curve: Curve, name: str) -> None:
    """The gradient against central differences of fourth order, 1e-6 of the largest."""

    def loss(change: np.ndarray) -> float:
        activation, angle = np.split(change, [network.activation.size])
        moved = replace(
            network, activation=network.activation + activation, angle=network.angle + angle.reshape(-1, size)
        )
        system = scheme(name, moved, curve.composite, OnlineSettings(tolerance=1e-12))
        stress = NativeSystem(system).follow(curve.path).stress[1:, curve.loaded]
        target = curve.stress[:, curve.loaded]
        return float(np.linalg.norm(stress - target) / np.linalg.norm(target))

    size, step = network.angle.shape[1], 1e-4
    active = np.concatenate([network.activation > 0.0, np.ones(network.angle.size, dtype=bool)])
    expected = np.zeros(network.count)
    for number in np.flatnonzero(active):
        unit = np.eye(network.count)[number] * step
        expected[number] = (8 * (loss(unit) - loss(-unit)) - loss(2 * unit) + loss(-2 * unit)) / (12 * step)
    result = native(network, [curve])
    np.testing.assert_allclose(result.gradient, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_increments_that_are_halved(model, composites, monkeypatch):
    """Thin layers between thick ones, where Newton's method needs more iterations than it may take."""
    few = {"max_iterations": 6 if model == "imn" else 7}
    monkeypatch.setattr(native_curves, "MaterialSettings", partial(MaterialSettings, **few))
    monkeypatch.setattr(torch_curves, "OnlineSettings", partial(OnlineSettings, **few))
    rng = np.random.default_rng(184)
    activation = np.exp(rng.normal(0.0, 2.0, 32))
    activation[rng.permutation(32)[14:]] = -1.0
    network = replace(initial_parameters(model, 5, 184), activation=activation)
    curves = [curve_of(composites[3], uniaxial("12", "strain", steps, 0.01 * steps)) for steps in (4, 1)]
    system = scheme("newton_condensed", network, composites[3], OnlineSettings(tolerance=1e-9, backend="numpy", **few))
    assert max(map(len, torch_curves.converged(system, curves[0].path))) >= 8
    assert not assert_as_reference(network, curves, tolerance=1e-9).failed.any()


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_chains_of_nodes_with_one_child(model, composites):
    """Leaves 0, 3 and 6 of eight live: node 5 is dead, 2, 3, 4 and 6 have one child; a DMN turns all the same."""
    network = initial_parameters(model, 3, 1)
    network.activation[[1, 2, 4, 5, 7]] = [0.0, -0.1, -0.2, 0.0, -1.0]
    result = assert_as_reference(network, [curve_of(composites[1], PATHS["turning"]("stress"))])
    assert (result.gradient[:8][network.activation <= 0.0] == 0.0).all()


@pytest.mark.parametrize("model", ["imn", "dmn"])
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_a_leaf_near_death(model, control, composites):
    network = initial_parameters(model, 3, 6)
    network.activation[[1, 4]] = 1e-5, 1e-9
    assert_as_reference(network, [curve_of(composites[1], PATHS["unloading"](control))])


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_one_leaf_alone(model, composites):
    """Of either phase; a DMN turns it."""
    for leaf in (0, 3):
        network = initial_parameters(model, 2, 2)
        network.activation[np.arange(4) != leaf] = -1.0
        curve = curve_of(composites[1], PATHS["turning"]("stress"))
        result, expected = (curve_gradient(network, [curve], backend=name) for name in ("native", "torch"))
        np.testing.assert_allclose(result.losses, expected.losses, rtol=1e-10)
        np.testing.assert_allclose(result.gradient, expected.gradient, atol=1e-12)


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_curves_of_any_laws_and_lengths_together(model, sparse_network, composites):
    """Perfectly plastic, saturating and linear hardening; phases that change places; all stresses prescribed."""
    fibre = Elastic(orthotropic_stiffness(20.0, 25.0, 240.0, 6.0, 30.0, 25.0, 0.3, 0.02, 0.03))
    metal, polymer = J2(70.0, 0.33, Hardening(0.1, 1.0)), J2(3.0, 0.4, Hardening(0.02))
    pairs = [(polymer, fibre), (fibre, metal), (metal, polymer), (fibre, fibre)]
    others = [Composite(f"pair_{number}", laws) for number, laws in enumerate(pairs)]
    names = list(PATHS)
    curves = [
        curve_of(composite, PATHS[names[number % 4]]("strain" if number % 3 else "stress"), number)
        for number, composite in enumerate([*composites.values(), *others, *composites.values(), *others])
    ]
    stress = np.linspace(0.0, 1.0, 6)[:, None] * np.array([0.03, -0.01, 0.0, 0.01, 0.0, 0.02])
    given = LoadPath("given", "stress", np.zeros(6, dtype=bool), np.zeros((6, 6)), stress, np.ones(6, dtype=bool))
    curves.append(curve_of(composites[1], given))
    network = sparse_network(model, 3, 4, 7)
    result = assert_as_reference(network, curves, every=2)
    assert not result.failed.any()
    alone = [native(network, [curve], every=2) for curve in curves]
    np.testing.assert_array_equal(result.losses, [each.losses[0] for each in alone])
    mean = np.mean([each.gradient for each in alone], axis=0)
    np.testing.assert_allclose(result.gradient, mean, rtol=0.0, atol=1e-13 * np.abs(mean).max())


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_threads_give_the_same_bits(model, sparse_network, composites):
    paths = [PATHS[name](control) for name in PATHS for control in ("strain", "stress")]
    curves = [curve_of(composite, path) for composite in composites.values() for path in paths]
    network = sparse_network(model, 4, 1, 9)
    one = native(network, curves)
    for threads in (2, 3, 16):
        several = native(network, curves, threads=threads)
        for name in ("losses", "stress", "gradient"):
            np.testing.assert_array_equal(getattr(one, name), getattr(several, name), err_msg=name)


def test_a_curve_that_fails_counts_for_nothing(composites, sparse_network, monkeypatch):
    """Two iterations are enough for linear laws alone."""
    monkeypatch.setattr(native_curves, "MaterialSettings", partial(MaterialSettings, max_iterations=2, cutbacks=0))
    network, fibre = sparse_network("imn", 3, 2, 6), composites[1].laws[1]
    linear = Composite("linear", (Elastic(composites[1].laws[0].stiffness), fibre))
    good = curve_of(linear, PATHS["tension"]("stress"))
    bad = [curve_of(composites[number], PATHS["tension"]("stress")) for number in (1, 3)]
    result, alone = native(network, [bad[0], good, bad[1]]), native(network, [good])
    assert result.failed.tolist() == [True, False, True]
    assert np.isnan(result.losses).tolist() == [True, False, True]
    assert np.isnan(result.stress[[0, 2], -1]).all()
    np.testing.assert_array_equal(result.gradient, alone.gradient)
    nothing = native(network, bad)
    assert nothing.failed.all()
    np.testing.assert_array_equal(nothing.gradient, np.zeros(network.count))


def test_strains_beyond_all_numbers_fail(composites, sparse_network):
    path = uniaxial("11", "strain", 2, 0.01)
    curve = curve_of(composites[3], replace(path, strain=path.strain * 1e160))
    result = native(sparse_network("imn", 3, 2, 6), [curve, curve_of(composites[3], path)])
    assert result.failed.tolist() == [True, False]
    assert np.isfinite(result.gradient).all()


def test_stresses_that_were_not_measured_are_skipped(composites, sparse_network):
    curve = curve_of(composites[1], PATHS["turning"]("strain"))
    target = curve.stress.copy()
    target[1], target[3, 0], target[:, 2] = np.nan, np.nan, np.nan
    loaded = np.array([True, True, True, False, False, True])
    assert_as_reference(sparse_network("imn", 3, 2, 6), [replace(curve, stress=target, loaded=loaded)], every=3)


def test_the_gradient_of_a_perfect_prediction_is_zero(composites, sparse_network):
    network, curve = sparse_network("dmn", 3, 2, 6), curve_of(composites[1], PATHS["shear"]("stress"))
    result = native(network, [replace(curve, stress=native(network, [curve]).stress[0])])
    assert result.losses[0] == 0.0
    np.testing.assert_array_equal(result.gradient, np.zeros(network.count))


def test_without_a_gradient_the_losses_are_the_same(composites, sparse_network):
    network, curve = sparse_network("dmn", 3, 2, 6), curve_of(composites[1], PATHS["unloading"]("stress"))
    result, losses = native(network, [curve]), native(network, [curve], gradient=False)
    np.testing.assert_array_equal(losses.losses, result.losses)
    np.testing.assert_array_equal(losses.stress, result.stress)
    assert np.isnan(losses.gradient).all()


@pytest.mark.parametrize("backend", ["native", "torch"])
def test_some_curves_of_a_set_are_as_those_alone(composites, sparse_network, backend):
    """Also where a longer path, of the set or of the choice, ends later than another."""
    network = sparse_network("imn", 3, 2, 6)
    paths = [uniaxial("12", "strain", 2, 0.02), uniaxial("22", "stress", 4, 0.02), uniaxial("11", "stress", 3, 0.02)]
    curves = [curve_of(composites[n], path) for n, path in enumerate(paths, 1)]
    prepared = CurveSet(curves, 2, every=2, backend=backend)
    for numbers in ([2, 0], [1]):
        some = prepared.gradient(network, np.array(numbers))
        alone = curve_gradient(network, [curves[number] for number in numbers], every=2, backend=backend)
        for name in ("losses", "stress", "gradient", "failed"):
            np.testing.assert_array_equal(getattr(some, name), getattr(alone, name), err_msg=name)
        assert some.stress.shape == (len(numbers), max(paths[number].steps for number in numbers), 6)


class Rubber(Law):
    """A law that exists in Python only."""

    stiffness = np.eye(6)
    update = None


def test_bad_input_is_named(composites, sparse_network, monkeypatch):
    network, curve = sparse_network("imn", 3, 2, 6), curve_of(composites[1], PATHS["shear"]("strain"))
    with pytest.raises(InputError, match=r"law Rubber is not compiled.*train on curves with backend 'torch'"):
        native(network, [replace(curve, composite=Composite("rubber", (Rubber(), Rubber())))])
    with monkeypatch.context() as patch:
        patch.setattr(native_curves, "native_law", lambda _: SimpleNamespace(differentiable=False))
        with pytest.raises(InputError, match=r"law J2 has no adjoint in native code.*'torch'"):
            native(network, [curve])
    with pytest.raises(InputError, match="has 1 phase, the network 2"):
        native(network, [replace(curve, composite=Composite("one", composites[1].laws[:1]))])
