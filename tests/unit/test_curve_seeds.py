"""Several seeds of a training on curves: the validation curves choose the best, where there are any."""

from dataclasses import replace

import elastic_datasets
import numpy as np
import pytest
from test_curve_training import curves_of, settings, stored
from test_training_loop import DATA, TEACHER
from test_training_seeds import heard

import laminet
from laminet import info
from laminet.cli import main
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.files.network import load_network, save_network
from laminet.outcome import of_training
from laminet.training import seeds
from laminet.training.seeds import train_seeds

DIVERGENCE = {0: 0.1, 1: 0.3, 2: 0.2}
"""Of three seeds. It would choose seed 0."""


@pytest.fixture
def end_with(monkeypatch):
    """Makes every seed end with a divergence and an error of the validation curves that are given here."""
    plain = seeds.train

    def given(errors: dict[int, float]) -> None:
        def trained(data, used, *rest, **options):
            training = plain(data, used, *rest, **options)
            past = training.history.copy(deep=True)
            past["validation_divergence"][-1] = DIVERGENCE[used.seed]
            past["curve_validation_error"][-1] = errors[used.seed]
            return replace(training, history=past)

        monkeypatch.setattr(seeds, "train", trained)

    return given


def best_of_three(curves, select: str, **options):
    return train_seeds(DATA, settings(epochs=1), range(3), select=select, curves=curves, **options)


def test_the_validation_curves_choose_another_seed_than_the_divergence(end_with, composites):
    end_with({0: 0.03, 1: 0.02, 2: 0.01})
    curves = curves_of(composites)
    by = {select: best_of_three(curves, select) for select in ("validation_divergence", "curve_validation_error")}
    assert [best.network.attributes["seed"] for best in by.values()] == [0, 2]
    assert by["curve_validation_error"].network.attributes["selected_by"] == "curve_validation_error"
    head, _, _, third, last = seeds.report(by["curve_validation_error"].seeds, "curve_validation_error").splitlines()
    assert "  curve validation error  " in head
    assert third.startswith("*    2 ")
    assert third[: head.index("curve validation error") + len("curve validation error")].endswith("  1.000 %")
    assert last == "* best by curve validation error: 1 %; of 3: 1 % to 3 %, mean 2 %, standard deviation 1 %"


def test_a_training_on_curves_names_the_seed_that_the_validation_curves_prefer(end_with, composites, tmp_path):
    end_with({0: 0.03, 1: 0.02, 2: 0.01})
    for select, hint in (("validation_divergence", True), ("curve_validation_error", False)):
        best = best_of_three(curves_of(composites), select)
        said = of_training(laminet.Network(best.network, best.history, best.seeds), tmp_path)
        assert (f"by curve validation error, seed 2 is the best: {tmp_path / 'seeds/2'}" in said) == hint
        assert "by validation divergence, seed" not in said


def test_a_seed_that_predicts_no_validation_curve_is_passed_over(end_with, composites):
    end_with({0: 0.03, 1: 0.02, 2: np.nan})
    best = best_of_three(curves_of(composites), "curve_validation_error")
    assert best.network.attributes["seed"] == 1
    assert " -  " in seeds.report(best.seeds, "curve_validation_error").splitlines()[3]
    end_with(dict.fromkeys(range(3), np.nan))
    (told,) = heard(lambda: best_of_three(curves_of(composites), "curve_validation_error"))
    assert told == "no seed predicts a validation curve; the best is chosen by validation divergence"
    with pytest.warns(UserWarning, match="no seed predicts"):
        best = best_of_three(curves_of(composites), "curve_validation_error")
    assert [best.network.attributes[name] for name in ("seed", "selected_by")] == [0, "validation_divergence"]


@pytest.fixture
def folder(tmp_path, monkeypatch, composites):
    """A folder with elastic data, a network, and curves with and without some for validation."""
    netcdf.write(elastic_datasets.dataset(DATA), tmp_path / "elastic.nc", content="elastic", parameters={})
    for name, validation in (("curves.nc", 1), ("measured.nc", 0)):
        netcdf.write(stored(curves_of(composites, 3, validation)), tmp_path / name, content="curves", parameters={})
    save_network(TEACHER, tmp_path / "teacher.nc", {})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(curves: str, *more: str) -> list[str]:
    common = ["train", "--data", "elastic.nc", "--curves", curves, "--recipe", "curves", "--start", "teacher.nc"]
    return [*common, "--epochs", "1", "--seeds", "2", "--out", "own", *more]


@pytest.mark.parametrize(
    ("curves", "select"), [("curves.nc", "curve_validation_error"), ("measured.nc", "validation_divergence")]
)
def test_the_recipe_selects_by_validation_curves_where_there_are_any(folder, capsys, curves, select):
    assert main(command(curves)) == 0
    printed = capsys.readouterr().out
    assert f"* best by {select.replace('_', ' ')}: " in printed
    assert ("  curve validation error  " in printed) == (curves == "curves.nc")
    assert load_network("own/network.nc").attributes["selected_by"] == select
    assert f"* best by {select.replace('_', ' ')}: " in info.summary("own")


def test_validation_curves_that_are_asked_for_must_be_there(folder, capsys):
    """Before any network is trained, starts included; one seed leaves no choice."""
    words = "select is curve_validation_error, but there are no validation curves"
    assert main([*command("measured.nc"), "--select", "curve_validation_error"]) == 1
    assert words in capsys.readouterr().err
    options = {"curves": "measured.nc", "depth": 2, "recipe": "curves", "select": "curve_validation_error"}
    with pytest.raises(InputError, match=words):
        laminet.train("elastic.nc", seeds=2, directory="other", **options)
    with pytest.raises(InputError, match=words):
        laminet.train("elastic.nc", depth=2, seeds=2, select="curve_validation_error")
    assert not (folder / "own").exists()
    assert not (folder / "other").exists()
    laminet.train("elastic.nc", epochs=1, starts=0, **options)


def test_a_folder_of_trainings_on_curves_by_an_earlier_version_is_shown(folder, capsys):
    """Their best was chosen by the divergence; the folder may also hold a seed of elastic data alone."""
    assert main([*command("curves.nc"), "--select", "validation_divergence"]) == 0
    laminet.train("elastic.nc", start="teacher.nc", epochs=1, directory="own/seeds/7")
    said = info.summary("own").splitlines()
    assert any(line.strip().startswith("* best by validation divergence") for line in said)
    (row,) = [line for line in said if line.strip().startswith("7 ")]
    assert " -  " in row
