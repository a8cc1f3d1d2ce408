"""How the phases of elastic data are drawn, and how many."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from laminet.settings import Limits, Option, Seed, Settings, Share

MOST_SAMPLES = 10**6
SampleCount = Annotated[int, Limits(0, MOST_SAMPLES)]
"""Samples of one stream."""

Sequence = Literal["sobol", "latin_hypercube"]
Pair = tuple[float, float]


@dataclass(frozen=True)
class Sampling(Settings):
    """How phase pairs are drawn; phase 1 has a geometric mean modulus of 1 GPa.

    Of the pairs that yield, evenly spread over the stream, the contrast is at least 1; all others are as without.
    """

    section = "sampling"
    sequence: Annotated[Sequence, "of the samples; Sobol's is scrambled"] = "sobol"
    contrast: Annotated[float, Limits(0, 12), "largest |log10| of the phases' contrast; it is uniform"] = 3.0
    anisotropy: Annotated[float, Limits(0, 2), "largest |log10 E_i / E_j| in a phase"] = 1.0
    shear: Annotated[Pair, Limits(0.001, 1000, ascending=True), "range of G_ij / sqrt(E_i E_j)"] = (0.25, 0.5)
    poisson: Annotated[Pair, Limits(-1, 1, ascending=True), "range of -S_ij sqrt(E_i E_j)"] = (0.3, 0.7)
    determinant: Annotated[Share, "smallest, of the unit-diagonal compliance; other phases are rejected"] = 0.05
    yielding: Annotated[Share, "share of the pairs whose phase 1 has the tangent of a flowing matrix"] = 0.0


@dataclass(frozen=True)
class ElasticSettings(Settings):
    """Which samples elastic data hold."""

    section = "data"
    samples: Annotated[SampleCount, "for training"] = 2048
    validation: Annotated[SampleCount, "for validation, drawn separately"] = 100
    seed: Annotated[Seed, "of the phases"] = 0
    sampling: Annotated[Sampling, Option("")] = field(default_factory=Sampling)
