"""A foam: smooth random noise, periodic, cut at a value. Below it is the solid, above it are the pores.

python workflow/scripts/foam.py --out foam.npy
laminet rve --image foam.npy --threshold 0.4 --out rve.nc     40 % solid, which is phase 1
"""

import argparse

import numpy as np
from scipy.ndimage import gaussian_filter

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--voxels", type=int, default=32, help="along each side")
parser.add_argument("--width", type=float, default=0.09, help="of the filter that smooths the noise, in sides")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--out", default="foam.npy")
options = parser.parse_args()

noise = np.random.default_rng(options.seed).standard_normal((options.voxels,) * 3)
smooth = gaussian_filter(noise, options.width * options.voxels, mode="wrap")
rank = smooth.ravel().argsort().argsort()  # a threshold is then the volume fraction of phase 1
np.save(options.out, (rank.reshape(smooth.shape) + 0.5).astype(np.float32) / smooth.size)
