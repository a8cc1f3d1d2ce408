"""Training curves: simulated on a cell, measured, on disk, merged, and as a loss takes them."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
import yaml

import laminet
from laminet import mandel
from laminet.cells.fibres import curve_simulation, system
from laminet.cells.fibres.cell import CellSettings, build, save
from laminet.cells.fibres.settings import CurveMeshSettings
from laminet.cli import main
from laminet.errors import ConvergenceError, InputError, LaminetWarning
from laminet.files import netcdf, training_curves
from laminet.loading.settings import CASES, CurveSettings
from laminet.materials.points import Points
from laminet.materials.settings import CompositeRanges
from laminet.training.curve_data import curve_data_of

SMALL = CurveSettings(count=1, validation=1, random_paths=2, steps=4, strain=0.02)
UNIFORM = CompositeRanges(
    young=(10.0, 10.0),
    poisson=(0.3, 0.3),
    yield_strain=(0.1, 0.1),
    contrast=(1.0, 1.0),
    axial=(1.0, 1.0),
    transverse=(1.0, 1.0),
    fibre_poisson=(0.3, 0.3),
    fibre_shear=(1.0 / 2.6, 1.0 / 2.6),
)
"""Matrix and fibre are one isotropic material, which does not yield at the strains of the tests."""


@pytest.fixture(scope="module")
def cell():
    return build(CellSettings(fibres=1, refinement=12, candidates=1, volume_fraction=0.3, seed=1))


@pytest.fixture(scope="module")
def simulated(cell) -> xr.Dataset:
    return curve_simulation.simulate(cell, SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, cell, composites):
    place = tmp_path_factory.mktemp("curves")
    save(cell, place / "rve.nc", {})
    held = {entry.name: entry.to_fields() for entry in composites.values()}
    (place / "materials.yaml").write_text(yaml.safe_dump(held))
    return place


def same(first: xr.Dataset, second: xr.Dataset) -> bool:
    """Whether two datasets hold the same curves, whatever time they took."""
    return first.drop_vars("cpu_time").equals(second.drop_vars("cpu_time"))


def test_a_uniform_cell_has_the_curves_of_its_material(cell):
    """Hooke's law by hand: uniaxial stress E e, uniaxial strain (lambda + 2 G) e, shear 2 G e."""
    settings = CurveSettings(count=1, validation=0, random_paths=0, steps=2, strain=0.01, composites=UNIFORM)
    curves = curve_simulation.simulate(cell, settings)
    confined = {"strain": 10.0 * 0.7 / (1.3 * 0.4), "stress": 10.0}
    for curve in curves.transpose("curve", ...).curve.values:
        one = curves.isel(curve=curve)
        case, _, strain = str(one["path"].item()).partition(":")
        assert float(strain) == 0.01
        index = mandel.INDEX[case]
        modulus = confined[one["control"].item()] if index < 3 else 10.0 / 1.3
        expected = modulus * mandel.FACTOR[index] * np.array([0.0, 0.005, 0.01])
        np.testing.assert_allclose(one["stress"].values[:, index], expected, rtol=1e-4)  # G13 has five digits
        np.testing.assert_array_equal(one["loaded"].values, np.arange(6) == index)
        if one["control"] == "stress":
            assert not one["stress"].values[:, np.arange(6) != index].any(), "what is prescribed is so exactly"


