"""Random load paths that turn, unload and reverse: networks that saw only straight paths predict these worst.

Four kinds take turns. Components, signs and sizes are random; a size is LEAST to 1 times the largest strain.

turn      one strain, held while a second one follows: 22:0.03;22:0.03,12:0.04
unload    one strain up, and back to a share of it: 12:0.04;12:0.01
reverse   two strains together, then one is held while the other reverses: 11:0.03,12:0.04;11:0.03,12:-0.02
corners   two or three strains straight from one random corner to the next, three or four corners
"""

import numpy as np

from laminet.loading.settings import CASES, CONTROLS

KINDS = ("turn", "unload", "reverse", "corners")
LEAST = 0.4
DIGITS = 5  # decimals of a strain

Vertices = list[dict[str, float]]


def random_path(kind: str, strain: float, rng: np.random.Generator) -> tuple[str, Vertices]:
    """Control and vertices of a random path.

    Args:
        kind: one of KINDS.
        strain: the largest driven tensor component.
        rng: the generator, which advances.
    """
    control = str(rng.choice(CONTROLS))
    first, second, third = (str(case) for case in rng.permutation(CASES)[:3])

    def size() -> float:
        return round(float(rng.choice((-1.0, 1.0)) * rng.uniform(LEAST, 1.0) * strain), DIGITS)

    a, b = size(), size()
    share = float(rng.uniform())
    if kind == "turn":
        return control, [{first: a}, {first: a, second: b}]
    if kind == "unload":
        return control, [{first: a}, {first: round(0.6 * share * a, DIGITS)}]
    if kind == "reverse":
        return control, [{first: a, second: b}, {first: a, second: round(-share * b, DIGITS)}]
    driven = (first, second, third)[: rng.integers(2, 4)]
    corners = rng.uniform(-strain, strain, (rng.integers(3, 5), len(driven))).round(DIGITS).tolist()
    return control, [dict(zip(driven, corner, strict=True)) for corner in corners]
