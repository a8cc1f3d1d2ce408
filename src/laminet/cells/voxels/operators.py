"""Forces of a cell of voxels with given stiffnesses, laws or tangents: compiled loops, and readable ones.

The unknowns are the displacement's fluctuation u (3, x, y, z) and the macroscopic strain e (6,). An element has the
displacements u + X e, where X e is affine. Its forces f balance at the nodes, and X^T f is its mean stress. Fields are
arrays of the backend; macroscopic strains and stresses are arrays of NumPy.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from laminet.cells.voxels.backends import Backend, Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element, gather, scatter
from laminet.errors import InputError
from laminet.mandel import COMPONENTS
from laminet.materials.laws import Law
from laminet.materials.points import Points
from laminet.numeric import library

UPPER = np.triu_indices(len(COMPONENTS))
PACKED = np.zeros((6, 6), dtype=int)
PACKED[UPPER] = PACKED[UPPER[1], UPPER[0]] = np.arange(len(UPPER[0]))

SHEAR = np.where(UPPER[0] == UPPER[1], 1.0, 0.0) - (UPPER[1] < 3) * np.where(UPPER[0] == UPPER[1], 1.0, 2.0) / 3.0
"""Weights (21,) of a packed stiffness whose sum is its trace on deviators: 10 G if it is isotropic."""

AT_ONCE = 2**14
"""Voxels whose laws the readable loops update together."""


class Operator(Protocol):
    """A symmetric linear operator on fluctuations and macroscopic strains."""

    def __call__(self, fluctuation: Any, macro: np.ndarray) -> tuple[Any, np.ndarray]:
        """Nodal forces (3, x, y, z) per volume of a voxel, and the mean stress (6,)."""


class LinearForces:
    """The forces of phases with given stiffnesses."""

    def __init__(self, cell: VoxelCell, stiffness: np.ndarray, element: Element, backend: Backend | None = None):
        """Of phases with the stiffnesses (phases, 6, 6), Mandel; by default on one thread of the processor."""
        self._phase, self._element, self._backend = cell.phase, element, backend or Processor()
        if self._backend.compiled:
            self._blocks = element.blocks(stiffness)
        else:
            put = self._backend.put
            self._affine = put(element.affine)
            self._phases = [
                (put((cell.phase == number)[..., None]), put(matrix))
                for number, matrix in enumerate(element.matrices(stiffness), 1)
            ]

    def __call__(self, fluctuation: Any, macro: np.ndarray) -> tuple[Any, np.ndarray]:
        """See Operator."""
        if not self._backend.compiled:
            return self.at_nodes(self.by_element(self.displacement(fluctuation, macro)))
        from laminet import _voxels  # a process that draws or reads cells needs no compiled loops

        force = np.empty_like(fluctuation)
        stress = _voxels.linear_forces(*self.native, fluctuation, macro.tolist(), force, self._backend.threads)
        return force, np.array(stress)

    def displacement(self, fluctuation: Any, macro: np.ndarray) -> Any:
        """Displacements (x, y, z, 24) of the elements."""
        return gather(fluctuation) + self._affine @ self._backend.put(macro)

    def by_element(self, displacement: Any) -> Any:
        """Forces (x, y, z, 24) of the displacements (x, y, z, 24) of the elements; their matrices are symmetric."""
        return sum(mask * (displacement @ matrix) for mask, matrix in self._phases)

    def at_nodes(self, forces: Any) -> tuple[Any, np.ndarray]:
        """Nodal forces (3, x, y, z) and mean stress (6,) of the elements' forces (x, y, z, 24)."""
        return scatter(forces), self._backend.get(self._affine.T @ forces.mean(axis=(0, 1, 2)))

    @property
    def native(self) -> tuple[np.ndarray, tuple[float, float, float], np.ndarray]:
        """Phases, slopes and blocks, which all compiled loops over voxels begin with."""
        return self._phase, self._element.slope, self._blocks


