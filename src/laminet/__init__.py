"""laminet: deep and interaction-based material networks, from RVE data to nonlinear predictions.

network = laminet.train("elastic.nc", model="imn", depth=6)
stiffness = network.homogenize(matrix, fibre)
law = network.material("materials.yaml", composite="glass", points=1000)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from laminet.api import Network, constants, curves, elastic_data, evaluate, load, measured_curves, train
    from laminet.c_interface import include_dir, library_dir

__version__ = "0.2.0"

_API = ("Network", "constants", "curves", "elastic_data", "evaluate", "load", "measured_curves", "train")

__all__ = ["Network", "__version__", "constants", "curves", "elastic_data", "evaluate", "include_dir"]
__all__ += ["library_dir", "load", "measured_curves", "train"]

_MODULES = dict.fromkeys(_API, "laminet.api")
_MODULES |= dict.fromkeys(("include_dir", "library_dir"), "laminet.c_interface")


def __getattr__(name: str) -> Any:
    """The public names, imported when first asked for: `import laminet` alone costs nothing."""
    if name not in _MODULES:
        raise AttributeError(f"module 'laminet' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
