"""Stress-strain curves of networks and of the RVE, a panel for each load case."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet import mandel
from laminet.errors import InputError
from laminet.files.curves import measured_on, path_error, tensor_curve, unresolved_text
from laminet.plots import style

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def curves(
    data: Mapping[str, xr.Dataset],
    references: Sequence[xr.Dataset] = (),
    *,
    composite: str | None = None,
    control: str | None = None,
) -> Figure:
    """The driven stress component over its strain, a row of panels for each control, and the error of each curve.

    Of several networks in one dataset it is their mean, with a band from the lowest to the highest.

    Args:
        data: online datasets, or references, by the names of their files.
        references: curves of the RVE, drawn dashed.
        composite: the composite shown; needed where there are several.
        control: "strain" or "stress"; all there are if None.

    Raises:
        InputError: unknown composite or control, none named where there are several, or nothing to draw.
    """
    shown, truths, places = selected(data, references, composite, control)
    composite, cases = (
        str(next(iter(shown.values()))["composite"].item()),
        list(dict.fromkeys(case for _, case in places)),
    )
    figure, panels = style.panels(len(places), columns=min(3, len(cases)), width=style.PAGE / 3)
    looks = style.lines(list(shown))
    for axes, (how, case) in zip(panels, places, strict=True):
        drawn = {name: curve for name, dataset in shown.items() for curve in _curve(dataset, how, case)}
        expected = [curve for truth in truths for curve in _curve(truth, how, case)]
        for name, curve in drawn.items():
            _draw(axes, curve, label=_label(name, curve, alone=len(shown) == 1), **looks[name])
            if "network" in curve.dims:
                _draw_band(axes, curve, name if len(shown) > 1 else "", looks[name]["color"])
        for truth in expected:
            _draw(axes, truth, label="RVE (reference)", **style.REFERENCE)
        pairs = [(curve, truth) for curve in drawn.values() for truth in expected]
        known = ", ".join(filter(None, (_errors(*pair, alone=len(pairs) == 1) for pair in pairs)))
        title = f"{case}, uniaxial {how}" if case in mandel.INDEX else f"{case}, {how} control"
        axes.set_title(f"{title}\n{known}" if known else title)
    style.legend(figure, columns=3)
    bands = [dataset for dataset in shown.values() if "network" in dataset.dims]
    of_networks = ", mean of the networks" if bands else ""
    of_networks += " (lowest to highest)" if bands and len(shown) == 1 else ""
    percentages = f"Percentages: relative L2 error over the path (Eq. 32){of_networks}." if truths else ""
    controls = list(dict.fromkeys(how for how, _ in places))
    open_yet = [unresolved_text(truth, controls, cases) for truth in truths]
    style.caption(
        figure, f"{composite}; tensor components.", _band_text(bands) if bands else "", percentages, *open_yet
    )
    return figure


def selected(
    data: Mapping[str, xr.Dataset], references: Sequence[xr.Dataset], composite: str | None, control: str | None
) -> tuple[dict[str, xr.Dataset], list[xr.Dataset], list[tuple[str, str]]]:
    """What is drawn of datasets: those of one composite by file and scheme, its references, controls and load cases.

    Raises:
        InputError: unknown composite or control, none named where there are several, or nothing to draw.
    """
    data = {label: curves for name, dataset in data.items() for label, curves in _by_scheme(name, dataset).items()}
    truths = [_by_composite(reference) for reference in references]
    every = sorted({str(name) for dataset in data.values() for name in dataset["composite"].values})
    if composite is None and len(every) > 1:
        raise InputError(f"{', '.join(data)}: hold {', '.join(every)}; say which by --composite")
    composite = composite or every[0]
    if composite not in every:
        raise InputError(f"{', '.join(data)}: no composite '{composite}'; it has {', '.join(every)}")
    one = {"composite": composite}
    shown = {name: dataset.sel(one) for name, dataset in data.items() if composite in dataset["composite"]}
    truths = [truth.sel(one) for truth in truths if composite in truth["composite"]]
    if references and not truths:
        raise InputError(f"no reference of '{composite}' among those given")
    first = next(iter(shown.values()))
    controls = [str(name) for name in first["control"].values if control in (None, name)]
    if not controls:
        raise InputError(f"{next(iter(shown))}: has no control '{control}', only {', '.join(first['control'].values)}")
    cases = [str(name) for name in first["load_case"].values]
    places = [(how, case) for how in controls for case in cases]
    return shown, truths, places


def _by_scheme(name: str, dataset: xr.Dataset) -> dict[str, xr.Dataset]:
    """A dataset for each of its schemes, by the name of the file and, where there are several, of the scheme."""
    dataset = _by_composite(dataset)
    if "scheme" not in dataset.dims:
        return {name: dataset}
    schemes = [str(scheme) for scheme in dataset["scheme"].values]
    return {name if len(schemes) == 1 else f"{name}, {scheme}": dataset.sel(scheme=scheme) for scheme in schemes}


def _by_composite(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with a dimension `composite`, which that of one composite lacks."""
    if "composite" in dataset.dims:
        return dataset
    name = dataset["composite"].item() if "composite" in dataset.coords else dataset.attrs.get("composite", "composite")
    return dataset.drop_vars("composite", errors="ignore").expand_dims(composite=[name])


