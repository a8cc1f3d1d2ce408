"""A trained network applied to elastic data."""

import xarray as xr

from laminet.errors import InputError
from laminet.files.elastic import NOTATION, arrays
from laminet.files.network import NetworkParameters
from laminet.network.homogenize import homogenize
from laminet.training.loss import relative_error


def predict(network: NetworkParameters, dataset: xr.Dataset) -> xr.Dataset:
    """Homogenised stiffness of all samples of an elastic dataset and its relative error (Eq. 33 is the mean).

    Args:
        network: any.
        dataset: as `laminet.files.elastic.load` gives it.

    Returns:
        Dataset `stiffness` (sample, i, j) in GPa and `error` (sample), with its coordinates sample and split; to be
        written with content "predicted".

    Raises:
        InputError: data of another number of phases than the network's.
        DeadNetworkError: no leaf is active.
    """
    *phases, reference = arrays(dataset).values()
    if len(phases) != network.phases:
        raise InputError(f"the data have {len(phases)} phases, the network {network.phases}; take data of its phases")
    stiffness = homogenize(network, *phases)
    return xr.Dataset(
        {
            "stiffness": (("sample", "i", "j"), stiffness, {"units": "GPa"}),
            "error": ("sample", relative_error(stiffness, reference), {"units": "1"}),
        },
        coords={name: dataset[name] for name in ("sample", "split") if name in dataset.coords},
        attrs={
            "notation": NOTATION,
            "model": network.model,
            "depth": network.depth,
            "active_nodes": network.active_nodes,
        },
    )
