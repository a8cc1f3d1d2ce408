import dataclasses

import numpy as np
import pytest
import xarray as xr
from layered_cell import layered_cell

from laminet import mandel
from laminet.cells.elastic_data import merge
from laminet.cells.fibres.cell import CellSettings, build, remesh
from laminet.cells.fibres.homogenisation import Homogenizer, homogenize, sample
from laminet.cells.fibres.isotropy import transversely_isotropic
from laminet.errors import InputError
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness
from laminet.network.block import laminate


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=4, refinement=16, candidates=1, seed=0))


@pytest.fixture(scope="module")
def phases():
    return sample_phases(12, 5, 0, Sampling())


def general(seed: int) -> np.ndarray:
    """A positive definite stiffness of no symmetry."""
    root = np.random.default_rng(seed).normal(size=(6, 6))
    return root @ root.T + 0.5 * np.eye(6)


def relative(computed: np.ndarray, wanted: np.ndarray) -> float:
    return np.linalg.norm(computed - wanted) / np.linalg.norm(wanted)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("seed", [1, 2])
def test_layers_respond_as_the_laminate_in_closed_form(axis, seed):
    first, second = general(seed), 30.0 * general(seed + 10)
    computed = homogenize(layered_cell(axis), first[None], second[None])[0]
    wanted = laminate(np.full((1, 1), 0.6), first, second, mandel.interface(np.eye(3)[axis]))
    assert relative(computed, wanted) < 1e-12


def test_layers_of_orthotropic_phases_respond_as_the_laminate(phases):
    computed = homogenize(layered_cell(0), *phases)
    wanted = laminate(np.full((1, 1), 0.6), *phases, mandel.interface(np.eye(3)[0]))
    assert max(map(relative, computed, wanted)) < 1e-12


def test_a_homogeneous_cell_is_its_material(cell):
    material = general(3)[None]
    assert relative(homogenize(cell, material, material), material) < 1e-14


def test_the_stiffness_is_symmetric_and_within_the_voigt_and_reuss_bounds(cell, phases):
    computed = homogenize(cell, *phases)
    assert np.array_equal(computed, computed.transpose(0, 2, 1))
    shares = (1.0 - cell.volume_fraction, cell.volume_fraction)
    voigt = sum(share * phase for share, phase in zip(shares, phases, strict=True))
    reuss = np.linalg.inv(sum(share * np.linalg.inv(phase) for share, phase in zip(shares, phases, strict=True)))
    for lower, upper in ((computed, voigt), (reuss, computed)):
        scale = np.linalg.norm(upper, axis=(1, 2))
        assert (np.linalg.eigvalsh(upper - lower)[:, 0] > -1e-12 * scale).all()


def test_a_cell_turned_by_a_right_angle_has_the_turned_stiffness(cell):
    turn = mandel.rotation(mandel.euler(np.array([0.0, 0.0, np.pi / 2])))
    turned = dataclasses.replace(
        cell, point=np.stack([-cell.point[:, 1] % 1.0, cell.point[:, 0]], axis=1), centers=cell.centers
    )
    first, second = general(4), 20.0 * general(5)
    computed = homogenize(turned, (turn @ first @ turn.T)[None], (turn @ second @ turn.T)[None])[0]
    assert relative(computed, turn @ homogenize(cell, first[None], second[None])[0] @ turn.T) < 1e-12


def test_hills_relations_hold_for_transversely_isotropic_phases(cell):
    """Hill (1964): two relations between k, l, n of any two-phase fibre composite, whatever its geometry."""
    pair = [
        orthotropic_stiffness(2, 2, 5, 2 / 2.6, 1.1, 1.1, 0.3, 0.1, 0.1),
        orthotropic_stiffness(20, 20, 230, 20 / 2.8, 15, 15, 0.4, 0.02, 0.02),
    ]
    stiffness = homogenize(cell, pair[0][None], pair[1][None])[0]

    def moduli(matrix):
        plane = matrix[:2, :2].sum() / 4.0
        return plane, matrix[:2, 2].sum() / 2.0, matrix[2, 2]

    (k_1, l_1, n_1), (k_2, l_2, n_2), (k, across, n) = map(moduli, (*pair, stiffness))
    share = cell.volume_fraction
    ratio = (k_2 - k_1) / (l_2 - l_1)
    mean_k, mean_l, mean_n = ((1 - share) * a + share * b for a, b in ((k_1, k_2), (l_1, l_2), (n_1, n_2)))
    assert (k - mean_k) / (across - mean_l) == pytest.approx(ratio, rel=1e-9)
    assert (across - mean_l) / (n - mean_n) == pytest.approx(ratio, rel=1e-9)
    uniform = np.array([-0.5 / ratio, -0.5 / ratio, 1.0, 0.0, 0.0, 0.0])  # leaves the in-plane stress uniform
    voigt = (1 - share) * pair[0] + share * pair[1]
    np.testing.assert_allclose(stiffness @ uniform, voigt @ uniform, atol=1e-9)


