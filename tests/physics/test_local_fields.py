"""Statistics of local fields: by hand, and those of a network of two layers equal to those of the cell of layers."""

import numpy as np
import pytest
import yaml
from layered_cell import layered_cell
from plasticity_by_hand import METAL, YIELD_STRAIN, YOUNG, pulled

import laminet
from laminet.cells.fibres.reference import reference
from laminet.cli import main
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.files.network import NetworkParameters
from laminet.loading.paths import by_control
from laminet.materials.laws import Elastic
from laminet.materials.library import Composite
from laminet.materials.local_fields import STATISTICS, statistics
from laminet.materials.stiffness import isotropic_stiffness
from laminet.plots import draw

LAYERS = NetworkParameters("imn", 1, np.array([0.6, 0.4]), np.array([[0.0, 0.5]]))
"""60 % and 40 %, the interface normal to axis 1."""
TWO = Composite("two", (METAL, Elastic(isotropic_stiffness(30.0, 0.2))))
ONE = Composite("one", (METAL, METAL))
PATHS = by_control(["strain", "stress"], ["11", "12"], {}, 4, 0.03)
NAMES = ("local_mises", "local_plastic_strain")


def test_statistics_by_hand():
    """Weights 1, 3: mean (1 * 2 + 3 * 6) / 4 = 5, deviation sqrt((9 + 3) / 4); uniaxial stress is its Mises stress."""
    stress = np.zeros((3, 6))
    stress[:, 0] = [2.0, 6.0, 7.0]
    phase, weight = np.array([1, 1, 2]), np.array([1.0, 3.0, 2.0])
    known = statistics(3, phase, weight, stress, {"equivalent_plastic_strain": np.array([0.0, 0.4, 0.0])})
    np.testing.assert_allclose(known["local_mises"][:2], [[5.0, np.sqrt(3.0), 6.0], [7.0, 0.0, 7.0]])
    np.testing.assert_allclose(known["local_plastic_strain"][0], [0.3, np.sqrt(0.03), 0.4])
    assert np.isnan(known["local_mises"][2]).all()
    assert STATISTICS == ("mean", "deviation", "maximum")


def test_equal_phases_have_the_fields_of_the_metal():
    data = laminet.evaluate(
        laminet.Network(LAYERS), ONE, control="stress", load_case="11", strain=0.03, steps=6, fields=True
    ).squeeze()
    strain = np.linspace(0.0, 0.03, 7)
    plastic = np.where(strain > YIELD_STRAIN, strain - pulled(strain) / YOUNG, 0.0)
    for phase in (1, 2):
        of_phase = data.sel(phase=phase)
        for name, values in (("local_mises", pulled(strain)), ("local_plastic_strain", plastic)):
            for statistic, expected in (("mean", values), ("deviation", 0.0 * values), ("maximum", values)):
                np.testing.assert_allclose(of_phase[name].sel(statistic=statistic), expected, atol=1e-9)


def test_a_network_of_layers_has_the_fields_of_the_cell_of_layers():
    cell = reference(layered_cell(0), TWO, PATHS, 1e-10, "none", statistics=True)
    options = {"control": ["strain", "stress"], "load_case": ["11", "12"], "strain": 0.03, "steps": 4}
    network = laminet.evaluate(laminet.Network(LAYERS), TWO, fields=True, tolerance=1e-10, **options).squeeze()
    for name in NAMES:
        assert network[name].dims == cell[name].dims == ("control", "load_case", "step", "phase", "statistic")
        np.testing.assert_allclose(network[name], cell[name], atol=1e-8)
        assert network[name].attrs == cell[name].attrs
    assert (network["local_plastic_strain"].sel(phase=1, statistic="mean").isel(step=-1) > 0.0).all()


def test_statistics_are_of_the_mesh_that_takes_every_step():
    """Also where finer meshes take larger steps; the curves are the same with and without."""
    paths = by_control(["stress"], ["12"], {}, 40, 0.03)
    known = [reference(layered_cell(0), TWO, paths, 1e-8, "none", statistics=each) for each in (False, True)]
    np.testing.assert_array_equal(known[0]["stress"], known[1]["stress"])
    assert "local_mises" not in known[0]
    assert np.isfinite(known[1]["local_mises"]).all()
    assert not known[1]["local_mises"].isel(step=0).any()


def test_fields_change_no_curve():
    options = {"control": "stress", "load_case": "12", "strain": 0.03, "steps": 4, "backend": "numpy"}
    plain, recorded = (laminet.evaluate(laminet.Network(LAYERS), TWO, fields=each, **options) for each in (False, True))
    np.testing.assert_array_equal(plain["stress"], recorded["stress"])
    assert set(recorded.variables) - set(plain.variables) == {*NAMES, "phase", "statistic"}


@pytest.fixture
def files(tmp_path):
    law = {"law": "j2", "young": 3.0, "poisson": 0.3, "hardening": {"initial": 0.03, "linear": 0.1}}
    moduli = dict.fromkeys(("E11", "E22", "E33"), 30.0) | dict.fromkeys(("G12", "G13", "G23"), 12.5)
    stiff = {"law": "orthotropic", **moduli, **dict.fromkeys(("nu12", "nu13", "nu23"), 0.2)}
    (tmp_path / "materials.yaml").write_text(yaml.safe_dump({"two": {"phase_1": law, "phase_2": stiff}}))
    laminet.Network(LAYERS).save(tmp_path / "network.nc")
    cell = reference(layered_cell(0), TWO, PATHS, 1e-8, "none", statistics=True)
    netcdf.write(cell, tmp_path / "reference.nc", content="reference", parameters={})
    command = ["evaluate", "--network", str(tmp_path / "network.nc"), "--materials", str(tmp_path / "materials.yaml")]
    for name, options in (("fields", ["--fields"]), ("plain", [])):
        assert (
            main([*command, "--steps", "4", "--strain", "0.03", "--out", str(tmp_path / f"{name}.nc"), *options]) == 0
        )
    return tmp_path


def test_pictures_show_network_and_cell(files):
    for kind, name, factor in (("mises", "local_mises", 1e3), ("plastic", "local_plastic_strain", 1e2)):
        figure = draw([files / "fields.nc"], kind, references=[files / "reference.nc"], control="stress")
        lines = {line.get_label(): line.get_ydata() for line in figure.axes[3].lines}  # 12 comes fourth
        known = netcdf.read(files / "fields.nc")[name].sel(control="stress", load_case="12", phase=1).squeeze()
        for statistic in ("mean", "maximum"):
            expected = factor * known.sel(statistic=statistic).values
            np.testing.assert_allclose(lines[f"matrix (phase 1), {statistic}"], expected)
            np.testing.assert_allclose(lines[f"RVE, matrix (phase 1), {statistic}"], expected, atol=1e-4)
    assert "fibre (phase 2), mean" not in lines, "which never flows"


def test_files_without_fields_are_told(files):
    with pytest.raises(InputError, match=r"plain\.nc: holds no local fields; evaluate or simulate with --fields"):
        draw([files / "plain.nc"], "mises")
    with pytest.raises(InputError, match="show one network and one scheme at a time"):
        draw([files / "plain.nc", files / "fields.nc"], "mises")
