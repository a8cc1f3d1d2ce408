"""Periodic packings of spheres and of short fibres with round ends, without overlap, cut into voxels.

An inclusion is every point within a radius of a segment, which for a sphere is a point. Segments start at random and
are pushed apart, along the shortest way between two of them, until none is too near to another or to its own copies.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from laminet.cells.voxels import limit
from laminet.cells.voxels.cell import VoxelCell
from laminet.cells.voxels.settings import InclusionSettings
from laminet.errors import InputError, warn

SWEEPS = 4000
START = 20  # random starts tried
BYTES = 40  # at a voxel, to cut inclusions into voxels
FEWEST_VOXELS = 4  # across an inclusion, below which its shape is hardly seen


class Packing(NamedTuple):
    """Inclusions in a periodic cell whose longest side is 1.

    Attributes:
        center: (n, 3).
        direction: (n, 3) unit vectors along the segments.
        half: half the length of every segment.
        radius: of every inclusion.
        period: (3,) sides of the cell.
    """

    center: np.ndarray
    direction: np.ndarray
    half: float
    radius: float
    period: np.ndarray


def spheres(volume_fraction: float, settings: InclusionSettings) -> VoxelCell:
    """A cell with spheres as phase 2, and with an interphase as phase 3 where there is one.

    Raises:
        InputError: a volume fraction out of range, settings of short fibres, or no packing could be made.
    """
    for name in ("aspect_ratio", "orientation"):
        if getattr(settings, name) != getattr(InclusionSettings, name):
            raise InputError(f"inclusions: {name} is of short fibres, and these are spheres; leave it out")
    return _cell(volume_fraction, settings, 1.0, "spheres")


def short_fibres(volume_fraction: float, settings: InclusionSettings) -> VoxelCell:
    """A cell with short fibres as phase 2, and with an interphase as phase 3 where there is one.

    Raises:
        InputError: a volume fraction or orientation tensor out of range, or no packing could be made.
    """
    return _cell(volume_fraction, settings, settings.aspect_ratio, "short fibres")


def _cell(volume_fraction: float, settings: InclusionSettings, aspect_ratio: float, kind: str) -> VoxelCell:
    if not 0.0 < volume_fraction < 0.6:
        raise InputError(f"inclusions: the volume fraction is {volume_fraction:g}; it must lie between 0 and 0.6")
    if len(settings.voxels) not in (1, 3):
        raise InputError(f"inclusions: voxels has {len(settings.voxels)} numbers; give one, or three for x, y and z")
    shape = tuple(np.broadcast_to(settings.voxels, 3).tolist())
    limit.check(BYTES * math.prod(shape), f"cutting {kind} into {' x '.join(map(str, shape))} voxels")
    packing = pack(volume_fraction, settings, aspect_ratio, np.array(shape) / max(shape))
    across = 2.0 * packing.radius * max(shape)
    if across < FEWEST_VOXELS:
        needed = int(np.ceil(max(shape) * FEWEST_VOXELS / across))
        warn(f"rve: an inclusion is {across:.1f} voxels wide; raise voxels to {needed}, or lower inclusions")
    reach = packing.radius * (1.0 + settings.interphase)
    distance = distances(packing, shape, reach)
    phase = np.ones(shape, dtype=np.uint8)
    order = np.argsort(distance, axis=None, kind="stable")
    inside = round(volume_fraction * distance.size)
    if settings.interphase:
        phase[distance < distance.flat[order[inside - 1]] + reach - packing.radius] = 3
    phase.flat[order[:inside]] = 2  # the nearest voxels, as many as the volume fraction needs
    if missing := set(range(1, 3 + (settings.interphase > 0.0))) - set(np.unique(phase).tolist()):
        listed = ", ".join(map(str, sorted(missing)))
        raise InputError(f"inclusions: no voxel is of phase {listed}; change voxels, interphase or volume fraction")
    tensor = packing.direction.T @ packing.direction / len(packing.direction)
    attrs = {
        "microstructure": kind,
        "inclusions": len(packing.center),
        "radius": packing.radius * max(shape),
        "seed": settings.seed,
    }
    if aspect_ratio > 1.0:
        attrs |= {"aspect_ratio": aspect_ratio, "orientation": np.diag(tensor)}
    return VoxelCell(phase=phase, attrs=attrs)


def pack(volume_fraction: float, settings: InclusionSettings, aspect_ratio: float, period: np.ndarray) -> Packing:
    """Place inclusions so that no two are nearer than `settings.distance` radii.

    Args:
        volume_fraction: of all inclusions, without interphase.
        settings: number, distance, orientation and seed.
        aspect_ratio: length over diameter; 1 for spheres.
        period: (3,) sides of the cell.

    Raises:
        InputError: an orientation tensor whose trace is not 1, inclusions longer than the cell, or no packing.
    """
    number = settings.inclusions
    volume = volume_fraction * np.prod(period) / number
    radius = float((volume / (2.0 * np.pi * (aspect_ratio - 1.0) + 4.0 / 3.0 * np.pi)) ** (1.0 / 3.0))
    half = radius * (aspect_ratio - 1.0)
    gap = max(2.0 + settings.distance, 2.0 + 2.0 * settings.interphase) * radius
    if 2.0 * half + gap > period.min():
        raise InputError(
            f"inclusions: with {number} of them each is {(2.0 * (half + radius)) / period.min():.2f} cell sides long "
            "and would meet its own copy; raise their number or lower aspect_ratio or distance"
        )
    for start in range(START):
        rng = np.random.default_rng([settings.seed, start])
        direction = (
            directions(number, np.array(settings.orientation), rng) if half else np.tile(np.eye(3)[2], (number, 1))
        )
        center = _pushed_apart(rng.random((number, 3)) * period, direction, half, gap, period)
        if center is not None:
            return Packing(center, direction, half, radius, period)
    raise InputError(
        f"inclusions: no packing of {number} at {volume_fraction:.0%} with a distance of {settings.distance:g} radii; "
        "lower the volume fraction, the distance or the aspect ratio"
    )


def directions(number: int, tensor: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors (number, 3) whose mean of p p^T is diagonal with the entries `tensor` (3,).

    Raises:
        InputError: the trace is not 1, or there are fewer vectors than the tensor has entries that are not zero.
    """
    if tensor.shape != (3,) or abs(tensor.sum() - 1.0) > 0.02:
        raise InputError(f"inclusions: orientation is {tensor.tolist()}; give three numbers whose sum is 1")
    tensor = tensor / tensor.sum()
    axes = np.flatnonzero(tensor > 1e-9)
    if number < len(axes):
        raise InputError(f"inclusions: {number} cannot have an orientation along {len(axes)} axes; raise their number")
    p = np.zeros((number, 3))
    p[:, axes] = rng.standard_normal((number, len(axes)))
    for _ in range(200):
        p /= np.linalg.norm(p, axis=1, keepdims=True)
        values, vectors = np.linalg.eigh(p[:, axes].T @ p[:, axes] / number)
        whiten = vectors @ np.diag(np.maximum(values, 1e-12) ** -0.5) @ vectors.T
        p[:, axes] = p[:, axes] @ whiten * np.sqrt(tensor[axes])
    return p / np.linalg.norm(p, axis=1, keepdims=True)


