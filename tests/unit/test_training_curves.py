"""Training curves: simulated on a cell, on disk, merged, and as a loss takes them."""

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
    assert f"{failed.sum()} of 24 curves failed before their end" in capsys.readouterr().out
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


def test_all_six_strains_are_strain_control_and_a_table_is_read_back(folder, simulated, tmp_path):
    netcdf.write(simulated.isel(curve=[0]), tmp_path / "one.nc", content="curves", parameters={})
    assert main(["table", str(tmp_path / "one.nc"), "--out", str(tmp_path / "one.csv")]) == 0
    (tmp_path / "materials.yaml").write_text(simulated.attrs["materials"])
    with pytest.warns(LaminetWarning, match="columns 'curve', .* are not used; only strain and stress of"):
        read = laminet.measured_curves(tmp_path / "one.csv", tmp_path / "materials.yaml", "random-0-1")
    assert read["control"].item() == "strain"
    for name in ("strain", "stress"):
        np.testing.assert_allclose(read[name].values[0], simulated[name].values[0], rtol=1e-12, atol=1e-15)


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
