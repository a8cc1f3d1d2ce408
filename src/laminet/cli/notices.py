"""Warnings of the library as lines of a command."""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from laminet.errors import LaminetWarning


@contextlib.contextmanager
def shown(program: str) -> Iterator[None]:
    """Print every LaminetWarning given inside as one line on standard error: `laminet import: warning: ...`."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **how: Any) -> None:
            if issubclass(category, LaminetWarning):
                print(f"{program}: warning: {' '.join(str(message).split())}", file=sys.stderr, flush=True)
            else:
                others(message, category, *place, **how)

        warnings.showwarning = show
        warnings.simplefilter("always", LaminetWarning)
        yield
