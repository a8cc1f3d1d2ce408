"""Files that are read: a sound file that cannot be read now is distinguished from a damaged one."""

import contextlib
import fcntl
import os
import pwd
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from laminet.errors import InputError, UnreadableError
from laminet.progress import note


def check(path: Path | str) -> None:
    """Check that there is a file that can be read.

    Raises:
        InputError: nothing there, a folder, a pipe or a device.
        UnreadableError: no permission, or a disk that fails.
    """
    try:
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise InputError(f"{path}: is a pipe or a device; write what it gives to a file first")
        with open(path, "rb", buffering=0) as file:
            file.read(1)
    except (OSError, ValueError) as error:
        raise refused(path, error) from error


NETCDF = (b"\x89HDF\r\n\x1a\n", b"CDF")
"""What NetCDF files begin with."""


def check_text(path: Path | str, content: bytes) -> None:
    """Check that what is read as text does not begin as NetCDF: a file of laminet's in the place of another.

    Raises:
        InputError: it does.
    """
    if content.startswith(NETCDF):
        raise InputError(f"{path}: is a NetCDF file where text is needed; check the file name")


@contextlib.contextmanager
def reading(path: Path | str, fault: str) -> Iterator[None]:
    """What a library raises in the block becomes one error with `fault`, unless the file may be sound.

    Libraries raise many kinds on a damaged file, and the same ones on a file that another program has locked.

    Raises:
        InputError: as `check`, or the file is damaged or of another kind.
        UnreadableError: no permission, a lock, a disk that fails, or not enough memory.
    """
    check(path)
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise UnreadableError(f"{path}: not enough memory to read it; close other programs") from error
    except Exception as error:
        _check_access(path)
        raise InputError(fault) from error


def refused(path: Path | str, error: OSError | ValueError) -> InputError:
    """What was raised when a file was opened or read, as the error that says what helps."""
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):  # ValueError: a zero byte in the name
        return InputError(f"{path}: no such file")
    if isinstance(error, IsADirectoryError):
        network = Path(path) / "network.nc"
        such = f", such as {network}" if network.is_file() else ""
        return InputError(f"{path}: is a folder; name a file{such}")
    if not isinstance(error, PermissionError):
        return UnreadableError(f"{path}: cannot be read ({error.strerror}); is its disk all right?")
    closed = _closed(Path(path).absolute())
    right, owner = "chmod a+rx" if closed.is_dir() else "chmod a+r", _name(closed.stat().st_uid)
    return UnreadableError(f"{path}: {_name(os.geteuid())} may not read {closed}; ask its owner {owner} for '{right}'")


def _closed(path: Path) -> Path:
    """The uppermost folder on the way to a file that lets nobody through, or the file itself."""
    effective = os.access in os.supports_effective_ids
    closed = (folder for folder in reversed(path.parents) if not os.access(folder, os.X_OK, effective_ids=effective))
    return next(closed, path)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # as in containers
        return str(user)


def _check_access(path: Path | str) -> None:
    """Check that all bytes of a file can be read, and that no other program writes it.

    Raises:
        UnreadableError: they cannot, or one does.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 24):
                pass
            if os.environ.get("HDF5_USE_FILE_LOCKING", "").upper() not in ("FALSE", "0"):
                _check_lock(path, file.fileno())
    except OSError as error:
        raise refused(path, error) from error


def _check_lock(path: Path | str, descriptor: int) -> None:
    """Take the lock that the HDF5 library takes, and give it back."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except OSError as error:
        raise UnreadableError(
            f"{path}: is locked ({error.strerror}): another program has it open for writing; close it there. Network "
            "disks may lack locks: set HDF5_USE_FILE_LOCKING=FALSE"
        ) from error


program = ""
"""Set by the command line to what its messages begin with. Elsewhere a read may take as long as it does."""


@contextlib.contextmanager
def limited(path: Path | str, seconds: float) -> Iterator[None]:
    """On the command line, end the program with one line and exit code 1 if what is inside takes longer.

    The library does not come back to Python, so no exception could end it; nothing is being written meanwhile.
    """
    if not program:
        yield
        return

    def end() -> None:
        remedy = "copy it to another disk if this one is slow, else make it again"
        text = f"{program}: {path}: not read after {seconds:.0f} s; {remedy}"
        note(text)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
