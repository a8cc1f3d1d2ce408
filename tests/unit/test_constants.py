"""Engineering constants, laminates and yield stresses of networks against closed forms, and the cards of solvers."""

import re

import numpy as np
import pytest
import yaml

import laminet
from laminet.cli import main
from laminet.errors import InputError, LaminetWarning
from laminet.files.cards import elastic_cards, material_name
from laminet.files.network import NetworkParameters
from laminet.materials.layup import laminate_constants, laminate_stiffness, layup
from laminet.materials.stiffness import CONSTANTS, coupling, engineering_constants, orthotropic_stiffness

LAYERS = NetworkParameters("imn", 1, np.array([0.4, 0.6]), np.array([[0.0, 0.0]]))
"""Two layers, 40 % and 60 %, whose interface is normal to axis 3."""

PLY = {
    "E11": 140.0,
    "E22": 10.0,
    "E33": 8.0,
    "G12": 5.0,
    "G13": 4.0,
    "G23": 3.0,
    "nu12": 0.3,
    "nu13": 0.28,
    "nu23": 0.4,
}
METAL = {"law": "j2", "young": 3.0, "poisson": 0.3, "hardening": {"initial": 0.03, "linear": 0.1}}


def isotropic(young: float, poisson: float) -> dict:
    shear = young / (2 * (1 + poisson))
    moduli = {"E11": young, "E22": young, "E33": young, "G12": shear, "G13": shear, "G23": shear}
    return {"law": "orthotropic", **moduli, "nu12": poisson, "nu13": poisson, "nu23": poisson}


def values(data, name: str) -> dict[str, float]:
    along = data[name].isel(network=0, composite=0)
    (dim,) = along.dims
    return dict(zip(along[dim].values.tolist(), along.values.tolist(), strict=True))


def test_constants_are_read_from_a_stiffness_and_give_it_back():
    stiffness = orthotropic_stiffness(**PLY)
    np.testing.assert_allclose(engineering_constants(np.stack([stiffness, 2 * stiffness]))[0], list(PLY.values()))
    assert tuple(PLY) == CONSTANTS
    assert coupling(stiffness) < 1e-14


