"""Random parameters that a training begins with."""

import numpy as np

from laminet.files.network import NetworkParameters, angle_shape
from laminet.network.settings import Initialisation


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