def _label(name: str, dataset: xr.Dataset, alone: bool) -> str:
    if "scheme" not in dataset.coords:
        return "RVE" if alone else name
    text = f"{str(dataset.attrs['model']).upper()}, N = {dataset.attrs['depth']}, {dataset['scheme'].item()}"
    text += f", mean of {dataset.sizes['network']} networks" if "network" in dataset.dims else ""
    return text if alone else f"{text} ({name.partition(',')[0]})"


def _curve(dataset: xr.Dataset, control: str, case: str) -> Iterator[xr.Dataset]:
    """The curve of a load case, or none."""
    if control in dataset["control"].values and case in dataset["load_case"].values:
        yield dataset.sel(control=control, load_case=case)


def _draw(axes: Axes, curve: xr.Dataset, **line: Any) -> None:
    """Draw a curve on its first driven component."""
    index, strain, stress = _driven(curve, "mean" if "network" in curve.dims else "")
    axes.plot(strain, stress, **line)
    component = mandel.COMPONENTS[index].translate(SUBSCRIPTS)
    axes.set(xlabel=f"ε{component} [%]", ylabel=f"σ{component} [MPa]")  # noqa: RUF001


def _driven(curve: xr.Dataset, of: str = "") -> tuple[int, np.ndarray, np.ndarray]:
    """Index of the first driven component, its strain [%] and stress [MPa] (step); of several networks a BAND entry."""
    index = int(np.argmax(curve["loaded"].values.astype(bool)))
    names = {f"{quantity}_{of}" if of else quantity: quantity for quantity in ("strain", "stress")}
    return index, *tensor_curve(curve[list(names)].isel(component=index).rename(names), index)


def _draw_band(axes: Axes, curve: xr.Dataset, name: str, color: Any) -> None:
    """Fill from the lowest to the highest stress of several networks, piece by piece where the path reverses."""
    (_, strain, low), (_, _, high) = (_driven(curve, of) for of in ("low", "high"))
    label = f"lowest to highest of {curve.sizes['network']} networks" + f" ({name.partition(',')[0]})" * bool(name)
    turns = np.flatnonzero(np.diff(np.sign(np.diff(strain)))) + 1
    for begin, end in pairwise((0, *turns.tolist(), len(strain) - 1)):
        piece = slice(begin, end + 1)
        axes.fill_between(strain[piece], low[piece], high[piece], color=color, alpha=0.25, linewidth=0, label=label)


def _band_text(datasets: Sequence[xr.Dataset]) -> str:
    """What bands from the lowest to the highest of n networks hold: one more network is as likely at every rank."""
    numbers = sorted({dataset.sizes["network"] for dataset in datasets})
    inside = ", ".join(f"{100.0 * (n - 1) / (n + 1):.0f} % of cases (of {n} networks)" for n in numbers)
    return (
        f"Band: lowest to highest network; at each point, one more network lies inside in {inside}. It holds no error "
        "that all networks share."
    )


def _errors(curve: xr.Dataset, truth: xr.Dataset, alone: bool) -> str:
    """Relative error of a curve, empty where the reference has other steps.

    Of several networks it is the mean, with the range where the curve is `alone` in its panel.
    """
    loaded, quantity = curve["loaded"].values.astype(bool), "stress"
    if "prescribed" in curve:
        quantity = measured_on(loaded, curve["prescribed"].values.astype(bool))
    several = curve[quantity].values if "network" in curve.dims else curve[quantity].values[None]
    if several.shape[1:] != truth[quantity].shape:
        return ""
    errors = 100.0 * np.array([path_error(each, truth[quantity].values, loaded).loaded for each in several])
    errors = errors[np.isfinite(errors)]
    if not errors.size:
        return ""
    spread = f" ({errors.min():.1f} to {errors.max():.1f})" if alone and "network" in curve.dims else ""
    return f"{errors.mean():.1f} %{spread}"
