"""Random parameters that a training begins with."""

from dataclasses import dataclass

import numpy as np

from laminet.files.network import NetworkParameters, angle_shape


@dataclass(frozen=True)
class Initialisation:
    """Ranges of the uniform distributions the parameters are drawn from.

    Attributes:
        activation: of z.
        euler: of a DMN's angles, radians.
        normal: of an IMN's dimensionless angles.
    """

    activation: tuple[float, float] = (0.2, 0.8)
    euler: tuple[float, float] = (-np.pi / 2, np.pi / 2)
    normal: tuple[float, float] = (0.0, 1.0)


def initial_parameters(
    model: str, depth: int, seed: int, initialisation: Initialisation | None = None, phases: int = 2
) -> NetworkParameters:
    """Random parameters of a seed: activations first, then angles, from the generator [seed, 0]."""
    initialisation = initialisation or Initialisation()
    shape = angle_shape(model, depth)
    rng = np.random.default_rng([seed, 0])
    activation = rng.uniform(*initialisation.activation, 2**depth)
    angle = rng.uniform(*(initialisation.euler if model == "dmn" else initialisation.normal), shape)
    return NetworkParameters(model, depth, activation, angle, phases=phases)
