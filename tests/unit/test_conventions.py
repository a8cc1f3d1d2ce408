"""Elastic matrices as people have them: every notation, order, unit and decimal sign means one fourth-order tensor."""

import itertools
import re

import numpy as np
import pytest

from laminet.cli import main
from laminet.errors import InputError
from laminet.files import conventions, foreign
from laminet.files.settings import ImportSettings
from laminet.mandel import COMPONENTS

MANUALS = {
    "abaqus": "11 22 33 12 13 23",
    "ansys": "11 22 33 12 23 13",
    "fans": "11 22 33 12 13 23",
    "lsdyna": "11 22 33 12 23 13",
    "nastran": "11 22 33 12 23 13",
    "voigt": "11 22 33 23 13 12",
}
NOTATIONS = ("mandel", "voigt", "tensor_shear")


def tensors(seed: int) -> np.ndarray:
    """Six anisotropic stiffnesses C_ijkl (6, 3, 3, 3, 3) in GPa, with every coupling of normal and shear components."""
    rng, one = np.random.default_rng(seed), np.eye(3)
    isotropic = 60.0 * np.einsum("ij,kl->ijkl", one, one) + 40.0 * (
        np.einsum("ik,jl->ijkl", one, one) + np.einsum("il,jk->ijkl", one, one)
    )
    noise = rng.normal(size=(6, 3, 3, 3, 3))
    for axes in ((0, 2, 1, 3, 4), (0, 1, 2, 4, 3), (0, 3, 4, 1, 2)):
        noise = noise + noise.transpose(axes)
    return isotropic + noise


def matrix(tensor: np.ndarray, notation: str, order: str) -> np.ndarray:
    """Matrices (6, 6, 6) of a tensor by the definition: entry IJ times strain J is stress I."""
    written = np.empty((6, 6, 6))
    for (row, first), (column, second) in itertools.product(enumerate(order.split()), repeat=2):
        (i, j), (k, m) = ([int(digit) - 1 for digit in name] for name in (first, second))
        entry = tensor[:, i, j, k, m]
        shears = (i != j, k != m)
        factor = {
            "mandel": np.sqrt(2.0) ** sum(shears),  # stress and strain times sqrt 2
            "voigt": 1.0,  # C_ijkl counts twice, the engineering shear strain holds both
            "tensor_shear": 2.0 ** shears[1],  # C_ijkl and C_ijlk count, the strain is that of the tensor
        }[notation]
        written[:, row, column] = factor * entry
    return written


PHASES, WHOLE = [tensors(1), 0.3 * tensors(2)], 0.6 * tensors(3)
TRUE = [matrix(tensor, "mandel", " ".join(COMPONENTS)) for tensor in (*PHASES, WHOLE)]


def written(notation: str, order: str, quantity: str, per_gpa: float = 1.0) -> list[np.ndarray]:
    arrays = [per_gpa * matrix(tensor, notation, order) for tensor in (*PHASES, WHOLE)]
    return [np.linalg.inv(values) for values in arrays] if quantity == "compliance" else arrays


def assert_true(data, rtol=1e-10) -> None:
    at = data["sample"].values
    for phase, values in enumerate(TRUE[:2], 1):
        np.testing.assert_allclose(data["stiffness_phase"].sel(phase=phase), values[at], rtol=rtol)
    if "stiffness" in data:
        np.testing.assert_allclose(data["stiffness"], TRUE[2][at], rtol=rtol)


def columns(arrays: list[np.ndarray], quantity: str, keep=lambda i, j: True) -> dict[str, np.ndarray]:
    names = [f"{quantity}_1", f"{quantity}_2", quantity][: len(arrays)]
    return {
        f"{name}_{i + 1}{j + 1}": values[:, i, j]
        for name, values in zip(names, arrays, strict=True)
        for i, j in np.ndindex(6, 6)
        if keep(i, j)
    }


def csv(table: dict[str, np.ndarray], separator=",", number=repr, end="\n") -> str:
    rows = zip(*table.values(), strict=True)
    return "".join(separator.join(line) + end for line in [list(table), *([number(float(x)) for x in r] for r in rows)])


@pytest.mark.parametrize("quantity", ["stiffness", "compliance"])
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("tool", MANUALS)
def test_every_notation_and_order_means_one_tensor(notation, tool, quantity):
    *phases, whole = written(notation, MANUALS[tool], quantity)
    how = {"notation": notation, "quantity": quantity, "validation": 1}
    assert_true(foreign.elastic_data(phases, whole, order=tool, **how))
    assert_true(foreign.elastic_data(phases, whole, order=MANUALS[tool].split(), **how))
    assert_true(foreign.phases_alone(phases, order=tool.upper(), **how))


