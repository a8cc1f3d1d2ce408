"""What can be noticed of elastic data that are admissible, but hardly what was meant.

Symmetry and positive definiteness hold in every notation, order and unit. Other things do not. The shear modulus of an
isotropic plane follows from its normal stiffnesses. Tension makes solids narrower. A composite lies between Voigt's and
Reuss's bounds. No solid is much stiffer than diamond. No validation sample is also a training sample.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, warn
from laminet.files.conventions import NOTATIONS, ORDERS
from laminet.files.elastic import SPLITS, phase_names
from laminet.files.settings import OURS, ImportSettings, Quantity
from laminet.materials.stiffness import strange_modulus, symmetric

SAME = 2e-3  # relative: entries that symmetry makes equal, in data with four digits
REPEATED = 1e-5  # relative distance of phases
BOUND_TOLERANCE = 1e-3  # relative, of a strain energy
FRACTIONS = np.linspace(0.0, 1.0, 51)  # tried where the volume fraction is unknown
BOUND_SAMPLES = 500  # looked at then

TOOLS = {order: [tool for tool in ORDERS if ORDERS[tool] == order] for order in ORDERS.values()}
"""Orders in use, and by whom."""

AXIS, FIRST, SECOND = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])
"""Every axis and the two that are normal to it."""

SHEAR_FACTORS = {notation: 2.0 ** (0.5 * sum(powers)) for notation, powers in NOTATIONS.items()}
"""What makes shear entries of a notation those of Mandel's."""


def look(dataset: xr.Dataset, where: Path | str, how: ImportSettings = OURS) -> None:
    """Warn of everything that is probably wrong with elastic data.

    Args:
        dataset: by the elastic contract; the composite may be missing.
        where: names the data in messages.
        how: the data were read.

    Raises:
        InputError: as `bounds_warning`.

    Warns:
        LaminetWarning: shear entries of another notation or order, moduli of another unit, a composite outside its
            bounds, compliances in place of stiffnesses, or validation samples that repeat training samples.
    """
    texts = [*convention_warnings(dataset, how), quantity_warning(dataset, how), unit_warning(dataset)]
    texts.append(repetition_warning(dataset))
    if "stiffness" in dataset:
        texts.append(bounds_warning(dataset, how.volume_fraction))
    for text in filter(None, texts):
        warn(f"{where}: {text}")


def convention_warnings(dataset: xr.Dataset, how: ImportSettings) -> Iterator[str]:
    """Which other notation or order would make stiffnesses isotropic or transversely isotropic that are not as read.

    Of samples whose normal entries are symmetric about an axis, more than half must become so. Cubic, orthotropic and
    less symmetric materials tell nothing.
    """
    named = list(
        zip(phase_names(dataset.sizes["phase"]), dataset["stiffness_phase"].values.swapaxes(0, 1), strict=True)
    )
    named += [("stiffness", dataset["stiffness"].values)] if "stiffness" in dataset else []
    fitting: dict[str, list[str]] = {}
    for name, matrices in named:
        symmetric_about_any = _axes(matrices).any(axis=1)
        count, remedy = _better(matrices[symmetric_about_any], how)
        if 2 * count > int(symmetric_about_any.sum()):
            fitting.setdefault(remedy, []).append(f"{name} ({count} of {len(matrices)} samples)")
    for remedy, names in fitting.items():
        yield (
            f"{', '.join(names)}: isotropic or transversely isotropic if the data have {remedy}, but not as they were "
            f"read (notation {how.notation}, order {','.join(how.order)})"
        )


def _better(matrices: np.ndarray, how: ImportSettings) -> tuple[int, str]:
    """How many matrices (n, 6, 6) another convention makes transversely isotropic, and which: the nearest of the best.

    A permutation of the shear components says where each is found; a factor multiplies their entries.
    """
    matrices = matrices[~_transversely_isotropic(matrices)]
    counts: dict[tuple[tuple[int, ...], float], int] = {}
    for shears, factor in product(permutations((3, 4, 5)), (1.0, 0.5, 2.0)):  # from what was read on
        scale, index = np.array([1.0, 1.0, 1.0, *3 * [np.sqrt(factor)]]), [0, 1, 2, *shears]
        changed = np.outer(scale, scale) * matrices[:, index][:, :, index]
        counts[shears, factor] = int(_transversely_isotropic(changed).sum())
    most = max(counts.values())
    best = [convention for convention, count in counts.items() if count == most]
    shears, factor = best[0]
    parts = []
    if factor != 1.0:
        due = factor * SHEAR_FACTORS[how.notation]
        named = " or ".join(notation for notation, value in SHEAR_FACTORS.items() if value == due)
        parts.append(f"notation {named}" if named else f"shear entries {factor:g} times as large")
    if shears != (3, 4, 5):
        candidates = [_order(other, how.order) for other, same in best if same == factor]
        known = {",".join(order): f" ({', '.join(tools)})" for order, tools in TOOLS.items() if order in candidates}
        known = known or {",".join(candidates[0]): ""}
        parts.append("order " + " or ".join(f"{order}{tools}" for order, tools in known.items()))
    return most, " and ".join(parts)


