"""Statistics of the local fields of a cell or a network, phase by phase: the same quantities of both."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from laminet import mandel

STATISTICS = ("mean", "deviation", "maximum")
"""Mean and standard deviation over the volume of a phase, and the largest value in it."""

QUANTITIES: Mapping[str, Mapping[str, str]] = {
    "local_mises": {"units": "GPa", "long_name": "von Mises stress within a phase"},
    "local_plastic_strain": {"units": "1", "long_name": "equivalent plastic strain within a phase"},
}


def statistics(
    phases: int, phase: np.ndarray, weight: np.ndarray, stress: np.ndarray, state: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The QUANTITIES by phase and STATISTICS, (P, 3) each; NaN for a phase without points.

    Args:
        phases: their number P.
        phase: (n,) of every point: 1, 2, ....
        weight: (n,) share of the volume, on any scale.
        stress: (n, 6), Mandel, GPa, in any frame of the point.
        state: parts of the laws' states by name; a law without an equivalent plastic strain has none.
    """
    return by_phase(phases, phase, weight, measures(stress, state))


def measures(stress: np.ndarray, state: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The QUANTITIES (n,) of points; arguments as of `statistics`."""
    mises = np.sqrt(1.5) * np.linalg.norm(stress @ mandel.DEVIATORIC, axis=1)
    return mises, state.get("equivalent_plastic_strain", np.zeros(len(stress)))


def by_phase(phases: int, phase: np.ndarray, weight: np.ndarray, values: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """`statistics` of the QUANTITIES (n,) of every point, as `measures` gives them."""
    of_phase = [phase == number for number in range(1, phases + 1)]
    return {
        name: np.array([_of(each[at], weight[at]) for at in of_phase])
        for name, each in zip(QUANTITIES, values, strict=True)
    }


def _of(values: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    if not len(values):
        return np.nan, np.nan, np.nan
    mean = float(np.average(values, weights=weight))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=weight))), float(values.max())


class Recorder:
    """Keeps the statistics of every step along paths."""

    def __init__(self, phases: int, steps: int):
        """Of a system with P phases, and paths of so many increments."""
        self.steps, self._shape = steps, (steps + 1, phases, len(STATISTICS))
        self.curves: list[dict[str, np.ndarray]] = []

    def begin(self) -> None:
        """The next path: zero at step 0, NaN where nothing is recorded."""
        self.curves.append({name: np.full(self._shape, np.nan) for name in QUANTITIES})
        for values in self.curves[-1].values():
            values[0] = 0.0

    def record(self, step: int, values: Mapping[str, np.ndarray]) -> None:
        """The statistics (P, 3) of a step."""
        for name, each in values.items():
            self.curves[-1][name][step] = each

    def variables(self, controls: int) -> dict[str, Any]:
        """Variables (control, load_case, step, phase, statistic) of the paths, in rows of one control each."""
        dims = ("control", "load_case", "step", "phase", "statistic")
        return {
            name: (dims, np.array([curve[name] for curve in self.curves]).reshape(controls, -1, *self._shape), about)
            for name, about in QUANTITIES.items()
        }


def coordinates(phases: int) -> dict[str, Sequence[Any]]:
    """Of the variables: the phases from 1, and STATISTICS."""
    return {"phase": list(range(1, phases + 1)), "statistic": list(STATISTICS)}