def test_the_file_keeps_its_contract(simulated, tmp_path):
    assert simulated.sizes == {"curve": 28, "step": 5, "component": 6}
    assert set(simulated.coords) == {"curve", "step", "component", "composite", "control", "path", "split"}
    assert {name: simulated[name].dims for name in simulated.data_vars} == {
        "strain": ("curve", "step", "component"),
        "stress": ("curve", "step", "component"),
        "loaded": ("curve", "component"),
        "converged": ("curve", "step"),
        "cpu_time": ("curve",),
        "time": ("curve", "step"),
    }
    assert simulated["time"].values[:, 0].tolist() == [0.0] * 28
    assert np.nanmax(simulated["time"], axis=1).tolist() == [1.0] * 28
    assert simulated["converged"].all()
    assert not training_curves.failed(simulated).any()
    netcdf.write(simulated, tmp_path / "curves.nc", content="curves", parameters={})
    assert same(training_curves.load(tmp_path / "curves.nc"), simulated)
    assert list(training_curves.composites_of(simulated, "here")) == ["random-0-1", "random-0-validation-1"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_merged_shards_are_the_whole(cell, simulated, order):
    """In any order, although the texts of the shards' paths are of different lengths."""
    shards = [curve_simulation.simulate(cell, SMALL, shard=(number, 3)) for number in (1, 2, 3)]
    merged = training_curves.merge([shards[number] for number in order], ["a", "b", "c"])
    assert same(merged, simulated)
    assert merged.attrs["curves"] == 28
    with pytest.raises(InputError, match=r"shard 2 of 3 is missing"):
        training_curves.merge([shards[0], shards[2]], ["a", "c"])
    other = shards[1].assign_attrs(design_sha256="other")
    with pytest.raises(InputError, match=r"b: attribute 'design_sha256' differs from that of a \(other curves"):
        training_curves.merge([shards[0], other, shards[2]], ["a", "b", "c"])


def test_whole_sets_are_joined_and_numbered_anew(cell, simulated):
    settings = CurveSettings(count=1, validation=0, random_paths=0, steps=2, strain=0.02, seed=1)
    other = curve_simulation.simulate(cell, settings)
    joined = training_curves.merge([other, simulated], ["a", "b"])
    assert joined["curve"].values.tolist() == list(range(40))
    assert np.isnan(joined["stress"].values[:12, 3:]).all(), "past their end"
    assert not training_curves.failed(joined).any()
    assert list(training_curves.composites_of(joined, "a")) == ["random-1-1", "random-0-1", "random-0-validation-1"]
    assert "cell_sha256" in joined.attrs
    assert "design_sha256" not in joined.attrs
    assert {curve.path.steps for curve in curve_data_of(joined).train} == {2, 4}
    with pytest.raises(InputError, match="a, b: hold the same curves; merge each once"):
        training_curves.merge([simulated, simulated], ["a", "b"])
    fewer = simulated.isel(curve=slice(12)).assign_attrs(design_sha256="of a smaller count")
    with pytest.raises(InputError, match="a, b: both hold curves of random-0-1; make one of them with another --seed"):
        training_curves.merge([fewer, simulated], ["a", "b"])
    elsewhere = fewer.assign_attrs(cell_sha256="another cell")
    assert training_curves.merge([elsewhere, simulated], ["a", "b"]).sizes["curve"] == 40
    text = simulated.attrs["materials"].replace("young: ", "young: 1")
    changed = simulated.assign_attrs(materials=text, design_sha256="other")
    with pytest.raises(InputError, match="b: composite 'random-0-1' differs from that in a; rename one of them"):
        training_curves.merge([simulated, changed], ["a", "b"])


class Killed(Exception):
    pass


def test_an_interrupted_simulation_goes_on(cell, simulated, tmp_path, monkeypatch):
    monkeypatch.setattr(curve_simulation, "SAVING_INTERVAL", -1.0)
    out = tmp_path / "curves.nc"

    def kill(done: int, total: int, note: str) -> None:
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        curve_simulation.simulate_file(cell, out, SMALL, progress=kill)
    assert [path.name for path in tmp_path.iterdir()] == ["curves.partial.nc"]
    steps = []
    curve_simulation.simulate_file(cell, out, SMALL, progress=lambda done, total, note: steps.append((done, total)))
    assert steps[0] == (3, 28), "two curves were kept"
    assert [path.name for path in tmp_path.iterdir()] == ["curves.nc"]
    assert same(training_curves.load(out), simulated)


def test_an_interrupted_simulation_of_other_curves_is_replaced(cell, simulated, tmp_path, monkeypatch):
    partial = tmp_path / "curves.partial.nc"
    partial.write_bytes(b"something else")
    with pytest.warns(LaminetWarning, match="is of other curves .* and will be replaced"):
        curve_simulation.simulate_file(cell, tmp_path / "curves.nc", SMALL)
    assert not partial.exists()


def test_a_curve_that_fails_ends_there_and_is_counted(folder, monkeypatch, capsys):
    """Two iterations are too few for an increment across yield, however small its parts are."""
    monkeypatch.setattr(system, "MAX_ITERATIONS", 2)
    words = ["--count", "2", "--validation", "0", "--random-paths", "0", "--steps", "4", "--tolerance", "1e-6"]
    out = str(folder / "failed.nc")
    assert main(["curves", "--rve", str(folder / "rve.nc"), *words, "--out", out]) == 0
    curves = training_curves.load(out)
    failed = training_curves.failed(curves)
    assert failed.any()
    assert f"{failed.sum()} of 24 curves failed before the end" in capsys.readouterr().out
    for number in np.flatnonzero(failed):
        lost = ~curves["converged"].values[number]
        first = int(np.argmax(lost))
        assert lost[first:].all()
        for name in ("strain", "stress"):
            assert np.isnan(curves[name].values[number, first:]).all()
            assert np.isfinite(curves[name].values[number, :first]).all()
    assert not failed.all()
    kept = [curve.path.steps for curve in curve_data_of(curves).train]
    steps = curves["converged"].values.sum(axis=1) - 1
    assert kept == steps[steps > 0].tolist()
    assert main(["info", out]) == 0
    assert f"{failed.sum()} of 24 curves failed before their end" in capsys.readouterr().out


def test_a_law_without_a_stress_ends_its_curve(cell, monkeypatch):
    def nothing(*_):
        raise ConvergenceError("no stress")

    monkeypatch.setattr(Points, "update", nothing)
    curves = curve_simulation.simulate(cell, SMALL, shard=(1, 28))
    np.testing.assert_array_equal(curves["converged"].values, [[True, False, False, False, False]])
    expected = np.full((1, 5, 6), np.nan)
    expected[:, 0] = 0.0
    for name in ("strain", "stress"):
        np.testing.assert_array_equal(curves[name].values, expected)


def test_curves_of_other_files_are_not_simulated_again(folder, cell, simulated, monkeypatch):
    """A larger set takes what a smaller one holds, a smaller one all of it; the result is that of a simulation."""
    smaller = folder / "smaller.nc"
    netcdf.write(simulated, smaller, content="curves", parameters={})
    larger = replace(SMALL, count=2, validation=0, random_paths=1)
    whole = curve_simulation.simulate(cell, larger)
    simulate, names = curve_simulation._simulated, []

    def counted(cell, planned, mesh):
        names.append(planned.composite.name)
        return simulate(cell, planned, mesh)

    monkeypatch.setattr(curve_simulation, "_simulated", counted)
    extended = curve_simulation.simulate(cell, larger, reuse=[smaller])
    assert names == ["random-0-2"] * 13
    assert same(extended, whole)
    assert extended.attrs == whole.attrs
    np.testing.assert_array_equal(extended["cpu_time"][:13], simulated["cpu_time"][:13])
    words = ["--count", "1", "--validation", "0", "--random-paths", "0", "--steps", "4", "--strain", "0.02"]
    command = ["curves", "--rve", str(folder / "rve.nc"), *words, "--reuse", str(smaller)]
    assert main([*command, "--out", str(folder / "few.nc")]) == 0
    assert len(names) == 13, "nothing was simulated"
    assert same(training_curves.load(folder / "few.nc"), simulated.isel(curve=slice(12)))


def test_curves_made_otherwise_are_not_reused(folder, cell, simulated):
    path = folder / "other.nc"
    for data, words in (
        (simulated.assign_attrs(cell_sha256="other"), "is of another cell than the curves asked for"),
        (simulated.assign_attrs(tolerance=1e-3), "is of another tolerance than"),
        (simulated.isel(step=slice(4)), "has curves of 3 steps, not 4; leave it out of --reuse"),
        (simulated.drop_vars("path"), "holds curves that were not simulated"),
    ):
        netcdf.write(data, path, content="curves", parameters={})
        with pytest.raises(InputError, match=words):
            curve_simulation.simulate(cell, SMALL, reuse=[path])


def test_other_meshes_bound_the_error(cell):
    settings = CurveSettings(count=1, validation=0, random_paths=0, steps=2, strain=0.01)
    curves = curve_simulation.simulate(cell, settings, CurveMeshSettings(error_estimate="mesh"), shard=(1, 6))
    assert curves["estimated_error"].dims == ("curve",)
    assert (curves["estimated_error"] > 0.0).all()
    assert curves.attrs["error_estimate"] == "mesh"


def test_python_does_what_the_command_does(folder, simulated, capsys):
    words = ["--count", "1", "--validation", "1", "--random-paths", "2", "--steps", "4", "--strain", "0.02"]
    assert main(["curves", "--rve", str(folder / "rve.nc"), *words, "--out", str(folder / "a.nc")]) == 0
    ours = {"count": 1, "validation": 1, "random_paths": 2, "steps": 4, "strain": 0.02, "tolerance": 1e-6}
    made = laminet.curves(folder / "rve.nc", folder / "b.nc", **ours)
    assert same(made, training_curves.load(folder / "a.nc"))
    assert same(made, simulated)
    assert main(["merge", str(folder / "a.nc"), "--out", str(folder / "c.nc")]) == 0
    assert same(training_curves.load(folder / "c.nc"), simulated)
    with pytest.raises(InputError, match="unknown setting hello"):
        laminet.curves(folder / "rve.nc", hello=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.drop_vars("loaded"), "variable 'loaded' is missing"),
        (lambda data: data.drop_vars("split"), "variable 'split' is missing"),
        (lambda data: data.transpose("step", ...), "variable 'strain' has dimensions"),
        (lambda data: data.isel(curve=[]), "holds no curves"),
        (lambda data: data.assign_coords(step=[0, 1, 1, 2, 3]), "coordinate 'step' must count the steps from 0"),
        (lambda data: data.drop_attrs(deep=False), "attribute 'materials' is missing"),
        (lambda data: data.assign_attrs(materials="a: ["), "attribute 'materials': not valid YAML"),
        (lambda data: data.assign_coords(split=("curve", ["test"] * 28)), "curve 0: split is 'test'"),
        (lambda data: data.assign_coords(control=("curve", ["both"] * 28)), "curve 0: control is 'both'"),
        (lambda data: data.assign_coords(composite=("curve", ["glass"] * 28)), "curve 0: composite is 'glass'"),
        (lambda data: data.assign(loaded=~data["loaded"] & False), "curve 0: drives no component"),
        (lambda data: data.assign(stress=data["stress"] + np.inf), "curve 0: holds infinite values"),
        (lambda data: data.assign(strain=100.0 * data["strain"]), "curve 0: has strains above 1; are they percent"),
        (lambda data: data.assign(strain=data["strain"] + 0.01), "curve 0: does not begin at zero"),
        (
            lambda data: data.assign(strain=data["strain"].where(data["step"] != 2)),
            "curve 0: strain 11 is missing at step 2",
        ),
    ],
)
def test_faults_are_named(simulated, change, words):
    with pytest.raises(InputError, match=f"here: {words}"):
        training_curves.check(change(simulated), "here")


