"""VTK's image files (VTI): arrays of cells or points, as DAMASK and ParaView write them.

Arrays may be text, base64 or raw bytes behind the XML; those in bytes may be compressed by zlib, block by block.
"""

import base64
import re
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from laminet.errors import InputError

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
    text, _, raw = path.read_bytes().partition(b"<AppendedData")
    appended = raw.partition(b"_")[2]
    encoded = b'encoding="base64"' in raw.partition(b"_")[0]
    root = ElementTree.fromstring(text + (b"</VTKFile>" if raw else b""))
    image = root.find("ImageData")
    pieces = [] if image is None else image.findall("Piece")
    if image is None or len(pieces) != 1:
        raise InputError(f"{path}: holds no image in one piece; write it from ParaView as VTI")
    extent = np.array(image.attrib["WholeExtent"].split(), dtype=int).reshape(3, 2)
    spacing = np.array(image.attrib.get("Spacing", "1 1 1").split(), dtype=float)
    arrays: dict[str, tuple[ElementTree.Element, np.ndarray]] = {}
    for kind, more in (("CellData", 0), ("PointData", 1)):
        data = pieces[0].find(kind)
        for array in [] if data is None else data.findall("DataArray"):
            if int(array.get("NumberOfComponents", "1")) == 1:
                arrays.setdefault(array.get("Name", ""), (array, extent[:, 1] - extent[:, 0] + more))
    if not name and len(arrays) > 1 and "material" in arrays:
        name = "material"
    array, shape = arrays[chosen(list(arrays), name, path)]
    order = "<" if root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
    dtype = np.dtype(order + TYPES[array.get("type", "")])
    kind = array.get("format", "ascii")
    if kind == "ascii":
        values = np.array((array.text or "").split(), dtype=float if dtype.kind == "f" else np.int64)
    else:
        header = np.dtype(order + TYPES[root.get("header_type", "UInt32")])
        held = (array.text or "").encode() if kind == "binary" else appended[int(array.get("offset", "0")) :]
        decode = kind == "binary" or encoded
        values = np.frombuffer(_bytes(held.strip() if decode else held, header, decode, root.get("compressor")), dtype)
    return values.reshape(shape[::-1]).T, spacing


def chosen(names: list[str], name: str, path: Path) -> str:
    """The array to read of those there are.

    Raises:
        InputError: there is no such array, or none was named of several.
    """
    if name in names:
        return name
    if not name and len(names) == 1:
        return names[0]
    listed = ", ".join(names[:12]) or "none"
    raise InputError(f"{path}: its arrays that may be an image are {listed}; name one by dataset")


def _bytes(held: bytes, header: np.dtype[Any], encoded: bool, compressor: str | None) -> bytes:
    """The bytes of an array behind its header: its size, or the number and the sizes of compressed blocks."""
    if compressor not in (None, "vtkZLibDataCompressor"):
        raise InputError(f"the compressor {compressor} of VTK is not supported; write the file again with zlib")

    def part(begin: int, size: int) -> tuple[bytes, int]:
        """`size` bytes from `begin` on, and where the next part begins."""
        if not encoded:
            return held[begin : begin + size], begin + size
        end = begin + 4 * -(-size // 3)
        return base64.b64decode(re.sub(rb"\s", b"", held[begin:end])), end

    if compressor is None:
        size = int(np.frombuffer(part(0, header.itemsize)[0], header, 1)[0])
        whole = part(0, header.itemsize + size)[0] if encoded else held[: header.itemsize + size]
        return whole[header.itemsize :]
    blocks = int(np.frombuffer(part(0, header.itemsize)[0], header, 1)[0])
    sizes, begin = part(0, header.itemsize * (3 + blocks))
    compressed = np.frombuffer(sizes, header)[3:].astype(int)
    data, _ = part(begin, int(compressed.sum()))
    ends = np.cumsum(compressed)
    return b"".join(zlib.decompress(data[end - size : end]) for size, end in zip(compressed, ends, strict=True))
