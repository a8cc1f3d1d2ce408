"""Stress-strain curves of the RVE (reference) and of networks (online) on disk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, shown
from laminet.files import netcdf
from laminet.loading.driver import Curve
from laminet.loading.paths import LoadPath

REFERENCE_VARIABLES = {
    "strain": ("control", "load_case", "step", "component"),
    "stress": ("control", "load_case", "step", "component"),
}
Reference = Path | str | xr.Dataset
UNITS = {"stress": "GPa", "time": "s", "path_time": "s"}
RESOLVED = 0.015
"""Bound of a reference's discretisation error above which what is compared with the curve says so."""

OF_PATHS = ("loaded", "prescribed", "path_time")
"""Variables that say what was driven and how fast."""

MERGED_ATTRIBUTES = ("composite", "materials", "cell_sha256", "error_estimate", "tolerance")


@dataclass(frozen=True)
class PathError:
    """Relative errors of a curve against its reference (one term of Eq. 32)."""

    loaded: float
    vector: float


def path_error(stress: np.ndarray, reference: np.ndarray, loaded: np.ndarray) -> PathError:
    """L2 error over the steps, relative, on the loaded components (Eq. 32) and on all six.

    NaN where the curve has NaN, and where the reference is zero at every step: nothing to be relative to.

    Args:
        stress, reference: (steps + 1, 6), Mandel, GPa.
        loaded: (6,) True for the driven components.
    """

    def relative(components: np.ndarray) -> float:
        difference = np.linalg.norm(stress[:, components] - reference[:, components])
        size = np.linalg.norm(reference[:, components])
        return float(difference / size) if size > 0.0 else np.nan

    return PathError(relative(loaded), relative(np.ones(6, dtype=bool)))


def measured_on(loaded: np.ndarray, prescribed: np.ndarray) -> str:
    """Of which quantity the error of a curve is: "stress", or "strain" where only stresses drive it, as in creep.

    Args:
        loaded, prescribed: (6,) of the path, see LoadPath.
    """
    return "stress" if (loaded & prescribed).any() or not loaded.any() else "strain"


def stacked(
    paths: Sequence[Sequence[LoadPath]], curves: Sequence[Sequence[Curve]], names: tuple[str, ...]
) -> xr.Dataset:
    """Dataset (control, load_case, ...) of the named fields of `curves[control][load case]`."""
    coordinates = {
        "control": [row[0].control for row in paths],
        "load_case": [path.name for path in paths[0]],
        "step": np.arange(paths[0][0].steps + 1),
        "component": list(mandel.COMPONENTS),
    }
    variables: dict[str, Any] = {}
    for name in names:
        values = np.array([[getattr(curve, name) for curve in row] for row in curves])
        variables[name] = (list(coordinates)[: values.ndim], values, {"units": UNITS.get(name, "1")})
    about = {"units": "1", "long_name": "driven components, on which the error is measured"}
    variables["loaded"] = (("load_case", "component"), np.array([path.loaded for path in paths[0]]), about)
    about = {"units": "1", "long_name": "components whose strain is prescribed; of the others the stress is"}
    prescribed = np.array([[path.prescribed for path in row] for row in paths])
    variables["prescribed"] = (("control", "load_case", "component"), prescribed, about)
    about = {"units": "s", "long_name": "time along the path"}
    variables["path_time"] = (("load_case", "step"), np.array([path.time for path in paths[0]]), about)
    return xr.Dataset(variables, coords=coordinates)


def unresolved(
    reference: xr.Dataset,
    controls: Sequence[str] | None = None,
    load_cases: Sequence[str] | None = None,
    limit: float = RESOLVED,
) -> dict[tuple[str, str], float]:
    """Bounds of the curves whose meshes leave more than `limit` open, by control and load case, the widest first.

    None where the reference holds no bounds.

    Args:
        reference: the curves.
        controls, load_cases: those asked about; all if None.
        limit: relative error.
    """
    if "estimated_error" not in reference:
        return {}
    bounds = {
        (control, case): float(reference["estimated_error"].sel(control=control, load_case=case))
        for control in reference["control"].values.tolist()
        for case in reference["load_case"].values.tolist()
        if (controls is None or control in controls) and (load_cases is None or case in load_cases)
    }
    wide = {curve: bound for curve, bound in bounds.items() if bound > limit}
    return dict(sorted(wide.items(), key=lambda entry: -entry[1]))


