"""laminet: deep and interaction-based material networks, from RVE data to nonlinear predictions."""

__version__ = "0.1.0"
