"""Random pairs of orthotropic phases for elastic training data (physics notes, section Data).

Young's moduli are spread over two decades with any two within one decade of each other; the phases' contrast goes
from 1e-3 to 1e3; shear moduli and Poisson's ratios are drawn so that nearly incompressible phases occur, which is
what a plastic matrix looks like to the network later. A share of the pairs can be told to yield: their phase 1 has the
tangent of a flowing J2 material, soft along one direction of strain alone (docs/accuracy.md).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from laminet.errors import InputError, check_choice, check_seed
from laminet.materials.elastic import isotropic_stiffness, symmetric

SEQUENCES = ("sobol", "latin_hypercube")
PER_PHASE = 9  # three Young's moduli, three shear moduli, three Poisson ratios
MOST = 10**6  # samples of one stream
BATCH = 2**14  # candidates drawn at a time; part of what fixes the samples of a seed
YIELDING_POISSON = (0.25, 0.45)  # of a phase that yields
LEAST_SOFTNESS = 1e-3  # of its stiffness along the direction of flow, relative to the elastic one


@dataclass(frozen=True)
class Sampling:
    """How phase pairs are drawn.

    Attributes:
        sequence: "sobol" (scrambled) or "latin_hypercube".
        contrast: phase 2 has a geometric mean modulus of 10^c, c uniform in -contrast .. contrast, phase 1 of 1 GPa.
        anisotropy: |log10 E_i / E_j| is at most this.
        shear: G_ij = U(shear) sqrt(E_i E_j).
        poisson: S_ij = -U(poisson) / sqrt(E_i E_j).
        determinant: phases whose unit-diagonal compliance has a smaller determinant are rejected.
        yielding: share of the pairs, evenly spread over the stream, whose phase 1 yields; the contrast of these is at
            least 1. All other pairs are as without.

    Raises:
        InputError: a value outside its range.
    """

    sequence: str = "sobol"
    contrast: float = 3.0
    anisotropy: float = 1.0
    shear: tuple[float, float] = (0.25, 0.5)
    poisson: tuple[float, float] = (0.3, 0.7)
    determinant: float = 0.05
    yielding: float = 0.0

    def __post_init__(self) -> None:
        check_choice(self.sequence, SEQUENCES, "sampling: sequence")
        ranges = {"contrast": (0.0, 12.0), "anisotropy": (0.0, 2.0), "shear": (1e-3, 1e3), "poisson": (-1.0, 1.0)}
        for name, (low, high) in (ranges | dict.fromkeys(("determinant", "yielding"), (0.0, 1.0))).items():
            value = getattr(self, name)
            entries = value if isinstance(value, tuple | list) else (value,)
            if not all(low <= entry <= high for entry in entries) or list(entries) != sorted(entries):
                raise InputError(f"sampling: {name} is {value}; it must lie between {low:g} and {high:g}, in order")


def sample_phases(count: int, seed: int, stream: int, sampling: Sampling) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` accepted phase pairs of a stream: more pairs extend fewer, they never change them.

    Args:
        count: number of pairs.
        seed: of the study.
        stream: 0 for training, 1 for validation: independent of each other.
        sampling: the distribution.

    Returns:
        Stiffness of phases 1 and 2, each (count, 6, 6), Mandel, GPa, aligned with the RVE's axes.

    Raises:
        InputError: a count or seed out of range, or a distribution that rejects nearly everything.
    """
    check_seed(seed, "sampling")
    if not 0 <= count <= MOST:
        raise InputError(f"sampling: {count} samples; the number must lie between 0 and {MOST}")
    rng = np.random.default_rng([seed, stream])
    engine = qmc.Sobol(2 * PER_PHASE + 1, scramble=True, rng=rng)
    found: list[tuple[np.ndarray, ...]] = []
    accepted = drawn = 0
    while accepted < count or not found:
        if drawn >= 16 * BATCH and accepted < 1e-4 * drawn:
            raise InputError(f"sampling: {accepted} of {drawn} candidates accepted; widen poisson or anisotropy")
        if sampling.sequence == "sobol":
            unit = engine.random(BATCH)
        else:
            unit = qmc.LatinHypercube(2 * PER_PHASE + 1, rng=rng).random(BATCH)
        drawn += BATCH
        phases = [_phase(unit[:, k * PER_PHASE : (k + 1) * PER_PHASE], sampling) for k in (0, 1)]
        contrast = 10.0 ** (sampling.contrast * (2.0 * unit[:, -1] - 1.0))
        good = phases[0][1] & phases[1][1]
        found.append((phases[0][0][good], phases[1][0][good], contrast[good, None, None], unit[good, :PER_PHASE]))
        accepted += int(good.sum())
    first, second, contrast, unit = (np.concatenate(arrays)[:count] for arrays in zip(*found, strict=True))
    number = np.arange(count)
    yields = np.floor((number + 1) * sampling.yielding) > np.floor(number * sampling.yielding)
    first[yields] = _yielding(unit[yields])
    contrast[yields] = np.maximum(contrast[yields], 1.0 / contrast[yields])
    return first, contrast * second


