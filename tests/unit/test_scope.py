"""Notes where a path or a law leaves the range that docs/scope.md names, and none within it."""

import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.errors import LaminetWarning
from laminet.files.network import save_network
from laminet.loading.paths import by_control, piecewise
from laminet.materials.laws.elastic import Linear
from laminet.materials.laws.j2 import J2
from laminet.materials.library import Composite, composites
from laminet.materials.stiffness import contrast, isotropic_stiffness, mean_modulus
from laminet.online.scope import turns_of, warn_beyond
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]
SCOPE = (ROOT / "docs/scope.md").read_text(encoding="utf-8")


@pytest.fixture
def network(sparse_network):
    """A network that was trained on contrasts of 0.1 to 100."""
    return replace(sparse_network("imn", 3, 1, 6), attributes={"contrast": np.array([-1.0, 2.0])})


def notes(*given, paths=None, references=None) -> list[str]:
    """What is noted of networks and a composite along paths."""
    *networks, composite = given
    driven = by_control(["stress"], ["11", "12"], paths or {}, 8, 0.05)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_beyond(networks, [composite], driven, references or {})
    assert all(each.category is LaminetWarning for each in caught)
    return [str(each.message) for each in caught]


def reference(paths=()) -> xr.Dataset:
    """The control and the load cases of a reference."""
    return xr.Dataset(coords={"control": ["stress"], "load_case": ["11", "12", *paths]})


@pytest.mark.parametrize(
    ("vertices", "turns"),
    [
        ([{"11": 0.02}], 0),
        ([{"11": 0.02, "22": 0.01}, {"11": 0.04, "22": 0.02}], 0),  # straight on
        ([{"11": 0.02}, {"11": 0.02}, {"11": 0.03}], 0),  # held in between
        ([{"11": 0.02}, {"11": 0.0}], 1),
        ([{"22": 0.03}, {"22": 0.03, "12": 0.03}], 1),
        ([{"11": 0.02}, {"11": -0.02}, {"11": 0.0}], 2),
        ([{"11": 0.0}], 0),
    ],
)
def test_changes_of_direction_are_counted(vertices, turns):
    assert turns_of(piecewise("x", "stress", vertices, 12)) == turns


def test_a_path_that_turns_or_reverses(network, composites):
    (note,) = notes(network, composites[2], paths={"cycle": [{"12": 0.04}, {"12": 0.0}]})
    assert note.startswith("load path 'cycle' turns or reverses: expect 1.7 to 2.5 times the error of a monotonic path")
    (note,) = notes(network, composites[2], paths={"cycle": [{"12": 0.04}, {"12": -0.04}, {"12": 0.0}]})
    assert note.startswith("load path 'cycle' changes its direction 2 times, tested was one change")
    assert "expect 1.7 to 2.5 times the mean error" in SCOPE, "where the numbers are from"


def test_a_reference_of_the_path_tells_its_error_itself(network, composites):
    paths = {"cycle": [{"12": 0.04}, {"12": 0.0}]}
    assert notes(network, composites[2], paths=paths, references={"composite_2": reference(["cycle"])}) == []
    assert len(notes(network, composites[2], paths=paths, references={"composite_2": reference()})) == 1
    assert len(notes(network, composites[2], paths=paths, references={"other": reference(["cycle"])})) == 1


def test_strains_beyond_what_was_tested():
    with pytest.warns(
        LaminetWarning, match=r"load paths 12, far: strains reach 0\.08; .* nothing was tested above 0\.05"
    ):
        by_control(["strain", "stress"], ["12"], {"far": [{"12": -0.08}], "near": [{"11": 0.05}]}, 4, 0.06)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by_control(["strain", "stress"], ["12", "11"], {"near": [{"11": -0.05, "31": 0.05}]}, 7, 0.05)
    assert "tensor strain of 0.05" in SCOPE


@dataclass(frozen=True)
class Untested(J2):
    """J2 under a name of its own, as a user's law."""

    name = ""
    tested = False


def test_a_law_that_no_test_had(network, composites):
    matrix, fibre = composites[2].laws
    odd = Composite("odd", (Untested(matrix.young, matrix.poisson, matrix.hardening), fibre))
    (note,) = notes(network, odd)
    assert note.startswith("composite 'odd': no network was tested with the law 'Untested' (phase 1)")
    assert notes(network, odd, references={"odd": reference()}) == []
    assert not isinstance(matrix, Linear), "J2 was tested"
    assert notes(network, composites[2]) == []


