"""A file that cannot be read now is told apart from a damaged one, which users delete."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.errors import InputError, UnreadableError
from laminet.files import netcdf
from laminet.files.matrices import read_elastic
from laminet.materials.library import read_materials
from laminet.network.initial import initial_parameters
from laminet.plots.cells import read_fields
from laminet.plots.histories import rows
from laminet.training import seeds
from laminet.training.state import State
from laminet_study import configuration

READERS: dict[str, Callable[[Path], object]] = {
    "a.nc": netcdf.read,
    "a.csv": read_elastic,
    "a.npz": read_elastic,
    "a.yaml": read_materials,
    "checkpoint.npz": rows,
    "state.npz": lambda path: State.load(path, "identity"),
    "fields.vtu": read_fields,
    "config.yaml": lambda path: configuration.read([path], {}),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_may_not_be_read(unprivileged, name):
    path = unprivileged / name
    path.write_text("sound")
    path.chmod(0o000)
    user = pwd.getpwuid(os.geteuid()).pw_name
    with pytest.raises(UnreadableError) as caught:
        READERS[name](path)
    assert str(caught.value) == f"{path}: {user} may not read {path}; ask its owner {user} for 'chmod a+r'"


@pytest.mark.parametrize("name", [name for name in READERS if name != "state.npz"])
def test_a_file_in_a_closed_folder(unprivileged, name):
    folder = unprivileged / "closed"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / name).write_text("sound")
    folder.chmod(0o600)
    with pytest.raises(UnreadableError, match=rf"may not read {folder}; ask its owner .* for 'chmod a\+rx'"):
        READERS[name](folder / "more" / name)
    folder.chmod(0o700)


@pytest.mark.parametrize("name", READERS)
def test_a_disk_that_fails(tmp_path, name):
    (tmp_path / name).symlink_to("/proc/self/mem")  # a regular file whose first byte is an input/output error
    with pytest.raises(UnreadableError, match=r"cannot be read \(Input/output error\); is its disk all right\?"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv", "a.yaml", "config.yaml"])
def test_a_netcdf_file_is_no_text(tmp_path, name):
    netcdf.write(xr.Dataset({"a": ("x", [1.0], {"units": "1"})}), tmp_path / name, content="history", parameters={})
    with pytest.raises(InputError, match=f"{name}: is a NetCDF file where text is needed; check the file name"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", [name for name in READERS if name != "state.npz"])
def test_what_is_no_file(tmp_path, name):
    with pytest.raises(InputError, match=f"{name}: no such file"):
        READERS[name](tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name}: is a folder; name a file"):
        READERS[name](tmp_path / name)
    (tmp_path / name / "network.nc").touch()
    with pytest.raises(InputError, match=f"{name}: is a folder; name a file, such as .*{name}/network.nc"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", ["a.nc", "a.csv", "a.npz", "checkpoint.npz", "fields.vtu"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: is a pipe or a device; write what it gives to a file first"):
        READERS[name](tmp_path / name)


WRITER = """
import sys, netCDF4
file = netCDF4.Dataset(sys.argv[1], "a")
print("open", flush=True)
sys.stdin.read()
file.close()
"""


@pytest.fixture
def locked(tmp_path):
    """A sound network file that another process has open for writing."""
    path = tmp_path / "network.nc"
    laminet.Network(initial_parameters("imn", 2, 0)).save(path)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "open\n"
    yield path
    writer.communicate("")
    assert writer.returncode == 0


def test_a_file_that_another_program_writes_is_locked_not_damaged(locked, capsys):
    assert main(["info", str(locked)]) == 1
    assert capsys.readouterr().err == (
        f"laminet info: {locked}: is locked (Resource temporarily unavailable): another program has it open for "
        "writing; close it there. Network disks may lack locks: set HDF5_USE_FILE_LOCKING=FALSE\n"
    )
    remedy = os.environ | {"HDF5_USE_FILE_LOCKING": "FALSE"}
    subprocess.run([sys.executable, "-m", "laminet", "info", str(locked)], env=remedy, check=True, capture_output=True)


def test_a_damaged_file_is_damaged_without_locks_too(tmp_path, monkeypatch):
    (tmp_path / "a.nc").write_text("damaged")
    for locking in ("TRUE", "FALSE"):
        monkeypatch.setenv("HDF5_USE_FILE_LOCKING", locking)
        with pytest.raises(InputError, match="truncated or damaged") as caught:
            netcdf.read(tmp_path / "a.nc")
        assert not isinstance(caught.value, UnreadableError)


def test_a_full_memory_is_no_damage(tmp_path, monkeypatch):
    xr.Dataset({"a": ("x", np.zeros(3))}).to_netcdf(tmp_path / "a.nc")

    def fail(*_args: object, **_settings: object) -> None:
        raise MemoryError

    monkeypatch.setattr(xr, "load_dataset", fail)
    with pytest.raises(UnreadableError, match="not enough memory"):
        netcdf.read(tmp_path / "a.nc")


def test_a_finished_training_that_cannot_be_read_is_not_done_again(locked):
    with pytest.raises(UnreadableError, match="is locked"):
        seeds._finished(locked.parent, {})


def test_the_command_line_says_who_may_not_read_a_folder(unprivileged, capsys):
    (unprivileged / "closed").mkdir(mode=0o000)
    assert main(["info", str(unprivileged / "closed/own")]) == 1
    assert "may not read" in capsys.readouterr().err
