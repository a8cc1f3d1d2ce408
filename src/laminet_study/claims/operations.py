"""Work of a training step: floating-point operations of one forward and adjoint pass, for one sample.

Counted on the formulas of `native/block/block.hpp` and `native/training/rotation.hpp`: an addition, a multiplication
or a division is one operation, symmetric 6x6 matrices have 21 entries, a sum of n products costs 2 n - 1. All leaves
are active and the phases are orthotropic. What is done once for a whole minibatch (angles, normals, rotation matrices,
fractions, Adam) and the loss are left out: they are the same for every model, or do not grow with the samples.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from laminet.network.initial import initial_parameters

PACKED = 21
FORMULATIONS = ("literal", "reduced")


@dataclass(frozen=True)
class Interface:
    """Operations of H^T x (a traction) and H t (a strain) for one column."""

    traction: int
    strain: int
    any_normal: bool


ANY_NORMAL = Interface(traction=15, strain=12, any_normal=True)
AXIS_3 = Interface(traction=2, strain=2, any_normal=False)
"""The normal e3 of a literal DMN: most entries of H vanish."""


@dataclass(frozen=True)
class Operations:
    """Operations of one forward and one adjoint pass for one sample, a number or one for each of several depths."""

    forward: Any
    adjoint: Any

    @property
    def total(self) -> Any:
        """Both passes together."""
        return self.forward + self.adjoint


def dot(terms: int) -> int:
    """A sum of so many products."""
    return 2 * terms - 1


def block_forward(interface: Interface) -> int:
    """C = f1 C1 + f2 C2 - f1 f2 D H Y with Y = M^-1 H^T D and M = H^T Chat H."""
    differences = PACKED * (1 + 2)  # D, Chat
    tractions = (2 * 6 + 3) * interface.traction  # H^T D, H^T Chat, M
    inverse = 6 * dot(2) + dot(3) + 1 + 6  # cofactors, determinant, its reciprocal, scaling
    jumps = 18 * dot(3)  # Y
    effective = PACKED * (dot(3) + dot(3))  # (H^T D)^T Y, and the sum of three terms
    return differences + tractions + inverse + jumps + effective


def block_adjoint(interface: Interface, children: bool) -> int:
    """dL/df1, for any normal dL/dn, and with `children` dL/dC1 and dL/dC2, from T = Y S, P = T Y^T and Q = H P H^T."""
    shared = 18 * dot(6) + 6 * dot(6) + PACKED + (3 + 6) * interface.strain  # T, P, D, H P, Q
    fraction = 2 * (dot(6) + dot(15) + 2) + 2 * PACKED + 4  # C1 : Q, D : (f1^2 Q - S)
    normal = 0
    if interface.any_normal:
        normal = 2 * 18 + 9 * dot(12) + 3 * 4  # V, C1 H P - D V^T
    cotangents = 0
    if children:
        cotangents = 6 * interface.strain + PACKED * (1 + 4 + 4)  # H T + T^T H^T, both sums
    return shared + fraction + normal + cotangents


def turn(orthotropic: bool = False) -> int:
    """R^T C R."""
    first = 18 * dot(3) + 18 if orthotropic else 36 * dot(6)
    return first + PACKED * dot(6)


def torque() -> int:
    """Derivative with respect to a rotation: 18 entries of C S, combined to a vector."""
    return 18 * dot(6) + 3 * 7


def operations(model: str, depth: int | np.ndarray, formulation: str = "literal") -> Operations:
    """Operations of a network for one sample.

    Args:
        model: "dmn" or "imn".
        depth: layers below the root, of one network or of several.
        formulation: of a DMN: "literal" (a rotation at every node) or "reduced" (one at every leaf).
    """
    leaves, parents, lowest = 2**depth, 2**depth - 1, 2 ** (depth - 1)
    if model == "imn":  # the lowest parents have phases below them, which need no cotangent
        adjoint = (parents - lowest) * block_adjoint(ANY_NORMAL, True) + lowest * block_adjoint(ANY_NORMAL, False)
        return Operations(parents * block_forward(ANY_NORMAL), adjoint)
    interface = AXIS_3 if formulation == "literal" else ANY_NORMAL
    forward = leaves * turn(orthotropic=True) + parents * block_forward(interface)
    adjoint = leaves * torque() + parents * block_adjoint(interface, True)
    if formulation == "literal":
        forward += parents * turn()
        adjoint += parents * (turn() + torque())
    return Operations(forward, adjoint)


def parameter_count(model: str, depth: int) -> int:
    """Independent parameters of a network, counted on one."""
    return initial_parameters(model, depth, seed=0).count
