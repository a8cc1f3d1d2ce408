"""Elastic data from elsewhere: the same stiffness whatever its notation, and what is wrong is named with its place."""

import numpy as np
import pytest
import xarray as xr

from laminet import mandel
from laminet.cli import main
from laminet.errors import InputError, LaminetWarning
from laminet.files import elastic, foreign, matrices, netcdf, plausibility
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import isotropic_stiffness
from laminet.network.block import laminate
from laminet.tables import write_table

PHASES = sample_phases(20, 1, 0, Sampling(contrast=1.0))
COMPOSITE = laminate(0.7, *PHASES, mandel.interface(np.array([0.0, 0.6, 0.8])))
TRUE = {"stiffness_1": PHASES[0], "stiffness_2": PHASES[1], "stiffness": COMPOSITE}
ABAQUS = ("11", "22", "33", "12", "13", "23")


def voigt(stiffness: np.ndarray) -> np.ndarray:
    """Mandel to Voigt by the definition: sigma = C gamma with unscaled stresses and engineering shear strains."""
    found = np.empty_like(stiffness)
    for j in range(6):
        strain = np.zeros(6)
        strain[j] = 1.0 if j < 3 else np.sqrt(2.0) / 2.0  # gamma = 1 is the Mandel component sqrt(2) gamma / 2
        stress = stiffness @ strain
        found[..., :, j] = np.concatenate([stress[..., :3], stress[..., 3:] / np.sqrt(2.0)], axis=-1)
    return found


def abaqus_mpa() -> dict[str, np.ndarray]:
    place = [mandel.INDEX[component] for component in ABAQUS]
    return {name: 1e3 * voigt(values)[:, place][:, :, place] for name, values in TRUE.items()}


def arguments(named: dict[str, np.ndarray]) -> dict[str, object]:
    """Arguments of elastic_data from stiffnesses by name, and others."""
    rest = {name: value for name, value in named.items() if not name.startswith("stiffness_")}
    return {"phases": [value for name, value in named.items() if name not in rest]} | rest


def write_csv(path, arrays, upper=True, delimiter=",", split=None):
    names = [f"{n}_{i + 1}{j + 1}" for n in arrays for i in range(6) for j in range(6) if j >= i or not upper]
    columns = [v[:, i, j] for v in arrays.values() for i in range(6) for j in range(6) if j >= i or not upper]
    lines = [delimiter.join(names + (["split"] if split is not None else []))]
    for k, row in enumerate(np.array(columns).T):
        lines.append(delimiter.join([repr(float(x)) for x in row] + ([split[k]] if split is not None else [])))
    path.write_text("\n".join(lines) + "\n")
    return path


def assert_same(dataset: xr.Dataset) -> None:
    assert dataset.attrs["notation"].startswith("Mandel")
    place = dataset["sample"].values
    assert dataset["phase"].values.tolist() == [1, 2]
    for phase, values in enumerate(PHASES, 1):
        np.testing.assert_allclose(dataset["stiffness_phase"].sel(phase=phase), values[place], rtol=1e-12)
    np.testing.assert_allclose(dataset["stiffness"], COMPOSITE[place], rtol=1e-12)


def test_isotropic_voigt_has_the_shear_modulus_on_its_diagonal():
    """E = 2.6, nu = 0.3: G = 1, which is C_44 in Voigt and half of C_44 in Mandel notation."""
    stiffness = isotropic_stiffness(2.6, 0.3)
    assert voigt(stiffness)[3, 3] == pytest.approx(1.0)
    assert stiffness[3, 3] == pytest.approx(2.0)


def test_notation_order_and_unit_are_converted():
    assert_same(foreign.elastic_data(**arguments(abaqus_mpa()), notation="voigt", order=ABAQUS, unit="MPa"))
    assert_same(foreign.elastic_data([1e9 * values for values in PHASES], 1e9 * COMPOSITE, unit="Pa"))
    with pytest.raises(AssertionError):
        assert_same(foreign.elastic_data(**arguments(abaqus_mpa()), notation="voigt", unit="MPa"))


