"""Linear elasticity: stiffnesses from engineering constants, and the check every stiffness passes on its way in."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from laminet.errors import InputError, warn

PAIRS = ((0, 1), (0, 2), (1, 2))
"""Axes i, j of the engineering constants: 12, 13, 23."""

CONVENTION = "the convention is S_ij = -nu_ij / E_i"
"""Of Poisson's ratios: nu_ij is the contraction along j over the stretch along i, under a load along i."""

LIKELY_RATIO = 0.6
"""Poisson's ratios above are rare: isotropy allows 0.5; some woods, laminates and fibres have more."""

STIFFEST, SOFTEST = 1e4, 1e-6
"""Young's moduli of a solid in GPa: ten times diamond's, and a kilopascal."""

LEAST_DIFFERENCE = 1.1
"""Of nu_ij and nu_ji: where they differ by less, one given for the other hardly changes the stiffness."""

LIKELY_SHEAR = 1e-3, 2.0
"""G_ij / sqrt(E_i E_j): of woods and foams 0.005 at least, of isotropic materials 1 at most, but for strange ratios."""

PORE = "for a pore take 1e-6 of the other phase's"


def orthotropic_stiffness(
    E11: ArrayLike,
    E22: ArrayLike,
    E33: ArrayLike,
    G12: ArrayLike,
    G13: ArrayLike,
    G23: ArrayLike,
    nu12: ArrayLike,
    nu13: ArrayLike,
    nu23: ArrayLike,
) -> np.ndarray:
    """Stiffness (..., 6, 6), Mandel, of engineering constants in GPa, read as S_ij = -nu_ij / E_i (i < j).

    Raises:
        InputError: a modulus that is not positive, or ratios that do not give a positive definite stiffness, by name.
    """
    check_positive({"E11": E11, "E22": E22, "E33": E33, "G12": G12, "G13": G13, "G23": G23}, PORE)
    _check_ratios((E11, E22, E33), (nu12, nu13, nu23))
    diagonal = [1.0 / np.asarray(E) for E in (E11, E22, E33)]
    diagonal += [0.5 / np.asarray(G) for G in (G23, G13, G12)]  # the Mandel shear strain is sigma_mandel / (2 G)
    off_diagonal = [-np.asarray(nu) / E for nu, E in ((nu12, E11), (nu13, E11), (nu23, E22))]
    entries = np.stack(np.broadcast_arrays(*diagonal, *off_diagonal), axis=-1)
    compliance = entries[..., :6, None] * np.eye(6)
    for k, (i, j) in enumerate(PAIRS, 6):
        compliance[..., i, j] = compliance[..., j, i] = entries[..., k]
    check_stiffness(compliance, "compliance of the engineering constants")
    return symmetric(np.linalg.inv(compliance))


def isotropic_stiffness(young: ArrayLike, poisson: ArrayLike) -> np.ndarray:
    """Stiffness (..., 6, 6), Mandel, of Young's modulus in GPa and Poisson's ratio.

    Raises:
        InputError: Young's modulus is not positive, or Poisson's ratio does not lie between -1 and 0.5.
    """
    check_positive({"young": young}, PORE)
    ratios = np.atleast_1d(poisson)
    if (wrong := ratios[~((ratios > -1.0) & (ratios < 0.5))]).size:
        raise InputError(f"poisson is {wrong[0]}; it must lie between -1 and 0.5; {CONVENTION}")
    shear = np.asarray(young) / (2.0 * (1.0 + np.asarray(poisson)))
    return orthotropic_stiffness(young, young, young, shear, shear, shear, poisson, poisson, poisson)


