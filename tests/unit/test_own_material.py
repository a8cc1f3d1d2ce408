"""From nothing to one's own material by the commands alone: own RVE, own phases, own laws."""

import re
import shutil

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet import cli
from laminet.cells.fibres import cell
from laminet.cells.fibres.homogenisation import homogenize
from laminet.cli import main
from laminet.files import foreign
from laminet.materials.stiffness import isotropic_stiffness
from laminet_study import cli as study_cli

MATERIALS = """
soft:
  phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.029, linear: 0.14}}
  phase_2: {law: j2, young: 20, poisson: 0.22, hardening: {initial: 3.0}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A coarse RVE with 35 % of fibres, and the laws of the phases."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "materials.yaml").write_text(MATERIALS)
    options = "--fibres 2 --volume-fraction 0.35 --refinement 16 --candidates 1"
    assert main(["rve", *options.split(), "--out", str(folder / "rve.nc")]) == 0
    return folder


def run(folder, text: str) -> None:
    words = [str(folder / word[1:]) if word.startswith("@") else word for word in text.split()]
    assert main(words) == 0


def test_from_the_rve_to_the_response(folder):
    """Without shards and merging: the learnt volume fraction is the cell's, the curves are near its own."""
    run(folder, "sample --rve @rve.nc --samples 40 --validation 8 --contrast 1 --out @elastic.nc")
    run(folder, "train --data @elastic.nc --model imn --recipe accurate --depth 4 --epochs 800 --seeds 2 --out @net")
    options = "--materials @materials.yaml --composite soft --control stress --steps 5 --strain 0.03"
    run(folder, f"reference --rve @rve.nc {options} --error-estimate none --out @reference.nc")
    run(folder, f"evaluate --network @net/network.nc {options} --reference @reference.nc --out @response.nc")
    network = laminet.load(folder / "net/network.nc")
    assert network.parameters.attributes["seeds"] == 2
    assert network.volume_fraction == pytest.approx(0.35, abs=0.02)
    assert network.predict(folder / "elastic.nc")["error"].mean() < 0.05
    with xr.open_dataset(folder / "response.nc") as response:
        assert response["converged"].all()
        assert response["error"].mean() < 0.12


def test_own_phases_are_homogenised_as_they_are(folder):
    first = np.array([isotropic_stiffness(young, 0.3) for young in (2.0, 3.0, 4.0)])
    second = np.array([isotropic_stiffness(70.0, 0.2)] * 3)
    np.savez(folder / "phases.npz", stiffness_1=first, stiffness_2=second)
    run(folder, "sample --rve @rve.nc --phases @phases.npz --validation 1 --out @given.nc")
    for number in (1, 2):
        run(folder, f"sample --rve @rve.nc --phases @phases.npz --validation 1 --shard {number}/2 --out @s{number}.nc")
    run(folder, "merge @s1.nc @s2.nc --out @merged.nc")
    found, merged = foreign.given(folder / "given.nc"), foreign.given(folder / "merged.nc")
    assert sorted(found["split"].values) == ["train", "train", "validation"]
    pairs = np.moveaxis(found["stiffness_phase"].values, 1, 0)
    np.testing.assert_allclose(sorted(pairs[0][:, 5, 5]), sorted(first[:, 5, 5]))
    for pair, number in zip(pairs[0], found["sample"].values, strict=True):
        np.testing.assert_allclose(pair, first[number])  # the user's numbers, from 0
    xr.testing.assert_equal(merged, found)
    np.testing.assert_allclose(found["stiffness"], homogenize(cell.load(folder / "rve.nc"), *pairs), rtol=1e-12)


@pytest.mark.parametrize(("option", "count"), [("", 1), ("--validation 0.5", 3), ("--validation 2", 2)])
def test_of_own_phases_a_share_or_a_number_is_for_validation(folder, option, count):
    np.savez(folder / "six.npz", stiffness_1=[np.eye(6)] * 6, stiffness_2=[2.0 * np.eye(6)] * 6)
    run(folder, f"sample --rve @rve.nc --phases @six.npz {option} --out @six.nc")
    assert sum(foreign.given(folder / "six.nc")["split"].values == "validation") == count


def test_of_random_phases_validation_is_a_number(folder, capsys):
    assert main(["sample", "--rve", f"{folder}/rve.nc", "--validation", "0.5", "--out", f"{folder}/x.nc"]) == 1
    assert "data: validation is 0.5; it must be a whole number from 0 to 1000000" in capsys.readouterr().err