def test_apart_and_together_in_plane_and_antiplane_fields_agree(cell, phases):
    homogenizer = Homogenizer(cell)
    for first, second in zip(*phases, strict=True):
        apart, together = (homogenizer(first, second, decouple=decouple) for decouple in (True, False))
        assert relative(apart, together) < 1e-11


def test_fields_that_a_phase_couples_are_not_solved_apart(cell):
    first, second = isotropic_stiffness(1.0, 0.3), isotropic_stiffness(30.0, 0.2)
    tilt = mandel.rotation(mandel.euler(np.array([0.3, 0.2, 0.1])))
    fibre = orthotropic_stiffness(20, 20, 230, 7, 15, 15, 0.4, 0.02, 0.02)
    computed = homogenize(cell, first[None], (tilt @ fibre @ tilt.T)[None])[0]
    assert abs(computed[0, 3]) > 1e-3 * computed[0, 0]
    assert abs(homogenize(cell, first[None], second[None])[0][0, 3]) < 1e-13


def test_the_error_falls_with_the_fourth_power_of_the_element_size():
    single = build(CellSettings(fibres=1, volume_fraction=0.5, refinement=12, candidates=1, seed=0))
    pair = isotropic_stiffness(1.0, 0.35)[None], isotropic_stiffness(50.0, 0.2)[None]
    exact = homogenize(remesh(single, 96), *pair)
    errors = [relative(homogenize(remesh(single, refinement), *pair), exact) for refinement in (12, 24, 48)]
    assert np.log2(errors[0] / errors[2]) / 2.0 > 3.3
    assert errors[2] < 2e-5


def test_the_transversely_isotropic_part_is_unchanged_by_rotation():
    part = transversely_isotropic(general(6))
    turn = mandel.rotation(mandel.euler(np.array([0.0, 0.0, 0.7])))
    assert relative(turn @ part @ turn.T, part) < 1e-14
    assert part[5, 5] == pytest.approx(part[0, 0] - part[0, 1])


def test_more_samples_extend_fewer(cell):
    few, more = (sample(cell, count, 2, 7, Sampling()) for count in (3, 6))
    xr.testing.assert_equal(few["stiffness"].isel(sample=slice(3)), more["stiffness"].isel(sample=slice(3)))
    np.testing.assert_array_equal(few["stiffness"][3:], more["stiffness"][6:])


def test_shards_merge_to_the_unsharded_data_exactly(cell):
    whole = sample(cell, 5, 2, 7, Sampling())
    shards = [sample(cell, 5, 2, 7, Sampling(), shard=(number, 3)) for number in (3, 1, 2)]
    xr.testing.assert_identical(merge(shards, ["c", "a", "b"]), whole)
    with pytest.raises(InputError, match="shard 3 of 3 is missing"):
        merge(shards[1:], ["a", "b"])
    with pytest.raises(InputError, match="each of 7 samples once"):
        merge([*shards, shards[0]], ["c", "a", "b", "c"])
    other = sample(cell, 5, 2, 8, Sampling(), shard=(2, 3))
    with pytest.raises(InputError, match="design_sha256"):
        merge([*shards[:2], other], ["c", "a", "b"])
    with pytest.raises(InputError, match="not a shard"):
        merge([whole.drop_attrs()], ["x"])


def test_a_stiffness_that_is_not_positive_definite_is_refused(cell, phases):
    with pytest.raises(InputError, match=r"phase 2.*sample 1"):
        homogenize(cell, phases[0][:2], np.stack([phases[1][0], -phases[1][1]]))
    with pytest.raises(InputError, match="shard 4/3"):
        sample(cell, 1, 1, 0, Sampling(), shard=(4, 3))
