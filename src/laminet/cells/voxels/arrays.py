"""Arrays of image files: which one is meant, and whether the memory can hold it."""

import math
from collections.abc import Sequence
from pathlib import Path

from laminet.cells.voxels import limit
from laminet.errors import InputError

BYTES = 10
"""Of memory at a voxel while an image is looked at: its values, a copy of them, and phases."""


def named(names: Sequence[str], name: str, path: Path) -> str:
    """The array to read of those there are.

    Raises:
        InputError: there is no such array, or none was named of several.
    """
    if name in names:
        return name
    if not names:
        raise InputError(f"{path}: holds no array that may be an image, of three axes and a number for each voxel")
    if not name and len(names) == 1:
        return names[0]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    raise InputError(f"{path}: its arrays that may be an image are {', '.join(names[:12])}{more}; name one by dataset")


def check_size(path: Path, shape: Sequence[int], itemsize: int = 8) -> None:
    """Refuse an image that would fill the memory before it is read; `itemsize` is the bytes of a value.

    Raises:
        InputError: more than half of the machine's memory, or than LAMINET_MAX_GIB.
    """
    sizes = tuple(map(int, shape))
    needed = max(BYTES, 2 * itemsize + 1) * math.prod(sizes)
    limit.check(needed, f"{path}: an image of the shape {sizes}", remedy="cut or coarsen it")
