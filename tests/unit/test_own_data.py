"""Elastic data of one's own: labels are believed or refused, entries are plain numbers, slips are one clear line."""

import warnings

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.errors import InputError, LaminetWarning
from laminet.files import elastic, foreign, matrices
from laminet.tables import write_table

OURS = "Mandel (11, 22, 33, 23, 13, 12)"
STEEL = np.diag([160.0] * 6)  # Mandel, GPa: lambda = 120, mu = 80
STEEL[:3, :3] += 120.0
SAMPLES = np.stack([factor * STEEL for factor in (0.5, 0.75, 1.0, 1.25)])


def dataset(factor: float = 1.0, unit: str | None = "GPa", old: bool = False, **attributes) -> xr.Dataset:
    """Four samples of two steels and their mean, with these labels."""
    labels = {} if unit is None else {"units": unit}
    one, two, both = factor * SAMPLES, 2.0 * factor * SAMPLES, 1.5 * factor * SAMPLES
    matrices = {"stiffness": (("sample", "i", "j"), both, labels)}
    if old:
        matrices |= {f"stiffness_{k}": (("sample", "i", "j"), values, labels) for k, values in ((1, one), (2, two))}
    else:
        matrices["stiffness_phase"] = (("sample", "phase", "i", "j"), np.stack([one, two], axis=1), labels)
    return xr.Dataset(matrices, {"split": ("sample", ["train"] * 3 + ["validation"])}, attributes)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(("unit", "factor"), [("GPa", 1.0), ("MPa", 1e3), ("Pa", 1e9), (None, 1.0)])
def test_units_that_are_said_count(tmp_path, unit, factor, old):
    """Steel has 280 GPa = 280,000 MPa along 11; files, datasets and tables of them."""
    own = dataset(factor, unit, old, notation=OURS)
    own.to_netcdf(tmp_path / "own.nc")
    write_table(tmp_path / "own.nc", tmp_path / "own.csv")
    for read in (foreign.given(own), foreign.given(tmp_path / "own.nc")):
        assert float(read["stiffness_phase"][2, 0, 0, 0]) == pytest.approx(280.0)
        assert float(read["stiffness"][2, 0, 0]) == pytest.approx(420.0)
        assert read["stiffness"].attrs.get("units", "GPa") == "GPa"
    table = matrices.read_elastic(tmp_path / "own.csv")
    assert table["phases"][0][2, 0, 0] == pytest.approx(280.0)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"notation": "Voigt (11,22,33,23,13,12)"}, "'notation' is 'Voigt .*expected Mandel.*elastic_data.*import"),
        ({"notation": "Mandel (11,22,33,12,13,23)"}, "'notation' is 'Mandel .11,22,33,12"),
        ({"notation": 3}, "'notation' is 3"),
        ({"unit": "bar"}, "the unit of 'stiffness.*' is 'bar'; it must be GPa, MPa, kPa, Pa.*elastic_data"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_other_labels_are_refused(labels, words, old):
    with pytest.raises(InputError, match=f"elastic data: .*{words}"):
        foreign.given(dataset(**{"unit": None, "old": old, **labels}))
    in_variable = dataset(unit=None, old=old)
    in_variable["stiffness"].attrs |= labels
    with pytest.raises(InputError, match=words):
        foreign.given(in_variable)


@pytest.mark.parametrize(
    ("labels", "trusted"),
    [
        ({"notation": OURS}, True),
        ({"notation": "mandel"}, False),
        ({"notation": OURS, "unit": None}, False),
        ({}, False),
    ],
)
def test_only_data_that_say_notation_order_and_unit_are_not_looked_at(labels, trusted):
    """In Voigt's notation steel has 80 instead of 160 on its diagonal, as if the data were so."""
    own = dataset(**labels)
    for name in ("stiffness_phase", "stiffness"):
        own[name][..., 3:, 3:] *= 0.5
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        foreign.given(own)
    assert any("have notation voigt" in str(entry.message) for entry in record) != trusted


MASKED = np.ma.masked_array(SAMPLES, mask=np.arange(144).reshape(4, 6, 6) == 7)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (SAMPLES + 1j, "holds complex numbers"),
        (MASKED, "holds masked entries"),
        (SAMPLES.astype(str), "holds what is not a number"),
        ([[1.0, 2.0], [3.0]], "lists of unequal lengths"),
    ],
)
def test_what_is_not_plainly_real_is_refused_wherever_arrays_are_given(values, words, sparse_network, composites):
    network = laminet.Network(sparse_network("imn", 2, 0, 3))
    law = network.material(composites[1])
    calls = [
        lambda: foreign.elastic_data([values, SAMPLES], SAMPLES),
        lambda: foreign.phases_alone([SAMPLES, values]),
        lambda: network.homogenize(values, STEEL),
        lambda: law.update(values, law.virgin()),
        lambda: law.update(np.zeros((1, 6)), values),
    ]
    for call in calls:
        with pytest.raises(InputError, match=words):
            call()


