"""Parameters and tree of a network: random streams, weights, fractions, the file and its checks."""

import numpy as np
import pytest
import xarray as xr

from laminet.errors import DeadNetworkError, InputError
from laminet.files import netcdf
from laminet.files.network import MODELS, NetworkParameters, load_network, save_network
from laminet.network import tree
from laminet.network.initial import Initialisation, initial_parameters


@pytest.mark.parametrize("model", MODELS)
def test_a_seed_fixes_the_initial_parameters(model):
    first, again, other = (initial_parameters(model, 3, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.activation, again.activation)
    np.testing.assert_array_equal(first.angle, again.angle)
    assert not np.isin(first.activation, other.activation).any()


def test_initial_parameters_fill_their_ranges():
    ranges = Initialisation(activation=(0.4, 0.5), euler=(-0.1, 0.2), normal=(0.3, 0.6))
    for model, limits in (("dmn", ranges.euler), ("imn", ranges.normal)):
        made = initial_parameters(model, 8, 0, ranges)
        for values, (low, high) in ((made.activation, ranges.activation), (made.angle, limits)):
            assert low <= values.min() < low + 0.05 * (high - low)
            assert high - 0.05 * (high - low) < values.max() <= high


def test_weights_add_up_the_tree_and_dead_parents_have_a_harmless_fraction():
    weights = tree.node_weights(np.array([0.1, 0.3, -0.2, 0.4, -1.0, -1.0, 0.0, 0.2]))
    np.testing.assert_allclose(weights, [1.0, 0.8, 0.2, 0.4, 0.4, 0.0, 0.2, 0.1, 0.3, 0, 0.4, 0, 0, 0, 0.2])
    np.testing.assert_allclose(tree.fractions(weights), [0.8, 0.5, 0.0, 0.25, 0.0, 0.5, 0.0])


def test_file_keeps_everything(tmp_path):
    made = initial_parameters("dmn", 2, 0)
    made = NetworkParameters("dmn", 2, made.activation, made.angle, {"eta": 0.5, "loss": "divergence"})
    save_network(made, tmp_path / "network.nc", {})
    found = load_network(tmp_path / "network.nc")
    assert (found.model, found.depth) == ("dmn", 2)
    np.testing.assert_array_equal(found.activation, made.activation)
    np.testing.assert_array_equal(found.angle, made.angle)
    assert found.attributes["eta"] == 0.5
    assert found.attributes["loss"] == "divergence"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop_vars("angle"), "variable 'angle' is missing"),
        (lambda d: d.assign_attrs(model="cnn"), "model is 'cnn'"),
        (lambda d: d.assign_attrs(model="x" * 1000), r"model is 'x+\.\.\.x+'; it must be one of dmn, imn"),
        (lambda d: d.assign_attrs(depth=60), "depth is 60"),
        (lambda d: d.assign_attrs(depth=3), "do not fit depth 3"),
        (lambda d: d.assign_attrs(phases="two"), "'model', 'depth' or 'phases'"),
        (lambda d: d.assign_attrs(phases=5), "depth 2 has 4 leaves for 5 phases"),
        (lambda d: d.assign_attrs(depth="deep"), "'model', 'depth' or 'phases'"),
        (lambda d: d.assign(activation=d.activation * np.nan), "NaN"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path, change, message):
    path = tmp_path / "network.nc"
    save_network(initial_parameters("imn", 2, 0), path, {})
    dataset: xr.Dataset = change(netcdf.read(path))
    dataset.to_netcdf(path)
    with pytest.raises(InputError, match=message) as caught:
        load_network(path)
    assert str(path) in str(caught.value)


def test_a_dead_network_is_neither_written_nor_read(tmp_path):
    path = tmp_path / "network.nc"
    made = initial_parameters("imn", 2, 0)
    save_network(made, path, {})
    dataset = netcdf.read(path)
    dataset.assign(activation=-dataset.activation).to_netcdf(path)
    with pytest.raises(DeadNetworkError, match="no leaf is active"):
        load_network(path)
    made.activation[:] = -1.0
    with pytest.raises(DeadNetworkError, match=r"other\.nc: no leaf is active"):
        save_network(made, tmp_path / "other.nc", {})
    assert not (tmp_path / "other.nc").exists()
