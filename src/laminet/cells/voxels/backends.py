"""Where cells of voxels are computed: on the processor, by compiled loops or readable ones, or on a device.

The readable loops take arrays of NumPy and tensors of PyTorch alike. A device runs them on tensors.
"""

from typing import Any, Protocol

import numpy as np
import scipy.fft

from laminet.cells.voxels.settings import Device
from laminet.cells.voxels.vectors import SPATIAL, CompiledVectors, ReadableVectors, Vectors
from laminet.errors import InputError


class Backend(Protocol):
    """What computes, and on which arrays.

    Attributes:
        compiled: whether its loops are compiled; readable ones otherwise.
        threads: of the transforms and of compiled loops.
        vectors: passes of conjugate gradients.
        precision: of the preconditioner.
        memory: bytes that a simulation may take; None: as the machine allows.
    """

    compiled: bool
    threads: int
    vectors: Vectors
    precision: type[np.floating[Any]]

    @property
    def memory(self) -> int | None:
        """See the class."""

    def put(self, array: np.ndarray) -> Any:
        """The array where this backend computes."""

    def get(self, array: Any) -> np.ndarray:
        """The array as one of NumPy."""

    def transform(self, field: Any) -> Any:
        """Modes (3, x, y, z / 2 + 1) of a field (3, x, y, z), in the preconditioner's precision."""

    def inverse(self, modes: Any, shape: tuple[int, ...]) -> Any:
        """The field (3, x, y, z) of modes."""


class Processor:
    """See Backend: NumPy, scipy.fft and compiled loops. The readable ones have a preconditioner in full precision."""

    memory = None

    def __init__(self, threads: int = 1, compiled: bool = True):
        """With so many threads."""
        self.threads, self.compiled = threads, compiled
        self.vectors: Vectors = CompiledVectors(threads) if compiled else ReadableVectors()
        self.precision: type[np.floating[Any]] = np.float32 if compiled else np.float64

    def put(self, array: np.ndarray) -> np.ndarray:
        """See Backend."""
        return array

    def get(self, array: np.ndarray) -> np.ndarray:
        """See Backend."""
        return array

    def transform(self, field: np.ndarray) -> np.ndarray:
        """See Backend."""
        field = field.astype(self.precision, copy=False)
        return np.asarray(scipy.fft.rfftn(field, axes=SPATIAL, workers=self.threads))

    def inverse(self, modes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """See Backend."""
        field = scipy.fft.irfftn(modes, shape, axes=SPATIAL, workers=self.threads, overwrite_x=True)
        return np.asarray(field)


def backend(device: Device = "cpu", threads: int = 1) -> Backend:
    """The backend of a device: compiled loops on the processor, or PyTorch.

    Raises:
        InputError: PyTorch is not installed, or sees no such device.
    """
    if device == "cpu":
        return Processor(threads)
    try:
        from laminet.cells.voxels.device import TorchDevice  # PyTorch is optional, and slow to import
    except ImportError as error:
        raise InputError(f"device '{device}' needs {error.name or error}: pip install 'laminet[torch]'") from error
    return TorchDevice(device)
