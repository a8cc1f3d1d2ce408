"""Statistics of local fields along load paths, of networks and of the RVE, a panel for each load case."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laminet import mandel
from laminet.errors import InputError
from laminet.files.curves import tensor_curve
from laminet.network.tree import phase_labels
from laminet.plots import style
from laminet.plots.curves import SUBSCRIPTS, selected

QUANTITIES = {
    "mises": ("local_mises", 1e3, "von Mises stress [MPa]"),
    "plastic": ("local_plastic_strain", 1e2, "plastic strain [%]"),
}
"""By the kind of picture: variable, factor and label."""

LINES, RVE_LINES = {"mean": "-", "maximum": ":"}, {"mean": "--", "maximum": "-."}


def local_fields(
    kind: str,
    data: Mapping[str, xr.Dataset],
    references: Sequence[xr.Dataset] = (),
    *,
    composite: str | None = None,
    control: str | None = None,
) -> Figure:
    """Mean, with a band of one standard deviation, and maximum of a quantity in every phase over the driven strain.

    Args:
        kind: of QUANTITIES.
        data: one online dataset or reference with local fields, by the name of its file.
        references: curves of the RVE, drawn dashed.
        composite: the composite shown; needed where there are several.
        control: "strain" or "stress"; all there are if None.

    Raises:
        InputError: several files, schemes or networks, no local fields, or as `laminet.plots.curves.curves`.
    """
    name, factor, label = QUANTITIES[kind]
    shown, truths, places = selected(data, references, composite, control)
    (file, dataset), *others = shown.items()
    if others or "network" in dataset.dims:
        raise InputError(f"{file}: pictures of local fields show one network and one scheme at a time")
    if name not in dataset:
        raise InputError(f"{file}: holds no local fields; evaluate or simulate with --fields")
    figure, panels = style.panels(len(places), columns=min(3, dataset.sizes["load_case"]), width=style.PAGE / 3)
    labels = phase_labels(dataset.sizes["phase"])
    colors = style.lines(labels)
    for axes, (how, case) in zip(panels, places, strict=True):
        where = {"control": how, "load_case": case}
        known = [truth.sel(where) for truth in truths if name in truth and _has(truth, how, case)]
        for phase, text in enumerate(labels, 1):
            if not dataset[name].sel(phase=phase).any():  # an elastic phase has no plastic strain
                continue
            what = name, factor, phase
            color = colors[text]["color"]
            _draw_band(axes, dataset.sel(where), *what, color)
            _draw(axes, dataset.sel(where), *what, text, color, LINES)
            for truth in known:
                _draw(axes, truth, *what, f"RVE, {text}", color, RVE_LINES)
        component = mandel.COMPONENTS[int(np.argmax(dataset["loaded"].sel(load_case=case).values))]
        axes.set(xlabel=f"ε{component.translate(SUBSCRIPTS)} [%]", ylabel=label)
        axes.set_title(f"{case}, uniaxial {how}" if case in mandel.INDEX else f"{case}, {how} control")
    style.legend(figure, columns=3)
    style.caption(figure, "Mean and largest value within each phase; band: one standard deviation of the network's.")
    return figure


def _has(truth: xr.Dataset, control: str, case: str) -> bool:
    return control in truth["control"].values and case in truth["load_case"].values


def _draw(
    axes: Axes,
    curve: xr.Dataset,
    name: str,
    factor: float,
    phase: int,
    label: str,
    color: Any,
    lines: Mapping[str, str],
) -> None:
    for statistic, line in lines.items():
        values = factor * curve[name].sel(phase=phase, statistic=statistic).values
        axes.plot(_strain(curve), values, line, color=color, label=f"{label}, {statistic}")


def _draw_band(axes: Axes, curve: xr.Dataset, name: str, factor: float, phase: int, color: Any) -> None:
    mean, deviation = (factor * curve[name].sel(phase=phase, statistic=each).values for each in ("mean", "deviation"))
    axes.fill_between(
        _strain(curve), np.maximum(mean - deviation, 0.0), mean + deviation, color=color, alpha=0.2, linewidth=0
    )


def _strain(curve: xr.Dataset) -> np.ndarray:
    """Strain [%] (step,) of the first driven component."""
    index = int(np.argmax(curve["loaded"].values.astype(bool)))
    return tensor_curve(curve.isel(component=index), index)[0]
