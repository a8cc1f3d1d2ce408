"""Cells of voxels on a device of PyTorch."""

from typing import Any

import numpy as np
import torch

from laminet.cells.voxels.vectors import SPATIAL, ReadableVectors, Vectors
from laminet.errors import InputError


class TorchDevice:
    """See laminet.cells.voxels.backends.Backend: the readable loops on tensors, and PyTorch's transforms."""

    compiled = False
    threads = 1
    precision: type[np.floating[Any]] = np.float32

    def __init__(self, name: str):
        """Of a name that PyTorch knows, such as "cuda".

        Raises:
            InputError: there is no such device.
        """
        self._device = torch.device(name)
        self.vectors: Vectors = ReadableVectors()
        if self._device.type == "cuda" and not torch.cuda.is_available():
            raise InputError(f"device '{name}': PyTorch sees none here; take device cpu, or a PyTorch built for CUDA")

    @property
    def memory(self) -> int | None:
        """See Backend: what is free on the device."""
        return int(torch.cuda.mem_get_info(self._device)[0]) if self._device.type == "cuda" else None

    def put(self, array: np.ndarray) -> torch.Tensor:
        """See Backend."""
        return torch.tensor(array, device=self._device)

    def get(self, array: torch.Tensor) -> np.ndarray:
        """See Backend."""
        return np.asarray(array.cpu().numpy())

    def transform(self, field: torch.Tensor) -> torch.Tensor:
        """See Backend."""
        return torch.fft.rfftn(field.to(torch.float32), dim=SPATIAL)

    def inverse(self, modes: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
        """See Backend."""
        return torch.fft.irfftn(modes, shape, dim=SPATIAL)