def _order(shears: Sequence[int], order: Sequence[str]) -> tuple[str, ...]:
    """The order of data read in `order` in which component c is what was read as component (0, 1, 2, *shears)[c]."""
    index = [0, 1, 2, *shears]
    return tuple(mandel.COMPONENTS[index.index(mandel.INDEX[component])] for component in order)


def _axes(matrices: np.ndarray) -> Any:
    """About which axes k (n, 3) the normal entries of (n, 6, 6) are symmetric; none where shear is coupled."""
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    coupled = np.abs(matrices) > SAME * np.sqrt(diagonal[:, :, None] * diagonal[:, None, :])
    coupled[:, :3, :3] = False
    free = ~(coupled & ~np.eye(6, dtype=bool)).any(axis=(1, 2))
    normal, size = matrices[:, :3, :3], SAME * diagonal[:, FIRST]
    equal = np.abs(diagonal[:, FIRST] - diagonal[:, SECOND]) <= size
    return free[:, None] & equal & (np.abs(normal[:, FIRST, AXIS] - normal[:, SECOND, AXIS]) <= size)


def _transversely_isotropic(matrices: np.ndarray) -> Any:
    """Which of (n, 6, 6) are so about an axis k: C_pp = C_ii - C_ij in the plane ij, the other shears equal."""
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    plane = diagonal[:, 3 + AXIS]  # component 23, 13, 12 lies in the plane normal to axis 1, 2, 3
    due = 0.5 * (diagonal[:, FIRST] + diagonal[:, SECOND]) - matrices[:, FIRST, SECOND]
    others = np.abs(diagonal[:, 3 + FIRST] - diagonal[:, 3 + SECOND]) <= SAME * diagonal[:, 3 + FIRST]
    return (_axes(matrices) & others & (np.abs(plane - due) <= SAME * plane)).any(axis=1)


def quantity_warning(dataset: xr.Dataset, how: ImportSettings = OURS) -> str | None:
    """Whether matrices are stiffnesses where compliances were meant, or the other way round.

    Tension makes nearly every solid narrower. So its stiffness couples the normal components with a positive sign, and
    its compliance with a negative one. More than half of the samples of a phase must have all three signs wrong.
    """
    if not dataset.sizes["sample"]:
        return None
    phases = dataset["stiffness_phase"].values
    diagonal = np.diagonal(phases, axis1=-2, axis2=-1)
    size = SAME * np.sqrt(diagonal[..., FIRST] * diagonal[..., SECOND])  # smaller entries are rounding
    wrong = (phases[..., FIRST, SECOND] < -size).all(axis=-1).mean(axis=0) > 0.5
    names = [name for name, one in zip(phase_names(len(wrong), how.quantity), wrong, strict=True) if one]
    if not names:
        return None
    (other,) = set(get_args(Quantity)) - {how.quantity}
    ratios = f"{', '.join(names)}: read as {how.quantity}, all Poisson's ratios are negative in more than half of the"
    return f"{ratios} samples; check the quantity: is this the {other}?"


def unit_warning(dataset: xr.Dataset) -> str | None:
    """Whether a phase is stiffer than any solid, or all are softer: the median of their largest entries counts."""
    if not dataset.sizes["sample"]:
        return None
    largest = np.median(np.abs(dataset["stiffness_phase"].values).max(axis=(2, 3)), axis=0)
    if not (limit := strange_modulus(largest.max())):
        return None
    stiffest = phase_names(len(largest))[largest.argmax()]
    return f"{stiffest} has moduli of {largest.max():.2g} GPa, {limit} GPa: is the unit right?"


