"""The networks that ship in docs/networks: what they are, and that one command predicts with them."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from laminet import cli
from laminet.network import parameters
from laminet.network.tree import leaf_phase

ROOT = Path(__file__).parents[2]
NETWORKS = sorted((ROOT / "docs/networks").glob("*.nc"))


def test_there_is_one_of_each_model():
    assert [path.stem for path in NETWORKS] == ["unidirectional_60_dmn", "unidirectional_60_imn"]


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_it_has_learned_its_volume_fraction(path):
    network = parameters.load(path)
    weights = np.maximum(network.activation, 0.0)
    assert weights[leaf_phase(network.depth) == 2].sum() / weights.sum() == pytest.approx(0.6, abs=0.02)
    assert network.attributes["selected_by"] == "validation_divergence"


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_one_command_predicts(path, tmp_path):
    materials = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["materials"]
    (tmp_path / "materials.yaml").write_text(yaml.safe_dump(materials), encoding="utf-8")
    words = ["--network", path, "--materials", tmp_path / "materials.yaml", "--out", tmp_path / "online.nc"]
    assert cli.main(["evaluate", *map(str, words), "--steps", "5"]) == 0
    curves = xr.load_dataset(tmp_path / "online.nc")
    assert curves.sizes["composite"] == 3
    assert curves["converged"].all()
