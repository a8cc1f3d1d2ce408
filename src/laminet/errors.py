"""Errors a user can mend. The command line prints them as one line and exits with code 1."""


class LaminetError(Exception):
    """What went wrong with a user's input or run: names the file or field and the remedy."""


class InputError(LaminetError):
    """A file, field or argument that cannot be used as it is."""


def check_seed(seed: int, where: str) -> None:
    """Look whether a seed is one that a generator takes and a file holds.

    Raises:
        InputError: it is negative or has more than 63 bits.
    """
    if not 0 <= seed < 2**63:
        raise InputError(f"{where}: seed is {seed}; it must be a whole number from 0 to {2**63 - 1}")


class ConvergenceError(LaminetError):
    """An iteration that did not reach its tolerance, with the case, the step and the residuals."""


class DeadNetworkError(LaminetError):
    """A network none of whose leaves has a positive activation."""
