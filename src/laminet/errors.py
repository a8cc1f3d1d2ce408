"""Errors that a user can fix. The command line prints them as one line and exits with code 1."""

import reprlib
import sys
import warnings
from collections.abc import Collection
from typing import Any


class LaminetError(Exception):
    """What went wrong with a user's input or run: names the file or field and the remedy."""


class InputError(LaminetError):
    """A file, field or argument that cannot be used as it is."""


class UnreadableError(InputError):
    """A file that may be sound but cannot be read now: no permission, a lock, or a disk that fails."""


def shown(value: Any) -> str:
    """A value from a file in a message, only its beginning: it may be endless, and aliases make a small file huge."""
    value = value.item() if getattr(value, "shape", None) == () else value  # NumPy's scalars as plain numbers
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxlist, brief.maxdict, brief.maxstring = 2, 3, 3, 60
    try:
        return brief.repr(value)
    except ValueError:  # Python does not print numbers of thousands of digits
        return "too large a number"


def check_choice(value: object, choices: Collection[str], what: str) -> None:
    """Check that a value is one of its choices.

    Raises:
        InputError: it is not; the message begins with `what`.
    """
    if value not in list(choices):  # a list, because a mapping cannot look for what has no hash
        raise InputError(f"{what} is {shown(value)}; it must be one of {', '.join(choices)}")


LONGEST_NAME = 100


def check_name(name: object, what: str) -> None:
    """Check that a name can be part of a file's name: load paths and composites give their names to files.

    Raises:
        InputError: it cannot; the message begins with `what`.
    """
    printable = isinstance(name, str) and name.isprintable() and name.strip() == name
    if not printable or not 1 <= len(str(name)) <= LONGEST_NAME or "/" in str(name) or "\\" in str(name):
        raise InputError(
            f"{what} {shown(name)}: a name is text without slashes, {LONGEST_NAME} characters at most; give another"
        )


class ConvergenceError(LaminetError):
    """An iteration that did not reach its tolerance, with the case, the step and the residuals."""


class DeadNetworkError(LaminetError):
    """A network none of whose leaves has a positive activation."""


class LaminetWarning(UserWarning):
    """Input that is used although it is probably not what was meant: names the file or field and what to look at."""


def warn(message: str) -> None:
    """Give a LaminetWarning at the line of the caller's that called laminet; the command line prints it as one line."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, LaminetWarning, stacklevel=level)