def transversely_isotropic_stiffness(
    axis: int, E_axial: float, E_transverse: float, nu_axial: float, nu_transverse: float, G_axial: float
) -> np.ndarray:
    """Stiffness (6, 6), Mandel, of a material that is isotropic across an axis.

    Args:
        axis: 1, 2 or 3.
        E_axial: Young's modulus along the axis, GPa.
        E_transverse: that across it, GPa.
        nu_axial: contraction across the axis over the stretch along it, under a load along it.
        nu_transverse: contraction over stretch, both across the axis. The shear modulus across it follows,
            E_transverse / (2 (1 + nu_transverse)).
        G_axial: shear modulus between the axis and a direction across it, GPa.

    Raises:
        InputError: another axis, a modulus that is not positive, or ratios that do not give a positive definite
            stiffness, by name.
    """
    if axis not in (1, 2, 3):
        raise InputError(f"axis is {axis}; it must be 1, 2 or 3")
    check_positive({"E_axial": E_axial, "E_transverse": E_transverse, "G_axial": G_axial}, PORE)
    if not -1.0 < nu_transverse < 1.0:
        raise InputError(f"nu_transverse is {nu_transverse}; it must lie between -1 and 1; {CONVENTION}")
    largest = float(np.sqrt(0.5 * (1.0 - nu_transverse) * E_axial / E_transverse))
    if not abs(nu_axial) < largest:
        limits = f"it must lie between {-largest:.4g} and {largest:.4g} for these moduli and nu_transverse"
        raise InputError(f"nu_axial is {nu_axial}; {limits}; {CONVENTION}, with i along the axis and j across it")
    young, shear, ratio = [E_transverse] * 3, [], []
    young[axis - 1] = E_axial
    for i, j in PAIRS:
        if axis - 1 not in (i, j):
            ratio.append(nu_transverse)
            shear.append(0.5 * E_transverse / (1.0 + nu_transverse))
            continue
        ratio.append(nu_axial if axis - 1 == i else nu_axial * E_transverse / E_axial)
        shear.append(G_axial)
    return orthotropic_stiffness(*young, *shear, *ratio)


CONSTANTS = ("E11", "E22", "E33", "G12", "G13", "G23", "nu12", "nu13", "nu23")
"""The engineering constants in the order of `orthotropic_stiffness`; nu_ij is -eps_j / eps_i under stress sigma_i."""


def engineering_constants(stiffness: np.ndarray) -> np.ndarray:
    """The constants (..., 9) by CONSTANTS of stiffnesses (..., 6, 6), Mandel; moduli in their unit.

    They are what tests under one stress at a time would measure, whether or not the material is orthotropic.
    """
    compliance = np.linalg.inv(stiffness)
    diagonal = np.diagonal(compliance, axis1=-2, axis2=-1)
    ratios = [-compliance[..., i, j] / diagonal[..., i] for i, j in PAIRS]
    return np.stack(
        [*np.moveaxis(1.0 / diagonal[..., :3], -1, 0), *(0.5 / diagonal[..., k] for k in (5, 4, 3)), *ratios], -1
    )


def coupling(stiffness: np.ndarray) -> np.ndarray:
    """Share (...) of stiffnesses (..., 6, 6), Mandel, that their engineering constants leave out, by Frobenius norms.

    Zero where the material is orthotropic along the axes.
    """
    compliance = np.linalg.inv(stiffness)
    kept = np.eye(6, dtype=bool)
    kept[:3, :3] = True
    left_out = stiffness - np.linalg.inv(np.where(kept, compliance, 0.0))
    return np.asarray(np.linalg.norm(left_out, axis=(-2, -1)) / np.linalg.norm(stiffness, axis=(-2, -1)))


def young_moduli(stiffness: np.ndarray) -> np.ndarray:
    """Young's moduli (..., 3) along the axes, of stiffnesses (..., 6, 6) and in their unit."""
    return 1.0 / np.diagonal(np.linalg.inv(stiffness), axis1=-2, axis2=-1)[..., :3]


def mean_modulus(stiffness: np.ndarray) -> np.ndarray:
    """Geometric mean (...) of the eigenvalues of stiffnesses (..., 6, 6), in their unit."""
    return np.asarray(np.exp(np.log(np.linalg.eigvalsh(stiffness)).mean(axis=-1)))


def contrast(phases: np.ndarray) -> np.ndarray:
    """Logarithm (...) to the base of ten of the mean modulus of phase 2 over that of phase 1, of (..., P, 6, 6).

    Of more than two phases it is that of the stiffest over the softest.
    """
    moduli = np.log10(mean_modulus(phases))
    return np.asarray(moduli[..., 1] - moduli[..., 0] if moduli.shape[-1] == 2 else np.ptp(moduli, axis=-1))


def strange_modulus(modulus: float) -> str | None:
    """Which limit of solids' moduli [GPa] a modulus is beyond, None where it is beyond none."""
    if modulus > STIFFEST:
        return f"above {STIFFEST:g}"
    return f"below {SOFTEST:g}" if modulus < SOFTEST else None


