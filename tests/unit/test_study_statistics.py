"""The numbers behind the figures against values worked out by hand."""

import numpy as np
import pytest
import xarray as xr
from synthetic_study import STEPS, response, times_of, write_reference, write_run

from laminet.errors import InputError
from laminet.files import netcdf
from laminet.files.curves import load_reference
from laminet.loading.paths import CASES
from laminet_study import datasets, measured, statistics


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two seeds at two depths; the first network's curve 33 under stress control breaks off on composite 2."""
    folder = tmp_path_factory.mktemp("runs")
    common = {"schemes": ["imn_newton_dense"], "iterations": 4}
    runs = [
        write_run(folder / "a", depth=3, seed=1, error=0.02, broken=[(1, 1, 2)], **common),
        write_run(folder / "b", depth=3, seed=2, error=0.04, **common),
        write_run(folder / "c", depth=4, seed=1, error=0.03, **common),
    ]
    collected = datasets.collect(runs, "example")
    return measured.with_online_times(collected, times_of(collected))


def test_mean_relative_error_averages_the_six_cases(study):
    error = statistics.mean_relative_error(study, "strain")
    assert error.dims == ("run", "composite")
    np.testing.assert_allclose(error, np.array([[0.02] * 3, [0.04] * 3, [0.03] * 3]))


def test_mean_relative_error_weighs_every_case_alike_and_no_other(study):
    study = study.copy(deep=True)
    study["error"].loc[{"control": "strain", "load_case": "31"}] = 0.62
    extra = study.isel(load_case=[0]).assign_coords(load_case=["biaxial"])
    extra["error"] = extra["error"] + 100.0
    both = xr.concat([extra, study], "load_case", data_vars="minimal")
    np.testing.assert_allclose(statistics.mean_relative_error(both, "strain")[0], (5 * 0.02 + 0.62) / 6)


def test_a_curve_that_broke_off_gives_no_number(study):
    for quantity in (statistics.mean_relative_error, statistics.iterations_per_step):
        missing = np.isnan(quantity(study, "stress"))
        assert np.argwhere(missing.values).tolist() == [[0, 1]]
    lost = study.copy(deep=True)
    lost["stress"].loc[{"composite": "composite_1", "control": "stress", "load_case": "33"}] = np.nan
    assert np.isnan(statistics.testing_time(lost, "stress")).all()
    assert not statistics.converged(study, "stress").sel(load_case="33")[0, 1]
    assert (
        int((~statistics.converged(study, "stress")).sum()) == int((~statistics.complete(study, "stress")).sum()) == 1
    )
    assert statistics.converged(study, "strain").all()


def test_times_and_iterations_by_hand(study):
    active = 2**3 - 1  # the synthetic network of seed 1 has one dead leaf
    times = statistics.testing_time(study, "strain")
    np.testing.assert_allclose(times[:, 0], [8e-3, 8e-3, 16e-3])  # the least of the repeats
    assert np.isnan(times[:, 1:]).all(), "measured on Composite 1 only"
    assert np.isnan(statistics.testing_time(study.drop_vars("online_time"), "strain")).all()
    assert float(statistics.total_iterations(study, "strain")[0, 0]) == 6 * STEPS * 4
    assert float(statistics.iterations_per_step(study, "strain")[0, 0]) == pytest.approx(4.0)
    assert float(statistics.active_nodes(study, "strain")[0, 2]) == active
    cost = float(statistics.cost_per_iteration_and_node(study, "strain")[0, 0])
    assert cost == pytest.approx(8e-3 / (6 * STEPS * 4 * active))


def test_groups_are_repetitions_of_one_design(study):
    groups = statistics.groups(study, "depth")
    assert [(key, rows["run_id"].values.tolist()) for key, rows in groups.items()] == [
        ((3,), ["a", "b"]),
        ((4,), ["c"]),
    ]


def test_groups_refuse_to_mix_designs(study):
    with pytest.raises(InputError, match="study 'example': its rows at model imn mix depth 3, 4"):
        statistics.groups(study, "model")


def test_trainings_count_once_whatever_the_schemes(tmp_path):
    study = datasets.collect([write_run(tmp_path / "a"), write_run(tmp_path / "b", seed=2)], "example")
    assert study.sizes["run"] == 8
    assert statistics.trainings(study)["run_id"].values.tolist() == ["a", "b"]


@pytest.mark.parametrize(("case", "component", "factor"), [("22", 1, 1.0), ("23", 3, 2**0.5), ("31", 4, 2**0.5)])
def test_curves_are_tensor_components_in_percent_and_megapascal(tmp_path, case, component, factor):
    reference = load_reference(write_reference(tmp_path / "reference.nc", "composite_1"))
    strain, stress = statistics.loaded_curve(reference, "stress", case)
    assert strain[-1] == pytest.approx(5.0)
    expected = response()[1][1, CASES.index(case), :, component]
    np.testing.assert_allclose(stress, 1e3 * expected / factor)


def test_missing_control_and_case_are_named(study):
    with pytest.raises(InputError, match="study 'example': has no control stress, only strain"):
        statistics.testing_time(study.sel(control=["strain"]), "stress")
    with pytest.raises(InputError, match="study 'example': has no load_case 31"):
        statistics.mean_relative_error(study.sel(load_case=["11", "22", "33", "12", "23"]), "stress")
    with pytest.raises(InputError, match="study 'example': has no control torsion"):
        statistics.loaded_curve(study, "torsion", "11")


@pytest.mark.parametrize("name", [[1.0, 2.0], 3.0])
def test_a_reference_whose_composite_is_no_text_is_refused(tmp_path, name):
    whole = load_reference(write_reference(tmp_path / "reference.nc", "composite_1"))
    netcdf.write(whole.assign_attrs(composite=name), tmp_path / "odd.nc", content="reference", parameters={})
    with pytest.raises(InputError, match=r"odd\.nc: attribute 'composite' is missing or no text"):
        load_reference(tmp_path / "odd.nc")


def test_the_last_row_of_a_history_is_that_of_its_own_training(tmp_path):
    runs = [write_run(tmp_path / name, seed=seed, epochs=epochs) for name, seed, epochs in (("a", 1, 20), ("b", 2, 30))]
    study = statistics.trainings(datasets.collect(runs, "example"))
    assert statistics.final(study, "epoch").values.tolist() == [20, 30]
    for run, error in zip(runs, statistics.final(study, "train_error").values, strict=True):
        with xr.open_dataset(run / "history.nc") as history:
            assert error == history["train_error"].values[-1]
    diverged = study.assign(train_error=study["train_error"].where(study["epoch"] < 20))
    assert np.isnan(statistics.final(diverged, "train_error")).all()


def test_rows_are_selected_by_value_or_by_one_of_several(study):
    assert statistics.select(study, depth=3, seed=[1, 5])["run_id"].values.tolist() == ["a"]
    assert statistics.select(study, depth=9).sizes["run"] == 0
