"""Elastic data from elsewhere: other notations, orders and units, checked and split into training and validation."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, check_choice
from laminet.files.elastic import SPLITS, STIFFNESSES, dataset_of
from laminet.materials.stiffness import check_stiffness, symmetric

NOTATIONS = ("mandel", "voigt")
UNITS = {"GPa": 1.0, "MPa": 1e-3, "Pa": 1e-9}
BOUND_TOLERANCE = 1e-3  # relative, of a strain energy
FRACTIONS = np.linspace(0.0, 1.0, 51)  # tried where the volume fraction is unknown
BOUND_SAMPLES = 500  # looked at then


def elastic_data(
    stiffness_1: np.ndarray,
    stiffness_2: np.ndarray,
    stiffness: np.ndarray,
    *,
    notation: str = "mandel",
    order: Sequence[str] = mandel.COMPONENTS,
    unit: str = "GPa",
    validation: float | int = 0.1,
    seed: int = 0,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = "elastic data",
) -> xr.Dataset:
    """The elastic data contract of your own stiffnesses.

    Args:
        stiffness_1: of phase 1 (matrix), (samples, 6, 6).
        stiffness_2: of phase 2 (fibre), likewise.
        stiffness: of the composite, likewise.
        notation: "mandel" (shear components times sqrt 2), or "voigt" (stresses against engineering shear strains).
        order: of the six components in rows and columns; Abaqus has ("11", "22", "33", "12", "13", "23").
        unit: "GPa", "MPa" or "Pa".
        validation: samples kept for validation: a share below 1, or a number of samples.
        seed: of their choice; training samples stay in the given order.
        split: "train" or "validation" for every sample; then `validation` and `seed` count for nothing.
        where: names the data in messages.

    Returns:
        Dataset with stiffness_1, stiffness_2, stiffness (sample, i, j), Mandel (11, 22, 33, 23, 13, 12),
        in GPa, and the coordinates split and sample (its number as given, from 0), training samples first.

    Raises:
        InputError: wrong shapes, unknown notation, order or unit, an impossible split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.
    """
    given = dict(zip(STIFFNESSES, (stiffness_1, stiffness_2, stiffness), strict=True))
    return _dataset(given, notation, order, unit, validation, seed, split, where)


def phases(
    stiffness_1: np.ndarray,
    stiffness_2: np.ndarray,
    *,
    validation: float | int = 0.1,
    seed: int = 0,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = "phases",
) -> xr.Dataset:
    """Phases that have yet to be homogenised, Mandel, GPa: as `elastic_data`, without the composite.

    Raises:
        InputError: as `elastic_data`.
    """
    given = {"stiffness_1": stiffness_1, "stiffness_2": stiffness_2}
    return _dataset(given, "mandel", mandel.COMPONENTS, "GPa", validation, seed, split, where)


def _dataset(
    given: Mapping[str, np.ndarray],
    notation: str,
    order: Sequence[str],
    unit: str,
    validation: float | int,
    seed: int,
    split: Sequence[str] | np.ndarray | None,
    where: str,
) -> xr.Dataset:
    """Named stiffnesses, converted, checked and split; see `elastic_data`."""
    arrays = {name: _converted(values, notation, order, unit, f"{where}: {name}") for name, values in given.items()}
    sizes = {name: len(values) for name, values in arrays.items()}
    count = min(sizes.values())
    if len(set(sizes.values())) > 1 or not count:
        counts = ", ".join(f"{size} of {name}" for name, size in sizes.items())
        raise InputError(f"{where}: {counts}; give the same number of each, at least two")
    for name, values in arrays.items():
        check_stiffness(values, f"{where}: {name}")
    chosen = _chosen(count, validation, seed, where) if split is None else _named_split(split, count, where)
    place = np.argsort(chosen, kind="stable")  # training samples first
    return dataset_of(
        {name: symmetric(values[place]) for name, values in arrays.items()},
        np.array(SPLITS)[chosen[place].astype(int)],
        place,
    )


def _converted(values: np.ndarray, notation: str, order: Sequence[str], unit: str, where: str) -> np.ndarray:
    """(samples, 6, 6) in our notation, order and unit."""
    try:
        values = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: holds what is not a number") from error
    if values.ndim != 3 or values.shape[1:] != (6, 6):
        raise InputError(f"{where}: has the shape {values.shape}; needed is (samples, 6, 6)")
    check_choice(notation, NOTATIONS, f"{where}: notation")
    check_choice(unit, UNITS, f"{where}: unit")
    place = [mandel.INDEX.get(component, -1) for component in order]
    if sorted(place) != list(range(6)):
        raise InputError(f"{where}: order is {','.join(order)}; it must name 11, 22, 33, 23, 13, 12 once each")
    at = np.argsort(place)
    values = UNITS[unit] * values[:, at][:, :, at]
    return values * np.outer(mandel.FACTOR, mandel.FACTOR) if notation == "voigt" else values


def _chosen(count: int, validation: float | int, seed: int, where: str) -> np.ndarray:
    """Which samples (count,) are for validation."""
    number = round(validation * count) if 0.0 < validation < 1.0 else validation
    if number != int(number) or not 0 < number < count:
        raise InputError(
            f"{where}: validation is {validation:g} of {count} samples; give a share between 0 and 1 or a number, so "
            "that at least one sample is for validation and one for training"
        )
    chosen = np.zeros(count, dtype=bool)
    chosen[np.random.default_rng(seed).permutation(count)[: int(number)]] = True
    return chosen


def _named_split(split: Sequence[str] | np.ndarray, count: int, where: str) -> np.ndarray:
    names = np.asarray(split).astype(str)
    if names.shape != (count,):
        raise InputError(f"{where}: split has the shape {names.shape}; needed is one entry for each of {count} samples")
    unknown = sorted(set(names.tolist()) - set(SPLITS))
    if unknown or len(set(names.tolist())) < len(SPLITS):
        raise InputError(
            f"{where}: split holds {sorted(set(names.tolist()))}; needed are some of each of {list(SPLITS)}"
        )
    return names == "validation"


def bounds_warning(dataset: xr.Dataset, volume_fraction: float | None = None) -> str | None:
    """What is wrong with the stiffnesses by the bounds of Voigt and Reuss, None if nothing is.

    Every stiffness must lie between both, by its strain energy, at the volume fraction of phase 2; where that is not
    given, at the one which most of (up to 500) samples allow.

    Raises:
        InputError: a volume fraction outside 0 ... 1.
    """
    if volume_fraction is not None and not 0.0 <= volume_fraction <= 1.0:
        raise InputError(f"volume fraction is {volume_fraction:g}; it must lie between 0 and 1")
    taken = slice(None) if volume_fraction is not None else slice(BOUND_SAMPLES)
    arrays = {name: dataset[name].values[taken] for name in STIFFNESSES}
    outside = {float(f): violations(arrays, f) for f in (FRACTIONS if volume_fraction is None else [volume_fraction])}
    best = min(outside, key=lambda f: outside[f].sum())
    found = outside[best]
    if not found.any():
        return None
    at = f"volume fraction {best:.2f} of phase 2" + ("" if volume_fraction is not None else ", the best one")
    first = int(dataset["sample"].values[taken][np.argmax(found)])
    return (
        f"{int(found.sum())} of {found.size} samples lie outside the bounds of Voigt and Reuss at {at}, the first of "
        f"them sample {first}: are the phases swapped, or notation, order or unit others?"
    )


def violations(arrays: Mapping[str, np.ndarray], volume_fraction: float) -> np.ndarray:
    """Which samples (n,) are stiffer than Voigt's bound or softer than Reuss's by more than a thousandth."""
    phase_1, phase_2, stiffness = (arrays[name] for name in STIFFNESSES)

    def exceeds(value: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        bound = (1.0 - volume_fraction) * first + volume_fraction * second
        root = np.linalg.inv(np.linalg.cholesky(value))
        return np.linalg.eigvalsh(symmetric(root @ bound @ root.mT))[:, 0] < 1.0 - BOUND_TOLERANCE

    inverses = (symmetric(np.linalg.inv(values)) for values in (stiffness, phase_1, phase_2))
    return exceeds(stiffness, phase_1, phase_2) | exceeds(*inverses)
