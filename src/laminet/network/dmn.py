"""Deep material network in PyTorch: literally as Eqs. 1 - 8, and in its gauge-reduced form."""

import torch

from laminet import mandel
from laminet.network import tree
from laminet.network.module import MaterialNetwork


def turn(stiffness: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """R^T C R (Eq. 6) of stiffnesses C and rotations R, both (..., 6, 6); leading dimensions broadcast."""
    return torch.einsum("...ia,...ij,...jb->...ab", matrix, stiffness, matrix)


class Dmn(MaterialNetwork):
    """DMN: laminates with their normals along axis 3 and a rotation after every node, leaves included."""

    model = "dmn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 8)."""
        rotation = mandel.rotation(mandel.euler(self.angle))[:, None]
        leaves = rotation[tree.layer(self.depth)].unflatten(0, (-1, 2))
        children = turn(self.pairs(stiffnesses), leaves)
        axis_3 = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
        interface = mandel.interface(axis_3).expand(2**self.depth - 1, 6, 3)
        return self.up(children, interface, lambda stiffness, nodes: turn(stiffness, rotation[nodes]))


class ReducedDmn(MaterialNetwork):
    """The same DMN, exactly, as a tree of laminates with one rotation per leaf.

    Rotating a whole subtree commutes with homogenisation, so all rotations can be accumulated from the root down:
    Q_root = q_root, Q_child = q_child Q_parent; a parent's interface has the normal Q^T e3, a leaf's phase enters as
    R(Q)^T C R(Q). Loss and gradients are those of the literal form, at fewer than half the rotations of stiffnesses,
    all of them at the leaves.
    """

    model = "dmn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 8)."""
        q, parents = tree.accumulated(mandel.euler(self.angle), self.depth), 2**self.depth - 1
        leaves = mandel.rotation(q[parents:])[:, None].unflatten(0, (-1, 2))
        return self.up(turn(self.pairs(stiffnesses), leaves), mandel.interface(q[:parents, 2, :]))
