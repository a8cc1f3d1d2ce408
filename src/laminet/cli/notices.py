"""Warnings of the library as lines of a command."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from laminet.errors import LaminetWarning
from laminet.progress import note


@contextlib.contextmanager
def shown(program: str) -> Iterator[None]:
    """Print every LaminetWarning given inside as one line on standard error: `laminet import: warning: ...`."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **how: Any) -> None:
            if issubclass(category, LaminetWarning):
                note(f"{program}: warning: {' '.join(str(message).split())}")
            else:
                others(message, category, *place, **how)

        warnings.showwarning = show
        warnings.simplefilter("always", LaminetWarning)
        yield
