"""The fast loss on curves: forward and adjoint compiled, equal to `laminet.training.torch_curves`.

Curves stand side by side in SIMD lanes, whatever their composites and paths are.
"""

from collections.abc import Sequence

import numpy as np

from laminet import _native
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.materials.laws import Law
from laminet.materials.library import Composite
from laminet.online.native import native_law, native_settings
from laminet.online.settings import MaterialSettings
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
    vector = network.vector
    number: dict[Composite, int] = {}  # of every composite; its hash goes over all laws, so look once for each curve
    of_curve = np.array([number.setdefault(curve.composite, len(number)) for curve in curves], dtype=np.int32)
    laws = [[_native_law(law) for law in each.laws_of(network.phases, "network")] for each in number]
    steps = np.array([curve.path.steps for curve in curves], dtype=np.int32)
    target = _padded([np.where(mask, curve.stress, np.nan) for curve, mask in zip(curves, compared, strict=True)])
    paths = (
        np.stack([curve.path.prescribed for curve in curves]),
        _padded([curve.path.strain for curve in curves]),
        _padded([curve.path.stress for curve in curves]),
    )
    errors, stress, slope = np.empty(len(curves)), np.empty_like(target), np.full_like(vector, np.nan)
    network_of = network.model, network.depth, network.phases, vector
    settings = native_settings(MaterialSettings(tolerance=tolerance))
    results = errors, stress, slope if gradient else None
    _native.curve_losses(*network_of, laws, of_curve, *paths, target, steps, settings, threads, *results)
    return CurveGradient(errors, slope, stress, np.isnan(errors))


def _native_law(law: Law) -> "_native.Law":
    """The native form of a law.

    Raises:
        InputError: it exists in Python only, or has no adjoint.
    """
    native = native_law(law)
    if not native.differentiable:
        raise InputError(
            f"the law {type(law).__name__} has no adjoint in native code; train on curves with backend 'torch'"
        )
    return native


def _padded(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays (steps, 6) of different lengths as one (curve, step, 6), NaN past the end of each."""
    together = np.full((len(arrays), max(map(len, arrays)), 6), np.nan)
    for rows, array in zip(together, arrays, strict=True):
        rows[: len(array)] = array
    return together
