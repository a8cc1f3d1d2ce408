"""Numeric phase of nested dissection, compiled; see `native/cells/dissection.hpp`, typed where it is wrapped."""

from typing import Any

def __getattr__(name: str) -> Any: ...
