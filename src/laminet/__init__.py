"""laminet: deep and interaction-based material networks, from RVE data to nonlinear predictions."""

from laminet.c_interface import include_dir, library_dir

__version__ = "0.1.0"

__all__ = ["__version__", "include_dir", "library_dir"]