def test_contrast_is_the_ratio_of_mean_moduli():
    soft, stiff = isotropic_stiffness(2.0, 0.3), isotropic_stiffness(60.0, 0.3)
    bulk, shear = 2.0 / 0.4, 2.0 / 1.3  # 3K and 2G of the soft one: eigenvalues, the second of five
    np.testing.assert_allclose(mean_modulus(soft), (bulk * shear**5) ** (1 / 6))
    np.testing.assert_allclose(contrast(np.stack([soft, stiff])), np.log10(30.0))
    np.testing.assert_allclose(contrast(np.stack([stiff, soft])), -np.log10(30.0))
    np.testing.assert_allclose(contrast(np.stack([soft, stiff, 2.0 * stiff])), np.log10(60.0))


def test_a_contrast_that_the_training_data_did_not_have(network, composites):
    matrix, fibre = composites[2].laws
    turned = Composite("turned", (fibre, matrix))
    value = 10 ** float(contrast(np.stack([fibre.stiffness, matrix.stiffness])))
    (note,) = notes(network, turned)
    assert note.startswith(
        f"composite 'turned': the contrast of its phases is {value:.3g}, in the training data it was 0.1 to 100"
    )
    narrow = replace(network, attributes={"contrast": [0.0, 0.5]})
    (note,) = notes(network, narrow, composites[2])
    assert "in the training data it was 1 to 3.16" in note
    for attributes in ({}, {"contrast": "wide"}, {"contrast": 3.0}):  # old files, and damaged ones
        assert notes(replace(network, attributes=attributes), turned) == []


def test_a_training_records_the_contrast_of_its_samples(tmp_path):
    phases = np.stack([isotropic_stiffness(1.0, 0.3), isotropic_stiffness(10.0, 0.3)])
    first = np.stack([phases[0]] * 8)
    second = np.stack([phases[1]] * 5 + [100.0 * phases[0]] * 3)
    split = ["train"] * 6 + ["validation"] * 2
    data = laminet.elastic_data([first, second], 0.5 * (first + second), split=split)
    network = laminet.train(data, depth=1, epochs=1, directory=tmp_path)
    np.testing.assert_allclose(laminet.load(tmp_path / "network.nc").parameters.attributes["contrast"], [1.0, 2.0])
    np.testing.assert_allclose(network.parameters.attributes["contrast"], [1.0, 2.0])


def test_the_paths_and_laws_of_the_studies_are_within_the_range(network):
    """Those of `make accuracy` turn and reverse; it always compares them with their references."""
    trained = replace(network, attributes={"contrast": [-3.0, 3.0]})
    for overlay in ("", "profiles/quick/study.yaml", "profiles/accuracy/study.yaml"):
        config = read([ROOT / "config.yaml", *([ROOT / overlay] if overlay else [])], {})
        load = config["loading"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            driven = by_control(load["controls"], ["11"], load["paths"], load["steps"], load["strain"])
            for one in composites(config["materials"], "config").values():
                known = {one.name: reference(load["paths"]).assign_coords(control=load["controls"])}
                warn_beyond([trained], [one], driven, known if load["paths"] else {})


def test_by_command_each_note_is_one_line(network, composites, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_network(network, "network.nc", {})
    Path("materials.yaml").write_text(f"glass: {composites[2].text}\n")
    words = [
        "evaluate",
        "--network",
        "network.nc",
        "--materials",
        "materials.yaml",
        "--control",
        "stress",
        "--steps",
        "4",
        "--out",
        "online.nc",
    ]
    assert main([*words, "--strain", "0.06", "--path", "cycle=11:0.02;11:0"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [re.sub(r"[;:] .*", "", line.removeprefix("laminet evaluate: warning: ")) for line in lines] == [
        "load paths 11, 22, 33, 12, 23, 31",
        "load path 'cycle' turns or reverses",
    ]
    for section in {re.search(r"see '(.*)' in docs/scope\.md", line)[1] for line in lines}:
        assert f"\n## {section}\n" in SCOPE
    assert main(words) == 0
    assert capsys.readouterr().err == ""
