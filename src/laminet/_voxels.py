"""The compiled loops over voxels; _voxels.pyi lists what it holds."""

import sys

from laminet import processor

sys.modules[__name__] = processor.load(__name__)
