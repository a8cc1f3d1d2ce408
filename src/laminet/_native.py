"""The compiled training, material law and online schemes; _native.pyi lists what it holds."""

import sys

from laminet import processor

sys.modules[__name__] = processor.load(__name__)
