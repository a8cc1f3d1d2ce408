"""Operations of a training step: additions, multiplications and divisions of one forward and one adjoint pass.

The one counter, of benchmarks and findings. `benchmarks/operations.cpp` counts them in the templates of `native/`,
zeros left out; a test compares. Phases are orthotropic in axes of their own, and both models profit from it alike: of
an IMN the lowest blocks, of a DMN the rotations of its leaves. All leaves are active. The loss, and what is done once
for a whole minibatch (angles, normals, rotation matrices, Adam), are left out: they do not grow with the samples.
"""

from typing import Literal

COUNTS = {
    "block": (578, 1007),  # any normal, any stiffness
    "block of two aligned leaves": (344, 494),  # the adjoint without cotangents of the children
    "block along axis 3": (410, 479),
    "rotation": (627, 627),
    "rotation of an aligned phase": (219, 0),
    "torque": (0, 219),
}
"""Operations, forward and adjoint, of the parts of a network for one sample."""

Form = Literal["imn", "dmn-reduced", "dmn-literal"]


def operations(form: Form, depth: int) -> tuple[int, int]:
    """Operations of a network for one sample, forward and adjoint.

    Args:
        form: a DMN is reduced (a rotation at every leaf) or literal (one at every node).
        depth: layers below the root.
    """
    leaves, parents = 2**depth, 2**depth - 1
    parts = {
        "imn": {"block": parents - leaves // 2, "block of two aligned leaves": leaves // 2},
        "dmn-reduced": {"rotation of an aligned phase": leaves, "torque": leaves, "block": parents},
        "dmn-literal": {
            "rotation of an aligned phase": leaves,
            "torque": leaves + parents,
            "block along axis 3": parents,
            "rotation": parents,
        },
    }[form]
    forward, adjoint = (sum(count * COUNTS[name][way] for name, count in parts.items()) for way in (0, 1))
    return forward, adjoint
