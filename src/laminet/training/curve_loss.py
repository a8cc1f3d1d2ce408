"""The loss on stress-strain curves and its gradient: what a network predicts online, compared with curves of its cell.

Both backends give the exact derivative of the online prediction; `laminet.training.torch_curves` is the readable one.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.settings import Count, check
from laminet.training.backends import missing
from laminet.training.curves import Curve as Curve
from laminet.training.curves import CurveGradient as CurveGradient
from laminet.training.settings import Backend


class PreparedCurves(Protocol):
    """Curves as a backend keeps them for many networks.

    A backend makes them of at least one curve and of the masks (steps, 6) of the stresses that each loss compares. It
    also takes the number of phases of the networks and the relative tolerance of the online scheme.
    """

    def losses(
        self, network: NetworkParameters, numbers: np.ndarray | None, threads: int, gradient: bool
    ) -> CurveGradient:
        """See `CurveSet.gradient`."""


class CurveSet:
    """Curves prepared for many networks: what depends on no network is done once.

    Args:
        curves: at least one; their composites have `phases` phases.
        phases: of the networks.
        every: the loss compares every n-th step; the last step always counts.
        tolerance: relative, of the strain increments of the leaves, as in `laminet.online.settings`.
        backend: "native" (compiled) or "torch" (the readable reference).

    Raises:
        InputError: no curve, one that compares no stress, a composite with another number of phases, a law whose
            update cannot be differentiated, or a backend that is not installed.
    """

    def __init__(
        self,
        curves: Sequence[Curve],
        phases: int,
        *,
        every: int = 1,
        tolerance: float = 1e-8,
        backend: Backend = "native",
    ):
        check(Count, every, "every"), check(Backend, backend, "backend")
        if not curves:
            raise InputError("there are no curves to compare with; give one at least")
        compared = [curve.compared(every) for curve in curves]
        try:
            if backend == "native":
                from laminet.training.native_curves import PackedCurves

                self._prepared: PreparedCurves = PackedCurves(curves, compared, phases, tolerance)
            else:
                from laminet.training.torch_curves import ReadableCurves  # PyTorch is optional, and slow to import

                self._prepared = ReadableCurves(curves, compared, phases, tolerance)
        except ImportError as error:
            raise missing(backend, error) from error

    def gradient(
        self,
        network: NetworkParameters,
        numbers: np.ndarray | None = None,
        *,
        threads: int = 1,
        gradient: bool = True,
    ) -> CurveGradient:
        """As `curve_gradient`, for the curves of some numbers (k,) in their order; for all if None.

        Raises:
            InputError: a law whose update cannot be differentiated.
            DeadNetworkError: no leaf is active.
        """
        network.check_active()
        return self._prepared.losses(network, numbers, threads, gradient)


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
        curves, every, tolerance, backend: as `CurveSet`, which serves many networks.
        threads: cores to use.
        gradient: whether it is needed.

    Raises:
        InputError: as `CurveSet`.
        DeadNetworkError: no leaf is active.
    """
    check(Count, threads, "threads")
    prepared = CurveSet(curves, network.phases, every=every, tolerance=tolerance, backend=backend)
    return prepared.gradient(network, threads=threads, gradient=gradient)