def test_a_file_of_ones_own_needs_no_more_than_its_curves(simulated, tmp_path):
    """No units, no numbers of curves and steps, nothing optional, and something else: it is read, merged, written."""
    bare = simulated.drop_vars([*training_curves.OPTIONAL, "step", "curve"], errors="ignore")
    bare = bare.assign(other=3, stress=bare["stress"].drop_attrs()).drop_attrs(deep=False)
    bare.assign_attrs(materials=simulated.attrs["materials"]).to_netcdf(tmp_path / "own.nc")
    assert main(["merge", str(tmp_path / "own.nc"), "--out", str(tmp_path / "merged.nc")]) == 0
    merged = training_curves.load(tmp_path / "merged.nc")
    for name in ("strain", "stress", "loaded"):
        np.testing.assert_array_equal(merged[name], simulated[name])
    assert not training_curves.failed(merged).any()
    assert len(curve_data_of(merged).train) == 14


def test_a_loss_gets_paths_and_what_to_compare(simulated):
    data = curve_data_of(simulated)
    assert (len(data.train), len(data.validation)) == (14, 14)
    first, stress = data.train[0], data.train[6]
    assert (first.path.control, stress.path.control) == ("strain", "stress")
    assert first.path.prescribed.all()
    np.testing.assert_array_equal(first.path.strain[:, 0], [0.0, 0.005, 0.01, 0.015, 0.02])
    assert stress.path.prescribed.tolist() == [True] + [False] * 5
    assert not stress.path.strain[:, 1:].any(), "only what is prescribed"
    for curve in (first, stress):
        assert curve.loaded.tolist() == [True] + [False] * 5
        assert curve.compared()[:, 0].all()
        assert curve.compared().sum() == 4
    assert first.composite.name == "random-0-1"


