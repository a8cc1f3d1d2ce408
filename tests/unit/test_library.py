"""Materials files: what is right is read, what is wrong is named."""

import copy

import numpy as np
import pytest
import yaml

from laminet.errors import InputError
from laminet.materials.laws import J2, Elastic
from laminet.materials.library import read_materials, select

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


def test_exponents_without_a_point_are_numbers(tmp_path):
    text = yaml.safe_dump({"glass": COMPOSITE}).replace("0.029", "29e-3")
    assert read_materials(write(tmp_path, text))["glass"].phase_1.hardening.initial == 0.029


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("phase_1", "law"), "j3", "phase_1: law is 'j3'"),
        (("phase_1", "yung"), 1.0, "phase_1: unknown yung"),
        (("phase_1", "young"), -2.0, "young is -2.0"),
        (("phase_1", "young"), "stiff", "young is 'stiff'"),
        (("phase_1", "young"), float("nan"), "young is nan"),
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


def test_missing_file_and_unknown_composite(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml"):
        read_materials(tmp_path / "none.yaml")
    known = read_materials(write(tmp_path, COMPOSITE))
    with pytest.raises(InputError, match="no composite 'steel'; it has glass"):
        select(known, "steel", "materials.yaml")