def test_phases_in_both_forms_are_refused():
    data = foreign.elastic_data([SAMPLES, 2.0 * SAMPLES], 1.5 * SAMPLES, validation=1)
    both = data.assign(stiffness_1=data["stiffness"])
    with pytest.raises(
        InputError, match=r"^own: holds both 'stiffness_phase' and 'stiffness_1'; leave one of them out$"
    ):
        elastic.check(both, "own")


def test_a_mask_that_hides_nothing_is_no_mask():
    data = foreign.elastic_data([np.ma.masked_array(SAMPLES), 2.0 * SAMPLES], 1.5 * SAMPLES, validation=1)
    np.testing.assert_allclose(data["stiffness"], 1.5 * SAMPLES[data["sample"].values])


def test_arrays_of_an_npz_are_real(tmp_path, capsys):
    np.savez(tmp_path / "own.npz", stiffness_1=SAMPLES + 1j, stiffness_2=SAMPLES, stiffness=SAMPLES, Split=np.ones(4))
    command = ["import", str(tmp_path / "own.npz"), "--notation", "mandel", "--unit", "GPa"]
    assert main([*command, "--out", str(tmp_path / "own.nc")]) == 1
    error = capsys.readouterr().err
    assert "stiffness_1: holds complex numbers" in error
    assert "the arrays 'Split' are not used" in error


def csv(head: str = "", between: str = ",", after: str = "", cell: str = "", more: str = "") -> str:
    """A table of the four samples; `after` ends every line, `cell` is the first number, `more` a column of ones."""
    named = {"stiffness_1": SAMPLES, "stiffness_2": 2.0 * SAMPLES, "stiffness": 1.5 * SAMPLES}
    names = [f"{name}_{i + 1}{j + 1}" for name in named for i in range(6) for j in range(i, 6)]
    rows = [[repr(float(v[k, i, j])) for v in named.values() for i in range(6) for j in range(i, 6)] for k in range(4)]
    rows[0][0] = cell or rows[0][0]
    lines = [[*names, *[more] * bool(more)], *([*row, *["1"] * bool(more)] for row in rows)]
    return head + "".join(between.join(line) + after + "\n" for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        csv(after=",,"),
        csv("sep=;\n", ";"),
        csv("sep=;\r\n", ";", after="\r"),
        csv("sep=|\n", "|"),
        csv(cell=" 140.0 "),
        csv(cell="1.4E2"),
    ],
)
def test_habits_of_spreadsheets_are_taken(tmp_path, text, recwarn):
    (tmp_path / "own.csv").write_text(text, newline="")
    read = matrices.read_elastic(tmp_path / "own.csv")
    np.testing.assert_allclose(read["phases"][0], SAMPLES)
    np.testing.assert_allclose(read["stiffness"], 1.5 * SAMPLES)
    assert not recwarn


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (csv("# GPa, Mandel\n"), "line 1 is a comment; begin with the line of column names"),
        (csv(cell="1_40"), "line 2, column 'stiffness_1_11': '1_40' is not a number"),
        (csv(cell="inf"), "'inf' is not a number"),
        (csv(cell="nan"), "'nan' is not a number"),
        (csv("sep=;\n", ";", cell="stiff"), "line 3, column 'stiffness_1_11'"),
    ],
)
def test_what_only_looks_like_a_table_is_named(tmp_path, text, words):
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        matrices.read_elastic(tmp_path / "own.csv")


