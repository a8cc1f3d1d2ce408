"""Where results go: under a temporary name until they are complete, never over an input, a device or a pipe.

A symbolic link is followed: the file it names is replaced, the link stays. Text goes through pipes and devices as it
does from a shell; other files have no use there.
"""

import contextlib
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from laminet.errors import InputError


def check_destination(path: Path | str, text: bool = False) -> None:
    """Check that a file can be made here, without making anything: better now than after hours of work.

    Args:
        path: the file.
        text: whether it is text, which may go through a pipe or a device.

    Raises:
        InputError: `path` is a folder, below a file, write-protected or where nothing may be written, or it is a pipe
            or a device that cannot take it.
    """
    status = _status(path)
    if status and stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder; name a file")
    if status and _is_stream(status):
        takes = stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode) or _descriptor(status) is not None
        if not (_discards(status) or (text and takes)):
            raise InputError(f"{path}: is a device, a pipe or what this command prints to; name a file")
        return
    target = Path(os.path.realpath(path))
    existing = next(folder for folder in target.parents if folder.exists())
    fault = "" if _may(os.W_OK | os.X_OK, existing) else "no permission, or read-only"
    fault = fault if existing.is_dir() else f"{existing} is not a folder"
    if fault:
        raise InputError(f"{path}: cannot write here ({fault}); choose another folder")
    if status and not _may(os.W_OK, target):
        raise InputError(f"{path}: is write-protected; choose another name")


def check_distinct(outputs: Iterable[Path | str], inputs: Iterable[Path | str]) -> None:
    """Check that every output is another file than the inputs and other outputs, whatever names and links lead to it.

    Raises:
        InputError: an output is the same file as an input or as another output.
    """
    known = {_identity(path): path for path in inputs}
    for path in outputs:
        identity = _identity(path)
        if identity is not None and known.setdefault(identity, path) is not path:
            if str(known[identity]) == str(path):
                raise InputError(f"{path}: is also an input or another result; choose another name")
            raise InputError(f"{path}: is the same file as {known[identity]} of this command; choose another name")


@contextlib.contextmanager
def replacing(path: Path | str, text: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` that takes its place only if the block succeeds.

    Temporary files that killed processes left in the folder are removed. What is `text` is copied into a pipe or a
    device.

    Raises:
        InputError: as `check_destination`, or the disk is full.
    """
    check_destination(path, text)
    status = _status(path)
    if status and _is_stream(status):
        with tempfile.TemporaryDirectory(prefix="laminet-") as folder, _told(path):
            temporary = Path(folder) / Path(path).name
            yield temporary
            if not _discards(status):
                _copy_into(temporary, path, status)
        return
    target = Path(os.path.realpath(path))
    writer = f"{platform.node()}-{os.getpid()}-{os.urandom(4).hex()}"
    temporary = target.with_name(f".{target.stem}-{writer}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target.parent)
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise InputError(f"{path}: cannot write here ({error.strerror}); choose another folder") from error
    try:
        with _told(path):
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file, which is never left half-written; it may go through a pipe or a device.

    Raises:
        InputError: as `replacing`.
    """
    with replacing(path, text=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _told(path: Path | str) -> Iterator[None]:
    """Say which file could not be written. That nobody reads a pipe any more is for the command to judge."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{path}: could not be written ({error.strerror or error}); is the disk full?") from error


def partial_of(path: Path | str) -> Path:
    """File next to a result that keeps what an interrupted job has of it, until the same job is given again."""
    return Path(path).with_name(f"{Path(path).stem}.partial{Path(path).suffix}")


def is_stream(path: Path | str) -> bool:
    """Whether a file is a pipe, a device or what this command prints to."""
    status = _status(path)
    return status is not None and not stat.S_ISDIR(status.st_mode) and _is_stream(status)


def is_standard_output(path: Path | str) -> bool:
    """Whether a file is what this command prints to, so that messages would get between its lines."""
    status = _status(path)
    return status is not None and _descriptor(status) == 1


def _status(path: Path | str) -> os.stat_result | None:
    """What is there, links followed; None if nothing is."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # no permission, or links that lead in a circle
        raise InputError(f"{path}: cannot write here ({error.strerror}); choose another folder") from error


def _identity(path: Path | str) -> object:
    """Tells files apart by what they are, or by their place if they are still to be made; None if it is no matter."""
    try:
        status = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return None if _discards(status) else (status.st_dev, status.st_ino)


def _may(mode: int, path: Path) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _is_stream(status: os.stat_result) -> bool:
    """Whether bytes go through it, so that it cannot be replaced."""
    return not stat.S_ISREG(status.st_mode) or _descriptor(status) is not None


def _discards(status: os.stat_result) -> bool:
    """Whether it is the null device, which may be named more than once."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev


def _descriptor(status: os.stat_result) -> int | None:
    """Standard output (1) or error (2) of this process if that is the file, None otherwise."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):  # closed
            if os.path.samestat(status, os.fstat(descriptor)):
                return descriptor
    return None


def _copy_into(source: Path, path: Path | str, status: os.stat_result) -> None:
    descriptor = _descriptor(status)  # opening a file again would overwrite what the shell appends to
    sys.stdout.flush()
    handle = os.open(path, os.O_WRONLY) if descriptor is None else os.dup(descriptor)
    with open(handle, "wb") as stream, open(source, "rb") as written:
        shutil.copyfileobj(written, stream)


ABANDONED = re.compile(r"\..+-(?P<pid>\d+)-[a-z0-9_]{8}(\.\w+)?")
"""Names that `replacing` gives, with the process that writes the file."""


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files of processes of this machine that have ended; those of other machines may still run."""
    here = f"-{platform.node()}-"
    for entry in os.scandir(folder):
        match = ABANDONED.fullmatch(entry.name) if here in entry.name else None
        if match and not _runs(int(match["pid"])):
            with contextlib.suppress(OSError):  # another process may be as tidy
                os.unlink(entry)


def _runs(pid: int) -> bool:
    """Whether a process of that number runs on this machine."""
    try:
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
