"""Where a network begins to flow under uniaxial stress: its first leaf, and a plastic strain that a test would show."""

from collections.abc import Sequence

import numpy as np

from laminet import mandel
from laminet.errors import InputError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Target
from laminet.loading.paths import CASES, uniaxial
from laminet.loading.settings import TESTED_STRAIN
from laminet.materials.laws import Law
from laminet.materials.library import Composite
from laminet.network.homogenize import homogenize
from laminet.online import evaluation
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

SMALLEST, LARGEST = 1e-12, 1e12
"""Stresses between which a first flow is sought, GPa."""

BISECTIONS = 60
STEPS = 200
"""Of each path on which the offset stress is sought."""


def onset(network: NetworkParameters, composite: Composite) -> np.ndarray:
    """Driven tensor stress (6,) by CASES at which the first leaf flows, GPa; NaN where none ever does.

    Up to there the network is elastic, so its leaves have strains in proportion to the stress.

    Raises:
        InputError: the network has another number of phases.
        DeadNetworkError: no leaf is active.
    """
    system = scheme("newton_condensed", network, composite)
    virgin, zero = system.points.virgin(), np.zeros((len(system.points), 6))
    free = np.zeros(6, dtype=bool)

    def flows(strain: np.ndarray) -> bool:
        return bool((system.points.over(1.0).update(strain, virgin)[2] != virgin).any())

    def first(case: str) -> float:
        stress = np.zeros(6)
        stress[mandel.INDEX[case]] = mandel.FACTOR[mandel.INDEX[case]]
        _, strain = system.solver.solve(system.points.stiffness, zero, Target(free, np.zeros(6), stress))
        low, high = SMALLEST, LARGEST
        if flows(low * strain) or not flows(high * strain):
            return np.nan
        for _ in range(BISECTIONS):
            middle = np.sqrt(low * high)
            low, high = (low, middle) if flows(middle * strain) else (middle, high)
        return float(low)

    if all(law.linear for law in system.points.laws):
        return np.full(len(CASES), np.nan)
    return np.array([first(case) for case in CASES])


def offset_stress(network: NetworkParameters, composite: Composite, offset: float) -> np.ndarray:
    """Driven tensor stress (6,) by CASES at which the plastic strain is `offset`, GPa.

    The plastic strain is the driven strain less stress over modulus; under shear it is the engineering strain. NaN
    where it is not reached within TESTED_STRAIN, or where the network does not converge.

    Raises:
        InputError: the network has another number of phases.
        DeadNetworkError: no leaf is active.
    """
    laws = composite.laws_of(network.phases, "network")
    limit, amplitude = np.full(len(CASES), np.nan), 2.0 * offset
    if all(law.linear for law in laws):
        return limit
    compliance = np.linalg.inv(homogenize(network, *(law.stiffness for law in laws)))
    while np.isnan(limit).any() and amplitude < TESTED_STRAIN:
        amplitude = min(2.0 * amplitude, TESTED_STRAIN)
        paths = [[uniaxial(case, "stress", STEPS, amplitude) for case in CASES]]
        curves = evaluation.evaluate(network, "newton_condensed", [composite], paths, _settings(laws))
        curves = curves.isel(scheme=0, composite=0, control=0).transpose("load_case", "step", "component")
        for k, case in enumerate(CASES):
            at = mandel.INDEX[case]
            strain, stress = curves["strain"].values[k, :, at], curves["stress"].values[k, :, at]
            if np.isnan(limit[k]) and curves["converged"].values[k].all():
                # A Mandel component times its factor is the engineering strain, over its factor the tensor's stress.
                plastic = (strain - compliance[at, at] * stress) * mandel.FACTOR[at]
                limit[k] = _first(plastic, stress / mandel.FACTOR[at], offset)
    return limit


def _settings(laws: Sequence[Law]) -> OnlineSettings:
    """Of an evaluation: compiled, but for laws that exist in Python only."""
    try:
        _ = [law.native() for law in laws]
    except InputError:
        return OnlineSettings(backend="numpy")
    return OnlineSettings()


def _first(plastic: np.ndarray, stress: np.ndarray, offset: float) -> float:
    """Stress (step,) where the plastic strain (step,) first reaches `offset`; NaN if nowhere."""
    beyond = np.flatnonzero(plastic >= offset)
    if not beyond.size:
        return np.nan
    step = slice(beyond[0] - 1, beyond[0] + 1)
    return float(np.interp(offset, plastic[step], stress[step]))
