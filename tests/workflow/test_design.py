"""The configuration: every shipped one is valid, a wrong one is one clear line, and the design is the paper's."""

import copy
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from laminet.errors import InputError
from laminet_study import commands, decide, design, measurements
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]

THIRD = {"law": "j2", "young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.03}}
"""The law of a phase more than a cell has."""


@pytest.fixture
def config() -> dict:
    return read([ROOT / "config.yaml"], {})


@pytest.mark.parametrize("shipped", [None, *sorted(ROOT.glob("profiles/*/study.yaml"))])
def test_shipped_configurations_are_valid(shipped):
    design.check(read([ROOT / "config.yaml", *([shipped] if shipped else [])], {}))


def test_paper_design(config):
    studies = design.studies(config)
    controls = {"tolerance_1e4": 25, "tolerance_1e8": 25, "paper_criteria": 50}
    paper = {"data_size": 80, "eta": 25, "xi": 25, "depth": 75}
    assert {study.name: len(study.runs) for study in studies} == paper | controls
    runs = design.all_runs(studies)
    assert len(runs) == 190
    assert Counter((run.settings["samples"], run.settings["batch"]) for run in studies[0].runs) == {
        (400, 20): 10,
        (400, 40): 10,
        (400, 128): 10,
        (1024, 40): 10,
        (1024, 64): 10,
        (1024, 128): 10,
        (2048, 128): 10,
        (2048, 256): 10,
    }
    assert all(run.settings["epochs"] == 10_000 for run in runs.values())
    assert {"dmn-n7-s1024-b128-i03", "imn-n7-s400-b40-xi0.5-i01", "imn-n7-s400-b40-eta0.01-i05"} <= set(runs)
    assert "dmn-n8-s400-b40-literal-i05" in runs


def test_what_is_measured(config):
    names = measurements.measurements(design.studies(config))
    kinds = Counter(each.kind for each in names.values())
    assert kinds == {"online": 10 + 4 + 4, "training": 15, "epochs": 2}
    shared = names["online-imn-n7-s400-b40"]  # of depth, eta and xi
    assert list(shared.schemes) == list(design.studies(config)[3].schemes["imn"])
    assert [run.settings["seed"] for run in shared.runs.values()] == [1, 2, 3, 4, 5]
    assert not [name for name in names if name.startswith("online") and "literal" in name]
    assert names["training-dmn-n4-s400-b40-literal-i01"].networks == []
    assert {name for name in names if name.startswith("epochs")} == {"epochs-native", "epochs-torch"}
    for backend, teams in {
        "native": (("--doubling", ["dmn-literal"]), ("--one", ["dmn-reduced", "imn"])),
        "torch": (("--ends", ["dmn-literal", "imn"]),),
    }.items():
        words = measurements.arguments(names[f"epochs-{backend}"], config)
        for option, values in (*teams, ("--depths", list("45678")), ("--backend", [backend])):
            assert words[words.index(option) + 1 :][: len(values)] == values
        assert not {"--model", "--formulation", "--depth"} & set(words)
    depth = design.studies(config)[3]
    assert len(measurements.needed(names, depth, ["online"])) == 10
    assert len(measurements.needed(names, depth, ["training", "epochs"])) == 17


def test_a_composite_that_is_not_there_cannot_be_timed(config):
    with pytest.raises(InputError, match=r"config: times\.composite: no composite 'steel' in materials"):
        design.check(config | {"times": {"composite": "steel", "repeats": 5}})


def test_every_run_is_evaluated_once_with_all_its_studies_schemes(config):
    studies = design.studies(config)
    evaluations = design.evaluations(studies)
    counted = Counter((each.member.variant, each.member.run.id) for each in evaluations.values())
    assert {run for _, run in counted} == set(design.all_runs(studies))
    assert set(counted.values()) == {1}
    schemes = {(each.member.variant, each.member.run.id): set(each.schemes) for each in evaluations.values()}
    for study in studies:
        for member in study.members:
            assert set(study.schemes[member.run.model]) <= schemes[member.variant, member.run.id]


def test_a_claim_left_undecided_gets_more_seeds_of_its_study(tmp_path):
    config = read([ROOT / "config.yaml", ROOT / "profiles/decide/study.yaml"], {})
    decide.check(config)
    studies = decide.studies(config)
    assert list(studies)[:4] == [f"decide/30/{name}" for name in ("data_size", "eta", "xi", "depth")]
    assert [len(studies[f"decide/{seeds}/eta"].runs) for seeds in (30, 100)] == [150, 500]
    paper = design.all_runs(design.studies(config))
    reduced = {name for name, run in paper.items() if run.settings["formulation"] == "reduced"}
    assert reduced <= set(design.all_runs(studies.values()))  # trained once for both
    verdicts = [{"id": id, "verdict": "undecided" if id == 13 else "partly"} for id in range(1, 29)]
    (tmp_path / "claims.json").write_text(json.dumps(verdicts))
    assert decide.second_look(config, tmp_path / "claims.json") == [
        "decide/30/data_size",
        "decide/30/eta",
        "decide/30/xi",
        "decide/100/depth",
    ]


def test_run_ids_are_distinct_for_distinct_settings(config):
    wide = [
        {"model": "dmn", "formulation": ["literal", "reduced"], "loss": ["frobenius", "divergence"]},
        {"model": "imn", "learning_rate": [0.01, 0.003], "epochs": [100, 200]},
        {"model": "imn", "initialisation": [{"activation": [0.0, 1.0], "euler": [0.0, 1.0], "normal": [0.0, 1.0]}]},
    ]
    config["studies"] = [{"name": "wide", "seeds": [3, 7], "schemes": {"dmn": ["dmn_residual"]}, "grids": wide}]
    (study,) = design.studies(config)
    assert len(study.runs) == 2 * (4 + 4 + 1)
    assert len({run.id for run in study.runs}) == len(study.runs)


def change(config: dict, path: str, value) -> dict:
    changed = copy.deepcopy(config)
    *parents, last = path.split(".")
    entry = changed
    for key in parents:
        entry = entry[int(key) if key.isdigit() else key]
    entry[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.epoch", 5, ["training", "epoch", "epochs"]),
        ("folders", "x", ["folders", "folder"]),
        ("training.epochs", "many", ["training: epochs", "many", "a whole number"]),
        ("training.batch", 500, ["batch", "500"]),
        ("data.samples", 100, ["samples", "data.samples"]),
        ("rve.volume_fraction", 0.9, ["rve: volume_fraction", "0.9", "from 0.01 to 0.75"]),
        ("studies.0.schemes", {"dmn": ["newton"]}, ["newton"]),
        ("studies.0.schemes", {"imn": ["imn_newton_dense"]}, ["data_size", "dmn"]),
        ("studies.1.schemes", {"imn": ["dmn_residual"]}, ["dmn_residual", "imn"]),
        ("studies.0.grids", [{"model": "dnn"}], ["dnn"]),
        ("studies.0.grids", [{"model": "dmn", "depth": [4, 99]}], ["n99", "99"]),
        ("studies.1.name", "data_size", ["data_size", "same name"]),
        ("loading.paths", {"cycle": [{"11": 0.05}] * 200}, ["cycle", "steps"]),
        ("loading.paths", {"11": [{"11": 0.05}]}, ["'11'", "another name"]),
        ("loading.paths", {"cycle": [{"44": 0.05}]}, ["cycle", "44"]),
        ("materials.composite_1.phase_1", {"law": "j2", "young": "soft"}, ["composite_1", "phase_1"]),
        (
            "materials.composite_1.phase_3",
            THIRD,
            ["config: materials: composite 'composite_1' has 3 phases, the cell 2"],
        ),
        (
            "variants",
            {"three": {"materials": {"composite_1": {"phase_3": THIRD}}}},
            ["config: variant 'three': materials: composite 'composite_1' has 3 phases, the cell 2"],
        ),
        ("reference.fineness", {"composite_7": 1.5}, ["fineness", "composite_7"]),
    ],
)
def test_a_wrong_key_or_value_is_one_clear_line(config, path, value, words):
    with pytest.raises(InputError) as caught:
        design.check(change(config, path, value))
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_no_training_of_an_array_is_held_back(config):
    """The SLURM plugin submits a job array when all its jobs are at hand: limits below their number would hang."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    runs = len(design.all_runs(design.studies(config)))
    assert profile["jobs"] > 10 * runs
    assert int(profile["max-jobs-per-timespan"].partition("/")[0]) > 10 * runs
    assert profile["set-resources"]["train"]["cpus_per_task"] == config["training"]["threads"]
    assert not set(profile) & set(yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())), "would lose"
    assert "groups" not in profile


def test_a_grid_names_curves_of_the_study(config):
    """The recipe alone is not enough; the options of other runs say nothing of curves."""
    config["curves"] = {"few": {"count": 2, "shards": 3, "composites": {"contrast": [3.0, 9.0]}}}
    grid = {"model": "imn", "recipe": "curves", "curves": "few"}
    entry = {"name": "fitted", "seeds": 1, "schemes": {"imn": ["newton_condensed"]}, "grids": [grid, {"model": "imn"}]}
    config["studies"], config["sensitivity"] = [entry], []
    design.check(config)
    fitted, plain = design.studies(config)[0].runs
    assert fitted.id.startswith("imn-n10-")
    assert "-starts5-curvesfew-" in fitted.id
    assert {"--starts", "--curve-batch"} <= set(commands.training_options(fitted))
    assert not [word for word in commands.training_options(plain) if "curve" in word or "starts" in word]
    assert commands.curve_shards(config, "few") == 3
    assert commands.curve_options(config, "few") == ["--count", "2", "--contrast", "3.0", "9.0"]
    config["curves"]["more"] = {"count": 4, "reuse": "few"}
    design.check(config)
    assert commands.curve_options(config, "more") == ["--count", "4"]
    config["curves"]["more"]["reuse"] = "more"
    with pytest.raises(InputError, match=r"curves\.more\.reuse: no curves 'more' before it; there are: few"):
        design.check(config)
    del config["curves"]["more"]
    grid["curves"] = "many"
    with pytest.raises(InputError, match="no curves 'many'; `curves` has few"):
        design.check(config)
    del grid["curves"]
    with pytest.raises(InputError, match="the recipe 'curves' needs the key curves"):
        design.check(config)
