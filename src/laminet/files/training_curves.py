"""Stress-strain curves that networks are trained on: simulated on a cell, or measured.

A curve drives the components `loaded` by strain. Under control "strain" all other strains are zero, or given; under
control "stress" the stresses of the others are prescribed. NaN means not measured, or past the curve's end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from laminet import mandel
from laminet.errors import InputError, check_choice
from laminet.files import netcdf, shards
from laminet.files.elastic import SPLITS
from laminet.loading.settings import CONTROLS, LARGEST_STRAIN
from laminet.materials.library import Composite, composites
from laminet.yaml_files import load_yaml

VARIABLES = {
    "strain": ("curve", "step", "component"),
    "stress": ("curve", "step", "component"),
    "loaded": ("curve", "component"),
    **dict.fromkeys(("composite", "control", "split"), ("curve",)),
}
TEXT = ("composite", "control", "split", "path")
OPTIONAL = {
    "path": ("curve",),
    "converged": ("curve", "step"),
    "cpu_time": ("curve",),
    "time": ("curve", "step"),
    "estimated_error": ("curve",),
}
UNITS = {"stress": "GPa", "cpu_time": "s", "time": "s"}
MEASURED = "measured"
"""What `path` says of a curve whose strains are the path themselves."""

SHARED = {
    "cell_sha256": "another cell",
    "design_sha256": "other curves: count, seed, ranges, paths or mesh options",
    "shards": "another number of shards",
    "curves": "another number of curves",
}
"""Attributes in which shards of one set agree, and what it means where they do not."""

MOST_CURVES = 10**6
FLAT = 1e-12  # strains and prescribed stresses [GPa] below are zero


@dataclass(frozen=True, eq=False)
class StoredCurve:
    """A curve as its file holds it; arrays over steps 0 ... n, step 0 the zero state.

    Attributes:
        composite: laws of the phases.
        control: "strain" or "stress".
        path: vertices as text, or MEASURED.
        split: "train" or "validation".
        loaded: (6,) True for the components driven by strain.
        strain, stress: (n + 1, 6), Mandel, GPa.
        converged: (n + 1,) False where a simulation did not converge, and after it.
        cpu_time: seconds, NaN if unknown.
        estimated_error: bound of the relative discretisation error, NaN if unknown.
        time: (n + 1,) seconds along the path, None if unknown.
    """

    composite: Composite
    control: str
    path: str
    split: str
    loaded: np.ndarray
    strain: np.ndarray
    stress: np.ndarray
    converged: np.ndarray
    cpu_time: float = np.nan
    estimated_error: float = np.nan
    time: np.ndarray | None = None


def dataset_of(curves: Sequence[StoredCurve], numbers: Sequence[int] | np.ndarray | None = None) -> xr.Dataset:
    """The contract of training curves.

    Args:
        curves: in their order, at least one.
        numbers: of the curves in the whole set; from 0 if None.
    """
    longest = max(len(curve.strain) for curve in curves)

    def padded(values: np.ndarray, fill: Any = np.nan) -> np.ndarray:
        return np.concatenate([values, np.full((longest - len(values), *values.shape[1:]), fill)])

    values: dict[str, Any] = {
        **{name: [getattr(curve, name) for curve in curves] for name in ("loaded", "cpu_time", *TEXT[1:])},
        **{name: [padded(getattr(curve, name)) for curve in curves] for name in ("strain", "stress")},
        "composite": [curve.composite.name for curve in curves],
        "converged": [padded(curve.converged, True) for curve in curves],
    }
    if any(curve.time is not None for curve in curves):
        nothing = np.full(longest, np.nan)
        values["time"] = [nothing if curve.time is None else padded(curve.time) for curve in curves]
    if any(np.isfinite(curve.estimated_error) for curve in curves):
        values["estimated_error"] = [curve.estimated_error for curve in curves]
    dims = VARIABLES | OPTIONAL
    dataset = xr.Dataset(
        {name: (dims[name], np.array(each), {"units": UNITS.get(name, "1")}) for name, each in values.items()},
        {
            "curve": np.arange(len(curves)) if numbers is None else np.asarray(numbers),
            "step": np.arange(longest),
            "component": list(mandel.COMPONENTS),
        },
        {"materials": materials_text({curve.composite.name: curve.composite for curve in curves})},
    )
    return dataset.set_coords(TEXT)


def stored(dataset: xr.Dataset, where: Path | str) -> list[StoredCurve]:
    """The curves of a dataset of simulated curves, as `dataset_of` takes them.

    Raises:
        InputError: as `composites_of`, or curves that were not simulated.
    """
    if any(name not in dataset.variables for name in ("path", "converged", "cpu_time")):
        raise InputError(f"{where}: holds curves that were not simulated; leave it out")
    laws = composites_of(dataset, where)
    unknown = np.full(dataset.sizes["curve"], np.nan)
    errors = dataset["estimated_error"].values if "estimated_error" in dataset.variables else unknown
    texts = zip(*(dataset[name].values.astype(str).tolist() for name in TEXT), strict=True)
    arrays = zip(*(dataset[name].values for name in ("loaded", "strain", "stress", "converged")), strict=True)
    times = list(dataset["time"].values) if "time" in dataset.variables else [None] * dataset.sizes["curve"]
    numbers = zip(dataset["cpu_time"].values.tolist(), errors.tolist(), times, strict=True)
    return [
        StoredCurve(laws[composite], control, path, split, loaded, strain, stress, converged, *rest)
        for (composite, control, split, path), (loaded, strain, stress, converged), rest in zip(
            texts, arrays, numbers, strict=True
        )
    ]


def materials_text(by_name: Mapping[str, Composite]) -> str:
    """Composites as the text of a materials YAML."""
    fields = {name: composite.to_fields() for name, composite in by_name.items()}
    return str(yaml.safe_dump(fields, default_flow_style=None, sort_keys=False, width=10**6))


def composites_of(dataset: xr.Dataset, where: Path | str) -> dict[str, Composite]:
    """Composites of a dataset's curves by name.

    Raises:
        InputError: no materials, or malformed ones.
    """
    text = dataset.attrs.get("materials")
    if not isinstance(text, str):
        raise InputError(f"{where}: attribute 'materials' is missing or no text; give the laws as a materials YAML")
    place = f"{where}: attribute 'materials'"
    return composites(load_yaml(text, place), place)


def load(path: Path | str) -> xr.Dataset:
    """Read a file of training curves.

    Raises:
        InputError: unreadable file, or as `check`.
    """
    return check(netcdf.read(path, content="curves"), path)


def check(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """What a dataset holds of the contract of training curves, if it keeps it; `where` names it in messages.

    Raises:
        InputError: a missing variable, wrong dimensions, or an unknown split, control or composite. Infinite values,
            strains above LARGEST_STRAIN. A curve that drives no component, does not begin at zero, or prescribes what
            is missing before its end.
    """
    netcdf.require(dataset, where, VARIABLES, TEXT)
    optional = {name: dims for name, dims in OPTIONAL.items() if name in dataset.variables}
    netcdf.require(dataset, where, optional, TEXT)
    if not dataset.sizes["curve"]:
        raise InputError(f"{where}: holds no curves; make it again")
    steps = np.arange(dataset.sizes["step"])
    if not np.array_equal(dataset["step"], steps):
        raise InputError(f"{where}: coordinate 'step' must count the steps from 0")
    known = composites_of(dataset, where)
    rows = zip(*(dataset[name].values for name in VARIABLES), strict=True)
    for number, (strain, stress, loaded, composite, control, split) in enumerate(rows):
        place = f"{where}: curve {number}"
        check_choice(str(split), SPLITS, f"{place}: split")
        check_choice(str(control), CONTROLS, f"{place}: control")
        check_choice(str(composite), known, f"{place}: composite")
        if not loaded.any():
            raise InputError(f"{place}: drives no component; 'loaded' must name one at least")
        if np.isinf(strain).any() or np.isinf(stress).any():
            raise InputError(f"{place}: holds infinite values; remove the curve")
        if np.nanmax(np.abs(strain), initial=0.0) > LARGEST_STRAIN * np.sqrt(2.0):
            raise InputError(f"{place}: has strains above {LARGEST_STRAIN}; are they percent?")
        _check_path(driven(strain, stress, loaded, str(control)), place)
    kept = dataset[[*VARIABLES, *optional]].set_coords([name for name in TEXT if name in dataset.variables])
    units = {name: kept[name].assign_attrs(units=UNITS.get(str(name), "1")) for name in kept.data_vars}
    return kept.assign(units).assign_coords(step=steps, component=list(mandel.COMPONENTS))


def driven(strain: np.ndarray, stress: np.ndarray, loaded: np.ndarray, control: str) -> tuple[np.ndarray, np.ndarray]:
    """What a curve prescribes, to its end.

    Args:
        strain, stress: (steps + 1, 6) as stored.
        loaded: (6,) components driven by strain.
        control: "strain" or "stress".

    Returns:
        (6,) True where the strain is prescribed; values (n + 1, 6), the strains there, the stresses elsewhere. A stress
        that is not stored at any step is zero.
    """
    prescribed = loaded.astype(bool) | (control == "strain")
    end = 1 + np.max(np.flatnonzero(np.isfinite(strain[:, prescribed]).any(axis=1)), initial=0)
    free = np.where(np.isnan(stress[1:end]).all(axis=0), 0.0, stress[:end])
    return prescribed, np.where(prescribed, strain[:end], free)


def _check_path(given: tuple[np.ndarray, np.ndarray], place: str) -> None:
    prescribed, values = given
    if missing := np.argwhere(~np.isfinite(values)).tolist():
        step, component = missing[0]
        name = f"{'strain' if prescribed[component] else 'stress'} {mandel.COMPONENTS[component]}"
        raise InputError(f"{place}: {name} is missing at step {step}; what a curve prescribes must be there to its end")
    if np.abs(values[0]).max() > FLAT:
        raise InputError(f"{place}: does not begin at zero; put the zero state before it")


def failed(dataset: xr.Dataset) -> np.ndarray:
    """Which curves (curve,) end at a step that did not converge."""
    if "converged" not in dataset:
        return np.zeros(dataset.sizes["curve"], dtype=bool)
    return np.asarray(~dataset["converged"].values.astype(bool).all(axis=1))


def merge(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """The whole of its shards, or several whole sets in one.

    Args:
        datasets: all shards of one set in any order, or whole sets, which are numbered again in their order.
        names: of their files, for messages.

    Raises:
        InputError: shards of different sets, a shard or a set twice, a shard missing, sets that share simulated curves,
            or composites of one name with different laws.
    """
    if any(dataset.attrs.get("shards", 1) != 1 for dataset in datasets):
        order = shards.whole(datasets, names, "curve", SHARED, MOST_CURVES)
        return joined(datasets, names).isel(curve=order).assign_attrs(shard=1, shards=1)
    origins = [tuple(map(str, map(dataset.attrs.get, ("cell_sha256", "design_sha256")))) for dataset in datasets]
    if any(origin[1] != "None" and origins.count(origin) > 1 for origin in origins):
        raise InputError(f"{', '.join(names)}: hold the same curves; merge each once")
    whole = joined(datasets, names)
    _check_distinct(datasets, names)
    count = whole.sizes["curve"]
    return whole.assign_coords(curve=np.arange(count)).assign_attrs(curves=count)


def _check_distinct(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> None:
    """InputError if two sets hold the same simulated curve: those of one seed share their first composites.

    Curves of another cell or mesh count as others.
    """
    holders: dict[tuple[str, ...], str] = {}
    for dataset, name in zip(datasets, names, strict=True):
        if "path" not in dataset.variables:
            continue
        made = tuple(str(dataset.attrs.get(key)) for key in ("cell_sha256", "error_estimate", "fineness"))
        rows = zip(*(dataset[key].values.astype(str).tolist() for key in ("composite", "control", "path")), strict=True)
        for composite, control, path in rows:
            if path == MEASURED:
                continue
            if (first := holders.setdefault((*made, composite, control, path), name)) != name:
                raise InputError(
                    f"{first}, {name}: both hold curves of {composite}; make one of them with another --seed, or the "
                    "larger one alone"
                )


def joined(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """All curves, one dataset after the other, to the length of the longest; attributes in which all agree.

    Args:
        datasets: sets of training curves.
        names: their files, for messages.

    Raises:
        InputError: two composites of one name whose laws differ.
    """
    known: dict[str, tuple[Composite, str]] = {}
    for dataset, name in zip(datasets, names, strict=True):
        for key, entry in composites_of(dataset, name).items():
            first, origin = known.setdefault(key, (entry, name))
            if first != entry:
                raise InputError(f"{name}: composite '{key}' differs from that in {origin}; rename one of them")
    steps = np.arange(max(dataset.sizes["step"] for dataset in datasets))
    optional = [name for name in OPTIONAL if any(name in dataset.variables for dataset in datasets)]
    fills: dict[str, Any] = {"strain": np.nan, "stress": np.nan, "converged": True, "path": MEASURED}
    parts = []
    for dataset in datasets:
        part = dataset.reindex(step=steps, fill_value=fills)
        for name in optional:
            if name not in part.variables:
                shape = tuple(part.sizes[dim] for dim in OPTIONAL[name])
                missing = np.full(shape, fills.get(name, np.nan))
                part = part.assign({name: (OPTIONAL[name], missing, {"units": UNITS.get(name, "1")})})
        parts.append(part.assign_coords({name: part[name].astype(object) for name in TEXT if name in part.variables}))
    whole = xr.concat(parts, "curve", data_vars="all", combine_attrs="drop_conflicts")  # cuts text, but not objects
    whole = whole.assign_coords({name: whole[name].astype(str) for name in TEXT if name in whole.variables})
    return whole.assign_attrs(materials=materials_text({key: entry for key, (entry, _) in known.items()}))
