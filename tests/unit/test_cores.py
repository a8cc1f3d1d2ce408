"""Threads fit the cores a process may use, and a file says how many those were."""

import os

import numpy as np
import pytest
import xarray as xr
from elastic_datasets import dataset

from laminet import cli, cores
from laminet.errors import LaminetWarning
from laminet.files import netcdf
from laminet.training.data import ElasticData, Samples

linux = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")


@pytest.fixture
def one_core():
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    yield core
    os.sched_setaffinity(0, allowed)


@linux
def test_more_threads_than_cores_are_said_and_not_taken(one_core):
    assert cores.usable() == [one_core]
    assert cores.fitted(1) == 1
    with pytest.warns(LaminetWarning, match="20 threads were asked for, but the process may use 1 cores; it takes 1"):
        assert cores.fitted(20) == 1


@linux
def test_a_pinned_process_keeps_to_its_first_cores():
    allowed = os.sched_getaffinity(0)
    try:
        assert cores.pin(1) == [min(allowed)] == sorted(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, allowed)


@linux
def test_files_say_how_many_cores_there_were(one_core, tmp_path):
    netcdf.write(xr.Dataset(), tmp_path / "a.nc", content="study", parameters={}, threads=1)
    assert netcdf.read(tmp_path / "a.nc").attrs["cores"] == 1


@linux
def test_a_training_says_that_it_cannot_use_its_cores(one_core, tmp_path, capfd):
    same = Samples(np.broadcast_to(np.eye(6), (4, 2, 6, 6)), np.broadcast_to(np.eye(6), (4, 6, 6)))
    netcdf.write(dataset(ElasticData(same, same)), tmp_path / "elastic.nc", content="elastic", parameters={})
    command = [
        "train",
        "--data",
        str(tmp_path / "elastic.nc"),
        "--model",
        "imn",
        "--depth",
        "1",
        "--samples",
        "4",
        "--batch",
        "4",
    ]
    assert cli.main([*command, "--epochs", "1", "--threads", "3", "--out", str(tmp_path / "net")]) == 0
    assert "3 threads were asked for, but the process may use 1 cores" in capfd.readouterr().err
    for name in ("network.nc", "history.nc"):
        assert netcdf.read(tmp_path / "net" / name).attrs["threads"] == 1