def test_shards_of_one_cell_are_merged_by_whatever_path_it_was_named(folder, capsys):
    """And those of another cell are refused by what differs."""
    (folder / "again").mkdir()
    shutil.copy(folder / "rve.nc", folder / "again/copy.nc")
    options = "--samples 2 --validation 1"
    run(folder, f"sample --rve @rve.nc {options} --shard 1/2 --out @p1.nc")
    run(folder, f"sample --rve @again/copy.nc {options} --shard 2/2 --out @p2.nc")
    run(folder, "merge @p1.nc @p2.nc --out @whole.nc")
    assert foreign.given(folder / "whole.nc")["sample"].values.tolist() == [0, 1, 2]
    run(folder, "rve --fibres 1 --volume-fraction 0.3 --refinement 12 --candidates 1 --out @other.nc")
    for options, words in (
        ("--rve @other.nc --samples 2", "attribute 'cell_sha256' differs from that of {0} (another cell)"),
        ("--rve @rve.nc --samples 2 --seed 1", "'design_sha256' differs from that of {0} (other phases: samples, seed"),
    ):
        run(folder, f"sample {options} --validation 1 --shard 2/2 --out @p3.nc")
        assert main(["merge", str(folder / "p1.nc"), str(folder / "p3.nc"), "--out", str(folder / "x.nc")]) == 1
        assert words.format(folder / "p1.nc") in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--samples 3", "--contrast 1", "--sequence latin_hypercube"])
def test_options_of_random_phases_do_not_go_with_given_ones(folder, capsys, option):
    np.savez(folder / "phases.npz", stiffness_1=[np.eye(6)] * 3, stiffness_2=[np.eye(6)] * 3)
    words = f"sample --rve {folder}/rve.nc --phases {folder}/phases.npz --validation 1 {option} --out {folder}/x.nc"
    assert main(words.split()) == 1
    assert f"{option.split()[0][2:]}: only for random phases, and --phases gives them" in capsys.readouterr().err


def test_a_shard_without_samples_is_looked_into(folder, capsys):
    run(folder, "sample --rve @rve.nc --samples 1 --validation 1 --shard 3/3 --out @empty.nc")
    run(folder, "info @empty.nc")
    assert "no samples" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train --data @none.nc --model imn --out @x", "none.nc: no such file"),
        ("train --data @rve.nc --model imn --out @x", "holds 'rve' data where 'elastic' data is needed"),
        ("train --data @materials.yaml --model imn --out @x", "is no NetCDF file but YAML; 'laminet info'"),
        ("evaluate --network @rve.nc --materials @materials.yaml --out @x.nc", "holds 'rve' data where 'network'"),
        ("sample --rve @phases.npz --out @x.nc", "phases.npz"),
        ("sample --rve @rve.nc --phases @rve.nc --out @x.nc", "holds 'rve' data where 'elastic' data is needed"),
        (
            "sample --rve @rve.nc --phases @rve.nc --unit MPa --out @x.nc",
            "unit: only for phases in CSV or NPZ, and",
        ),
        ("reference --rve @rve.nc --materials @materials.yaml --composite hard --out @x.nc", "it has soft"),
        ("rve --volume-fraction 1.5 --out @x.nc", "volume_fraction is 1.5"),
        ("train --data @phases.npz --model imn --out @x", "'laminet import' reads elastic data"),
        ("plot @rve.nc --out @x.png", "a cell of parallel fibres has no slices"),
        ("info @nothing", "no such file"),
    ],
)
def test_a_newcomer_s_slip_is_answered_by_one_line(folder, capsys, text, words):
    (folder / "phases.npz").touch()
    assert main([str(folder / word[1:]) if word.startswith("@") else word for word in text.split()]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not list(folder.glob("x*"))


@pytest.mark.parametrize("program", [cli, study_cli])
def test_help_of_every_command_has_an_example_that_is_understood(program, capsys):
    """What `--help` shows can be typed: the options of the examples exist."""
    top = program.parser()
    commands = next(action.choices for action in top._actions if hasattr(action, "choices") and action.choices)
    for name, command in commands.items():
        with pytest.raises(SystemExit):
            program.main([name, "--help"])
        shown = capsys.readouterr().out
        assert not re.search(r"\(default: (None|\[)", shown), name
        lines = (command.epilog or "").replace("\\\n", " ").splitlines()
        examples = [line.strip() for line in lines if line.strip().startswith(f"{top.prog} ")]
        assert examples, name
        for line in examples:
            words = line.split("&&")[0].split("  (")[0].split()[1:]
            assert top.parse_args([word.strip('"') for word in words]).command == name


def test_help_says_whether_a_file_or_a_folder_is_written(capsys):
    for program, name, said in (
        (cli, "train", "--out DIR the folder that is written"),
        (cli, "rve", "--out FILE the file that is written"),
        (study_cli, "gallery", "--out DIR the folder that is written"),
        (study_cli, "claims", "--out FILE the file that is written"),
    ):
        with pytest.raises(SystemExit):
            program.main([name, "--help"])
        assert said in " ".join(capsys.readouterr().out.split()), name
