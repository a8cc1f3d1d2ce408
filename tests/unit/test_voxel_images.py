"""Images of every format become the cell they show, and bad ones one clear line."""

import base64
import struct
import zlib

import netCDF4
import numpy as np
import pytest
from PIL import Image

from laminet.cells import kinds
from laminet.cells.voxels import arrays, limit
from laminet.cells.voxels import cell as voxels
from laminet.cells.voxels.image import read_phases
from laminet.cells.voxels.settings import ImageSettings
from laminet.errors import InputError
from laminet.files import netcdf

SHAPE = (3, 4, 5)
LABELS = np.zeros(SHAPE, dtype=np.uint8)
LABELS[2, 3, 4] = LABELS[0, 1, 2] = 7
LABELS[1, 0, 3] = 2
PHASES = np.searchsorted([0, 2, 7], LABELS) + 1


def phases_of(path, **settings):
    return read_phases(path, ImageSettings(**settings))[0]


def fortran(values):
    """Bytes of values with x fastest, as VTK wants them."""
    return np.ascontiguousarray(values.T).tobytes()


def vti(path, arrays, spacing="0.5 1 2", head="", tail=b""):
    nx, ny, nz = SHAPE
    extent = f"0 {nx} 0 {ny} 0 {nz}"
    text = (
        f'<?xml version="1.0"?>\n<VTKFile type="ImageData" version="0.1" byte_order="LittleEndian" {head}>\n'
        f'<ImageData WholeExtent="{extent}" Origin="0 0 0" Spacing="{spacing}">\n<Piece Extent="{extent}">\n'
        f"<PointData></PointData>\n<CellData>{arrays}</CellData>\n</Piece>\n</ImageData>\n"
    )
    path.write_bytes(text.encode() + tail + b"</VTKFile>\n")


def compressed(data, size=32):
    """zlib blocks behind their header, each part in base64 of its own."""
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    packed = [zlib.compress(block) for block in blocks]
    header = struct.pack(f"<{3 + len(packed)}I", len(packed), size, len(data) % size, *map(len, packed))
    return (base64.b64encode(header) + base64.b64encode(b"".join(packed))).decode()


def test_npy_is_read_with_its_axes_as_they_are(tmp_path):
    np.save(tmp_path / "image.npy", LABELS)
    assert np.array_equal(phases_of(tmp_path / "image.npy"), PHASES)
    assert np.array_equal(phases_of(tmp_path / "image.npy", axes="zyx"), PHASES.transpose())


@pytest.mark.parametrize("form", ["ascii", "binary", "compressed", "raw", "appended"])
def test_vti_is_read_in_every_form(tmp_path, form):
    path, data = tmp_path / "grid.vti", LABELS.astype("<i4")
    sized = struct.pack("<I", data.nbytes) + fortran(data)
    head, tail, text, how = "", b"", "", 'format="binary"'
    if form == "ascii":
        text, how = " ".join(map(str, data.T.ravel())), 'format="ascii"'
    elif form == "binary":
        text = base64.b64encode(sized).decode()
    elif form == "compressed":
        text, head = compressed(fortran(data)), 'compressor="vtkZLibDataCompressor"'
    else:
        encoded = form == "appended"
        how = 'format="appended" offset="0"'
        kind = b"base64" if encoded else b"raw"
        tail = b'<AppendedData encoding="%s">\n_' % kind + (base64.b64encode(sized) if encoded else sized)
        tail += b"\n</AppendedData>\n"
    vti(path, f'<DataArray type="Int32" Name="material" {how}>{text}</DataArray>', head=head, tail=tail)
    phase, spacing = read_phases(path, ImageSettings())
    assert np.array_equal(phase, PHASES)
    assert spacing.tolist() == [0.5, 1.0, 2.0]


