"""What a command says at its end: how good the result is, what it took, and what to type next."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from laminet.api import Network
from laminet.files import history
from laminet.files.curves import measured_on, path_error
from laminet.info import active_of, iterations_a_step, networks_of
from laminet.progress import duration
from laminet.training import seeds

LISTED = 6
"""Curves that are named one by one."""


def of_training(network: Network, folder: Path | str) -> str:
    """Errors, active leaves, time, files and the next command of a training that ended in a folder.

    Of several seeds it also says how they spread, and which is the best by what tells most, if another was kept.

    Raises:
        ValueError: a network without a history: it was not trained here.
    """
    if network.history is None:
        raise ValueError("the network has no history")
    past, place = network.history, Path(folder)
    kept = past.isel(epoch=history.kept_row(past))
    lines, elapsed, many = [], float(past["elapsed"][-1]), ""
    if network.seeds is not None:
        lines.append(seeds.report(network.seeds, select := str(network.parameters.attributes["selected_by"])))
        tells_most = seeds.OF_CURVES if seeds.known(network.seeds, seeds.OF_CURVES) else seeds.WITHOUT_CURVES
        best = int(network.seeds[tells_most].idxmin())
        if best != int(network.seeds[select].idxmin()):
            name = tells_most.replace("_", " ")
            lines.append(f"  by {name}, seed {best} is the best: {place / 'seeds' / str(best)}")
        elapsed, many = float(network.seeds["elapsed"].sum()), f"{network.seeds.sizes['seed']} trainings of "
    spent = f"{elapsed:.2g} s" if elapsed < 9.5 else duration(elapsed)
    lines += [
        f"{network.model.upper()} of depth {network.depth}: {network.active_nodes} of {2**network.depth} leaves active",
        f"error in stiffness: {_percent(kept['train_error'])} of the training samples, "
        f"{_percent(kept['validation_error'])} of the validation samples (Eq. 33)",
        *_on_curves(kept),
        f"time: {spent} for {many}{int(past['epoch'][-1])} epochs",
        f"files: {place / 'network.nc'}, {place / 'history.nc'}",
    ]
    several = network.seeds is not None and int(network.seeds["active_nodes"].notnull().sum()) > 1
    networks = (
        f"{shlex.quote(str(place / 'seeds'))}/*/network.nc" if several else shlex.quote(str(place / "network.nc"))
    )
    out = shlex.quote(str(place / "response.nc"))
    lines.append(f"next: laminet evaluate --network {networks} --materials materials.yaml --out {out}")
    return "\n".join(lines)


def _on_curves(kept: xr.Dataset) -> list[str]:
    """One line on the curves of a training, from the row of its history that was kept; none without curves."""
    if "curve_train_error" not in kept:
        return []
    errors = [
        f"{_percent(kept[f'curve_{split}_error'])} of the {words} curves"
        for split, words in (("train", "training"), ("validation", "validation"))
        if np.isfinite(kept[f"curve_{split}_error"])
    ]
    return [f"error in stress along curves: {', '.join(errors)}"]


def of_evaluation(curves: xr.Dataset, out: Path | str, references: Sequence[Path | str], seconds: float) -> str:
    """Errors, iterations, curves that failed, time and the next command of an evaluation that was written.

    Args:
        curves: of one network or several, by the contract of online files.
        out: their file.
        references: files that they were compared with.
        seconds: of CPU time.
    """
    repeats = f" with a warm-up and {curves.sizes['repeat']} repeats" if "repeat" in curves.sizes else ""
    lines = [
        f"{out}: {networks_of(curves)} with {active_of(curves)} active leaves; "
        f"{curves['converged'].isel(step=0).size} curves of {curves.sizes['step'] - 1} steps, {seconds:.2g} s CPU time"
        f"{repeats}"
    ]
    if "seed" in curves.coords and len(set(curves["seed"].values.tolist())) < curves["seed"].size:
        curves = curves.drop_vars("seed")  # it does not tell the networks apart
    rows = [_row(curves.sel(scheme=s, composite=c, control=k)) for s, c, k in _places(curves)]
    lines += _aligned([list(rows[0]), *(list(row.values()) for row in rows)])
    if "error" not in curves:
        lines.append("errors are unknown: compare with curves of the RVE by --reference")
    lines += _failed(curves)
    composites = curves["composite"].values.tolist()
    words = ["laminet", "plot", str(out), *(word for path in references for word in ("--reference", str(path)))]
    words += ["--composite", str(composites[0])] if len(composites) > 1 else []
    words += ["--out", str(Path(out).with_suffix(".png"))]
    return "\n".join([*lines, f"next: {shlex.join(words)}"])


def of_constants(data: xr.Dataset) -> str:
    """Tables of elastic constants, yield stresses and laminates, by the dataset of `laminet.constants`.

    Of several networks they show mean, standard deviation, lowest and highest value.
    """
    return "\n\n".join("\n".join(_constants(data.sel(composite=name))) for name in data["composite"].values)


def _constants(data: xr.Dataset) -> list[str]:
    count, axes = data.sizes["network"], ", ".join(data.attrs["axes"])
    whose = f"{count} networks" if count > 1 else "the network"
    lines = [
        f"{data['composite'].item()}: {whose}, {str(data.attrs['model']).upper()} of depth {data.attrs['depth']}; axes "
        f"1, 2, 3 are the network's {axes}"
    ]
    lines += _spread("constant", data["constants"], {"E": "GPa", "G": "GPa", "nu": "-"})
    lines.append(f"the constants leave out {_percent(data['coupling'].max())} of the stiffness; nu12 = -eps2 / eps1")
    offset = f"{100.0 * data.attrs['offset']:g} %"
    for head, name in (("first flow", "onset"), (f"flow of {offset}", "offset_stress")):
        if np.isfinite(data[name]).any():
            lines += ["", *_spread(head, 1e3 * data[name], {"": "MPa"})]
    if "laminate" not in data:
        return lines
    thickness = data.attrs["thickness"]
    lines += ["", f"laminate {data.attrs['layup']}: {len(thickness)} plies, {sum(thickness):.6g} mm"]
    lines += _spread("constant", data["laminate_constants"], {"E": "GPa", "G": "GPa", "nu": "-"})
    mean = data["laminate"].mean("network").values
    parts = {"A [kN/mm]": mean[:3, :3], "B [kN]": mean[:3, 3:], "D [kN mm]": mean[3:, 3:]}
    rounded = {name: np.where(abs(part) < 1e-9 * abs(mean).max(), 0.0, part) for name, part in parts.items()}
    rows = [[f"{value:.5g}" for part in rounded.values() for value in part[row]] for row in range(3)]
    return [*lines, *_aligned([[name for part in rounded for name in (part, "", "")], *rows], left=0)]


def _spread(head: str, values: xr.DataArray, units: Mapping[str, str]) -> list[str]:
    """A table of values (network, name): the number of one network; mean, deviation and range of several."""
    several, (names,) = values.sizes["network"] > 1, (dim for dim in values.dims if dim != "network")
    rows = [[head, "unit", *(["mean", "deviation", "lowest", "highest"] if several else ["value"])]]
    for name, of in zip(values[names].values, values.transpose(names, "network").values, strict=True):
        unit = next(unit for begin, unit in units.items() if str(name).startswith(begin))
        numbers = [of.mean(), of.std(ddof=1), of.min(), of.max()] if several else [of[0]]
        rows.append([str(name), unit, *("-" if np.isnan(value) else f"{value:.4g}" for value in numbers)])
    return _aligned(rows, left=2)


def _percent(value: float | xr.DataArray) -> str:
    return f"{100.0 * float(value):.2f} %"


def _places(curves: xr.Dataset) -> Iterator[tuple[str, str, str]]:
    for composite in curves["composite"].values.tolist():
        for control in curves["control"].values.tolist():
            for scheme in curves["scheme"].values.tolist():
                yield scheme, composite, control


def _row(curves: xr.Dataset) -> dict[str, str]:
    """What is said of the curves of one composite, control and scheme, by the heading."""
    row = {name: str(curves[name].item()) for name in ("composite", "control", "scheme")}
    if "error" in curves:
        row |= dict(zip(("mean error", "worst error"), _mean_and_worst(curves["error"]), strict=True))
    if "network" in curves.dims:
        row |= dict(zip(("mean band", "widest band"), _mean_and_worst(_half_width(curves), "± "), strict=True))
    row["iterations a step"] = f"{iterations_a_step(curves):.2f}"
    if "time" in curves:
        row["CPU time"] = f"{1e3 * float(curves['time'].min('repeat').mean()):.3g} ms"
    return row


def _mean_and_worst(values: xr.DataArray, sign: str = "") -> tuple[str, str]:
    """The mean, with the number of curves where not all have a value, and the worst with its place."""
    known = np.isfinite(values.values)
    if not known.any():
        return "-", "-"
    worst = values[np.unravel_index(np.nanargmax(values.values), values.shape)]
    place = ", ".join([str(worst["load_case"].item()), *([_network(worst)] if "network" in worst.coords else [])])
    some = f" ({known.sum()} of {known.size})" if not known.all() else ""
    return f"{sign}{_percent(np.nanmean(values.values))}{some}", f"{sign}{_percent(worst)} in {place}"


def _network(one: xr.DataArray) -> str:
    """A network's seed, or its label where there is none."""
    return f"seed {one['seed'].item()}" if "seed" in one.coords else str(one["network"].item())


