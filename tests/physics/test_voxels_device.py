"""Cells of voxels on a device of PyTorch: the same stiffnesses and curves as by compiled loops.

PyTorch's processor stands in for a device where no CUDA device is; where there is one, everything runs there, too.
"""

import sys

import numpy as np
import pytest
import torch

from laminet.cells.voxels.backends import Processor, backend
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.device import TorchDevice
from laminet.cells.voxels.element import Element
from laminet.cells.voxels.homogenisation import Homogenizer
from laminet.cells.voxels.operators import LinearForces, NonlinearForces
from laminet.cells.voxels.reference import reference
from laminet.cells.voxels.system import VoxelSystem
from laminet.errors import InputError
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise
from laminet.materials.laws import J2, DruckerPrager, Elastic, Hardening, PowerHardening, TableHardening
from laminet.materials.library import Composite
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness

FIBRE = Elastic(isotropic_stiffness(70.0, 0.2))
HARDENINGS = (
    Hardening(0.03, 0.02, 0.03, 150.0),
    PowerHardening(0.03, 0.002, 0.2),
    TableHardening(((0.0, 0.03), (0.01, 0.05), (0.02, 0.08)), "linear"),
)
NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=NO_CUDA)])
def device(request):
    return TorchDevice(request.param)


@pytest.fixture
def cell(rng):
    return VoxelCell(phase=rng.integers(1, 4, (4, 5, 6)).astype(np.uint8), spacing=np.array([1.0, 2.0, 0.5]))


def test_forces_are_those_of_compiled_loops(cell, rng, device):
    stiffness = np.concatenate(sample_phases(1, 3, 0, Sampling(contrast=2.0), 3))
    u, macro, element = rng.standard_normal((3, *cell.phase.shape)), rng.standard_normal(6), Element(cell.spacing)
    expected = LinearForces(cell, stiffness, element)(u, macro)
    force, stress = LinearForces(cell, stiffness, element, device)(device.put(u), macro)
    assert np.allclose(device.get(force), expected[0], rtol=0.0, atol=1e-13 * np.abs(expected[0]).max())
    assert np.allclose(stress, expected[1], rtol=0.0, atol=1e-13 * np.abs(expected[1]).max())


@pytest.mark.parametrize("hardening", HARDENINGS)
def test_laws_and_tangents_are_those_of_compiled_loops(cell, rng, device, hardening):
    laws = (J2(3.0, 0.35, hardening), FIBRE, J2(10.0, 0.25, hardening))
    u, macro = 0.01 * rng.standard_normal((3, *cell.phase.shape)), 0.01 * rng.standard_normal(6)
    native, ours = (NonlinearForces(cell, laws, Element(cell.spacing), each) for each in (Processor(), device))
    state = rng.uniform(0.0, 0.002, native.virgin().shape)
    expected, response = native.respond(u, macro, state), ours.respond(device.put(u), macro, device.put(state))
    assert 0 < native.flowing <= native.slots == ours.slots
    assert ours.flowing == native.flowing
    pairs = [(response.force, expected.force), (response.state, expected.state)]
    pairs.append((ours.tangent(device.put(u), macro)[0], native.tangent(u, macro)[0]))
    for values, wanted in pairs:
        assert np.allclose(device.get(values), wanted, rtol=0.0, atol=1e-11 * np.abs(wanted).max())
    assert np.allclose(response.stress, expected.stress, rtol=1e-11)
    assert np.isclose(response.force_square, expected.force_square, rtol=1e-11)
    assert response.sound is expected.sound is True


def test_stiffnesses_are_those_of_the_processor(cell, device):
    stiffness = [each[0] for each in sample_phases(1, 3, 0, Sampling(contrast=3.0), 3)]
    expected = Homogenizer(cell, 1e-10)(*stiffness)
    homogenizer = Homogenizer(cell, 1e-10, device)
    assert np.allclose(homogenizer(*stiffness), expected, rtol=0.0, atol=1e-9 * np.abs(expected).max())
    sample = np.stack(stiffness)[None], expected[None]
    assert np.isclose(homogenizer.notes(*sample)["voxel_error"], Homogenizer(cell, 1e-10).notes(*sample)["voxel_error"])


@pytest.mark.parametrize("control", ["strain", "stress"])
def test_curves_are_those_of_the_processor(cell, device, control):
    laws = J2(3.0, 0.35, HARDENINGS[0]), FIBRE, J2(10.0, 0.25, HARDENINGS[1])
    path = piecewise("turn", control, [{"12": 0.02}, {"12": 0.02, "33": 0.01}], 6)
    expected = follow(VoxelSystem(cell, laws, 1e-9), path)
    curve = follow(VoxelSystem(cell, laws, 1e-9, device), path)
    assert np.allclose(curve.stress, expected.stress, rtol=0.0, atol=1e-10)
    assert np.allclose(curve.strain, expected.strain, rtol=0.0, atol=1e-10)
    assert np.array_equal(curve.iterations, expected.iterations)


def test_a_device_refuses_laws_it_does_not_know(cell):
    associated = DruckerPrager(3.0, 0.35, 10.0, 10.0, HARDENINGS[0])
    assert associated.symmetric
    with pytest.raises(InputError, match=r"'drucker_prager' of phase 2 is not computed on a device; take device cpu"):
        NonlinearForces(cell, (FIBRE, associated, FIBRE), Element(cell.spacing), TorchDevice("cpu"))


def test_a_device_that_is_not_there_is_refused(cell, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = piecewise("11", "strain", [{"11": 0.01}], 1)
    with pytest.raises(InputError, match="device 'cuda': PyTorch sees none here; take device cpu"):
        reference(cell, Composite("three", (FIBRE,) * 3), [[path]], device="cuda")
    monkeypatch.setitem(sys.modules, "laminet.cells.voxels.device", None)
    with pytest.raises(InputError, match=r"device 'cuda' needs .*: pip install"):
        backend("cuda")
