"""Direct solution of finite-element systems by nested dissection: condensing the cell along a tree of its parts.

The elements are halved again and again, as the two halves of a network's tree are: a part that is small enough
is assembled densely, every degree of freedom is eliminated in the smallest part that holds all its elements, and the
Schur complement on what remains, the part's interface, is passed on to the part above. All arithmetic is Cholesky on
dense blocks, which for the cells' matrices is several times faster than a general sparse factorisation.

The numeric phase here is the readable reference of the compiled one (laminet.cells.fibres.compiled).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.linalg.blas import dsyrk, dtrsm
from scipy.linalg.lapack import dpotrf

from laminet.cells.fibres.packing import periodic

LEAF = 32  # elements in the smallest parts
SWEEPS = 6  # over a cut, to smooth it
BALANCE = 0.46  # least share of the elements on either side of a smoothed cut


@dataclass
class Part:
    """A part of the cell; degrees of freedom by their place in the elimination order, so children nest in order.

    Attributes:
        elements: slice of the reordered elements.
        children: two parts, or none for a leaf.
        eliminated: places eliminated here, contiguous.
        interface: (n,) places left for the parts above, ascending.
        scatter: leaf: place of every entry of the element matrices among the entries of the three blocks; otherwise
            for each child the runs of its interface, after the places eliminated here, in `interface`.
    """

    elements: slice
    children: tuple["Part", ...] = ()
    eliminated: slice = field(default_factory=lambda: slice(0, 0))
    interface: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    scatter: Any = None


class Dissection:
    """Tree of parts for one mesh and one kind of degrees of freedom; symbolic, done once.

    Attributes:
        size: number of degrees of freedom.
        parts: children before parents.
        order: (elements,) the elements leaf by leaf.
        place: (elements, d) place of the degrees of freedom of the elements in this order, -1 where held.
        permutation: (size,) degrees of freedom in the elimination order.
    """

    def __init__(self, dof: np.ndarray, size: int, position: np.ndarray):
        """Halve the elements recursively across the longer side of what they span, by smooth cuts.

        Args:
            dof: (elements, d) number of every element's degrees of freedom, -1 where held.
            size: number of degrees of freedom.
            position: (elements, 2) where the elements are on the unit torus.
        """
        self.size = size
        order: list[np.ndarray] = []
        self.parts: list[Part] = []
        self._halve(dof, np.arange(len(dof)), position, order, 0)
        self.order = np.concatenate(order)
        self._number(dof[self.order])

    def _halve(
        self, dof: np.ndarray, elements: np.ndarray, position: np.ndarray, order: list[np.ndarray], start: int
    ) -> Part:
        """Part of `elements`, which begin at `start` in the order and lie at `position`, with all parts below it."""
        part = Part(slice(start, start + len(elements)))
        if len(elements) <= LEAF:
            order.append(elements)
        else:
            axis = int(np.argmax(np.ptp(position, axis=0)))
            straight = np.zeros(len(elements), dtype=bool)
            straight[np.argsort(position[:, axis], kind="stable")[: len(elements) // 2]] = True
            first = _smoothed(dof[elements], straight)
            children = []
            for inside, before in ((first, straight), (~first, ~straight)):
                beside, came = position[inside], ~before[inside]  # those that came may lie across the torus' seam
                middle = np.median(position[before], axis=0)
                beside[came] = middle + periodic(beside[came] - middle)
                children.append(self._halve(dof, elements[inside], beside, order, start))
                start = children[-1].elements.stop
            part.children = (children[0], children[1])
        self.parts.append(part)  # children before parents
        return part

    def _number(self, dof: np.ndarray) -> None:
        """Find where each degree of freedom is eliminated, number them in that order, and place the blocks."""
        valence = np.bincount(dof[dof >= 0], minlength=self.size)
        left: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # interface of a part and the elements counted at it
        places, where = 0, np.full(self.size + 1, -1)  # last entry stands for the held
        touched = np.full(self.size + 1, len(dof))  # first element at each
        np.minimum.at(touched, dof, np.arange(len(dof))[:, None])
        gone: list[np.ndarray] = []
        for part in self.parts:
            if part.children:
                both = [left.pop(id(child)) for child in part.children]
                here = np.concatenate([numbers for numbers, _ in both])
                counted = np.concatenate([counts for _, counts in both])
            else:
                here = dof[part.elements].ravel()
                here = here[here >= 0]
                counted = np.ones(len(here), dtype=np.intp)
            numbers, inverse = np.unique(here, return_inverse=True)
            counts = np.bincount(inverse, counted, minlength=len(numbers)).astype(np.intp)
            complete = counts == valence[numbers]
            part.eliminated = slice(places, places + int(complete.sum()))
            along = np.argsort(touched[numbers], kind="stable")  # along the interface: few runs to scatter later
            numbers, counts, complete = numbers[along], counts[along], complete[along]
            where[numbers[complete]] = np.arange(part.eliminated.start, part.eliminated.stop)
            places = part.eliminated.stop
            gone.append(numbers[complete])
            left[id(part)] = part.interface, _ = numbers[~complete], counts[~complete]
        self.permutation = np.concatenate(gone)
        self.place = where[dof]
        for part in self.parts:
            part.interface = np.sort(where[part.interface])
            inner = part.eliminated.stop - part.eliminated.start
            if part.children:  # what is eliminated here comes first in both children's interfaces
                part.scatter = [
                    _runs(np.searchsorted(part.interface, child.interface[inner:]), inner) for child in part.children
                ]
            else:
                part.scatter = self._leaf_entries(part, self.place[part.elements], inner)

    def _leaf_entries(self, part: Part, place: np.ndarray, inner: int) -> np.ndarray:
        """Place of element matrix entries in [F11, F21, F22] laid out one after the other, columns contiguous.

        Entries above the diagonal, and those of held degrees of freedom, go to one place behind the end.
        """
        outer = len(part.interface)
        local = np.where(
            place < part.eliminated.stop,
            place - part.eliminated.start,
            inner + np.searchsorted(part.interface, place),
        )
        row, column = np.broadcast_arrays(local[:, :, None], local[:, None, :])
        left = np.where(row < inner, column * inner + row, inner**2 + column * outer + row - inner)
        right = inner * (inner + outer) + (column - inner) * outer + row - inner
        entry = np.where(column < inner, left, right)
        held = place < 0
        unused = (row < column) | held[:, :, None] | held[:, None, :]
        return np.where(unused, inner * (inner + outer) + outer**2, entry).ravel()

    def factorize(self, matrices: np.ndarray) -> "Factor":
        """Factor the sum of element matrices (elements, d, d), symmetric; the sum must be positive definite.

        Raises:
            numpy.linalg.LinAlgError: it is not.
        """
        matrices = matrices[self.order]
        blocks: list[tuple[np.ndarray, np.ndarray]] = []
        passed: dict[int, np.ndarray] = {}
        below: np.ndarray
        rest: np.ndarray
        for part in self.parts:
            inner, outer = part.eliminated.stop - part.eliminated.start, len(part.interface)
            if part.children:
                first, second = (passed.pop(id(child)) for child in part.children)
                pivot = np.asfortranarray(first[:inner, :inner] + second[:inner, :inner])
                below, rest = np.zeros((outer, inner), order="F"), np.zeros((outer, outer), order="F")
                for schur, runs in zip((first, second), part.scatter, strict=True):
                    for number, (here, there) in enumerate(runs):
                        below[here] += schur[there, :inner]
                        for left, left_there in runs[: number + 1]:  # the lower triangle is all that is used
                            rest[here, left] += schur[there, left_there]
            else:
                entries = inner * (inner + outer) + outer**2
                flat = np.bincount(part.scatter, matrices[part.elements].ravel(), minlength=entries + 1)
                pivot = flat[: inner**2].reshape(inner, inner).T
                below = flat[inner**2 : inner * (inner + outer)].reshape(inner, outer).T
                rest = flat[inner * (inner + outer) : entries].reshape(outer, outer).T
            if inner:
                pivot, failed = dpotrf(pivot, lower=1, overwrite_a=1)
                if failed:
                    raise np.linalg.LinAlgError("matrix is not positive definite")
            if inner and outer:
                below = dtrsm(1.0, pivot, below, side=1, lower=1, trans_a=1, overwrite_b=1)
                rest = dsyrk(-1.0, below, beta=1.0, c=rest, lower=1, overwrite_c=1)
            passed[id(part)] = rest
            blocks.append((pivot, below))
        return Factor(self, blocks)


def _smoothed(dof: np.ndarray, first: np.ndarray) -> np.ndarray:
    """A cut with fewer degrees of freedom on both of its sides, which elements `first` (elements,) bool tell apart.

    A straight cut through triangles is jagged. Elements move to the other side where more degrees of freedom leave the
    cut than come to it, from the two sides in turn: half the operations of a factorisation, a quarter less memory.
    """
    number = np.unique(dof, return_inverse=True)[1].reshape(dof.shape)
    most = number.max() + 1

    def shares(first: np.ndarray) -> list[np.ndarray]:
        return [np.bincount(number[side].ravel(), minlength=most) for side in (first, ~first)]

    counts = shares(first)
    for sweep in range(SWEEPS):
        own, other = counts[:: 1 - 2 * (sweep % 2)]
        leave, come = (own == 1) & (other > 0), (own > 1) & (other == 0)
        moving = (leave.astype(int) - come)[number].sum(axis=1) > 0
        changed = first ^ (moving & (first ^ bool(sweep % 2)))
        after = shares(changed)
        fewer = np.all(after, axis=0).sum() < np.all(counts, axis=0).sum()
        if fewer and BALANCE <= changed.mean() <= 1.0 - BALANCE:
            first, counts = changed, after
    return first


def _runs(place: np.ndarray, offset: int) -> list[tuple[slice, slice]]:
    """Ascending places as runs: (slice of places, slice of their positions in the array counted from `offset`)."""
    ends = np.flatnonzero(np.diff(place) != 1) + 1
    bounds = zip([0, *ends], [*ends, len(place)], strict=True)
    return [
        (slice(place[start], place[start] + stop - start), slice(offset + start, offset + stop))
        for start, stop in bounds
        if stop > start
    ]


class Factor:
    """Cholesky factor L of a matrix, K = L L^T, in blocks along the tree."""

    def __init__(self, dissection: Dissection, blocks: list[tuple[np.ndarray, np.ndarray]]):
        self._dissection, self._blocks = dissection, blocks

    def forward(self, right: np.ndarray) -> np.ndarray:
        """L^-1 b (size, k) for b (size, k), in the elimination order."""
        found = right[self._dissection.permutation]
        for part, (lower, below) in zip(self._dissection.parts, self._blocks, strict=True):
            if lower.size:
                found[part.eliminated] = dtrsm(1.0, lower, found[part.eliminated], lower=1)
                found[part.interface] -= below @ found[part.eliminated]
        return found

    def solve(self, right: np.ndarray) -> np.ndarray:
        """K^-1 b (size, k) for b (size, k)."""
        found = self.forward(right)
        for part, (lower, below) in zip(reversed(self._dissection.parts), reversed(self._blocks), strict=True):
            if lower.size:
                reduced = found[part.eliminated] - below.T @ found[part.interface]
                found[part.eliminated] = dtrsm(1.0, lower, reduced, lower=1, trans_a=1)
        solution = np.empty_like(found)
        solution[self._dissection.permutation] = found
        return solution
