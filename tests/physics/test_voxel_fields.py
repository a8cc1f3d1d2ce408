"""Local fields of cells of voxels: equal to those of a network of the same layers, in balance, and as VTI."""

import base64
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from plasticity_by_hand import METAL

import laminet
from laminet import mandel
from laminet.cells.voxels import fields as local
from laminet.cells.voxels.backends import Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.fields import LocalFields, write_fields
from laminet.cells.voxels.reference import reference
from laminet.cells.voxels.system import VoxelSystem
from laminet.cells.voxels.vti import read_vti
from laminet.files.network import NetworkParameters
from laminet.loading.driver import follow
from laminet.loading.paths import by_control, piecewise
from laminet.materials.laws import Elastic
from laminet.materials.library import Composite
from laminet.materials.stiffness import isotropic_stiffness

LAYERS = NetworkParameters("imn", 1, np.array([0.6, 0.4]), np.array([[0.0, 0.5]]))
"""60 % and 40 %, the interface normal to axis 1."""
TWO = Composite("two", (METAL, Elastic(isotropic_stiffness(30.0, 0.2))))
PATHS = by_control(["strain", "stress"], ["11", "12"], {}, 4, 0.03)


def layers():
    phase = np.ones((5, 2, 3), dtype=np.uint8)
    phase[3:] = 2
    return VoxelCell(phase=phase)


def random_cell():
    phase = np.random.default_rng(3).choice([1, 2], (4, 5, 3), p=(0.6, 0.4)).astype(np.uint8)
    return VoxelCell(phase=phase, spacing=np.array([1.0, 0.5, 2.0]))


@pytest.fixture(scope="module")
def sheared():
    """A random cell at the end of a path, and the curve."""
    system = VoxelSystem(random_cell(), TWO.laws, 1e-9)
    return follow(system, piecewise("12", "stress", [{"12": 0.03}], 3))


def test_a_network_of_layers_has_the_fields_of_the_voxels_of_layers():
    cell = reference(layers(), TWO, PATHS, 1e-10, error_estimate=False, statistics=True)
    options = {"control": ["strain", "stress"], "load_case": ["11", "12"], "strain": 0.03, "steps": 4}
    network = laminet.evaluate(laminet.Network(LAYERS), TWO, fields=True, tolerance=1e-10, **options).squeeze()
    for name in ("local_mises", "local_plastic_strain"):
        assert network[name].dims == cell[name].dims == ("control", "load_case", "step", "phase", "statistic")
        np.testing.assert_allclose(network[name], cell[name], atol=1e-7)
        assert network[name].attrs == cell[name].attrs
    assert (cell["local_plastic_strain"].sel(phase=1, statistic="mean").isel(step=-1) > 0.0).all()


def test_the_means_of_the_fields_are_macroscopic(sheared):
    fields = LocalFields(random_cell(), TWO.laws).means(sheared.state)
    np.testing.assert_allclose(fields.strain.mean(axis=(0, 1, 2)), sheared.strain[-1], atol=1e-14)
    np.testing.assert_allclose(fields.stress.mean(axis=(0, 1, 2)), sheared.stress[-1], atol=1e-9)
    stiff = random_cell().phase == 2
    assert not fields.state["equivalent_plastic_strain"][stiff].any()
    assert fields.state["equivalent_plastic_strain"][~stiff].max() > 0.0
    expected = fields.strain[stiff] @ isotropic_stiffness(30.0, 0.2)
    np.testing.assert_allclose(fields.stress[stiff], expected, atol=1e-12)


def test_fields_are_the_same_in_parts_and_from_readable_loops(sheared, monkeypatch):
    known = LocalFields(random_cell(), TWO.laws).statistics(sheared.state)
    monkeypatch.setattr(local, "AT_ONCE", 30)  # two layers of four
    parts = LocalFields(random_cell(), TWO.laws).statistics(sheared.state)
    readable = VoxelSystem(random_cell(), TWO.laws, 1e-9, Processor(1, compiled=False))
    state = follow(readable, piecewise("12", "stress", [{"12": 0.03}], 3)).state
    other = LocalFields(random_cell(), TWO.laws).statistics(state)
    for name, values in known.items():
        np.testing.assert_array_equal(parts[name], values)
        np.testing.assert_allclose(other[name], values, atol=1e-7)


def test_statistics_and_fields_change_no_curve():
    received = []
    how = {"receive_fields": lambda path, cell, fields: received.append((path.name, cell.phase.shape, fields))}
    cell = random_cell()
    plain = reference(cell, TWO, PATHS, error_estimate=False)
    recorded = reference(cell, TWO, PATHS, error_estimate=False, statistics=True, **how)
    np.testing.assert_array_equal(plain["stress"], recorded["stress"])
    assert set(recorded.variables) - set(plain.variables) == {
        *("local_mises", "local_plastic_strain", "phase", "statistic")
    }
    assert [(name, shape) for name, shape, _ in received] == 2 * [("11", (4, 5, 3)), ("12", (4, 5, 3))]


def test_voxels_come_back_from_vti(sheared, tmp_path):
    cell = random_cell()
    fields = LocalFields(cell, TWO.laws).means(sheared.state)
    write_fields(cell, fields, tmp_path / "fields.vti")
    phase, spacing = read_vti(tmp_path / "fields.vti", "phase")
    np.testing.assert_array_equal(phase, cell.phase)
    assert spacing.tolist() == [1.0, 0.5, 2.0]
    plastic, _ = read_vti(tmp_path / "fields.vti", "equivalent_plastic_strain")
    np.testing.assert_allclose(plastic, fields.state["equivalent_plastic_strain"], rtol=1e-6)
    arrays = {array.get("Name"): array for array in ElementTree.parse(tmp_path / "fields.vti").iter("DataArray")}
    raw = base64.b64decode(arrays["stress"].text)
    assert int.from_bytes(raw[:8], "little") == len(raw) - 8 == 4 * 6 * cell.phase.size
    x, y, z = 2, 4, 1
    tensor = mandel.to_tensor(fields.stress[x, y, z])
    expected = [tensor[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))]
    np.testing.assert_allclose(np.frombuffer(raw[8:], "<f4").reshape(3, 5, 4, 6)[z, y, x], expected, rtol=1e-5)