def test_coupling_is_the_share_that_nine_constants_leave_out():
    compliance = np.diag([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
    compliance[0, 5] = compliance[5, 0] = 0.1
    stiffness = np.linalg.inv(compliance)
    left_out = np.linalg.norm(stiffness - np.diag([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])) / np.linalg.norm(stiffness)
    np.testing.assert_allclose(coupling(stiffness), left_out)


def test_two_layers_have_the_constants_of_the_laminate_by_hand():
    """Equal Poisson's ratios: the rule of mixtures is exact in the plane; shear across the layers is in series."""
    materials = {"phase_1": isotropic(2.0, 0.3), "phase_2": isotropic(20.0, 0.3)}
    known = values(laminet.constants(laminet.Network(LAYERS), materials), "constants")
    young, shears = 0.4 * 2.0 + 0.6 * 20.0, np.array([2.0, 20.0]) / 2.6
    series = 1.0 / (0.4 / shears[0] + 0.6 / shears[1])
    for name in ("E11", "E22"):
        assert known[name] == pytest.approx(young, rel=1e-12)
    assert known["nu12"] == pytest.approx(0.3, rel=1e-12)
    assert known["G12"] == pytest.approx(0.4 * shears[0] + 0.6 * shears[1], rel=1e-12)
    for name in ("G13", "G23"):
        assert known[name] == pytest.approx(series, rel=1e-12)


def test_axes_rename_the_constants():
    """312 makes the network's axis 3 axis 1; Poisson's ratios are those of the new axes."""
    materials = {"phase_1": isotropic(2.0, 0.3), "phase_2": isotropic(20.0, 0.3)}
    given = values(laminet.constants(laminet.Network(LAYERS), materials), "constants")
    turned = values(laminet.constants(laminet.Network(LAYERS), materials, axes="312"), "constants")
    assert turned["E11"] == pytest.approx(given["E33"])
    assert turned["E22"] == pytest.approx(given["E11"])
    assert turned["G23"] == pytest.approx(given["G12"])
    assert turned["nu23"] == pytest.approx(given["nu12"])
    assert turned["nu12"] == pytest.approx(given["nu13"] * given["E33"] / given["E11"])  # nu31


def test_a_cross_ply_has_the_stiffness_by_hand():
    Q11, Q22 = (PLY[name] / (1 - 0.3**2 * 10 / 140) for name in ("E11", "E22"))
    Q12, Q66, t = 0.3 * Q22, PLY["G12"], 0.25
    stiffness = laminate_stiffness(orthotropic_stiffness(**PLY), layup("0/90", t))
    A = t * np.array([[Q11 + Q22, 2 * Q12, 0], [2 * Q12, Q11 + Q22, 0], [0, 0, 2 * Q66]])
    B = 0.5 * t**2 * (Q22 - Q11) * np.diag([1.0, -1.0, 0.0])
    np.testing.assert_allclose(stiffness, np.block([[A, B], [B, A * t**2 / 3]]), atol=1e-12)


def test_a_ply_at_45_degrees_couples_shear_to_extension_with_the_sign_by_hand():
    Q11, Q22 = (PLY[name] / (1 - 0.3**2 * 10 / 140) for name in ("E11", "E22"))
    Q12, Q66 = 0.3 * Q22, PLY["G12"]
    A = laminate_stiffness(orthotropic_stiffness(**PLY), layup("45", 1.0))[:3, :3]
    both, shear = (Q11 + Q22 + 2 * Q12) / 4, (Q11 - Q22) / 4
    expected = [[both + Q66, both - Q66, shear], [both - Q66, both + Q66, shear]]
    np.testing.assert_allclose(A, [*expected, [shear, shear, (Q11 + Q22 - 2 * Q12) / 4]])


def test_plies_of_different_thickness_lie_where_they_are_named():
    stiffness = laminate_stiffness(orthotropic_stiffness(**PLY), layup("0/90", (0.1, 0.3)))
    Q11, Q22 = (PLY[name] / (1 - 0.3**2 * 10 / 140) for name in ("E11", "E22"))
    assert stiffness[0, 0] == pytest.approx(0.1 * Q11 + 0.3 * Q22)
    assert stiffness[0, 3] == pytest.approx(0.1 * Q11 * -0.15 + 0.3 * Q22 * 0.05)


def test_one_ply_has_the_constants_of_the_ply():
    plies = layup("0", 0.4)
    constants = laminate_constants(laminate_stiffness(orthotropic_stiffness(**PLY), plies), 0.4)
    np.testing.assert_allclose(constants, [140.0, 10.0, 5.0, 0.3])


@pytest.mark.parametrize(
    ("text", "angles"),
    [
        ("0/45/-45/90", [0, 45, -45, 90]),
        ("[0/90]s", [0, 90, 90, 0]),
        ("[0/90]2S", [0, 90, 0, 90, 90, 0, 90, 0]),
        ("[0/90]_2", [0, 90, 0, 90]),
        ("[0_2/+-45]s", [0, 0, 45, -45, -45, 45, 0, 0]),
        ("\u00b130/\u221322.5/-7.5", [30, -30, -22.5, 22.5, -7.5]),
        ("-+45", [-45, 45]),
        ("[0/(45/-45)_2/90]", [0, 45, -45, 45, -45, 90]),
        (" [ 0 / 90 ] s ", [0, 90, 90, 0]),
    ],
)
def test_layups_are_read_as_engineers_write_them(text, angles):
    assert list(layup(text, 0.1).angles) == angles


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0/",
        "[0/90",
        "0//90",
        "0/90]",
        "[0]0",
        "0_0",
        "a",
        "0 90",
        "+--45",
        "[0)",
        "0s",
        "(" * 60 + "0",
        "0/" * 5000,
    ],
)
def test_other_layups_are_refused(text):
    with pytest.raises(InputError, match="layup"):
        layup(text, 0.1)


def test_too_many_plies_and_wrong_thicknesses_are_refused():
    with pytest.raises(InputError, match="more than 1000 plies"):
        layup("[0]99999", 0.1)
    with pytest.raises(InputError, match="2 plies and 3 thicknesses"):
        layup("0/90", (0.1, 0.1, 0.1))


