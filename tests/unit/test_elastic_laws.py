"""Elastic phases of a materials file: isotropic, transversely isotropic, orthotropic, or by their 6 x 6 stiffness."""

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import InputError, LaminetWarning
from laminet.materials.laws import Elastic, Isotropic, Orthotropic, TransverselyIsotropic
from laminet.materials.library import Composite, composite
from laminet.online.export import text

CONVENTION = r"the convention is S_ij = -nu_ij / E_i"
CARBON = {"E_axial": 230.0, "E_transverse": 15.0, "nu_axial": 0.2, "nu_transverse": 0.25, "G_axial": 24.0}


def law_of(**fields):
    return composite("c", {"phase_1": fields}, "here").laws[0]


def compliance(law) -> np.ndarray:
    """(6, 6), Voigt: engineering shear strains by stresses."""
    return np.linalg.inv(law.stiffness) * np.outer(mandel.FACTOR, mandel.FACTOR)


def test_isotropic_elasticity_has_the_moduli_of_lame():
    """E = 2.6, nu = 0.3: G = 1 and lambda = 2 G nu / (1 - 2 nu) = 1.5 GPa."""
    law = law_of(law="isotropic", young=2.6, poisson=0.3)
    expected = 2.0 * np.eye(6)
    expected[:3, :3] += 1.5
    np.testing.assert_allclose(law.stiffness, expected, rtol=1e-14)
    assert law.describe() == "isotropic elastic, E = 2.6, 2.6, 2.6 GPa"


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_transverse_isotropy_has_its_constants_along_its_axis(axis):
    """Strains under a load along the axis and across it, by S_ij = -nu_ij / E_i."""
    law = law_of(law="transversely_isotropic", axis=axis, **CARBON)
    S, (a, b, c) = compliance(law), np.roll(np.arange(3), 1 - axis)
    np.testing.assert_allclose(S[[a, b, c], a], [1 / 230, -0.2 / 230, -0.2 / 230], rtol=1e-12)
    np.testing.assert_allclose(S[[a, b, c], b], [-0.2 / 230, 1 / 15, -0.25 / 15], rtol=1e-12)
    shear = {0: 1 / 24, 1: 1 / 24, 2: 1 / 24} | {axis - 1: 2 * 1.25 / 15}  # 23, 13, 12 are opposite to 1, 2, 3
    np.testing.assert_allclose(np.diag(S)[3:], [shear[0], shear[1], shear[2]], rtol=1e-12)
    angle = np.zeros(3)
    angle[axis - 1] = 0.7
    R = mandel.rotation(mandel.euler(angle))
    np.testing.assert_allclose(R @ law.stiffness @ R.T, law.stiffness, atol=1e-12)


def test_a_stiffness_is_read_in_any_notation_and_order(rng):
    """Voigt's matrix in the order of Abaqus: C_44 is that of shear 12, and no factor of two stands in it."""
    given = np.diag([10.0, 11.0, 12.0, 3.0, 4.0, 5.0])
    given[0, 1] = given[1, 0] = 2.0
    given[0, 3] = given[3, 0] = 0.5  # 11 with 12
    law = law_of(law="stiffness", stiffness=given.tolist(), notation="voigt", order="abaqus")
    expected = np.diag([10.0, 11.0, 12.0, 10.0, 8.0, 6.0])
    expected[0, 1] = expected[1, 0] = 2.0
    expected[0, 5] = expected[5, 0] = 0.5 * np.sqrt(2.0)
    np.testing.assert_allclose(law.stiffness, expected, rtol=1e-14)
    listed = law_of(law="stiffness", stiffness=given.tolist(), notation="voigt", order=[11, 22, 33, 12, 13, 23])
    assert listed == law
    tensor = given * np.outer(np.ones(6), [1, 1, 1, 2, 2, 2])
    same = law_of(law="stiffness", stiffness=tensor.tolist(), notation="tensor_shear", order="abaqus")
    np.testing.assert_allclose(same.stiffness, law.stiffness, rtol=1e-14)


