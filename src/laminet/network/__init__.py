"""Material networks: trees of laminates. The mathematics, readable; the PyTorch modules are the reference."""
