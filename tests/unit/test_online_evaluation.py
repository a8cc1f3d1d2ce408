"""Evaluation of a network: the online contract, errors against references, and references that do not fit."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from laminet.errors import InputError
from laminet.files import curves as curve_files
from laminet.files import netcdf
from laminet.files.curves import path_error
from laminet.loading.driver import follow
from laminet.loading.paths import piecewise, uniaxial
from laminet.materials.library import Composite
from laminet.online import evaluation
from laminet.online.export import text
from laminet.online.material import Material
from laminet.online.native import NativeSystem
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

CASES = ("11", "12")


def paths(steps: int = 4, amplitude: float = 0.02, cases=CASES) -> list:
    return [[uniaxial(case, control, steps, amplitude) for case in cases] for control in ("strain", "stress")]


@pytest.fixture(scope="module")
def network(sparse_network):
    return sparse_network("imn", 3, 1, 6)


@pytest.fixture(scope="module")
def result(network, composites):
    return evaluation.evaluate(network, "newton_condensed", [composites[1], composites[3]], paths())


@pytest.fixture(scope="module")
def references(sparse_network, composites):
    """Curves of another network in the place of the RVE's, one composite, with one more load case."""
    other = sparse_network("imn", 3, 2, 5)
    dataset = evaluation.evaluate(other, "newton_condensed", [composites[1]], paths(cases=("12", "23", "11")))
    return {"composite_1": dataset.isel(scheme=0, composite=0, drop=True)}


def test_dataset_has_the_variables_and_dimensions_of_the_contract(result, network):
    for name, dims in curve_files.ONLINE_VARIABLES.items():
        assert result[name].dims == dims
    assert list(result["composite"].values) == ["composite_1", "composite_3"]
    assert list(result["control"].values) == ["strain", "stress"]
    assert list(result["load_case"].values) == list(CASES)
    assert result["active_nodes"].item() == network.active_nodes == 6
    assert result["scheme"].values.tolist() == ["newton_condensed"]
    assert {key: result.attrs[key] for key in ("model", "depth")} == {"model": "imn", "depth": 3}
    assert "error" not in result
    assert result["converged"].values.all()
    assert "time" not in result


def test_attributes_are_those_of_the_network_and_of_the_run(network, composites):
    trained = replace(network, attributes={"samples": 400, "seed": 3, "tolerance": 0.1, "backend": "torch"})
    result = evaluation.evaluate(trained, "imn_newton_dense", [composites[1]], paths(steps=1), OnlineSettings(1e-8))
    expected = {"samples": 400, "seed": 3, "tolerance": 1e-8, "guess": "zero"}
    expected |= {"backend": "torch", "online_backend": "native"}  # what trained, what evaluated
    assert {key: result.attrs[key] for key in expected} == expected


@pytest.mark.parametrize("backend", ["native", "numpy"])
def test_curves_are_those_of_the_driver(backend, network, composites):
    settings = OnlineSettings(backend=backend)
    result = evaluation.evaluate(network, "newton_condensed", [composites[1], composites[3]], paths(), settings)
    assert result.attrs["online_backend"] == backend
    curve = follow(scheme("newton_condensed", network, composites[3]), paths()[1][0])
    found = result.isel(scheme=0).sel(composite="composite_3", control="stress", load_case="11")
    for name in ("strain", "stress", "iterations", "residual", "converged"):
        atol = 0.0 if backend == "numpy" else 1e-14
        np.testing.assert_allclose(found[name].values, getattr(curve, name), rtol=0.0, atol=atol)


def test_errors_are_matched_by_name_and_missing_ones_are_nan(network, composites, references):
    both = [composites[1], composites[3]]
    found = evaluation.evaluate(network, "newton_condensed", both, paths(), references=references)
    for control, row in zip(("strain", "stress"), paths(), strict=True):
        for path in row:
            at = {"control": control, "load_case": path.name}
            mine, truth = found.isel(scheme=0).sel(composite="composite_1", **at), references["composite_1"].sel(**at)
            expected = path_error(mine["stress"].values, truth["stress"].values, path.loaded)
            assert mine["error"].item() == expected.loaded > 0.0
            assert mine["error_vector"].item() == expected.vector > 0.0
    assert np.isnan(found["error"].sel(composite="composite_3")).all()
    lacking = {"composite_1": references["composite_1"].sel(load_case=["12", "23"])}
    partly = evaluation.evaluate(network, "newton_condensed", both[:1], paths(), references=lacking)
    assert np.isnan(partly["error"].sel(load_case="11")).all()
    assert np.isfinite(partly["error"].sel(load_case="12")).all()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (paths(steps=5), r"'composite_1': load case 11 \(strain control\) has 4 steps, the path 5"),
        (paths(amplitude=0.03), r"load case 11 \(strain control\) is on another strain path.*0.01 at step 4"),
    ],
)
def test_a_reference_on_another_path_is_refused(other, message, network, composites, references):
    with pytest.raises(InputError, match=message):
        evaluation.evaluate(network, "newton_condensed", [composites[1]], other, references=references)


