"""Materials files: what is right is read, what is wrong is named."""

import copy
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml

from laminet.errors import InputError, LaminetWarning
from laminet.materials import library
from laminet.materials.laws import J2, Elastic, Hardening, Orthotropic
from laminet.materials.library import Composite, composite, composites, read_materials, select
from laminet.yaml_files import read_yaml as read_configuration

COMPOSITE = yaml.safe_load("""
phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.029, linear: 0.139, saturation: 0.0327, rate: 319}}
phase_2: {law: orthotropic, E11: 72, E22: 72, E33: 72, G12: 30, G13: 30, G23: 30, nu12: 0.22, nu13: 0.22, nu23: 0.22}
""")


def write(tmp_path, entry) -> str:
    path = tmp_path / "materials.yaml"
    path.write_text(entry if isinstance(entry, str) else yaml.safe_dump({"glass": entry}))
    return str(path)


def test_composite_is_read(tmp_path):
    glass = read_materials(write(tmp_path, COMPOSITE))["glass"]
    assert isinstance(glass.laws[0], J2)
    assert isinstance(glass.laws[1], Orthotropic)
    strain = np.array([0.0, 0.01])
    np.testing.assert_allclose(
        glass.laws[0].hardening.stress(strain), 0.029 + 0.139 * strain + 0.0327 * (1 - np.exp(-319 * strain))
    )


def test_either_phase_may_have_either_law(tmp_path):
    swapped = {"phase_1": COMPOSITE["phase_2"], "phase_2": COMPOSITE["phase_1"]}
    glass = read_materials(write(tmp_path, swapped))["glass"]
    assert isinstance(glass.laws[1], J2)


@pytest.mark.parametrize("reader", [yaml.safe_load, read_materials])
def test_exponents_without_a_point_are_numbers(tmp_path, reader):
    """29e-3 is text to YAML 1.1: in a file, and in a mapping that another reader has made of one."""
    text = yaml.safe_dump({"glass": COMPOSITE}).replace("0.029", "29e-3").replace("319", "3.19e2").replace("72", "72E0")
    held = reader(write(tmp_path, text)) if reader is read_materials else composites(reader(text), "mapping")
    assert held["glass"].laws[0].hardening == Hardening(0.029, 0.139, 0.0327, 319.0)
    compliance = np.linalg.inv(held["glass"].laws[1].stiffness)
    assert 1.0 / compliance[0, 0] == pytest.approx(72.0)
    assert -compliance[0, 1] * 72.0 == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("phase_1", "law"), "j3", "phase_1: law is 'j3'"),
        (("phase_1", "yung"), 1.0, "phase_1: unknown setting yung"),
        (("phase_1", "young"), -2.0, "young is -2.0"),
        (("phase_1", "young"), "stiff", "young is 'stiff'"),
        (("phase_1", "young"), float("nan"), "young is nan"),
        (("phase_1", "young"), True, "young is True; it must be a number"),
        (("phase_1", "poisson"), None, "poisson is None; it must be a number"),
        (("phase_1", "hardening", "rate"), [319], r"rate is \[319\]; it must be a number"),
        (("phase_2", "E11"), "1_000", "E11 is '1_000'; it must be a number"),
        (("phase_2", "E11"), "72 GPa", "E11 is '72 GPa'; it must be a number"),
        (("phase_2", "nu12"), {"value": 0.2}, "nu12 is {.*}; it must be a number"),
        (("phase_1", "young"), 0.0, "young is 0.0; it must be positive; for a pore take 1e-6 of the other phase's"),
        (("phase_1", "hardening", "initial"), 0, "hardening: initial is 0.0; .* take 1e-6 of young"),
        (("phase_1", "poisson"), 0.5, "poisson is 0.5"),
        (("phase_1", "hardening", "linear"), -1.0, "softening"),
        (("phase_1", "hardening"), 3, "hardening is 3; it must be a mapping"),
        (("phase_1", "hardening", "rate"), 0.0, "hardening: saturation is 0.0327 without rate; give both, or neither"),
        (("phase_1", "hardening", "saturation"), 0, "hardening: rate is 319.0 without saturation; give both"),
        (("phase_1", "hardening"), {"initial": 0.03, "rate": 9}, "rate is 9.0 without saturation"),
        (("phase_2", "nu12"), 1.2, "phase_2.*positive definite"),
        (("phase_2", "G12"), 0.0, "G12 is 0.0"),
        (("phase_3",), {}, "phase_3: law is None; it must be one of .*j2.*orthotropic"),
        (
            ("phase_4",),
            {},
            "its phases are phase_1, phase_2, phase_4; they must be phase_1, phase_2, ... without a gap",
        ),
        (("matrix",), {}, "its phases are matrix, phase_1, phase_2; they must be"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, keys, value, words):
    entry = copy.deepcopy(COMPOSITE)
    place = entry
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    with pytest.raises(InputError, match=f"materials.yaml.*glass.*{words}"):
        read_materials(write(tmp_path, entry))


