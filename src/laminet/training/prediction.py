"""A trained network applied to elastic data."""

import numpy as np
import xarray as xr

from laminet.network.homogenize import homogenize
from laminet.network.parameters import NetworkParameters
from laminet.training.loss import relative_error


def predict(network: NetworkParameters, dataset: xr.Dataset) -> xr.Dataset:
    """Homogenised stiffness of all samples of an elastic dataset and its relative error (Eq. 33 is the mean).

    Args:
        network: any.
        dataset: as `laminet.files.elastic.load` gives it.

    Returns:
        Dataset `stiffness` (sample, i, j) in GPa and `error` (sample), with the coordinates of `dataset`; to be written
        with content "predicted".

    Raises:
        DeadNetworkError: no leaf is active.
    """
    phase_1, phase_2, reference = (
        np.asarray(dataset[name].values, dtype=float) for name in ("stiffness_1", "stiffness_2", "stiffness")
    )
    stiffness = homogenize(network, phase_1, phase_2)
    return xr.Dataset(
        {
            "stiffness": (("sample", "i", "j"), stiffness, {"units": "GPa"}),
            "error": ("sample", relative_error(stiffness, reference), {"units": "1"}),
        },
        coords=dataset.coords,
        attrs={
            "notation": "Mandel (11, 22, 33, 23, 13, 12)",
            "model": network.model,
            "depth": network.depth,
            "active_nodes": network.active_nodes,
        },
    )
