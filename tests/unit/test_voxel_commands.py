"""Commands take cells of voxels like cells of fibres, and say in one line what they cannot do with them."""

import numpy as np
import pytest

import laminet
from laminet.cells import kinds
from laminet.cells.voxels.vti import write_vti
from laminet.cli import main
from laminet.errors import InputError
from laminet.files import elastic, netcdf, training_curves
from laminet.files.network import NetworkParameters

MATERIALS = """
glass:
  phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.029, linear: 0.139}}
  phase_2: {law: orthotropic, E11: 72, E22: 72, E33: 72, G12: 29.5, G13: 29.5, G23: 29.5,
            nu12: 0.22, nu13: 0.22, nu23: 0.22}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a cell of two phases and one of three, of four voxels a side."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    for phases in (2, 3):
        np.save("image.npy", rng.integers(0, phases, (4, 4, 4)))
        assert run("rve", "--image", "image.npy", "--spacing", "1", "1", "2", "--out", f"cell-{phases}.nc") == 0
    (tmp_path / "materials.yaml").write_text(MATERIALS)
    return tmp_path


def run(*arguments):
    return main(list(map(str, arguments)))


def test_a_threshold_may_be_negative_and_small(tmp_path, monkeypatch):
    """Studies pass thresholds as Python writes them, here as -1e-05."""
    monkeypatch.chdir(tmp_path)
    image = np.full((4, 4, 4), -1.0)
    image[0] = 1.0
    np.save("image.npy", image)
    assert run("rve", "--image", "image.npy", "--threshold", -1e-05, "--out", "cell.nc") == 0
    assert np.array_equal(kinds.load("cell.nc").phase, np.where(image > 0.0, 2, 1))


def test_samples_of_three_phases(folder, capsys):
    shards = [f"shard-{k}.nc" for k in (1, 2)]
    for k, shard in enumerate(shards, 1):
        how = ("--samples", 3, "--validation", 1, "--contrast", 1)
        assert run("sample", "--rve", "cell-3.nc", *how, "--shard", f"{k}/2", "--out", shard) == 0
    assert run("merge", *shards, "--out", "elastic.nc") == 0
    assert run("rve", "--image", "elastic.nc", "--threshold", 1, "--out", "no.nc") == 1
    assert "elastic.nc: holds 'elastic' data where 'rve' data is needed; check the file name" in capsys.readouterr().err
    data = elastic.check(netcdf.read("elastic.nc"), "elastic.nc")
    assert data["stiffness_phase"].shape == (4, 3, 6, 6)
    homogenizer = kinds.homogenizer(kinds.load("cell-3.nc"))
    expected = homogenizer(*data["stiffness_phase"].values[2])
    assert np.allclose(data["stiffness"].values[2], expected, rtol=0.0, atol=1e-10)
    assert 0.0 < data.attrs["voxel_error"] < 2.0
    assert run("sample", "--rve", "cell-2.nc", "--phases", "elastic.nc", "--out", "again.nc") == 1
    assert "3 phases are given, but the cell has 2" in capsys.readouterr().err


def test_curves_and_references(folder, capsys):
    few = ("--count", 1, "--validation", 0, "--random-paths", 1, "--steps", 3, "--strain", 0.01)
    assert run("curves", "--rve", "cell-2.nc", *few, "--out", "curves.nc") == 0
    curves = training_curves.load("curves.nc")
    assert curves.sizes["curve"] == 13
    assert curves["converged"].all()
    settings = {"count": 1, "validation": 0, "random_paths": 1, "steps": 3, "strain": 0.01}
    assert np.allclose(laminet.curves("cell-2.nc", **settings)["stress"], curves["stress"], rtol=1e-6, atol=1e-9)
    glass = ("--materials", "materials.yaml", "--composite", "glass")
    how = ("--control", "stress", "--steps", 3, "--strain", 0.01)
    assert run("reference", "--rve", "cell-2.nc", *glass, *how, "--out", "reference.nc") == 0
    reference = netcdf.read("reference.nc")
    assert np.isfinite(reference["estimated_error"]).all()
    assert run("reference", "--rve", "cell-3.nc", *glass, *how, "--out", "no.nc") == 1
    assert run("reference", "--rve", "cell-2.nc", *glass, *how, "--fineness", 3, "--out", "no.nc") == 1
    assert run("convergence", "--rve", "cell-2.nc", *glass, "--out", "no.nc") == 1
    assert run("curves", "--rve", "cell-3.nc", *few, "--out", "no.nc") == 1
    said = capsys.readouterr().err
    assert "composite 'glass' has 2 phases, the cell 3" in said
    assert "random composites have two phases, the cell 3" in said
    assert "fineness: only for cells of parallel fibres" in said
    assert "cell-2.nc: is a cell of voxels" in said


def test_a_device_is_of_voxels_and_must_be_there(folder, capsys, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    glass = ("--materials", "materials.yaml", "--composite", "glass")
    for command, *others in (("sample",), ("curves",), ("reference", *glass)):
        assert run(command, "--rve", "cell-2.nc", *others, "--device", "cuda", "--out", "no.nc") == 1
        assert "device 'cuda': PyTorch sees none here; take device cpu" in capsys.readouterr().err
    assert run("curves", "--measured", "a.csv", *glass, "--device", "cuda", "--out", "no.nc") == 1
    assert "device: only for simulated curves" in capsys.readouterr().err
    with pytest.raises(InputError, match="device: only for cells of voxels"):
        kinds.homogenizer(None, "cuda")


def test_local_fields_of_network_and_cell_are_compared(folder, capsys):
    laminet.Network(NetworkParameters("imn", 1, np.array([0.5, 0.5]), np.array([[0.0, 0.5]]))).save("network.nc")
    glass = ("--materials", "materials.yaml", "--composite", "glass")
    how = ("--control", "stress", "--steps", 3, "--strain", 0.03)
    assert run("reference", "--rve", "cell-2.nc", *glass, *how, "--fields", "fields", "--out", "reference.nc") == 0
    names = sorted(path.name for path in (folder / "fields").iterdir())
    assert names == sorted(f"glass_stress_{case}.vti" for case in ("11", "22", "33", "12", "23", "31"))
    against = ("--reference", "reference.nc")
    assert run("evaluate", "--network", "network.nc", *glass, *how, *against, "--fields", "--out", "online.nc") == 0
    for kind in ("mises", "plastic"):
        assert run("plot", "online.nc", *against, "--kind", kind, "--out", f"{kind}.png") == 0
        assert run("plot", "reference.nc", "--kind", kind, "--out", f"cell-{kind}.png") == 0
    assert run("plot", "fields/glass_stress_12.vti", "--out", "inside.png") == 0
    for picture in ("mises", "plastic", "cell-mises", "cell-plastic", "inside"):
        assert (folder / f"{picture}.png").stat().st_size > 1000
    for name in ("cell-2.nc", "reference.nc", "online.nc"):
        assert run("info", name) == 0
    capsys.readouterr()
    for path in ("fields/glass_stress_12.vti", "image.npy"):
        assert run("info", path) == 1
        assert f"{path}: is no NetCDF file but " in capsys.readouterr().err
    write_vti("image.vti", np.ones(3), {"material": np.ones((2, 2, 2), dtype=np.uint8)})
    assert run("plot", "image.vti", "--out", "no.png") == 1
    assert "image.vti: not local fields" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--spheres", 0.2, "--fibres", 3), "fibres: not for a cell of spheres"),
        (("--image", "image.npy", "--interphase", 0.1), "interphase: not for a cell of an image"),
        (("--image", "image.npy", "--seed", 3), "seed: not for a cell of an image"),
        (("--threshold", 0.2), "threshold: not for a cell of parallel fibres"),
    ],
)
def test_options_of_another_kind_of_cell_are_refused(folder, capsys, options, message):
    assert run("rve", *options, "--out", "no.nc") == 1
    assert message in capsys.readouterr().err


def test_a_cell_is_shown(folder, capsys):
    assert run("info", "cell-3.nc") == 0
    said = capsys.readouterr().out
    assert "4 x 4 x 4 voxels; its sides are as 1 x 1 x 2" in said
    assert "memory:" in said
    assert run("plot", "cell-3.nc", "--out", "cell.png") == 0
    assert (folder / "cell.png").stat().st_size > 1000
