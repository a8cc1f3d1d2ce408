"""The loss on stress-strain curves and its gradient: what a network predicts online, compared with curves of its cell.

Both backends give the exact derivative of the online prediction; `laminet.training.torch_curves` is the readable one.
"""

from collections.abc import Sequence

from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.settings import Count, check
from laminet.training.backends import missing
from laminet.training.curves import Curve as Curve
from laminet.training.curves import CurveGradient as CurveGradient
from laminet.training.settings import Backend


def curve_gradient(
    network: NetworkParameters,
    curves: Sequence[Curve],
    *,
    every: int = 1,
    tolerance: float = 1e-8,
    backend: Backend = "native",
    threads: int = 1,
    gradient: bool = True,
) -> CurveGradient:
    """Relative errors of a network's predictions of some curves, and the gradient of their mean.

    The loss of a curve is |S - S*| / |S*|, norms over the stresses that are compared (see `Curve.compared`). Increments
    are those of the online scheme newton_condensed, halved where it halves them. The gradient is exact where no leaf
    begins or ceases to flow. Both formulations of a DMN have the same parameters, and so the same gradient.

    Args:
        network: of either model.
        curves: at least one; their composites have the phases of the network.
        every: the loss compares every n-th step; the last step always counts.
        tolerance: relative, of the strain increments of the leaves, as in `laminet.online.settings`.
        backend: "native" (compiled) or "torch" (the readable reference).
        threads: cores to use.
        gradient: whether it is needed.

    Raises:
        InputError: no curve, one that compares no stress, a composite with another number of phases, a law whose
            update cannot be differentiated, or a backend that is not installed.
        DeadNetworkError: no leaf is active.
    """
    check(Count, every, "every"), check(Count, threads, "threads"), check(Backend, backend, "backend")
    if not curves:
        raise InputError("there are no curves to compare with; give one at least")
    network.check_active()
    compared = [curve.compared(every) for curve in curves]
    try:
        if backend == "native":
            from laminet.training.native_curves import losses
        else:
            from laminet.training.torch_curves import losses  # PyTorch is optional, and slow to import
    except ImportError as error:
        raise missing(backend, error) from error
    return losses(network, curves, compared, tolerance, threads, gradient)