def write(path, text: str):
    path.write_text(text)
    return path


def test_an_experiment_becomes_a_curve(folder, tmp_path, composites, capsys):
    """MPa and engineering shear by hand; one gap in the stress; the zero state comes before the first line."""
    table = write(
        tmp_path / "test.csv",
        "time,strain_11,strain_21,stress_11,stress_12,stress_22\n"
        "1,0.001,0.002,4,1,0.5\n2,0.002,0.004,,2,1\n3,0.003,0.006,9,3,1.5\n",
    )
    words = ["--materials", str(folder / "materials.yaml"), "--composite", "composite_2"]
    words += ["--unit", "MPa", "--shear", "engineering", "--split", "train"]
    out = str(tmp_path / "own.nc")
    assert main(["curves", "--measured", str(table), *words, "--out", out]) == 0
    assert "1 curve for training, 0 for validation, of 1 composite" in capsys.readouterr().out
    curves = training_curves.load(out)
    root = np.sqrt(2.0)
    strain, stress = np.full((4, 6), np.nan), np.full((4, 6), np.nan)
    strain[:, 0], strain[:, 5] = [0.0, 0.001, 0.002, 0.003], root * np.array([0.0, 0.001, 0.002, 0.003])
    stress[:, 0], stress[:, 5] = [0.0, 0.004, np.nan, 0.009], root * np.array([0.0, 0.001, 0.002, 0.003])
    stress[:, 1] = [0.0, 0.0005, 0.001, 0.0015]
    np.testing.assert_allclose(curves["strain"].values[0], strain, rtol=1e-14)
    np.testing.assert_allclose(curves["stress"].values[0], stress, rtol=1e-14)
    assert curves["time"].values[0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert (curves["control"].item(), curves["path"].item()) == ("stress", "measured")
    (curve,) = curve_data_of(out).train
    assert curve.composite == composites[2]
    assert curve.path.prescribed.tolist() == curve.loaded.tolist() == [True, False, False, False, False, True]
    np.testing.assert_allclose(curve.path.stress[:, 1], [0.0, 0.0005, 0.001, 0.0015])
    assert not curve.path.stress[:, 2:].any(), "free of stress"
    assert curve.compared().sum(axis=1).tolist() == [2, 1, 2]
    same_in_python = laminet.measured_curves(
        table, folder / "materials.yaml", "composite_2", unit="MPa", shear="engineering"
    )
    assert same(same_in_python, curves)


def test_all_six_strains_are_strain_control_and_a_table_is_read_back(folder, simulated, tmp_path):
    netcdf.write(simulated.isel(curve=[0]), tmp_path / "one.nc", content="curves", parameters={})
    assert main(["table", str(tmp_path / "one.nc"), "--out", str(tmp_path / "one.csv")]) == 0
    (tmp_path / "materials.yaml").write_text(simulated.attrs["materials"])
    with pytest.warns(LaminetWarning, match="columns 'curve', .* are not used; only strain and stress of"):
        read = laminet.measured_curves(tmp_path / "one.csv", tmp_path / "materials.yaml", "random-0-1")
    assert read["control"].item() == "strain"
    for name in ("strain", "stress"):
        np.testing.assert_allclose(read[name].values[0], simulated[name].values[0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stress_11,time\n1,0\n", "has no column such as strain_11"),
        ("strain_11,stress_22\n0.001,1\n", "no component has both strain and stress"),
        ("strain_11,stress_11\n0.001,1\n,2\n", "line 3, column 'strain_11': is empty; a driven strain"),
        ("strain_11,stress_11,stress_22\n0.001,1,\n", "line 2, column 'stress_22': is empty; a prescribed stress"),
        ("strain_11,stress_11\n0.001,x\n", "line 2, column 'stress_11': 'x' is not a number"),
        ("strain_12,strain_21,stress_12\n0,0,0\n", "'strain_12' and 'strain_21' are one component"),
        ("strain_11,stress_11\n0,0\n0,1\n", "all strains are zero"),
        ("strain_11,stress_11\n5.0,1\n", "has strains above 1; are they percent"),
        ("time,strain_11,stress_11\n2,0.001,1\n1,0.002,2\n", "time is missing or goes back"),
        ("strain_11,stress_11\n", "needs a line of column names and at least one line of numbers"),
    ],
)
def test_faults_of_a_measured_table_are_named(folder, tmp_path, text, words, capsys):
    table = write(tmp_path / "test.csv", text)
    command = ["curves", "--measured", str(table), "--materials", str(folder / "materials.yaml")]
    assert main([*command, "--composite", "composite_2", "--out", str(tmp_path / "own.nc")]) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith(f"laminet curves: {table}: ")
    assert not (tmp_path / "own.nc").exists()


@pytest.mark.parametrize(("unit", "warns"), [("MPa", False), ("GPa", True), ("Pa", True)])
def test_a_wrong_unit_is_told(folder, tmp_path, unit, warns, recwarn):
    """A polymer with glass fibres of some 10 GPa: 0.1 % makes 10 MPa."""
    table = write(tmp_path / "test.csv", "strain_11,stress_11\n0.001,10\n")
    laminet.measured_curves(table, folder / "materials.yaml", "composite_2", unit=unit)
    assert any("are the units right?" in str(entry.message) for entry in recwarn) == warns


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("0.02,10\n0.20,40\n", "strains reach 0.2, nothing was tested above 0.05: are they percent?"),
        ("0,2\n0.01,60\n", "the stress at zero strain is 0.033 of the largest stress, and is taken as zero"),
        ("0.001,-10\n0.002,-20\n", "strain and stress begin with opposite signs"),
        ("0,0.1\n-0.01,-60\n0.05,70\n", None),
    ],
)
def test_strange_measurements_are_told(folder, tmp_path, lines, words, recwarn):
    table = write(tmp_path / "test.csv", f"strain_11,stress_11\n{lines}")
    laminet.measured_curves(table, folder / "materials.yaml", "composite_2", unit="MPa")
    told = [str(entry.message) for entry in recwarn]
    assert len(told) == (words is not None)
    assert all(f"{table}: {words}" in text for text in told)