def test_hdf5_is_read_by_the_path_of_its_array(tmp_path):
    path = tmp_path / "image.h5"
    with netCDF4.Dataset(path, "w") as file:
        for size, name in zip(SHAPE, "xyz", strict=True):
            file.createDimension(name, size)
        group = file.createGroup("sphere/32")
        group.createVariable("straight", "u2", ("x", "y", "z"))[:] = LABELS
        fans = group.createVariable("fans", "u2", ("z", "y", "x"))
        fans[:] = LABELS.T
        fans.permute_order = "zyx"
    assert np.array_equal(phases_of(path, dataset="sphere/32/straight"), PHASES)
    assert np.array_equal(phases_of(path, dataset="/sphere/32/fans"), PHASES)
    with pytest.raises(InputError, match="arrays that may be an image are sphere/32/straight, sphere/32/fans"):
        phases_of(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_pages_of_tiff_are_z(tmp_path, dtype):
    pages = [Image.fromarray(np.ascontiguousarray(LABELS[:, :, z].T.astype(dtype))) for z in range(SHAPE[2])]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    assert np.array_equal(phases_of(tmp_path / "stack.tif"), PHASES)


def test_thresholds_spacing_and_mirrors(tmp_path):
    grey = np.linspace(0.0, 1.0, 24).reshape(2, 3, 4)
    np.save(tmp_path / "grey.npy", grey)
    phase, spacing = read_phases(tmp_path / "grey.npy", ImageSettings(threshold=(0.25, 0.5), spacing=(2.0,)))
    assert np.array_equal(phase, 1 + (grey >= 0.25) + (grey >= 0.5))
    assert spacing.tolist() == [2.0, 2.0, 2.0]
    mirrored = phases_of(tmp_path / "grey.npy", threshold=(0.25, 0.5), mirror=("x", "z"))
    assert mirrored.shape == (4, 3, 8)
    assert np.array_equal(mirrored, mirrored[::-1, :, ::-1])
    assert np.array_equal(mirrored[:2, :, :4], phase)


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        (np.where(LABELS == 7, np.nan, 1.0), {}, "holds 2 voxels that are NaN"),
        (np.ones(SHAPE), {}, "every voxel holds 1"),
        (np.arange(60.0).reshape(SHAPE), {}, r"60 different values.*give a threshold"),
        (LABELS, {"threshold": (1.0, 9.0)}, "no voxel is of phase 3; its values lie between 0 and 7"),
        (LABELS[0], {}, r"shape \(4, 5\); an image has three axes"),
        (np.zeros((*SHAPE, 3), dtype=np.uint8), {}, "an image has three axes"),
        (np.full(SHAPE, "matrix"), {}, "holds <U6"),
        (LABELS, {"spacing": (1.0, 2.0)}, "spacing has 2 numbers"),
        (LABELS, {"spacing": (1.0, 1.0, 1e300)}, "no side of a voxel 100 times as long"),
        (LABELS, {"dataset": "phases"}, "dataset is of HDF5 and VTI"),
        (np.ones(SHAPE, dtype=bool), {}, "every voxel holds 1"),
        (LABELS == 7, {"threshold": (2.0,)}, "no voxel is of phase 2; its values lie between 0 and 1"),
        (LABELS, {"threshold": (1.0, 1.0)}, "no voxel is of phase 2"),
        (np.arange(60) % 17, {}, r"shape \(60,\)"),
        (np.arange(60).reshape(SHAPE) % 17, {}, "17 different values, more than 16 phases"),
        (np.arange(60).reshape(SHAPE), {"threshold": tuple(range(1, 17))}, "threshold has 16 numbers for 17 phases"),
        (LABELS.astype(complex), {}, "holds complex128"),
        (LABELS.astype([("a", "u1"), ("b", "u1")]), {}, "a number for each voxel"),
        (np.zeros((0, 4, 5)), {}, r"shape \(0, 4, 5\)"),
    ],
)
def test_bad_images_give_one_line(tmp_path, values, settings, message):
    np.save(tmp_path / "bad.npy", values)
    with pytest.raises(InputError, match=message):
        phases_of(tmp_path / "bad.npy", **settings)


def test_bad_files_give_one_line(tmp_path, monkeypatch):
    for name in ("cut.npy", "cut.vti", "cut.h5", "cut.tif"):
        (tmp_path / name).write_bytes(b"\x93NUMPY\x01 not an image")
        with pytest.raises(InputError, match="cannot be read as an image"):
            phases_of(tmp_path / name)
    (tmp_path / "image.raw").write_bytes(b"0")
    with pytest.raises(InputError, match="its suffix"):
        phases_of(tmp_path / "image.raw")
    Image.fromarray(np.zeros((4, 5, 3), dtype=np.uint8)).save(tmp_path / "colour.tif")
    with pytest.raises(InputError, match=r"a picture in colour \(RGB\)"):
        phases_of(tmp_path / "colour.tif")
    for other in (np.zeros((5, 5), dtype=np.uint8), np.zeros((4, 5, 3), dtype=np.uint8)):
        pages = [Image.fromarray(each) for each in (LABELS[0], other)]
        pages[0].save(tmp_path / "mixed.tif", save_all=True, append_images=pages[1:])
        with pytest.raises(InputError, match="its pages differ in size or colour"):
            phases_of(tmp_path / "mixed.tif")
    np.save(tmp_path / "large.npy", LABELS)
    monkeypatch.setattr(limit, "LIMIT", arrays.BYTES * LABELS.size - 1)
    with pytest.raises(InputError, match=r"more than the .* GiB allowed"):
        phases_of(tmp_path / "large.npy")


