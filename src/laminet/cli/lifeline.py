"""A job of the workflow ends with its Snakemake, however that ends.

Snakemake cannot end its jobs when it is killed with SIGKILL. The jobs would run on, in parallel with the same jobs of
the next Snakemake, and would write files that it has already made and used.
"""

import contextlib
import os
import select
import signal
import threading
from pathlib import Path

VARIABLE = "LAMINET_LIFELINE"
"""Environment variable with the process whose end is the end of this one; the workflow sets it."""


def hold() -> None:
    """End this process as soon as the one named by LAMINET_LIFELINE ends, if that is one of its ancestors."""
    named = os.environ.get(VARIABLE, "")
    if not named.isdigit() or not hasattr(os, "pidfd_open") or int(named) not in _ancestors():
        return
    try:
        ancestor = os.pidfd_open(int(named))
    except OSError:  # a kernel or a container that does not know the call
        return
    threading.Thread(target=_follow, args=(ancestor,), daemon=True).start()


def _follow(ancestor: int) -> None:
    select.select([ancestor], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def _ancestors() -> list[int]:
    """Processes this one descends from, the nearest first; empty where /proc does not tell."""
    ancestors: list[int] = []
    pid = os.getpid()
    with contextlib.suppress(OSError, ValueError, IndexError):
        while pid > 1:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            pid = int(status.rpartition(")")[2].split()[1])
            ancestors.append(pid)
    return ancestors
