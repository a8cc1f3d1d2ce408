"""The active part of a network: inactive leaves removed, single-child chains collapsed, arranged for sweeps.

Nodes are numbered breadth first, so that the children of one layer's parents are exactly the next layer, in pairs:
first children at its even places, second children at its odd places. A sweep is then a loop over layers of array
operations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.network import tree


@dataclass(frozen=True)
class Level:
    """The m parents of one layer, with their children in the layer below.

    Attributes:
        parents: (m,) node numbers.
        first, second: the children's node numbers, as slices with stride 2.
        f1, f2: (m, 1, 1) volume fractions of the children (Eq. 4).
        weight: (m,) of the parents.
        H: (m, 6, 3) interface matrices (Eq. 18).
        R: (m, 6, 6) rotations of the literal DMN (Eq. 6); None for laminates.
    """

    parents: np.ndarray
    first: slice
    second: slice
    f1: np.ndarray
    f2: np.ndarray
    weight: np.ndarray
    H: np.ndarray
    R: np.ndarray | None


Children = Callable[[Level, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class ActiveTree:
    """A network's n active leaves and the n - 1 interfaces between them.

    Attributes:
        levels: from the root down.
        leaf: (n,) node number of every active leaf, in the order of the network's leaves.
        phase: (n,) 1, 2, ..., P.
        weight: (n,) of the leaves.
        leaf_R: (n, 6, 6) rotations of the leaves: a law enters as R^T C R, its strain is R eps; None for an IMN.
    """

    levels: tuple[Level, ...]
    leaf: np.ndarray
    phase: np.ndarray
    weight: np.ndarray
    leaf_R: np.ndarray | None

    @property
    def nodes(self) -> int:
        """Number of nodes, 2 n - 1."""
        return 2 * len(self.leaf) - 1

    @property
    def blocks(self) -> tuple[np.ndarray, np.ndarray]:
        """Of every interface, from the root down: the nodes (n - 1, 3) of its parent and first and second child, and
        its normal (n - 1, 3)."""
        numbers = np.arange(self.nodes)
        nodes, normals = [np.zeros((0, 3), dtype=int)], [np.zeros((0, 3))]
        for level in self.levels:
            nodes.append(np.stack([level.parents, numbers[level.first], numbers[level.second]], axis=1))
            normals.append(level.H[:, [0, 1, 2], [0, 1, 2]])  # H_ii = n_i
        return np.concatenate(nodes), np.concatenate(normals)

    def down(self, root: np.ndarray, children: Children) -> np.ndarray:
        """Strains (n, 6, m) of the leaves, in their frames, from those (6, m) of the root.

        Args:
            root: any number m of strains.
            children: gives the strains (nodes, 6, m) of a level's first and second children from those of its parents.
        """
        of_node = np.empty((self.nodes, *root.shape))
        of_node[0] = root
        for level in self.levels:
            of_node[level.first], of_node[level.second] = children(level, turned(level.R, of_node[level.parents]))
        return turned(self.leaf_R, of_node[self.leaf])

    def uniform(self, strain: np.ndarray) -> np.ndarray:
        """Strains (n, 6) of the leaves, in their frames, when all of them have the macroscopic strain (6,)."""
        return self.down(strain[:, None], lambda _level, parent: (parent, parent))[..., 0]

    def average(self, stress: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted average (6,) of the leaves' stresses and the traction jumps (n - 1, 3) at the interfaces.

        The jumps are H^T (sigma_1 - sigma_2) of the children's averages (Eqs. 14, 27), breadth first.

        Args:
            stress: (n, 6) of the leaves, each in the frame of its material, GPa.
        """
        of_node = np.empty((self.nodes, 6, 1))
        of_node[self.leaf] = turned_back(self.leaf_R, stress[..., None])
        jumps: list[np.ndarray] = []
        for level in reversed(self.levels):
            first, second = of_node[level.first], of_node[level.second]
            jumps.insert(0, level.H.mT @ (first - second))
            of_node[level.parents] = turned_back(level.R, level.f1 * first + level.f2 * second)
        return of_node[0, :, 0], np.concatenate([np.zeros((0, 3, 1)), *jumps])[..., 0]


def turned(R: np.ndarray | None, strain: np.ndarray) -> np.ndarray:
    """R e, the strains (n, 6, m) in the rotated frames; None is the identity."""
    return strain if R is None else R @ strain


def turned_back(R: np.ndarray | None, stress: np.ndarray) -> np.ndarray:
    """R^T s, the stresses (n, 6, m) in the frame of the parent; None is the identity."""
    return stress if R is None else R.mT @ stress


def laminates(network: NetworkParameters, literal: bool = False) -> ActiveTree:
    """The active part of a network.

    It has the gauge-reduced form, laminates and for a DMN one rotation per leaf; a `literal` DMN is as the paper has
    it: interfaces normal to axis 3, a rotation at every node. There the rotations of a collapsed chain are folded into
    one: R_child R_parent, as Eq. 6 applied twice gives.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    chains, layers = _collapse(network)
    whole, parents = tree.laminates(network), 2**network.depth - 1
    heap = np.array([chain[-1] for chain in chains])
    normal, rotation = np.pad(whole.normal, ((0, parents + 1), (0, 0)))[heap], whole.rotation
    if literal:
        q = mandel.euler(network.angle)
        rotation = np.array([reduce(lambda parent, child: child @ parent, q[chain]) for chain in chains])
        normal = np.broadcast_to([0.0, 0.0, 1.0], normal.shape)
    elif rotation is not None:
        rotation = np.pad(rotation, ((parents, 0), (0, 0), (0, 0)))[heap]
    weight, H = whole.weights[heap], mandel.interface(normal)
    R = None if rotation is None else mandel.rotation(rotation)
    levels = []
    for layer, below in pairwise(layers):
        above = layer.start + np.flatnonzero(heap[layer] < parents)
        first, second = slice(below.start, below.stop, 2), slice(below.start + 1, below.stop, 2)
        f1, f2 = ((weight[child] / weight[above])[:, None, None] for child in (first, second))
        parent_R = R[above] if literal and R is not None else None
        levels.append(Level(above, first, second, f1, f2, weight[above], H[above], parent_R))
    leaf = np.flatnonzero(heap >= parents)
    leaf = leaf[np.argsort(heap[leaf])]
    phase = tree.leaf_phase(network.depth, network.phases)[heap[leaf] - parents]
    return ActiveTree(tuple(levels), leaf, phase, weight[leaf], None if R is None else R[leaf])


def _collapse(network: NetworkParameters) -> tuple[list[list[int]], list[slice]]:
    """Heap nodes folded into every active node, top down, breadth first; and the node numbers of every layer."""
    network.check_active()
    weights = tree.node_weights(network.activation)

    def active(node: int) -> list[int]:
        return [child for child in (2 * node + 1, 2 * node + 2) if child < len(weights) and weights[child] > 0.0]

    def chain(node: int) -> list[int]:
        nodes = [node]
        while len(children := active(nodes[-1])) == 1:
            nodes += children
        return nodes

    chains: list[list[int]] = []
    layers, layer = [], [chain(0)]
    while layer:
        layers.append(slice(len(chains), len(chains) + len(layer)))
        chains += layer
        layer = [chain(child) for nodes in layer for child in active(nodes[-1])]
    return chains, layers