def check_positive(values: Mapping[str, ArrayLike], at_zero: str) -> None:
    """Check that moduli or yield stresses are positive and those of some material.

    Args:
        values: by their names, which the message gives.
        at_zero: the remedy for a value of exactly zero.

    Raises:
        InputError: the first that is not.
    """
    for name, given in values.items():
        numbers = np.atleast_1d(given)
        if (wrong := numbers[~(numbers > 0.0)]).size:
            raise InputError(f"{name} is {wrong[0]}; it must be positive" + f"; {at_zero}" * bool(wrong[0] == 0.0))
        if (wrong := numbers[~((numbers >= 1e-30) & (numbers <= 1e30))]).size:
            raise InputError(f"{name} is {wrong[0]}; it must lie between 1e-30 and 1e30")


def unlikely_ratio(young: Sequence[float], ratio: Sequence[float]) -> str | None:
    """What looks like a Poisson's ratio of the other convention, nu_ji given as nu_ij; None if nothing does.

    It is a pair of which one is above 0.6 and differs from the other. Axes with equal moduli are left alone however
    large their ratio: there both conventions agree, and carbon fibres have 0.67 across (Table 2 of the paper).

    Args:
        young: E11, E22, E33 in GPa.
        ratio: nu12, nu13, nu23.
    """
    for (i, j), given in zip(PAIRS, ratio, strict=True):
        implied = given * young[j] / young[i]
        low, high = sorted((abs(given), abs(implied)))
        if high <= LIKELY_RATIO or high <= LEAST_DIFFERENCE * low:
            continue
        a, b = i + 1, j + 1
        doubt = (
            f"{_implication(i, j, young, given)}; a ratio above {LIKELY_RATIO} is rare; "
            f"the convention is S_{a}{b} = -nu{a}{b} / E{a}{a}"
        )
        if young[j] <= young[i]:  # the other convention would give a still larger ratio
            return doubt
        meant = given * young[i] / young[j]
        return f"{doubt}: if {given:.4g} is your nu{b}{a}, give nu{a}{b} = nu{b}{a} E{a}{a} / E{b}{b} = {meant:.4g}"
    return None


def unlikely_axial(E_axial: float, E_transverse: float, nu_axial: float, G_axial: float) -> str | None:
    """As `unlikely_ratio` and `unlikely_shear`, of a material that is isotropic across an axis; moduli in GPa."""
    implied = nu_axial * E_transverse / E_axial
    low, high = sorted((abs(nu_axial), abs(implied)))
    if high <= LIKELY_RATIO or high <= LEAST_DIFFERENCE * low:
        return _strange_shear("G_axial", G_axial, "E_axial E_transverse", E_axial * E_transverse)
    return (
        f"nu_axial = {nu_axial:.4g} implies nu_axial E_transverse / E_axial = {implied:.4g} under a load across the "
        f"axis; a ratio above {LIKELY_RATIO} is rare; {CONVENTION}, with i along the axis and j across it"
    )


def unlikely_shear(young: Sequence[float], shear: Sequence[float]) -> str | None:
    """What is strange about shear moduli compared with Young's moduli, such as another unit; None if nothing is.

    Args:
        young: E11, E22, E33 in GPa.
        shear: G12, G13, G23 in GPa.
    """
    for (i, j), given in zip(PAIRS, shear, strict=True):
        a, b = i + 1, j + 1
        if doubt := _strange_shear(f"G{a}{b}", given, f"E{a}{a} E{b}{b}", young[i] * young[j]):
            return doubt
    return None


def _strange_shear(name: str, shear: float, moduli: str, product: float) -> str | None:
    low, high = LIKELY_SHEAR
    share = shear / float(np.sqrt(product))
    strange = f"{name} = {shear:.4g} is {share:.2g} of sqrt({moduli}): are all moduli in GPa?"
    return None if low <= share <= high else strange


