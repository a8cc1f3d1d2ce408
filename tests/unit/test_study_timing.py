"""Measured times: what is measured, on how many threads, and how the parts come together."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from synthetic_study import times_of, write_run

from laminet.errors import InputError, LaminetWarning
from laminet.files import netcdf
from laminet.loading.paths import uniaxial
from laminet.online.settings import OnlineSettings
from laminet.training.data import ElasticData, Samples
from laminet.training.settings import TrainingSettings
from laminet.training.state import State
from laminet_study import cli, datasets, measured, timing

SETTINGS = TrainingSettings(model="imn", depth=2, batch=4, epochs=20, seed=1)
LITERAL = {"model": "dmn", "formulation": "literal"}


@pytest.fixture
def data(rng) -> ElasticData:
    """Eight training samples of two isotropic phases each, whose mean stands for the composite."""
    factors = rng.uniform(0.5, 2.0, (8, 2, 1, 1))
    phases = factors * (np.eye(6) + np.pad(np.full((3, 3), 0.4), (0, 3)))
    samples = Samples(phases, phases.mean(axis=1))
    return ElasticData(samples, samples)


def quiet(done: int, total: int) -> None:
    """No progress."""


def test_online_times_are_named_by_the_runs(tmp_path, composites, monkeypatch):
    monkeypatch.setattr("laminet.online.evaluation.MEASURED", 1e-4)
    networks = [write_run(tmp_path / f"imn-{seed}", seed=seed) / "network.nc" for seed in (1, 2)]
    paths = [[uniaxial(case, "stress", 2, 0.01) for case in ("11", "12")]]
    schemes = ("newton_condensed", "imn_newton_dense")
    times = timing.online(networks, schemes, composites[1], paths, OnlineSettings(), 3, quiet)
    assert times["online_time"].dims == measured.VARIABLES["online_time"]
    assert times["run"].values.tolist() == ["imn-1", "imn-2"]
    assert times["scheme"].values.tolist() == list(schemes)
    assert times["repeat"].values.tolist() == [1, 2, 3]
    assert (times["online_time"] > 0.0).all()
    with pytest.raises(InputError, match="give each once"):
        timing.online(networks * 2, schemes, composites[1], paths, OnlineSettings(), 1, quiet)


def test_whole_trainings_are_measured(data):
    times = timing.training(data, SETTINGS, "imn-1", 2, quiet)
    assert times["training_cpu_time"].dims == times["training_wall_time"].dims == ("run", "repeat")
    assert times["run"].values.tolist() == ["imn-1"]
    assert (times["training_wall_time"] > 0.0).all()
    assert (times["training_cpu_time"] <= times["training_wall_time"] + 0.05).all()


@pytest.mark.parametrize(
    ("team", "cores", "threads"),
    [
        ("one", 8, [1]),
        ("ends", 8, [1, 8]),
        ("ends", 1, [1]),
        ("doubling", 20, [1, 2, 4, 8, 16, 20]),
        ("doubling", 4, [1, 2, 4]),
    ],
)
def test_teams_end_with_all_cores(team, cores, threads):
    assert timing.numbers_of_threads(team, cores) == threads


def test_epochs_and_their_parts(data, monkeypatch):
    monkeypatch.setattr(timing, "SHORTEST", 1e-4)
    monkeypatch.setattr(timing, "STRETCHES", 2)
    eager, literal = (replace(SETTINGS, backend="torch", **form) for form in ({}, LITERAL))
    times = timing.epochs(data, {"ends": [literal, eager]}, [1, 2], 2, 3, quiet)
    assert times["epoch_wall_time"].dims == measured.EPOCH_DIMS
    assert times["threads"].values.tolist() == [1, 2]
    both = times["epoch_wall_time"].sel(model="imn")
    np.testing.assert_array_equal(both.sel(formulation="literal"), both.sel(formulation="reduced"))
    assert (both > 0.0).all()
    assert times["epoch_wall_time"].sel(model="dmn", formulation="reduced").isnull().all()
    assert times["profile"].dims == ("model", "depth", "part", "repeat")
    assert times["part"].values.tolist() == ["forward", "loss", "backward", "optimiser"]
    assert (times["profile"] > 0.0).all()
    whole = times["epoch_wall_time"].sel(threads=2, formulation="literal").squeeze("backend")
    assert (times["profile"].sum("part") < whole).all()
    native = timing.epochs(data, {"one": [SETTINGS], "doubling": [replace(SETTINGS, **LITERAL)]}, [2], 2, 1, quiet)
    assert "profile" not in native
    assert native["backend"].values.tolist() == ["native"]
    scaled = native["epoch_wall_time"].sel(formulation="literal", threads=2).squeeze()
    assert scaled.notnull().values.tolist() == [True, False]  # the DMN alone


class Machine:
    """A machine whose clock moves only in epochs and evaluations, `slower` times as far between two moments.

    One evaluation out of `stalls` takes a second longer.
    """

    def __init__(
        self, monkeypatch, begin: float = np.inf, end: float = np.inf, slower: float = 1.0, stalls: int = 10**9
    ):
        self.begin, self.end, self.slower, self.stalls = begin, end, slower, stalls
        self.now, self.visits, self.evaluations = 0.0, [], 0
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(timing, "train", lambda *_, **__: None)
        monkeypatch.setattr(timing, "_backend", lambda data, visit: Worker(self, visit))

    def spend(self, seconds: float) -> None:
        """Pass as much time as this work takes."""
        self.now += seconds * (self.slower if self.begin <= self.now < self.end else 1.0)


class Worker:
    """A backend whose epochs take 0.1 s for an IMN and 0.4 s for a DMN, by depth and threads, all in the forward pass.

    An evaluation of the validation samples takes 0.02 s, of all samples 0.04 s.
    """

    def __init__(self, machine: Machine, visit: timing.Visit):
        settings = visit.settings
        self.machine = machine
        self.seconds = (0.4 if settings.model == "dmn" else 0.1) * settings.depth / visit.threads
        machine.visits.append((settings.model, settings.depth, visit.threads))

    def epoch(self, state: State, order: np.ndarray, mark) -> bool:
        """One step."""
        for seconds in (0.0, self.seconds, 0.0, 0.0, 0.0):
            self.machine.spend(seconds)
            mark()
        return True

    def evaluate(self, state: State, validation_only: bool = False) -> tuple[float, ...]:
        """As long as it takes."""
        self.machine.evaluations += 1
        stalled = self.machine.evaluations % self.machine.stalls == 0
        self.machine.spend((0.02 if validation_only else 0.04) + stalled)
        return (1.0,) * 6


def eager_epochs(data: ElasticData) -> xr.Dataset:
    """A literal DMN and an IMN of depths 1 and 2 on one thread and on two."""
    forms = [replace(SETTINGS, backend="torch", record=10, **form) for form in (LITERAL, {})]
    return timing.epochs(data, {"ends": forms}, [1, 2], 2, 5, quiet)


def test_epochs_are_measured_in_turns(data, monkeypatch):
    machine = Machine(monkeypatch)
    times = eager_epochs(data)
    a_round = [(model, depth, threads) for depth in (1, 2) for threads in (1, 2) for model in ("dmn", "imn")]
    assert machine.visits == [*a_round, *a_round * (5 * timing.STRETCHES)]  # the first one sets the lengths
    for model, depth, threads in a_round:
        epoch = times["epoch_wall_time"].sel(model=model, formulation="literal", depth=depth, threads=threads)
        seconds = (0.4 if model == "dmn" else 0.1) * depth / threads
        np.testing.assert_allclose(epoch.squeeze(), 5 * [seconds + 0.02 + 0.02 / 10])  # a tenth of a row of the history
        if threads == 2:
            profile = times["profile"].sel(model=model, depth=depth)
            np.testing.assert_allclose(profile.sel(part="forward"), seconds)
            np.testing.assert_allclose(profile.sum("part"), seconds)


@pytest.mark.parametrize(
    ("begin", "end", "slower"),
    [(0.0, 0.8, 2.0), (0.1, 0.9, 2.0), (0.2, 1.0, 2.0)],
    ids=["first", "middle", "last"],
)
def test_a_spell_of_the_machine_changes_no_repeat(data, monkeypatch, begin, end, slower):
    steady = Machine(monkeypatch)
    expected = eager_epochs(data)
    work = steady.now
    ending = begin * work + slower * (end - begin) * work  # of the work from `begin` to `end` in shares of the whole
    Machine(monkeypatch, begin * work, ending, slower)
    xr.testing.assert_allclose(eager_epochs(data), expected, rtol=1e-9)


def test_stalls_change_no_repeat(data, monkeypatch):
    Machine(monkeypatch)
    expected = eager_epochs(data)
    for stalls in (7, 11, 13):  # of the 24 evaluations of a round, always others
        Machine(monkeypatch, stalls=stalls)
        xr.testing.assert_allclose(eager_epochs(data), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("forms", "message"),
    [
        ([], "forms are missing; give each once, as --one, --ends, --doubling"),
        (["--one", "imn", "--ends", "imn"], "forms are imn, imn; give each once"),
    ],
)
def test_epochs_need_every_form_once(tmp_path, capsys, forms, message):
    files = ["--data", str(tmp_path / "elastic.nc"), "--out", str(tmp_path / "epochs.nc")]
    assert cli.main(["time", "epochs", *forms, "--depths", "2", *files]) == 1
    assert message in capsys.readouterr().err


def test_parts_come_together_without_cutting_a_name(tmp_path):
    """'torch' is shorter than 'native': labels of fixed length would be cut."""
    study = datasets.collect([write_run(tmp_path / "imn-1", schemes=["imn_newton_dense"])], "own")
    whole = times_of(study)
    native = whole[["epoch_wall_time"]].assign_coords(backend=["native"])
    files = {"eager": whole[["epoch_wall_time"]], "native": native, "online": whole[["online_time"]]}
    for name, part in files.items():
        measured.write(part.assign_attrs(whole.attrs), tmp_path / f"{name}.nc", {})
    command = ["time", "merge", *(str(tmp_path / f"{name}.nc") for name in files), "--out", str(tmp_path / "times.nc")]
    assert cli.main(command) == 0
    merged = measured.load(tmp_path / "times.nc")
    assert merged["backend"].values.tolist() == ["native", "torch"]
    eager = merged["epoch_wall_time"].sel(backend=["torch"])
    np.testing.assert_array_equal(eager, whole["epoch_wall_time"])
    assert (merged.attrs["processor"], merged.attrs["threads"]) == ("a processor", 2)


def test_parts_that_do_not_fit_together_are_refused(tmp_path):
    times = times_of(datasets.collect([write_run(tmp_path / "imn-1", schemes=["imn_newton_dense"])], "own"))
    with pytest.raises(InputError, match="two files have measured the same"):
        measured.merged([times, times.assign(training_wall_time=2.0 * times["training_wall_time"])])
    with pytest.warns(LaminetWarning, match=r"different processors \(a processor, another\)"):
        measured.merged([times[["online_time"]], times[["training_cpu_time"]].assign_attrs(processor="another")])
    with pytest.raises(InputError, match="no times to join"):
        measured.merged([])
    netcdf.write(xr.Dataset(), tmp_path / "empty.nc", content="times", parameters={})
    with pytest.raises(InputError, match=r"empty\.nc: holds no times"):
        measured.load(tmp_path / "empty.nc")


def test_a_study_gets_the_times_of_its_own_rows(tmp_path):
    runs = [write_run(tmp_path / f"imn-{seed}", seed=seed, schemes=["imn_newton_dense"]) for seed in (1, 2)]
    study = datasets.collect(runs, "own")
    times = times_of(study)
    times["online_time"].loc[{"run": "imn-2"}] = 7.0
    known = measured.with_online_times(study, times.sel(run=["imn-2"]))
    found = known["online_time"].sel(control="stress", composite="composite_1")
    assert np.isnan(found[0]).all()
    assert (found[1] == 7.0).all()
    assert known["online_time"].dims == ("run", "composite", "control", "repeat")
