"""How the parameters of a network begin."""

import math
from dataclasses import dataclass
from typing import Annotated

from laminet.errors import InputError
from laminet.settings import Limits, Settings

Interval = Annotated[tuple[float, float], Limits(ascending=True)]


@dataclass(frozen=True)
class Initialisation(Settings):
    """Ranges of the uniform distributions the parameters are drawn from."""

    section = "training: initialisation"
    activation: Annotated[Interval, "uniform range of the leaves' activations z"] = (0.2, 0.8)
    euler: Annotated[Interval, "uniform range of the angles of a DMN [rad]"] = (-math.pi / 2, math.pi / 2)
    normal: Annotated[Interval, "uniform range of the angles of an IMN, dimensionless"] = (0.0, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.activation[1] <= 0.0:
            raise InputError(f"{self.section}: activation has no positive value; no leaf would be active")