def _check_ratios(E: Sequence[ArrayLike], nu: Sequence[ArrayLike]) -> None:
    """Check that Poisson's ratios fit positive moduli: the compliance of the normal components is positive definite.

    Scaled to a unit diagonal its entries are -nu_ij sqrt(E_j / E_i), of which the squares are nu_ij nu_ji.

    Raises:
        InputError: they do not, naming them, the convention and what they imply.
    """
    constants = np.stack(np.broadcast_arrays(*E, *nu), axis=-1).astype(float).reshape(-1, 6)
    first, second = np.transpose(PAIRS)
    entries = constants[:, 3:] * np.sqrt(constants[:, second] / constants[:, first])
    determinant = 1.0 - (entries**2).sum(axis=1) - 2.0 * entries.prod(axis=1)
    wrong = ~((entries**2 < 1.0).all(axis=1) & (determinant > 0.0))
    if not wrong.any():
        return
    young, ratio = (part.tolist() for part in np.split(constants[np.argmax(wrong)], 2))
    implied = "; ".join(_implication(i, j, young, given) for (i, j), given in zip(PAIRS, ratio, strict=True))
    reason = unlikely_ratio(young, ratio) or f"{implied}; {CONVENTION}"
    raise InputError(f"the constants give no positive definite stiffness: {reason}")


def _implication(i: int, j: int, young: Sequence[float], given: float) -> str:
    a, b = i + 1, j + 1
    return f"nu{a}{b} = {given:.4g} implies nu{b}{a} = nu{a}{b} E{b}{b} / E{a}{a} = {given * young[j] / young[i]:.4g}"


def symmetric(matrix: np.ndarray) -> np.ndarray:
    """Symmetric part of (..., n, n)."""
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


LARGEST = 1e100
"""Stiffnesses above are no material's in any unit, and their squares would be infinite."""

ROUNDING, NOISE = 1e-6, 1e-3
"""Asymmetry, relative to the largest entry of a matrix: up to the first unmentioned, up to the second a warning."""


def check_stiffness(stiffness: np.ndarray, where: str, quantity: str = "stiffness") -> np.ndarray:
    """Check that every matrix of (..., 6, 6) is finite, symmetric but for noise, and positive definite.

    Args:
        stiffness: Mandel, any unit.
        where: file and variable, for the message.
        quantity: what the message calls a matrix, "stiffness" or "compliance".

    Returns:
        The symmetric parts, (..., 6, 6): what is to be computed with.

    Raises:
        InputError: wrong shape, or a matrix that fails, by its index.

    Warns:
        LaminetWarning: asymmetry above `ROUNDING` that is at most `NOISE`.
    """
    stiffness = np.asarray(stiffness)
    if stiffness.shape[-2:] != (6, 6) or not np.issubdtype(stiffness.dtype, np.floating):
        raise InputError(f"{where}: shape {stiffness.shape}, {stiffness.dtype}; expected real 6 x 6 matrices")
    matrices = stiffness.reshape(-1, 6, 6)

    def place(number: int) -> str:
        index = tuple(map(int, np.unravel_index(number, stiffness.shape[:-2])))
        return "" if not index else f" at sample {index[0] if len(index) == 1 else index}"

    def fail(bad: np.ndarray, what: str, remedy: str = "remove or correct it") -> None:
        if bad.any():
            raise InputError(f"{where}: {what}{place(int(np.argmax(bad)))} ({int(bad.sum())} in all); {remedy}")

    fail(~np.isfinite(matrices).all(axis=(1, 2)), f"NaN or infinite {quantity}")
    scale = np.abs(matrices).max(axis=(1, 2))
    fail(scale > LARGEST, f"{quantity} above {LARGEST:g}")
    zero = (np.diagonal(matrices, axis1=1, axis2=2) == 0.0).any(axis=1)
    extreme = {"stiffness": "a pore or a fluid", "compliance": "a rigid phase"}[quantity]
    remedy = f"give {extreme} about 1e-6 of the other phase's {quantity}"
    fail(zero, f"{quantity} with a zero on its diagonal", remedy)
    asymmetry = np.abs(matrices - np.swapaxes(matrices, 1, 2)).max(axis=(1, 2)) / scale
    if (noisy := asymmetry > ROUNDING).any():
        worst = int(np.argmax(asymmetry))
        size = f"{place(worst)} by {asymmetry[worst]:.2g} of its largest entry ({int(noisy.sum())} in all)"
        if asymmetry[worst] > NOISE:
            raise InputError(f"{where}: {quantity} that is not symmetric{size}; up to {NOISE:g} is taken as noise")
        warn(f"{where}: {quantity} that is not quite symmetric{size}; its symmetric part is used")
    matrices = symmetric(matrices)
    fail(~(np.linalg.eigvalsh(matrices)[:, 0] > 1e-14 * scale), f"{quantity} that is not positive definite")
    return matrices.reshape(stiffness.shape)
