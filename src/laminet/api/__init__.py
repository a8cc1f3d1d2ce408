"""The Python interface: train a network, load one, homogenise with it, use it as a material law.

Every function does what the command of the same name does, on arrays and datasets instead of files.
"""

from laminet.api.networks import Network, constants, evaluate, load, parameters_of
from laminet.api.training import train
from laminet.api.training_curves import curves, measured_curves
from laminet.files.foreign import elastic_data

__all__ = ["Network", "constants", "curves", "elastic_data", "evaluate", "load", "measured_curves"]
__all__ += ["parameters_of", "train"]
