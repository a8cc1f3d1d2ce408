"""Nested dissection solves as a general sparse solver does, to rounding, and refuses what it cannot take."""

import numpy as np
import pytest
from scipy.linalg import cython_lapack
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from laminet import _dissection
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.dissection import BLAS, Dissection
from laminet.cells.fibres.operator import ANTIPLANE, COUPLED, IN_PLANE


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=5, refinement=12, candidates=1, seed=3))


def stiffness(cell, group) -> np.ndarray:
    """Element matrices of fibres thirty times as stiff as what surrounds them."""
    strain = cell.operator.strain(group)
    weight = cell.operator.weight * np.where(cell.phase == 2, 30.0, 1.0)[:, None]
    return np.einsum("eq,eqid,eqif->edf", weight, strain, strain)


@pytest.mark.parametrize("group", [IN_PLANE, ANTIPLANE, COUPLED], ids=lambda group: group.name)
def test_solutions_are_those_of_a_general_sparse_solver(cell, group):
    matrices = stiffness(cell, group)
    assembly = cell.operator.assembly(group)
    row, column = np.broadcast_arrays(assembly.dof[:, :, None], assembly.dof[:, None, :])
    free = (row >= 0) & (column >= 0)
    whole = coo_array((matrices[free], (row[free], column[free])), shape=(assembly.size, assembly.size)).tocsc()
    right = np.random.default_rng(7).normal(size=(assembly.size, 3))
    expected = spsolve(whole, right)
    factor = assembly.factorize(matrices)
    solution, root = factor.solve(right), factor.forward(right)
    assert np.linalg.norm(solution - expected) < 1e-11 * np.linalg.norm(expected)
    np.testing.assert_allclose(whole @ solution, right, atol=1e-10)
    np.testing.assert_allclose(root.T @ root, right.T @ expected, rtol=1e-10)


def test_a_single_part():
    matrices = np.array([[[2.0, -1.0], [-1.0, 2.0]], [[2.0, -1.0], [-1.0, 2.0]]])
    solver = Dissection(np.array([[0, 1], [1, -1]]), 2, np.zeros((2, 2)))
    np.testing.assert_allclose(solver.factorize(matrices).solve(np.array([[3.0], [0.0]]))[:, 0], [12 / 7, 3 / 7])


def test_unconnected_parts_eliminate_nothing_where_they_meet():
    count = 40  # springs in a row of pairs: no two pairs share a degree of freedom
    dof = np.arange(2 * count).reshape(count, 2)
    position = np.stack([np.arange(count), np.zeros(count)], axis=1)
    matrices = np.tile(np.array([[2.0, -1.0], [-1.0, 2.0]]), (count, 1, 1))
    dissection = Dissection(dof, 2 * count, position)
    assert dissection.eliminated.tolist() == [count, count, 0]
    np.testing.assert_allclose(dissection.factorize(matrices).solve(np.ones((2 * count, 1))), 1.0)


def test_the_same_bits_whatever_was_solved_before(cell):
    matrices = stiffness(cell, IN_PLANE)
    assembly = cell.operator.assembly(IN_PLANE)
    right = np.random.default_rng(7).normal(size=(assembly.size, 2))
    first = assembly.factorize(matrices)  # still needed while others come and go
    wanted = first.solve(right)
    for scale in (1.0, 4.0, 1.0):  # a power of four: exact, its root, too
        again = assembly.factorize(scale * matrices)
        assert np.array_equal(scale * again.solve(right), wanted)
        assert np.array_equal(first.solve(right), wanted)
    assert first.solve(right[:, :0]).shape == (assembly.size, 0)


