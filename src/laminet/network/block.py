"""The building block: the laminate of two stiffnesses. Written once, for NumPy arrays and PyTorch tensors alike."""

from typing import Any

from laminet.numeric import library


def laminate(fraction: Any, stiffness_1: Any, stiffness_2: Any, interface: Any) -> Any:
    """Stiffness of the laminate of two materials (Eqs. 20 - 22; Eq. 5 is the same with the normal along axis 3).

    With dC = C2 - C1 and Chat = f2 C1 + f1 C2, the jump across the interface that keeps the traction continuous gives
    C = f1 C1 + f2 C2 - f1 f2 dC H (H^T Chat H)^-1 H^T dC. A child with f = 0 does not count: C is the other's.

    Args:
        fraction: f1 (..., 1, 1), volume fraction of the first material; f2 = 1 - f1.
        stiffness_1: C1 (..., 6, 6), Mandel, positive definite.
        stiffness_2: C2, likewise.
        interface: H(n) (..., 6, 3) of the interface's normal, see `mandel.interface`.

    Returns:
        C (..., 6, 6); all leading dimensions broadcast.
    """
    xp = library(stiffness_1)
    difference = stiffness_2 - stiffness_1
    traction = xp.einsum("...ij,...ja->...ia", difference, interface)  # dC H
    acoustic = xp.einsum("...ia,...ij,...jb->...ab", interface, stiffness_1 + fraction * difference, interface)
    relaxation = traction @ xp.linalg.solve(acoustic, traction.mT)
    return stiffness_1 + (1.0 - fraction) * difference - fraction * (1.0 - fraction) * relaxation
