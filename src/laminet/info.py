"""What a file holds, as a person wants to read it: first what matters in a file of its kind, then what is in it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.cells.fibres.torus import period_of
from laminet.cells.voxels import cell as voxels
from laminet.cells.voxels import memory
from laminet.cells.voxels.homogenisation import threads
from laminet.errors import InputError, LaminetError, shown
from laminet.files import curves, elastic, history, netcdf, training_curves
from laminet.files.network import load_network
from laminet.materials.library import composites
from laminet.materials.stiffness import contrast, mean_modulus, young_moduli
from laminet.network import tree
from laminet.training import seeds
from laminet.training.settings import JobSettings
from laminet.yaml_files import read_yaml


def summary(path: Path | str) -> str:
    """What a file of laminet's, a materials YAML or the folder of a training holds.

    Raises:
        InputError: it is missing or damaged, or a folder without a training.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        return _materials(path)
    dataset = netcdf.read(path)
    content, lines = _facts(dataset, path)
    lines = [*lines, ""] if lines else []
    return "\n".join([f"{path}: {content}", *_indented([*lines, *_contents(dataset)])])


def facts(path: Path | str) -> str:
    """What matters most in a file that laminet wrote: how `summary` begins.

    Raises:
        InputError: it is missing or damaged.
    """
    path = Path(path)
    content, lines = _facts(netcdf.read(path), path)
    return "\n".join([f"{path}: {content}", *_indented(list(itertools.takewhile(bool, lines)))])


def _facts(dataset: xr.Dataset, path: Path) -> tuple[str, list[str]]:
    """The kind of a file, and what matters in one of its kind."""
    content = str(dataset.attrs.get("content", "not written by laminet"))
    try:
        return content, FACTS[content](dataset, path) if content in FACTS else []
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InputError(f"{path}: says it is {shown(content)} data but does not hold what such files hold") from error


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def _percent(values: Any, digits: int = 3) -> str:
    return f"{100.0 * float(values):.{digits}g} %"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _network(dataset: xr.Dataset, path: Path) -> list[str]:
    network = load_network(path)
    weights = tree.node_weights(network.activation)
    shares = zip(tree.phase_labels(network.phases), tree.phase_weights(network)[:, 0] / weights[0], strict=True)
    lines = [
        f"{network.model.upper()} of depth {network.depth}: {network.active_nodes} of {2**network.depth} leaves "
        f"active, {len(tree.laminates_of_two(weights))} laminates, {network.count} parameters",
        f"weights: {', '.join(f'{_percent(share)} {name}' for name, share in shares)}",
    ]
    wanted = ["recipe", "samples", "batch", "epochs", "seed", "loss", "eta", "xi", "schedule", "backend", "seeds"]
    wanted += ["selected_by", "curves", "validation_curves"]
    known = [f"{name} {network.attributes[name]}" for name in wanted if name in network.attributes]
    lines += [f"trained with {', '.join(known)}"] if known else []
    try:
        past = history.load(path.parent / "history.nc")
    except LaminetError:
        return lines
    same = past.attrs.get("params_sha256") == network.attributes.get("params_sha256")
    return lines + [_kept_errors(past)] * same


def _kept_errors(past: xr.Dataset) -> str:
    kept, curves = past.isel(epoch=history.kept_row(past)), ""
    if "curve_train_error" in past:
        curves = f"; curves: training {_percent(kept['curve_train_error'])}"
        if np.isfinite(kept["curve_validation_error"]):
            curves += f", validation {_percent(kept['curve_validation_error'])}"
    return (
        f"errors after {int(kept['epoch'])} epochs: training {_percent(kept['train_error'])}, validation "
        f"{_percent(kept['validation_error'])} (Eq. 33), its divergence {float(kept['validation_divergence']):.3g}"
        + curves
    )


