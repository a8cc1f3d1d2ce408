"""Networks as the law of material points: the stresses of the schemes, with exact algorithmic tangents."""

import numpy as np
import pytest

from laminet.errors import ConvergenceError, InputError
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise, uniaxial
from laminet.online.material import material
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

TIGHT = OnlineSettings(tolerance=1e-11)
MODELS = ("dmn", "imn")


def loaded(law, rng: np.random.Generator, size: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """A random strain for every point, some elastic, most plastic, and the state there."""
    strain = size * rng.normal(size=(law.points, 6))
    strain[::5] *= 1e-3
    return strain, law.update(strain, law.virgin())[2]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_points_have_the_stresses_of_the_scheme(model, number, sparse_network, composites):
    network = sparse_network(model, 4, number, 9)
    paths = [uniaxial(case, "strain", 5, 0.04) for case in ("11", "23")]
    paths.append(piecewise("tour", "strain", [{"12": 0.03}, {"12": 0.01, "33": 0.01}], 5))
    expected = [follow(scheme("newton_condensed", network, composites[number]), path) for path in paths]
    law = material(network, composites[number], points=3)
    state = law.virgin()
    for step in range(1, 6):
        stress, _, state = law.update(np.array([path.strain[step] for path in paths]), state)
        truth = np.array([curve.stress[step] for curve in expected])
        np.testing.assert_allclose(stress, truth, rtol=0.0, atol=1e-10 * np.abs(truth).max())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_tangent_is_the_derivative_of_the_stress(model, number, sparse_network, composites, rng):
    law = material(sparse_network(model, 4, number, 9), composites[number], points=20, settings=TIGHT)
    strain, state = loaded(law, rng)
    strain = strain + 0.005 * rng.normal(size=strain.shape)
    _, tangent, _ = law.update(strain, state)
    assert law.update(strain, state)[2].any()
    step = 1e-6
    for j, direction in enumerate(np.eye(6)):
        ahead, behind = (law.update(strain + sign * step * direction, state)[0] for sign in (1.0, -1.0))
        difference = (ahead - behind) / (2.0 * step)
        error = np.abs(tangent[..., j] - difference).max(axis=1) / np.abs(tangent).max(axis=(1, 2))
        # a leaf may begin to flow between the two strains, where the stress has a kink
        assert np.sort(error)[-3] < 1e-6
        assert np.median(error) < 1e-7
    np.testing.assert_allclose(tangent, np.swapaxes(tangent, 1, 2), atol=1e-10 * np.abs(tangent).max())


@pytest.mark.parametrize("model", MODELS)
def test_an_outer_newton_converges_quadratically(model, sparse_network, composites):
    """Uniaxial stress found from outside, as a finite-element code would: the free strains solve stress = 0."""
    network = sparse_network(model, 4, 1, 9)
    path = uniaxial("11", "stress", 6, 0.05)
    truth = follow(scheme("newton_condensed", network, composites[1], TIGHT), path)
    law = material(network, composites[1], settings=TIGHT)
    free = ~path.prescribed
    strain, state, quadratic = np.zeros((1, 6)), law.virgin(), 0
    for step in range(1, path.steps + 1):
        strain[0, path.prescribed] = path.strain[step, path.prescribed]
        errors = []
        for _ in range(20):
            stress, tangent, updated = law.update(strain, state)
            errors.append(np.linalg.norm(stress[0, free]) / np.linalg.norm(stress))
            if errors[-1] < 1e-12:
                break
            strain[0, free] -= np.linalg.solve(tangent[0][np.ix_(free, free)], stress[0, free])
        state = updated
        assert errors[-1] < 1e-12
        quadratic += errors[-1] < 100.0 * errors[-2] ** 2 or errors[-2] < 1e-7
        np.testing.assert_allclose(stress[0], truth.stress[step], atol=1e-9 * np.abs(truth.stress).max())
    assert quadratic == path.steps


def test_points_do_not_depend_on_each_other_or_on_threads(sparse_network, composites, rng):
    network, points = sparse_network("dmn", 4, 2, 9), 50
    one, two = (material(network, composites[3], points, threads=threads) for threads in (1, 2))
    strain, state = loaded(one, rng)
    results = [law.update(1.1 * strain, state) for law in (one, two)]
    for first, second in zip(*results):
        np.testing.assert_array_equal(first, second)
    alone = material(network, composites[3])
    for point in (0, 17, 49):
        stress, tangent, _ = alone.update(1.1 * strain[[point]], state[[point]])
        np.testing.assert_array_equal(stress[0], results[0][0][point])
        np.testing.assert_array_equal(tangent[0], results[0][1][point])


def test_an_update_leaves_the_old_state_alone(sparse_network, composites, rng):
    law = material(sparse_network("imn", 3, 2, 5), composites[1], points=4)
    strain, state = loaded(law, rng)
    before = state.copy()
    law.update(2.0 * strain, state)
    np.testing.assert_array_equal(state, before)
    again = law.update(strain, state)  # nothing happens, so nothing changes
    np.testing.assert_allclose(again[2], state, atol=1e-12)


def test_a_point_without_equilibrium_is_named(sparse_network, composites):
    settings = OnlineSettings(max_iterations=1, cutbacks=1)
    law = material(sparse_network("imn", 3, 2, 5), composites[1], points=3, settings=settings)
    strain = np.zeros((3, 6))
    law.update(strain, law.virgin())
    strain[1, 0] = 0.05
    with pytest.raises(
        ConvergenceError, match=r"1 of 3 material points failed; point 1: no equilibrium .* residuals \d"
    ):
        law.update(strain, law.virgin())


def test_bad_input_is_refused(sparse_network, composites):
    network = sparse_network("imn", 3, 2, 5)
    law = material(network, composites[1], points=2)
    with pytest.raises(InputError, match="strain has the shape"):
        law.update(np.zeros((3, 6)), law.virgin())
    with pytest.raises(InputError, match="state has the shape"):
        law.update(np.zeros((2, 6)), law.virgin()[:, 1:])
    with pytest.raises(InputError, match="not finite"):
        law.update(np.full((2, 6), np.nan), law.virgin())
    with pytest.raises(InputError, match="points and threads"):
        material(network, composites[1], points=0)
