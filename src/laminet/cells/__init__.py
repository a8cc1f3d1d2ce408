"""Cells that homogenise: one kind of microstructure a folder."""