def _history(dataset: xr.Dataset, path: Path) -> list[str]:
    best = int(np.argmin(dataset["validation_error"].values))
    return [
        _kept_errors(dataset),
        f"lowest validation error {_percent(dataset['validation_error'][best])} after epoch "
        f"{int(dataset['epoch'][best])}; active leaves {int(dataset['active_nodes'][0])} to "
        f"{int(dataset['active_nodes'][-1])}; {float(dataset['elapsed'][-1]):.1f} s",
    ]


def _elastic(dataset: xr.Dataset, path: Path) -> list[str]:
    if not dataset.sizes["sample"]:
        return ["no samples: a shard of a set with fewer samples than shards"]
    *phases, whole = elastic.arrays(elastic.joined(dataset, path)).values()
    split, contrasts, mean = dataset["split"].values, contrast(np.stack(phases, axis=1)), mean_modulus(whole)
    ratio = [(young.max(axis=1) / young.min(axis=1)).max() for young in map(young_moduli, phases)]
    ratios = ", ".join(f"phase {number} up to {value:.1f}" for number, value in enumerate(ratio, 1))
    return [
        f"{int((split == 'train').sum())} samples for training, {int((split == 'validation').sum())} for validation",
        f"contrast of the phases (geometric mean moduli): 10^{contrasts.min():.2f} ... 10^{contrasts.max():.2f}",
        f"anisotropy (largest to smallest Young's modulus): {ratios}",
        f"effective stiffness (geometric mean moduli): {mean.min():.3g} ... {mean.max():.3g} GPa",
    ]


def _predicted(dataset: xr.Dataset, path: Path) -> list[str]:
    splits = dict(dataset["error"].groupby("split")) if "split" in dataset.coords else {}
    return [
        f"error, {split}: mean {_percent(error.mean())} (Eq. 33), median {_percent(error.median())}, largest "
        f"{_percent(error.max())} (sample {int(error['sample'][error.values.argmax()])})"
        for split, error in splits.items()
    ]


def _rve(dataset: xr.Dataset, path: Path) -> list[str]:
    if dataset.attrs.get("kind") == voxels.KIND:
        return _voxels(voxels.of_dataset(dataset, path))
    fraction = dataset.attrs.get("volume_fraction")
    share = "" if fraction is None else f", volume fraction {float(fraction):.4f}"
    width, height = period_of(float(dataset.attrs.get("aspect", 1.0)))
    return [
        f"{dataset.sizes['fibre']} fibres of radius {float(dataset['radius']):.4f}{share}",
        f"cell of width {width:.4f} and height {height:.4f} (its area is 1)",
        f"{dataset.sizes['element']} quadratic triangles, {dataset.sizes['node']} nodes",
    ]


def _voxels(cell: voxels.VoxelCell) -> list[str]:
    sides = " x ".join(f"{side:.4g}" for side in cell.phase.shape * cell.spacing / (cell.phase.shape * cell.spacing)[0])
    shares = ", ".join(f"phase {number} {_percent(share)}" for number, share in enumerate(cell.fractions, 1))
    return [
        f"{' x '.join(map(str, cell.phase.shape))} voxels; its sides are as {sides}",
        f"volume fractions: {shares}",
        f"memory: {memory.sample_bytes(cell, threads()) / 2**30:.2g} GiB for elastic samples, at most "
        f"{memory.curve_bytes(cell) / 2**30:.2g} GiB for curves",
    ]


def _table(values: xr.DataArray, form: str) -> list[str]:
    """Lines of a table (control, load_case), - where there is no number."""
    rows = values.transpose("control", "load_case").to_pandas().rename(index="uniaxial {}".format)
    return str(rows.to_string(float_format=f"{{:{form}}}".format, na_rep="-", index_names=False)).split("\n")


