"""Mandel notation: products, rotations and interfaces mean what they mean for tensors."""

import numpy as np
import pytest

from laminet import mandel


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def random_symmetric(rng, *shape):
    tensor = rng.normal(size=(*shape, 3, 3))
    return tensor + np.swapaxes(tensor, -1, -2)


def random_rotation(rng):
    return mandel.euler(rng.uniform(-3, 3, 3))


def test_order_and_factors():
    tensor = np.array([[1.0, 6.0, 5.0], [6.0, 2.0, 4.0], [5.0, 4.0, 3.0]])
    np.testing.assert_allclose(mandel.to_vector(tensor), np.arange(1.0, 7.0) * mandel.FACTOR, rtol=1e-15)
    for name, index in mandel.INDEX.items():
        row, column = int(name[0]) - 1, int(name[1]) - 1
        assert mandel.to_vector(tensor)[index] == pytest.approx(mandel.FACTOR[index] * tensor[row, column])
    assert [mandel.INDEX[name] for name in mandel.COMPONENTS] == list(range(6))


def test_dot_product_is_double_contraction(rng):
    a, b = random_symmetric(rng, 4), random_symmetric(rng, 4)
    contracted = np.einsum("nab,nab->n", a, b)
    np.testing.assert_allclose(np.sum(mandel.to_vector(a) * mandel.to_vector(b), axis=-1), contracted, rtol=1e-13)


def test_vector_and_tensor_are_inverse(rng):
    tensor = random_symmetric(rng, 3, 2)
    np.testing.assert_allclose(mandel.to_tensor(mandel.to_vector(tensor)), tensor, rtol=0, atol=1e-14)


def test_rotation_of_a_vector_is_rotation_of_its_tensor(rng):
    q, tensor = random_rotation(rng), random_symmetric(rng)
    rotated = mandel.rotation(q) @ mandel.to_vector(tensor)
    np.testing.assert_allclose(rotated, mandel.to_vector(q @ tensor @ q.T), rtol=0, atol=1e-13)


def test_rotation_is_an_orthogonal_homomorphism(rng):
    q, p = random_rotation(rng), random_rotation(rng)
    np.testing.assert_allclose(mandel.rotation(q) @ mandel.rotation(q).T, np.eye(6), atol=1e-14)
    np.testing.assert_allclose(mandel.rotation(q @ p), mandel.rotation(q) @ mandel.rotation(p), atol=1e-14)


def test_euler_is_the_product_of_right_handed_rotations():
    a, b, g = 0.3, -0.7, 1.9
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(g), -np.sin(g), 0], [np.sin(g), np.cos(g), 0], [0, 0, 1]])
    np.testing.assert_allclose(mandel.euler([a, b, g]), x @ y @ z, atol=1e-15)
    assert np.linalg.det(mandel.euler([a, b, g])) == pytest.approx(1.0)


def test_interface_gives_the_traction(rng):
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    stress = random_symmetric(rng)
    np.testing.assert_allclose(mandel.interface(normal).T @ mandel.to_vector(stress), stress @ normal, atol=1e-14)


def test_deviatoric_projector(rng):
    tensor = random_symmetric(rng)
    deviator = tensor - np.trace(tensor) / 3.0 * np.eye(3)
    np.testing.assert_allclose(mandel.DEVIATORIC @ mandel.to_vector(tensor), mandel.to_vector(deviator), atol=1e-14)