def repetition_warning(dataset: xr.Dataset) -> str | None:
    """Which validation samples have the phases of a training sample, but for rounding and a factor common to both.

    Stiffness is homogeneous: such a factor changes no relative error.
    """
    flat = dataset["stiffness_phase"].values.reshape(dataset.sizes["sample"], -1, 36)
    norms = np.linalg.norm(flat, axis=2)
    phases = np.hstack([(flat / norms[:, :, None]).reshape(len(flat), -1), np.log(norms[:, 1:] / norms[:, :1])])
    train, validation = (np.flatnonzero(dataset["split"].values == split) for split in SPLITS)
    if not len(train) or not len(validation):
        return None
    from scipy.spatial import KDTree  # here, because the many short trainings of a study do without SciPy

    distance, nearest = KDTree(phases[train]).query(phases[validation], distance_upper_bound=REPEATED)
    repeated = np.isfinite(distance)
    if not repeated.any():
        return None
    number, first = dataset["sample"].values, int(np.argmax(repeated))
    return (
        f"{int(repeated.sum())} of {len(validation)} validation samples repeat training samples (sample "
        f"{number[validation[first]]} has the phases of {number[train[nearest[first]]]}): their errors say nothing of "
        "other samples; leave repeated samples out"
    )


def bounds_warning(dataset: xr.Dataset, volume_fraction: float | Sequence[float] | None = None) -> str | None:
    """What is wrong with the stiffnesses by the bounds of Voigt and Reuss, None if nothing is.

    Every stiffness must lie between both, by its strain energy, at the volume fractions of the phases. Where that of
    phase 2 of two is not given, the one counts which most of (up to 500) samples allow; of more phases all must be
    given, or nothing is looked at.

    Raises:
        InputError: volume fractions that do not fit the phases.
    """
    phases, stiffness = dataset["stiffness_phase"].values, dataset["stiffness"].values
    if volume_fraction is None:
        if phases.shape[1] > 2:
            return None
        phases, stiffness = phases[:BOUND_SAMPLES], stiffness[:BOUND_SAMPLES]
        tried: list[tuple[float, ...]] = [(1.0 - second, second) for second in FRACTIONS.tolist()]
    else:
        tried = [_fractions(volume_fraction, phases.shape[1])]
    outside = [violations(phases.swapaxes(0, 1), stiffness, fractions) for fractions in tried]
    fractions, beyond = min(zip(tried, outside, strict=True), key=lambda pair: int(pair[1].sum()))
    if not beyond.any():
        return None
    listed = ", ".join(f"{fraction:.2f}" for fraction in fractions)
    at = f"volume fraction {fractions[1]:.2f} of phase 2" if len(fractions) == 2 else f"volume fractions {listed}"
    at += ", which fits best" if volume_fraction is None else ""
    first = int(dataset["sample"].values[np.argmax(beyond)])
    return (
        f"{int(beyond.sum())} of {beyond.size} samples lie outside the bounds of Voigt and Reuss at {at} (sample "
        f"{first} is the first); check the order of the phases, the notation, the component order and the unit"
    )


def _fractions(given: float | Sequence[float], phases: int) -> tuple[float, ...]:
    """Volume fractions of all phases, from that of phase 2 of two, or from all of them."""
    listed = np.ravel(given).tolist()
    if len(listed) == 1 and phases == 2:
        return 1.0 - listed[0], listed[0]
    if len(listed) != phases or abs(sum(listed) - 1.0) > SAME:
        shown = ", ".join(f"{value:g}" for value in listed)
        raise InputError(f"volume fractions are {shown}; give one for each of {phases} phases, 1 in all")
    return tuple(listed)


def violations(phases: Iterable[np.ndarray], stiffness: np.ndarray, fractions: Sequence[float]) -> np.ndarray:
    """Which samples (n,) are stiffer than Voigt's bound or softer than Reuss's by more than a thousandth."""

    def exceeds(value: np.ndarray, parts: Iterable[np.ndarray]) -> Any:
        bound = sum(fraction * part for fraction, part in zip(fractions, parts, strict=True))
        root = np.linalg.inv(np.linalg.cholesky(value))
        return np.linalg.eigvalsh(symmetric(root @ bound @ root.mT))[:, 0] < 1.0 - BOUND_TOLERANCE

    inverse, *inverses = (symmetric(np.linalg.inv(values)) for values in (stiffness, *phases))
    return np.asarray(exceeds(stiffness, phases) | exceeds(inverse, inverses))
