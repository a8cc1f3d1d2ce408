"""Run folders joined into a study dataset: what is kept, in which order, and what is refused."""

import numpy as np
import pytest
import xarray as xr
from synthetic_study import COMPOSITES, SCHEMES, STEPS, online_curves, write_online, write_run

from laminet.errors import InputError
from laminet.files import destination, history, netcdf
from laminet_study import datasets, statistics

MAIN = {"dmn": ["dmn_residual"], "imn": ["imn_newton_dense"]}


@pytest.fixture
def runs(tmp_path):
    """A ragged design: two models, different depths, batches and lengths of training."""
    return [
        write_run(tmp_path / "second", model="imn", depth=3, batch=8, seed=2, epochs=20),
        write_run(tmp_path / "dmn", model="dmn", depth=2, batch=4, seed=1, epochs=30),
        write_run(tmp_path / "first", model="imn", depth=3, batch=8, seed=1, epochs=30),
    ]


def test_one_row_per_run_and_scheme_in_the_order_of_the_design(runs):
    seen = []
    study = datasets.collect(runs, "example", SCHEMES, progress=lambda done, total: seen.append((done, total)))
    rows = [
        f"{run}/{scheme}"
        for run, model in (("dmn", "dmn"), ("first", "imn"), ("second", "imn"))
        for scheme in SCHEMES[model]
    ]
    assert study["run"].values.tolist() == rows
    assert study["scheme"].values.tolist() == [row.split("/")[1] for row in rows]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    xr.testing.assert_identical(study, datasets.collect(runs[::-1], "example", SCHEMES))


def test_coordinates_and_values_come_from_the_files(runs):
    study = datasets.collect(runs, "example", MAIN)
    row = study.sel(run="second/imn_newton_dense")
    expected = {"run_id": "second", "model": "imn", "depth": 3, "samples": 40, "batch": 8, "eta": 1.0, "xi": 1.0}
    expected |= {"seed": 2, "loss": "frobenius", "formulation": "reduced", "backend": "torch", "curves": 0}
    expected |= {"epochs": 20, "initial_learning_rate": 0.01, "schedule": "plateau", "keep": "last"}
    assert {name: row[name].item() for name in expected} == expected
    with xr.open_dataset(runs[0] / "online.nc") as online:
        for name in datasets.ONLINE:
            of_scheme = online[name].sel(scheme="imn_newton_dense") if online[name].ndim else online[name]
            np.testing.assert_array_equal(row[name], of_scheme)
            assert study[name].attrs["units"] == online[name].attrs["units"]
    with xr.open_dataset(runs[0] / "history.nc") as history:
        kept = row["epoch"] <= 20
        np.testing.assert_array_equal(row["train_error"][kept], history["train_error"])
        np.testing.assert_array_equal(row["loss_history"][kept], history["loss"])
        np.testing.assert_array_equal(row["active_nodes_history"][kept], history["active_nodes"])
    assert row["training_threads"] == 2
    assert np.isnan(row["train_error"][~kept]).all()
    assert int((~kept).sum()) == 10
    assert study.sizes["composite"] == len(COMPOSITES)
    assert study.sizes["step"] == STEPS + 1


def test_errors_on_curves_are_collected(tmp_path):
    """A training without curves has none: NaN; a study without any such training lacks the variables."""
    plain = write_run(tmp_path / "plain", seed=1, epochs=4)
    fitted = write_run(tmp_path / "fitted", seed=2, epochs=4, attributes={"curves": 36})
    with xr.open_dataset(fitted / "history.nc") as rows:
        rows = rows.load()
    values = {name: ("epoch", number + 0.1 * np.arange(4.0)) for number, name in enumerate(history.CURVE_COLUMNS)}
    rows.assign(values).to_netcdf(fitted / "history.nc")
    study = datasets.collect([plain, fitted], "example", MAIN)
    assert study["curves"].values.tolist() == [0, 36]
    for number, name in enumerate(("curve_train_error", "curve_validation_error", "failed_curves")):
        assert np.isnan(study[name][0]).all()
        np.testing.assert_allclose(study[name][1], number + np.array([0.0, 0.1, 0.2, 0.3]))
    datasets.save(study, tmp_path / "study.nc", {})
    xr.testing.assert_equal(datasets.load(tmp_path / "study.nc"), study)
    assert set(statistics.groups(study, "curves")) == {(0,), (36,)}
    with pytest.raises(InputError, match="mix curves 0, 36"):
        statistics.groups(study, "model")
    assert "failed_curves" not in datasets.collect([plain], "example", MAIN)
    earlier = study.drop_vars(["epochs", "initial_learning_rate", "schedule", "keep", "curves", *history.CURVE_COLUMNS])
    datasets.save(earlier, tmp_path / "earlier.nc", {})
    xr.testing.assert_equal(datasets.load(tmp_path / "earlier.nc"), earlier)


