"""The section `rve` of a configuration: fibres, or voxels of spheres, of short fibres or of an image."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from study_project import copy_project, job_counts

from laminet.errors import InputError
from laminet_study import cells, commands, design, variants
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]
SPHERES = {"spheres": 0.2, "inclusions": 20, "seed": 1}
COATED = {
    "phase_1": {"law": "j2", "young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.029, "linear": 0.139}},
    "phase_2": {"law": "isotropic", "young": 72.0, "poisson": 0.22},
    "phase_3": {"law": "isotropic", "young": 1.0, "poisson": 0.3},
}
"""A composite of three phases."""


def config_with(tmp_path: Path, text: str) -> dict:
    """The shipped configuration with other keys over it."""
    (tmp_path / "mine.yaml").write_text(text)
    return read([ROOT / "config.yaml", tmp_path / "mine.yaml"], {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spheres: 0.2, voxels: [32], inclusions: 20, seed: 1", "--spheres 0.2 --voxels 32 --inclusions 20 --seed 1"),
        ("short_fibres: 0.1, aspect_ratio: 4, orientation: [0, 0, 1]", "--short-fibres 0.1 --aspect-ratio 4 --orien"),
        ("image: scan.npy, threshold: [0.4], mirror: [x], axes: zyx", "--image scan.npy --threshold 0.4 --mirror x"),
        ("image: scan.npy, threshold: [0.4], mirror: [], axes:", "--image scan.npy --threshold 0.4"),
    ],
)
def test_a_cell_of_voxels_replaces_the_fibres(tmp_path, text, words):
    config = config_with(tmp_path, f"rve: {{{text}}}\n")
    design.check(config)
    assert not {"fibres", "gap", "refinement", "volume_fraction"} & set(config["rve"])
    assert " ".join(commands.options(config["rve"])).startswith(words)
    assert "--fineness" not in commands.reference_options(config, "composite_3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spheres: 0.2, image: scan.npy", "config: rve: spheres and image are given, but a cell is of one kind"),
        ("spheres: 0.2, fibres: 9", "config: rve: fibres and spheres are given"),
        ("spheres: 0.2, gap: 0.1", "config: rve: unknown setting gap; there are voxels, inclusions"),
        ("spheres: 0.7", r"config: rve: spheres is 0\.7; it must be a number above 0 and below 0\.6"),
        ("spheres: 0.2, voxels: 32", "config: rve: voxels is 32; it must be several whole numbers"),
        ("short_fibres: 0.1, orientation: [1, 0]", "config: rve: orientation is"),
        ("image: scan.npy, seed: 1", "config: rve: unknown setting seed; there are dataset, threshold"),
        ("image: 3", "config: rve: image is 3"),
        ("image: 'scan{x}.npy'", "config: rve: image is 'scan{x}.npy'; it must be .* without braces"),
        ("image: -scan.npy", "config: rve: image is '-scan.npy'; it must be .* begins with no hyphen"),
        ("image: scan.npy, threshold: [0.4, 0.2]", "config: rve: threshold is"),
        ("fibre: 3", "config: rve: unknown setting fibre; there are fibres, volume_fraction"),
        ("fibres:", "config: rve: fibres is None"),
    ],
)
def test_a_wrong_cell_is_one_clear_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        design.check(config_with(tmp_path, f"rve: {{{text}}}\n"))
    assert "\n" not in str(caught.value)


def test_a_variant_of_another_kind_inherits_no_keys(tmp_path):
    config = config_with(
        tmp_path,
        "rve: {spheres: 0.2, inclusions: 20, seed: 1}\n"
        "variants:\n"
        "  more: {rve: {spheres: 0.4}}\n"
        "  short: {rve: {short_fibres: 0.1}}\n"
        "  image: {rve: {image: scan.npy, threshold: [0.4]}}\n",
    )
    design.check(config)
    made = {name: dict(each.config["rve"]) for name, each in variants.variants(config).items()}
    assert made["default"] == SPHERES
    assert made["more"] == SPHERES | {"spheres": 0.4}
    assert made["short"] == {"short_fibres": 0.1}
    assert made["image"] == {"image": "scan.npy", "threshold": [0.4]}
    assert variants.variants(config)["short"].elastic == "variants/short/"


@pytest.mark.parametrize(
    ("rve", "composite", "good"),
    [
        ("spheres: 0.2, interphase: 0.3", "coated", True),
        ("image: scan.npy", "coated", True),
        ("spheres: 0.2", "coated", False),
        ("spheres: 0.2, interphase: 0.3", "composite_1", False),
        ("image: scan.npy, threshold: [0.4]", "coated", False),
    ],
)
def test_a_composite_has_as_many_phases_as_the_cell_that_it_is_evaluated_on(tmp_path, rve, composite, good):
    """What no study evaluates may have others."""
    config = config_with(tmp_path, f"variants: {{x: {{rve: {{{rve}}}, evaluation: {{composites: [{composite}]}}}}}}\n")
    config["materials"]["coated"] = COATED
    schemes = {"imn": ["newton_condensed"]}
    config["studies"] = [
        {"name": "one", "seeds": 1, "variants": ["x"], "schemes": schemes, "grids": [{"model": "imn"}]}
    ]
    if good:
        design.check(config)
        return
    with pytest.raises(InputError, match=rf"config: variant 'x': materials: .*{composite}"):
        design.check(config)


def test_sources_of_a_stage_are_those_of_the_kind():
    assert cells.sources(SPHERES, "sample")[0] == "laminet.cells.voxels.homogenisation"
    assert cells.sources({"fibres": 30}, "sample") == ("laminet.cells.fibres.homogenisation",)
    assert cells.images({"image": "scan.npy"}) == ["scan.npy"]
    assert cells.images(SPHERES) == []


def test_the_study_of_microstructures_is_planned_in_parts(tmp_path):
    project = copy_project(tmp_path, {})
    plan = "snakemake", "-n", "--quiet", "host", "--profile", "profiles/microstructures", "--"
    done = project.run(*plan, "datasets")
    assert done.returncode == 0, done.stdout + done.stderr
    counts = job_counts(done.stdout + done.stderr)
    assert {
        name: counts[name] for name in ("rve", "foam", "sample", "curve_shard", "simulate", "train", "collect")
    } == {
        "rve": 7,
        "foam": 1,
        "sample": 7 * 5,
        "curve_shard": 2 * 6,
        "simulate": 7,
        "train": 11 * 6,
        "collect": 11,
    }
    done = project.run(*plan, "results/microstructures/datasets/foam.nc")
    counts = job_counts(done.stdout + done.stderr)
    assert (counts["foam"], counts["rve"], counts["simulate"], counts["train"]) == (1, 1, 1, 6)


@pytest.mark.slow
def test_three_phases_and_an_image_end_to_end(tmp_path):
    """Every stage of a study on voxels: spheres with an interphase, and an image that is there before."""
    image = np.zeros((8, 8, 8))
    image[2:6, 2:6, 2:6] = 1.0
    study = {
        "folder": "out",
        "rve": {"spheres": 0.2, "inclusions": 2, "interphase": 0.4, "voxels": [8]},
        "data": {"samples": 12, "validation": 4, "shards": 2},
        "materials": {"coated": COATED},
        "loading": {"steps": 2, "controls": ["stress"]},
        "reference": {"error_estimate": "none"},
        "evaluation": {"composites": ["coated"]},
        "training": {"depth": 2, "samples": 12, "batch": 6, "epochs": 3},
        "variants": {"cube": {"rve": {"image": "cube.npy"}, "evaluation": {"composites": ["composite_2"]}}},
        "studies": [
            {
                "name": name,
                "seeds": 1,
                "variants": [variant],
                "schemes": {"dmn": ["newton_condensed"], "imn": ["newton_condensed"]},
                "grids": [{"model": ["dmn", "imn"]}],
            }
            for name, variant in (("coated", "default"), ("cubes", "cube"))
        ],
    }
    project = copy_project(tmp_path, study)
    np.save(tmp_path / "cube.npy", image)
    done = project.snakemake("--set-threads", "train=1", "--", "datasets", "out/fig5.pdf")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, composite in (("coated", "coated"), ("cubes", "composite_2")):
        with xr.open_dataset(tmp_path / f"out/datasets/{name}.nc") as data:
            assert data.sizes["run"] == 2
            assert data["composite"].values.tolist() == [composite]
            assert data["converged"].values.all()
            assert np.isfinite(data["error"].values).all()
    with xr.open_dataset(tmp_path / "out/data/elastic.nc") as data:
        assert data.sizes["phase"] == 3
    image[0, 0, 0] = 1.0
    np.save(tmp_path / "cube.npy", image)
    assert set(project.planned("out/datasets/cubes.nc")) >= {"rve", "sample", "simulate", "train"}
    assert project.planned("out/datasets/coated.nc") == {}
