"""The workflow: what it plans at the paper's scale, a tiny study end to end, and what a change makes it do again."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import xarray as xr
from study_project import TARGETS, Project, job_counts


def test_paper_scale_counts(project):
    done = project.run("snakemake", "-n", "--quiet", "host", "--", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    counts = job_counts(done.stdout + done.stderr)
    assert counts["train"] == 190
    assert counts["evaluate"] == 190 + 100  # and the depths again with other tolerances and criteria
    assert counts["time"] == 18 + 15 + 2  # settings online, trainings of a setting, epochs of a backend
    assert counts["times"] == 1
    assert counts["figure"] == 19
    assert counts["reference"] == 3
    assert counts["collect"] == 7
    assert counts["claims"] == 1


def test_one_figure_needs_only_its_own_study(project):
    done = project.run("snakemake", "-n", "--quiet", "host", "--", "results/fig14.pdf")
    counts = job_counts(done.stdout + done.stderr)
    assert counts["train"] == 75
    assert counts["time"] == 15 + 2
    assert counts["figure"] == 1
    assert "times" not in counts


def test_a_part_of_the_sensitivity_study_needs_its_own_variant_only(project):
    """Repetitions of 15 and 30 networks, three in both, and the 25 and 75 of the studies, five in both."""
    target = "results/sensitivity/gap_01.csv"
    done = project.run("snakemake", "-n", "--quiet", "host", "--profile", "profiles/sensitivity", "--", target)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = job_counts(done.stdout + done.stderr)
    assert {name: counts[name] for name in ("rve", "train", "collect", "repetition")} == {
        "rve": 2,
        "train": 42 + 95,
        "collect": 4,
        "repetition": 1,
    }


def test_a_wrong_key_stops_before_anything_is_written(project):
    (project.folder / "wrong.yaml").write_text("training: {epoch: 5}\n")
    done = project.run("snakemake", "--cores", "1", "--configfile", "wrong.yaml")
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in output
    assert "config: training: unknown setting epoch; there are depth, " in output
    assert not (project.folder / "results").exists()


@pytest.mark.slow
def test_tiny_study_end_to_end(finished):
    for target in (name for name in TARGETS if name.endswith(".pdf")):
        assert (finished.folder / target).read_bytes().startswith(b"%PDF")
    verdicts = [claim["verdict"] for claim in json.loads((finished.folder / "out/claims.json").read_text())]
    assert len(verdicts) == 28
    assert verdicts[0] == "reproduced"
    run = finished.folder / "out/runs/dmn-n2-s12-b6-i01"
    assert sorted(path.name for path in run.iterdir()) == ["history.nc", "network.nc", "online.nc"]
    with xr.open_dataset(finished.folder / "out/datasets/depth.nc") as study:
        assert study.sizes["run"] == 2 * 2 + 2
        assert np.isfinite(study["error"].values).all()
        assert study["converged"].values.all()
    with xr.open_dataset(finished.folder / "out/datasets/packings.nc") as study:
        assert study["variant"].values.tolist() == ["default", "packing"]
        assert study["run_id"].values.tolist() == ["imn-n1-s12-b6-i01", "packing/imn-n1-s12-b6-i01"]
        assert (study["stress"].isel(run=0) != study["stress"].isel(run=1)).any()
    with xr.open_dataset(finished.folder / "out/times.nc") as times:
        assert times["run"].values.tolist() == [f"{model}-n{n}-s12-b6-i01" for model in ("dmn", "imn") for n in (1, 2)]
        assert np.isfinite(times["training_wall_time"]).all()
        assert np.isfinite(times["online_time"].sel(scheme="imn_newton_dense").dropna("run", how="all")).all()
        assert np.isfinite(times["epoch_wall_time"].sel(model="imn", backend="torch")).all()
        assert times["profile"].dims == ("model", "depth", "part", "repeat")
    own = {path.name for path in (finished.folder / "out/variants/packing/data").iterdir()}
    assert own == {"rve.nc", "elastic.nc", "shards", "references", *(f"reference_composite_{k}.nc" for k in (1, 2, 3))}
    for path in finished.folder.glob("out/**/*.nc"):
        with xr.open_dataset(path) as data:
            stamps = {"laminet_version", "created", "command", "params_sha256", "host", "cpu_model", "build"}
            assert stamps | {"threads", "content"} <= set(data.attrs), path
            assert all("units" in data[name].attrs for name in data.data_vars), path


@pytest.mark.slow
def test_finished_work_is_not_done_again(finished):
    assert finished.planned(*TARGETS) == {}


@pytest.mark.slow
def test_a_deleted_figure_is_all_that_is_drawn_again(finished):
    (finished.folder / "out/fig7.pdf").unlink()
    assert finished.planned(*TARGETS) == {"figure": 1}
    assert finished.snakemake("--", "out/fig7.pdf").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "again"),
    [
        ("laminet_study/figures/elements.py", {"figure"}),
        ("laminet_study/claims/page.py", {"claims"}),
        ("laminet_study/datasets.py", {"collect", "figure", "claims"}),
        ("laminet_study/timing.py", {"time", "times", "figure", "claims"}),
        ("laminet/online/evaluation.py", {"evaluate", "collect", "time", "times", "figure", "claims"}),
        ("laminet/training/loss.py", {"train", "evaluate", "collect", "time", "times", "figure", "claims"}),
        ("laminet/cli/networks.py", set()),
    ],
)
def test_a_source_change_redoes_what_depends_on_it_and_no_more(finished, source, again):
    path = finished.folder / "src" / source
    saved = path.read_text()
    path.write_text(saved + "\n# changed\n")
    try:
        assert finished.planned(*TARGETS) == {}, "a comment must not trigger"
        path.write_text(saved + "\nCHANGED = True\n")
        planned = {rule.split("_")[0] for rule in finished.planned(*TARGETS)}
    finally:
        path.write_text(saved)
    assert planned == again


@pytest.mark.slow
def test_a_changed_setting_redoes_only_what_depends_on_it(finished):
    original = finished.folder / "tiny.yaml"
    saved = original.read_text()
    try:
        original.write_text(saved.replace("epochs: 3", "epochs: 4"))
        planned = finished.planned(*TARGETS)
        assert planned["train"] == 8
        assert not {"rve", "sample", "merge", "reference"} & set(planned)
        original.write_text(saved + "online: {tolerance: 1.0e-7}\n")
        planned = finished.planned(*TARGETS)
        assert not {"rve", "sample", "merge", "reference", "train"} & set(planned)
        assert planned["evaluate"] == 8
        original.write_text(saved + "figures: {control: strain}\n")
        assert set(finished.planned(*TARGETS)) == {"time", "times", "figure", "claims"}
    finally:
        original.write_text(saved)
    assert finished.planned(*TARGETS) == {}


def laminet(project: Project, *arguments: str) -> subprocess.CompletedProcess:
    return project.run("laminet", *arguments)


def assert_one_clear_line(done: subprocess.CompletedProcess, *words: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


TRAIN = ("--model", "imn", "--depth", "2", "--samples", "12", "--batch", "6", "--epochs", "2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("nan", ["'stiffness'", "sample 3", "NaN"]),
        ("indefinite", ["'stiffness_1'", "sample 0", "positive definite"]),
        ("missing", ["'stiffness_phase'", "missing"]),
        ("shape", ["'stiffness_1'", "(16, 6, 5)"]),
    ],
)
def test_bad_elastic_data_is_refused(finished, tmp_path, fault, words):
    data = xr.load_dataset(finished.folder / "out/data/elastic.nc")
    if fault == "nan":
        data["stiffness"][3, 1, 2] = np.nan
    elif fault == "indefinite":
        data["stiffness_phase"][0, 0] *= -1.0
    elif fault == "missing":
        data = data.drop_vars("stiffness_phase")
    else:
        data = data.isel(j=slice(0, 5))
    bad = tmp_path / "bad.nc"
    data.to_netcdf(bad)
    done = laminet(finished, "train", "--data", str(bad), *TRAIN, "--out", str(tmp_path / "run"))
    assert_one_clear_line(done, str(bad), *words)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_truncated_network_is_refused(finished, tmp_path):
    whole = finished.folder / "out/runs/dmn-n2-s12-b6-i01/network.nc"
    bad = tmp_path / "network.nc"
    bad.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    out = tmp_path / "online.nc"
    materials = finished.folder / "out/data/materials_composite_1.yaml"
    done = laminet(finished, "evaluate", "--network", str(bad), "--materials", str(materials), "--out", str(out))
    assert_one_clear_line(done, str(bad))
    assert not out.exists()


@pytest.mark.slow
def test_an_unknown_composite_is_refused(finished, tmp_path):
    materials = finished.folder / "out/data/materials_composite_1.yaml"
    assert list(json.loads(materials.read_text())) == ["composite_1"]
    network = finished.folder / "out/runs/dmn-n2-s12-b6-i01/network.nc"
    out = tmp_path / "online.nc"
    arguments = ("--network", str(network), "--materials", str(materials), "--composite", "steel", "--out", str(out))
    assert_one_clear_line(laminet(finished, "evaluate", *arguments), "steel", "composite_1", str(materials))
    assert not out.exists()


@pytest.mark.slow
def test_wrong_usage_exits_with_2(finished):
    assert laminet(finished, "train").returncode == 2
    assert laminet(finished, "sample", "--shard", "3/2").returncode == 2
    assert laminet(finished, "nothing").returncode == 2


@pytest.mark.slow
def test_the_same_study_gives_the_same_numbers(finished, tmp_path):
    again = Project(tmp_path / "again")
    shutil.copytree(finished.folder, again.folder, ignore=shutil.ignore_patterns("out", ".snakemake", "cache"))
    done = again.snakemake("--set-threads", "train=1", "--", "out/datasets/depth.nc")
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (xr.load_dataset(each.folder / "out/datasets/depth.nc") for each in (finished, again))
    for name in first.data_vars:
        if "time" not in name and "elapsed" not in name:
            np.testing.assert_array_equal(first[name].values, second[name].values, err_msg=name)
