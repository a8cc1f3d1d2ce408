"""The online schemes by name; how far they iterate, and in which language."""

from dataclasses import dataclass
from typing import Annotated, Literal

from laminet.settings import Limits, Settings, Tolerance

SchemeName = Literal[
    "newton_condensed",
    "dmn_residual",
    "dmn_no_residual_tangent",
    "dmn_no_residual_secant",
    "imn_fixed_point_tangent",
    "imn_fixed_point_secant",
    "imn_newton_dense",
]
"""What `laminet.online.schemes.SCHEMES` holds; the first is the default."""

Backend = Literal["native", "numpy"]
"""native: compiled; numpy: the readable reference; both take the same iterates."""


Criterion = Literal["strain", "paper"]


@dataclass(frozen=True)
class OnlineSettings(Settings):
    """How far to iterate, and with which backend."""

    section = "online"
    tolerance: Annotated[Tolerance, "relative, of the criterion"] = 1e-6
    criterion: Annotated[
        Criterion,
        "strain: the leaves' strain increments of two iterates differ by less than the tolerance, for every scheme; "
        "paper: the same, but for Algorithm 3 (both solvers) the relative traction imbalance instead, or strains that "
        "change by rounding only",
    ] = "strain"
    guess: Annotated[
        Literal["zero", "uniform"],
        "first iterate of an increment: zero strain increments at every leaf (Algorithms 1, 2), or uniform, the "
        "prescribed macroscopic increment at every leaf (Algorithm 3, where a = 0)",
    ] = "zero"
    max_iterations: Annotated[int, Limits(1, 10**6), "of one increment, before it is halved"] = 200
    cutbacks: Annotated[int, Limits(0, 50), "how often an increment may be halved"] = 6
    backend: Annotated[Backend, "native (compiled) or numpy (the readable reference); the same iterates"] = "native"
