"""Deep material network in PyTorch: literally as Eqs. 1 - 8, and in its gauge-reduced form."""

import torch

from laminet.network import rotations, tree
from laminet.network.module import MaterialNetwork


class Dmn(MaterialNetwork):
    """DMN: laminates with their normals along axis 3 and a rotation after every node, leaves included."""

    model = "dmn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 8)."""
        rotation = rotations.rotation(rotations.euler(self.angle))[:, None]
        leaves = rotation[tree.layer(self.depth)].unflatten(0, (-1, 2))
        children = rotations.turn(self.pairs(stiffnesses), leaves)
        axis_3 = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
        interface = rotations.interface(axis_3).expand(2**self.depth - 1, 6, 3)
        return self.up(children, interface, lambda stiffness, nodes: rotations.turn(stiffness, rotation[nodes]))


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
        q = rotations.euler(self.angle)
        layers = [q[:1]]
        for index in range(1, self.depth + 1):
            layers.append(q[tree.layer(index)] @ layers[-1].repeat_interleave(2, dim=0))
        normal = torch.cat(layers[:-1])[:, 2, :]
        leaves = rotations.rotation(layers[-1])[:, None].unflatten(0, (-1, 2))
        children = rotations.turn(self.pairs(stiffnesses), leaves)
        return self.up(children, rotations.interface(normal))
