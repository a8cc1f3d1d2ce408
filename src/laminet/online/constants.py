"""What engineers take away from networks: elastic constants, their scatter, laminates of plies, yield stresses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from laminet import mandel
from laminet.errors import InputError, warn
from laminet.files.network import NetworkParameters
from laminet.loading.paths import CASES
from laminet.materials.layup import LAMINATE_CONSTANTS, Layup, laminate_constants, laminate_stiffness
from laminet.materials.layup import layup as read_layup
from laminet.materials.library import Composite
from laminet.materials.stiffness import CONSTANTS, coupling, engineering_constants, young_moduli
from laminet.network.homogenize import homogenize
from laminet.online.evaluation import check_networks
from laminet.online.settings import ConstantsSettings
from laminet.online.yielding import offset_stress, onset

LAMINATE = ("eps_x", "eps_y", "gamma_xy", "kappa_x", "kappa_y", "kappa_xy")
"""Rows and columns of the stiffness of a laminate."""

ROUNDING = 1e-12
"""Of the largest entry of a laminate's stiffness: less is zero, such as B of a symmetric layup."""

LIKELY_PLY = 1.05
"""Ratio of Young's moduli: an axis that is stiffer than axis 1 by more is probably that of the fibres."""


def constants(
    networks: Mapping[str, NetworkParameters], composites: Sequence[Composite], settings: ConstantsSettings
) -> xr.Dataset:
    """Elastic constants and yield stresses of networks with the laws of composites.

    Args:
        networks: of one or several seeds, by label.
        composites: laws of the phases; at least one.
        settings: axes, layup, offset.

    Returns:
        A dataset. `stiffness` (network, composite, i, j) is Mandel, in GPa. `constants` (network, composite, constant)
        are E11 ... G23 in GPa, then nu12, nu13, nu23. `coupling` (network, composite) is the share of the stiffness
        that they leave out. `onset` and `offset_stress` (network, composite, load_case) are the driven tensor stresses
        at the first flow of a leaf and at the offset, in GPa, NaN where there is none.

        With a layup, `laminate` (network, composite, row, column) is [[A, B], [B, D]] in kN and mm.
        `laminate_constants` (network, composite, laminate_constant) are Ex, Ey, Gxy in GPa and nuxy.

    Raises:
        InputError: nothing to compute, networks of different kinds, one given twice, a layup that cannot be used, or
            another number of phases than the networks'.
        DeadNetworkError: no leaf is active.

    Warns:
        LaminetWarning: a layup whose plies have their largest Young's modulus not along axis 1.
    """
    if not (networks and composites):
        raise InputError("no constants without a network and a composite; give one of each at least")
    check_networks(networks)
    plies, turn = _plies(settings), _turn(settings.axes)
    datasets = [
        xr.concat([_of(one, composite, settings, turn, plies) for composite in composites], "composite")
        for one in networks.values()
    ]
    joined = xr.concat(datasets, "network").assign_coords(
        network=list(networks), composite=[composite.name for composite in composites]
    )
    first = next(iter(networks.values()))
    joined.attrs = {"model": first.model, "depth": first.depth, "axes": settings.axes, "offset": settings.offset}
    if plies is not None:
        _warn_of_axes(joined)
        joined.attrs |= {"layup": settings.layup, "angles": plies.angles, "thickness": plies.thickness}
    return joined


def _plies(settings: ConstantsSettings) -> Layup | None:
    """The laminate of settings, if they have one."""
    if settings.layup is None and settings.thickness is None:
        return None
    if settings.layup is None:
        raise InputError(f"{settings.section}: layup is missing; give the angles of the plies, such as 0/45/-45/90")
    if settings.thickness is None:
        raise InputError(f"{settings.section}: thickness is missing; give that of the plies in mm")
    return read_layup(settings.layup, settings.thickness)


