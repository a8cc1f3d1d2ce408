"""Load paths and the stepping along them, written once for RVE and networks."""