@pytest.mark.parametrize(
    ("unit", "per_gpa"),
    [
        *(("GPa", 1.0), ("MPa", 1e3), ("kPa", 1e6), ("Pa", 1e9)),
        *(("psi", 1e9 / 6894.757293168), ("ksi", 1e6 / 6894.757293168), ("Msi", 1e3 / 6894.757293168)),
    ],
)
@pytest.mark.parametrize("quantity", ["stiffness", "compliance"])
def test_every_unit_is_converted(unit, per_gpa, quantity):
    *phases, whole = written("voigt", MANUALS["abaqus"], quantity, per_gpa)
    how = {"notation": "voigt", "order": "abaqus", "quantity": quantity, "validation": 1}
    assert_true(foreign.elastic_data(phases, whole, unit=unit, **how))


def test_the_shear_modulus_stands_where_it_must():
    """E = 2.6, nu = 0.3: G = 1; S_44 is 1 / G in Voigt's notation and 1 / (2 G) in the others."""
    compliance = np.diag([1 / 2.6] * 3 + [1.0] * 3)
    compliance[:3, :3] -= 0.3 / 2.6 * (1.0 - np.eye(3))
    for notation, shear in (("voigt", 1.0), ("mandel", 0.5), ("tensor_shear", 0.5)):
        given = compliance.copy()
        given[3:, 3:] *= shear
        how = ImportSettings(notation, "GPa", quantity="compliance")
        assert conventions.stiffness(given[None], how, "")[0, 3, 3] == pytest.approx(2.0)


@pytest.mark.parametrize("quantity", ["stiffness", "compliance"])
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("upper", [True, False])
def test_one_triangle_of_a_matrix_is_enough(tmp_path, notation, quantity, upper):
    """Also of one that is not symmetric: in tensor_shear entry 14 is twice entry 41."""
    arrays = written(notation, MANUALS["nastran"], quantity)
    table = columns(arrays, quantity, lambda i, j: j >= i if upper else j <= i)
    (tmp_path / "own.csv").write_text(csv(table))
    how = {"notation": notation, "order": "nastran", "quantity": quantity, "validation": 1}
    assert_true(foreign.from_file(tmp_path / "own.csv", **how))


def test_the_command_imports_compliances(tmp_path, capsys):
    first, second, whole = written("voigt", MANUALS["lsdyna"], "compliance", 1e3)
    np.savez(tmp_path / "own.npz", compliance_1=first, compliance_2=second, compliance=whole)
    how = "--notation voigt --order lsdyna --unit MPa --validation 1"
    command = f"import {tmp_path}/own.npz {how} --out {tmp_path}/e.nc"
    assert main([*command.split(), "--quantity", "compliance"]) == 0
    assert_true(foreign.given(tmp_path / "e.nc"))
    assert main(command.split()) == 1
    expected = "own.npz: its names begin with 'compliance', not with 'stiffness'; choose the quantity 'compliance'\n"
    assert capsys.readouterr().err.endswith(expected)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda s: s[4].__setitem__((slice(3, 6), slice(3, 6)), 1.0), "that is not positive definite at sample 4"),
        (lambda s: s[4].__setitem__((5, 5), 0.0), "with a zero on its diagonal at sample 4 .*a rigid phase about 1e-6"),
        (lambda s: s[4].__setitem__((0, 0), np.nan), "NaN or infinite compliance at sample 4"),
        (lambda s: s[4].__setitem__((0, 1), 7.0), "that is not symmetric at sample 4"),
    ],
)
def test_a_compliance_that_cannot_be_inverted_is_one_line(tmp_path, capsys, damage, words):
    arrays = written("voigt", MANUALS["voigt"], "compliance")
    damage(arrays[1])
    np.savez(tmp_path / "own.npz", compliance_1=arrays[0], compliance_2=arrays[1], compliance=arrays[2])
    command = f"import {tmp_path}/own.npz --notation voigt --unit GPa --quantity compliance --out {tmp_path}/e.nc"
    assert main(command.split()) == 1
    (line,) = capsys.readouterr().err.strip().split("\n")
    assert re.search(f"own.npz: compliance_2: .*{words}", line)


def german(number: float) -> str:
    return repr(number).replace(".", ",")


def fortran(number: float) -> str:
    return f"{number:.17E}".replace("E", "D")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("separator", "number"),
    [
        (";", german),
        ("\t", german),
        (";", repr),
        (",", fortran),
        ("\t", lambda x: fortran(x).lower()),
        (";", lambda x: fortran(x).replace(".", ",")),
        (";", lambda x: f" {x:.0f} " if x == round(x) else german(x)),
        (",", lambda x: f'"{x!r}"'),
    ],
)
def test_tables_of_spreadsheets_and_fortran_are_read(tmp_path, separator, number, mark, end):
    table = columns([values[:2] for values in TRUE], "stiffness")
    path = tmp_path / "own.csv"
    path.write_bytes((mark + csv(table, separator, number, end)).encode())
    assert_true(foreign.from_file(path, validation=1))


