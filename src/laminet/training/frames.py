"""Steps that turn one node of a DMN at a time.

The rotation q of a node also turns the subtree below it. A step that improves one interface therefore spoils all leaves
and interfaces underneath. Here a step turns the frames Q of the nodes, accumulated from the root, each by itself. The
parameters stay the angles of the rotations q.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from laminet import mandel
from laminet.network import tree

LEAST_COSINE = 1e-12
"""Of the angle beta: at a right angle, alpha and gamma turn about one axis, and a torque about another is unknown."""


def frame_gradient(angle: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Gradient with respect to turns of the frames, from that with respect to the angles.

    The torque on a rotation q is the sum of the torques on the frames in its subtree (docs/method.md, gauge reduction).

    Args:
        angle: (2^(depth+1) - 1, 3) Euler angles of all nodes [rad], heap order.
        gradient: of a loss with respect to them, likewise.

    Returns:
        Likewise, for turns w of each frame alone, Q -> exp([w]) Q with the cross product [w]. A turn of a parent about
        axis 3, its normal, changes no loss: its gradient is zero.
    """
    beta, gamma = angle[:, 1], angle[:, 2]
    cosine = np.cos(beta)
    across = (gradient[:, 0] - np.sin(beta) * gradient[:, 2]) / np.copysign(
        np.maximum(np.abs(cosine), LEAST_COSINE), cosine
    )
    torque = np.stack(
        [
            np.cos(gamma) * across + np.sin(gamma) * gradient[:, 1],
            np.cos(gamma) * gradient[:, 1] - np.sin(gamma) * across,
            gradient[:, 2],
        ],
        -1,
    )
    frame = tree.accumulated(mandel.euler(angle), _depth(angle))
    torque[1:] = np.einsum("nji,nj->ni", frame[_parent(angle)], torque[1:])  # in the axes of the cell
    parents = len(angle) // 2
    torque[:parents] -= torque[1::2] + torque[2::2]
    torque = np.einsum("nij,nj->ni", frame, torque)
    torque[:parents, 2] = 0.0
    return torque


def turned(angle: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Euler angles of the network whose frames are turned, Q -> exp([w]) Q.

    Args:
        angle: (2^(depth+1) - 1, 3) Euler angles of all nodes [rad], heap order.
        turn: w of every node [rad], likewise.

    Returns:
        Likewise, with beta in -pi/2 ... pi/2.
    """
    frame = Rotation.from_rotvec(turn).as_matrix() @ tree.accumulated(mandel.euler(angle), _depth(angle))
    q = frame.copy()
    q[1:] = frame[1:] @ frame[_parent(angle)].mT
    return mandel.angles(q)


def _depth(angle: np.ndarray) -> int:
    return len(angle).bit_length() - 1


def _parent(angle: np.ndarray) -> np.ndarray:
    """The parent's number, of every node but the root."""
    return np.arange(len(angle) - 1) // 2
