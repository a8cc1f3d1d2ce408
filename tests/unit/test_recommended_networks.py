"""The networks that ship in docs/networks: what they are, and that one command predicts with them."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

import laminet
from laminet import cli
from laminet.files.network import load_network
from laminet.network.tree import leaf_phase

ROOT = Path(__file__).parents[2]
NETWORKS = sorted((ROOT / "docs/networks").glob("*.nc"))


def test_there_is_one_of_each_model_for_each_volume_fraction():
    expected = [f"unidirectional_{percent}_{model}" for percent in (40, 60) for model in ("dmn", "imn")]
    assert [path.stem for path in NETWORKS] == expected


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_it_has_learned_its_volume_fraction(path):
    network = load_network(path)
    weights = np.maximum(network.activation, 0.0)
    expected = float(path.stem.split("_")[1]) / 100.0
    assert weights[leaf_phase(network.depth, network.phases) == 2].sum() / weights.sum() == pytest.approx(
        expected, abs=0.02
    )
    assert network.attributes["curves"] == 288


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_it_predicts_what_curves_have_taught(model):
    """Networks of elastic data alone have mean errors above 1.5 % here."""
    network, composite = ROOT / f"docs/networks/unidirectional_60_{model}.nc", ROOT / "examples/composite_2.yaml"
    reference = ROOT / "docs/gallery/datasets/reference_composite_2.nc"
    curves = laminet.evaluate(network, composite, references=reference)
    assert float(curves["error"].mean()) < 0.006


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_one_command_predicts(path, tmp_path):
    materials = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["materials"]
    (tmp_path / "materials.yaml").write_text(yaml.safe_dump(materials), encoding="utf-8")
    words = ["--network", path, "--materials", tmp_path / "materials.yaml", "--out", tmp_path / "online.nc"]
    assert cli.main(["evaluate", *map(str, words), "--steps", "5"]) == 0
    curves = xr.load_dataset(tmp_path / "online.nc")
    assert curves.sizes["composite"] == 3
    assert curves["converged"].all()
