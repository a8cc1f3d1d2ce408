"""Interaction-based material network in PyTorch (Eqs. 13 - 23)."""

import torch

from laminet import mandel
from laminet.network import tree
from laminet.network.module import MaterialNetwork


class Imn(MaterialNetwork):
    """IMN: a tree of laminates whose interface normals are free; the phases enter unrotated."""

    model = "imn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 23)."""
        return self.up(self.pairs(stiffnesses), mandel.interface(tree.imn_normal(self.angle)))
