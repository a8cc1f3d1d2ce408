"""Random composites whose simulated curves networks are trained on: a J2 matrix with linear elastic fibres.

The curves of a composite depend on ratios alone: yield stress and hardening over the matrix' Young's modulus, and the
fibre's moduli over it. These ratios span the composites that engineers use; see `CompositeRanges`. Every second matrix
only saturates: without linear hardening its flow localises most. Fibres are transversely isotropic and orthotropic in
turn, two and two.
"""

import numpy as np
from scipy.stats import qmc

from laminet.materials.laws import J2, Hardening, Orthotropic
from laminet.materials.library import Composite
from laminet.materials.settings import MOST_COMPOSITES, CompositeCount, CompositeRanges
from laminet.materials.stiffness import STIFFEST
from laminet.settings import Seed, check

DIGITS = 5  # significant ones of every number: a file holds the composite that was simulated, and little text
LARGEST_MODULUS = 0.99 * STIFFEST  # above it laminet warns of a wrong unit; the response scales, so none is needed
LOGARITHMIC = ("young", "yield_strain", "saturation", "rate", "linear", "contrast", "axial", "transverse")
UNIFORM = ("poisson", "nu12", "nu31", "nu32", "g12", "g13", "g23")
STREAMS = {"train": 0, "validation": 1}


def random_composites(
    count: int, seed: int, split: str = "train", ranges: CompositeRanges | None = None
) -> list[Composite]:
    """The first `count` composites of a stream: more composites extend fewer, they never change them.

    Args:
        count: number of composites, MOST_COMPOSITES at most.
        seed: of both streams.
        split: "train" or "validation", streams independent of each other.
        ranges: of their ratios.

    Raises:
        InputError: a count or seed out of range, or ranges that allow a stiffness that is not positive definite.
    """
    check(Seed, seed, "composites: seed")
    check(CompositeCount, count, "composites: count")
    rng = np.random.default_rng([seed, STREAMS[split]])
    names = (*LOGARITHMIC, *UNIFORM)
    # Halves of Sobol's first dimension alternate like the kinds of composites, so it is left out.
    unit = qmc.Sobol(1 + len(names), scramble=True, rng=rng).random(MOST_COMPOSITES)[:count, 1:]
    ranges = ranges or CompositeRanges()
    stream = "" if split == "train" else f"{split}-"
    return [
        _composite(f"random-{seed}-{stream}{number + 1}", number, dict(zip(names, row, strict=True)), ranges)
        for number, row in enumerate(unit)
    ]


def _composite(name: str, number: int, unit: dict[str, float], ranges: CompositeRanges) -> Composite:
    """Composite of uniforms by name; its number in the stream says which kind it is of."""
    saturates_only, orthotropic = number % 2 == 1, number // 2 % 2 == 1

    def within(name: str, of: str = "") -> float:
        low, high = getattr(ranges, of or name)
        share = unit[name]
        return float(low * (high / low) ** share if name in LOGARITHMIC else low + (high - low) * share)

    contrast, axial = within("contrast"), within("axial")
    young = _rounded(min(within("young"), LARGEST_MODULUS / (contrast * max(axial, 1.0))))
    initial = _rounded(within("yield_strain") * young)
    hardening = Hardening(
        initial,
        0.0 if saturates_only else _rounded(within("linear") * young),
        _rounded(within("saturation") * initial),
        _rounded(within("rate")),
    )
    E11 = _rounded(contrast * young)
    E22 = _rounded(within("transverse") * E11) if orthotropic else E11
    E33 = _rounded(axial * E11)
    nu12 = _rounded(within("nu12", "fibre_poisson") * np.sqrt(E11 / E22))
    nu31, nu32 = (within(name, "fibre_poisson") for name in ("nu31", "nu32"))
    g12, g13, g23 = (within(name, "fibre_shear") for name in ("g12", "g13", "g23"))
    G13, nu13 = _rounded(g13 * np.sqrt(E11 * E33)), _rounded(nu31 * E11 / E33)
    if orthotropic:
        G12, G23 = _rounded(g12 * np.sqrt(E11 * E22)), _rounded(g23 * np.sqrt(E22 * E33))
        nu23 = _rounded(nu32 * E22 / E33)
    else:  # axes 1 and 2 are alike; all digits of G12, so that they are so exactly
        G12, G23, nu23 = E11 / (2.0 * (1.0 + nu12)), G13, nu13
    matrix = J2(young, _rounded(within("poisson")), hardening)
    return Composite(name, (matrix, Orthotropic(E11, E22, E33, G12, G13, G23, nu12, nu13, nu23)))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
