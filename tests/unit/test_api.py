"""The library's face: what a user types in a script, and what she is told when it is wrong."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet import mandel
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.materials.sampling import Sampling, sample_phases
from laminet.materials.stiffness import symmetric
from laminet.network.block import laminate
from laminet.network.homogenize import homogenize

GLASS = {
    "phase_1": {"law": "j2", "young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.03, "linear": 0.14}},
    "phase_2": {"law": "orthotropic", **dict.fromkeys(("E11", "E22", "E33"), 72.0)}
    | dict.fromkeys(("G12", "G13", "G23"), 29.5)
    | dict.fromkeys(("nu12", "nu13", "nu23"), 0.22),
}


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    """Elastic data of a laminate with 30 % of phase 2."""
    phases = sample_phases(60, 1, 0, Sampling(contrast=1.0))
    return laminet.elastic_data(phases, laminate(0.7, *phases, mandel.interface(np.array([0.0, 0.6, 0.8]))))


@pytest.fixture(scope="module")
def network(data) -> laminet.Network:
    return laminet.train(data, "imn", 3, batch=10, epochs=600, seed=2)


def test_importing_the_package_imports_nothing_else():
    code = "import sys, laminet; print(*(n for n in sys.modules if n.split('.')[0] in ('numpy', 'xarray', 'torch')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
    assert {"train", "load", "Network", "elastic_data"} <= set(dir(laminet))
    with pytest.raises(AttributeError, match="trian"):
        _ = laminet.trian


def test_nothing_but_the_reference_backend_needs_torch(tmp_path, data, network):
    """Train, load, homogenise, predict, evaluate and the material law where torch cannot be imported."""
    data.to_netcdf(tmp_path / "elastic.nc")
    code = f"""
