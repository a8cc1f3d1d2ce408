"""Elastic datasets of samples that a test has at hand."""

import numpy as np
import xarray as xr

from laminet.files.elastic import SPLITS, dataset_of
from laminet.training.data import ElasticData


def dataset(data: ElasticData) -> xr.Dataset:
    """Training samples first, then validation samples."""
    parts = data.train, data.validation
    phases, stiffness = (np.concatenate([getattr(part, name) for part in parts]) for name in ("phases", "stiffness"))
    return dataset_of(phases, stiffness, np.repeat(SPLITS, [len(part) for part in parts]))
