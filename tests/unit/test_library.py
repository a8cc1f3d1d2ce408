"""Materials files: what is right is read, what is wrong is named."""

import copy
import pickle
import re
import warnings

import numpy as np
import pytest
import yaml

from laminet.errors import InputError, LaminetWarning
from laminet.materials.laws import J2, Elastic, Hardening
from laminet.materials.library import composites, read_materials, read_several, select

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
    assert isinstance(glass.phase_1, J2)
    assert isinstance(glass.phase_2, Elastic)
    strain = np.array([0.0, 0.01])
    np.testing.assert_allclose(
        glass.phase_1.hardening.stress(strain), 0.029 + 0.139 * strain + 0.0327 * (1 - np.exp(-319 * strain))
    )


def test_either_phase_may_have_either_law(tmp_path):
    swapped = {"phase_1": COMPOSITE["phase_2"], "phase_2": COMPOSITE["phase_1"]}
    glass = read_materials(write(tmp_path, swapped))["glass"]
    assert isinstance(glass.phase_2, J2)


@pytest.mark.parametrize("reader", [yaml.safe_load, read_materials])
def test_exponents_without_a_point_are_numbers(tmp_path, reader):
    """29e-3 is text to YAML 1.1: in a file, and in a mapping that another reader has made of one."""
    text = yaml.safe_dump({"glass": COMPOSITE}).replace("0.029", "29e-3").replace("319", "3.19e2").replace("72", "72E0")
    held = reader(write(tmp_path, text)) if reader is read_materials else composites(reader(text), "mapping")
    assert held["glass"].phase_1.hardening == Hardening(0.029, 0.139, 0.0327, 319.0)
    compliance = np.linalg.inv(held["glass"].phase_2.stiffness)
    assert 1.0 / compliance[0, 0] == pytest.approx(72.0)
    assert -compliance[0, 1] * 72.0 == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("phase_1", "law"), "j3", "phase_1: law is 'j3'"),
        (("phase_1", "yung"), 1.0, "phase_1: unknown yung"),
        (("phase_1", "young"), -2.0, "young is -2.0"),
        (("phase_1", "young"), "stiff", "young is 'stiff'"),
        (("phase_1", "young"), float("nan"), "young is nan"),
        (("phase_1", "young"), True, "young is True; it must be a finite number"),
        (("phase_1", "poisson"), None, "poisson is None; it must be a finite number"),
        (("phase_1", "hardening", "rate"), [319], r"rate is \[319\]; it must be a finite number"),
        (("phase_2", "E11"), "1_000", "E11 is '1_000'; it must be a finite number"),
        (("phase_2", "E11"), "72 GPa", "E11 is '72 GPa'; it must be a finite number"),
        (("phase_2", "nu12"), {"value": 0.2}, "nu12 is {.*}; it must be a finite number"),
        (("phase_1", "young"), 0.0, "young is 0.0; it must be positive; for a pore take 1e-6 of the other phase's"),
        (("phase_1", "hardening", "initial"), 0, "hardening: initial is 0.0; .* take 1e-6 of young"),
        (("phase_1", "poisson"), 0.5, "poisson is 0.5"),
        (("phase_1", "hardening", "linear"), -1.0, "softening"),
        (("phase_1", "hardening"), 3, "hardening: needs the fields"),
        (("phase_2", "nu12"), 1.2, "phase_2.*positive definite"),
        (("phase_2", "G12"), 0.0, "G12 is 0.0"),
        (("phase_3",), {}, "unknown phase_3"),
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


def test_a_name_has_one_meaning_in_several_files(tmp_path):
    glass, folder = write(tmp_path, COMPOSITE), tmp_path / "more"
    folder.mkdir()
    assert list(read_several([glass, glass])) == ["glass"]
    softer = write(folder, COMPOSITE | {"phase_2": COMPOSITE["phase_1"]})
    with pytest.raises(
        InputError, match=r"more.materials\.yaml: composite 'glass' differs from that in .*yaml; rename"
    ):
        read_several([glass, softer])


def test_phases_may_be_shared_by_aliases_and_merges(tmp_path):
    entry = yaml.safe_dump(COMPOSITE, default_flow_style=True, width=1000).strip()
    text = f"glass: &glass {entry}\nsame: *glass\nswapped: {{<<: *glass, phase_2: {{law: j2, young: 1, poisson: 0, "
    held = read_materials(write(tmp_path, text + "hardening: {initial: 1}}}\n"))
    assert held["same"].laws == held["glass"].laws
    assert held["swapped"].laws == (held["glass"].phase_1, J2(1.0, 0.0, Hardening(1.0)))


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


def test_missing_file_and_unknown_composite(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml"):
        read_materials(tmp_path / "none.yaml")
    known = read_materials(write(tmp_path, COMPOSITE))
    with pytest.raises(InputError, match="no composite 'steel'; it has glass"):
        select(known, "steel", "materials.yaml")
