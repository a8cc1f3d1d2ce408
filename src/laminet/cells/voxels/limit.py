"""The limit of memory, for images and for simulations of cells of voxels."""

from laminet.errors import InputError
from laminet.files.netcdf import LIMIT


def check(needed: int, what: str, limit: float | None = None, remedy: str = "coarsen the image") -> None:
    """Refuse what would fill the memory; `remedy` is what helps, but for a higher limit.

    Raises:
        InputError: more than the limit, or than half of the machine's memory or LAMINET_MAX_GIB.
    """
    most = LIMIT if limit is None else limit
    if needed > most:
        raise InputError(
            f"{what} would take {needed / 2**30:.1f} GiB of memory, more than the {most / 2**30:.1f} GiB allowed; "
            f"{remedy}, or raise the limit with the environment variable LAMINET_MAX_GIB"
        )
