"""Homogenised stiffness of a network, compiled: SIMD lanes over samples, threads over groups of them."""

import numpy as np

from laminet import _native
from laminet.errors import InputError
from laminet.files.network import NetworkParameters


def homogenize(network: NetworkParameters, *stiffnesses: np.ndarray, threads: int = 1) -> np.ndarray:
    """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each, Mandel, any unit (Eqs. 8, 23).

    Equal to `laminet.network.homogenize.homogenize` to rounding. The compiled training is used, with the phases in the
    place of its samples; what it would compare them with has no influence on them.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    network.check_alive()
    if network.phases != 2:
        raise InputError(f"the native backend takes two phases, not {network.phases}; use backend numpy")
    phase_1, phase_2 = (np.ascontiguousarray(stiffness, dtype=float) for stiffness in stiffnesses)
    stiffness = np.empty_like(phase_1)
    if len(stiffness):
        form = "imn" if network.model == "imn" else "reduced"
        samples = (phase_1, phase_2, phase_1), (phase_1[:1], phase_2[:1], phase_1[:1])
        trainer = _native.Trainer(form, network.depth, *samples[0], *samples[1], "frobenius", 0.0, 1.0, threads)
        trainer.homogenize(np.concatenate([network.activation, network.angle.ravel()]), stiffness)
    return stiffness