def test_a_history_ends_with_the_network_that_was_kept(tmp_path):
    """Of the best network, not of the last; the time is that of the whole training."""
    folder = write_run(tmp_path / "best", model="imn", depth=3, epochs=30, attributes={"keep": "best"})
    with xr.open_dataset(folder / "history.nc") as history:
        history = history.load()
    best = history["validation_loss"].copy()
    best[12] = 0.0
    history.assign(validation_loss=best).assign_attrs(keep="best").to_netcdf(folder / "history.nc")
    study = datasets.collect([folder], "example", MAIN)
    np.testing.assert_array_equal(study["epoch"], np.arange(1, 14))
    assert statistics.final(study, "train_error") == history["train_error"][12]


def test_without_schemes_every_scheme_is_taken(runs):
    study = datasets.collect(runs[:1], "example")
    assert sorted(study["scheme"].values) == sorted(SCHEMES["imn"])


def test_study_survives_the_file(runs, tmp_path):
    study = datasets.collect(runs, "example", MAIN)
    datasets.save(study, tmp_path / "example.nc", {"study": "example"})
    loaded = datasets.load(tmp_path / "example.nc")
    xr.testing.assert_equal(loaded, study)
    assert loaded["converged"].dtype == bool
    assert loaded.attrs["study"] == "example"
    assert all("units" in variable.attrs for variable in loaded.data_vars.values())


def test_coordinates_in_another_order_are_aligned(runs):
    path = runs[0] / "online.nc"
    whole = datasets.collect(runs, "example", MAIN)
    online = netcdf.read(path)
    netcdf.write(
        online.isel(composite=[2, 0, 1], load_case=slice(None, None, -1)), path, content="online", parameters={}
    )
    xr.testing.assert_equal(datasets.collect(runs, "example", MAIN), whole)


def test_long_histories_are_thinned_evenly_with_both_ends():
    kept = datasets.kept_epochs([10_000, 10_000], 1000)
    assert len(kept) == 1000
    assert kept[0] == 0
    assert kept[-1] == 9_999
    assert set(np.diff(kept)) <= {10, 11}
    ragged = datasets.kept_epochs([10_000, 7_777, 123], 1000)
    assert len(ragged) <= 1000
    assert {0, 122, 7_776, 9_999} <= set(ragged)
    assert datasets.kept_epochs([5, 3], 1000).tolist() == [0, 1, 2, 3, 4]
    assert datasets.kept_epochs([1], 1000).tolist() == [0]


def test_thinned_histories_keep_the_true_epoch_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "KEPT_EPOCHS", 4)
    run = write_run(tmp_path / "run", epochs=31, schemes=["imn_newton_dense"])
    study = datasets.collect([run], "example")
    assert study["epoch"].values.tolist() == [1, 11, 21, 31]
    with xr.open_dataset(run / "history.nc") as history:
        np.testing.assert_array_equal(study["train_error"][0], history["train_error"].sel(epoch=study["epoch"]))


def damaged(run):
    (run / "network.nc").write_bytes(b"CDF")


def without(name):
    return lambda run: (run / name).unlink()


def attribute_missing(run):
    network = netcdf.read(run / "network.nc")
    del network.attrs["batch"]
    netcdf.write(network, run / "network.nc", content="network", parameters={})


def other_network(run):
    curves = online_curves(99, attributes={"model": "imn", "depth": 3})
    write_online(run / "online.nc", {"imn_newton_dense": curves})


def rewritten(change):
    def rewrite(run):
        path = run / "online.nc"
        netcdf.write(change(netcdf.read(path)), path, content="online", parameters={})

    return rewrite


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (damaged, "second/network.nc: not a readable"),
        (without("network.nc"), "second/network.nc: no such file"),
        (without("history.nc"), "second/history.nc: no such file"),
        (
            rewritten(lambda online: online.expand_dims(network=["a", "b"])),
            "second/online.nc: holds several networks; evaluate each network into a file of its own",
        ),
        (without("online.nc"), "second/online.nc: no such file"),
        (
            lambda run: (run / "online.nc").rename(run / "online_imn_newton_dense.nc"),
            "second/online.nc: is missing; online_imn_newton_dense.nc is of the old form; evaluate again",
        ),
        (attribute_missing, "second/network.nc: attribute 'batch' is missing"),
        (other_network, r"second/online.nc: is of another network than network.nc \(active_nodes\)"),
        (
            rewritten(lambda data: data.sel(scheme=["newton_condensed"])),
            "second/online.nc: lacks the scheme imn_newton_dense",
        ),
        (rewritten(lambda data: data.drop_vars("error")), "second/online.nc: variable 'error' is missing"),
        (
            rewritten(lambda data: data.assign(error_vector=data["error_vector"].transpose(..., "scheme"))),
            "second/online.nc: variable 'error_vector' has dimensions",
        ),
        (rewritten(lambda data: data.isel(composite=[0, 1])), r"second/.*: composite differs .* \(composite_3\)"),
        (rewritten(lambda data: data.isel(step=slice(0, 5))), r"second/.*: step differs .* \(5, 6, 7, 8\)"),
        (rewritten(lambda data: data.assign_attrs(tolerance=1e-3)), "second/.*: tolerance is 0.001, .* 1e-06"),
    ],
)
def test_files_that_do_not_fit_are_named(runs, spoil, message):
    spoil(runs[0])
    with pytest.raises(InputError, match=message):
        datasets.collect(runs, "example", MAIN)


