"""Several seeds: each as if it were alone, whatever runs beside it; the best kept, the spread told, nothing redone."""

import shutil
import warnings
from dataclasses import replace
from typing import get_args

import elastic_datasets
import numpy as np
import pytest

import laminet
from laminet.cli import main
from laminet.errors import DeadNetworkError, InputError
from laminet.files import history, netcdf
from laminet.files.network import load_network
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.training import loop, seeds
from laminet.training.data import ElasticData, Samples
from laminet.training.seeds import train_seeds
from laminet.training.settings import Select, TrainingSettings


def samples(count: int, stream: int) -> Samples:
    phases = sample_phases(count, 7, stream, Sampling(contrast=1.5))
    return Samples(np.stack(phases, axis=1), homogenize(initial_parameters("imn", 2, 5), *phases))


DATA = ElasticData(samples(40, 0), samples(12, 1))
SETTINGS = TrainingSettings("imn", 3, 10, 30, 0)


def test_each_seed_is_trained_as_if_alone_and_the_best_is_kept(tmp_path):
    found = train_seeds(DATA, SETTINGS, [3, 4, 5], tmp_path, threads=2)
    alone = {seed: loop.train(DATA, replace(SETTINGS, seed=seed)) for seed in (3, 4, 5)}
    for seed, expected in alone.items():
        kept = load_network(tmp_path / f"seeds/{seed}/network.nc")
        np.testing.assert_array_equal(kept.angle, expected.network.angle)
        row = found.seeds.sel(seed=seed)
        for name in ("train_error", "validation_error", "validation_divergence", "active_nodes"):
            assert row[name] == expected.history[name][-1]
    errors = {seed: float(expected.history["validation_error"][-1]) for seed, expected in alone.items()}
    best = min(errors, key=errors.get)
    kept = load_network(tmp_path / "network.nc")
    np.testing.assert_array_equal(kept.activation, alone[best].network.activation)
    assert (kept.attributes["seed"], kept.attributes["seeds"]) == (best, 3)
    assert kept.attributes["selected_by"] == "validation_error"
    assert history.load(tmp_path / "history.nc").attrs["seed"] == best
    text = seeds.report(found.seeds, "validation_error")
    assert [line[:6].strip() for line in text.splitlines() if line.startswith("*")] == [
        f"* {best:4d}"[:6].strip(),
        "* best",
    ]
    assert f"{100 * max(errors.values()):.3g} %" in text


def test_the_number_of_threads_changes_nothing(tmp_path):
    one, three = (train_seeds(DATA, SETTINGS, range(3), threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.network.activation, three.network.activation)
    for name in ("train_error", "validation_error", "validation_divergence"):
        np.testing.assert_array_equal(one.seeds[name], three.seeds[name])


def test_the_best_may_be_chosen_by_the_divergence():
    few = replace(SETTINGS, epochs=3)  # while the two still disagree
    criteria = [name for name in get_args(Select) if not name.startswith("curve")]
    by = {select: train_seeds(DATA, few, range(8), select=select) for select in criteria}
    for select, found in by.items():
        assert found.history.attrs["seed"] == int(found.seeds[select].idxmin())
    assert len({found.history.attrs["seed"] for found in by.values()}) == 2


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch):
    first = train_seeds(DATA, SETTINGS, range(2), tmp_path)
    shutil.rmtree(tmp_path / "seeds/1")
    trained = []
    plain = seeds.train

    def noted(data, settings, *rest, **options):
        trained.append(settings.seed)
        return plain(data, settings, *rest, **options)

    monkeypatch.setattr(seeds, "train", noted)
    again = train_seeds(DATA, SETTINGS, range(3), tmp_path)
    assert trained == [1, 2]
    np.testing.assert_array_equal(again.seeds["validation_error"][:2], first.seeds["validation_error"])
    train_seeds(DATA, replace(SETTINGS, xi=2.0), range(1), tmp_path)
    assert trained == [1, 2, 0], "other settings, another training"


def test_an_interruption_stops_all_and_the_same_call_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)
    whole = train_seeds(DATA, SETTINGS, range(3))

    def give_up(done: int, _total: int, _note: str) -> None:
        if done > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_seeds(DATA, SETTINGS, range(3), tmp_path, threads=2, progress=give_up)
    assert not (tmp_path / "network.nc").exists()
    assert list(tmp_path.glob("seeds/*/checkpoint.npz"))
    resumed = train_seeds(DATA, SETTINGS, range(3), tmp_path, threads=2)
    np.testing.assert_array_equal(resumed.seeds["validation_error"], whole.seeds["validation_error"])
    assert not list(tmp_path.glob("seeds/*/checkpoint.npz"))


