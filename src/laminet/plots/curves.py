"""Stress-strain curves of networks and of the RVE, a panel for each load case."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet import mandel
from laminet.errors import InputError
from laminet.files.curves import path_error, tensor_curve, unresolved_text
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

    Args:
        data: online datasets, or references, by the names of their files.
        references: curves of the RVE, drawn dashed.
        composite: the composite shown; needed where there are several.
        control: "strain" or "stress"; all there are if None.

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
        raise InputError(f"{', '.join(data)}: no composite '{composite}'; there are {', '.join(every)}")
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
    figure, panels = style.panels(len(places), columns=min(3, len(cases)), width=style.PAGE / 3)
    looks = style.lines(list(shown))
    for axes, (how, case) in zip(panels, places, strict=True):
        drawn = {name: curve for name, dataset in shown.items() for curve in _curve(dataset, how, case)}
        expected = [curve for truth in truths for curve in _curve(truth, how, case)]
        for name, curve in drawn.items():
            _draw(axes, curve, label=_label(name, curve, alone=len(shown) == 1), **looks[name])
        for truth in expected:
            _draw(axes, truth, label="RVE (reference)", **style.REFERENCE)
        errors = [_error(curve, truth) for curve in drawn.values() for truth in expected]
        known = ", ".join(f"{100.0 * error:.1f} %" for error in errors if np.isfinite(error))
        title = f"{case}, uniaxial {how}" if case in mandel.INDEX else f"{case}, {how} control"
        axes.set_title(f"{title}\n{known}" if known else title)
    style.legend(figure, columns=3)
    percentages = "Percentages: relative L2 error over the path (Eq. 32)." if truths else ""
    open_yet = [unresolved_text(truth, controls, cases) for truth in truths]
    style.caption(figure, f"{composite}; tensor components.", percentages, *open_yet)
    return figure


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
    return text if alone else f"{text} ({name.partition(',')[0]})"


def _curve(dataset: xr.Dataset, control: str, case: str) -> Iterator[xr.Dataset]:
    """The curve of a load case, or none."""
    if control in dataset["control"].values and case in dataset["load_case"].values:
        yield dataset.sel(control=control, load_case=case)


def _draw(axes: Axes, curve: xr.Dataset, **line: Any) -> None:
    """Draw a curve on its first driven component."""
    index = int(np.argmax(curve["loaded"].values.astype(bool)))
    axes.plot(*tensor_curve(curve[["strain", "stress"]].isel(component=index), index), **line)
    component = mandel.COMPONENTS[index].translate(SUBSCRIPTS)
    axes.set(xlabel=f"ε{component} [%]", ylabel=f"σ{component} [MPa]")  # noqa: RUF001


def _error(curve: xr.Dataset, truth: xr.Dataset) -> float:
    """Relative error of a curve, NaN where the reference has other steps."""
    if curve["stress"].shape != truth["stress"].shape:
        return float("nan")
    return path_error(curve["stress"].values, truth["stress"].values, curve["loaded"].values.astype(bool)).loaded