def _yielding(unit: np.ndarray) -> np.ndarray:
    """Tangents (n, 6, 6) of flowing J2 materials with E = 1 from uniforms (n, 9).

    C - 2 G (1 - s) n n^T with the direction of flow n, deviatoric and |n| = 1, and s = H / (3 G + H) of the hardening
    modulus H. A quarter flows in each of the three shears, a quarter along normal strains: all remain orthotropic.
    Of the uniforms only those of the shear moduli count: acceptance of a candidate does not depend on them.
    """
    quarters, hardening, incompressibility = unit[:, 3:6].T
    low, high = YIELDING_POISSON
    poisson = low + (high - low) * incompressibility
    softness = LEAST_SOFTNESS**hardening
    kind, rest = np.divmod(4.0 * quarters, 1.0)
    normal, shear = kind == 3.0, (3 + kind % 3.0).astype(int)
    flow = np.zeros((len(unit), 6))
    flow[np.arange(len(unit)), shear] = ~normal
    angle = 2.0 * np.pi * (rest[normal, None] + np.arange(3) / 3.0)
    flow[normal, :3] = np.sqrt(2.0 / 3.0) * np.cos(angle)
    shear_modulus = 0.5 / (1.0 + poisson)
    elastic = isotropic_stiffness(1.0, poisson)
    drop = 2.0 * shear_modulus * (1.0 - softness)
    return elastic - drop[:, None, None] * flow[:, :, None] * flow[:, None, :]


def _phase(unit: np.ndarray, sampling: Sampling) -> tuple[np.ndarray, np.ndarray]:
    """Stiffness (n, 6, 6) of unit geometric mean modulus from uniforms (n, 9), and which of them are acceptable."""
    logs = 2.0 * unit[:, :3] - 1.0
    young = 10.0 ** (logs - logs.mean(axis=1, keepdims=True))
    root = np.sqrt(young)
    low, high = sampling.shear
    shear = low + (high - low) * unit[:, 3:6]
    low, high = sampling.poisson
    ratio = low + (high - low) * unit[:, 6:9]
    scaled = np.tile(np.eye(3), (len(unit), 1, 1))  # compliance with unit diagonal
    compliance = np.zeros((len(unit), 6, 6))
    for k, (i, j) in enumerate([(1, 2), (0, 2), (0, 1)]):  # the order of the shear components 23, 13, 12
        scaled[:, i, j] = scaled[:, j, i] = -ratio[:, k]
        compliance[:, 3 + k, 3 + k] = 0.5 / (shear[:, k] * root[:, i] * root[:, j])
    compliance[:, :3, :3] = scaled / (root[:, :, None] * root[:, None, :])
    spread = logs.max(axis=1) - logs.min(axis=1)
    positive = np.linalg.eigvalsh(scaled)[:, 0] > 0.0
    good = positive & (np.linalg.det(scaled) >= sampling.determinant) & (spread <= sampling.anisotropy)
    stiffness = np.zeros_like(compliance)
    stiffness[good] = symmetric(np.linalg.inv(compliance[good]))
    return stiffness, good
