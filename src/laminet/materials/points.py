"""Points of a composite, each with the law of its phase, evaluated together."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from laminet.materials.laws import Law
from laminet.numeric import empty


class Points:
    """Points whose states are rows of one array, as wide as that of the law that needs most."""

    def __init__(self, laws: Sequence[Law], phase: np.ndarray):
        """Laws of phases 1, 2, ..., and the phase (n,) of every point."""
        self.laws = tuple(laws)
        self.phase = np.asarray(phase)
        self.state_size = max(law.state_size for law in laws)
        self._members = [(law, np.flatnonzero(self.phase == number)) for number, law in enumerate(laws, 1)]

    def __len__(self) -> int:
        return len(self.phase)

    @property
    def symmetric(self) -> bool:
        """Whether the tangents of all laws are symmetric."""
        return all(law.symmetric for law in self.laws)

    @property
    def rate_dependent(self) -> bool:
        """Whether a law of a phase depends on the duration of increments."""
        return any(law.rate_dependent for law in self.laws)

    def over(self, duration: float) -> "Points":
        """The points in an increment of so many seconds; themselves where no law depends on it. See Law.over."""
        return Points([law.over(duration) for law in self.laws], self.phase) if self.rate_dependent else self

    @cached_property
    def stiffness(self) -> np.ndarray:
        """Elastic stiffness (n, 6, 6) of every point, GPa."""
        return np.stack([law.stiffness for law in self.laws])[self.phase - 1]

    def virgin(self) -> np.ndarray:
        """State (n, s) before any loading."""
        return np.zeros((len(self), self.state_size))

    def update(self, strain: Any, state: Any) -> tuple[Any, Any, Any]:
        """Stress (n, 6), consistent tangent (n, 6, 6), new state (n, s) at total strain (n, 6) from `state` (n, s).

        Tensors of PyTorch do, too, if the laws take them; see Law.on_tensors.
        """
        stress, tangent, updated = empty(strain, strain.shape), empty(strain, (len(self), 6, 6)), 0.0 * state
        for law, members in self._members:
            answer = law.update(strain[members], state[members, : law.state_size])
            stress[members], tangent[members], updated[members, : law.state_size] = answer
        return stress, tangent, updated

    def differentiable_update(self, strain: Any, state: Any) -> tuple[Any, Any]:
        """Stress (n, 6) and new state (n, s) as of `update`, for PyTorch tensors; see Law.differentiable_update."""
        stress, updated = strain.new_zeros(strain.shape), state.new_zeros(state.shape)
        for law, members in self._members:
            answer = law.differentiable_update(strain[members], state[members, : law.state_size])
            stress[members], updated[members, : law.state_size] = answer
        return stress, updated

    def secant(self, strain_increment: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Secant (n, 6, 6) between two states (n, s) over strain increments (n, 6); see Law.secant."""
        secant = np.empty((len(self), 6, 6))
        for law, members in self._members:
            states = (state[members, : law.state_size] for state in (old, new))
            secant[members] = law.secant(strain_increment[members], *states)
        return secant

    def parts(self, state: np.ndarray) -> dict[str, np.ndarray]:
        """Parts of states (n, s) by name, (n,) or (n, size); zero at points whose law lacks the part."""
        parts: dict[str, np.ndarray] = {}
        for law, members in self._members:
            for name, values in law.split(state[members]).items():
                parts.setdefault(name, np.zeros((len(self), *values.shape[1:])))[members] = values
        return parts
