"""The curves that networks are trained on, before they are simulated: random composites, each along its load paths."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from laminet.errors import InputError
from laminet.loading.paths import LoadPath, piecewise, text_of
from laminet.loading.random_paths import KINDS, random_path
from laminet.loading.settings import CASES, CONTROLS, CurveSettings
from laminet.materials.library import Composite
from laminet.materials.random_composites import STREAMS, random_composites

PATH_STREAM = 2
"""Of generators; those of the composites are 0 and 1."""


@dataclass(frozen=True)
class PlannedCurve:
    """A curve to be simulated.

    Attributes:
        composite: the laws of the phases.
        path: the load path.
        text: its vertices, as `laminet.loading.paths.parse` reads them.
        split: "train" or "validation".
    """

    composite: Composite
    path: LoadPath
    text: str
    split: str


def curve_design(settings: CurveSettings) -> list[PlannedCurve]:
    """All curves, those for training first, composite by composite.

    More composites extend fewer: the curves of the first n are the same whatever `count` is, and so are the first
    random paths of a composite whatever `random_paths` is. Composites and paths for validation have streams of their
    own.

    Raises:
        InputError: no composite at all, fewer steps than a random path has segments, or as `random_composites`.
    """
    counts = {"train": settings.count, "validation": settings.validation}
    if not any(counts.values()):
        raise InputError("curves: count and validation are 0; ask for at least one composite")
    return [
        PlannedCurve(composite, path, text, split)
        for split, count in counts.items()
        for number, composite in enumerate(random_composites(count, settings.seed, split, settings.composites))
        for path, text in _paths(number, split, settings)
    ]


def _paths(number: int, split: str, settings: CurveSettings) -> Iterator[tuple[LoadPath, str]]:
    """Load paths, with their vertices as text, of a composite by its number in its stream."""
    for control in CONTROLS:
        for case in CASES:
            vertices = [{case: settings.strain}]
            yield piecewise(case, control, vertices, settings.steps), text_of(vertices)
    rng = np.random.default_rng([settings.seed, PATH_STREAM + STREAMS[split], number])
    for index in range(settings.random_paths):
        kind = KINDS[(number + index) % len(KINDS)]
        control, vertices = random_path(kind, settings.strain, rng)
        yield piecewise(f"{kind}-{index + 1}", control, vertices, settings.steps), text_of(vertices)
