"""The online schemes compiled: the iterates of laminet.online.schemes, whole load paths in one call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from laminet import _native
from laminet.errors import InputError
from laminet.loading.driver import Curve
from laminet.loading.paths import LoadPath
from laminet.materials.laws import Law
from laminet.online.active import ActiveTree
from laminet.online.linear import DenseJumps
from laminet.online.schemes import NetworkState, NetworkSystem
from laminet.online.settings import MaterialSettings


class NativeSystem:
    """A network of one composite, driven by one scheme; see `native/online/system.hpp`."""

    def __init__(self, system: NetworkSystem):
        """Take tree, laws, recipe and settings from the readable form.

        Raises:
            InputError: a law that exists in Python only.
        """
        self.points, recipe, settings = system.points, system.recipe, system.settings
        laws = [native_law(law) for law in system.points.laws]
        self._attached = [law.attached_size for law in laws]
        paper = settings.criterion == "paper" and recipe.residual == "correction"
        how = recipe.residual != "none", recipe.secant, paper, settings.guess == "uniform"
        solver = _lapack("dpotrf", "dpotrs", "dgesv") if recipe.solver is DenseJumps else ()
        self.system = _native.NetworkSystem(active_tree(system.tree), laws, native_settings(settings), *how, *solver)

    def follow(self, path: LoadPath) -> Curve:
        """Response along `path`, as laminet.loading.driver.follow finds it with `strict=False`."""
        rows = len(path.strain)
        strain, stress, residual = np.full((rows, 6), np.nan), np.full((rows, 6), np.nan), np.full(rows, np.nan)
        iterations, converged = np.zeros(rows, dtype=np.int32), np.zeros(rows, dtype=bool)
        numbers = np.empty(self.system.state_size)  # as of laminet.online.material.Material
        began = time.perf_counter()
        given = path.prescribed, path.strain, path.stress, path.time
        with told():
            self.system.follow(*given, strain, stress, iterations, residual, converged, numbers)
        spent = time.perf_counter() - began
        last = np.flatnonzero(np.isfinite(stress[:, 0]))[-1]
        state = NetworkState(strain[last].copy(), stress[last].copy(), *self._leaves(numbers))
        reason = "" if converged.all() else self.system.trouble
        return Curve(strain, stress, iterations, residual, converged, spent, state, reason)

    def _leaves(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Strains (n, 6) of the leaves and states (n, s) of their laws, of a state as Material has it."""
        rest = numbers[6:]
        attached = [self._attached[number - 1] for number in self.points.phase]
        rows, tail = np.split(rest, [len(rest) - sum(attached)])
        leaf_strain, inner = np.split(rows.reshape(len(self.points), -1), [6], axis=1)
        law = self.points.virgin()
        known = min(inner.shape[1], law.shape[1])
        law[:, :known] = inner[:, :known]
        for row, size in zip(law, attached, strict=True):
            row[:size], tail = tail[:size], tail[size:]
        return leaf_strain, law


def _lapack(*names: str) -> list[object]:
    """LAPACK's functions, by scipy: a slow import, which only the dense solver needs."""
    from scipy.linalg import cython_lapack

    return [cython_lapack.__pyx_capi__[name] for name in names]


def active_tree(tree: ActiveTree) -> "_native.ActiveTree":
    """The native form of an active tree: its levels as one list of blocks from the root down."""
    nodes, normals = tree.blocks
    parents, first, second = nodes.T
    none = np.zeros((0, 6, 6))
    block_R = np.concatenate([none, *(level.R for level in tree.levels if level.R is not None)])
    leaves = tree.leaf, tree.phase, tree.weight, none if tree.leaf_R is None else tree.leaf_R
    return _native.active_tree(parents, first, second, normals, block_R, *leaves)


@contextmanager
def told() -> Iterator[None]:
    """What laws of the user's do not allow, as InputError."""
    try:
        yield
    except ValueError as error:
        raise InputError(str(error)) from error


def native_law(law: Law) -> "_native.Law":
    """The native form of a constitutive law.

    Raises:
        InputError: a law that exists in Python only.
    """
    native = law.native()
    if native.external is not None:
        return _native.Law.external(native.external)
    return _native.Law(native.name, native.constants)


def native_settings(settings: MaterialSettings) -> "_native.OnlineSettings":
    """The native form of the settings that a material and all schemes share."""
    return _native.OnlineSettings(settings.tolerance, settings.max_iterations, settings.cutbacks)