@pytest.mark.parametrize("name", ["Split", "splits", "stiffness_1_77", "volume"])
def test_a_column_that_is_not_used_is_named(tmp_path, name):
    (tmp_path / "own.csv").write_text(csv(more=name))
    with pytest.warns(LaminetWarning, match=f"own.csv: the columns '{name}' are not used"):
        matrices.read_elastic(tmp_path / "own.csv")


def test_the_order_may_have_spaces(tmp_path):
    (tmp_path / "own.csv").write_text(csv())
    command = ["import", str(tmp_path / "own.csv"), "--notation", "mandel", "--unit", "GPa"]
    assert (
        main([*command, "--order", "11, 22, 33, 12, 13, 23", "--validation", "1", "--out", str(tmp_path / "own.nc")])
        == 0
    )


@pytest.mark.parametrize("order", ["11,22,33,12,13,23", "11, 22, 33, 12, 13, 23", [11, 22, 33, 12, 13, 23]])
def test_an_order_is_a_text_or_numbers_as_well(order):
    """What stands fourth is 12: the sixth of Mandel's."""
    values = SAMPLES.copy()
    values[:, 3, 3] *= 1.01
    data = foreign.elastic_data([values, 2.0 * values], 1.5 * values, order=order, validation=1)
    assert float(data["stiffness"].sel(sample=2)[5, 5]) == pytest.approx(1.5 * 1.01 * 160.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"order": None}, "order is None; it must name 11, 22"),
        ({"order": 11}, "order is 11; it must name 11, 22"),
        ({"unit": ["GPa"]}, r"unit is \['GPa'\]; it must be one of GPa"),
        ({"notation": None}, "notation is None; it must be one of mandel"),
        ({"validation": "2"}, "validation is '2'; it must be a number"),
        ({"validation": np.nan}, "validation is nan; it must be a number"),
        ({"validation": np.inf}, "validation is inf; it must be a number"),
        ({"validation": None}, "validation is None; it must be a number"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0"),
        ({"seed": 1.5}, "seed is 1.5; it must be a whole number from 0"),
        ({"split": [["train"], ["train", "validation"]]}, "split is .*expected one entry for each sample"),
        ({"volume_fraction": "0.5"}, "volume_fraction is '0.5'; it must be a number from 0 to 1"),
        ({"volume_fraction": np.nan}, "volume_fraction is nan; it must be a number from 0 to 1"),
    ],
)
def test_a_slip_in_python_is_one_line(options, words):
    with pytest.raises(InputError, match=words):
        foreign.elastic_data([SAMPLES, 2.0 * SAMPLES], 1.5 * SAMPLES, **{"validation": 1, **options})


def test_a_volume_fraction_may_be_an_array():
    for fraction in (np.array(0.5), np.array([0.5, 0.5]), np.float32(0.5)):
        foreign.elastic_data([SAMPLES, 2.0 * SAMPLES], 1.4 * SAMPLES, validation=1, volume_fraction=fraction)


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--validation", "nan"], ["--validation", "inf"]])
def test_a_slip_on_the_command_line_is_no_fault_of_laminet(tmp_path, capsys, options):
    (tmp_path / "own.csv").write_text(csv())
    command = ["import", str(tmp_path / "own.csv"), "--notation", "mandel", "--unit", "GPa"]
    assert main([*command, *options, "--out", str(tmp_path / "own.nc")]) == 1
    error = capsys.readouterr().err
    assert "fault in laminet" not in error
    assert f"{options[0][2:]} is {options[1]}; it must be" in error