import sys
sys.modules["torch"] = None
import laminet
network = laminet.train("elastic.nc", "dmn", 2, batch=10, epochs=2, directory="own")
network = laminet.load("own/network.nc")
assert network.predict("elastic.nc")["error"].size == 60
glass = {GLASS}
network.evaluate(glass, steps=2, control="strain", load_case="11")
law = network.material(glass)
law.update([[0.001, 0, 0, 0, 0, 0]], law.virgin())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_picture_without_matplotlib_says_what_to_install(monkeypatch, network):
    for name in [name for name in sys.modules if name.startswith("laminet.plots.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    with pytest.raises(InputError, match=r"needs matplotlib.*pip install 'laminet\[figures\]'"):
        network.plot()


def test_a_network_learns_a_laminate(data, network):
    assert network.predict(data)["error"].mean() < 0.03
    assert network.volume_fraction == pytest.approx(0.3, abs=0.02)
    assert network.history["epoch"][-1] == 600
    assert "imn of depth 3" in repr(network)


def test_training_in_a_folder_is_the_same_training(tmp_path, data):
    options = {"depth": 2, "batch": 20, "epochs": 5, "seed": 3, "samples": 40}
    here = laminet.train(data, "imn", **options)
    kept = laminet.train(data, "imn", directory=tmp_path / "own", **options)
    np.testing.assert_array_equal(here.parameters.activation, kept.parameters.activation)
    loaded = laminet.load(tmp_path / "own/network.nc")
    np.testing.assert_array_equal(loaded.parameters.angle, kept.parameters.angle)
    assert loaded.parameters.attributes["samples"] == 40
    assert (tmp_path / "own/history.nc").is_file()


def test_the_best_of_several_seeds(data):
    best = laminet.train(data, "imn", 2, batch=20, epochs=5, seed=4, seeds=3, threads=2)
    assert list(best.seeds["seed"].values) == [4, 5, 6]
    assert best.history["validation_error"][-1] == best.seeds["validation_error"].min()
    with pytest.raises(InputError, match="seeds is 0; it must be a whole number of at least 1"):
        laminet.train(data, seeds=0)


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_compiled_homogenisation_equals_the_readable_one(rng, sparse_network, model):
    network = laminet.Network(sparse_network(model, 4, 1, 9))
    phases = sample_phases(24, 5, 0, Sampling())
    turned = mandel.rotation(mandel.euler(rng.normal(size=(24, 3))))
    for first, second in (phases, (symmetric(turned @ phases[0] @ turned.mT), phases[1])):
        expected = homogenize(network.parameters, first, second)
        scale = np.linalg.norm(expected, axis=(1, 2), keepdims=True)
        for threads in (1, 2):
            found = network.homogenize(first, second, threads=threads)
            np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-11)
        np.testing.assert_array_equal(network.homogenize(first, second, backend="numpy"), expected)


def test_homogenisation_takes_any_leading_dimensions(network):
    first, second = sample_phases(6, 5, 0, Sampling(contrast=1.0))
    flat = network.homogenize(first, second)
    assert network.homogenize(first[0], second[0]).shape == (6, 6)
    np.testing.assert_allclose(network.homogenize(first[0], second[0]), flat[0], rtol=1e-13, atol=1e-13)
    grid = network.homogenize(first.reshape(2, 3, 6, 6), second.reshape(2, 3, 6, 6))
    np.testing.assert_array_equal(grid.reshape(6, 6, 6), flat)
    crossed = network.homogenize(first[:, None], second)
    np.testing.assert_allclose(crossed[np.arange(6), np.arange(6)], flat, rtol=1e-12, atol=1e-12)
    assert network.homogenize(first[:0], second[:0]).shape == (0, 6, 6)


def test_saved_and_loaded_it_is_the_same_network(tmp_path, network):
    network.save(tmp_path / "network.nc")
    first, second = sample_phases(3, 5, 0, Sampling())
    again = laminet.load(tmp_path / "network.nc")
    np.testing.assert_array_equal(again.homogenize(first, second), network.homogenize(first, second))
    again.save(tmp_path / "again.nc")
    assert laminet.load(tmp_path / "again.nc").parameters.attributes["epochs"] == 600


def test_the_material_law_follows_the_evaluated_curve(network):
    curves = network.evaluate(GLASS, control="strain", load_case="12", strain=0.02, steps=5)
    law = network.material(GLASS, points=2, tolerance=1e-10)
    assert repr(law) == f"<laminet.online.material.Material: {network.model} of depth {network.depth}, points 2>"
    state, path = law.virgin(), curves["strain"].squeeze().values
    for strain, expected in zip(path[1:], curves["stress"].squeeze().values[1:], strict=True):
        stress, tangent, state = law.update(np.tile(strain, (2, 1)), state)
        np.testing.assert_allclose(stress, np.tile(expected, (2, 1)), rtol=1e-5, atol=1e-8)
    assert tangent.shape == (2, 6, 6)


def test_own_paths_and_references(network):
    options = {"steps": 4, "load_case": "11", "paths": {"cycle": [{"11": 0.01}, {"11": 0.0}]}}
    truth = network.evaluate(GLASS, **options).squeeze(["scheme", "composite"]).assign_attrs(composite="composite")
    found = network.evaluate(GLASS, references=[truth], scheme="imn_newton_dense", **options)
    assert list(found["load_case"].values) == ["11", "cycle"]
    with pytest.raises(InputError, match=r"no reference of composite among those given \(there are: steel\)"):
        network.evaluate(GLASS, references=[truth.assign_attrs(composite="steel")], **options)
    assert float(found["error"].max()) < 1e-5


def test_what_is_wrong_is_named(tmp_path, data, network):
    phases = sample_phases(2, 5, 0, Sampling())
    materials = {"glass": GLASS, "other": GLASS}
    law = partial(network.material, GLASS)
    for words, call in (
        ("unknown setting laerning_rate", lambda: laminet.train(data, laerning_rate=1.0)),
        ("model is 'rnn'", lambda: laminet.train(data, "rnn")),
        ("54 samples in split 'train', 100 needed", lambda: laminet.train(data, samples=100)),
        ("variable 'stiffness' is missing", lambda: laminet.train(data.drop_vars("stiffness"))),
        (r"none\.nc: no such file", lambda: laminet.train(tmp_path / "none.nc")),
        (r"none\.nc: no such file", lambda: laminet.load(tmp_path / "none.nc")),
        ("glass, other; say which", lambda: network.material(materials)),
        ("no composite 'steel'; it has glass, other", lambda: network.evaluate(materials, "steel")),
        ("load case '99'", lambda: network.evaluate(GLASS, load_case="99")),
        *(
            (
                f"material: unknown setting {name}; there are tolerance, max_iterations, cutbacks",
                partial(law, **{name: value}),
            )
            for name, value in (("backend", "numpy"), ("criterion", "paper"), ("guess", "uniform"))
        ),
        ("unknown setting tolerence", lambda: network.material(GLASS, tolerence=1.0)),
        ("stiffness_1: stiffness that is not positive definite", lambda: network.homogenize(-phases[0], phases[1])),
        ("stiffness_1: stiffness above 1e\\+100", lambda: network.homogenize(1e200 * phases[0], phases[1])),
        ("do not fit together", lambda: network.homogenize(phases[0], np.tile(phases[1], (2, 1, 1))[:3])),
        ("1 stiffnesses are given; the network has 2 phases", lambda: network.homogenize(phases[0])),
        ("backend is 'fortran'", lambda: network.homogenize(*phases, backend="fortran")),
    ):
        with pytest.raises(InputError, match=words):
            call()


def slips(data, network, tmp_path) -> list[tuple[str, object]]:
    """What a hurried user types, and the beginning of what she is told."""
    one = {"control": "strain", "load_case": "11", "steps": 2}
    truth = network.evaluate(GLASS, **one).squeeze(["scheme", "composite"]).assign_attrs(composite="composite")
    return [
        ("points is '4'; it must be a whole number", lambda: network.material(GLASS, points="4")),
        ("points is 2.5; it must be a whole number", lambda: network.material(GLASS, points=2.5)),
        ("points is 0; it must be a whole number of at least 1", lambda: network.material(GLASS, points=0)),
        ("threads is None; it must be a whole number", lambda: network.material(GLASS, threads=None)),
        ("threads is '2'; it must be a whole number", lambda: network.homogenize(np.eye(6), np.eye(6), threads="2")),
        ("materials is None; give a materials YAML, a mapping or a composite", lambda: network.material(None)),
        ("materials is 3; give a materials YAML", lambda: network.evaluate(3, **one)),
        (r"no composite '\['glass'\]'", lambda: network.evaluate({"glass": GLASS}, [["glass"]], **one)),
        ("composites are composite, composite; give each once", lambda: network.evaluate(GLASS, ["composite"] * 2)),
        ("training: samples is 10.5; it must be a whole number", lambda: laminet.train(data, samples=10.5)),
        ("training: seeds is '2'; it must be a whole number", lambda: laminet.train(data, seeds="2")),
        ("training: seed is '2'; it must be a whole number", lambda: laminet.train(data, seed="2", seeds=2)),
        ("training: threads is 1.5; it must be a whole number", lambda: laminet.train(data, threads=1.5)),
        ("training: select is 'best'; it must be one of", lambda: laminet.train(data, select="best")),
        ("training: batch is 1.5; it must be a whole number", lambda: laminet.train(data, batch=1.5)),
        (r"recipe is \['paper'\]; it must be one of paper", lambda: laminet.train(data, recipe=["paper"])),
        ("directory is 3; give a path", lambda: laminet.train(data, directory=3)),
        ("network is 3; give a path", lambda: laminet.load(3)),
        ("network is None; give a path", lambda: network.save(None)),
        ("composite' is missing", lambda: network.evaluate(GLASS, references=[truth.drop_attrs()], **one)),
        ("holds NaN", lambda: network.evaluate(GLASS, references=truth.where(truth["step"] < 2), **one)),
        ("reference 1: is 3; give a file", lambda: network.evaluate(GLASS, references=[3], **one)),
        (r"r\.nc: no such file", lambda: network.evaluate(GLASS, references=str(tmp_path / "r.nc"), **one)),
    ]


def test_a_slip_is_one_line_of_plain_words(data, network, tmp_path):
    for words, call in slips(data, network, tmp_path):
        with pytest.raises(InputError, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_more_samples_than_the_recipe_takes_are_told(data, capsys):
    """60 samples, 54 for training; said only where the recipe's number counts, and progress is shown."""
    many = xr.concat([data] * 8, "sample")
    options = {"depth": 1, "epochs": 1, "progress": True}
    laminet.train(many, **options)
    assert "elastic data: recipe paper takes the first 400 of 432 training samples" in capsys.readouterr().err
    for quiet in (options | {"samples": 400}, options | {"progress": False}):
        laminet.train(many, **quiet)
        assert "takes the first" not in capsys.readouterr().err
    laminet.train(data, **options)
    assert "takes the first" not in capsys.readouterr().err


def test_networks_are_equal_by_their_parameters_and_can_be_copied(tmp_path, network):
    network.save(tmp_path / "network.nc")
    loaded = laminet.load(tmp_path / "network.nc")
    angle = network.parameters.angle.copy()
    angle[-1, 0] += 1e-3
    other = laminet.Network(dataclasses.replace(network.parameters, angle=angle))
    assert network == loaded
    assert network != other
    assert network != "network"
    assert {network: 1, other: 2}[loaded] == 1
    for copied in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert copied == network
        assert copied.history.identical(network.history)


def test_the_material_law_can_be_copied_and_pickled(network):
    """As for the processes of a parallel finite-element code: the copy goes on where the law was, with its settings."""
    law = network.material(GLASS, points=2, tolerance=1e-3, threads=2)
    strain = 0.02 * np.arange(12.0).reshape(2, 6) / 11.0
    _, _, state = law.update(strain, law.virgin())
    expected = law.update(1.5 * strain, state)
    for copied in (copy.copy(law), copy.deepcopy(law), pickle.loads(pickle.dumps(law))):
        for one, other in zip(copied.update(1.5 * strain, state), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_dead_network_is_refused(network):
    dead = NetworkParameters("imn", 3, -np.ones(8), network.parameters.angle)
    with pytest.raises(laminet.errors.DeadNetworkError):
        laminet.Network(dead).homogenize(np.eye(6), np.eye(6))
