"""The same parallel fibres in finite elements and in voxels: both converge to each other."""

import numpy as np
import pytest

from laminet.cells.fibres import cell as fibres
from laminet.cells.fibres.homogenisation import Homogenizer as FibreHomogenizer
from laminet.cells.fibres.settings import CellSettings
from laminet.cells.fibres.system import CellSystem
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.homogenisation import Homogenizer
from laminet.cells.voxels.system import VoxelSystem
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness

LAWS = (J2(3.0, 0.35, Hardening(0.03, 0.3, 0.03, 150.0)), Elastic(isotropic_stiffness(30.0, 0.2)))


@pytest.fixture(scope="module")
def meshed():
    return fibres.build(CellSettings(fibres=2, volume_fraction=0.4, refinement=32, candidates=1, gap=0.3))


def extruded(cell, size):
    """The cross-section in size by size voxels, two along the fibres; centres within a fibre are phase 2."""
    place = np.stack(np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2, indexing="ij"), axis=-1)
    apart = place[None] - cell.centers[:, None, None]
    apart -= np.round(apart)
    inside = (np.linalg.norm(apart, axis=-1) < cell.radius).any(axis=0)
    phase = np.repeat(np.where(inside, 2, 1)[:, :, None], 2, axis=2)
    return VoxelCell(phase=phase.astype(np.uint8))


def test_stiffnesses_converge_to_each_other(meshed):
    pair = [stiffness[0] for stiffness in sample_phases(1, 2, 0, Sampling(contrast=1.0))]
    expected = FibreHomogenizer(meshed)(*pair)
    errors = [
        np.linalg.norm(Homogenizer(extruded(meshed, size))(*pair) - expected) / np.linalg.norm(expected)
        for size in (16, 32, 64)
    ]
    assert errors[0] > errors[2]
    assert errors[2] < 0.006


@pytest.mark.slow
@pytest.mark.parametrize("case", ["11", "12", "31"])
def test_plastic_curves_converge_to_each_other(meshed, case):
    path = piecewise(case, "stress", [{case: 0.02}], 6)
    expected = follow(CellSystem(meshed, LAWS), path).stress
    errors = [
        np.linalg.norm(follow(VoxelSystem(extruded(meshed, size), LAWS), path).stress - expected)
        / np.linalg.norm(expected)
        for size in (16, 64)
    ]
    assert errors[1] < 0.025
    assert errors[1] < errors[0]
