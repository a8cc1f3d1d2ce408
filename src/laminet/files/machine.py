"""What computed a result: the machine, its processor, and how the native code was compiled."""

import functools
import importlib
import platform
from pathlib import Path


@functools.cache
def machine() -> dict[str, str]:
    """Attributes `host`, `cpu_model` and `build` of every file: times compare only where the last two agree."""
    return {"host": platform.node(), "cpu_model": _cpu_model(), "build": _build()}


def _cpu_model() -> str:
    """Name of the processor, as Linux gives it or as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _build() -> str:
    """Architecture, flags and compiler of the native code; "none" where it cannot be imported.

    Imported by name, not by a statement: a file is stamped with the build whether or not it depends on it, and must not
    be made again because native code changed that had no part in it (see laminet_study.sources).
    """
    try:
        return str(importlib.import_module("laminet._native").build)
    except ImportError:
        return "none"
