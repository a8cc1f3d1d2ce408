"""Stepping along a load path with any solver of one increment, halving the increments that do not converge."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from laminet.errors import ConvergenceError
from laminet.loading.paths import LoadPath

RESIDUALS_SHOWN = 6


@dataclass(frozen=True)
class Target:
    """Where the macroscopic state must be at the end of an increment; fields as in LoadPath, each (6,).

    Attributes:
        duration: of the increment in seconds; zero if it is so fast that nothing can flow with time.
    """

    prescribed: np.ndarray
    strain: np.ndarray
    stress: np.ndarray
    duration: float = 0.0


@dataclass(frozen=True)
class Increment:
    """The solution of one increment.

    Attributes:
        strain, stress: macroscopic, (6,), Mandel, GPa.
        iterations: evaluations of the constitutive laws that led to a linear solve.
        residual: relative out-of-balance of the tractions at the last iterate, dimensionless.
        converged: whether the solver's criterion was met.
        state: what the next increment starts from; opaque to the driver.
        residuals: those of all iterates, for the message if it did not converge.
        reason: why a law had no stress, if that is what ended it.
    """

    strain: np.ndarray
    stress: np.ndarray
    iterations: int
    residual: float
    converged: bool
    state: Any
    residuals: Sequence[float] = ()
    reason: str = ""


class System(Protocol):
    """A periodic RVE or a material network: anything that can be driven by macroscopic strain and stress."""

    def initial(self) -> Any:
        """The virgin state."""

    def solve(self, state: Any, target: Target) -> Increment:
        """One increment from `state` to `target`; `state` itself is not changed."""


@dataclass(frozen=True)
class Curve:
    """Response along a load path; arrays over steps 0 ... steps, step 0 the zero state.

    Attributes:
        strain, stress: (steps + 1, 6), Mandel, GPa; NaN after a step that failed for good.
        iterations, residual, converged: (steps + 1,).
        time: seconds spent in the solver.
        state: the state after the last step.
        reason: why a law had no stress at the last step that did not converge, if that was it.
    """

    strain: np.ndarray
    stress: np.ndarray
    iterations: np.ndarray
    residual: np.ndarray
    converged: np.ndarray
    time: float
    state: Any
    reason: str = ""


Observer = Callable[[int, Increment], None]


def follow(
    system: System,
    path: LoadPath,
    *,
    cutbacks: int = 6,
    strict: bool = True,
    halt: bool = False,
    observe: Observer | None = None,
) -> Curve:
    """Drive `system` along `path`.

    An increment that does not converge is halved, up to `cutbacks` times over. State advances only by increments
    that were accepted. What then still does not converge raises, or with `strict=False` is kept if it is finite and
    marked in `converged`; if it is not finite, the rest of the curve is NaN and marked.

    Args:
        system: the RVE or network.
        path: the load path.
        cutbacks: how often an increment may be halved.
        strict: raise instead of marking.
        halt: without `strict`, end the curve at the first step that does not converge: it and the rest are NaN.
        observe: called as observe(step, increment) after every step, for fields and progress.

    Raises:
        ConvergenceError: with `strict`, naming load case, control, step and the residuals of the smallest increment.
    """
    shape = path.strain.shape
    strain, stress = np.full(shape, np.nan), np.full(shape, np.nan)
    iterations = np.zeros(shape[0], dtype=np.int32)
    residual = np.full(shape[0], np.nan)
    converged = np.zeros(shape[0], dtype=bool)
    strain[0] = stress[0] = residual[0] = 0.0
    converged[0] = True
    state, reason = system.initial(), ""
    began = time.perf_counter()
    for step in range(1, shape[0]):
        start = Target(path.prescribed, path.strain[step - 1], path.stress[step - 1])
        duration = float(path.time[step] - path.time[step - 1])
        end = Target(path.prescribed, path.strain[step], path.stress[step], duration)
        increment, count = _advance(system, state, start, end, cutbacks)
        iterations[step], residual[step], converged[step] = count, increment.residual, increment.converged
        reason = increment.reason or reason
        if strict and not increment.converged:
            last = ", ".join(f"{residual:.1e}" for residual in increment.residuals[-RESIDUALS_SHOWN:])
            iterates = f" (of the smallest increment's iterates: {last})" if last else ""
            why = f"; {increment.reason}" if increment.reason else ""
            raise ConvergenceError(
                f"load case {path.name} ({path.control} control): step {step} of {path.steps} did not converge, "
                f"residual {increment.residual:.1e} after {count} iterations, {cutbacks} halvings{iterates}{why}; "
                "take more steps"
            )
        finite = np.isfinite(increment.stress).all() and np.isfinite(increment.strain).all()
        if not finite or (halt and not increment.converged):
            converged[step] = False
            break
        strain[step], stress[step], state = increment.strain, increment.stress, increment.state
        if observe is not None:
            observe(step, increment)
    return Curve(strain, stress, iterations, residual, converged, time.perf_counter() - began, state, reason)


def _advance(system: System, state: Any, start: Target, end: Target, cutbacks: int) -> tuple[Increment, int]:
    """One increment, in halves where needed, and the iterations of all its parts."""
    increment = system.solve(state, end)
    count = increment.iterations
    if increment.converged or cutbacks == 0:
        return increment, count
    half = 0.5 * end.duration
    middle = Target(end.prescribed, 0.5 * (start.strain + end.strain), 0.5 * (start.stress + end.stress), half)
    first, first_count = _advance(system, state, start, middle, cutbacks - 1)
    if not first.converged:
        return replace(increment, residuals=first.residuals, reason=first.reason), count + first_count
    second, second_count = _advance(system, first.state, middle, replace(end, duration=half), cutbacks - 1)
    return second, count + first_count + second_count