def test_a_homogeneous_network_yields_as_its_metal():
    """Tension: 0.03 + 0.1 p; shear: that over sqrt(3), at p = gamma / sqrt(3)."""
    data = laminet.constants(laminet.Network(LAYERS), {"phase_1": METAL, "phase_2": METAL}, offset=0.002)
    first, at_offset = values(data, "onset"), values(data, "offset_stress")
    for case in ("11", "22", "33"):
        assert first[case] == pytest.approx(0.03, rel=1e-8)
        assert at_offset[case] == pytest.approx(0.03 + 0.1 * 0.002, rel=1e-5)
    for case in ("12", "23", "31"):
        assert first[case] == pytest.approx(0.03 / np.sqrt(3.0), rel=1e-8)
        assert at_offset[case] == pytest.approx((0.03 + 0.1 * 0.002 / np.sqrt(3.0)) / np.sqrt(3.0), rel=1e-5)


def test_the_softer_of_two_layers_yields_first_in_their_plane():
    """Equal strains in tension along the layers: the stress of layer 1 is its modulus times the strain."""
    materials = {"phase_1": METAL, "phase_2": isotropic(30.0, 0.3)}
    data = laminet.constants(laminet.Network(LAYERS), materials)
    mean = 0.4 * 3.0 + 0.6 * 30.0
    assert values(data, "onset")["11"] == pytest.approx(0.03 * mean / 3.0, rel=1e-8)
    assert values(data, "onset")["31"] == pytest.approx(0.03 / np.sqrt(3.0), rel=1e-8)  # shear in series: equal stress


def test_layers_in_parallel_reach_the_offset_by_hand():
    """Shear along the layers: 0.4 (G - Gt) (gamma - 0.03 / sqrt(3) / G) is the offset times the mean modulus."""
    materials = {"phase_1": METAL, "phase_2": isotropic(30.0, 0.3)}
    soft, stiff = 3.0 / 2.6, 30.0 / 2.6
    mean, flowing = 0.4 * soft + 0.6 * stiff, 1.0 / (1.0 / soft + 3.0 / 0.1)
    begin = 0.03 / np.sqrt(3.0) / soft
    gamma = begin + 0.002 * mean / (0.4 * (soft - flowing))
    expected = 0.6 * stiff * gamma + 0.4 * (soft * begin + flowing * (gamma - begin))
    network = laminet.Network(LAYERS)
    known = values(laminet.constants(network, materials), "offset_stress")
    assert known["12"] == pytest.approx(expected, rel=1e-6)
    never = values(laminet.constants(network, materials, offset=0.02), "offset_stress")
    assert np.isnan(never["12"])  # layer 2 carries the shear


def test_elastic_phases_never_yield():
    materials = {"phase_1": isotropic(2.0, 0.3), "phase_2": isotropic(20.0, 0.3)}
    data = laminet.constants(laminet.Network(LAYERS), materials)
    assert np.isnan(data["onset"]).all()
    assert np.isnan(data["offset_stress"]).all()


def test_cards_are_in_the_order_of_calculix_and_abaqus():
    cards = elastic_cards({"ply 1/2": list(PLY.values())}, "MPa")
    lines = [line for line in cards.splitlines() if not line.startswith("**")]
    assert lines == [
        "*MATERIAL, NAME=PLY_1_2",
        "*ELASTIC, TYPE=ENGINEERING CONSTANTS",
        "140000., 10000., 8000., 0.3, 0.28, 0.4, 5000., 4000.,",
        "3000.",
    ]
    assert "Stress in MPa" in cards
    assert "0.14, 0.01" in elastic_cards({"x": [1e-3 * PLY[n] if n[0] != "n" else PLY[n] for n in PLY]}, "GPa")
    assert material_name("8552") == "M_8552"
    with pytest.raises(InputError, match="unit is 'bar'; it must be one of GPa"):
        elastic_cards({}, "bar")


@pytest.fixture
def files(tmp_path):
    for seed, fraction in enumerate((0.4, 0.5)):
        network = NetworkParameters("imn", 1, np.array([fraction, 1 - fraction]), np.array([[0.0, 0.0]]))
        laminet.Network(network).save(tmp_path / f"{seed}.nc")
    materials = {"soft": {"phase_1": METAL, "phase_2": isotropic(30.0, 0.3)}}
    (tmp_path / "materials.yaml").write_text(yaml.safe_dump(materials))
    return tmp_path


