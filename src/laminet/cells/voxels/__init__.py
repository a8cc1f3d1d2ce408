"""Any microstructure: a periodic cell of voxels, its homogenised stiffness and its response along load paths by FFT."""