def test_an_error_relative_to_nothing_is_undefined(network, composites):
    """No warning either: RuntimeWarning is an error in these tests."""
    zero, curve, loaded = np.zeros((3, 6)), np.full((3, 6), 0.1), np.arange(6) == 0
    half = np.where(loaded, 0.0, curve)
    assert np.isnan([path_error(zero, zero, loaded).loaded, path_error(curve, zero, loaded).vector]).all()
    assert np.isnan(path_error(curve, half, loaded).loaded)
    assert path_error(curve, half, loaded).vector == pytest.approx(1.0 / np.sqrt(5.0))
    rest = [[piecewise("rest", "stress", [{"11": 0.0}], 2)]]
    truth = evaluation.evaluate(network, "newton_condensed", [composites[1]], rest).isel(
        scheme=0, composite=0, drop=True
    )
    found = evaluation.evaluate(network, "newton_condensed", [composites[1]], rest, references={"composite_1": truth})
    assert found["converged"].all()
    assert np.isnan(found["error"]).all()


def test_nothing_to_evaluate_is_refused(network):
    with pytest.raises(InputError, match="nothing to evaluate"):
        evaluation.evaluate(network, "newton_condensed", [], paths())


def test_failed_steps_are_marked(network, composites):
    settings = OnlineSettings(max_iterations=2, cutbacks=0)
    result = evaluation.evaluate(network, "newton_condensed", [composites[1]], paths(steps=2), settings)
    assert not result["converged"].isel(step=2).values.any()
    assert result["converged"].isel(step=0).values.all()
    assert result.attrs["max_iterations"] == 2


def test_progress_counts_curves(network, composites):
    seen = []
    both = [composites[1], composites[2]]
    path = [[piecewise("turn", "stress", [{"11": 0.01}, {"22": 0.01}], 2)]]
    evaluation.evaluate(network, "newton_condensed", both, path, progress=lambda *counts: seen.append(counts))
    assert seen == [(1, 2, "newton_condensed"), (2, 2, "newton_condensed")]


def test_schemes_of_one_file_are_those_of_a_file_each(network, composites, tmp_path):
    names = ["imn_newton_dense", "newton_condensed"]
    together = evaluation.evaluate(network, names, [composites[1]], paths())
    assert together["scheme"].values.tolist() == names
    for name in names:
        alone = evaluation.evaluate(network, name, [composites[1]], paths())
        for variable in ("strain", "stress", "iterations", "residual", "converged", "active_nodes"):
            xr.testing.assert_equal(together.sel(scheme=[name])[variable], alone[variable])
    with pytest.raises(InputError, match=r"schemes are newton_condensed, newton_condensed; give each once"):
        evaluation.evaluate(network, ["newton_condensed"] * 2, [composites[1]], paths())


def test_a_file_of_one_scheme_from_before_is_read(result, tmp_path):
    old = result.isel(scheme=0, drop=True).assign_attrs(scheme="newton_condensed")
    netcdf.write(old, tmp_path / "old.nc", content="online", parameters={})
    read = curve_files.load_online(tmp_path / "old.nc")
    for name in curve_files.ONLINE_VARIABLES:
        xr.testing.assert_equal(read[name], result[name])
    assert "scheme" not in read.attrs


def test_file_round_trip_and_checks(result, tmp_path):
    path = tmp_path / "online.nc"
    netcdf.write(result, path, content="online", parameters={"scheme": "newton_condensed"})
    loaded = curve_files.load_online(path)
    for name in curve_files.ONLINE_VARIABLES:
        np.testing.assert_array_equal(loaded[name].values, result[name].values)
    assert loaded.attrs["content"] == "online"
    netcdf.write(result.drop_vars("residual"), path, content="online", parameters={})
    with pytest.raises(InputError, match=r"online.nc: variable 'residual' is missing"):
        curve_files.load_online(path)
    netcdf.write(result, path, content="reference", parameters={})
    with pytest.raises(InputError, match="'reference' data where 'online' data is needed"):
        curve_files.load_online(path)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    "use", [Material, text, lambda *of: evaluation.evaluate(of[0], "newton_condensed", of[1:], paths())]
)
def test_a_composite_has_the_phases_of_the_network(use, count, sparse_network, composites):
    many = Composite("odd", (*composites[1].laws, composites[1].laws[0])[:count])
    phases = "1 phase" if count == 1 else "3 phases"
    with pytest.raises(InputError, match=f"^composite 'odd' has {phases}, the network 2; they must be equal$"):
        use(sparse_network("imn", 2, 1, 3), many)


def test_times_are_of_all_load_cases_together(network, composites, monkeypatch):
    """A clock that a curve moves on by a tenth of a second; a repeat ends with the pass that reaches 0.2 s."""
    now, curves = [0.0], []

    def follow(self, path):
        now[0] += 0.1
        curves.append(path.name)
        return original(self, path)

    original = NativeSystem.follow
    monkeypatch.setattr(NativeSystem, "follow", follow)
    monkeypatch.setattr(evaluation.time, "process_time", lambda: now[0])
    three = paths(cases=("11", "12", "23"))
    result = evaluation.evaluate(network, "newton_condensed", [composites[1]], three, repeats=2)
    assert result["time"].dims == curve_files.TIME_DIMS
    np.testing.assert_allclose(result["time"].values, np.full((1, 1, 2, 2), 0.3), rtol=1e-12)
    assert len(curves) == 2 * 3 * (1 + 2)  # each control: the curves themselves, and one pass for each repeat
    assert evaluation.pass_times(lambda: now.__setitem__(0, now[0] + 0.07), 1) == [pytest.approx(0.07)]  # of 3 passes


def test_repeats_are_no_fraction(network, composites):
    with pytest.raises(InputError, match="repeats is -1; it must be a whole number of at least 0"):
        evaluation.evaluate(network, "newton_condensed", [composites[1]], paths(), repeats=-1)
