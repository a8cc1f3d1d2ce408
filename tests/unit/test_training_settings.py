"""Settings of a training: defaults are the paper's, anything else out of range is one clear error."""

import pytest

from laminet.errors import InputError
from laminet.network.initial import Initialisation
from laminet.training.settings import TrainingSettings

GOOD = {"model": "imn", "depth": 3, "batch": 10, "epochs": 5, "seed": 0}


def test_a_run_is_named_by_what_distinguishes_it():
    assert str(TrainingSettings(**GOOD, xi=0.1)) == "imn of depth 3 (eta 1, xi 0.1, seed 0)"
    assert "record=10, keep='last', formulation='reduced'" in repr(TrainingSettings(**GOOD))


def test_attributes_are_flat_and_leave_model_and_depth_to_the_network():
    attributes = TrainingSettings(**GOOD).attributes()
    assert attributes["initialisation_activation"] == [0.2, 0.8]
    assert not {"model", "depth", "initialisation"} & set(attributes)
    assert not any(isinstance(value, dict) for value in attributes.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "cnn"),
        ("depth", 0),
        ("depth", 17),
        ("depth", 2.0),
        ("batch", 0),
        ("epochs", -1),
        ("seed", -1),
        ("patience", True),
        ("eta", -1.0),
        ("eta", float("nan")),
        ("xi", 0.0),
        ("learning_rate", float("inf")),
        ("factor", 1.0),
        ("loss", "mse"),
        ("schedule", "step"),
        ("formulation", "gauge"),
        ("backend", "jax"),
    ],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(InputError, match=rf"\b{name} is"):
        TrainingSettings(**{**GOOD, name: value})


@pytest.mark.parametrize("ranges", [{"euler": (1.0, -1.0)}, {"normal": (0.0,)}, {"activation": (-1.0, 0.0)}])
def test_a_wrong_initial_range_is_named(ranges):
    with pytest.raises(InputError, match=f"training: initialisation: {next(iter(ranges))} "):
        TrainingSettings(**GOOD, initialisation=Initialisation(**ranges))