@pytest.mark.parametrize(
    "law",
    [
        Isotropic(70.0, 0.3),
        TransverselyIsotropic(3, **CARBON),
        Elastic(np.diag([1.1, 2.0, 3.0, 0.7, 0.6, 0.5])),
        Orthotropic(20.0, 20.0, 72.0, 8.0, 29.0, 29.0, 0.25, 0.1, 0.1),
    ],
)
def test_elastic_laws_are_written_and_read_without_loss(law, sparse_network):
    one = Composite("c", (law, law))
    assert composite("c", one.to_fields(), "here") == one
    assert one.text
    numbers = text(sparse_network("imn", 2, 1, 3), one).splitlines()[2].split()
    assert numbers[:3] == ["phase", "1", "elastic"]
    np.testing.assert_array_equal(np.array(numbers[3:], dtype=float), law.stiffness.ravel())


ROWS = np.eye(6).tolist()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"law": "isotropic", "young": 70, "poisson": 0.5}, f"poisson is 0.5; it must lie between -1 .*; {CONVENTION}"),
        ({"law": "isotropic", "young": 0, "poisson": 0.3}, "young is 0.0; it must be positive; for a pore take 1e-6"),
        ({"law": "isotropic", "young": 70}, "poisson is missing; it must be a number"),
        (CARBON | {"axis": 4}, "axis is 4; it must be a whole number from 1 to 3"),
        (CARBON | {"axis": "z"}, "axis is 'z'; it must be a whole number from 1 to 3"),
        (CARBON, "axis is missing; it must be a whole number from 1 to 3"),
        (CARBON | {"axis": 1, "G_axial": -1}, "G_axial is -1.0; it must be positive"),
        (CARBON | {"axis": 1, "nu_transverse": 1.0}, f"nu_transverse is 1.0; it must lie .*; {CONVENTION}"),
        # sqrt(0.5 * 0.75 * 230 / 15) = 2.398
        (
            CARBON | {"axis": 1, "nu_axial": 3},
            rf"nu_axial is 3.0; it must lie between -2.398 and 2.398 .*; {CONVENTION}",
        ),
        ({"law": "stiffness", "stiffness": ROWS}, "notation is missing; it must be one of mandel, voigt, tensor_shear"),
        ({"law": "stiffness", "stiffness": ROWS[1:], "notation": "voigt"}, "it must be 6 lists of 6 numbers"),
        ({"law": "stiffness", "stiffness": 3, "notation": "voigt"}, "stiffness is 3; it must be 6 lists of 6 numbers"),
        (
            {"law": "stiffness", "stiffness": ROWS, "notation": "voigt", "order": "ansys,x"},
            "order is ansys,x; it must name 11, 22, 33, 23, 13, 12 once each, or be one of abaqus",
        ),
        (
            {"law": "stiffness", "stiffness": (-np.eye(6)).tolist(), "notation": "voigt"},
            "voigt notation, order 11,22,33,23,13,12: stiffness that is not positive definite",
        ),
        (
            {"law": "stiffness", "stiffness": (np.eye(6) + np.eye(6, k=1)).tolist(), "notation": "voigt"},
            "stiffness that is not symmetric",
        ),
    ],
)
def test_bad_elastic_laws_are_named_with_their_remedy(fields, message):
    with pytest.raises(InputError, match=f"^here: composite 'c': phase_1: .*{message}") as error:
        law_of(**{"law": "transversely_isotropic"} | fields)
    assert "\n" not in str(error.value)


def test_other_axes_are_refused_in_python_too():
    with pytest.raises(InputError, match="axis is 0; it must be 1, 2 or 3"):
        TransverselyIsotropic(0, **CARBON)


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        (
            {"nu_axial": 0.8},
            r"nu_axial = 0.8 implies nu_axial E_transverse / E_axial = 0.05217 .* rare; the convention",
        ),
        ({"G_axial": 24000}, r"G_axial = 2.4e\+04 is 4.1e\+02 of sqrt\(E_axial E_transverse\): are all moduli in GPa"),
    ],
)
def test_strange_constants_are_doubted(change, doubt):
    with pytest.warns(LaminetWarning, match=doubt):
        law_of(law="transversely_isotropic", axis=3, **CARBON | change)
