"""Networks in PyTorch, readable: the DMN literally as Eqs. 1 - 8 and gauge-reduced, the IMN as Eqs. 13 - 23."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.network import tree
from laminet.network.block import laminate


class MaterialNetwork(torch.nn.Module):
    """A material network in double precision: activations z of the leaves and angles of the nodes, in heap order.

    Arrays of a layer have the shape (nodes, samples, 6, 6). Subclasses define `forward(*stiffnesses)`, those of
    the phases, (n, 6, 6) each, to the homogenised stiffness (n, 6, 6).
    """

    model: str

    def __init__(self, parameters: NetworkParameters):
        super().__init__()
        if parameters.model != self.model:
            raise ValueError(f"parameters of a {parameters.model} given to a {self.model}")
        self.depth, self.phases = parameters.depth, parameters.phases
        self.activation = torch.nn.Parameter(torch.tensor(parameters.activation, dtype=torch.float64))
        self.angle = torch.nn.Parameter(torch.tensor(parameters.angle, dtype=torch.float64))

    def export(self, attributes: Mapping[str, Any] | None = None) -> NetworkParameters:
        """The present parameters, copied."""
        activation, angle = (values.detach().numpy().copy() for values in (self.activation, self.angle))
        return NetworkParameters(self.model, self.depth, activation, angle, attributes or {}, self.phases)

    def fractions(self) -> torch.Tensor:
        """Volume fraction (2^depth - 1,) of the first child of every parent (Eqs. 1, 2, 4)."""
        return tree.fractions(tree.node_weights(self.activation))

    def pairs(self, stiffnesses: Sequence[torch.Tensor]) -> torch.Tensor:
        """Stiffnesses (2^(depth-1), 2, n, 6, 6) of the leaves, in pairs, from those of the phases, (n, 6, 6) each.

        Of two phases all pairs are equal: then the first dimension is 1.
        """
        phases = torch.stack(list(stiffnesses))
        if self.phases == 2:
            return phases[None]
        return phases[tree.leaf_phase(self.depth, self.phases) - 1].unflatten(0, (-1, 2))

    def up(self, children: torch.Tensor, interface: torch.Tensor, rotate: Any = None) -> torch.Tensor:
        """Homogenise layer by layer from the leaves to the root.

        Args:
            children: (2^(depth-1), 2, n, 6, 6) stiffnesses of the leaves in pairs; the first dimension may be 1 where
                all pairs are equal.
            interface: H (2^depth - 1, 6, 3) of the parents.
            rotate: applied to each layer's stiffness, with the slice of its nodes.

        Returns:
            (n, 6, 6) of the root.
        """
        fraction, interface = self.fractions()[:, None, None, None], interface[:, None]
        for index in reversed(range(self.depth)):
            nodes = tree.layer(index)
            stiffness = laminate(fraction[nodes], children[:, 0], children[:, 1], interface[nodes])
            if rotate is not None:
                stiffness = rotate(stiffness, nodes)
            if index > 0:
                children = stiffness.unflatten(0, (-1, 2))
        return stiffness[0]


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


class Imn(MaterialNetwork):
    """IMN: a tree of laminates whose interface normals are free; the phases enter unrotated."""

    model = "imn"

    def forward(self, *stiffnesses: torch.Tensor) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each (Eq. 23)."""
        return self.up(self.pairs(stiffnesses), mandel.interface(tree.imn_normal(self.angle)))


def module(parameters: NetworkParameters, formulation: str = "literal") -> MaterialNetwork:
    """The PyTorch network of some parameters; `formulation` tells DMNs apart."""
    if parameters.model == "imn":
        return Imn(parameters)
    return Dmn(parameters) if formulation == "literal" else ReducedDmn(parameters)
