"""Choosing a scheme and its settings, and what an increment reports when it cannot be solved."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from laminet.errors import ConvergenceError, InputError
from laminet.loading.driver import Target, follow
from laminet.loading.paths import uniaxial
from laminet.online.schemes import SCHEMES, scheme
from laminet.online.settings import OnlineSettings

FITTING = [(name, model) for name, recipe in SCHEMES.items() for model in recipe.models]


def test_the_schemes_of_the_data_contract_exist():
    assert set(SCHEMES) == {
        *("dmn_residual", "dmn_no_residual_tangent", "dmn_no_residual_secant"),
        *("imn_fixed_point_tangent", "imn_fixed_point_secant", "imn_newton_dense", "newton_condensed"),
    }


@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        ("newton", "imn", "scheme 'newton' is unknown.*newton_condensed"),
        ("dmn_residual", "imn", "'dmn_residual' does not fit.*'imn'.*imn_newton_dense"),
        ("imn_newton_dense", "dmn", "'imn_newton_dense' does not fit.*'dmn'.*dmn_residual"),
    ],
)
def test_a_scheme_that_does_not_fit_is_refused(name, model, message, sparse_network, composites):
    with pytest.raises(InputError, match=message):
        scheme(name, sparse_network(model, 2, 0, 3), composites[1])


@pytest.mark.parametrize(
    "field",
    [
        {"tolerance": 0.0},
        {"tolerance": float("nan")},
        {"criterion": "energy"},
        {"guess": "last"},
        {"backend": "fortran"},
        {"max_iterations": 0},
        {"max_iterations": 2.5},
        {"cutbacks": -1},
        {"cutbacks": 51},
    ],
)
def test_settings_out_of_range_are_refused(field):
    with pytest.raises(InputError, match=f"^online: {next(iter(field))} is"):
        OnlineSettings(**field)


@pytest.mark.parametrize(("name", "model"), FITTING)
@pytest.mark.parametrize("control", ["strain", "stress"])
def test_an_increment_of_nothing_changes_nothing(name, model, control, sparse_network, composites):
    system = scheme(name, sparse_network(model, 3, 1, 5), composites[1])
    path = uniaxial("11", control, 4, 0.02)
    virgin = system.solve(system.initial(), Target(path.prescribed, np.zeros(6), np.zeros(6)))
    assert virgin.converged
    assert not virgin.stress.any()
    state = follow(system, path).state
    again = system.solve(state, Target(path.prescribed, path.strain[-1], path.stress[-1]))
    assert again.converged
    # a biased scheme is out of equilibrium, so only its prescribed strains are at rest
    if SCHEMES[name].residual != "none" or SCHEMES[name].secant:
        np.testing.assert_allclose(again.stress, state.stress, atol=1e-6 * np.abs(state.stress).max())
    np.testing.assert_allclose(again.strain[path.prescribed], state.strain[path.prescribed], atol=1e-15)


@pytest.mark.parametrize("name", ["imn_newton_dense", "newton_condensed"])
@pytest.mark.parametrize("change", [{"criterion": "paper"}, {"guess": "uniform"}])
def test_criterion_and_first_guess_change_the_path_not_the_solution(name, change, sparse_network, composites):
    network, path = sparse_network("imn", 4, 2, 9), uniaxial("23", "stress", 6, 0.03)
    usual = follow(scheme(name, network, composites[2]), path)
    other = follow(scheme(name, network, composites[2], OnlineSettings(**change)), path)
    assert other.iterations.sum() < usual.iterations.sum()
    np.testing.assert_allclose(other.stress, usual.stress, atol=1e-5 * np.abs(usual.stress).max())


def test_the_uniform_guess_gives_every_leaf_the_macroscopic_increment(sparse_network, composites):
    system = scheme("newton_condensed", sparse_network("imn", 3, 2, 5), composites[1], OnlineSettings(guess="uniform"))
    path = uniaxial("11", "strain", 4, 0.02)
    target = Target(path.prescribed, path.strain[1], path.stress[1])
    first = next(system.iterates(system.initial(), target))
    np.testing.assert_allclose(first.leaf, np.broadcast_to(path.strain[1], first.leaf.shape), atol=1e-16)


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_iterations_are_linear_solves(name, model, sparse_network, composites):
    system = scheme(name, sparse_network(model, 3, 3, 6), composites[1])
    path, solves, original = uniaxial("12", "stress", 3, 0.03), [], system.solver.solve

    class Counting:
        def solve(self, *arguments):
            solves.append(1)
            return original(*arguments)

    system.solver = Counting()
    assert follow(system, path).iterations.sum() == len(solves)


@pytest.mark.parametrize(("name", "model"), FITTING)
def test_an_increment_that_does_not_converge_says_so(name, model, sparse_network, composites):
    system = scheme(name, sparse_network(model, 3, 3, 6), composites[3], OnlineSettings(max_iterations=2))
    path = uniaxial("11", "strain", 1, 0.05)
    increment = system.solve(system.initial(), Target(path.prescribed, path.strain[1], path.stress[1]))
    assert not increment.converged
    assert increment.iterations == 2
    assert increment.residual > 1e-6
    with pytest.raises(ConvergenceError, match=r"load case 11 \(strain control\): step 1 .*iterates: \d"):
        follow(system, path, cutbacks=1)


def test_a_shortened_step_is_never_taken_for_convergence(sparse_network, composites):
    system = scheme("newton_condensed", sparse_network("imn", 3, 3, 6), composites[1])
    path = uniaxial("11", "strain", 1, 0.01)
    state, target = system.initial(), Target(path.prescribed, path.strain[1], path.stress[1])
    *_, last = islice(system.iterates(state, target), 10)
    assert system._converged(state, target, last, last)
    assert not system._converged(state, target, last, replace(last, shortened=True))


@pytest.mark.parametrize("name", ["imn_newton_dense", "newton_condensed", "imn_fixed_point_secant"])
def test_an_absurd_load_fails_without_an_exception(name, sparse_network, composites):
    system = scheme(name, sparse_network("imn", 3, 3, 6), composites[3])
    increment = system.solve(system.initial(), Target(np.ones(6, dtype=bool), np.full(6, 1e308), np.zeros(6)))
    assert not increment.converged
    path = uniaxial("11", "strain", 2, 1.0)
    curve = follow(system, replace(path, strain=1e308 * path.strain), cutbacks=1, strict=False)
    assert not curve.converged[1:].any()
    assert np.isnan(curve.stress[1:]).all()
