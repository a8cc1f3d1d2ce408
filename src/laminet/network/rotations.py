"""Rotations of a network's nodes in PyTorch; the conventions are those of `laminet.mandel`."""

import torch

from laminet import mandel

BASIS = torch.from_numpy(mandel.BASIS)


def euler(angle: torch.Tensor) -> torch.Tensor:
    """Rotations q = X(alpha) Y(beta) Z(gamma), (..., 3, 3), of Euler angles (..., 3) in radians."""
    (ca, cb, cg), (sa, sb, sg) = angle.cos().unbind(-1), angle.sin().unbind(-1)
    entries = [
        *(cb * cg, -cb * sg, sb),
        *(sa * sb * cg + ca * sg, -sa * sb * sg + ca * cg, -sa * cb),
        *(-ca * sb * cg + sa * sg, ca * sb * sg + sa * cg, ca * cb),
    ]
    return torch.stack(entries, dim=-1).unflatten(-1, (3, 3))


def rotation(q: torch.Tensor) -> torch.Tensor:
    """Rotation R (..., 6, 6) of Mandel vectors for the 3x3 rotations q (..., 3, 3): R s is the vector of q S q^T."""
    return torch.einsum("iab,...ac,...bd,jcd->...ij", BASIS, q, q, BASIS)


def interface(normal: torch.Tensor) -> torch.Tensor:
    """Interface matrix H(n) (..., 6, 3) of unit normals (..., 3), Eq. 18 in Mandel notation."""
    return torch.einsum("iab,...b->...ia", BASIS, normal)


def turn(stiffness: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """R^T C R (Eq. 6) of stiffnesses C and rotations R, both (..., 6, 6); leading dimensions broadcast."""
    return torch.einsum("...ia,...ij,...jb->...ab", matrix, stiffness, matrix)