def test_options_of_the_other_kind_of_curves_are_refused(folder, tmp_path, capsys):
    table, out = write(tmp_path / "test.csv", "strain_11,stress_11\n0.001,0.001\n"), str(tmp_path / "own.nc")
    of_both = [str(folder / "rve.nc"), "--unit", "MPa", "--composite", "glass"]
    assert main(["curves", "--rve", *of_both, "--out", out]) == 1
    assert (
        "composite, unit: only for measured curves, and --rve simulates them; leave one out" in capsys.readouterr().err
    )
    assert main(["curves", "--measured", str(table), "--count", "3", "--out", out]) == 1
    assert "count: only for simulated curves, and --measured reads them; leave one out" in capsys.readouterr().err
    assert main(["curves", "--measured", str(table), "--out", out]) == 1
    assert "--measured needs --materials and --composite: the laws of what was measured" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["curves", "--out", out])
    assert stop.value.code == 2


def test_curves_of_no_use_are_left_out(simulated):
    nothing = simulated.assign(stress=simulated["stress"].where(simulated["curve"] > 0))
    assert len(curve_data_of(nothing).train) == 13
    assert len(curve_data_of([nothing, simulated]).train) == 27
    with pytest.raises(InputError, match="curves: holds no curve for training"):
        curve_data_of(simulated.assign(stress=simulated["stress"] * np.nan))
    with pytest.raises(InputError, match="is 3; give a file or a dataset"):
        curve_data_of([3])


def test_the_six_cases_come_first(simulated):
    texts = simulated["path"].values.tolist()
    assert texts[:6] == texts[6:12] == [f"{case}:0.02" for case in CASES]