@pytest.mark.parametrize(("upper", "delimiter"), [(True, ","), (False, ";")])
def test_command_reads_csv(tmp_path, capsys, upper, delimiter):
    path = write_csv(tmp_path / "own.csv", abaqus_mpa(), upper, delimiter)
    options = ["--notation", "voigt", "--order", ",".join(ABAQUS), "--unit", "MPa", "--validation", "4"]
    assert main(["import", str(path), *options, "--out", str(tmp_path / "elastic.nc")]) == 0
    assert "16 samples for training, 4 for validation" in capsys.readouterr().out
    assert_same(foreign.given(tmp_path / "elastic.nc"))


def test_command_reads_npz_with_its_split(tmp_path, capsys):
    split = np.array(["train", "validation"] * 10)
    np.savez(tmp_path / "own.npz", **TRUE, split=split)
    command = ["import", str(tmp_path / "own.npz"), "--notation", "mandel", "--unit", "GPa"]
    assert main([*command, "--out", str(tmp_path / "elastic.nc")]) == 0
    loaded = foreign.given(tmp_path / "elastic.nc")
    assert_same(loaded)
    np.testing.assert_array_equal(loaded["split"], split[loaded["sample"]])
    assert capsys.readouterr().err == "", "a laminate lies within the bounds"


def test_the_split_is_seeded_and_keeps_the_order():
    first, again, other = (foreign.elastic_data(PHASES, COMPOSITE, validation=0.25, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first["sample"], again["sample"])
    assert not np.array_equal(first["sample"], other["sample"])
    train = first["sample"].values[:15]
    assert (np.diff(train) > 0).all()
    assert list(first["split"].values) == ["train"] * 15 + ["validation"] * 5


def test_bounds_tell_swapped_phases_and_wrong_units():
    data = foreign.elastic_data(PHASES, COMPOSITE)
    assert plausibility.bounds_warning(data) is None
    assert plausibility.bounds_warning(data, 0.3) is None
    assert "of phase 2 (sample" in plausibility.bounds_warning(data, 0.6)
    stiffer = data.assign(stiffness=3.0 * data["stiffness"])
    assert "of phase 2, which fits best (sample" in plausibility.bounds_warning(stiffer)
    with pytest.raises(InputError, match="volume_fraction is 60"):
        foreign.elastic_data(PHASES, COMPOSITE, volume_fraction=60)
    with pytest.warns(LaminetWarning, match=r"mine: 20 of 20 samples lie outside .* at volume fraction 0.60"):
        foreign.elastic_data(PHASES, COMPOSITE, volume_fraction=0.6, where="mine")


def test_a_warning_does_not_stop_the_import(tmp_path, capsys):
    np.savez(tmp_path / "own.npz", **TRUE | {"stiffness": 5.0 * TRUE["stiffness"]})
    command = ["import", str(tmp_path / "own.npz"), "--notation", "mandel", "--unit", "GPa"]
    assert main([*command, "--out", str(tmp_path / "elastic.nc")]) == 0
    assert "outside the bounds of Voigt and Reuss" in capsys.readouterr().err
    assert (tmp_path / "elastic.nc").exists()


def asymmetric() -> np.ndarray:
    values = TRUE["stiffness"].copy()
    values[3, 0, 1] *= 2.0
    return values


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"notation": "kelvin"}, "notation is 'kelvin'"),
        ({"unit": "bar"}, "unit is 'bar'"),
        ({"order": ("11", "22", "33", "12", "13", "13")}, "order is 11,22,33,12,13,13"),
        ({"validation": 20}, "validation is 20 of 20 samples"),
        ({"validation": 0.0}, "validation is 0 of"),
        ({"validation": 2.5}, "validation is 2.5 of"),
        ({"split": ["train"] * 20}, "expected some of each"),
        ({"split": ["train"] * 3}, "one entry for each of 20"),
        ({"stiffness": TRUE["stiffness"][:5]}, "5 of stiffness"),
        ({"stiffness": TRUE["stiffness"][0]}, r"shape \(6, 6\)"),
        ({"stiffness": asymmetric()}, "stiffness: stiffness that is not symmetric at sample 3"),
        (
            {"stiffness_1": np.zeros((20, 6, 6))},
            "stiffness_1: stiffness with a zero on its diagonal.*1e-6 of the other",
        ),
        ({"stiffness": None}, "stiffness missing; give those of the phases and of the composite, or a data frame"),
        ({"phases": PHASES[:1]}, "holds 1 phases"),
        ({"phases": PHASES[0]}, r"phases has the shape \(20, 6, 6\); give \(samples, phases, 6, 6\), or a list"),
        ({"stiffness_2": -TRUE["stiffness_2"]}, "stiffness_2: stiffness that is not positive definite"),
        ({"stiffness_1": np.full((20, 6, 6), np.nan)}, "stiffness_1: NaN"),
    ],
)
def test_wrong_data_are_named(changes, words):
    with pytest.raises(InputError, match=f"mine.*{words}"):
        foreign.elastic_data(**arguments({**TRUE, "where": "mine", **changes}))


