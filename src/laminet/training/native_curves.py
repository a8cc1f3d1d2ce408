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


class PackedCurves:
    """Curves as arrays for native code (`laminet.training.curve_loss.PreparedCurves`).

    Raises:
        InputError: a composite with another number of phases, or a law without an adjoint in native code.
    """

    def __init__(self, curves: Sequence[Curve], compared: Sequence[np.ndarray], phases: int, tolerance: float):
        number: dict[Composite, int] = {}  # of every composite
        of_curve = [number.setdefault(curve.composite, len(number)) for curve in curves]
        self.composite = np.array(of_curve, dtype=np.int32)
        self.laws = [[_native_law(law) for law in each.laws_of(phases, "network")] for each in number]
        self.steps = np.array([curve.path.steps for curve in curves], dtype=np.int32)
        self.prescribed = np.stack([curve.path.prescribed for curve in curves])
        self.strain = _padded([curve.path.strain for curve in curves])
        self.stress = _padded([curve.path.stress for curve in curves])
        targets = [np.where(mask, curve.stress, np.nan) for curve, mask in zip(curves, compared, strict=True)]
        self.target = _padded(targets)
        self.settings = native_settings(MaterialSettings(tolerance=tolerance))

    def losses(
        self, network: NetworkParameters, numbers: np.ndarray | None, threads: int, gradient: bool
    ) -> CurveGradient:
        """See `laminet.training.curve_loss.PreparedCurves`."""
        numbers, vector = np.arange(len(self.steps)) if numbers is None else numbers, network.vector
        steps = self.steps[numbers]
        longest = int(steps.max())
        target = np.ascontiguousarray(self.target[numbers, :longest])
        strain, load = (np.ascontiguousarray(values[numbers, : longest + 1]) for values in (self.strain, self.stress))
        errors, stress, slope = np.empty(len(steps)), np.empty_like(target), np.full_like(vector, np.nan)
        network_of = network.model, network.depth, network.phases, vector
        composite, paths = self.composite[numbers], (self.prescribed[numbers], strain, load)
        results = errors, stress, slope if gradient else None
        _native.curve_losses(*network_of, self.laws, composite, *paths, target, steps, self.settings, threads, *results)
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
