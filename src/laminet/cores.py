"""The cores that a process may use, and threads that fit them."""

import os

from laminet.errors import warn


def usable() -> list[int]:
    """Numbers of the cores that this process may use, ascending; a batch system may allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def fitted(threads: int) -> int:
    """As many threads as asked for, or as there are cores for them: more would take turns, and wait for each other.

    Warns:
        LaminetWarning: fewer cores than threads.
    """
    cores = len(usable())
    if threads <= cores:
        return threads
    warn(f"{threads} threads were asked for, but the process may use {cores} cores; it takes {cores} threads")
    return cores


def pin(threads: int) -> list[int]:
    """Keep this process, and what it starts, to the first cores it may use, one for each thread.

    Only for a process that has the machine to itself: others would be kept to the same cores.

    Returns:
        The cores.

    Warns:
        LaminetWarning: fewer cores than threads.
    """
    cores = usable()[: fitted(threads)]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    return cores
