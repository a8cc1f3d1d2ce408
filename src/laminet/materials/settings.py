"""How the phases of elastic data are drawn, and how many."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from laminet.settings import Limits, Option, Seed, Settings

MOST_SAMPLES = 10**6
SampleCount = Annotated[int, Limits(0, MOST_SAMPLES)]
"""Samples of one stream."""


@dataclass(frozen=True)
class Sampling(Settings):
    """How phase pairs are drawn; phase 1 has a geometric mean modulus of 1 GPa."""

    section = "sampling"
    sequence: Annotated[Literal["sobol", "latin_hypercube"], "of the samples; Sobol's is scrambled"] = "sobol"
    contrast: Annotated[
        float,
        Limits(0, 12),
        "phase 2 has 10^c times the mean modulus of phase 1, c uniform in -contrast ... contrast",
    ] = 3.0
    anisotropy: Annotated[float, Limits(0, 2), "largest |log10 E_i / E_j| in a phase"] = 1.0
    shear: Annotated[tuple[float, float], Limits(0.001, 1000, ascending=True), "range of G_ij / sqrt(E_i E_j)"] = (
        0.25,
        0.5,
    )
    poisson: Annotated[tuple[float, float], Limits(-1, 1, ascending=True), "range of -S_ij sqrt(E_i E_j)"] = (0.3, 0.7)
    determinant: Annotated[
        float, Limits(0, 1), "phases whose unit-diagonal compliance has a smaller determinant are rejected"
    ] = 0.05
    yielding: Annotated[
        float,
        Limits(0, 1),
        "share of the pairs, evenly spread, whose phase 1 has the tangent of a flowing matrix; their contrast is at "
        "least 1, all other pairs are as without",
    ] = 0.0


@dataclass(frozen=True)
class ElasticSettings(Settings):
    """Which samples elastic data hold."""

    section = "data"
    samples: Annotated[SampleCount, "for training"] = 2048
    validation: Annotated[SampleCount, "for validation, drawn separately"] = 100
    seed: Annotated[Seed, "of the phases"] = 0
    sampling: Annotated[Sampling, Option("")] = field(default_factory=Sampling)
