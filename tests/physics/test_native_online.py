"""The compiled schemes take the iterates of the readable ones, in easy, hard and hopeless cases."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from laminet import _native
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Curve, Target, follow
from laminet.loading.paths import CASES, LoadPath, piecewise, uniaxial
from laminet.materials.laws import J2, Elastic, Hardening, Law
from laminet.materials.library import Composite
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import orthotropic_stiffness
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.online.active import laminates
from laminet.online.linear import DenseJumps
from laminet.online.native import NativeSystem, active_tree, native_law, native_settings
from laminet.online.schemes import SCHEMES, NetworkSystem, Recipe, scheme
from laminet.online.settings import OnlineSettings
from laminet.training.data import ElasticData, Samples
from laminet.training.loop import train
from laminet.training.settings import TrainingSettings

FITTING = [(name, model) for name, recipe in SCHEMES.items() for model in recipe.models]


def assert_same_curves(system: NetworkSystem, path: LoadPath, tolerance: float = 1e-10) -> Curve:
    """Curves, states and every decision on the way, relative to the largest stress and strain."""
    expected = follow(system, path, cutbacks=system.settings.cutbacks, strict=False)
    found = NativeSystem(system).follow(path)
    for name in ("iterations", "converged"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    stress, strain = (np.nanmax(np.abs(values)) for values in (expected.stress, expected.strain))
    np.testing.assert_allclose(found.stress, expected.stress, rtol=0.0, atol=tolerance * stress)
    np.testing.assert_allclose(found.strain, expected.strain, rtol=0.0, atol=tolerance * strain)
    np.testing.assert_allclose(found.residual, expected.residual, atol=tolerance)
    for name in ("strain", "stress", "leaf_strain", "law"):
        one, other = getattr(found.state, name), getattr(expected.state, name)
        np.testing.assert_allclose(
            one, other, atol=tolerance * max(np.abs(other).max(initial=0.0), stress), err_msg=name
        )
    return expected


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_curves_are_equal(name, model, number, control, sparse_network, composites):
    case = {1: "11", 2: "23", 3: "33"}[number]
    assert_same_curves(
        scheme(name, sparse_network(model, 5, number, 11), composites[number]), uniaxial(case, control, 6, 0.05)
    )


@pytest.fixture(scope="module", params=["dmn", "imn"])
def trained(request) -> NetworkParameters:
    phases, unseen = (sample_phases(count, 11, stream, Sampling()) for stream, count in enumerate((40, 10)))
    teacher = initial_parameters("imn", 3, 5)
    data = [Samples(np.stack(pair, axis=1), homogenize(teacher, *pair)) for pair in (phases, unseen)]
    return train(ElasticData(*data), TrainingSettings(request.param, 5, batch=10, epochs=150, seed=1)).network


@pytest.mark.parametrize("number", [1, 3])
def test_curves_of_trained_networks_are_equal(trained, number, composites):
    vertices = [{"11": 0.02, "12": 0.01}, {"11": 0.005, "12": 0.02}, {"23": -0.02}]  # turning and unloading
    for name in (name for name, model in FITTING if model == trained.model):
        curve = assert_same_curves(scheme(name, trained, composites[number]), piecewise("tour", "stress", vertices, 12))
        assert curve.converged.all()


@pytest.mark.parametrize("change", [{"criterion": "paper"}, {"guess": "uniform"}, {"tolerance": 1e-10}])
@pytest.mark.parametrize(("name", "model"), FITTING)
def test_settings_mean_the_same(change, name, model, sparse_network, composites):
    system = scheme(name, sparse_network(model, 4, 2, 9), composites[2], OnlineSettings(**change))
    assert_same_curves(system, uniaxial("12", "stress", 5, 0.04))


@pytest.mark.parametrize("number", [1, 3])
def test_dense_solver_turns_the_leaves_of_a_dmn(number, sparse_network, composites):
    recipe = Recipe(("dmn",), solver=DenseJumps, residual="correction")
    tree = laminates(sparse_network("dmn", 4, number, 9))
    system = NetworkSystem(tree, composites[number].laws, recipe, OnlineSettings())
    assert_same_curves(system, uniaxial("31", "stress", 5, 0.05))


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_a_single_leaf_is_its_material(name, model, sparse_network, composites):
    for control in ("strain", "stress"):
        assert_same_curves(
            scheme(name, sparse_network(model, 3, 1, 1), composites[1]), uniaxial("11", control, 4, 0.03)
        )


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_all_stresses_may_be_prescribed(name, model, sparse_network, composites):
    stress = np.linspace(0.0, 1.0, 6)[:, None] * np.array([0.03, -0.01, 0.0, 0.01, 0.0, 0.02])
    path = LoadPath("s", "stress", np.zeros(6, dtype=bool), np.zeros((6, 6)), stress, np.ones(6, dtype=bool))
    assert_same_curves(scheme(name, sparse_network(model, 4, 3, 8), composites[2]), path)


def test_any_pair_of_laws(sparse_network):
    carbon = Elastic(orthotropic_stiffness(20.0, 25.0, 240.0, 6.0, 30.0, 25.0, 0.3, 0.02, 0.03))
    metal, polymer = J2(70.0, 0.33, Hardening(0.1, 1.0)), J2(3.0, 0.4, Hardening(0.02))  # the latter perfectly plastic
    for laws in ((carbon, metal), (metal, polymer), (carbon, carbon)):
        assert_same_curves(
            scheme("newton_condensed", sparse_network("dmn", 4, 1, 9), Composite("c", laws)),
            uniaxial("12", "stress", 5, 0.02),
        )


def skewed_network(model: str, seed: int) -> NetworkParameters:
    """Weights over several decades: thin layers between thick ones, where full Newton steps may run off."""
    rng = np.random.default_rng(seed)
    network = initial_parameters(model, 5, seed)
    activation = np.exp(rng.normal(0.0, 2.0, 32))
    activation[rng.permutation(32)[14:]] = -1.0
    return NetworkParameters(model, 5, activation, network.angle)


@pytest.mark.parametrize(("seed", "control"), [(190, "stress"), (183, "strain")])
@pytest.mark.parametrize("name", ["newton_condensed", "imn_newton_dense"])
@pytest.mark.parametrize("criterion", ["strain", "paper"])
def test_backtracking_is_equal(seed, control, name, criterion, composites):
    settings = OnlineSettings(max_iterations=60, criterion=criterion)
    system = scheme(name, skewed_network("imn", seed), composites[3], settings)
    shortened, original = [], system._backtracked

    def watched(state, target, start, end):
        following = original(state, target, start, end)
        shortened.append(following.shortened)
        return following

    system._backtracked = watched
    path = uniaxial("11", control, 6 if control == "strain" else 10, 0.05)
    curve = follow(system, path)
    if control == "strain":  # the harsher way to the same states
        path = LoadPath("11", "stress", np.zeros(6, dtype=bool), np.zeros_like(curve.stress), curve.stress, path.loaded)
    assert_same_curves(system, path)
    assert any(shortened)


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_halving_is_equal(name, model, composites):
    system = scheme(name, skewed_network(model, 184), composites[3], OnlineSettings(max_iterations=5, cutbacks=4))
    curve = assert_same_curves(system, uniaxial("12", "strain", 4, 0.04), tolerance=1e-9)
    assert curve.iterations.max() > 5


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_steps_without_convergence_are_marked_alike(name, model, sparse_network, composites):
    settings = OnlineSettings(max_iterations=2, cutbacks=1)
    curve = assert_same_curves(
        scheme(name, sparse_network(model, 3, 3, 6), composites[3], settings), uniaxial("11", "strain", 3, 0.05)
    )
    assert not curve.converged.all()
    assert np.isfinite(curve.stress).all()


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("amplitude", [1e200, 1e308])
def test_absurd_loads_fail_alike(name, model, amplitude, sparse_network, composites):
    system = scheme(name, sparse_network(model, 3, 3, 6), composites[3], OnlineSettings(cutbacks=2))
    path = uniaxial("11", "strain", 2, 0.01)
    strain = np.vstack([path.strain, path.strain[-1:] * amplitude, path.strain[-1:]])
    path = replace(path, strain=strain, stress=np.zeros_like(strain), time=None)
    expected, found = follow(system, path, cutbacks=2, strict=False), NativeSystem(system).follow(path)
    np.testing.assert_array_equal(found.converged, expected.converged)
    np.testing.assert_array_equal(np.isnan(found.stress), np.isnan(expected.stress))
    assert np.isnan(found.stress[-1]).all()
    np.testing.assert_allclose(found.state.law, expected.state.law, atol=1e-12)


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("criterion", ["strain", "paper"])
@pytest.mark.parametrize("size", [1e157, 1e162, 1.7e308])
def test_no_step_converges_where_squares_overflow(name, model, criterion, size, sparse_network, composites):
    """From strains of 1.3e154 on all norms are infinite, equal or not; the state stays as it is."""
    system = scheme(name, sparse_network(model, 3, 3, 6), composites[1], OnlineSettings(criterion=criterion))
    path = uniaxial("11", "strain", 1, 0.01)
    path = replace(path, strain=path.strain * size)
    increment = system.solve(system.initial(), Target(path.prescribed, path.strain[1], path.stress[1]))
    assert not increment.converged
    assert not increment.residual <= 1.0
    found = NativeSystem(system).follow(path)
    np.testing.assert_array_equal(found.converged, [True, False])
    assert not found.residual[1] <= 1.0
    for numbers in (found.state.strain, found.state.leaf_strain, found.state.law):
        np.testing.assert_array_equal(numbers, 0.0)


def test_a_curve_does_not_depend_on_those_before(sparse_network, composites):
    system = NativeSystem(scheme("newton_condensed", sparse_network("imn", 4, 2, 9), composites[1]))
    path, other = uniaxial("12", "stress", 5, 0.04), uniaxial("33", "strain", 5, 0.04)
    first, _, again = system.follow(path), system.follow(other), system.follow(path)
    np.testing.assert_array_equal(first.stress, again.stress)
    np.testing.assert_array_equal(first.state.law, again.state.law)


def test_threads_may_share_a_system(sparse_network, composites):
    system = NativeSystem(scheme("newton_condensed", sparse_network("imn", 4, 2, 9), composites[1]))
    paths = [uniaxial(case, "stress", 50, 0.04) for case in CASES]
    alone = [system.follow(path) for path in paths]
    with ThreadPoolExecutor(len(paths)) as pool:
        together = list(pool.map(system.follow, paths))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one.stress, other.stress)
        np.testing.assert_array_equal(one.state.law, other.state.law)


def test_laws_that_exist_in_python_only_are_refused(composites):
    class Rubber(Law):
        update = None

    with pytest.raises(InputError, match=r"law Rubber is not compiled.*numpy"):
        native_law(Rubber())
    assert isinstance(native_law(composites[1].laws[0]), _native.Law)


def test_arrays_of_wrong_shape_are_refused(sparse_network, composites):
    reference = scheme("newton_condensed", sparse_network("imn", 3, 2, 5), composites[1])
    system = NativeSystem(reference)
    path = uniaxial("11", "strain", 4, 0.02)
    for wrong in (
        replace(path, strain=path.strain[:-1]),
        replace(path, stress=path.stress[:, :5]),
        replace(path, prescribed=path.prescribed[:5]),
    ):
        with pytest.raises((TypeError, InputError), match=r"must be|incompatible function arguments"):
            system.follow(wrong)
    tree = reference.tree
    with pytest.raises(ValueError, match="node of a block is unknown"):
        active_tree(replace(tree, levels=tuple(replace(level, parents=level.parents + 99) for level in tree.levels)))
    with pytest.raises(ValueError, match="phase"):
        active_tree(replace(tree, phase=tree.phase - 2))
    laws = [native_law(law) for law in composites[1].laws]
    with pytest.raises(ValueError, match="phase 3 has leaves and no law"):
        _native.Material(active_tree(replace(tree, phase=tree.phase + 1)), laws, native_settings(OnlineSettings()))
    for name, constants in (("rubber", np.ones(2)), ("j2", np.ones(5))):
        with pytest.raises(ValueError, match=r"the law rubber is unknown|the form is: j2 YOUNG"):
            _native.Law(name, constants)


@pytest.mark.slow
def test_an_interrupt_stops_a_path():
    script = """
import os, signal, threading, numpy as np
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background may have been started without
from laminet.loading.paths import uniaxial
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import Composite
from laminet.network.initial import initial_parameters
from laminet.online.native import NativeSystem
from laminet.online.schemes import scheme
matrix = J2(3.8, 0.38, Hardening(0.01, 0.3))
composite = Composite("c", (matrix, Elastic(np.eye(6))))
system = NativeSystem(scheme("newton_condensed", initial_parameters("imn", 8, 1), composite))
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
system.follow(uniaxial("11", "stress", 100000, 0.05))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "KeyboardInterrupt" in done.stderr
    assert done.returncode != 0