def test_wrong_files_are_named(tmp_path):
    good = write_csv(tmp_path / "good.csv", TRUE).read_text()
    word = good.rsplit(",", 1)[0] + ",stiff"
    name = "stiffness_1_11"
    quoted = good.replace(name, f'"\n\n{name}"', 1)  # a cell over three lines
    cases = {
        "empty.csv": ("", "needs a line of column names"),
        "missing.csv": (good.replace("stiffness_2_23", "stiffness_2_x"), "column 'stiffness_2_23' is missing"),
        "twice.csv": (good.replace("stiffness_2_23", "stiffness_2_22"), "'stiffness_2_22' occurs twice"),
        "blank.csv": ("\n" + word.replace("\n", "\n\n\n", 3), "line 28, column 'stiffness_66': 'stiff'"),
        "quoted.csv": (quoted[:-3] + "x\n", r"line 23, column 'stiffness_66': '.*x' is not a number"),
        "open.csv": (f'{good}"' + 140_000 * "x", "line 22 is not CSV .*; is a quotation mark left open"),
        "short.csv": (good.rsplit(",", 1)[0], "line 21 has 62 entries, the line of names 63"),
        "word.csv": (word, "line 21, column 'stiffness_66': 'stiff' is not a number"),
        "table.xlsx": ("", "is read as CSV or NPZ"),
        "damaged.npz": ("PK", "not a readable NPZ"),
    }
    for name, (text, words) in cases.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=words):
            matrices.read_elastic(tmp_path / name)
    np.savez(tmp_path / "some.npz", stiffness_1=1.0)
    with pytest.raises(InputError, match=r"stiffness_2, stiffness are missing \(there are: stiffness_1\)"):
        matrices.read_elastic(tmp_path / "some.npz")
    with pytest.raises(InputError, match="no such file"):
        matrices.read_elastic(tmp_path / "none.csv")


def test_a_table_of_elastic_data_is_imported_again(tmp_path):
    data = foreign.elastic_data(PHASES, COMPOSITE)
    netcdf.write(data, tmp_path / "elastic.nc", content="elastic", parameters={})
    assert write_table(tmp_path / "elastic.nc", tmp_path / "table.csv") == 20
    again = foreign.elastic_data(**matrices.read_elastic(tmp_path / "table.csv"))
    xr.testing.assert_allclose(again.drop_vars("sample"), data.drop_vars("sample"), rtol=1e-15)


class Frame:
    """What a data frame offers to those who do not know its package."""

    def __init__(self, columns: dict[str, np.ndarray]):
        self.columns = list(columns)
        self._values = np.array([list(map(value_of, values)) for values in columns.values()], dtype=object).T

    def to_numpy(self) -> np.ndarray:
        return self._values


def value_of(entry):
    return entry.item() if isinstance(entry, np.generic) else entry


def frame(split=None, **changes) -> Frame:
    columns = {
        f"{name}_{i + 1}{j + 1}": values[:, i, j]
        for name, values in TRUE.items()
        for i, j in zip(*np.triu_indices(6), strict=True)
    }
    return Frame(columns | ({} if split is None else {"split": split}) | changes)


