"""One J2 material with linear hardening along uniaxial and shear paths, in closed form."""

import numpy as np

from laminet import mandel
from laminet.materials.laws import J2, Hardening

YOUNG, POISSON, INITIAL, LINEAR = 3.0, 0.3, 0.03, 0.1
SHEAR, BULK = YOUNG / (2.0 * (1.0 + POISSON)), YOUNG / (3.0 * (1.0 - 2.0 * POISSON))
YIELD_STRAIN = INITIAL / YOUNG
METAL = J2(YOUNG, POISSON, Hardening(INITIAL, LINEAR))


def pulled(strain: np.ndarray) -> np.ndarray:
    """Stress under uniaxial stress: Young's modulus, then E h / (E + h)."""
    hardened = INITIAL + YOUNG * LINEAR / (YOUNG + LINEAR) * (strain - YIELD_STRAIN)
    return np.where(strain <= YIELD_STRAIN, YOUNG * strain, hardened)


def narrowed(strain: np.ndarray) -> np.ndarray:
    """Lateral strain under uniaxial stress: Poisson's ratio of the elastic strain, half the plastic one."""
    elastic = pulled(strain) / YOUNG
    return -POISSON * elastic - 0.5 * (strain - elastic)


def mises(elastic: np.ndarray) -> np.ndarray:
    """Mises stress along a proportional path, from the elastic one: elastic - 3 G p = initial + linear p."""
    flow = np.maximum(elastic - INITIAL, 0.0) / (3.0 * SHEAR + LINEAR)
    return elastic - 3.0 * SHEAR * flow


def response(case: str, control: str, strain: np.ndarray) -> np.ndarray:
    """Stress (n, 6), Mandel, GPa, as the tensor strain (n,) of a load case grows from zero."""
    stress, driven = np.zeros((len(strain), 6)), mandel.INDEX[case]
    if driven >= 3:
        stress[:, driven] = np.sqrt(2.0) * mises(2.0 * np.sqrt(3.0) * SHEAR * strain) / np.sqrt(3.0)
    elif control == "stress":
        stress[:, driven] = pulled(strain)
    else:
        equivalent = mises(2.0 * SHEAR * strain)
        stress[:, :3] = (BULK * strain - equivalent / 3.0)[:, None]
        stress[:, driven] += equivalent
    return stress
