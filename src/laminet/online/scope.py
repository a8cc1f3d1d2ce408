"""Notes where a load path or a law leaves the range in which networks were tested (docs/scope.md).

A reference of a curve says itself how large the error is: of what it covers, nothing is noted.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from laminet.errors import warn
from laminet.files.curves import covers
from laminet.files.network import NetworkParameters
from laminet.loading.paths import LoadPath
from laminet.materials.library import Composite
from laminet.materials.stiffness import contrast

SECTION = "see 'When to trust a network' in docs/scope.md"
WORSE = "1.7 to 2.5"
"""Times the error of monotonic paths, on the two tested paths that change their direction once."""


def warn_beyond(
    networks: Iterable[NetworkParameters],
    composites: Sequence[Composite],
    paths: Sequence[Sequence[LoadPath]],
    references: Mapping[str, xr.Dataset],
) -> None:
    """Warn of paths that turn or reverse, of laws that were not tested, and of contrasts beyond the training data.

    Args:
        networks: those that are driven.
        composites: laws of the phases.
        paths: `paths[control][load case]`.
        references: curves of the RVE by composite.

    Warns:
        LaminetWarning: each of these, where a composite has no reference of the path, or none at all.
    """
    every = [path for row in paths for path in row]

    def covered(composite: Composite, path: LoadPath) -> bool:
        return composite.name in references and covers(references[composite.name], path)

    unknown = [path for path in every if not all(covered(composite, path) for composite in composites)]
    for name, turns in {path.name: turns_of(path) for path in unknown}.items():
        if turns == 1:
            warn(f"load path '{name}' turns or reverses: expect {WORSE} times the error of a monotonic path; {SECTION}")
        elif turns:
            warn(f"load path '{name}' changes its direction {turns} times, tested was one change; {SECTION}")
    ranges = [known for one in networks if (known := _trained_on(one))]
    for composite in composites:
        if not any(covered(composite, path) for path in every):
            _warn_of_laws(composite, ranges)


def _trained_on(network: NetworkParameters) -> tuple[float, float] | None:
    """Least and largest contrast of the samples that a network was trained on, None where its file does not say."""
    try:
        low, high = map(float, network.attributes["contrast"])
    except (KeyError, TypeError, ValueError):
        return None
    return low, high


def _warn_of_laws(composite: Composite, ranges: Sequence[tuple[float, float]]) -> None:
    for number, law in enumerate(composite.laws, 1):
        if not (law.linear or law.tested):
            name = law.name or type(law).__name__
            warn(
                f"composite '{composite.name}': no network was tested with the law '{name}' (phase {number}); {SECTION}"
            )
    if not ranges or len(composite.laws) < 2:
        return
    low, high = max(each[0] for each in ranges), min(each[1] for each in ranges)
    value = float(contrast(np.stack([law.stiffness for law in composite.laws])))
    if not low <= value <= high:
        warn(
            f"composite '{composite.name}': the contrast of its phases is {10**value:.3g}, in the training data it was "
            f"{10**low:.3g} to {10**high:.3g}; {SECTION}"
        )


def turns_of(path: LoadPath) -> int:
    """How often what drives a path, strains and stresses, changes its direction."""
    steps = np.diff(np.where(path.prescribed, path.strain, path.stress)[:, path.loaded], axis=0)
    length = np.linalg.norm(steps, axis=1)
    moving = length > 1e-12 * max(1e-300, length.max(initial=0.0))
    direction = steps[moving] / length[moving, None]
    return int((np.einsum("ni,ni->n", direction[1:], direction[:-1]) < 1.0 - 1e-9).sum())
