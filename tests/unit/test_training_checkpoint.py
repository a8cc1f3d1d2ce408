"""A training killed at any moment goes on to the same result, bit by bit; a checkpoint of another one is ignored."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import elastic_datasets
import numpy as np
import pytest
from test_training_loop import DATA, settings

from laminet.errors import LaminetWarning
from laminet.files import history, netcdf
from laminet.files.network import load_network
from laminet.training import loop
from laminet.training.state import State

USED = settings("dmn", epochs=40, patience=2, learning_rate=0.05)


class Killed(Exception):
    """Stands for a kill just after a checkpoint."""


def interrupt_at(epoch):
    def progress(done, total, error):
        if done >= epoch:
            raise Killed

    return progress


@pytest.fixture
def eager(monkeypatch):
    """Checkpoints and reports after every epoch."""
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)


def assert_same_run(found, expected):
    np.testing.assert_array_equal(found.network.activation, expected.network.activation)
    np.testing.assert_array_equal(found.network.angle, expected.network.angle)
    assert found.history.drop_vars(history.TIMES).identical(expected.history.drop_vars(history.TIMES))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("keep", ["last", "best"])
@pytest.mark.parametrize("epoch", [1, 17, 39])
def test_an_interrupted_training_goes_on_bit_by_bit(tmp_path, epoch, keep):
    used = replace(USED, keep=keep, learning_rate=0.3)  # the loss goes up and down
    expected = loop.train(DATA, used)
    path = tmp_path / "checkpoint.npz"
    with pytest.raises(Killed):
        loop.train(DATA, used, tmp_path, progress=interrupt_at(epoch))
    assert path.is_file()
    seen = []
    found = loop.train(DATA, used, tmp_path, progress=lambda done, total, error: seen.append(done))
    assert seen[0] == epoch + 1
    assert_same_run(found, expected)
    for name in history.TIMES:
        assert (np.diff(found.history[name]) > 0).all()
    assert not path.exists()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("other", ["settings", "data", "damage"])
def test_a_checkpoint_that_does_not_belong_is_ignored_with_a_note(tmp_path, other):
    path = tmp_path / "checkpoint.npz"
    with pytest.raises(Killed):
        loop.train(DATA, USED, tmp_path, progress=interrupt_at(3))
    used, data = USED, DATA
    if other == "settings":
        used = settings("dmn", epochs=5)
    elif other == "data":
        data = DATA.first(49)
    else:
        path.write_bytes(path.read_bytes()[:-200])
    with pytest.warns(LaminetWarning, match="is ignored"):
        found = loop.train(data, used, tmp_path)
    assert_same_run(found, loop.train(data, used))


def test_a_state_survives_its_file(tmp_path):
    state = State.initial(USED)
    state.epoch, state.best_loss, state.elapsed = 3, 0.125, 1.5
    state.save(tmp_path / "state.npz", "this run")
    found = State.load(tmp_path / "state.npz", "this run")
    assert all(np.array_equal(getattr(found, name), value, equal_nan=True) for name, value in vars(state).items())
    assert [type(value) for value in vars(found).values()] == [type(value) for value in vars(state).values()]
    assert State.load(tmp_path / "absent.npz", "this run") is None


SCRIPT = """
import sys
from laminet.files import foreign
from laminet.training import loop
from laminet.training.data import data_of
from laminet.training.settings import TrainingSettings
loop.CHECKPOINT_INTERVAL = 0.05
settings = TrainingSettings(model="dmn", depth=2, batch=20, epochs=100000, seed=1, backend="torch")
loop.train(data_of(foreign.given(sys.argv[1]), sys.argv[1]), settings, sys.argv[2])
"""


def test_a_killed_process_leaves_a_checkpoint_and_no_result(tmp_path):
    """kill -9 in the midst of a long run; what it left continues the trajectory of an uninterrupted one."""
    netcdf.write(elastic_datasets.dataset(DATA), tmp_path / "elastic.nc", content="elastic", parameters={})
    folder = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path / "elastic.nc"), str(folder)])
    try:
        path, limit = folder / "checkpoint.npz", time.monotonic() + 60.0
        while not path.exists() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert not (folder / "network.nc").exists()
    long = settings("dmn", epochs=100000)
    with np.load(path) as stored:
        state = State.load(path, str(stored["identity"]))
    short = settings("dmn", epochs=state.epoch)
    expected = loop.train(DATA, short)
    np.testing.assert_array_equal(state.network(long).activation, expected.network.activation)
    np.testing.assert_array_equal(state.network(long).angle, expected.network.angle)
    with pytest.raises(Killed):
        loop.train(DATA, long, folder, progress=interrupt_at(state.epoch + 1))
    assert path.exists()


@pytest.mark.usefixtures("eager")
def test_a_run_goes_on_in_its_folder(tmp_path):
    with pytest.raises(Killed):
        loop.train(DATA, USED, tmp_path, progress=interrupt_at(11))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    seen = []
    loop.train(DATA, USED, tmp_path, progress=lambda done, total, error: seen.append(done))
    assert seen[0] == 12
    expected = loop.train(DATA, USED)
    np.testing.assert_array_equal(load_network(tmp_path / "network.nc").angle, expected.network.angle)
    np.testing.assert_array_equal(history.load(tmp_path / "history.nc")["loss"], expected.history["loss"])
    assert not (tmp_path / "checkpoint.npz").exists()