def _pushed_apart(
    center: np.ndarray, direction: np.ndarray, half: float, gap: float, period: np.ndarray
) -> np.ndarray | None:
    """Centres of segments none of which is nearer to another than `gap`; None if pushing does not get there."""
    first, second = np.triu_indices(len(center), 1)
    if half > 0.0:
        shifts = period * list(itertools.product((-1, 0, 1), repeat=3))
        first, second = (np.repeat(each, len(shifts)) for each in (first, second))
        shifts = np.tile(shifts, (len(first) // len(shifts), 1))
    for _ in range(SWEEPS):
        apart = center[second] - center[first]
        apart -= period * np.round(apart / period)
        if half > 0.0:
            apart = apart + shifts
            apart = apart + _offsets(apart, direction[first], direction[second], half)
        length = np.linalg.norm(apart, axis=1)
        near = length < gap
        if not near.any():
            return center % period
        push = apart[near] / np.maximum(length[near, None], 1e-12) * (0.51 * gap - 0.5 * length[near, None])
        np.add.at(center, second[near], push)
        np.add.at(center, first[near], -push)
    return None


def _offsets(apart: np.ndarray, p: np.ndarray, q: np.ndarray, half: float) -> np.ndarray:
    """What the vector (n, 3) between the centres of two segments lacks to that between their nearest points.

    The points are s p and apart + t q with |s|, |t| <= half. The nearest pair is found by turns: s for t, t for s.
    """
    pq, ap, aq = (np.einsum("ni,ni->n", a, b) for a, b in ((p, q), (apart, p), (apart, q)))
    sine = np.maximum(1.0 - pq**2, 1e-12)
    s = np.clip((ap - pq * aq) / sine, -half, half)
    for _ in range(3):
        t = np.clip(pq * s - aq, -half, half)
        s = np.clip(ap + pq * t, -half, half)
    return np.asarray(t[:, None] * q - s[:, None] * p)


def distances(packing: Packing, shape: tuple[int, ...], reach: float) -> np.ndarray:
    """Distance of the voxels' centres (x, y, z) from the nearest segment; infinite where far beyond `reach`."""
    h = packing.period / shape
    nearest = np.full(shape, np.inf)
    for center, direction in zip(packing.center, packing.direction, strict=True):
        extent = np.abs(direction) * packing.half + 1.3 * reach + 2.0 * h
        low, high = (np.floor((center + sign * extent) / h).astype(int) for sign in (-1, 1))
        index = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
        x, y, z = np.meshgrid(*((i + 0.5) * d for i, d in zip(index, h, strict=True)), indexing="ij", sparse=True)
        apart = (x - center[0], y - center[1], z - center[2])
        along = np.clip(sum(a * b for a, b in zip(apart, direction, strict=True)), -packing.half, packing.half)
        square = sum((a - along * b) ** 2 for a, b in zip(apart, direction, strict=True))
        where = np.ix_(*(i % size for i, size in zip(index, shape, strict=True)))
        np.minimum.at(nearest, where, np.sqrt(square))
    return nearest