def _half_width(curves: xr.Dataset) -> xr.DataArray:
    """Half of the band of every load case, relative to the mean as the error of Eq. 32 is to the reference."""
    loaded = curves["loaded"].values.astype(bool)
    prescribed = curves["prescribed"].values.astype(bool) if "prescribed" in curves else loaded

    def half_width(number: int) -> float:
        quantity, case = measured_on(loaded[number], prescribed[number]), curves.isel(load_case=number)
        low, high, mean = (
            case[f"{quantity}_{name}"].transpose("step", "component").values for name in ("low", "high", "mean")
        )
        return path_error(mean + 0.5 * (high - low), mean, loaded[number]).loaded

    cases = curves["load_case"].values
    return xr.DataArray([half_width(number) for number in range(len(cases))], {"load_case": cases})


def _failed(curves: xr.Dataset) -> list[str]:
    """One line that names the curves that did not converge, and from which step on; none where all did."""
    converged = curves["converged"].astype(bool)
    *dims, _ = converged.dims
    failed = np.argwhere(~converged.values.all(axis=-1))
    if not len(failed):
        return []
    named = []
    for index in failed[:LISTED]:
        curve = converged[tuple(index)]
        words = [
            _network(curve) if dim == "network" else str(curve[dim].item()) for dim in dims if curves.sizes[dim] > 1
        ]
        named.append(f"{', '.join(words or [str(curve['load_case'].item())])} from step {int(curve.values.argmin())}")
    more = [f"{len(failed) - LISTED} more"] if len(failed) > LISTED else []
    return [f"not converged: {'; '.join([*named, *more])}"]


def _aligned(rows: Sequence[Sequence[str]], left: int = 3) -> list[str]:
    """Lines of a table: the first columns to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if k < left else text.rjust(width)
            for k, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
