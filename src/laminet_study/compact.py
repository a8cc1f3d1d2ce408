"""Study datasets small enough to be published: everything that figures, claims and summaries use, and no more.

A compact study lacks `strain`, `stress`, `residual`, `error_vector` and `component`. Where it has curves they are
`loaded_strain` and `loaded_stress`, the loaded component (Mandel) of the six load cases, all digits. Its histories have
fewer epochs. Its attribute `compact` says so.
"""

import xarray as xr

from laminet import mandel
from laminet.files.history import last_rows
from laminet.loading.paths import CASES

DROPPED = ("strain", "stress", "residual", "error_vector", "component")
UNUSED_HISTORIES = ("validation_divergence", "loss_history", "validation_loss")


def compact(study: xr.Dataset, curves: bool, epochs: int = 200) -> xr.Dataset:
    """The compact form of a study.

    Args:
        study: a whole study dataset.
        curves: whether the loaded component of the curves is kept.
        epochs: of the histories that are kept, evenly spread; the last epoch of every length of training is among them.

    Returns:
        The dataset without DROPPED and UNUSED_HISTORIES, with the six load cases only.
    """
    from laminet_study.datasets import kept_epochs

    found = study.sel(load_case=[case for case in CASES if case in study["load_case"].values])
    if curves:
        for name in ("strain", "stress"):
            columns = [
                found[name].sel(load_case=case).isel(component=mandel.INDEX[case]).drop_vars("component")
                for case in found["load_case"].values.tolist()
            ]
            loaded = xr.concat(columns, dim=found["load_case"]).transpose(*found[name].dims[:-1])
            found[f"loaded_{name}"] = loaded.assign_attrs(units=study[name].attrs["units"])
    lengths = last_rows(study["elapsed"].values) + 1
    found = found.isel(epoch=kept_epochs(lengths.tolist(), epochs)) if study.sizes["epoch"] > epochs else found
    found = found.drop_vars([name for name in (*DROPPED, *UNUSED_HISTORIES) if name in found.variables])
    kept = "the loaded component of the curves" if curves else "no curves"
    return found.assign_attrs(compact=f"{kept}; {found.sizes['epoch']} epochs of the histories")
