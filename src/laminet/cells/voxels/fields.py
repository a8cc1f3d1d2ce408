"""Local fields of a cell of voxels at its Gauss points, a few layers of voxels at a time to save memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laminet.cells import vtk
from laminet.cells.increments import CellState
from laminet.cells.voxels.backends import Backend, Processor
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.element import SIZE, Element, gather
from laminet.cells.voxels.vti import write_vti
from laminet.materials.laws import Law
from laminet.materials.local_fields import by_phase, measures
from laminet.materials.points import Points

POINTS = 8
"""Gauss points of a voxel, of equal weight."""

AT_ONCE = 2**13
"""Voxels whose fields are computed together, about."""


@dataclass(frozen=True)
class VoxelFields:
    """Means of local fields over every voxel.

    Attributes:
        strain: (x, y, z, 6), Mandel.
        stress: (x, y, z, 6), Mandel, GPa.
        state: parts of the laws' states by name, (x, y, z) or (x, y, z, size).
    """

    strain: np.ndarray
    stress: np.ndarray
    state: dict[str, np.ndarray]


class _Layers(NamedTuple):
    """Fields at the Gauss points, voxel by voxel, of voxels begin ... end in C order; see VoxelFields."""

    begin: int
    end: int
    strain: np.ndarray
    stress: np.ndarray
    state: dict[str, np.ndarray]


class LocalFields:
    """What happens inside of a cell of voxels."""

    def __init__(self, cell: VoxelCell, laws: Sequence[Law], backend: Backend | None = None):
        """Of a cell with the laws of phases 1, 2, ...; states are where `backend` computes, or on the processor."""
        self._cell, self._laws, self._backend = cell, tuple(laws), backend or Processor()
        self._strain = Element(cell.spacing).strain.reshape(6 * POINTS, SIZE).T
        self._affine = Element(cell.spacing).affine
        self._nonlinear = np.array([not law.linear for law in laws])[cell.phase.ravel() - 1]

    def means(self, state: CellState) -> VoxelFields:
        """The fields of a state."""
        whole: dict[str, np.ndarray] = {}
        for part in self._layers(state):
            for name, values in {"strain": part.strain, "stress": part.stress, **part.state}.items():
                mean = values.reshape(-1, POINTS, *values.shape[1:]).mean(axis=1)
                whole.setdefault(name, np.zeros((self._cell.phase.size, *mean.shape[1:])))[part.begin : part.end] = mean
        shape = self._cell.phase.shape
        fields = {name: values.reshape(*shape, *values.shape[1:]) for name, values in whole.items()}
        return VoxelFields(fields.pop("strain"), fields.pop("stress"), fields)

    def statistics(self, state: CellState) -> dict[str, np.ndarray]:
        """Statistics of a state's fields; see laminet.materials.local_fields."""
        phase = np.repeat(self._cell.phase.ravel(), POINTS)
        mises, plastic = np.empty(len(phase)), np.empty(len(phase))
        for part in self._layers(state):
            at = slice(POINTS * part.begin, POINTS * part.end)
            mises[at], plastic[at] = measures(part.stress, part.state)
        return by_phase(self._cell.phases, phase, np.ones(len(phase)), (mises, plastic))

    def _layers(self, state: CellState) -> Iterator[_Layers]:
        phase = self._cell.phase
        layer = phase[0].size
        fluctuation, states = (self._backend.get(each) for each in (state.fluctuation, state.points))
        slots = np.concatenate([[0], np.cumsum(self._nonlinear)])  # of the voxels before each
        count = max(1, AT_ONCE // layer)
        for first in range(0, len(phase), count):
            last = min(first + count, len(phase))
            nodes = fluctuation.take(range(first, last + 1), axis=1, mode="wrap")
            displacement = gather(nodes)[: last - first].reshape(-1, SIZE) + self._affine @ state.macro
            strain = (displacement @ self._strain).reshape(-1, 6)
            begin, end = first * layer, last * layer
            points = Points(self._laws, np.repeat(phase[first:last].ravel(), POINTS))
            kept = states[slots[begin] : slots[end]]  # (slots, size, 8): of voxels whose law is not linear
            old = np.zeros((end - begin, POINTS, points.state_size))
            old[self._nonlinear[begin:end]] = kept.transpose(0, 2, 1)[:, :, : points.state_size]
            old = old.reshape(-1, points.state_size)
            stress, _, _ = points.update(strain, old)  # nothing flows
            yield _Layers(begin, end, strain, stress, points.parts(old))


def write_fields(cell: VoxelCell, fields: VoxelFields, path: Path | str) -> None:
    """Write means over the voxels as VTI, and the phases. Tensors are as in laminet.cells.fibres.vtu.

    Raises:
        InputError: the folder cannot be written.
    """
    means = {"stress": fields.stress, "strain": fields.strain} | fields.state
    shape = cell.phase.shape
    arrays = {name: vtk.tensors(each.reshape(cell.phase.size, -1)).reshape(*shape, -1) for name, each in means.items()}
    write_vti(path, cell.spacing, {"phase": cell.phase.astype(np.uint8)} | arrays)