def test_histories_may_have_rows_for_different_epochs(runs):
    path = runs[0] / "history.nc"
    whole = netcdf.read(path)
    epochs = whole["epoch"].values
    chosen = [*epochs[2:-2:3].tolist(), int(epochs[-2])]
    netcdf.write(whole.sel(epoch=chosen), path, content="history", parameters={})
    study = datasets.collect(runs, "example", MAIN)
    assert study["epoch"].values.tolist() == [*chosen, *range(chosen[-1] + 1, 31)], "what all have that got so far"
    own = study.isel(run=np.flatnonzero(study["run_id"] == "second")[0])
    assert float(own["train_error"].sel(epoch=chosen[-1])) == float(whole["train_error"].sel(epoch=chosen[-1]))
    assert np.isnan(own["train_error"].sel(epoch=slice(chosen[-1] + 1, None))).all()
    others = study["train_error"].isel(run=np.flatnonzero(study["run_id"] != "second"))
    assert np.isfinite(others.values).all()


def test_a_history_whose_epochs_do_not_rise_is_refused(runs):
    history = netcdf.read(runs[0] / "history.nc")
    netcdf.write(history.isel(epoch=slice(None, None, -1)), runs[0] / "history.nc", content="history", parameters={})
    with pytest.raises(InputError, match=r"second/history\.nc: coordinate 'epoch' must be rising"):
        datasets.collect(runs, "example", MAIN)


def test_histories_of_other_trainings_are_refused(runs):
    history = netcdf.read(runs[0] / "history.nc")
    netcdf.write(history.assign_attrs(seed=77), runs[0] / "history.nc", content="history", parameters={})
    with pytest.raises(InputError, match=r"second/history.nc: is of another training than network.nc \(seed\)"):
        datasets.collect(runs, "example", MAIN)


@pytest.mark.parametrize("threads", [np.nan, "many", [1, 2]])
def test_a_number_of_threads_that_is_none_is_refused(runs, threads):
    history = netcdf.read(runs[0] / "history.nc")
    with destination.replacing(runs[0] / "history.nc") as temporary:  # `write` would stamp a number of its own
        history.assign_attrs(threads=threads).to_netcdf(temporary)
    with pytest.raises(InputError, match=r"second/history.nc: attribute 'threads' is missing or wrong"):
        datasets.collect(runs, "example", MAIN)


def test_impossible_requests_are_refused(runs):
    with pytest.raises(InputError, match="study 'example': no runs given"):
        datasets.collect([], "example")
    with pytest.raises(InputError, match="run dmn is given twice"):
        datasets.collect([runs[1], runs[1]], "example")
    with pytest.raises(InputError, match="dmn: its model is dmn, for which no schemes are asked"):
        datasets.collect(runs, "example", {"imn": MAIN["imn"]})


@pytest.mark.parametrize("key", ["study", "criterion", "tolerance"])
def test_attributes_of_the_wrong_kind_are_named(runs, tmp_path, key):
    study = datasets.collect(runs, "example", MAIN).assign_attrs({key: [1.0, 2.0]})
    datasets.save(study, tmp_path / "study.nc", {})
    with pytest.raises(InputError, match=rf"study\.nc: attribute '{key}' is array\(\[1\., 2\.\]\), no "):
        datasets.load(tmp_path / "study.nc")


def test_other_files_are_not_read_as_studies(runs):
    with pytest.raises(InputError, match="holds 'network' data where 'study' data is needed"):
        datasets.load(runs[0] / "network.nc")


def test_runs_of_a_variant_stand_beside_those_of_the_default(tmp_path):
    """Two runs of one name: one with networks of its own, one that shares the default's network."""
    run = write_run(tmp_path / "runs/a", seed=1)
    own = write_run(tmp_path / "packing/a", seed=1, error=0.2)
    online = tmp_path / "loose/a"
    online.mkdir(parents=True)
    (online / "online.nc").write_bytes((run / "online.nc").read_bytes())
    both = [datasets.RunFolders(own, variant="packing"), datasets.RunFolders(run, online, "loose"), run]
    study = datasets.collect(both, "example", MAIN)
    assert study["variant"].values.tolist() == ["default", "loose", "packing"]
    assert study["run_id"].values.tolist() == ["a", "loose/a", "packing/a"]
    assert study["error"].sel(run="packing/a/imn_newton_dense").mean() == pytest.approx(0.2)
    assert "repeats" not in study.attrs
    with pytest.raises(InputError, match="a is given twice"):
        datasets.collect([run, *both], "example", MAIN)


def test_a_repetition_says_what_it_repeats(runs):
    assert datasets.collect(runs, "loose_depth", MAIN, repeats="depth").attrs["repeats"] == "depth"


def test_a_study_from_before_there_were_variants_is_of_the_default(runs, tmp_path):
    datasets.save(datasets.collect(runs, "example", MAIN).drop_vars("variant"), tmp_path / "old.nc", {})
    assert set(datasets.load(tmp_path / "old.nc")["variant"].values) == {"default"}