@pytest.mark.parametrize(
    "text", ["", "- 1\n- 2\n", "a: [1, 2", "a: b: c", "\x00", "!!python/object/apply:os.getcwd []"]
)
def test_what_is_not_a_materials_file_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"materials\.yaml"):
        read_materials(write(tmp_path, text))


def test_what_is_given_twice_is_refused(tmp_path):
    twice = "glass: {phase_1: {law: j2,\n  young: 2.1, poisson: 0.3, hardening: {initial: 0.03},\n  young: 2.2}}\n"
    with pytest.raises(InputError, match=r"materials\.yaml: line 3: the key 'young' is given twice, first in line 2"):
        read_materials(write(tmp_path, twice))
    with pytest.raises(InputError, match="mapping: composite '1' is given twice"):
        composites({1: COMPOSITE, "1": COMPOSITE}, "mapping")


@pytest.mark.parametrize(
    ("factor", "words"), [(1e3, "is 7.2e+04 GPa, above 10000 GPa"), (1e-9, "is 7.2e-08 GPa, below 1e-06 GPa")]
)
def test_moduli_in_another_unit_are_doubted_and_pores_are_not(tmp_path, factor, words):
    """E = 72 GPa given in MPa; and phases a million times softer than the other."""
    scaled = copy.deepcopy(COMPOSITE)
    for phase, names in (("phase_1", ("young",)), ("phase_2", ("E11", "E22", "E33", "G12", "G13", "G23"))):
        scaled[phase] |= {name: factor * scaled[phase][name] for name in names}
    with pytest.warns(LaminetWarning, match=f"glass': its largest Young's modulus {re.escape(words)}: is the unit"):
        read_materials(write(tmp_path, scaled))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_materials(write(tmp_path, COMPOSITE | {"phase_1": COMPOSITE["phase_1"] | {"young": 72e-6}}))


@pytest.mark.parametrize(
    ("phase", "changes", "words"),
    [
        ("phase_1", {"initial": 29.0}, "initial is 29, above 0.2 of young, 2.1: are both in GPa"),
        ("phase_1", {"initial": 0.43}, "initial is 0.43, above 0.2 of young"),
        ("phase_1", {"initial": 1.8e-6}, "initial is 1.8e-06, far below young, 2.1: are both in GPa"),
        ("phase_1", {"saturation": 32.7}, "saturation is 32.7, above 0.2 of young"),
        ("phase_1", {"linear": 139.0}, "linear is 139, above 1 of young"),
        ("phase_1", {"initial": 0.41, "linear": 2.0}, None),
        ("phase_1", {"initial": 2.1e-6}, None),  # flow from the start
        ("phase_1", {"initial": 500.0}, None),  # never meant to flow
        ("phase_2", {"G12": 30e3}, r"G12 = 3e\+04 is 4.2e\+02 of sqrt\(E11 E22\): are all moduli in GPa"),
        ("phase_2", {"G23": 0.03}, r"G23 = 0.03 is 0.00042 of sqrt\(E22 E33\)"),
        ("phase_2", {"G12": 0.3, "G13": 100.0}, None),  # 0.004 as of wood, 1.4
    ],
)
def test_constants_of_different_units_are_doubted(tmp_path, phase, changes, words):
    entry = copy.deepcopy(COMPOSITE)
    (entry["phase_1"]["hardening"] if phase == "phase_1" else entry["phase_2"]).update(changes)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        read_materials(write(tmp_path, entry))
    assert [re.search(str(words), str(each.message)) is not None for each in record] == [True] * (words is not None)


