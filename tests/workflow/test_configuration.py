"""Configuration files: nothing is said twice, numbers are numbers, and the folder is one that can be written."""

import math
from pathlib import Path

import pytest

from laminet.errors import InputError
from laminet.yaml_files import read_yaml
from laminet_study import configuration, design

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config.yaml"


def config_with(tmp_path: Path, text: str) -> dict:
    """The shipped configuration with keys of one's own over it."""
    own = tmp_path / "mine.yaml"
    own.write_text(text)
    return configuration.read([CONFIG, own], {})


@pytest.mark.parametrize("file", [*ROOT.glob("profiles/*/*.yaml")], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_files_say_nothing_twice(file):
    assert read_yaml(file)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("rve: {seed: 1}\nonline: {cutbacks: 3}\nrve: {fibres: 3}\n", "rve", 3),
        ("variants:\n  soft: {rve: {seed: 1}}\n  stiff: {rve: {seed: 2}}\n  soft: {rve: {seed: 3}}\n", "soft", 4),
        ("studies:\n  - name: one\n    seeds: 1\n    name: two\n", "name", 4),
        ("loading:\n  paths: {turn: [{11: 0.01, '11': 0.02}]}\n", "11", 2),
    ],
)
def test_a_key_given_twice_is_refused_by_file_and_line(tmp_path, text, key, line):
    with pytest.raises(InputError) as caught:
        config_with(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'mine.yaml'}: line {line}: "), message
    assert f"'{key}'" in message


def test_numbers_with_an_exponent_are_numbers(tmp_path):
    config = config_with(tmp_path, "online: {tolerance: 1e-4}\ntraining: {learning_rate: 1.5E-3, eta: .5}\n")
    assert config["online"]["tolerance"] == 0.0001
    assert (config["training"]["learning_rate"], config["training"]["eta"]) == (0.0015, 0.5)
    design.check(config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("online: {tolerance: 2}", "tolerance is 2"),
        ("data: {sampling: {poisson: [0.7, 0.3]}}", r"poisson is \[0.7, 0.3\]; it must be .*ascending"),
        ("training: {initialisation: {activation: [-1, -0.5]}}", "activation has no positive value"),
        ("loading: {paths: {'13': [{'11': 0.01}]}}", "load path '13': this is one of the six load cases"),
        ("loading: {paths: {turn: [{'11': 2:10}]}}", "cannot drive 11 to '2:10'"),
        ("online: {cutbacks: 2_1}", "cutbacks is '2_1'"),
    ],
)
def test_values_out_of_range_are_refused_at_the_start(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        design.check(config_with(tmp_path, text))


def test_the_command_line_is_merged_last_and_its_numbers_are_numbers(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text("online: {tolerance: 1e-4, cutbacks: 3}\n")
    over = {"online": {"tolerance": "1e-5"}, "convergence": {"strides": ["1", "3"]}, "folder": "mine"}
    config = configuration.read([CONFIG, own], over)
    assert (config["online"]["tolerance"], config["online"]["cutbacks"]) == (1e-5, 3)
    assert config["convergence"]["strides"] == [1, 3]
    assert config["folder"] == "mine"
    assert config["rve"]["fibres"] == 30


def test_a_file_without_keys_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no keys"):
        config_with(tmp_path, "- rve\n")


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("training", "epochs", 10.0),  # `laminet train --epochs 10.0` would be refused hours later
        ("training", "epochs", True),
        ("online", "tolerance", math.nan),
        ("training", "eta", math.inf),
    ],
)
def test_a_number_that_no_command_takes_is_refused(section, key, value):
    config = configuration.read([CONFIG], {})
    config[section] = {**config[section], key: value}
    with pytest.raises(InputError, match=f"{section}: {key} is .*; it must be a (whole )?number"):
        design.check(config)


def folder(name: str, *files: Path) -> str:
    return configuration.folder({"folder": name}, files)


def test_the_folder_is_named_as_snakemake_names_files(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert folder("my results/") == "my results"
    assert folder("./results//soft") == "results/soft"
    assert folder("~/results") == "/home/me/results"


@pytest.mark.parametrize("name", ["results/{soft}", "-results", " results", "results ", "re\nsults", ".", "./"])
def test_a_folder_that_cannot_be_used_is_refused(name):
    with pytest.raises(InputError, match="config: folder: "):
        folder(name)


def test_a_folder_whose_configuration_would_be_replaced_is_refused(tmp_path, monkeypatch):
    profile = tmp_path / "profiles/quick/config.yaml"
    monkeypatch.chdir(tmp_path)
    assert folder("results", profile) == "results"
    with pytest.raises(InputError, match=r"holds config\.yaml"):
        folder("profiles/quick", profile)