def test_files_that_promise_more_than_they_hold_give_one_line(tmp_path):
    np.save(tmp_path / "huge.npy", LABELS)
    held = (tmp_path / "huge.npy").read_bytes()
    (tmp_path / "huge.npy").write_bytes(held.replace(b"(3, 4, 5), }", b"(3, 4, 5000000), }"))
    with pytest.raises(InputError, match="cannot be read as an image"):
        phases_of(tmp_path / "huge.npy")
    array = '<DataArray type="UInt8" Name="phase" format="ascii">1 2</DataArray>'
    vti(tmp_path / "short.vti", array)
    with pytest.raises(InputError, match="cannot be read as an image"):
        phases_of(tmp_path / "short.vti")
    path = tmp_path / "huge.vti"
    vti(path, array)
    path.write_text(path.read_text().replace("0 3 0 4 0 5", "0 30000 0 40000 0 50000"))
    with pytest.raises(InputError, match=r"shape \(30000, 40000, 50000\) would take"):
        phases_of(path)
    for spacing, message in (("1 1", "cannot be read"), ("1 -1 1", r"spacing of its voxels is \[1.0, -1.0, 1.0\]")):
        vti(path, f'<DataArray type="UInt8" Name="phase" format="ascii">{" ".join("1" * 60)}</DataArray>', spacing)
        with pytest.raises(InputError, match=message):
            phases_of(path)
    vti(
        path,
        '<DataArray type="UInt8" Name="a" format="binary">AA</DataArray>',
        head='compressor="vtkLZ4DataCompressor"',
    )
    with pytest.raises(InputError, match=r"huge\.vti: is compressed by vtkLZ4DataCompressor"):
        phases_of(path)
    vti(path, "")
    with pytest.raises(InputError, match="holds no array that may be an image"):
        phases_of(path)


def test_mirrors_are_counted_before_the_memory_is_taken(tmp_path, monkeypatch):
    np.save(tmp_path / "image.npy", LABELS)
    monkeypatch.setattr(limit, "LIMIT", 7 * arrays.BYTES * LABELS.size)
    assert phases_of(tmp_path / "image.npy", mirror=("x", "z")).shape == (6, 4, 10)
    with pytest.raises(InputError, match=r"shape \(6, 8, 10\) would take"):
        phases_of(tmp_path / "image.npy", mirror=("x", "y", "z"))


def test_a_cell_is_an_image_with_its_spacing(tmp_path):
    voxels.save(voxels.VoxelCell(phase=PHASES.astype(np.uint8), spacing=np.array([1, 2, 3])), tmp_path / "cell.nc", {})
    phase, spacing = read_phases(tmp_path / "cell.nc", ImageSettings())
    assert np.array_equal(phase, PHASES)
    assert spacing.tolist() == [1.0, 2.0, 3.0]


def test_a_cell_comes_back_from_its_file(tmp_path):
    cell = voxels.VoxelCell(phase=PHASES.astype(np.uint8), spacing=np.array([1.0, 2.0, 0.5]), attrs={"image": "a"})
    voxels.save(cell, tmp_path / "cell.nc", {})
    back = kinds.load(tmp_path / "cell.nc")
    assert np.array_equal(back.phase, cell.phase)
    assert back.digest == cell.digest
    assert back.attrs["image"] == "a"
    assert np.allclose(back.fractions, np.bincount(PHASES.ravel())[1:] / 60)
    twice = voxels.VoxelCell(phase=cell.phase, spacing=2.0 * cell.spacing)
    assert twice.digest == cell.digest
    damaged = netcdf.read(tmp_path / "cell.nc")
    with pytest.raises(InputError, match="without a gap"):
        voxels.of_dataset(damaged.assign(phase=damaged["phase"] + 1), "cell.nc")


def test_larger_voxels_have_the_phase_of_most():
    phase = np.ones((4, 4, 4), dtype=np.uint8)
    phase[:2, :2, :2] = 2
    phase[2:, 2:, 2] = 2
    phase[2, 2:, 3] = 2
    coarse = voxels.VoxelCell(phase=phase, spacing=np.array([1.0, 1.0, 3.0])).coarsened()
    expected = np.ones((2, 2, 2))
    expected[0, 0, 0] = expected[1, 1, 1] = 2  # eight and six of eight
    assert np.array_equal(coarse.phase, expected)
    assert coarse.spacing.tolist() == [2.0, 2.0, 6.0]
    odd = voxels.VoxelCell(phase=np.repeat(np.repeat(phase[:, :, :1], 7, axis=2), 1, axis=0)).coarsened()
    assert odd.phase.shape == (2, 2, 3)
    assert np.allclose(odd.spacing, [2.0, 2.0, 7.0 / 3.0])


@pytest.mark.parametrize(
    ("phase", "spacing", "message"),
    [
        (np.ones((1, 4, 4), dtype=np.uint8), (1, 1, 1), r"shape \(1, 4, 4\); give three axes of two voxels or more"),
        (np.ones((4, 4), dtype=np.uint8), (1, 1, 1), r"shape \(4, 4\); give three axes"),
        (np.zeros(SHAPE, dtype=np.uint8), (1, 1, 1), "not whole numbers from 1 to 16"),
        (np.full(SHAPE, 17), (1, 1, 1), "not whole numbers from 1 to 16"),
        (np.full(SHAPE, 1.5), (1, 1, 1), "not whole numbers from 1 to 16"),
        (np.ones(SHAPE, dtype=np.uint8), (1, 0, 1), "give three positive numbers"),
        (np.ones(SHAPE, dtype=np.uint8), (1, 1), "give three positive numbers"),
    ],
)
def test_a_cell_refuses_what_it_cannot_solve(phase, spacing, message):
    with pytest.raises(InputError, match=message):
        voxels.VoxelCell(phase=phase, spacing=np.array(spacing))
