"""The compiled module; its classes are described in `native/*bindings.cpp` and typed where they are wrapped."""

from typing import Any

def __getattr__(name: str) -> Any: ...
