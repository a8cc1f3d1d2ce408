"""A network as the constitutive law of a finite-element code: many material points at once, with exact tangents."""

from typing import Any

import numpy as np

from laminet import _native
from laminet.errors import ConvergenceError, InputError
from laminet.files.network import NetworkParameters
from laminet.loading.settings import Duration
from laminet.materials.library import Composite
from laminet.numeric import real_array
from laminet.online.active import laminates
from laminet.online.native import active_tree, native_law, native_settings, told
from laminet.online.settings import MaterialSettings
from laminet.settings import Count, check


class Material:
    """The law of `points` material points that share network and composite (as laminet.materials.laws.law.Law).

    Every point is solved by the condensed Newton scheme. States are rows of numbers whose meaning is the law's own:
    the macroscopic strain (6), then for every active leaf its strain (6) and the state of its law.
    """

    def __init__(
        self,
        network: NetworkParameters,
        composite: Composite,
        points: int = 1,
        settings: MaterialSettings | None = None,
        threads: int = 1,
    ):
        """Prepare the points.

        Args:
            network: trained parameters, of either model.
            composite: laws of the phases.
            points: number of points.
            settings: tolerance, most iterations and cutbacks; the backend is native.
            threads: cores that share the points.

        Raises:
            InputError: fewer than one point or thread, a law that exists in Python only, or a composite with another
                number of phases than the network.
            DeadNetworkError: no leaf is active.
        """
        points, threads = check(Count, points, "points"), check(Count, threads, "threads")
        settings = settings or MaterialSettings()
        self.points, self._threads = points, threads
        self._parts = network, composite, points, settings, threads
        laws = [native_law(law) for law in composite.laws_of(network.phases, "network")]
        self._law = _native.Material(active_tree(laminates(network)), laws, native_settings(settings))

    def __repr__(self) -> str:
        network = self._parts[0]
        return f"<laminet.online.material.Material: {network.model} of depth {network.depth}, points {self.points}>"

    def __reduce__(self) -> tuple[type["Material"], tuple[Any, ...]]:
        """Copies and pickles are built from the same parts: a compiled law belongs to one process."""
        return type(self), self._parts

    def virgin(self) -> np.ndarray:
        """States (points, size) before any loading."""
        return np.zeros((self.points, self._law.state_size))

    def update(
        self, strain: np.ndarray, state: np.ndarray, duration: float | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stress (points, 6), consistent tangent (points, 6, 6) and new state at total strain (points, 6).

        `duration` is that of the increment, in seconds; only laws that depend on time need it.

        The tangent is the exact derivative of the stress that this update gives, so the Newton iterations of a
        finite-element code converge quadratically. If an increment had to be halved, it is the tangent of its last
        part. Strain and stress are Mandel vectors, GPa. `state` is not changed.

        Raises:
            InputError: arrays of another shape, a number in them that is not finite, or a duration that is negative, or
                missing where a law depends on it.
            ConvergenceError: a point found no equilibrium in finite numbers, naming the first and its residuals.
        """
        if duration is None and self._law.rate_dependent:
            raise InputError("duration is missing: a law depends on time; give the seconds of the increment")
        seconds = check(Duration, duration or 0.0, "duration")
        strain, state = (
            np.ascontiguousarray(real_array(array, name)) for array, name in ((strain, "strain"), (state, "state"))
        )
        for name, array, size in (("strain", strain, 6), ("state", state, self._law.state_size)):
            if array.shape != (self.points, size):
                raise InputError(f"{name} has the shape {array.shape}; it must be {(self.points, size)}")
            if not (finite := np.isfinite(array).all(axis=1)).all():
                raise InputError(f"the {name} of point {np.argmin(finite)} holds a number that is not finite")
        stress, tangent = np.empty((self.points, 6)), np.empty((self.points, 6, 6))
        updated, converged = np.empty_like(state), np.empty(self.points, dtype=bool)
        with told():
            self._law.update(strain, state, seconds, stress, tangent, updated, converged, self._threads)
        if not converged.all():
            first = np.flatnonzero(~converged)[0]
            raise ConvergenceError(
                f"{(~converged).sum()} of {self.points} material points failed; point {first}: "
                f"{self._law.failure(strain[first], state[first], seconds)}; take a smaller increment"
            )
        return stress, tangent, updated
