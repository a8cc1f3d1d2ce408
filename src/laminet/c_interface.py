"""Where the header and the library of the C interface are, for compilers and linkers."""

from importlib.util import find_spec
from pathlib import Path

from laminet.errors import InputError


def include_dir() -> str:
    """The folder of `laminet.h`, for a compiler's -I.

    Raises:
        InputError: this installation has no C interface.
    """
    return _folder("include", "laminet.h")


def library_dir() -> str:
    """The folder of the library `laminet`, for a linker's -L and -Wl,-rpath.

    Raises:
        InputError: this installation has no C interface.
    """
    return _folder("lib", "*laminet.*")


def _folder(name: str, file: str) -> str:
    native = find_spec("laminet._processor")  # the folder is next to it, even in editable installs
    folder = Path(native.origin).parent / name if native and native.origin else None
    if folder is None or not any(folder.glob(file)):
        raise InputError("the C interface is not installed; run: python -m pip install laminet")
    return str(folder)
