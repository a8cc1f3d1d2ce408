"""Interaction-based material network in PyTorch (Eqs. 13 - 23)."""

import torch

from laminet.network import rotations
from laminet.network.module import MaterialNetwork


def normals(angle: torch.Tensor) -> torch.Tensor:
    """Unit normals (..., 3) of the dimensionless angles theta, phi (..., 2), Sec. 2.2."""
    theta, phi = 2.0 * torch.pi * angle[..., 0], torch.pi * angle[..., 1]
    return torch.stack([theta.cos() * phi.sin(), theta.sin() * phi.sin(), phi.cos()], dim=-1)


class Imn(MaterialNetwork):
    """IMN: a tree of laminates whose interface normals are free; the phases enter unrotated."""

    model = "imn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 23)."""
        return self.up(self.pairs(stiffnesses), rotations.interface(normals(self.angle)))
