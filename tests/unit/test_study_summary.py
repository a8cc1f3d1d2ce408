"""Summaries of a study: groups, units and statistics, and what is refused."""

import numpy as np
import pytest
from synthetic_study import SCHEMES, times_of, write_run

from laminet.errors import InputError
from laminet_study import cli, datasets, measured, statistics
from laminet_study.summary import summarise, text


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    runs = [
        write_run(folder / f"{model}-{depth}-{seed}", model=model, depth=depth, seed=seed)
        for model in ("dmn", "imn")
        for depth in (2, 3)
        for seed in (1, 2)
    ]
    collected = datasets.collect(runs, "depth", SCHEMES)
    return measured.with_online_times(collected, times_of(collected))


def test_means_and_spreads_are_those_of_the_networks(study):
    found = summarise(study, ["model", "depth"], ["error"], {"control": "stress", "scheme": "newton_condensed"})
    rows = study.isel(run=np.flatnonzero((study["scheme"] == "newton_condensed") & (study["model"] == "imn")))
    rows = rows.isel(run=np.flatnonzero(rows["depth"] == 3))
    expected = 100.0 * statistics.mean_relative_error(rows, "stress").mean("composite").values
    row = found.loc[("imn", 3)]["error"]
    assert row["mean"] == pytest.approx(expected.mean())
    assert row["std"] == pytest.approx(expected.std(ddof=1))
    assert row["count"] == 2
    assert len(found) == 4


def test_groups_are_what_varies_and_controls_stay_apart(study):
    assert summarise(study).index.names == ["model", "depth", "scheme", "control"]
    assert summarise(study, ["depth"]).index.names == ["depth", "control"]
    assert summarise(study, ["depth", "composite"], ["error"], {"control": "stress"}).shape == (6, 3)


def test_trainings_count_once_in_a_table_of_one_scheme(study):
    found = summarise(study, ["depth"], ["train_error", "validation_error"], {"scheme": "newton_condensed"})
    assert set(found["train_error"]["count"]) == {4}
    last = study["train_error"].isel(epoch=-1).values[(study["depth"] == 2) & (study["scheme"] == "newton_condensed")]
    assert found["train_error"]["mean"].iloc[0] == pytest.approx(100.0 * last.mean())


def test_load_cases_one_by_one(study):
    found = summarise(study, ["load_case"], ["error", "cost"], {"control": "strain"}, ["max"])
    assert list(found.index) == ["11", "12", "22", "23", "31", "33"]
    assert list(found.columns) == [("error", "max")]
    largest = 100.0 * study["error"].sel(control="strain", load_case="31").mean("composite").max()
    assert found.loc["31"].item() == pytest.approx(float(largest))
    alone = summarise(study, ["depth"], ["error"], {"control": "strain", "load_case": "31"}, ["max"])
    assert alone["error"]["max"].max() == pytest.approx(float(largest))


def test_the_text_has_a_line_for_every_group(study):
    lines = text(summarise(study, ["model"], ["error", "time"], {"control": "stress"})).splitlines()
    assert lines[0].split() == ["model", "n", "online", "error", "[%]", "online", "time", "[ms]"]
    assert [line.split()[0] for line in lines[1:]] == ["dmn", "imn"]
    assert all(line.count("±") == 2 for line in lines[1:])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"by": ["size"]}, "'size'"),
        ({"quantities": ["speed"]}, "'speed'"),
        ({"statistics_of": ["mode"]}, "'mode'"),
        ({"where": {"depth": "9"}}, "depth 9"),
        ({"where": {"model": "dmn", "scheme": "imn_newton_dense"}}, "all of these"),
    ],
)
def test_what_is_not_there_is_named(study, arguments, word):
    with pytest.raises(InputError, match=word):
        summarise(study, **arguments)


def test_the_command_prints_and_writes(study, tmp_path, capsys):
    datasets.save(study, tmp_path / "depth.nc", {})
    arguments = ["summary", str(tmp_path / "depth.nc"), "--by", "depth", "--where", "control=stress", "model=imn"]
    assert cli.main([*arguments, "--quantity", "error", "--csv", str(tmp_path / "table.csv")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (tmp_path / "table.csv").read_text().startswith(",error,error,error")
    assert cli.main(["summary", str(tmp_path / "depth.nc"), "--where", "depth"]) == 1
    assert "COORDINATE=VALUE" in capsys.readouterr().err


def test_schemes_without_their_model_are_one_clear_line(tmp_path, capsys):
    out = str(tmp_path / "study.nc")
    assert cli.main(["collect", "--study", "mine", "--schemes", "newton_condensed", "--out", out]) == 1
    assert "--schemes newton_condensed: is not of the form MODEL=A,B" in capsys.readouterr().err
