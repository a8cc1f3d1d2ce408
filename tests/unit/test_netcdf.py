"""Files are written whole or not at all, stamped, and checked when read."""

import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from laminet import mandel
from laminet.errors import InputError
from laminet.files import destination, foreign, netcdf
from laminet.materials.stiffness import isotropic_stiffness
from laminet.training.data import data_of


def dataset() -> xr.Dataset:
    return xr.Dataset({"a": ("x", np.arange(1000.0), {"units": "GPa"})})


def test_round_trip_is_stamped(tmp_path):
    netcdf.write(dataset(), tmp_path / "new/a.nc", content="study", parameters={"b": 1}, threads=3)
    found = netcdf.read(tmp_path / "new/a.nc", content="study", variables={"a": ("x",)})
    np.testing.assert_array_equal(found["a"], dataset()["a"])
    assert found.attrs["threads"] == 3
    stamps = ("laminet_version", "created", "command", "params_sha256", "host", "cpu_model", "build")
    assert all(found.attrs[stamp] for stamp in stamps)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.nc"]


def test_digest_does_not_depend_on_order():
    assert netcdf.parameters_sha256({"a": 1, "b": 2}) == netcdf.parameters_sha256({"b": 2, "a": 1})
    assert netcdf.parameters_sha256({"a": 1}) != netcdf.parameters_sha256({"a": 2})


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.nc"
    netcdf.write(dataset(), path, content="study", parameters={})
    before = path.read_bytes()

    def fail_half_way():
        with destination.replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_units_are_required(tmp_path):
    with pytest.raises(ValueError, match="no units on a"):
        netcdf.write(xr.Dataset({"a": ("x", [1.0])}), tmp_path / "a.nc", content="study", parameters={})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("keep", [0, 10, 500, -1])
def test_truncated_file_is_refused(tmp_path, keep):
    path = tmp_path / "a.nc"
    netcdf.write(dataset(), path, content="study", parameters={})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.nc: not a readable NetCDF"):
        netcdf.read(path)


def test_wrong_content_variable_and_dimensions_are_named(tmp_path):
    path = tmp_path / "a.nc"
    netcdf.write(dataset(), path, content="study", parameters={})
    with pytest.raises(InputError, match="'study' data where 'network'"):
        netcdf.read(path, content="network")
    with pytest.raises(InputError, match="'b' is missing"):
        netcdf.read(path, variables={"b": ("x",)})
    with pytest.raises(InputError, match="dimensions"):
        netcdf.read(path, variables={"a": ("y",)})
    with pytest.raises(InputError, match="no such file"):
        netcdf.read(tmp_path / "none.nc")


def test_components_are_the_six_of_mandel_s_notation(tmp_path):
    whole = xr.Dataset({"a": ("component", np.zeros(6), {"units": "1"})}, {"component": list(mandel.COMPONENTS)})
    for few in (whole.isel(component=slice(5)), whole.isel(component=[0, 1, 2, 5, 4, 3]), whole.drop_vars("component")):
        netcdf.write(few, tmp_path / "a.nc", content="study", parameters={})
        with pytest.raises(InputError, match=r"a\.nc: components are \[.*\]; expected 11, 22, 33, 23, 13, 12"):
            netcdf.read(tmp_path / "a.nc", variables={"a": ("component",)})


def test_unwritable_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write here"):
        netcdf.write(dataset(), tmp_path / "file/a.nc", content="study", parameters={})


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        netcdf.write(dataset(), tmp_path / "a.nc", content="study", parameters={})
    finally:
        os.umask(old)
    assert (tmp_path / "a.nc").stat().st_mode & 0o777 == 0o640


def test_elastic_data_of_a_user_without_our_stamps(tmp_path):
    stiffness = np.tile(isotropic_stiffness(2.0, 0.3), (3, 1, 1))
    mine = xr.Dataset(
        dict.fromkeys(("stiffness_1", "stiffness_2", "stiffness"), (("sample", "i", "j"), stiffness)),
        coords={"split": ("sample", ["train", "train", "validation"])},
    )
    mine.to_netcdf(tmp_path / "mine.nc")
    found = foreign.given(tmp_path / "mine.nc")
    assert len(data_of(found, "mine.nc").train) == 2
    with pytest.raises(InputError, match="2 samples in split 'train', 5 needed"):
        data_of(found, "mine.nc", 5)
    mine["split"] = ("sample", ["train", "test", "validation"])
    mine.to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="'test'"):
        foreign.given(tmp_path / "other.nc")


def test_a_read_that_never_ends_is_ended_on_the_command_line():
    stalled = "from laminet import source; import time; source.program = {!r}\nwith source.limited('a.nc', 0.1): {}"
    ended = run_python(stalled.format("laminet info", "time.sleep(60)"))
    assert ended.returncode == 1
    remedy = "copy it to another disk if this one is slow, else make it again"
    assert ended.stderr == f"laminet info: a.nc: not read after 0 s; {remedy}\n"
    assert run_python(stalled.format("laminet info", "pass") + "\ntime.sleep(0.3)").returncode == 0
    assert run_python(stalled.format("", "time.sleep(0.3)")).returncode == 0


def run_python(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
