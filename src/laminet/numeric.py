"""Arrays: those that a user gives, and formulas written once for NumPy and PyTorch."""

import sys
from typing import Any

import numpy as np

from laminet.errors import InputError


def library(array: Any) -> Any:
    """The library that made `array`: numpy or torch (which is never imported here)."""
    torch = sys.modules.get("torch")
    return np if torch is None or not isinstance(array, torch.Tensor) else torch


def alike(array: Any, values: Any) -> Any:
    """Values as what `array` is: an array of NumPy, or a tensor on the same device."""
    return np.asarray(values) if library(array) is np else array.new_tensor(values)


def empty(array: Any, shape: tuple[int, ...]) -> Any:
    """Numbers yet to be set, as what `array` is."""
    return np.empty(shape) if library(array) is np else array.new_empty(shape)


def real_array(values: Any, where: str) -> np.ndarray:
    """The values as an array of floats.

    Args:
        values: an array, or nested lists of numbers.
        where: names them in messages.

    Raises:
        InputError: complex numbers, masked entries, text, or lists of unequal lengths.
    """
    if np.ma.is_masked(values):
        raise InputError(f"{where}: holds masked entries; fill them or leave their samples out")
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise InputError(f"{where}: holds complex numbers; give real ones, such as the real part")
        if array.dtype.kind not in "biufO":
            raise TypeError
        return array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{where}: holds what is not a number, or lists of unequal lengths") from error
