"""Increments of a cell along a load path: the state they start from, and the first guess that past ones give."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MAX_ITERATIONS = 15

FLOOR = 1e-4
"""Share of the local stresses below which forces and mean stresses no longer set the scale of their residual.

They vanish where the lateral stresses do: under axial load if the phases share Poisson's ratio, and at no load.
"""


class Change(NamedTuple):
    """Change of a state and its target in one increment; fields as in CellState."""

    fluctuation: np.ndarray
    macro: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class CellState:
    """What an increment starts from.

    Attributes:
        fluctuation: nodal fluctuations, in the shape and order of the cell's degrees of freedom.
        macro: (6,) macroscopic strain.
        points: states of the laws, in an order of the cell's own.
        target: (6,) strains and stresses this state was driven to.
        past: the last increments, latest first, to start the next one.
        largest_stress: mean size of the local stresses, GPa, where it was largest along the path.
    """

    fluctuation: np.ndarray
    macro: np.ndarray
    points: np.ndarray
    target: np.ndarray
    past: tuple[Change, ...] = ()
    largest_stress: float = 0.0


def predicted(state: CellState, aim: np.ndarray, quadratic: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Extrapolation of the last increments along the path; the old state at a reversal or a fresh start.

    Quadratic, last + (last - last but one), if the increments are alike; otherwise, or without `quadratic`, the last
    one to scale.
    """
    if not state.past:
        return state.fluctuation, state.macro
    last, *before = state.past
    ahead = aim - state.target
    if quadratic and before and np.allclose((ahead, before[0].target), last.target, rtol=1e-6, atol=0.0):
        fluctuation, macro = (2.0 * new - old for new, old in zip(last[:2], before[0][:2], strict=True))
    else:
        scale = float(max(np.dot(ahead, last.target), 0.0) / np.dot(last.target, last.target))
        fluctuation, macro = scale * last.fluctuation, scale * last.macro
    return state.fluctuation + fluctuation, state.macro + macro


def advanced(
    state: CellState, fluctuation: np.ndarray, macro: np.ndarray, points: np.ndarray, target: np.ndarray, largest: float
) -> CellState:
    """The state after an increment from `state`; arguments as in CellState."""
    change = Change(fluctuation - state.fluctuation, macro - state.macro, target - state.target)
    past = (change, *state.past[:1]) if change.target.any() else state.past
    return CellState(fluctuation, macro, points, target, past, largest)


def relative(error: np.ndarray, whole: np.ndarray, floor: float) -> float:
    """Norm of an error relative to the whole's or to the floor, whichever is larger; infinite if that is not finite."""
    scale = max(float(np.linalg.norm(whole)), floor)
    if scale == 0.0:
        return float(np.any(error))
    return float(np.linalg.norm(error)) / scale if np.isfinite(scale) else np.inf