def _reference(dataset: xr.Dataset, path: Path) -> list[str]:
    lines = [f"composite {dataset.attrs.get('composite')}, {dataset.sizes['step'] - 1} steps"]
    if "converged" in dataset:
        lines.append(_convergence(dataset))
    if "estimated_error" in dataset:
        lines += ["", "bound of the discretisation error [%], by load case"]
        lines += _table(100.0 * dataset["estimated_error"], ".2g")
    if "observed_order" in dataset:
        lines += [
            "",
            "order of the discretisation error observed on three meshes",
            *_table(dataset["observed_order"], ".2f"),
        ]
    if text := curves.unresolved_text(dataset):
        lines += ["", text]
    return [*lines, "", "largest driven stress [MPa]", *_peaks(dataset)]


def _peaks(dataset: xr.Dataset) -> list[str]:
    factor = xr.DataArray([1.0] * 3 + [2.0**-0.5] * 3, dims="component")
    driven = (1e3 * factor * dataset["stress"].where(dataset["loaded"].astype(bool))).pipe(abs)
    return _table(driven.max(["step", "component"]), ".1f")


def _convergence(dataset: xr.Dataset) -> str:
    lost = dataset["converged"].size - int(dataset["converged"].sum())
    return "every step converged" if not lost else f"{lost} of {dataset['converged'].size} steps did not converge"


def iterations_a_step(curves: xr.Dataset) -> float:
    """Mean number of iterations of curves, by the contract of online files; step 0, the zero state, takes none."""
    iterations = curves["iterations"].isel(step=slice(1, None))
    return float(iterations.sum()) / max(1, iterations.size)


def networks_of(curves: xr.Dataset) -> str:
    """The network of curves, or how many of which kind."""
    number = f"{curves.sizes['network']} networks, " if "network" in curves.dims else ""
    return f"{number}{str(curves.attrs['model']).upper()} of depth {curves.attrs['depth']}"


def active_of(curves: xr.Dataset) -> str:
    """Number of active leaves of the network of curves, or the least and the most."""
    low, high = int(curves["active_nodes"].min()), int(curves["active_nodes"].max())
    return str(low) if low == high else f"{low} to {high}"


def _online(dataset: xr.Dataset, path: Path) -> list[str]:
    dataset = curves.load_online(path)
    several = "network" in dataset.dims
    lines = [f"{networks_of(dataset)}, {active_of(dataset)} active leaves, {dataset.sizes['step'] - 1} steps"]
    for scheme in dataset["scheme"].values:
        by = dataset.sel(scheme=scheme)
        lines.append(f"by {scheme}: {_convergence(by)}; {iterations_a_step(by):.2f} iterations a step")
    for scheme, name in itertools.product(dataset["scheme"].values, dataset["composite"].values):
        of = dataset.sel(scheme=scheme, composite=name)
        what = f"{name} by {scheme}" if dataset.sizes["scheme"] > 1 else str(name)
        if "error" in of and np.isfinite(of["error"]).any():
            mean = 100.0 * float(of["error"].mean())
            lines += ["", f"{what}: error against the reference [%] (Eq. 32), mean {mean:.2f}"]
            lines += _table(100.0 * (of["error"].mean("network") if several else of["error"]), ".2f")
            if several:
                worst = 100.0 * of["error"].max("network")
                lines += ["", f"{what}: the largest error of the networks [%]", *_table(worst, ".2f")]
        else:
            stress = of.assign(stress=of["stress_mean"]) if several else of
            head = f"{what}: largest driven stress [MPa]{' of the mean' * several} (no reference to compare with)"
            lines += ["", head, *_peaks(stress)]
    return lines


def _curves(dataset: xr.Dataset, path: Path) -> list[str]:
    training_curves.check(dataset, path)
    counts = {split: int((dataset["split"] == split).sum()) for split in elastic.SPLITS}
    lost = int(training_curves.failed(dataset).sum())
    names = len(np.unique(dataset["composite"].values))
    lines = [
        f"{_count(counts['train'], 'curve')} for training, {counts['validation']} for validation, of "
        f"{_count(names, 'composite')}, at most {_count(dataset.sizes['step'] - 1, 'step')}",
        f"{lost} of {_count(dataset.sizes['curve'], 'curve')} failed before their end" if lost else "no curve failed",
    ]
    if "cpu_time" in dataset and np.isfinite(dataset["cpu_time"]).any():
        lines.append(f"{float(dataset['cpu_time'].sum()):.0f} s of CPU time")
    return lines