def test_matrices_that_are_not_positive_definite(cell):
    matrices = stiffness(cell, IN_PLANE)
    spoiled = matrices.copy()
    spoiled[len(spoiled) // 2] -= 1e3 * np.abs(matrices).max() * np.eye(matrices.shape[1])
    assembly = cell.operator.assembly(IN_PLANE)
    for wrong in (-matrices, spoiled):
        with pytest.raises(np.linalg.LinAlgError, match=r"^matrix is not positive definite$"):
            assembly.factorize(wrong)


def test_arrays_of_other_shapes(cell):
    matrices = stiffness(cell, ANTIPLANE)
    assembly = cell.operator.assembly(ANTIPLANE)
    for wrong in (matrices[1:], matrices[:, 1:], matrices[:, :, 1:], matrices[0], np.concatenate([matrices, matrices])):
        with pytest.raises((TypeError, ValueError), match=r"matrices must be|incompatible function arguments"):
            assembly.factorize(wrong)
    factor = assembly.factorize(matrices)
    for shape in ((assembly.size,), (assembly.size - 1, 2), (assembly.size + 1, 2), (assembly.size, 2, 1)):
        with pytest.raises(ValueError, match="right-hand side of shape"):
            factor.solve(np.zeros(shape))
        with pytest.raises((TypeError, ValueError), match=r"x must be|incompatible function arguments"):
            factor._native.backward(np.zeros(shape))


SPRINGS = {
    "size": 5,  # a chain of four springs in two leaves that meet in place 4; its one end is held
    "order": [1, 0, 2, 3],
    "place": [[-1, 0], [0, 4], [4, 1], [1, 2]],
    "elements": [2, 2, -1],
    "inner": [1, 2, 2],
    "outer": [1, 1, 0],
    "interface": [4, 4],
}


def springs(**changes) -> "_dissection.Dissection":
    given = {**SPRINGS, **changes}
    size = given.pop("size")
    return _dissection.Dissection(size, *(np.array(array, dtype=np.int32) for array in given.values()), *BLAS)


def test_parts_that_do_not_fit_together():
    valid = springs(size=4, place=[[-1, 0], [0, 3], [3, 1], [1, 2]], inner=[1, 2, 1], interface=[3, 3])
    x = np.array([[0.0], [0.0], [1.0], [0.0]])
    factor = valid.factorize(np.tile([[1.0, -1.0], [-1.0, 1.0]], (4, 1, 1)))
    factor.forward(x)
    factor.backward(x)
    np.testing.assert_allclose(x[:, 0], [1.0, 3.0, 4.0, 2.0])  # by place: the chain's order is 0, 3, 1, 2
    for changes in (
        {"size": -1},
        {"size": 2},
        {"size": 9},
        {"order": [1, 0, 2, 4]},
        {"order": [-1, 0, 2, 3]},
        {"order": [0, 1, 2]},
        {"place": [[-1, 0], [0, 4], [4, 1], [1, 3]]},
        {"place": [[-1, 0], [0, 4], [4, 1], [1, 9]]},
        {"place": [-1, 0, 0, 4, 4, 1, 1, 2]},
        {"elements": [2, 2, 0]},
        {"elements": [2, -1, -1]},
        {"elements": [-1, 2, 2]},
        {"elements": [2, 3, -1]},
        {"elements": [2, 1, -1]},
        {"elements": [2, 2]},
        {"elements": [], "inner": [], "outer": [], "interface": []},
        {"inner": [1, -2, 6]},
        {"inner": [1, 2, 3]},
        {"inner": [1, 2, 1]},
        {"outer": [1, 2, 0]},
        {"outer": [1, 1, 1]},
        {"outer": [-1, 3, 0]},
        {"interface": [4, 5]},
        {"interface": [4, 0]},
        {"interface": [4, 4, 4]},
        {"outer": [2, 1, 0], "interface": [4, 4, 4]},
        {"outer": [2, 1, 0], "interface": [4, 3, 4]},
        {"outer": [2, 1, 0], "interface": [1, 4, 4]},
    ):
        with pytest.raises((TypeError, ValueError), match=r"\w"):
            springs(**changes)


def test_functions_of_another_type():
    good = dict(zip(("dpotrf", "dtrsm", "dsyrk", "dgemm"), BLAS, strict=True))
    for name, capsule in (
        ("dpotrf", cython_lapack.__pyx_capi__["spotrf"]),
        ("dpotrf", cython_lapack.__pyx_capi__["dpotrs"]),
        ("dtrsm", good["dsyrk"]),
        ("dgemm", good["dsyrk"]),
        ("dsyrk", good["dgemm"]),
    ):
        functions = {**good, name: capsule}
        arrays = [np.array(SPRINGS[key], dtype=np.int32) for key in list(SPRINGS)[1:]]
        with pytest.raises(ValueError, match="not a BLAS or LAPACK function"):
            _dissection.Dissection(SPRINGS["size"], *arrays, *functions.values())


def test_a_smooth_cut_is_shorter_than_a_straight_one(cell, monkeypatch):
    assembly = cell.operator.assembly(IN_PLANE)
    centroid = cell.operator.centroid
    smooth = Dissection(assembly.dof, assembly.size, centroid)
    monkeypatch.setattr("laminet.cells.fibres.dissection.SWEEPS", 0)
    straight = Dissection(assembly.dof, assembly.size, centroid)
    assert smooth.eliminated.sum() == straight.eliminated.sum() == assembly.size
    assert smooth.eliminated[-1] < 0.9 * straight.eliminated[-1]
