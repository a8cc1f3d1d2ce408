"""Random pairs of orthotropic phases for elastic training data (physics notes, section Data).

Young's moduli are spread over two decades, with any two within one decade of each other. The phases' contrast goes from
1e-3 to 1e3. Shear moduli and Poisson's ratios are drawn so that nearly incompressible phases occur, because a plastic
matrix looks like that to the network later. A share of the pairs can be made to yield: their phase 1 has the tangent of
a flowing J2 material, soft along one direction of strain alone (docs/accuracy.md).
"""

import numpy as np
from scipy.stats import qmc

from laminet.errors import InputError
from laminet.materials.settings import SampleCount
from laminet.materials.settings import Sampling as Sampling
from laminet.materials.stiffness import isotropic_stiffness, symmetric
from laminet.settings import Seed, check

PER_PHASE = 9  # three Young's moduli, three shear moduli, three Poisson ratios
BATCH = 2**14  # candidates drawn at a time; part of what fixes the samples of a seed
YIELDING_POISSON = (0.25, 0.45)  # of a phase that yields
LEAST_SOFTNESS = 1e-3  # of its stiffness along the direction of flow, relative to the elastic one


def sample_phases(count: int, seed: int, stream: int, sampling: Sampling, phases: int = 2) -> tuple[np.ndarray, ...]:
    """The first `count` accepted pairs of phases of a stream: more pairs extend fewer, they never change them.

    Of more phases than two, each but the first has a contrast of its own to the first.

    Args:
        count: number of pairs, or tuples.
        seed: of the study.
        stream: 0 for training, 1 for validation: independent of each other.
        sampling: the distribution.
        phases: number of phases.

    Returns:
        Stiffness of phases 1, 2, ..., each (count, 6, 6), Mandel, GPa, aligned with the RVE's axes.

    Raises:
        InputError: a count or seed out of range, or a distribution that rejects nearly everything.
    """
    check(Seed, seed, "sampling: seed")
    check(SampleCount, count, "sampling: samples")
    rng = np.random.default_rng([seed, stream])
    dimensions = phases * PER_PHASE + phases - 1  # and the contrasts
    engine: qmc.QMCEngine = qmc.Sobol(dimensions, scramble=True, rng=rng)
    batches: list[tuple[np.ndarray, np.ndarray]] = []
    accepted = drawn = 0
    while accepted < count or not batches:
        if drawn >= 16 * BATCH and accepted < 1e-4 * drawn:
            raise InputError(f"sampling: {accepted} of {drawn} candidates accepted; widen poisson or anisotropy")
        if sampling.sequence == "latin_hypercube":
            engine = qmc.LatinHypercube(dimensions, rng=rng)  # each batch is one of its own
        unit = engine.random(BATCH)
        drawn += BATCH
        parts = (unit[:, k * PER_PHASE : (k + 1) * PER_PHASE] for k in range(phases))
        stiffness, good = (np.stack(each, axis=1) for each in zip(*(_phase(part, sampling) for part in parts)))
        every = good.all(axis=1)
        batches.append((stiffness[every], unit[every]))
        accepted += int(every.sum())
    stiffness, unit = (np.concatenate(arrays)[:count] for arrays in zip(*batches, strict=True))
    contrast = 10.0 ** (sampling.contrast * (2.0 * unit[:, phases * PER_PHASE :] - 1.0))
    number = np.arange(count)
    yields = np.floor((number + 1) * sampling.yielding) > np.floor(number * sampling.yielding)
    stiffness[yields, 0] = _yielding(unit[yields, :PER_PHASE])
    contrast[yields] = np.maximum(contrast[yields], 1.0 / contrast[yields])
    return stiffness[:, 0], *(contrast[:, k - 1, None, None] * stiffness[:, k] for k in range(1, phases))


def _yielding(unit: np.ndarray) -> np.ndarray:
    """Tangents (n, 6, 6) of flowing J2 materials with E = 1 from uniforms (n, 9).

    The tangent is C - 2 G (1 - s) n n^T. The direction of flow n is deviatoric, with |n| = 1, and s = H / (3 G + H) for
    the hardening modulus H. A quarter flows in each of the three shears, a quarter along normal strains: all remain
    orthotropic. Only the uniforms of the shear moduli count: acceptance of a candidate does not depend on them.
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
