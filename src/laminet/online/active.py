"""The living part of a network: dead leaves removed, single-child chains collapsed, arranged for sweeps.

Nodes are numbered breadth first, so that the children of one layer's parents are exactly the next layer, in pairs:
first children at its even places, second children at its odd places. A sweep is then a loop over layers of array
operations.
"""

from dataclasses import dataclass
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

    def uniform(self, strain: np.ndarray) -> np.ndarray:
        """Strains (n, 6) of the leaves, in their frames, when all of them have the macroscopic strain (6,)."""
        of_node = np.empty((self.nodes, 6, 1))
        of_node[0, :, 0] = strain
        for level in self.levels:
            parent = of_node[level.parents]
            of_node[level.first] = of_node[level.second] = parent if level.R is None else level.R @ parent
        leaves = of_node[self.leaf]
        return (leaves if self.leaf_R is None else self.leaf_R @ leaves)[..., 0]

    def average(self, stress: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted average (6,) of the leaves' stresses and the traction jumps (n - 1, 3) at the interfaces.

        The jumps are H^T (sigma_1 - sigma_2) of the children's averages (Eqs. 14, 27), breadth first.

        Args:
            stress: (n, 6) of the leaves, each in the frame of its material, GPa.
        """
        of_node = np.empty((self.nodes, 6, 1))
        of_node[self.leaf] = stress[..., None] if self.leaf_R is None else transposed(self.leaf_R) @ stress[..., None]
        jumps: list[np.ndarray] = []
        for level in reversed(self.levels):
            first, second = of_node[level.first], of_node[level.second]
            jumps.insert(0, transposed(level.H) @ (first - second))
            mean = level.f1 * first + level.f2 * second
            of_node[level.parents] = mean if level.R is None else transposed(level.R) @ mean
        return of_node[0, :, 0], np.concatenate([np.zeros((0, 3, 1)), *jumps])[..., 0]


def transposed(matrices: np.ndarray) -> np.ndarray:
    """Transpose of every matrix of a stack."""
    return np.swapaxes(matrices, -1, -2)


def laminates(network: NetworkParameters) -> ActiveTree:
    """The active part of the gauge-reduced network: laminates, and for a DMN one rotation per leaf.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    chains, layers = _collapse(network)
    whole = tree.laminates(network)
    heap = np.array([chain[-1] for chain in chains])
    normal = np.zeros((len(heap), 3))
    inner = heap < len(whole.normal)
    normal[inner] = whole.normal[heap[inner]]
    rotation = None
    if whole.rotation is not None:
        rotation = np.broadcast_to(np.eye(3), (len(heap), 3, 3)).copy()
        rotation[~inner] = whole.rotation[heap[~inner] - len(whole.normal)]
    return _arrange(network, heap, layers, normal, rotation, turned_parents=False)


def literal(network: NetworkParameters) -> ActiveTree:
    """The active part of a DMN as the paper has it: interfaces normal to axis 3, a rotation at every node.

    The rotations of a collapsed chain are folded into one: R_child R_parent, as Eq. 6 applied twice gives.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    chains, layers = _collapse(network)
    q = mandel.euler(network.angle)
    folded = []
    for chain in chains:
        product = np.eye(3)
        for node in chain:
            product = q[node] @ product
        folded.append(product)
    normal = np.broadcast_to([0.0, 0.0, 1.0], (len(chains), 3))
    heap = np.array([chain[-1] for chain in chains])
    return _arrange(network, heap, layers, normal, np.array(folded), turned_parents=True)


def _collapse(network: NetworkParameters) -> tuple[list[list[int]], list[slice]]:
    """Heap nodes folded into every active node, top down, breadth first; and the node numbers of every layer."""
    network.check_alive()
    weights = tree.node_weights(network.activation)
    parents = 2**network.depth - 1

    def chain(node: int) -> list[int]:
        nodes = [node]
        while nodes[-1] < parents and len(living(nodes[-1])) == 1:
            nodes += living(nodes[-1])
        return nodes

    def living(node: int) -> list[int]:
        return [child for child in (2 * node + 1, 2 * node + 2) if weights[child] > 0.0]

    chains: list[list[int]] = []
    layers, layer = [], [chain(0)]
    while layer:
        layers.append(slice(len(chains), len(chains) + len(layer)))
        chains += layer
        layer = [chain(child) for nodes in layer if nodes[-1] < parents for child in living(nodes[-1])]
    return chains, layers


def _arrange(
    network: NetworkParameters,
    heap: np.ndarray,
    layers: list[slice],
    normal: np.ndarray,
    rotation: np.ndarray | None,
    turned_parents: bool,
) -> ActiveTree:
    """Levels and leaves of nodes given breadth first, by their heap numbers, normals and rotations."""
    heap_parents = 2**network.depth - 1
    weight = tree.node_weights(network.activation)[heap]
    H = mandel.interface(normal)
    R = None if rotation is None else mandel.rotation(rotation)
    levels = []
    for own, below in pairwise(layers):
        parents = own.start + np.flatnonzero(heap[own] < heap_parents)
        first, second = slice(below.start, below.stop, 2), slice(below.start + 1, below.stop, 2)
        f1, f2 = ((weight[child] / weight[parents])[:, None, None] for child in (first, second))
        turn = R[parents] if turned_parents and R is not None else None
        levels.append(Level(parents, first, second, f1, f2, weight[parents], H[parents], turn))
    leaf = np.flatnonzero(heap >= heap_parents)
    leaf = leaf[np.argsort(heap[leaf])]
    phase = tree.leaf_phase(network.depth, network.phases)[heap[leaf] - heap_parents]
    return ActiveTree(tuple(levels), leaf, phase, weight[leaf], None if R is None else R[leaf])