def run(folder, *options: str, networks: tuple[str, ...] = ("0.nc", "1.nc")) -> int:
    names = [str(folder / name) for name in networks]
    return main(["constants", "--network", *names, "--materials", str(folder / "materials.yaml"), *options])


def test_the_command_shows_the_scatter_and_writes_yaml_and_cards(files, capsys):
    out, cards = files / "constants.yaml", files / "ply.inp"
    options = ["--layup", "[0/+-45]s", "--thickness", "0.2", "--out", str(out), "--cards", str(cards), "--unit", "GPa"]
    assert run(files, *options) == 0
    low, high = 0.5 * 3 + 0.5 * 30, 0.4 * 3 + 0.6 * 30
    text = capsys.readouterr().out
    assert re.search(rf"E11 +GPa +{(low + high) / 2:.2f} +{(high - low) / np.sqrt(2):.3f} +{low:.1f} +{high:.1f}", text)
    assert "laminate [0/+-45]s: 6 plies, 1.2 mm" in text
    known = yaml.safe_load(out.read_text())["soft"]
    assert known["constants"]["mean"]["E11"] == pytest.approx((low + high) / 2)
    assert known["constants"]["lowest"]["nu12"] == pytest.approx(0.3)
    assert known["laminate"]["angles"] == [0, 45, -45, -45, 45, 0]
    assert known["laminate"]["B"] == [[0, 0, 0]] * 3
    assert set(known["first_flow"]["mean"]) == {"11", "22", "33", "12", "23", "31"}
    first = next(line for line in cards.read_text().splitlines() if line[0] != "*")
    assert float(first.split(",")[0]) == pytest.approx((low + high) / 2)
    assert "means of 2 networks" in cards.read_text()


def test_the_mean_constants_are_a_law_of_a_materials_file(files, capsys):
    assert run(files, "--out", str(files / "constants.yaml")) == 0
    constants = yaml.safe_load((files / "constants.yaml").read_text())["soft"]["constants"]["mean"]
    law = {"law": "orthotropic", **constants}
    data = laminet.constants(files / "0.nc", {"phase_1": law, "phase_2": law})
    assert values(data, "constants") == pytest.approx(constants, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layup", "0/90"], "constants: thickness is missing; give that of the plies in mm"),
        (["--thickness", "0.1"], "constants: layup is missing"),
        (["--layup", "0/x", "--thickness", "0.1"], "layup '0/x' is not understood from 'x' on; the form is"),
        (["--layup", "0", "--thickness", "-1"], "constants: thickness is [-1.0]; it must be a number above 0"),
        (["--unit", "Pa"], "unit: only for cards; give --cards, or leave it out"),
        (["--offset", "0.5"], "constants: offset is 0.5; it must be a number above 0 and of at most 0.02"),
        (["--composite", "hard"], "no composite 'hard'; it has soft"),
    ],
)
def test_bad_input_is_one_line(files, capsys, options, message):
    assert run(files, *options) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("laminet constants: ")
    assert message in captured.err


def test_a_law_file_is_in_gpa_whatever_the_unit_of_cards(files, capsys):
    given = ["--network", f"{files}/0.nc", "--materials", f"{files}/materials.yaml", "--composite", "soft"]
    assert main(["export", *given, "--solver", "abaqus", "--unit", "Pa", "--out", f"{files}/soft.law"]) == 1
    assert "unit, solver: only for cards; give --cards, or leave it out" in capsys.readouterr().err
    assert not (files / "soft.law").exists()


def test_networks_of_different_kinds_are_refused(files, capsys):
    laminet.Network(NetworkParameters("imn", 2, np.ones(4), np.zeros((3, 2)))).save(files / "2.nc")
    assert run(files, networks=("0.nc", "2.nc")) == 1
    assert "networks are of different kinds" in capsys.readouterr().err


def test_plies_that_lie_across_the_laminate_are_told():
    fibres = NetworkParameters("imn", 1, np.array([0.4, 0.6]), np.array([[0.25, 0.0]]))
    stiff = {"law": "orthotropic", **PLY, "E11": 10.0, "E33": 140.0, "nu13": 0.02, "nu23": 0.02, "nu12": 0.4}
    with pytest.warns(LaminetWarning, match="stiffest along axis 3.*take the axes 312"):
        laminet.constants(laminet.Network(fibres), {"phase_1": stiff, "phase_2": stiff}, layup="0", thickness=1.0)
