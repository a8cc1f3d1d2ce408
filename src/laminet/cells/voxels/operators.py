"""Forces of a cell of voxels with given stiffnesses, laws or tangents: compiled, and the same readable in NumPy.

The unknowns are the displacement's fluctuation u (3, x, y, z) and the macroscopic strain e (6,). An element has the
displacements u + X e, where X e is affine. Its forces f balance at the nodes, and X^T f is its mean stress.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import Element, gather, scatter
from laminet.errors import InputError
from laminet.mandel import COMPONENTS
from laminet.materials.laws import Law
from laminet.materials.points import Points

UPPER = np.triu_indices(len(COMPONENTS))


class Operator(Protocol):
    """A symmetric linear operator on fluctuations and macroscopic strains."""

    def __call__(self, fluctuation: np.ndarray, macro: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nodal forces (3, x, y, z) per volume of a voxel, and the mean stress (6,)."""


class LinearForces:
    """The forces of phases with given stiffnesses."""

    def __init__(
        self, cell: VoxelCell, stiffness: np.ndarray, element: Element, threads: int = 1, compiled: bool = True
    ):
        """Of phases with the stiffnesses (phases, 6, 6), Mandel, by compiled loops or by the readable ones."""
        self._phase, self._element, self._threads, self._compiled = cell.phase, element, threads, compiled
        self._blocks, self._matrices = element.blocks(stiffness), element.matrices(stiffness)

    def __call__(self, fluctuation: np.ndarray, macro: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Operator."""
        if not self._compiled:
            forces = self.by_element(gather(fluctuation) + self._element.affine @ macro)
            return scatter(forces), self._element.affine.T @ forces.mean(axis=(0, 1, 2))
        from laminet import _voxels  # a process that draws or reads cells needs no compiled loops

        force = np.empty_like(fluctuation)
        stress = _voxels.linear_forces(*self.native, fluctuation, macro.tolist(), force, self._threads)
        return force, np.array(stress)

    def by_element(self, displacement: np.ndarray) -> np.ndarray:
        """Forces (x, y, z, 24) of the displacements (x, y, z, 24) of the elements."""
        return np.einsum("xyzab,xyzb->xyza", self._matrices[self._phase - 1], displacement)

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

    force: np.ndarray
    stress: np.ndarray
    state: np.ndarray
    force_square: float
    sound: bool


class NonlinearForces:
    """The forces of phases with laws, and of the tangents at the last strain.

    Voxels whose law is not linear have slots, numbered from 0; states and tangents are kept for them alone.
    """

    def __init__(self, cell: VoxelCell, laws: Sequence[Law], element: Element, threads: int = 1, compiled: bool = True):
        """Of the laws of phases 1, 2, ...; those that exist in Python only are not compiled.

        Raises:
            InputError: a law that depends on time, or whose tangent is not symmetric: conjugate gradients take none.
        """
        for number, law in enumerate(laws, 1):
            if law.rate_dependent or not law.symmetric:
                what = "depends on time" if law.rate_dependent else "has a tangent that is not symmetric"
                raise InputError(
                    f"the law '{law.name or type(law).__name__}' of phase {number} {what}; "
                    "cells of voxels take no such law: take a cell of fibres"
                )
        self._phase, self._element, self._threads = cell.phase, element, threads
        self.stiffness = np.stack([law.stiffness for law in laws])
        self.elastic = LinearForces(cell, self.stiffness, element, threads, compiled)
        nonlinear = np.array([not law.linear for law in laws])[cell.phase - 1]
        self.slots = int(np.count_nonzero(nonlinear))
        self._slot = np.full(cell.phase.shape, -1, dtype=np.int32)
        self._slot[nonlinear] = np.arange(self.slots)
        self._nonlinear = nonlinear
        self._points = Points(laws, np.repeat(cell.phase[nonlinear], 8))
        self._laws = _native_laws(laws) if compiled else None
        size = 7 if self._laws is not None else self._points.state_size
        self._virgin = np.zeros((self.slots, size, 8))
        self._tangent = np.empty((self.slots, 21, 8), dtype=np.float32)
        self._flowing = np.zeros(self.slots, dtype=np.uint8)

    def virgin(self) -> np.ndarray:
        """States (slots, s, 8) before any loading."""
        return self._virgin

    @property
    def flowing(self) -> int:
        """Number of voxels whose tangent is not the elastic one."""
        return int(np.count_nonzero(self._flowing))

    def respond(self, fluctuation: np.ndarray, macro: np.ndarray, state: np.ndarray) -> Response:
        """Forces at a strain of the cell from states (slots, s, 8); `tangent` is then that of this strain."""
        if self._laws is None:
            return self._respond(gather(fluctuation) + self._element.affine @ macro, state)
        from laminet import _voxels

        force, new = np.empty_like(fluctuation), np.empty_like(state)
        stiffness = np.ascontiguousarray(self.stiffness[:, UPPER[0], UPPER[1]])
        laws: dict[str, Any] = {"laws": self._laws, "elastic": stiffness, "old": state, "state": new}
        stress, square, sound = _voxels.nonlinear_forces(*self._native(fluctuation, macro, force), **laws)
        return Response(force, np.array(stress), new, square, sound)

    def _native(self, fluctuation: np.ndarray, macro: np.ndarray, force: np.ndarray) -> tuple[Any, ...]:
        """What both compiled loops over laws and tangents begin with; they write the force."""
        cell = *self.elastic.native, self._slot, self._tangent, self._flowing
        return *cell, fluctuation, macro.tolist(), force, self._threads

    def tangent(self, fluctuation: np.ndarray, macro: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Operator, with the tangents at the strain of the last `respond`."""
        if self._laws is None:
            displacement = gather(fluctuation) + self._element.affine @ macro
            forces = self.elastic.by_element(displacement)
            strain = np.einsum("gia,ma->mig", self._element.strain, displacement[self._nonlinear])
            tangent = np.empty((self.slots, 6, 6, 8))
            tangent[:, UPPER[0], UPPER[1]] = tangent[:, UPPER[1], UPPER[0]] = self._tangent
            stress = np.einsum("mijg,mjg->mig", tangent, strain)
            forces[self._nonlinear] = np.einsum("gia,mig->ma", self._element.strain, stress) / 8.0
            return scatter(forces), self._element.affine.T @ forces.mean(axis=(0, 1, 2))
        from laminet import _voxels

        force = np.empty_like(fluctuation)
        return force, np.array(_voxels.tangent_forces(*self._native(fluctuation, macro, force)))

    def _respond(self, displacement: np.ndarray, state: np.ndarray) -> Response:
        """`respond` for the displacements (x, y, z, 24) of the elements, in NumPy."""
        forces = self.elastic.by_element(displacement)
        strain = np.einsum("gia,ma->mgi", self._element.strain, displacement[self._nonlinear])
        points = state.transpose(0, 2, 1).reshape(-1, state.shape[1])
        stress, tangent, new = self._points.update(strain.reshape(-1, 6), points)
        self._tangent[:] = tangent.reshape(self.slots, 8, 6, 6)[:, :, UPPER[0], UPPER[1]].transpose(0, 2, 1)
        elastic = self.stiffness[self._phase[self._nonlinear] - 1][:, UPPER[0], UPPER[1], None]
        self._flowing[:] = (np.abs(self._tangent - elastic) > 1e-12 * elastic[:, :1]).any(axis=(1, 2))
        by_element = stress.reshape(self.slots, 8, 6)
        forces[self._nonlinear] = np.einsum("gia,mgi->ma", self._element.strain, by_element) / 8.0
        states = np.ascontiguousarray(new.reshape(self.slots, 8, -1).transpose(0, 2, 1))
        mean = self._element.affine.T @ forces.mean(axis=(0, 1, 2))
        return Response(scatter(forces), mean, states, float(np.sum(forces**2)), bool(np.isfinite(stress).all()))


def _native_laws(laws: Sequence[Law]) -> list[tuple[str, list[float]]] | None:
    """The laws as compiled code knows them; None where one is not among its own."""
    try:
        known = [law.native() for law in laws]
    except InputError:
        return None
    return None if any(each.external for each in known) else [(each.name, list(each.constants)) for each in known]
