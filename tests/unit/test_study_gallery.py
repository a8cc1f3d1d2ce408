"""A gallery of a study: small datasets from which the same figures, verdicts and numbers come."""

import json
import re

import numpy as np
import pytest
import xarray as xr
from synthetic_study import SCHEMES, times_of, write_reference, write_run

from laminet.files import netcdf
from laminet_study import claims, cli, datasets, gallery, measured, statistics
from laminet_study.summary import summarise


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of a study with two studies of the paper, one repetition and the references."""
    folder = tmp_path_factory.mktemp("results")
    depth = [
        write_run(folder / f"runs/{model}-{n}-{seed}", model=model, depth=n, seed=seed, epochs=300)
        for model in ("dmn", "imn")
        for n in (2, 3)
        for seed in (1, 2)
    ]
    size = [
        write_run(folder / f"runs/s-{batch}-{seed}", model="dmn", batch=batch, seed=seed, epochs=300)
        for batch in (4, 8)
        for seed in (1, 2)
    ]
    for name, runs, schemes in (("depth", depth, SCHEMES), ("data_size", size, {"dmn": ["dmn_residual"]})):
        datasets.save(datasets.collect(runs, name, schemes), folder / f"datasets/{name}.nc", {})
    measured.write(times_of(datasets.collect(depth, "depth")), folder / "times.nc", {})
    repeated = [datasets.RunFolders(run, variant="loose") for run in depth]
    loose = datasets.collect(repeated, "loose_depth", SCHEMES, repeats="depth")
    datasets.save(loose, folder / "datasets/loose_depth.nc", {})
    (folder / "sensitivity").mkdir()
    (folder / "sensitivity/loose.csv").write_text("id,verdict\n2,reproduced\n")
    for number in (1, 2, 3):
        write_reference(folder / f"data/reference_composite_{number}.nc", f"composite_{number}")
    (folder / "config.yaml").write_text("folder: results\n")
    (folder / "decide/first_look").mkdir(parents=True)
    (folder / "decide/first_look/claims.json").write_text(json.dumps([{"id": 5, "verdict": "undecided"}]))
    more = [{"id": 5, "verdict": "reproduced"}, {"id": 9, "verdict": "not testable"}]
    (folder / "decide/claims.json").write_text(json.dumps(more))
    return folder


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("gallery")
    gallery.make(folder, out, [folder / "config.yaml"])
    return out


def test_the_last_look_is_published(folder, tmp_path):
    assert gallery.latest_look(folder) == folder / "decide/claims.json"
    assert gallery.latest_look(tmp_path) is None
    (tmp_path / "decide/first_look").mkdir(parents=True)
    (tmp_path / "decide/first_look/claims.json").write_text("[]")
    assert gallery.latest_look(tmp_path) == tmp_path / "decide/first_look/claims.json"


def test_the_same_numbers_come_from_the_compact_study(folder):
    whole = datasets.load(folder / "datasets/depth.nc")
    for curves in (True, False):
        small = datasets.compact(whole, curves)
        xr.testing.assert_equal(statistics.complete(small, "stress"), statistics.complete(whole, "stress"))
        chosen = ["train_error", "error", "worst_error", "iterations", "active_nodes"]
        wide, narrow = (summarise(study, quantities=chosen) for study in (whole, small))
        np.testing.assert_array_equal(wide.values, narrow.values)


def test_loaded_curves_keep_seven_digits(folder):
    whole = datasets.load(folder / "datasets/data_size.nc")
    small = datasets.compact(whole, curves=True)
    for case in ("11", "31"):
        for one, other in zip(
            statistics.loaded_curve(whole, "stress", case), statistics.loaded_curve(small, "stress", case), strict=True
        ):
            np.testing.assert_allclose(other, one, rtol=1e-7)


def test_figures_verdicts_and_index(folder, made):
    drawn = sorted(path.name for path in made.glob("*.png"))
    assert {f"fig{k}.png" for k in (6, 7, 8, 9, 10, 14, 15, 16, 17)} <= set(drawn)
    assert all((made / name).read_bytes().startswith(b"\x89PNG") for name in drawn)
    studies, _ = claims.inputs_from_files(sorted(folder.glob("datasets/*.nc")))
    expected = [row.finding.verdict for row in claims.judge(studies)]
    found = json.loads((made / "claims.json").read_text())
    assert [entry["verdict"] for entry in found] == expected
    assert {entry["id"]: entry["decided"] for entry in found if entry["decided"]} == {5: "reproduced"}
    text = (made / "README.md").read_text()
    assert all(f"({name})" in text for name in drawn)
    assert "figA18 is not here: study 'data_size': has 1 data sizes" in text
    for link in re.findall(r"\]\(([\w./]+)\)", text):
        assert (made / link).is_file() or link == "times.csv", link
    whole, small = (place / "datasets/depth.nc" for place in (folder, made))
    assert small.stat().st_size < whole.stat().st_size / 2
    assert not (made / "datasets/loose_depth.nc").exists()
    assert (made / "sensitivity/loose.csv").read_text() == (folder / "sensitivity/loose.csv").read_text()
    assert "(sensitivity/loose.csv)" in text
    assert found[16]["sensitivity"] == "no variant has what the rule needs"  # two seeds; the repetition was read


def test_nothing_published_names_the_machine_or_a_place_on_it(folder, made):
    host = netcdf.read(folder / "datasets/depth.nc").attrs["host"]
    for path in made.glob("datasets/*.nc"):
        attributes = netcdf.read(path).attrs
        assert attributes["host"] == gallery.processor() != host
        assert not any(word.startswith("/") for word in str(attributes["command"]).split())
    for path in (*made.glob("*.md"), *made.glob("*.json"), *made.glob("*.html"), *made.glob("*.csv")):
        text = path.read_text()
        assert str(folder) not in text, path
        assert host not in text, path


def test_a_figure_is_drawn_from_the_published_files(made, tmp_path):
    files = [str(path) for path in made.glob("datasets/*.nc")]
    assert cli.main(["figure", "fig8", *files, "--out", str(tmp_path / "fig8.pdf")]) == 0
    assert (tmp_path / "fig8.pdf").read_bytes().startswith(b"%PDF")


def test_a_gallery_may_be_made_again(tmp_path, capsys):
    assert cli.main(["gallery", str(tmp_path), "--config", "x.yaml", "--out", str(tmp_path)]) == 1
    assert "no datasets" in capsys.readouterr().err  # and not that its folder exists


def test_what_is_no_study_is_refused(tmp_path, capsys):
    assert cli.main(["gallery", str(tmp_path), "--config", "x.yaml", "--out", str(tmp_path / "out")]) == 1
    assert "datasets/*.nc" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
