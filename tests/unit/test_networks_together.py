"""Several networks in one evaluation: their curves, mean and band in file, picture, table and words."""

import re
import shutil
import warnings
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.errors import InputError, LaminetWarning
from laminet.files import curves as curve_files
from laminet.files import netcdf
from laminet.files.network import save_network
from laminet.info import summary
from laminet.loading.paths import piecewise, uniaxial
from laminet.online import evaluation
from laminet.online.settings import OnlineSettings
from laminet.outcome import of_evaluation
from laminet.plots import draw
from laminet.tables import write_table

matplotlib.use("Agg")

PATHS = [
    [uniaxial("12", control, 4, 0.02), piecewise("cycle", control, [{"12": 0.02}, {"12": 0.0}], 4)]
    for control in ("strain", "stress")
]


@pytest.fixture(scope="module")
def networks(sparse_network):
    """Three networks of one kind by labels, with their seeds."""
    made = {f"seed_{seed}": sparse_network("imn", 3, seed, 6) for seed in (1, 2, 4)}
    return {name: replace(one, attributes={"seed": int(name[-1]), "samples": 400}) for name, one in made.items()}


@pytest.fixture(scope="module")
def together(networks, composites):
    truth = evaluation.evaluate(networks["seed_1"], "newton_condensed", [composites[2]], PATHS)
    truth = truth.isel(scheme=0, composite=0, drop=True)
    known = {"composite_2": truth.assign_attrs(composite="composite_2")}
    return evaluation.evaluate(networks, "newton_condensed", [composites[2]], PATHS, references=known)