def _of(
    network: NetworkParameters, composite: Composite, settings: ConstantsSettings, turn: np.ndarray, plies: Layup | None
) -> xr.Dataset:
    laws = composite.laws_of(network.phases, "network")
    stiffness = turn @ homogenize(network, *(law.stiffness for law in laws)) @ turn.T
    order = [CASES.index(_case(case, settings.axes)) for case in CASES]
    variables = {
        "stiffness": (("i", "j"), stiffness, {"units": "GPa"}),
        "constants": ("constant", engineering_constants(stiffness), {"units": "GPa or 1"}),
        "coupling": ((), float(coupling(stiffness)), {"units": "1"}),
        "onset": ("load_case", onset(network, composite)[order], {"units": "GPa"}),
        "offset_stress": ("load_case", offset_stress(network, composite, settings.offset)[order], {"units": "GPa"}),
    }
    coordinates = {"constant": list(CONSTANTS), "load_case": list(CASES)}
    if plies is not None:
        laminate = laminate_stiffness(stiffness, plies)
        laminate[abs(laminate) < ROUNDING * abs(laminate).max()] = 0.0
        whole = laminate_constants(laminate, sum(plies.thickness))
        variables |= {
            "laminate": (("row", "column"), laminate, {"units": "kN/mm, kN or kN mm"}),
            "laminate_constants": ("laminate_constant", whole, {"units": "GPa or 1"}),
        }
        coordinates |= {name: list(LAMINATE) for name in ("row", "column")}
        coordinates["laminate_constant"] = list(LAMINATE_CONSTANTS)
    return xr.Dataset(variables, coordinates)


def _turn(axes: str) -> np.ndarray:
    """Mandel rotation (6, 6) that makes the network's axes, named in the order of the new ones, axes 1, 2, 3."""
    return np.asarray(mandel.rotation(np.eye(3)[[int(axis) - 1 for axis in axes]]))


def _case(case: str, axes: str) -> str:
    """The load case of the network that is `case` along the new axes."""
    index = mandel.INDEX["".join(axes[int(axis) - 1] for axis in case)]
    return next(known for known in CASES if mandel.INDEX[known] == index)


def _warn_of_axes(data: xr.Dataset) -> None:
    """Warn where the plies are hardly along axis 1: a network of fibres along axis 3 has them across the laminate."""
    for name, stiffness in zip(data["composite"].values, data["stiffness"].mean("network").values, strict=True):
        young = young_moduli(stiffness)
        stiffest = int(young.argmax())
        if young[stiffest] > LIKELY_PLY * young[0]:
            turned = (data.attrs["axes"] * 2)[stiffest:][:3]
            warn(
                f"composite '{name}': the plies are stiffest along axis {stiffest + 1}, and the layup gives the angles "
                f"of axis 1; if the fibres lie along axis {stiffest + 1}, take the axes {turned}"
            )


def card_values(data: xr.Dataset) -> dict[str, np.ndarray]:
    """Constants (9,) by CONSTANTS of every composite, moduli in GPa: the means over the networks of `constants`."""
    mean = data["constants"].mean("network")
    return {str(name): mean.sel(composite=name).values for name in data["composite"].values}


def to_fields(data: xr.Dataset) -> dict[str, Any]:
    """The dataset of `constants` as a mapping from composites to plain numbers, for YAML: means, then deviations.

    `constants` has the names of an orthotropic law of a materials YAML. What is not known is left out.
    """
    return {str(name): _fields(data.sel(composite=name)) for name in data["composite"].values}


def _fields(data: xr.Dataset) -> dict[str, Any]:
    several = data.sizes["network"] > 1

    def spread(name: str, coordinate: str) -> dict[str, Any]:
        values = {"mean": data[name].mean("network")}
        if several:
            values |= {"deviation": data[name].std("network", ddof=1)}
            values |= {"lowest": data[name].min("network"), "highest": data[name].max("network")}
        known = {how: of.dropna(coordinate) for how, of in values.items()}
        return {
            how: {str(key): float(f"{value:.6g}") for key, value in zip(of[coordinate].values, of.values, strict=True)}
            for how, of in known.items()
            if of.size
        }

    fields: dict[str, Any] = {"networks": data.sizes["network"], "axes": data.attrs["axes"]}
    fields["constants"] = spread("constants", "constant")
    fields["left_out"] = float(f"{float(data['coupling'].max()):.3g}")
    fields["first_flow"] = spread("onset", "load_case")
    fields["offset"], fields["offset_stress"] = data.attrs["offset"], spread("offset_stress", "load_case")
    if "laminate" in data:
        mean = data["laminate"].mean("network").values
        blocks = {"A": mean[:3, :3], "B": mean[:3, 3:], "D": mean[3:, 3:]}
        fields["laminate"] = {
            "layup": data.attrs["layup"],
            "angles": list(data.attrs["angles"]),
            "thickness": list(data.attrs["thickness"]),
            **{name: [[float(f"{value:.6g}") for value in row] for row in block] for name, block in blocks.items()},
            "constants": spread("laminate_constants", "laminate_constant"),
        }
    return {name: value for name, value in fields.items() if value != {}}
