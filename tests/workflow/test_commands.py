"""Words of the commands of a study's jobs, from its configuration."""

from pathlib import Path

import pytest

from laminet_study import commands, design
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config() -> dict:
    return read([ROOT / "config.yaml", ROOT / "profiles/quick/study.yaml"], {})


def test_a_list_gives_several_values_and_underscores_become_hyphens():
    values = {"volume_fraction": 0.6, "shear": [0.25, 0.5]}
    assert commands.options(values) == ["--volume-fraction", "0.6", "--shear", "0.25", "0.5"]
    assert commands.repeated("control", ["strain", "stress"]) == ["--control", "strain", "--control", "stress"]


def test_load_cases_are_those_of_the_configuration(config):
    loading = {
        "controls": ["strain", "stress"],
        "steps": 7,
        "strain": 0.02,
        "duration": 2.0,
        "paths": {"turn": [{"11": 0.01}, {"22": 0.02}]},
    }
    config["loading"] = loading
    common = ["--steps", "7", "--strain", "0.02", "--duration", "2.0", "--path", "turn=11:0.01;22:0.02"]
    assert commands.load_options(config) == ["--control", "strain", "--control", "stress", *common]
    assert commands.load_options(config, ["stress"]) == ["--control", "stress", *common]


def test_a_composite_may_have_a_finer_reference(config):
    config["reference"] = {"tolerance": 1e-6, "fineness": {"composite_1": 1.5}}
    assert commands.reference_options(config, "composite_1") == ["--tolerance", "1e-06", "--fineness", "1.5"]
    assert commands.reference_options(config, "composite_2")[-1] == "2.0"


def test_a_training_is_told_every_setting(config):
    run = next(iter(design.all_runs(design.studies(config)).values()))
    words = commands.training_options(run)
    assert words[words.index("--model") + 1] == run.model
    assert words[words.index("--initialisation-activation") : words.index("--initialisation-activation") + 3][1:] == [
        "0.2",
        "0.8",
    ]
    told = {word for word in words if word.startswith("--")}
    settings = {name for name in run.settings if name not in ("initialisation", "curve", "starts")}  # without curves
    assert told == {f"--{name.replace('_', '-')}" for name in settings} | {
        "--initialisation-activation",
        "--initialisation-euler",
        "--initialisation-normal",
    }


def test_runs_of_a_variant_stand_behind_the_place_of_their_online_files(config):
    (study,) = design.sensitivity(config)
    words = commands.collect_arguments(study, "out")
    assert words[:3] == ["--variant", "tolerance_loose", "out/variants/tolerance_loose/runs"]
    assert words[-2:] == ["--repeats", "xi"]
    assert words[3 : 3 + len(study.members)] == [f"out/{member.network}" for member in study.members]
    original = next(entry for entry in design.studies(config) if entry.name == "xi")
    assert commands.collect_arguments(original, "out")[-2:] == ["--schemes", "imn=imn_newton_dense"]
