"""Homogenised stiffness of a network, compiled: SIMD lanes over samples, threads over groups of them."""

import numpy as np

from laminet import _native
from laminet.files.network import NetworkParameters


def homogenize(network: NetworkParameters, *stiffnesses: np.ndarray, threads: int = 1) -> np.ndarray:
    """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each, Mandel, any unit (Eqs. 8, 23).

    Equal to `laminet.network.homogenize.homogenize` to rounding. The compiled training is used, with the phases in the
    place of its samples; what it would compare them with has no influence on them.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    network.check_active()
    phases = np.stack(stiffnesses, axis=1, dtype=float)  # (n, phase, 6, 6)
    stiffness = np.empty((len(phases), 6, 6))
    if len(stiffness):
        form = "imn" if network.model == "imn" else "reduced"
        reference = np.ascontiguousarray(phases[:, 0])
        trainer = _native.Trainer(
            form, network.depth, phases, reference, phases[:1], reference[:1], "frobenius", 0.0, 1.0, threads
        )
        trainer.homogenize(network.vector, stiffness)
    return stiffness
