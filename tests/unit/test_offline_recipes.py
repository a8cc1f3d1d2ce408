"""Recipes: what they set, what overrides them, and that command line, library and configuration agree on them."""

from pathlib import Path

import pytest
import yaml

from laminet import cli
from laminet.errors import InputError
from laminet.offline import run
from laminet.offline.recipes import RECIPES, recipe
from laminet.study import design

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def settings_of(monkeypatch):
    """Settings and number of samples that a training command asks for."""

    def of(*options: str):
        asked = []
        monkeypatch.setattr(
            run, "train_files", lambda data, samples, settings, *_, **__: asked.append((settings, samples))
        )
        assert cli.main(["train", "--model", "dmn", "--data", "d.nc", "--out", "o", *options]) == 0
        return asked[0]

    return of


def test_the_paper_s_recipe_is_the_configuration_s_training():
    paper = {key: value for key, value in RECIPES["paper"].items() if key != "seeds"}
    assert paper == {key: CONFIG["training"][key] for key in paper}


def test_given_settings_override_a_recipe():
    assert recipe("accurate", depth=5, xi=None) == {**RECIPES["accurate"], "depth": 5}


def test_an_unknown_recipe_is_named_with_the_known_ones():
    with pytest.raises(InputError, match="'quick'; it must be one of paper, accurate"):
        recipe("quick")


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("order", [1, -1])
def test_the_command_takes_a_recipe_and_single_options_override_it(settings_of, name, order):
    options = [("--recipe", name), ("--depth", "3"), ("--samples", "50")]
    settings, samples = settings_of(*(word for option in options[::order] for word in option))
    expected = {**RECIPES[name], "depth": 3, "samples": 50}
    assert samples == expected.pop("samples")
    expected.pop("seeds")
    assert {key: getattr(settings, key) for key in expected} == expected


def test_without_a_recipe_the_command_trains_as_the_paper(settings_of):
    assert settings_of() == settings_of("--recipe", "paper")


def test_a_study_s_grid_may_name_a_recipe():
    grids = [{"model": "dmn", "recipe": ["paper", "accurate"], "epochs": 7}]
    found = design.studies({**CONFIG, "studies": [{"name": "s", "seeds": 1, "schemes": {"dmn": []}, "grids": grids}]})
    paper, accurate = (run.settings for run in found[0].runs)
    for settings, name in ((paper, "paper"), (accurate, "accurate")):
        expected = {**RECIPES[name], "epochs": 7}
        expected.pop("seeds")
        assert {key: settings[key] for key in expected} == expected