def test_materials_of_the_project_are_not_doubted(composites):
    root = Path(__file__).parents[2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_configuration(root / "config.yaml")["materials"]) == 3
        library.composites(read_configuration(root / "config.yaml")["materials"], "config")
    assert all(law.doubt() is None for made in composites.values() for law in made.laws)


@pytest.mark.parametrize("name", ["a/b", "../out", "a\\b", " glass", "", "a\nb", 101 * "a"])
def test_a_composite_is_called_as_a_file_can_be(name):
    with pytest.raises(InputError, match="a name is text without slashes, 100 characters at most"):
        composites({name: COMPOSITE}, "mapping")
    assert list(composites({"glass 60 %, é.1": COMPOSITE}, "mapping")) == ["glass 60 %, é.1"]


def test_a_name_has_one_meaning_in_several_files(tmp_path):
    glass, folder = write(tmp_path, COMPOSITE), tmp_path / "more"
    folder.mkdir()
    assert list(read_materials(glass, glass)) == ["glass"]
    softer = write(folder, COMPOSITE | {"phase_2": COMPOSITE["phase_1"]})
    with pytest.raises(
        InputError, match=r"more.materials\.yaml: composite 'glass' differs from that in .*yaml; rename"
    ):
        read_materials(glass, softer)


def test_phases_may_be_shared_by_aliases_and_merges(tmp_path):
    entry = yaml.safe_dump(COMPOSITE, default_flow_style=True, width=1000).strip()
    text = f"glass: &glass {entry}\nsame: *glass\nswapped: {{<<: *glass, phase_2: {{law: j2, young: 1, poisson: 0, "
    held = read_materials(write(tmp_path, text + "hardening: {initial: 1}}}\n"))
    assert held["same"].laws == held["glass"].laws
    assert held["swapped"].laws == (held["glass"].laws[0], J2(1.0, 0.0, Hardening(1.0)))


def test_composites_are_equal_by_their_numbers_and_can_be_copied(tmp_path):
    glass, again = (read_materials(write(tmp_path, COMPOSITE))["glass"] for _ in range(2))
    stiffer = read_materials(write(tmp_path, copy.deepcopy(COMPOSITE) | {"phase_2": COMPOSITE["phase_1"]}))["glass"]
    assert glass == again
    assert glass != stiffer
    assert {glass: 1}[again] == 1
    for copied in (copy.deepcopy(glass), pickle.loads(pickle.dumps(glass))):
        assert copied == glass
    assert Elastic(np.eye(6)) != Elastic(2.0 * np.eye(6))
    assert hash(Elastic(np.eye(6))) == hash(Elastic(np.where(np.eye(6) > 0.0, 1.0, -0.0)))
    assert Elastic(np.eye(6)) != "elastic"


def test_any_number_of_phases_is_read_and_written():
    matrix, fibre = COMPOSITE["phase_1"], COMPOSITE["phase_2"]
    for phases in ([matrix], [fibre, matrix], [matrix, fibre, fibre]):
        entry = {f"phase_{number}": phase for number, phase in enumerate(phases, 1)}
        made = composite("glass", dict(reversed(entry.items())), "here")
        assert [law.name for law in made.laws] == [phase["law"] for phase in phases]
        assert made.to_fields() == entry
        text = yaml.safe_dump({"glass": made.to_fields()})
        assert composites(yaml.safe_load(text), "here") == {"glass": made}
    short = composite("short", {"phase_1": matrix | {"hardening": {"initial": 0.03}}}, "here")
    assert short.to_fields()["phase_1"]["hardening"] == {"initial": 0.03, "linear": 0.0, "saturation": 0.0, "rate": 0.0}
    with pytest.raises(InputError, match="composite 'none' has no phase"):
        Composite("none", ())
    with pytest.raises(InputError, match="its phases are none"):
        composite("none", {}, "here")


def test_missing_file_and_unknown_composite(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml"):
        read_materials(tmp_path / "none.yaml")
    known = read_materials(write(tmp_path, COMPOSITE))
    with pytest.raises(InputError, match="no composite 'steel'; it has glass"):
        select(known, "steel", "materials.yaml")
