"""How the phases of elastic data and the composites of training curves are drawn, and how many."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from laminet.settings import Limits, Option, Seed, Settings, Share

MOST_SAMPLES = 10**6
SampleCount = Annotated[int, Limits(0, MOST_SAMPLES)]
"""Samples of one stream."""

MOST_COMPOSITES = 256
CompositeCount = Annotated[int, Limits(0, MOST_COMPOSITES)]
"""Random composites of one stream."""

Sequence = Literal["sobol", "latin_hypercube"]
Pair = tuple[float, float]
StressUnit = Literal["GPa", "MPa", "kPa", "Pa", "Msi", "ksi", "psi"]

Notation = Literal["mandel", "voigt", "tensor_shear"]
"""Notations of elastic matrices."""


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


@dataclass(frozen=True)
class CompositeRanges(Settings):
    """Ranges of random composites: a J2 matrix and a linear elastic fibre along axis 3.

    Every range is log-uniform, but for Poisson's ratios and shear moduli, which are uniform.
    """

    section = "composites"
    young: Annotated[Pair, Limits(1e-3, 1000, ascending=True), "Young's modulus E of the matrix [GPa]"] = (1.0, 80.0)
    poisson: Annotated[Pair, Limits(0, 0.49, ascending=True), "Poisson's ratio of the matrix"] = (0.28, 0.42)
    yield_strain: Annotated[Pair, Limits(1e-6, 0.2, ascending=True), "initial yield stress over E"] = (1.6e-3, 2e-2)
    saturation: Annotated[Pair, Limits(1e-3, 100, ascending=True), "saturation over initial yield stress"] = (0.5, 6.0)
    rate: Annotated[Pair, Limits(1e-2, 1e4, ascending=True), "rate of the saturation"] = (50.0, 400.0)
    linear: Annotated[Pair, Limits(1e-6, 0.2, ascending=True), "linear hardening over E, of every second composite"] = (
        5e-3,
        0.1,
    )
    contrast: Annotated[Pair, Limits(1e-3, 1000, ascending=True), "E11 of the fibre over E"] = (3.0, 60.0)
    axial: Annotated[Pair, Limits(0.1, 100, ascending=True), "E33 over E11 of the fibre"] = (1.0, 10.0)
    transverse: Annotated[Pair, Limits(0.1, 10, ascending=True), "E22 over E11 of an orthotropic fibre"] = (0.5, 1.0)
    fibre_poisson: Annotated[Pair, Limits(0, 0.49, ascending=True), "nu31, nu32, nu12 sqrt(E22 / E11) of the fibre"] = (
        0.2,
        0.4,
    )
    fibre_shear: Annotated[Pair, Limits(0.01, 2, ascending=True), "G_ij / sqrt(E_i E_j) of the fibre"] = (0.25, 0.5)
