"""Elastic stiffnesses from engineering constants, their check, and random phases."""

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import InputError
from laminet.materials.elastic import check_stiffness, isotropic_stiffness, orthotropic_stiffness
from laminet.materials.sampling import Sampling, sample_phases

CARBON = {"E11": 19.8, "E22": 19.8, "E33": 245.0, "G12": 5.9, "G13": 29.2, "G23": 29.2}
CARBON |= {"nu12": 0.67, "nu13": 0.02, "nu23": 0.02}


def test_isotropic_stiffness_is_lame():
    young, poisson = 3.8, 0.387
    shear = young / (2 * (1 + poisson))
    lame = young * poisson / ((1 + poisson) * (1 - 2 * poisson))
    expected = lame * np.outer(mandel.IDENTITY, mandel.IDENTITY) + 2 * shear * np.eye(6)
    np.testing.assert_allclose(isotropic_stiffness(young, poisson), expected, rtol=1e-12, atol=1e-12)


def test_orthotropic_stiffness_returns_its_engineering_constants():
    compliance = np.linalg.inv(orthotropic_stiffness(**CARBON))
    assert 1 / compliance[2, 2] == pytest.approx(CARBON["E33"])
    assert -compliance[0, 2] * CARBON["E11"] == pytest.approx(CARBON["nu13"])
    assert 1 / (2 * compliance[5, 5]) == pytest.approx(CARBON["G12"])
    assert 1 / (2 * compliance[3, 3]) == pytest.approx(CARBON["G23"])


def test_carbon_fibre_of_table_2_is_plausible():
    stiffness = orthotropic_stiffness(**CARBON)
    assert stiffness[0, 2] == pytest.approx(15.3, abs=0.05)
    assert stiffness[2, 2] == pytest.approx(252.6, abs=0.05)


def test_impossible_constants_are_refused():
    with pytest.raises(InputError, match="positive definite"):
        orthotropic_stiffness(**(CARBON | {"nu12": 1.5}))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c: c.__setitem__((2, 0, 0), np.nan), "NaN.*sample 2"),
        (
            lambda c: c.__setitem__((1, 0, 1), 1e3),
            r"not symmetric at sample 1 by 1 of its.*up to 0\.001 is taken as noise",
        ),
        (lambda c: c.__setitem__((3, 4, 4), 0.0), r"zero on its diagonal at sample 3 \(1 in all\); give a pore"),
        (lambda c: c.__setitem__(4, -c[4]), "positive definite.*sample 4"),
    ],
)
def test_bad_stiffness_is_named(spoil, words):
    stiffness = np.tile(isotropic_stiffness(1.0, 0.3), (5, 1, 1))
    check_stiffness(stiffness, "here")
    spoil(stiffness)
    with pytest.raises(InputError, match=f"here.*{words}"):
        check_stiffness(stiffness, "here")


def test_wrong_shape_is_named():
    with pytest.raises(InputError, match="6 x 6"):
        check_stiffness(np.ones((3, 6, 5)), "here")


@pytest.mark.parametrize("sequence", ["sobol", "latin_hypercube"])
def test_more_samples_extend_fewer(sequence):
    few = sample_phases(50, 3, 0, Sampling(sequence=sequence))
    many = sample_phases(400, 3, 0, Sampling(sequence=sequence))
    for a, b in zip(few, many, strict=True):
        np.testing.assert_array_equal(a, b[:50])


def test_seeds_and_streams_differ():
    base, other, validation = (sample_phases(20, *which, Sampling())[0] for which in ((0, 0), (1, 0), (0, 1)))
    assert not np.array_equal(base, other)
    assert not np.array_equal(base, validation)


def test_sampled_phases_obey_their_distribution():
    sampling = Sampling()
    first, second = sample_phases(2000, 0, 0, sampling)
    for phases in (first, second):
        check_stiffness(phases, "phases")
        compliance = np.linalg.inv(phases)
        young = 1 / np.diagonal(compliance, axis1=1, axis2=2)[:, :3]
        assert (np.log10(young.max(axis=1) / young.min(axis=1)) <= sampling.anisotropy + 1e-9).all()
        for (i, j), shear_index in (((1, 2), 3), ((0, 2), 4), ((0, 1), 5)):
            root = np.sqrt(young[:, i] * young[:, j])
            shear = 1 / (2 * compliance[:, shear_index, shear_index]) / root
            ratio = -compliance[:, i, j] * root
            assert sampling.shear[0] - 1e-9 <= shear.min() <= shear.max() <= sampling.shear[1] + 1e-9
            assert sampling.poisson[0] - 1e-9 <= ratio.min() <= ratio.max() <= sampling.poisson[1] + 1e-9
    mean_1, mean_2 = (
        np.exp(np.log(1 / np.diagonal(np.linalg.inv(c), axis1=1, axis2=2)[:, :3]).mean(axis=1)) for c in (first, second)
    )
    np.testing.assert_allclose(mean_1, 1.0, rtol=1e-9)
    contrast = np.log10(mean_2)
    assert np.abs(contrast).max() <= 3.0
    assert abs(contrast.mean()) < 0.15
    assert contrast.std() == pytest.approx(3.0 / np.sqrt(3.0), rel=0.05)
    assert not np.count_nonzero(first[:, :3, 3:])


def test_yielding_phases_are_soft_along_one_deviatoric_direction():
    """Half of phase 1: of the six eigenvalues one is K's, four are equal, one is smaller and belongs to a deviator."""
    plain, mixed = (sample_phases(400, 0, 0, Sampling(yielding=share)) for share in (0.0, 0.5))
    yields = np.arange(400) % 2 == 1
    for before, after in zip(plain, mixed, strict=True):
        np.testing.assert_array_equal(before[~yields], after[~yields])
        check_stiffness(after, "phases")
    first, second = mixed[0][yields], mixed[1][yields]
    values, vectors = np.linalg.eigh(first)
    np.testing.assert_allclose(values[:, 1:5], values[:, 1:2] * np.ones((1, 4)), rtol=1e-12)
    softness = values[:, 0] / values[:, 1]
    flow = vectors[:, :, 0]
    np.testing.assert_allclose((flow[:, :3].sum(axis=1))[softness < 0.9], 0.0, atol=1e-12)
    assert 1e-3 <= softness.min() < 2e-3
    assert 0.5 < softness.max() <= 1.0
    shears = [int((np.abs(flow[:, k]) > 1 - 1e-9).sum()) for k in (3, 4, 5)]
    assert all(30 < count < 70 for count in [*shears, 200 - sum(shears)])
    assert not np.count_nonzero(first[:, :3, 3:])
    contrast = np.linalg.det(second) ** (1 / 6)
    assert np.median(contrast) > 10.0
    assert sample_phases(0, 0, 0, Sampling(yielding=1.0))[0].shape == (0, 6, 6)


def test_hopeless_distribution_is_refused():
    with pytest.raises(InputError, match="candidates accepted"):
        sample_phases(10, 0, 0, Sampling(poisson=(0.9, 0.95)))