class Response(NamedTuple):
    """What laws answer to a strain of the cell.

    Attributes:
        force: (3, x, y, z) nodal forces, per volume of a voxel.
        stress: (6,) mean stress, GPa.
        state: (slots, s, 8) states of the laws.
        force_square: sum of the squares of all elements' forces.
        sound: whether every law has a stress.
    """

    force: Any
    stress: np.ndarray
    state: Any
    force_square: float
    sound: bool


class NonlinearForces:
    """The forces of phases with laws, and of the tangents at the last strain.

    Voxels whose law is not linear have slots, numbered from 0; states and tangents are kept for them alone. Tangents
    are in single precision: Newton's method corrects what that leaves.
    """

    def __init__(self, cell: VoxelCell, laws: Sequence[Law], element: Element, backend: Backend | None = None):
        """Of the laws of phases 1, 2, ...; those that exist in Python only are not compiled.

        Raises:
            InputError: a law that depends on time, or whose tangent is not symmetric: conjugate gradients take none.
                A law that a device cannot compute.
        """
        backend = backend or Processor()
        _check(laws, library(backend.put(np.zeros(0))) is not np)
        native = _native_laws(laws) if backend.compiled else None
        if backend.compiled and native is None:
            backend = Processor(backend.threads, compiled=False)
        self._laws, self._element, self._backend, self._phase = native, element, backend, cell.phase
        self.stiffness = np.stack([law.stiffness for law in laws])
        self.elastic = LinearForces(cell, self.stiffness, element, backend)
        nonlinear = np.array([not law.linear for law in laws])[cell.phase - 1]
        self.slots = int(np.count_nonzero(nonlinear))
        self._tangent = backend.put(np.zeros((self.slots, 21, 8), dtype=np.float32))
        self._flowing = backend.put(np.zeros(self.slots, dtype=np.uint8))
        size = 7 if backend.compiled else max(law.state_size for law in laws)
        self._virgin = backend.put(np.zeros((self.slots, size, 8)))
        if backend.compiled:
            self._slot = np.full(cell.phase.shape, -1, dtype=np.int32)
            self._slot[nonlinear] = np.arange(self.slots)
        else:
            self._nonlinear, self._strain = backend.put(nonlinear), backend.put(element.strain)
            self._points = [
                Points(laws, np.repeat(phase, 8))
                for phase in np.split(cell.phase[nonlinear], range(AT_ONCE, self.slots, AT_ONCE))
            ]

    def virgin(self) -> Any:
        """States (slots, s, 8) before any loading."""
        return self._virgin

    @property
    def flowing(self) -> int:
        """Number of voxels whose tangent is not the elastic one."""
        return int(self._flowing.sum())

    def respond(self, fluctuation: Any, macro: np.ndarray, state: Any) -> Response:
        """Forces at a strain of the cell from states (slots, s, 8); `tangent` is then that of this strain."""
        if self._laws is None:
            return self._respond(self.elastic.displacement(fluctuation, macro), state)
        from laminet import _voxels

        force, new = np.empty_like(fluctuation), np.empty_like(state)
        stiffness = np.ascontiguousarray(self.stiffness[:, UPPER[0], UPPER[1]])
        laws: dict[str, Any] = {"laws": self._laws, "elastic": stiffness, "old": state, "state": new}
        stress, square, sound = _voxels.nonlinear_forces(*self._native(fluctuation, macro, force), **laws)
        return Response(force, np.array(stress), new, square, sound)

    def tangent(self, fluctuation: Any, macro: np.ndarray) -> tuple[Any, np.ndarray]:
        """See Operator, with the tangents at the strain of the last `respond`."""
        if self._laws is None:
            displacement = self.elastic.displacement(fluctuation, macro)
            forces, of = self.elastic.by_element(displacement), library(displacement)
            strain = of.einsum("gia,ma->img", self._strain, displacement[self._nonlinear])
            rows = [sum(self._tangent[:, k] * strain[j] for j, k in enumerate(row)) for row in PACKED.tolist()]
            forces[self._nonlinear] = of.einsum("gia,img->ma", self._strain, of.stack(rows)) / 8.0
            return self.elastic.at_nodes(forces)
        from laminet import _voxels

        force = np.empty_like(fluctuation)
        return force, np.array(_voxels.tangent_forces(*self._native(fluctuation, macro, force)))

    def shear(self) -> Any:
        """Stiffness (x, y, z) of every voxel in shear, GPa, by the tangents at the strain of the last `respond`."""
        of, put, precision = library(self._tangent), self._backend.put, self._backend.precision
        elastic = self.stiffness[:, UPPER[0], UPPER[1]] @ SHEAR
        shear = put(elastic.astype(precision)[self._phase - 1])
        of_points = of.einsum("sjp,j->s", self._tangent, put(SHEAR.astype(np.float32)))
        shear[self._slot >= 0 if self._laws is not None else self._nonlinear] = of_points / 8.0
        return shear / 10.0

    def _native(self, fluctuation: np.ndarray, macro: np.ndarray, force: np.ndarray) -> tuple[Any, ...]:
        """What both compiled loops over laws and tangents begin with; they write the force."""
        cell = *self.elastic.native, self._slot, self._tangent, self._flowing
        return *cell, fluctuation, macro.tolist(), force, self._backend.threads

    def _respond(self, displacement: Any, state: Any) -> Response:
        """`respond` for the displacements (x, y, z, 24) of the elements, by readable loops."""
        of, forces, new = library(displacement), self.elastic.by_element(displacement), 0.0 * state
        strain = of.einsum("gia,ma->mgi", self._strain, displacement[self._nonlinear])
        stress, begin = 0.0 * strain, 0
        for points in self._points:
            at = slice(begin, begin := begin + len(points) // 8)
            old = of.moveaxis(state[at], 1, 2).reshape(len(points), -1)
            sigma, tangent, updated = points.update(strain[at].reshape(-1, 6), old)
            stress[at] = sigma.reshape(-1, 8, 6)
            new[at] = of.moveaxis(updated.reshape(-1, 8, state.shape[1]), 1, 2)
            packed = of.moveaxis(tangent[:, UPPER[0], UPPER[1]].reshape(-1, 8, 21), 1, 2)
            elastic = self._backend.put(self.stiffness[points.phase[::8] - 1][:, UPPER[0], UPPER[1], None])
            self._tangent[at] = packed
            self._flowing[at] = (abs(packed - elastic) > 1e-12 * elastic[:, :1]).any(2).any(1)
        forces[self._nonlinear] = of.einsum("gia,mgi->ma", self._strain, stress) / 8.0
        force, mean = self.elastic.at_nodes(forces)
        return Response(force, mean, new, float((forces * forces).sum()), bool(of.isfinite(stress).all()))


def _check(laws: Sequence[Law], tensors: bool) -> None:
    """Refuse what conjugate gradients cannot solve, and laws that take no tensors where they must."""
    for number, law in enumerate(laws, 1):
        name = law.name or type(law).__name__
        if law.rate_dependent or not law.symmetric:
            what = "depends on time" if law.rate_dependent else "has a tangent that is not symmetric"
            raise InputError(
                f"the law '{name}' of phase {number} {what}; cells of voxels take no such law: take a cell of fibres"
            )
        if tensors and not law.linear and not law.on_tensors:
            raise InputError(f"the law '{name}' of phase {number} is not computed on a device; take device cpu")


def _native_laws(laws: Sequence[Law]) -> list[tuple[str, list[float]]] | None:
    """The laws as compiled code knows them; None where one is not among its own."""
    try:
        known = [law.native() for law in laws]
    except InputError:
        return None
    return None if any(each.external for each in known) else [(each.name, list(each.constants)) for each in known]