def test_an_exponent_of_three_digits_may_lack_its_letter(tmp_path):
    """As Fortran prints 1e-103 in the field of a usual number."""
    arrays = [np.eye(6)[None].repeat(2, axis=0) * value for value in (1.0, 2.0, 1.5)]
    text = csv(columns(arrays, "stiffness"), number=lambda x: f"{x:.4E}" if x else "0.1000-103")
    (tmp_path / "own.csv").write_text(text)
    data = foreign.from_file(tmp_path / "own.csv", validation=1)
    np.testing.assert_allclose(data["stiffness"], arrays[2], atol=1e-100)


TABLE = columns([values[:2] for values in TRUE], "stiffness")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            csv(TABLE, ",", german),
            "line 2 has 2[0-9]+ entries, the line of names 108; if the comma is the decimal sign",
        ),
        (
            csv(TABLE, ",", lambda x: f'"{german(x)}"'),
            r"the comma separates entries and is the decimal sign, too \(line 2",
        ),
        (
            csv(TABLE, ";", german).replace(",", ".", 1),
            r"holds decimal commas \(line 2: .*\) and points \(line 2: .*use",
        ),
        (csv(TABLE, ";", lambda x: "1.234,5"), "line 2, column 'stiffness_1_11': '1.234,5' is not a number"),
        (csv(TABLE, ";", lambda x: "1,234.5"), "line 2, column 'stiffness_1_11': '1,234.5' is not a number"),
        (csv(TABLE, ";", lambda x: "1,2,3"), "'1,2,3' is not a number .no units, no thousands separators"),
        (csv(TABLE, ",", lambda x: "1D"), "'1D' is not a number"),
        (csv(TABLE, ",", lambda x: "12-345"), "'12-345' is not a number"),
        (csv(TABLE, ",", lambda x: "1.0 GPa"), "'1.0 GPa' is not a number"),
    ],
)
def test_an_ambiguous_table_is_one_line_with_the_remedy(tmp_path, text, words):
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(InputError, match=rf"own.csv: .*{words}"):
        foreign.from_file(tmp_path / "own.csv", validation=1)


def test_commas_in_a_column_that_is_not_used_say_nothing(tmp_path):
    rows = csv(TABLE, ";", repr).split("\n")
    text = "\n".join([f"note;{rows[0]}", *(f"1,5;{row}" for row in rows[1:] if row)])
    (tmp_path / "own.csv").write_text(text)
    with pytest.warns(UserWarning, match="the columns 'note' are not used"):
        assert_true(foreign.from_file(tmp_path / "own.csv", validation=1))


def test_an_unknown_tool_is_named_with_those_there_are():
    message = "order is marc; it must name 11, 22, 33, 23, 13, 12 once each, or be one of abaqus, fans, ansys, lsdyna"
    with pytest.raises(InputError, match=message):
        foreign.elastic_data(TRUE[:2], TRUE[2], order="marc")


def test_phases_are_sampled_in_any_convention(tmp_path, capsys):
    """The same numbers as of the stiffnesses in laminet's form, to rounding."""
    rve = tmp_path / "rve.nc"
    assert main(f"rve --fibres 1 --volume-fraction 0.3 --refinement 12 --candidates 1 --out {rve}".split()) == 0
    np.savez(tmp_path / "ours.npz", stiffness_1=TRUE[0], stiffness_2=TRUE[1])
    arrays = written("tensor_shear", MANUALS["abaqus"], "compliance", 1e3)[:2]
    (tmp_path / "own.csv").write_text(csv(columns(arrays, "compliance"), ";", lambda x: fortran(x).replace(".", ",")))
    command = f"sample --rve {rve} --validation 2 --phases {tmp_path}"
    assert main(f"{command}/ours.npz --out {tmp_path}/ours.nc".split()) == 0
    how = "--notation tensor_shear --order abaqus --unit MPa --quantity compliance"
    assert main(f"{command}/own.csv {how} --out {tmp_path}/own.nc".split()) == 0
    ours, own = foreign.given(tmp_path / "ours.nc"), foreign.given(tmp_path / "own.nc")
    assert_true(own.drop_vars("stiffness"))
    np.testing.assert_allclose(own["stiffness"], ours["stiffness"], rtol=1e-9)
    assert list(own["split"].values) == list(ours["split"].values)
    command = command.replace("--validation 2 ", "")
    assert main(f"{command}/ours.nc --out {tmp_path}/again.nc".split()) == 0
    again = foreign.given(tmp_path / "again.nc")
    np.testing.assert_array_equal(again["stiffness"], ours["stiffness"])
    for name in ("split", "sample"):
        np.testing.assert_array_equal(again[name], ours[name])
    capsys.readouterr()
    for options, named in (("--validation 3 --unit MPa", "unit, validation"), ("--seed 1", "seed")):
        assert main(f"{command}/ours.nc {options} --out {tmp_path}/x.nc".split()) == 1
        assert f"sample: {named}: only for phases in CSV or NPZ, and {tmp_path}/ours.nc is" in capsys.readouterr().err
    assert main(f"sample --rve {rve} --samples 2 --unit MPa --order abaqus --out {tmp_path}/x.nc".split()) == 1
    assert "unit, order: only for given phases; give them by --phases, or leave it out" in capsys.readouterr().err