def test_networks_of_different_data_are_noted(networks, composites):
    """Their band would hold how cells differ; those of one data set, or of unknown data, are not noted."""
    several = {
        label: replace(one, attributes={**one.attributes, "data_sha256": text})
        for (label, one), text in zip(networks.items(), ("a", "a", "b"), strict=True)
    }
    first = dict(list(several.items())[:2])
    paths = [[uniaxial("12", "strain", 1, 0.01)]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluation.evaluate(first, "newton_condensed", [composites[2]], paths)
        evaluation.evaluate(networks, "newton_condensed", [composites[2]], paths)
    with pytest.warns(LaminetWarning, match="seed_2, seed_4: were trained on different elastic data; the band holds"):
        evaluation.evaluate(several, "newton_condensed", [composites[2]], paths)


@pytest.fixture
def file(together, tmp_path):
    netcdf.write(together, tmp_path / "band.nc", content="online", parameters={})
    return tmp_path / "band.nc"


def test_each_network_has_the_curves_that_it_has_alone(together, networks, composites):
    assert together["network"].values.tolist() == list(networks)
    assert together["seed"].values.tolist() == [1, 2, 4]
    assert together.attrs["samples"] == 400
    assert "seed" not in together.attrs
    for label, one in networks.items():
        alone = evaluation.evaluate(one, "newton_condensed", [composites[2]], PATHS)
        for name, dims in curve_files.ONLINE_VARIABLES.items():
            assert together[name].dims == ("network", *dims)
            np.testing.assert_array_equal(together[name].sel(network=label), alone[name])


def test_mean_and_band_are_those_of_the_values(together):
    for quantity, units in (("strain", "1"), ("stress", "GPa")):
        three = together[quantity].values
        expected = {"mean": sum(three) / 3, "low": np.minimum(*three[:2]), "high": np.maximum(*three[:2])}
        expected["low"], expected["high"] = (
            np.minimum(expected["low"], three[2]),
            np.maximum(expected["high"], three[2]),
        )
        for name, values in expected.items():
            made = together[f"{quantity}_{name}"]
            assert made.dims == curve_files.ONLINE_VARIABLES[quantity]
            assert made.attrs["units"] == units
            np.testing.assert_allclose(made.values, values, rtol=1e-14)
    assert (together["stress_high"] > together["stress_low"]).any()


def test_there_is_no_band_where_a_network_has_no_value(together):
    first, *others = (together.isel(network=[n]).squeeze("network", drop=True) for n in range(3))
    own = [name for name in first.data_vars if not name.endswith(("_mean", "_low", "_high"))]
    stopped = first[own].assign(stress=first["stress"].where(first["step"] < 3))
    joined = curve_files.along_networks(list("abc"), [stopped, *(other[own] for other in others)])
    assert np.isfinite(joined["stress_mean"].isel(step=2)).all()
    for name in ("mean", "low", "high"):
        assert np.isnan(joined[f"stress_{name}"].isel(step=slice(3, None))).all()


def test_networks_of_several_kinds_or_twice_the_same_are_refused(networks, sparse_network, composites):
    def evaluate(**others):
        return evaluation.evaluate(networks | others, "newton_condensed", [composites[2]], PATHS)

    with pytest.raises(
        InputError, match=r"different kinds: seed_4 \(IMN of depth 3, 2 phases\); deep \(IMN of depth 4"
    ):
        evaluate(deep=sparse_network("imn", 4, 1, 6))
    with pytest.raises(InputError, match=r"copy: is the same network as seed_1; give each once"):
        evaluate(copy=networks["seed_1"])
    with pytest.raises(InputError, match=r"nothing to evaluate: give a network"):
        evaluation.evaluate({}, "newton_condensed", [composites[2]], PATHS)


def test_progress_counts_the_curves_and_times_of_all_networks(networks, composites, monkeypatch):
    monkeypatch.setattr(evaluation, "MEASURED", 1e-4)
    seen = []
    options = {"progress": lambda *counts: seen.append(counts), "repeats": 1}
    found = evaluation.evaluate(networks, "newton_condensed", [composites[2]], PATHS, **options)
    assert [entry[:2] for entry in seen] == [(number, 18) for number in range(1, 19)]
    assert found["time"].dims == ("network", *curve_files.TIME_DIMS)


def test_the_file_is_checked(file, together):
    read = curve_files.load_online(file)
    np.testing.assert_array_equal(read["stress_high"], together["stress_high"])
    with pytest.raises(InputError, match=r"band\.nc: holds several networks; evaluate each network into a file"):
        curve_files.load_online(file, networks=False)
    netcdf.write(together.drop_vars("stress_low"), file, content="online", parameters={})
    with pytest.raises(InputError, match=r"band\.nc: variable 'stress_low' is missing"):
        curve_files.load_online(file)
    changed = together.assign(residual=together["residual"].isel(network=0))
    netcdf.write(changed, file, content="online", parameters={})
    with pytest.raises(InputError, match=r"'residual' has dimensions .*; expected \('network', 'scheme'"):
        curve_files.load_online(file)


def test_info_and_table_take_it(file, together):
    said = summary(file)
    error = 100.0 * together["error"]
    assert "3 networks, IMN of depth 3, 6 active leaves, 4 steps" in said
    assert f"(Eq. 32), mean {float(error.mean()):.2f}" in said
    row = next(line for line in said.split("the largest error of the networks [%]")[1].splitlines() if "stress" in line)
    assert row.split()[-2:] == [f"{float(v):.2f}" for v in error.sel(control="stress").max("network").values.ravel()]
    assert write_table(file, file.with_suffix(".csv")) == 3 * 2 * 2 * 5
    head, first, *_ = file.with_suffix(".csv").read_text().splitlines()
    assert head.startswith("network,scheme,composite,control,load_case,step,strain_11")
    assert first.startswith("seed_1,newton_condensed,composite_2,strain,12,0,")


def test_the_picture_shows_mean_and_band_and_says_what_they_are(file, together):
    figure = draw([file], control="strain")
    monotonic, cycle = figure.axes
    low, high, mean = (
        1e3 / np.sqrt(2.0) * together[f"stress_{name}"].sel(control="strain", load_case="12", component="12").squeeze()
        for name in ("low", "high", "mean")
    )
    np.testing.assert_allclose(monotonic.lines[0].get_ydata(), mean)
    (band,) = monotonic.collections
    points = band.get_paths()[0].vertices
    for step in range(1, 5):
        at = points[np.isclose(points[:, 0], 0.5 * step), 1]  # strain in percent
        np.testing.assert_allclose([at.min(), at.max()], [low[step], high[step]], rtol=1e-12)
    assert len(cycle.collections) == 2, "one piece to each side of the turn"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["IMN, N = 3, newton_condensed, mean of 3 networks", "lowest to highest of 3 networks"]
    assert "one more network lies inside in 50 % of cases (of 3 networks)" in figure._supxlabel.get_text().replace(
        "\n", " "
    )


def test_titles_give_mean_and_range_of_the_errors(file, together, tmp_path):
    names = ("strain", "stress", "loaded")
    truth = (
        together[list(names)].isel(network=0, scheme=0, composite=0, drop=True).assign_attrs(composite="composite_2")
    )
    netcdf.write(truth, tmp_path / "reference.nc", content="reference", parameters={})
    errors = 100.0 * together["error"].sel(control="strain", load_case="12").values.ravel()
    assert errors[0] == 0.0
    title = draw([file], references=[tmp_path / "reference.nc"], control="strain").axes[0].get_title()
    assert title.endswith(f"\n{errors.mean():.1f} % (0.0 to {errors.max():.1f})")
    shutil.copy(file, tmp_path / "other.nc")
    figure = draw([file, tmp_path / "other.nc"], references=[tmp_path / "reference.nc"], control="strain")
    assert figure.axes[0].get_title().endswith(f"\n{errors.mean():.1f} %, {errors.mean():.1f} %")
    assert "lowest to highest of 3 networks (" in figure.legends[0].get_texts()[1].get_text()


@pytest.fixture
def folder(tmp_path, networks, composites):
    """Network files and materials."""
    for name, one in networks.items():
        save_network(one, tmp_path / f"{name}.nc", {})
    (tmp_path / "materials.yaml").write_text(f"glass: {composites[2].text}\n")
    return tmp_path


def test_in_python(folder, networks, composites):
    files = [folder / f"{name}.nc" for name in networks]
    options = {"control": "stress", "load_case": "12", "steps": 4, "strain": 0.02}
    found = laminet.evaluate(files, composites[2], **options)
    assert found["network"].values.tolist() == [str(path) for path in files]
    loaded = [laminet.load(path) for path in files]
    labelled = laminet.evaluate(dict(zip("abc", loaded, strict=True)), composites[2], **options)
    assert labelled["network"].values.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(found["stress_mean"], labelled["stress_mean"])
    assert laminet.evaluate(loaded, composites[2], **options)["network"].values.tolist()[-1] == "network 3"
    assert "network" in laminet.evaluate(loaded[:1], composites[2], **options).dims
    for alone in (loaded[0], files[0]):
        xr.testing.assert_equal(
            laminet.evaluate(alone, composites[2], **options), loaded[0].evaluate(composites[2], **options)
        )
    for words, given in (
        ("networks is 3; give a network, a file, or several", 3),
        (r"seed_1\.nc: is given twice; give each network once", [files[0]] * 2),
        ("network is 3; give a path", [3]),
    ):
        with pytest.raises(InputError, match=words):
            laminet.evaluate(given, composites[2], **options)


def test_by_command(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    command = ["evaluate", "--materials", "materials.yaml", "--control", "stress", "--steps", "4", "--strain", "0.02"]
    assert main([*command, "--network", "seed_1.nc", "--network", "seed_2.nc", "seed_4.nc", "--out", "band.nc"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("band.nc: 3 networks, IMN of depth 3 with 6 active leaves; 18 curves of 4 steps, ")
    assert re.split(" {2,}", said[1])[3:] == ["mean band", "widest band", "iterations a step"]
    assert said[-1] == "next: laminet plot band.nc --out band.png"
    assert curve_files.load_online("band.nc")["network"].values.tolist() == ["seed_1.nc", "seed_2.nc", "seed_4.nc"]
    assert main(said[-1].split()[2:]) == 0
    assert main([*command, "--network", "seed_1.nc", "--out", "one.nc"]) == 0
    assert "network" not in curve_files.load_online("one.nc").dims
    assert main([*command, "--network", "seed_1.nc", "--network", "seed_1.nc", "--out", "one.nc"]) == 1
    assert "seed_1.nc: is given twice" in capsys.readouterr().err


def test_a_curve_that_stopped_is_named(networks, composites):
    settings = OnlineSettings(max_iterations=2, cutbacks=0)
    found = evaluation.evaluate(networks, "newton_condensed", [composites[2]], PATHS[:1], settings)
    line = next(line for line in of_evaluation(found, "o.nc", [], 1.0).splitlines() if line.startswith("not converged"))
    first = found["converged"].sel(network="seed_1", load_case="12").values.ravel().argmin()
    assert line.startswith(f"not converged: seed 1, 12 from step {first}; ")
