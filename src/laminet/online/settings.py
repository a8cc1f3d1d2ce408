"""How far an online scheme iterates, and in which language."""

from dataclasses import dataclass

from laminet.errors import InputError, check_choice

CRITERIA = ("strain", "paper")
GUESSES = ("zero", "uniform")
BACKENDS = ("native", "numpy")


@dataclass(frozen=True)
class OnlineSettings:
    """How far to iterate, and with which backend.

    Attributes:
        tolerance: relative, of the criterion.
        criterion: "strain": the leaves' strain increments of two iterates differ by less than `tolerance`, for every
            scheme; "paper": the same, but for Algorithm 3 (both solvers) the relative traction imbalance instead, or
            strains that change by rounding only, as where all stress vanishes.
        max_iterations: iterations of one increment before it counts as not converged.
        cutbacks: how often the driver may halve an increment that did not converge.
        guess: the first iterate of an increment: "zero" strain increments at every leaf (Algorithms 1, 2), or
            "uniform", the prescribed macroscopic increment at every leaf (Algorithm 3, where a = 0).
        backend: "native" (compiled) or "numpy" (the readable reference); both take the same iterates.

    Raises:
        InputError: a value outside its range.
    """

    tolerance: float = 1e-6
    criterion: str = "strain"
    max_iterations: int = 200
    cutbacks: int = 6
    guess: str = "zero"
    backend: str = "native"

    def __post_init__(self) -> None:
        if not 0.0 < self.tolerance < 1.0:
            raise InputError(f"tolerance is {self.tolerance}; it must lie between 0 and 1")
        for name, known in (("criterion", CRITERIA), ("guess", GUESSES), ("backend", BACKENDS)):
            check_choice(getattr(self, name), known, name)
        for name, least, most in (("max_iterations", 1, 10**6), ("cutbacks", 0, 50)):
            if not (isinstance(getattr(self, name), int) and least <= getattr(self, name) <= most):
                raise InputError(f"{name} is {getattr(self, name)}; it must be a whole number from {least} to {most}")