def test_a_data_frame_is_read_as_a_csv():
    assert_same(foreign.elastic_data(frame()))
    assert_same(foreign.given(frame()))
    split = ["train"] * 15 + ["validation"] * 5
    assert list(foreign.given(frame(split))["split"].values) == split
    assert (foreign.elastic_data(frame(split), split=split[::-1])["split"].values == "train").sum() == 15
    mega = foreign.elastic_data(frame(), unit="MPa")
    np.testing.assert_allclose(mega["stiffness"], 1e-3 * TRUE["stiffness"][mega["sample"].values], rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            lambda: foreign.given(frame(stiffness_12=["soft"] * 20)),
            "row 0, column 'stiffness_12': 'soft' is not a number",
        ),
        (lambda: foreign.given(frame(stiffness_12=[None] * 20)), "row 0, column 'stiffness_12': None is not a number"),
        (lambda: foreign.given(Frame({"x": np.ones(3)})), "the column 'stiffness_1_11' is missing"),
        (lambda: foreign.elastic_data(frame(), COMPOSITE), "a data frame holds all stiffnesses"),
        (lambda: foreign.given(TRUE), "elastic data: is of type dict; give a file, a dataset or a data frame"),
        (lambda: foreign.given(None), "elastic data: is of type NoneType"),
    ],
)
def test_what_is_wrong_with_data_in_memory_is_named(data, words):
    with pytest.raises(InputError, match=words):
        data()


def three(scale: float = 1.0) -> list[np.ndarray]:
    """Three phases."""
    return [*PHASES, scale * 0.5 * (PHASES[0] + PHASES[1])]


def test_three_phases_go_through_csv_npz_and_netcdf(tmp_path):
    phases = three()
    data = foreign.elastic_data(phases, COMPOSITE)
    expected = np.stack(phases, axis=1)[data["sample"].values]
    np.testing.assert_allclose(data["stiffness_phase"], expected, rtol=1e-14)
    assert foreign.elastic_data(np.stack(phases, axis=1), COMPOSITE).identical(data)
    netcdf.write(data, tmp_path / "elastic.nc", content="elastic", parameters={})
    assert write_table(tmp_path / "elastic.nc", tmp_path / "table.csv") == 20
    assert "stiffness_3_66" in (tmp_path / "table.csv").read_text().split("\n")[0]
    names = {f"stiffness_{number}": phase for number, phase in enumerate(phases, 1)}
    np.savez(tmp_path / "own.npz", **names, stiffness=COMPOSITE)
    for name, place in (("table.csv", slice(None)), ("own.npz", data["sample"].values)):
        again = foreign.elastic_data(**matrices.read_elastic(tmp_path / name), validation=2)
        np.testing.assert_allclose(again.sortby("sample")["stiffness_phase"].values[place], expected, rtol=1e-14)
    assert foreign.given(tmp_path / "elastic.nc")["phase"].values.tolist() == [1, 2, 3]


def test_a_phase_left_out_is_named(tmp_path):
    np.savez(tmp_path / "own.npz", **TRUE, stiffness_4=COMPOSITE)
    with pytest.raises(InputError, match="the arrays stiffness_3 are missing"):
        matrices.read_elastic(tmp_path / "own.npz")


@pytest.mark.parametrize("count", [2, 3])
def test_a_file_of_the_old_form_is_read(tmp_path, count):
    phases = three()[:count]
    named = {f"stiffness_{number}": phase for number, phase in enumerate(phases, 1)} | {"stiffness": COMPOSITE}
    old = xr.Dataset(
        {name: (("sample", "i", "j"), values, {"units": "GPa"}) for name, values in named.items()},
        coords={"split": ("sample", ["train"] * 15 + ["validation"] * 5)},
        attrs={"notation": "Mandel"},
    )
    old.to_netcdf(tmp_path / "old.nc")
    for read in (foreign.given(tmp_path / "old.nc"), elastic.check(old, "old")):
        np.testing.assert_array_equal(read["stiffness_phase"], np.stack(phases, axis=1))
        assert not set(read.data_vars) & set(named) - {"stiffness"}
    assert write_table(tmp_path / "old.nc", tmp_path / "table.csv") == 20