FACTS: Mapping[str, Callable[[xr.Dataset, Path], list[str]]] = {
    "network": _network,
    "history": _history,
    "elastic": _elastic,
    "predicted": _predicted,
    "rve": _rve,
    "reference": _reference,
    "curves": _curves,
    "online": _online,
}


def _folder(path: Path) -> str:
    """The training in a folder: its network, and a table of its seeds if there are several."""
    network = path / "network.nc"
    if not network.is_file():
        raise InputError(f"{path}: a folder without network.nc; name a file, or the folder of a finished training")
    lines = [f"{path}: training", *_indented(_network(netcdf.read(network), network))]
    files = {int(file.parent.name): file for file in path.glob("seeds/*/history.nc") if file.parent.name.isdigit()}
    kept = {seed: history.load(files[seed]) for seed in sorted(files)}
    if kept:
        select = str(load_network(network).attributes.get("selected_by", JobSettings.select))
        table = seeds.table_of(kept)
        select = select if seeds.known(table, select) else JobSettings.select  # the folders of its seeds are gone
        lines += ["", *_indented(seeds.report(table, select).split("\n"))]
    return "\n".join(lines)


def _materials(path: Path) -> str:
    held = read_yaml(path)
    if isinstance(held, Mapping) and isinstance(held.get("materials"), Mapping) and "phase_1" not in held["materials"]:
        return f"{path}: configuration of a study, of the settings {', '.join(held)}; the workflow reads it"
    entries = [held, *held.values()] if isinstance(held, Mapping) else []
    keys = [str(key) for entry in entries if isinstance(entry, Mapping) for key in entry]
    if held and entries and not any(key.startswith("phase_") for key in keys):
        raise InputError(f"{path}: holds no materials, no entry has a phase_1; is it a configuration of a study?")
    lines = [f"{path}: materials"]
    for name, composite in composites(held, str(path), path.parent).items():
        lines += [f"  {name}", *(f"    phase {k}: {law.describe()}" for k, law in enumerate(composite.laws, 1))]
    return "\n".join(lines)


def _contents(dataset: xr.Dataset) -> list[str]:
    """Origin, dimensions, attributes and the range of every variable."""
    _, *stamps = netcdf.STAMPS  # the content heads the text
    others = sorted(set(dataset.attrs) - set(netcdf.STAMPS))
    lines = [f"{name}: {_short(dataset.attrs[name])}" for name in stamps if name in dataset.attrs]
    lines += [", ".join(f"{name} {size}" for name, size in dataset.sizes.items())]
    lines += [f"{name} = {_short(dataset.attrs[name])}" for name in others]
    for name, values in dataset.coords.items():
        entries = list(dict.fromkeys(map(str, values.values.ravel())))
        listed = ", ".join(entries if len(entries) <= 12 else [*entries[:3], "...", entries[-1]])
        lines.append(f"{name} ({', '.join(map(str, values.dims))}): {listed}")
    return lines + [_variable(name, values) for name, values in dataset.data_vars.items()]


def _short(value: Any, most: int = 160) -> str:
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 4]} ..."


def _variable(name: object, values: xr.DataArray) -> str:
    """One line: name, dimensions, units, range, and how many values are not finite."""
    head = f"{name} ({', '.join(map(str, values.dims))}) [{values.attrs.get('units', '?')}]"
    if not (np.issubdtype(values.dtype, np.number) and values.size):
        return head
    finite = values.values[np.isfinite(values.values)]
    if not finite.size:
        return f"{head}: none finite"
    if values.ndim == 0:
        return f"{head}: {finite[0]:.6g}"
    missing = f", {values.size - finite.size} not finite" if finite.size < values.size else ""
    return f"{head}: {finite.min():.4g} ... {finite.max():.4g}, mean {finite.mean():.4g}{missing}"
