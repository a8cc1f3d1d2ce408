"""Local fields as VTK, ParaView and others name and order them."""

import numpy as np

from laminet import mandel

ORDER = ("11", "22", "33", "12", "23", "13")
"""Of the components of symmetric tensors."""


def tensors(values: np.ndarray) -> np.ndarray:
    """Tensor components (n, 6) in VTK's ORDER of Mandel vectors (n, 6); values of another shape stay as they are."""
    if values.shape[1:] != (6,):
        return values
    return np.asarray((values / mandel.FACTOR)[:, [mandel.INDEX[name] for name in ORDER]])