def test_volume_fractions_of_three_phases_are_checked_against_the_bounds():
    """The mean of Voigt's and Reuss's bounds at 0.5, 0.3, 0.2 lies within them, and outside at other fractions."""
    phases, fractions = three(100.0), (0.5, 0.3, 0.2)
    voigt = sum(f * phase for f, phase in zip(fractions, phases, strict=True))
    reuss = np.linalg.inv(sum(f * np.linalg.inv(phase) for f, phase in zip(fractions, phases, strict=True)))
    data = foreign.elastic_data(phases, 0.5 * (voigt + reuss), volume_fraction=fractions)
    assert plausibility.bounds_warning(data) is None, "nothing is known of the fractions"
    assert "at volume fractions 0.98, 0.01, 0.01" in plausibility.bounds_warning(data, (0.98, 0.01, 0.01))
    for wrong in (0.3, (0.5, 0.5), (0.5, 0.3, 0.3)):
        with pytest.raises(InputError, match="give one for each of 3 phases, 1 in all"):
            plausibility.bounds_warning(data, wrong)


def test_the_command_takes_the_volume_fractions_of_all_phases(tmp_path, capsys):
    phases, own = three(100.0), str(tmp_path / "own.npz")
    voigt = sum(f * phase for f, phase in zip((0.5, 0.3, 0.2), phases, strict=True))
    np.savez(own, stiffness=voigt, **{f"stiffness_{k}": phase for k, phase in enumerate(phases, 1)})
    words = ["import", own, "--notation", "mandel", "--unit", "GPa", "--out", str(tmp_path / "own.nc")]
    assert main([*words, "--volume-fraction", "0.5", "0.3", "0.2"]) == 0
    assert "bounds" not in capsys.readouterr().err
    assert main([*words, "--volume-fraction", "0.98", "0.01", "0.01"]) == 0
    assert "at volume fractions 0.98, 0.01, 0.01" in capsys.readouterr().err
    assert main([*words, "--volume-fraction", "0.3"]) == 1
    assert "give one for each of 3 phases" in capsys.readouterr().err


def test_pandas_has_such_frames(tmp_path):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(write_csv(tmp_path / "own.csv", TRUE, split=["train"] * 15 + ["validation"] * 5))
    assert_same(foreign.given(table))


def noisy(size: float) -> np.ndarray:
    """The composite; sample 3 differs from its transpose by this share of its largest entry, sample 5 by a tenth."""
    values = TRUE["stiffness"].copy()
    for sample, share in ((3, 1.0), (5, 0.1)):
        values[sample, 0, 1] += share * size * values[sample].max()
    return values


def test_noise_of_solvers_is_made_symmetric_with_a_warning():
    words = r"mine: stiffness: .* not quite symmetric at sample 3 by 0.0005 of its largest entry \(2 in all\)"
    with pytest.warns(LaminetWarning, match=words):
        data = foreign.elastic_data(PHASES, noisy(5e-4), where="mine")
    place = int(np.flatnonzero(data["sample"].values == 3)[0])
    matrix, true = data["stiffness"].values[place], TRUE["stiffness"][3]
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[0, 1] == pytest.approx(true[0, 1] + 0.5 * 5e-4 * true.max(), rel=1e-12)
    assert elastic.check(data, "again").equals(data)


def test_rounding_is_made_symmetric_without_a_word(recwarn):
    data = foreign.elastic_data(PHASES, noisy(9e-7))
    np.testing.assert_array_equal(data["stiffness"], data["stiffness"].values.mT)
    assert not recwarn


def test_more_than_noise_is_refused_with_its_size():
    words = r"not symmetric at sample 3 by 0.002 of its largest entry \(2 in all\); up to 0.001 is taken as noise"
    with pytest.raises(InputError, match=words):
        foreign.elastic_data(PHASES, noisy(2e-3))
