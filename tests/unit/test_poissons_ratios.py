"""Poisson's ratios of the other convention are refused or doubted by name; the expected numbers are worked by hand."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml

from laminet.errors import InputError, LaminetWarning
from laminet.materials.laws.law import LAWS
from laminet.materials.library import composite
from laminet.materials.stiffness import isotropic_stiffness, orthotropic_stiffness

ROOT = Path(__file__).parents[2]
FIBRE = {"E11": 10, "E22": 10, "E33": 100, "G12": 4, "G13": 5, "G23": 5, "nu12": 0.0, "nu13": 0.03, "nu23": 0.0}
MATRIX = {"law": "j2", "young": 2.0, "poisson": 0.3, "hardening": {"initial": 0.03}}


def of(changes: dict) -> np.ndarray:
    """Stiffness of a fibre from a materials mapping."""
    phases = {"phase_1": MATRIX, "phase_2": {"law": "orthotropic", **FIBRE, **changes}}
    return composite("glass", phases, "materials.yaml").laws[1].stiffness


def test_the_stiffness_is_the_inverse_of_the_compliance_by_hand():
    """Axes 1 and 3 alone: S = [0.1, -0.003; -0.003, 0.01], determinant 0.000991."""
    stiffness = of({})
    assert stiffness[0, 0] == pytest.approx(0.01 / 0.000991)
    assert stiffness[0, 2] == pytest.approx(0.003 / 0.000991)
    assert stiffness[2, 2] == pytest.approx(0.1 / 0.000991)
    assert stiffness[1, 1] == pytest.approx(10.0)


def test_an_implied_ratio_above_one_is_doubted_by_name():
    """nu13 = 0.3 makes nu31 = 3. S = [0.1, -0.03; -0.03, 0.01], determinant 0.0001: admissible, yet C11 is 10 E11."""
    with pytest.warns(LaminetWarning) as given:
        stiffness = of({"nu13": 0.3})
    np.testing.assert_allclose(stiffness[[0, 0, 2], [0, 2, 2]], [100.0, 300.0, 1000.0])
    assert [str(one.message) for one in given] == [
        "materials.yaml: composite 'glass': phase_2: nu13 = 0.3 implies nu31 = nu13 E33 / E11 = 3; a ratio above 0.6 "
        "is rare; the convention is S_13 = -nu13 / E11: if 0.3 is your nu31, give nu13 = nu31 E11 / E33 = 0.03"
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nu13": 0.4}, "nu13 = 0.4 implies nu31 = nu13 E33 / E11 = 4;.* give nu13 = .* = 0.04"),  # 0.4 x 4 > 1
        ({"nu13": 0.3, "nu12": 0.4}, "nu13 = 0.3 implies nu31 = .* = 3;.*S_13"),  # 1 - 0.16 - 0.9 < 0
        ({"nu23": -0.4}, r"nu23 = -0.4 implies nu32 = nu23 E33 / E22 = -4;.*S_23 = -nu23 / E22"),
        ({"nu12": 1.2}, "nu12 = 1.2 implies nu21 = nu12 E22 / E11 = 1.2; nu13 .* convention is S_ij = -nu_ij / E_i"),
    ],
)
def test_impossible_ratios_are_refused_by_name(changes, words):
    with pytest.raises(
        InputError, match=f"glass': phase_2: the constants give no positive definite stiffness: {words}"
    ):
        of(changes)


def test_of_many_phases_the_impossible_one_is_named():
    with pytest.raises(InputError, match=r"nu13 = 0\.4 implies nu31 = nu13 E33 / E11 = 4;"):
        orthotropic_stiffness(**FIBRE | {"nu13": np.array([0.03, 0.4])})


def test_a_large_ratio_of_the_stiff_axis_is_doubted_too():
    with pytest.warns(LaminetWarning, match=r"nu12 = 0.8 implies nu21 = nu12 E22 / E11 = 0.08;.* S_12 = -nu12 / E11$"):
        of({"E11": 100, "nu12": 0.8})


def test_axes_alike_are_not_doubted():
    """Where E11 = E22 both conventions give one stiffness: S = [0.1, -0.067; -0.067, 0.1], determinant 0.005511."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert of({"nu12": 0.67, "nu13": 0.0})[0, 1] == pytest.approx(0.067 / 0.005511)


def test_materials_of_the_study_and_of_the_documentation_are_not_doubted():
    files = [ROOT / "config.yaml", *(ROOT / "docs").glob("*.md")]
    phases = [
        yaml.safe_load(text)
        for file in files
        for text in re.findall(r"phase_\d: (\{law: (?:[^{}]|\{[^{}]*\})*\})", file.read_text(encoding="utf-8"))
    ]
    # docs/extend.md adds a law of its own, and the library of a UMAT is not there.
    phases = [phase for phase in phases if phase["law"] in LAWS and phase["law"] != "umat"]
    assert len(phases) >= 12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for phase in phases:
            composite("any", {"phase_1": phase, "phase_2": phase}, "here")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: of({"E11": 0}),
            "phase_2: E11 is 0.0; it must be positive; for a pore take 1e-6 of the other phase's$",
        ),
        (lambda: of({"G12": -0.0}), "phase_2: G12 is -0.0; .* for a pore"),
        (lambda: of({"G12": -4}), "phase_2: G12 is -4.0; it must be positive$"),
        (lambda: orthotropic_stiffness(**FIBRE | {"E33": 0.0}), "E33 is 0.0; .* for a pore"),
        (lambda: isotropic_stiffness(0.0, 0.3), "young is 0.0; .* for a pore"),
        (lambda: isotropic_stiffness(3.0, 0.5), "poisson is 0.5; it must lie between -1 and 0.5"),
        (lambda: isotropic_stiffness(3.0, np.array([0.3, -1.0])), "poisson is -1.0"),
    ],
)
def test_other_constants_out_of_range_are_named(call, words):
    with pytest.raises(InputError, match=words):
        call()
