"""Packings of spheres and short fibres: volume fraction, orientation, no overlap, the same for the same seed."""

import itertools

import numpy as np
import pytest

from laminet.cells.voxels.inclusions import directions, pack, short_fibres, spheres
from laminet.cells.voxels.settings import InclusionSettings
from laminet.errors import InputError

SHIFTS = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=3)))


def least_distance(packing, points=41):
    """Between points along the segments of different inclusions, and of copies: slow and sure."""
    along = np.linspace(-packing.half, packing.half, points if packing.half else 1)
    line = packing.center[:, None] + along[:, None] * packing.direction[:, None]
    least = np.inf
    for i, j in itertools.product(range(len(line)), repeat=2):
        for shift in SHIFTS * packing.period:
            if i != j or shift.any():
                apart = line[i][:, None] - line[j][None] - shift
                least = min(least, float(np.linalg.norm(apart, axis=2).min()))
    return least


def test_spheres_keep_their_distance_and_fraction():
    settings = InclusionSettings(voxels=(24, 24, 36), inclusions=8, distance=0.3)
    packing = pack(0.3, settings, 1.0, np.array([24, 24, 36]) / 36)
    assert np.isclose(8 * 4 / 3 * np.pi * packing.radius**3, 0.3 * np.prod(packing.period))
    assert least_distance(packing) >= 2.3 * packing.radius
    cell = spheres(0.3, settings)
    assert cell.phase.shape == (24, 24, 36)
    assert abs(cell.fractions[1] - 0.3) < 1.0 / cell.phase.size
    assert np.array_equal(spheres(0.3, settings).phase, cell.phase)
    assert not np.array_equal(
        spheres(0.3, InclusionSettings(voxels=(24, 24, 36), inclusions=8, seed=1)).phase, cell.phase
    )


def test_short_fibres_keep_their_distance_and_orientation():
    settings = InclusionSettings(inclusions=12, aspect_ratio=4.0, distance=0.2, orientation=(0.6, 0.3, 0.1))
    packing = pack(0.1, settings, 4.0, np.ones(3))
    assert np.isclose(packing.half + packing.radius, 4.0 * packing.radius)
    # the distance between points on both segments is larger than that between the segments, by less than a step
    assert least_distance(packing) >= 2.2 * packing.radius
    tensor = packing.direction.T @ packing.direction / 12
    assert np.allclose(tensor, np.diag([0.6, 0.3, 0.1]), atol=1e-6)
    cell = short_fibres(0.1, settings)
    assert abs(cell.fractions[1] - 0.1) < 1.0 / cell.phase.size


@pytest.mark.parametrize("tensor", [(0.0, 0.0, 1.0), (0.5, 0.5, 0.0), (1 / 3, 1 / 3, 1 / 3)])
def test_directions_have_their_tensor(tensor):
    p = directions(15, np.array(tensor), np.random.default_rng(0))
    assert np.allclose(np.linalg.norm(p, axis=1), 1.0)
    assert np.allclose(p.T @ p / 15, np.diag(tensor), atol=1e-6)


def test_an_interphase_lies_around_the_inclusions():
    cell = spheres(0.1, InclusionSettings(voxels=(40,), inclusions=2, interphase=0.3))
    assert cell.phases == 3
    assert np.isclose(cell.fractions[2], 0.1 * (1.3**3 - 1.0), rtol=0.05)
    inside = cell.phase == 2
    for axis, step in itertools.product(range(3), (-1, 1)):
        assert not (inside & (np.roll(cell.phase, step, axis) == 1)).any()


@pytest.mark.parametrize(
    ("fraction", "settings", "message"),
    [
        (0.7, {}, "between 0 and 0.6"),
        (0.3, {"inclusions": 1, "aspect_ratio": 8.0}, "would meet its own copy"),
        (0.1, {"orientation": (0.5, 0.5, 0.5)}, "whose sum is 1"),
        (0.1, {"inclusions": 2, "aspect_ratio": 1.1}, "raise their number"),
    ],
)
def test_impossible_packings_give_one_line(fraction, settings, message):
    with pytest.raises(InputError, match=message):
        short_fibres(fraction, InclusionSettings(**settings))
