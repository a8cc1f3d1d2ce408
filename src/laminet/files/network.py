"""The network contract: what defines a network, its activations and angles, in memory and on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import xarray as xr

from laminet.errors import DeadNetworkError, InputError
from laminet.files import netcdf
from laminet.files.settings import Depth, Model
from laminet.settings import check

AXES = {"dmn": ("alpha", "beta", "gamma"), "imn": ("theta", "phi")}
"""Angles of a node: Euler angles in radians of a DMN, dimensionless angles of an IMN's interface normal."""

MODELS = get_args(Model)


@dataclass(frozen=True)
class NetworkParameters:
    """Parameters of a DMN or IMN.

    Networks are equal if model, depth, phases and all parameters are, and so homogenise alike; how they were made does
    not count. The hash is of the same values: do not change the arrays of a network that is a key.

    Attributes:
        model: "dmn" or "imn".
        depth: number of layers below the root, N.
        activation: (2^N,) z of the leaves.
        angle: DMN (2^(N+1) - 1, 3), all nodes; IMN (2^N - 1, 2), parents only; heap order.
        attributes: how the network was made (samples, batch, eta, xi, seed, ...), kept as attributes of its file.
        phases: number of phases, P; leaf k, from 0, has phase 1 + k mod P.

    Raises:
        InputError: fewer than two phases, or more than there are leaves.
    """

    model: str
    depth: int
    activation: np.ndarray
    angle: np.ndarray
    attributes: Mapping[str, Any] = field(default_factory=dict)
    phases: int = 2

    def __post_init__(self) -> None:
        if not 2 <= self.phases <= 2**self.depth:
            raise InputError(
                f"a network of depth {self.depth} has {2**self.depth} leaves for {self.phases} phases; two phases at "
                "least are needed, and a leaf for each: raise depth"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkParameters):
            return NotImplemented
        return (
            (self.model, self.depth, self.phases) == (other.model, other.depth, other.phases)
            and np.array_equal(self.activation, other.activation)
            and np.array_equal(self.angle, other.angle)
        )

    def __hash__(self) -> int:
        return hash((self.model, self.depth, self.phases, tuple(self.activation.tolist())))

    @property
    def vector(self) -> np.ndarray:
        """All parameters (count,), in the order of a training's state: activations, then angles row by row."""
        return np.concatenate([self.activation, self.angle.ravel()])

    @property
    def count(self) -> int:
        """Independent parameters: 7 2^N - 3 (DMN) or 3 2^N - 2 (IMN)."""
        return self.activation.size + self.angle.size

    @property
    def active_nodes(self) -> int:
        """Leaves with a positive weight."""
        return int((self.activation > 0.0).sum())

    def check_active(self, where: Path | str = "network") -> None:
        """Check that any leaf has a weight.

        Raises:
            DeadNetworkError: none has; `where` begins the message.
        """
        if not self.active_nodes:
            raise DeadNetworkError(
                f"{where}: no leaf is active, all activations are 0 or less; raise xi and train again"
            )


def angle_shape(model: str, depth: int) -> tuple[int, int]:
    """Shape of `angle`.

    Raises:
        InputError: unknown model, or a depth out of range.
    """
    check(Model, model, "model")
    check(Depth, depth, "depth")
    return (2 ** (depth + 1) - 1 if model == "dmn" else 2**depth - 1), len(AXES[model])


def save_network(network: NetworkParameters, path: Path | str, parameters: Mapping[str, Any], threads: int = 1) -> None:
    """Write a network by its contract.

    Raises:
        InputError: the file cannot be written.
        DeadNetworkError: the network has no active leaf or holds values that are not finite; nothing is written.
    """
    network.check_active(path)
    if not (np.isfinite(network.activation).all() and np.isfinite(network.angle).all()):
        raise DeadNetworkError(f"{path}: activation or angle holds NaN or infinite values; nothing was written")
    dataset = xr.Dataset(
        {
            "activation": ("leaf", network.activation, {"units": "1"}),
            "angle": (("node", "axis"), network.angle, {"units": "rad" if network.model == "dmn" else "1"}),
        },
        coords={"axis": list(AXES[network.model])},
        attrs={**network.attributes, "model": network.model, "depth": network.depth, "phases": network.phases},
    )
    netcdf.write(dataset, path, content="network", parameters=parameters, threads=threads)


def load_network(path: Path | str) -> NetworkParameters:
    """Read a network file and check it; one that does not say its number of phases has two.

    Raises:
        InputError: unreadable file, unknown model, shapes that do not fit the depth, or values not finite.
        DeadNetworkError: no leaf is active.
    """
    dataset = netcdf.read(path, content="network", variables={"activation": ("leaf",), "angle": ("node", "axis")})
    attributes = dict(dataset.attrs)
    activation, angle = (dataset[name].values.astype(float) for name in ("activation", "angle"))
    try:
        model, depth = str(attributes.pop("model")), int(attributes.pop("depth"))
        phases, shape = int(attributes.pop("phases", 2)), angle_shape(model, depth)
        network = NetworkParameters(model, depth, activation, angle, attributes, phases)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        fault = "attributes 'model', 'depth' or 'phases' are missing or wrong; train the network again"
        raise InputError(f"{path}: {fault}") from error
    if activation.shape != (2**depth,) or angle.shape != shape:
        raise InputError(
            f"{path}: activation {activation.shape} and angle {angle.shape} do not fit depth {depth} of a {model}: "
            f"expected {(2**depth,)} and {shape}"
        )
    if not (np.isfinite(activation).all() and np.isfinite(angle).all()):
        raise InputError(f"{path}: activation or angle holds NaN or infinite values; train the network again")
    network.check_active(path)
    return network
