"""Training of material networks on elastic data. PyTorch is imported by its backend alone."""