def unresolved_cases(reference: xr.Dataset, control: str, load_cases: Sequence[str] | None = None) -> str:
    """The curves under a control that `unresolved` names, in words such as "11, 23 (error at most 3.0 %)".

    Empty where there are none.
    """
    bounds = unresolved(reference, [control], load_cases)
    cases = [case for case in reference["load_case"].values.tolist() if (control, case) in bounds] if bounds else []
    return f"{', '.join(cases)} (error at most {100 * max(bounds.values()):.1f} %)" if cases else ""


def unresolved_clause(control: str, cases: str) -> str:
    """What is said of the references under a control; `cases` names the curves."""
    return f"the reference under uniaxial {control} is not resolved to {100 * RESOLVED:g} %: {cases}"


def as_sentence(clauses: Sequence[str]) -> str:
    """Clauses as one sentence, empty where there are none."""
    text = "; ".join(clauses)
    return text and f"{text[0].upper()}{text[1:]}."


def unresolved_text(
    reference: xr.Dataset, controls: Sequence[str] | None = None, load_cases: Sequence[str] | None = None
) -> str:
    """One sentence on the curves that `unresolved` names; empty where there are none."""
    controls = reference["control"].values.tolist() if controls is None else controls
    open_yet = {control: unresolved_cases(reference, control, load_cases) for control in controls}
    return as_sentence([unresolved_clause(control, cases) for control, cases in open_yet.items() if cases])


