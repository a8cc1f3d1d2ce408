"""Steps that turn one node of a DMN at a time.

The rotation q of a node also turns the subtree below it. A step that improves one interface therefore spoils all leaves
and interfaces underneath. Here a step turns the frames Q of the nodes, accumulated from the root, each by itself. The
parameters stay the angles of the rotations q.
"""

from itertools import pairwise

import numpy as np
from scipy.spatial.transform import Rotation

from laminet import mandel
from laminet.network import tree

LEAST_COSINE = 1e-12
"""Least |cos beta| to divide by. At beta = 90 degrees, alpha and gamma turn about one axis: the angles do not tell the
torque about a third one. The bound limits how much rounding grows."""


class Frames:
    """The frames of the active nodes of a DMN. Inactive nodes have no gradient, and they keep their angles.

    Attributes:
        angle: (2^(depth+1) - 1, 3) Euler angles of all nodes [rad], heap order.
        nodes: (a,) numbers of the active nodes, those with an active leaf in their subtree.
        parent: (a - 1,) where the parent of every active node but the root stands in `nodes`.
        frame: (a, 3, 3) Q of the active nodes.
    """

    def __init__(self, activation: np.ndarray, angle: np.ndarray):
        """Accumulate the frames of a network, from the activations (2^depth,) of its leaves and its angles."""
        self.angle, self.nodes = angle, np.flatnonzero(tree.node_weights(activation) > 0.0)
        self.parent = np.searchsorted(self.nodes, (self.nodes[1:] - 1) // 2)
        self.frame = mandel.euler(angle[self.nodes])
        depth = len(activation).bit_length() - 1
        for first, last in pairwise(np.searchsorted(self.nodes, 2 ** np.arange(1, depth + 2) - 1)):
            self.frame[first:last] = self.frame[first:last] @ self.frame[self.parent[first - 1 : last - 1]]

    def gradient(self, of_angles: np.ndarray) -> np.ndarray:
        """Gradient with respect to turns of the frames, from that with respect to the angles.

        The torque on a rotation q is the sum of the torques on the frames in its subtree (docs/method.md, steps of a
        DMN on curves). A node with one active child has no interface, and so no torque on its frame.

        Args:
            of_angles: (2^(depth+1) - 1, 3) gradient of a loss with respect to `angle`.

        Returns:
            Likewise, for turns w [rad] of each frame alone, Q -> exp([w]) Q, with the cross product [w]. A turn of a
            parent about axis 3, its normal, changes no loss: its gradient is zero.
        """
        beta, gamma = self.angle[self.nodes, 1], self.angle[self.nodes, 2]
        of_alpha, of_beta, of_gamma = of_angles[self.nodes].T
        sine, cosine, divisor = np.sin(gamma), np.cos(gamma), np.cos(beta)
        divisor = np.copysign(np.maximum(np.abs(divisor), LEAST_COSINE), divisor)
        across = (of_alpha - np.sin(beta) * of_gamma) / divisor
        # Of turns q -> q exp([u]): in the axes of the parent's frame, then in the axes of the cell.
        torque = np.stack([cosine * across + sine * of_beta, cosine * of_beta - sine * across, of_gamma], -1)
        torque[1:] = np.einsum("nji,nj->ni", self.frame[self.parent], torque[1:])
        result = np.zeros_like(of_angles)
        result[self.nodes] = torque
        parents = len(result) // 2
        result[:parents] -= result[1::2] + result[2::2]
        result[self.nodes] = np.einsum("nij,nj->ni", self.frame, result[self.nodes])
        result[:parents, 2] = 0.0
        return result

    def turned(self, turn: np.ndarray) -> np.ndarray:
        """Euler angles of the network whose frames are turned, Q -> exp([w]) Q.

        Args:
            turn: (2^(depth+1) - 1, 3) w of every node [rad].

        Returns:
            (2^(depth+1) - 1, 3) angles [rad], of active nodes with beta in -pi/2 ... pi/2.
        """
        frame = Rotation.from_rotvec(turn[self.nodes]).as_matrix() @ self.frame
        q = frame.copy()
        q[1:] = frame[1:] @ frame[self.parent].mT
        angle = self.angle.copy()
        angle[self.nodes] = mandel.angles(q)
        return angle
