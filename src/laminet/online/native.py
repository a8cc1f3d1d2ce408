"""The online schemes compiled: the iterates of laminet.online.schemes, whole load paths in one call."""

import time

import numpy as np

from laminet import _native
from laminet.loading.driver import Curve
from laminet.loading.paths import LoadPath
from laminet.materials.laws import Law
from laminet.online.active import ActiveTree
from laminet.online.linear import DenseJumps
from laminet.online.schemes import NetworkState, NetworkSystem
from laminet.online.settings import OnlineSettings

LAW_STATE = 7
"""Numbers of state that native code keeps for every leaf, whatever its law needs."""


class NativeSystem:
    """A network of one composite, driven by one scheme; see `native/online/system.hpp`."""

    def __init__(self, system: NetworkSystem):
        """Take tree, laws, recipe and settings from the readable form.

        Raises:
            InputError: a law that exists in Python only.
        """
        self.points = system.points
        self.system = _native.NetworkSystem(
            active_tree(system.tree),
            [native_law(law) for law in system.points.laws],
            system.recipe.secant,
            system.recipe.residual,
            native_settings(system.settings),
            *(_lapack("dpotrf", "dpotrs") if system.recipe.solver is DenseJumps else ()),
        )

    def follow(self, path: LoadPath) -> Curve:
        """Response along `path`, as laminet.loading.driver.follow finds it with `strict=False`."""
        rows = len(path.strain)
        strain, stress, residual = np.empty((rows, 6)), np.empty((rows, 6)), np.empty(rows)
        iterations, converged = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=bool)
        leaf_strain, law = np.empty((len(self.points), 6)), np.empty((len(self.points), LAW_STATE))
        target_strain, target_stress = (
            np.ascontiguousarray(array, dtype=float) for array in (path.strain, path.stress)
        )
        began = time.perf_counter()
        self.system.follow(
            path.prescribed,
            target_strain,
            target_stress,
            strain,
            stress,
            iterations,
            residual,
            converged,
            leaf_strain,
            law,
        )
        spent = time.perf_counter() - began
        last = np.flatnonzero(np.isfinite(stress[:, 0]))[-1]
        state = NetworkState(strain[last].copy(), stress[last].copy(), leaf_strain, law[:, : self.points.state_size])
        return Curve(strain, stress, iterations, residual, converged, spent, state)


def _lapack(*names: str) -> list[object]:
    """LAPACK's functions, by scipy: a slow import, which only the dense solver needs."""
    from scipy.linalg import cython_lapack

    return [cython_lapack.__pyx_capi__[name] for name in names]


def active_tree(tree: ActiveTree) -> "_native.ActiveTree":
    """The native form of an active tree: its levels as one list of blocks from the root down."""
    numbers = np.arange(tree.nodes)

    def joined(arrays: list[np.ndarray], shape: tuple[int, ...], dtype: type = float) -> np.ndarray:
        return np.concatenate([np.zeros((0, *shape), dtype), *arrays]).astype(dtype).reshape(-1, *shape)

    def rotations(R: np.ndarray | None) -> np.ndarray:
        return np.zeros((0, 6, 6)) if R is None else np.ascontiguousarray(R)

    levels = tree.levels
    turned = [level.R for level in levels if level.R is not None]
    return _native.active_tree(
        joined([level.parents for level in levels], (), np.int32),
        joined([numbers[level.first] for level in levels], (), np.int32),
        joined([numbers[level.second] for level in levels], (), np.int32),
        joined([level.H[:, [0, 1, 2], [0, 1, 2]] for level in levels], (3,)),  # H_ii = n_i
        joined(turned, (6, 6)),
        tree.leaf.astype(np.int32),
        tree.phase.astype(np.int32),
        tree.weight,
        rotations(tree.leaf_R),
    )


def native_law(law: Law) -> "_native.Law":
    """The native form of a constitutive law.

    Raises:
        InputError: a law that exists in Python only.
    """
    native = law.native()
    return _native.Law(native.name, native.constants)


def native_settings(settings: OnlineSettings) -> "_native.OnlineSettings":
    """The native form of the settings."""
    return _native.OnlineSettings(
        settings.tolerance,
        settings.max_iterations,
        settings.cutbacks,
        settings.criterion == "paper",
        settings.guess == "uniform",
    )
