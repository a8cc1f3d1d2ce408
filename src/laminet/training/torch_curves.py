"""The readable reference of the loss on curves: PyTorch in double precision."""

from collections.abc import Sequence

import numpy as np

from laminet.files.network import NetworkParameters
from laminet.training.curves import Curve, CurveGradient


def losses(
    network: NetworkParameters,
    curves: Sequence[Curve],
    compared: Sequence[np.ndarray],
    tolerance: float,
    threads: int,
    gradient: bool,
) -> CurveGradient:
    """See `laminet.training.curve_loss.curve_gradient`; `compared` is the mask (steps, 6) of each curve."""
    raise NotImplementedError
