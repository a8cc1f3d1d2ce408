"""Losses and errors of a network's stiffness, for NumPy arrays and PyTorch tensors alike.

All of them compare, sample by sample, predicted with reference stiffnesses (n, 6, 6), Mandel, and give (n,), without
unit. The norm of Eqs. 9 and 33 is the Frobenius norm of the Mandel matrices.
"""

from typing import Any

from laminet.numeric import library


def _square(matrix: Any) -> Any:
    """Squared Frobenius norm (...) of (..., 6, 6)."""
    return (matrix * matrix).sum((-2, -1))


def frobenius(predicted: Any, reference: Any) -> Any:
    """Half the squared relative distance, the data term of Eq. 9: |C - Chat|^2 / (2 |C|^2)."""
    return 0.5 * _square(reference - predicted) / _square(reference)


def divergence(predicted: Any, reference: Any) -> Any:
    """J-divergence (1/12) [tr(Chat C^-1) + tr(Chat^-1 C) - 12]: free of scale, it sees soft modes and stiff ones alike.

    For small deviations it is |C^-1/2 (Chat - C) C^-1/2|^2 / 12, whatever the magnitude of each mode.
    """
    inverse = library(predicted).linalg.inv
    there, back = predicted * inverse(reference), inverse(predicted) * reference
    return (there.sum((-2, -1)) + back.sum((-2, -1)) - 12.0) / 12.0


def frobenius_voigt(predicted: Any, reference: Any) -> Any:
    """As `frobenius`, but of Voigt's matrices: squared, the entries of shear are smaller by two and by four."""
    return frobenius(_voigt(predicted), _voigt(reference))


def _voigt(mandel: Any) -> Any:
    """Voigt's stiffness matrices (..., 6, 6) of Mandel's."""
    scale = library(mandel).ones_like(mandel[..., 0])
    scale[..., 3:] = 0.5**0.5
    return scale[..., :, None] * mandel * scale[..., None, :]


LOSSES = {"frobenius": frobenius, "divergence": divergence, "frobenius_voigt": frobenius_voigt}


def penalty(activation: Any, eta: float, xi: float) -> Any:
    """Second term of Eq. 9: eta (sum of ReLU(z) - xi)^2 of the activations z (leaves,)."""
    weights = activation * (activation > 0.0)
    return eta * (weights.sum() - xi) ** 2


def relative_error(predicted: Any, reference: Any) -> Any:
    """Relative error |C - Chat| / |C| of each sample; its mean is Eq. 33."""
    return (_square(reference - predicted) / _square(reference)) ** 0.5
