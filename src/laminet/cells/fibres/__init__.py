"""The truth: a periodic cell of parallel fibres, its homogenised stiffness and its response along load paths."""