def tensor_curve(curve: xr.Dataset, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Strain [%] and stress [MPa] (..., step) as tensor components.

    Args:
        curve: `strain` and `stress` [GPa] (..., step), one component in Mandel's notation.
        index: which of the six it is.
    """
    strain, stress = (curve[name].transpose(..., "step").values / mandel.FACTOR[index] for name in ("strain", "stress"))
    return 100.0 * strain, 1000.0 * stress


def merge(datasets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """One reference of parts that hold different controls, in the order given.

    Args:
        datasets: the parts.
        names: of their files, for messages.

    Raises:
        InputError: parts of different references, or a control twice.
    """
    first = datasets[0]
    for name, dataset in zip(names, datasets, strict=True):
        other = [f"attribute '{key}'" for key in MERGED_ATTRIBUTES if dataset.attrs.get(key) != first.attrs.get(key)]
        shared = dataset.drop_vars("control").coords
        other += [
            f"coordinate '{key}'"
            for key in sorted({*shared, *first.coords} - {"control"}, key=str)
            if key not in shared or key not in first.coords or not dataset[key].equals(first[key])
        ]
        if other:
            raise InputError(f"{name}: {other[0]} differs from that of {names[0]}; merge one reference only")
    controls = np.concatenate([dataset["control"].values for dataset in datasets])
    if len(set(controls)) < len(controls):
        raise InputError(f"{', '.join(names)}: hold a control twice; merge each once")
    merged = xr.concat(datasets, "control", data_vars="minimal", coords="minimal", compat="equals")
    kept = {key: first.attrs[key] for key in MERGED_ATTRIBUTES if key in first.attrs}
    return merged.drop_attrs(deep=False).assign_attrs(kept)


def references(given: Reference | Iterable[Reference]) -> dict[str, xr.Dataset]:
    """References by composite; those of one composite that hold different controls become one.

    Args:
        given: any number of files and datasets, or a single one.

    Raises:
        InputError: as `load_reference` and `merge`, or something else.
    """
    parts: dict[str, list[xr.Dataset]] = {}
    names: dict[str, list[str]] = {}
    for number, entry in enumerate([given] if isinstance(given, Path | str | xr.Dataset) else given, 1):
        name = str(entry) if isinstance(entry, Path | str) else f"reference {number}"
        if not isinstance(entry, Path | str | xr.Dataset):
            raise InputError(f"{name}: is {shown(entry)}; give a file or a dataset")
        part = check_reference(entry, name) if isinstance(entry, xr.Dataset) else load_reference(entry)
        parts.setdefault(part.attrs["composite"], []).append(part)
        names.setdefault(part.attrs["composite"], []).append(name)
    return {key: merge(each, names[key]) if len(each) > 1 else each[0] for key, each in parts.items()}


def load_reference(path: Path | str) -> xr.Dataset:
    """Read a reference file; it knows its composite.

    Raises:
        InputError: unreadable file, missing variable or attribute, or stresses that are not finite.
    """
    return check_reference(netcdf.read(path, content="reference"), path)


def check_reference(dataset: xr.Dataset, where: Path | str) -> xr.Dataset:
    """The dataset, if it keeps the reference contract; `where` names it in messages.

    Raises:
        InputError: as `load_reference`.
    """
    netcdf.require(dataset, where, REFERENCE_VARIABLES)
    for name in ("control", "load_case"):
        if name not in dataset.coords:
            raise InputError(f"{where}: coordinate '{name}' is missing; see the data contracts in the docs")
    if not isinstance(dataset.attrs.get("composite"), str):
        raise InputError(f"{where}: attribute 'composite' is missing or no text; name the curves' composite")
    for name in REFERENCE_VARIABLES:
        if not np.isfinite(dataset[name].values).all():
            raise InputError(f"{where}: variable '{name}' holds NaN or infinite values; make the file again")
    return dataset


def covers(reference: xr.Dataset, path: LoadPath) -> bool:
    """Whether a reference has the control and load case of a path."""
    return path.control in reference["control"].values and path.name in reference["load_case"].values


CURVE_DIMS = ("scheme", "composite", "control", "load_case")
ONLINE_VARIABLES = {
    "strain": (*CURVE_DIMS, "step", "component"),
    "stress": (*CURVE_DIMS, "step", "component"),
    "iterations": (*CURVE_DIMS, "step"),
    "residual": (*CURVE_DIMS, "step"),
    "converged": (*CURVE_DIMS, "step"),
    "active_nodes": (),
}

TIME_DIMS = ("scheme", "composite", "control", "repeat")
"""Of the variable `time`, which only files of measurements have."""


BAND = {
    "mean": "mean of all networks",
    "low": "lowest value of all networks",
    "high": "highest value of all networks",
}
"""What files of several networks hold in addition to strain and stress: strain_mean, stress_low and so on."""


def along_networks(labels: Sequence[str], datasets: Sequence[xr.Dataset]) -> xr.Dataset:
    """Online datasets of several networks, joined along `network`, with mean, lowest and highest strain and stress.

    After a step at which one of the networks has no value there is no mean and no band either. Attributes in which the
    networks differ are left out; their seeds become a coordinate.

    Args:
        labels: of the networks, each once.
        datasets: of one network each, of the same schemes and paths.
    """
    first = datasets[0]
    names = [name for name in first.data_vars if name not in OF_PATHS]
    dim = xr.DataArray(list(labels), dims="network", name="network")
    how: Any = {"data_vars": names, "coords": "minimal", "compat": "equals", "join": "exact"}
    joined = xr.concat(datasets, dim, **how)
    for quantity in ("strain", "stress"):
        values = joined[quantity]
        band = (
            values.mean("network", skipna=False),
            values.min("network", skipna=False),
            values.max("network", skipna=False),
        )
        for (name, meaning), each in zip(BAND.items(), band, strict=True):
            joined[f"{quantity}_{name}"] = each.assign_attrs(units=UNITS.get(quantity, "1"), long_name=meaning)
    if all("seed" in dataset.attrs for dataset in datasets):
        joined = joined.assign_coords(seed=("network", [int(dataset.attrs["seed"]) for dataset in datasets]))

    def shared(name: str, value: Any) -> bool:
        return all(name in dataset.attrs and np.array_equal(dataset.attrs[name], value) for dataset in datasets)

    joined.attrs = {name: value for name, value in first.attrs.items() if shared(name, value)}
    return joined


def load_online(path: Path | str, networks: bool = True) -> xr.Dataset:
    """Read an online file; one of a single scheme from before there was the dimension `scheme` gets it.

    Args:
        path: the file.
        networks: whether it may hold several networks, along the dimension `network`.

    Raises:
        InputError: unreadable file, other content, several networks, or a missing variable or attribute.
    """
    dataset = netcdf.read(path, content="online")
    if "scheme" not in dataset.dims and isinstance(dataset.attrs.get("scheme"), str):
        curves = [name for name, values in dataset.data_vars.items() if "composite" in values.dims]
        dataset = dataset.assign({name: dataset[name].expand_dims("scheme") for name in curves})
        dataset = dataset.assign_coords(scheme=[dataset.attrs.pop("scheme")])
    several = "network" in dataset.dims
    if several and not networks:
        raise InputError(f"{path}: holds several networks; evaluate each network into a file of its own")
    every = {name: ("network", *dims) if several else dims for name, dims in ONLINE_VARIABLES.items()}
    band = {f"{quantity}_{name}": ONLINE_VARIABLES[quantity] for quantity in ("strain", "stress") for name in BAND}
    netcdf.require(dataset, path, every | (band if several else {}))
    missing = [name for name in ("model", "depth") if name not in dataset.attrs]
    if missing:
        raise InputError(f"{path}: attributes {', '.join(missing)} are missing; evaluate the network again")
    return dataset
