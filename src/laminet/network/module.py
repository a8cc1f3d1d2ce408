"""What the PyTorch networks share: parameters, weights and the way up the tree."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

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
