"""VTK's image files (VTI): arrays of cells or points, as DAMASK and ParaView write them, and as ParaView reads them.

Arrays that are read may be text, base64 or raw bytes behind the XML. Those in bytes may be compressed by zlib, block by
block.
"""

import base64
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np

from laminet.cells.voxels.arrays import check_size, named
from laminet.errors import InputError
from laminet.files.destination import replacing

TYPES = {
    "Int8": "i1",
    "UInt8": "u1",
    "Int16": "i2",
    "UInt16": "u2",
    "Int32": "i4",
    "UInt32": "u4",
    "Int64": "i8",
    "UInt64": "u8",
    "Float32": "f4",
    "Float64": "f8",
}


def read_vti(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """An array of scalars of a VTI file.

    Args:
        path: the file.
        name: of the array; empty for the only one, or "material", DAMASK's, among several.

    Returns:
        Values (x, y, z), and spacing (3,).

    Raises:
        InputError: no such array, or a file that holds no image in one piece.
        ValueError, zlib.error, KeyError: damaged.
    """
    check_size(path, (path.stat().st_size,), 1)
    text, _, raw = path.read_bytes().partition(b"<AppendedData")
    appended = raw.partition(b"_")[2]
    encoded = b'encoding="base64"' in raw.partition(b"_")[0]
    root = ElementTree.fromstring(text + (b"</VTKFile>" if raw else b""))
    image = root.find("ImageData")
    pieces = [] if image is None else image.findall("Piece")
    if image is None or len(pieces) != 1:
        raise InputError(f"{path}: holds no image in one piece; write it from ParaView as VTI")
    extent = np.array(image.attrib["WholeExtent"].split(), dtype=int).reshape(3, 2)
    spacing = np.array(image.attrib.get("Spacing", "1 1 1").split(), dtype=float).reshape(3)
    arrays: dict[str, tuple[ElementTree.Element, np.ndarray]] = {}
    for kind, more in (("CellData", 0), ("PointData", 1)):
        data = pieces[0].find(kind)
        for array in [] if data is None else data.findall("DataArray"):
            if int(array.get("NumberOfComponents", "1")) == 1:
                arrays.setdefault(array.get("Name", ""), (array, extent[:, 1] - extent[:, 0] + more))
    if not name and len(arrays) > 1 and "material" in arrays:
        name = "material"
    array, shape = arrays[named(list(arrays), name, path)]
    check_size(path, shape.tolist())
    order = "<" if root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
    dtype = np.dtype(order + TYPES[array.get("type", "")])
    kind = array.get("format", "ascii")
    if kind == "ascii":
        values = np.array((array.text or "").split(), dtype=float if dtype.kind == "f" else np.int64)
    else:
        if (compressor := root.get("compressor")) not in (None, "vtkZLibDataCompressor"):
            raise InputError(f"{path}: is compressed by {compressor}; write it again with zlib, or not compressed")
        header = np.dtype(order + TYPES[root.get("header_type", "UInt32")])
        held = (array.text or "").encode() if kind == "binary" else appended[int(array.get("offset", "0")) :]
        decode = kind == "binary" or encoded
        values = np.frombuffer(_bytes(held.strip() if decode else held, header, decode, compressor is not None), dtype)
    return values.reshape(shape[::-1]).T, spacing


def write_vti(path: Path | str, spacing: np.ndarray, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays of cells as VTI: whole numbers below 256 as they are, others in single precision.

    Args:
        path: the file.
        spacing: (3,) of the voxels.
        arrays: by name, (x, y, z) or (x, y, z, components).

    Raises:
        InputError: the folder cannot be written.
    """
    shape = next(iter(arrays.values())).shape[:3]
    extent = " ".join(f"0 {size}" for size in shape)
    with replacing(path) as temporary, temporary.open("wb") as file:
        head = (
            '<?xml version="1.0"?>\n<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" '
            f'header_type="UInt64">\n<ImageData WholeExtent="{extent}" Origin="0 0 0" '
            f'Spacing="{" ".join(f"{side:.9g}" for side in spacing)}">\n<Piece Extent="{extent}"><CellData>\n'
        )
        file.write(head.encode())
        for name, values in arrays.items():
            kind = "UInt8" if values.dtype == np.uint8 else "Float32"
            data = values.reshape(*shape, -1).transpose(2, 1, 0, 3).astype(f"<{TYPES[kind]}").tobytes()
            number = values.size // int(np.prod(shape))
            tag = f'DataArray type="{kind}" Name={quoteattr(name)} NumberOfComponents="{number}" format="binary"'
            file.write(f"<{tag}>".encode())
            file.write(base64.b64encode(np.array([len(data)], dtype="<u8").tobytes() + data))
            file.write(b"</DataArray>\n")
        file.write(b"</CellData></Piece>\n</ImageData></VTKFile>\n")


def _bytes(held: bytes, header: np.dtype[Any], encoded: bool, compressed: bool) -> bytes:
    """The bytes of an array behind its header: its size, or the number and the sizes of compressed blocks."""

    def part(begin: int, size: int) -> tuple[bytes, int]:
        """`size` bytes from `begin` on, and where the next part begins."""
        if not encoded:
            return held[begin : begin + size], begin + size
        end = begin + 4 * -(-size // 3)
        return base64.b64decode(re.sub(rb"\s", b"", held[begin:end])), end

    if not compressed:
        size = int(np.frombuffer(part(0, header.itemsize)[0], header, 1)[0])
        whole = part(0, header.itemsize + size)[0] if encoded else held[: header.itemsize + size]
        return whole[header.itemsize :]
    blocks = int(np.frombuffer(part(0, header.itemsize)[0], header, 1)[0])
    head, begin = part(0, header.itemsize * (3 + blocks))
    sizes = np.frombuffer(head, header)[3:].astype(int)
    data, _ = part(begin, int(sizes.sum()))
    return b"".join(zlib.decompress(data[end - size : end]) for size, end in zip(sizes, np.cumsum(sizes), strict=True))
