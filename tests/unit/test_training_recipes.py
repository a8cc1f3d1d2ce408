"""Recipes: what they set, what overrides them, and that command line, library and configuration agree on them."""

from pathlib import Path

import elastic_datasets
import numpy as np
import pytest
import yaml

import laminet
from laminet import cli
from laminet.errors import InputError
from laminet.files import netcdf
from laminet.training import loop, seeds
from laminet.training.data import ElasticData, Samples
from laminet.training.recipes import CHOICE, RECIPES, recipe
from laminet_study import design

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def elastic_file(tmp_path):
    """Function that writes an elastic data file with so many training samples."""

    def write(count: int) -> Path:
        samples = [Samples(*(np.broadcast_to(np.eye(6), (size, *k, 6, 6)) for k in ((2,), ()))) for size in (count, 2)]
        netcdf.write(
            elastic_datasets.dataset(ElasticData(*samples)), tmp_path / "elastic.nc", content="elastic", parameters={}
        )
        return tmp_path / "elastic.nc"

    return write


@pytest.fixture
def settings_of(monkeypatch, elastic_file):
    """Settings and number of samples that a training command asks for."""

    def of(*options: str):
        asked = []

        def train(data, settings, *_, **__):
            asked.append((settings, len(data.train)))
            raise InputError("asked enough")

        monkeypatch.setattr(loop, "train", train)
        monkeypatch.setattr(seeds, "train_seeds", train)
        data = str(elastic_file(450))
        assert cli.main(["train", "--model", "dmn", "--data", data, "--out", "o", *options]) == 1
        return asked[0]

    return of


def test_the_paper_s_recipe_is_the_configuration_s_training():
    paper = {key: value for key, value in RECIPES["paper"].items() if key not in CHOICE}
    assert paper == {key: CONFIG["training"][key] for key in paper}


def test_given_settings_override_a_recipe():
    assert recipe("accurate", depth=5, xi=None) == {**RECIPES["accurate"], "depth": 5}


def test_an_unknown_recipe_is_named_with_the_known_ones():
    with pytest.raises(InputError, match="'quick'; it must be one of paper, accurate"):
        recipe("quick")


@pytest.mark.parametrize("name", ["paper", "accurate"])
@pytest.mark.parametrize("order", [1, -1])
def test_the_command_takes_a_recipe_and_single_options_override_it(settings_of, name, order):
    options = [("--recipe", name), ("--depth", "3"), ("--samples", "50")]
    settings, samples = settings_of(*(word for option in options[::order] for word in option))
    expected = {**RECIPES[name], "depth": 3, "samples": 50}
    assert samples == expected.pop("samples")
    expected = {key: value for key, value in expected.items() if key not in (*CHOICE, "starts")}
    assert {key: getattr(settings, key) for key in expected} == expected


def test_without_a_recipe_the_command_trains_as_the_paper(settings_of):
    assert settings_of() == settings_of("--recipe", "paper")


def test_a_recipe_takes_what_there_is_and_an_option_insists(elastic_file):
    data = elastic_file(30)
    found = laminet.train(data, "imn", 1, recipe="accurate", epochs=1, seeds=2)
    assert (found.parameters.attributes["samples"], found.parameters.attributes["batch"]) == (30, 10)
    whole = laminet.train(data, "imn", 1, epochs=1)
    assert (whole.parameters.attributes["samples"], whole.parameters.attributes["batch"]) == (30, 30)
    assert found.parameters.attributes["selected_by"] == "validation_divergence"
    with pytest.raises(InputError, match="30 samples in split 'train', 31 needed"):
        laminet.train(data, "imn", 1, epochs=1, samples=31)


def test_a_study_s_grid_may_name_a_recipe():
    grids = [{"model": "dmn", "recipe": ["paper", "accurate"], "epochs": 7}]
    entry = {"name": "s", "seeds": 1, "schemes": {"dmn": ["dmn_residual"]}, "grids": grids}
    (study,) = design.studies({**CONFIG, "studies": [entry]})
    paper, accurate = (run.settings for run in study.runs)
    for settings, name in ((paper, "paper"), (accurate, "accurate")):
        expected = {**RECIPES[name], "epochs": 7}
        expected = {key: value for key, value in expected.items() if key not in CHOICE}
        assert {key: settings[key] for key in expected} == expected
