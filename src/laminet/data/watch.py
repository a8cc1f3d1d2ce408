"""An end to reads that never end: over some damaged files the HDF5 library itself loops for ever."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

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
        print(text, file=sys.stderr, flush=True)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