def test_a_seed_without_an_active_leaf_is_told_and_passed_over(monkeypatch):
    plain = seeds.train

    def dying(data, settings, *rest, **options):
        if settings.seed in dead:
            raise DeadNetworkError("no leaf is active any more")
        return plain(data, settings, *rest, **options)

    monkeypatch.setattr(seeds, "train", dying)
    dead = {1}
    found = train_seeds(DATA, SETTINGS, range(3), threads=2)
    assert found.history.attrs["seed"] in (0, 2)
    assert "1  inactive" in seeds.report(found.seeds, "validation_error")
    dead = {0, 1, 2}
    with pytest.raises(DeadNetworkError, match="no leaf is active in any of 3 seeds"):
        train_seeds(DATA, SETTINGS, range(3))


def test_what_is_wrong_is_named():
    for words, options in (
        ("give at least one, each once", {"seeds": [1, 1]}),
        ("select is 'luck'", {"seeds": [1], "select": "luck"}),
        ("threads is 0", {"seeds": [1], "threads": 0}),
        ("batch is 41", {"seeds": [1, 2], "settings": replace(SETTINGS, batch=41)}),
    ):
        with pytest.raises(InputError, match=words):
            train_seeds(DATA, **{"settings": SETTINGS, **options})


def test_by_command(tmp_path, capsys):
    netcdf.write(elastic_datasets.dataset(DATA), tmp_path / "elastic.nc", content="elastic", parameters={})
    options = ["--model", "imn", "--depth", "2", "--samples", "40", "--epochs", "5", "--seed", "7", "--seeds", "2"]
    command = [
        "train",
        "--data",
        str(tmp_path / "elastic.nc"),
        *options,
        "--threads",
        "2",
        "--out",
        str(tmp_path / "own"),
    ]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "7 " in printed
    assert "8 " in printed
    assert "best by validation error" in printed
    assert (tmp_path / "own/seeds/8/network.nc").is_file()
    assert main([*command, "--select", "validation_divergence"]) == 0
    assert "best by validation divergence" in capsys.readouterr().out


def heard(run) -> list[str]:
    """Warnings of a training."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        run()
    return [str(entry.message) for entry in record]


def test_left_overs_of_other_seeds_and_a_replaced_training_are_told(tmp_path):
    """The same training again says nothing; fewer seeds of other epochs say both."""
    short, long = TrainingSettings("imn", 2, 10, 2), TrainingSettings("imn", 2, 10, 3)
    assert heard(lambda: train_seeds(DATA, short, range(3), tmp_path)) == []
    assert heard(lambda: train_seeds(DATA, short, range(3), tmp_path)) == []
    replaced, left = heard(lambda: train_seeds(DATA, long, range(2), tmp_path))
    assert replaced.startswith(f"{tmp_path}/network.nc: is of another training")
    assert left == f"{tmp_path}/seeds: holds seeds 2, which this training has not; remove them"


@pytest.mark.parametrize("other", [{"seed": 1}, {"epochs": 2}, {"depth": 1}])
def test_a_single_training_that_another_replaces_is_told(tmp_path, other):
    data = elastic_datasets.dataset(DATA)
    options = {"model": "imn", "depth": 2, "epochs": 1, "batch": 10, "directory": tmp_path}

    def replaced(**changes) -> list[str]:
        texts = heard(lambda: laminet.train(data, **options | changes))
        return [text for text in texts if "replaced" in text]

    assert replaced() == replaced() == []
    (text,) = replaced(**other)
    assert text.startswith(f"{tmp_path}/network.nc: is of another training (other settings, seeds or data)")


def test_the_table_is_of_the_networks_that_were_kept():
    used = replace(SETTINGS, keep="best", learning_rate=0.1, record=1)
    found = train_seeds(DATA, used, [3, 4])
    for seed in (3, 4):
        past = loop.train(DATA, replace(used, seed=seed)).history
        row = int(past["validation_loss"].values.argmin())
        assert row < 29
        assert found.seeds["validation_error"].sel(seed=seed) == past["validation_error"][row]
    assert (found.seeds["elapsed"] > 0).all()
