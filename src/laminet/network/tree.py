"""The binary tree of a network: node numbers, weights, and the tree of laminates every network is equal to.

Weights, fractions, rotations and normals are written once, for NumPy arrays and PyTorch tensors alike.

Nodes stand in heap order: root 0, children of n are 2n + 1 and 2n + 2. Layer i holds the nodes 2^i - 1 ... 2^(i+1) - 2;
leaf k (from 0) is node 2^depth - 1 + k. Its phase is 1 + k mod P: of two phases, even leaves are phase 1 (matrix), odd
leaves phase 2 (fibre).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.numeric import library


def layer(index: int) -> slice:
    """Nodes of a layer, layer 0 being the root."""
    return slice(2**index - 1, 2 ** (index + 1) - 1)


def leaf_phase(depth: int, phases: int) -> np.ndarray:
    """Phase (2^depth,) of every leaf: 1, 2, ..., P, 1, 2, ..."""
    return 1 + np.arange(2**depth) % phases


def phase_labels(phases: int) -> list[str]:
    """What people call the phases; two are matrix and fibre."""
    if phases == 2:
        return ["matrix (phase 1)", "fibre (phase 2)"]
    return [f"phase {number}" for number in range(1, phases + 1)]


def phase_weights(parameters: NetworkParameters) -> np.ndarray:
    """Weights (P, 2^(depth+1) - 1) of all nodes as `node_weights`, of every phase alone."""
    of_leaf = leaf_phase(parameters.depth, parameters.phases)
    phases = range(1, parameters.phases + 1)
    return np.stack([node_weights(np.where(of_leaf == phase, parameters.activation, 0.0)) for phase in phases])


def node_weights(activation: Any) -> Any:
    """Weights (2^(depth+1) - 1,) of all nodes: ReLU of the leaves' activations, summed up the tree (Eqs. 1, 2)."""
    xp = library(activation)
    layers = [xp.where(activation > 0.0, activation, 0.0)]
    while len(layers[0]) > 1:
        layers.insert(0, layers[0].reshape(-1, 2).sum(1))
    return xp.concatenate(layers)


def laminates_of_two(weights: np.ndarray) -> np.ndarray:
    """Numbers (n,) of the parents with two active children, of the weights (2^(depth + 1) - 1,) of all nodes."""
    return np.flatnonzero((weights[1::2] > 0.0) & (weights[2::2] > 0.0))


def fractions(weights: Any) -> Any:
    """Volume fraction (2^depth - 1,) of the first child of every parent (Eq. 4).

    An inactive parent has 1/2: it is never used, since its own fraction is 0, and no division by zero spoils gradients.
    """
    xp = library(weights)
    first, parent = weights[1::2], weights[: len(weights) // 2]
    active = parent > 0.0
    return xp.where(active, first / xp.where(active, parent, 1.0), 0.5)


@dataclass(frozen=True)
class LaminateTree:
    """A network as laminates: every DMN and IMN is exactly one of these (gauge reduction, physics notes).

    Of a network whose parameters are tensors, these are tensors too.

    Attributes:
        weights: (2^(depth+1) - 1,) of all nodes in heap order.
        normal: (2^depth - 1, 3) unit normals of the parents' interfaces, in the frame of the RVE.
        rotation: (2^depth, 3, 3) q of every leaf: its phase enters as R(q)^T C R(q); None where all are the identity.
    """

    weights: Any
    normal: Any
    rotation: Any


def laminates(parameters: NetworkParameters) -> LaminateTree:
    """The tree of laminates of a network: for a DMN its rotations are accumulated from the root.

    Q_root = q_root, Q_child = q_child Q_parent; the interface of a node has the normal Q^T e3, the third row of Q.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    parameters.check_active()
    weights = node_weights(parameters.activation)
    if parameters.model == "imn":
        return LaminateTree(weights, imn_normal(parameters.angle), None)
    q, parents = accumulated(mandel.euler(parameters.angle), parameters.depth), 2**parameters.depth - 1
    return LaminateTree(weights, q[:parents, 2, :], q[parents:])


def accumulated(q: Any, depth: int) -> Any:
    """Rotations Q (nodes, 3, 3) of a DMN accumulated from the root: Q_root = q_root, Q_child = q_child Q_parent."""
    layers = [q[:1]]
    for index in range(1, depth + 1):
        layers.append(q[layer(index)] @ layers[-1][np.arange(2**index) // 2])
    return library(q).concatenate(layers)


def imn_normal(angle: Any) -> Any:
    """Unit normals (..., 3) of the dimensionless angles theta, phi (..., 2) of an IMN (Sec. 2.2)."""
    xp, theta, phi = library(angle), 2.0 * np.pi * angle[..., 0], np.pi * angle[..., 1]
    return xp.stack([xp.cos(theta) * xp.sin(phi), xp.sin(theta) * xp.sin(phi), xp.cos(phi)], -1)
