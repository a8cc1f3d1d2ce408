"""What defines a network: its activations and angles, how they begin, and how they are kept on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from laminet.data import netcdf
from laminet.errors import DeadNetworkError, InputError, check_choice

AXES = {"dmn": ("alpha", "beta", "gamma"), "imn": ("theta", "phi")}
"""Angles of a node: Euler angles in radians of a DMN, dimensionless angles of an IMN's interface normal."""

MODELS = tuple(AXES)
MAX_DEPTH = 16


@dataclass(frozen=True)
class NetworkParameters:
    """Parameters of a DMN or IMN.

    Networks are equal if model, depth and all parameters are, and so homogenise alike; how they were made does not
    count. The hash is of the same values: do not change the arrays of a network that is a key.

    Attributes:
        model: "dmn" or "imn".
        depth: number of layers below the root, N.
        activation: (2^N,) z of the leaves.
        angle: DMN (2^(N+1) - 1, 3), all nodes; IMN (2^N - 1, 2), parents only; heap order.
        attributes: how the network was made (samples, batch, eta, xi, seed, ...), kept as attributes of its file.
    """

    model: str
    depth: int
    activation: np.ndarray
    angle: np.ndarray
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkParameters):
            return NotImplemented
        return (
            (self.model, self.depth) == (other.model, other.depth)
            and np.array_equal(self.activation, other.activation)
            and np.array_equal(self.angle, other.angle)
        )

    def __hash__(self) -> int:
        return hash((self.model, self.depth, tuple(self.activation.tolist())))

    @property
    def count(self) -> int:
        """Independent parameters: 7 2^N - 3 (DMN) or 3 2^N - 2 (IMN)."""
        return self.activation.size + self.angle.size

    @property
    def active_nodes(self) -> int:
        """Leaves with a positive weight."""
        return int((self.activation > 0.0).sum())


@dataclass(frozen=True)
class Initialisation:
    """Ranges of the uniform distributions the parameters are drawn from.

    Attributes:
        activation: of z.
        euler: of a DMN's angles, radians.
        normal: of an IMN's dimensionless angles.
    """

    activation: tuple[float, float] = (0.2, 0.8)
    euler: tuple[float, float] = (-np.pi / 2, np.pi / 2)
    normal: tuple[float, float] = (0.0, 1.0)


def angle_shape(model: str, depth: int) -> tuple[int, int]:
    """Shape of `angle`.

    Raises:
        InputError: unknown model, or a depth outside 1 ... 16.
    """
    check_choice(model, MODELS, "model")
    if not 1 <= depth <= MAX_DEPTH:
        raise InputError(f"depth is {depth}; it must lie in 1 ... {MAX_DEPTH}")
    return (2 ** (depth + 1) - 1 if model == "dmn" else 2**depth - 1), len(AXES[model])


def initial(model: str, depth: int, seed: int, initialisation: Initialisation | None = None) -> NetworkParameters:
    """Random parameters of a seed: activations first, then angles, from the generator [seed, 0]."""
    initialisation = initialisation or Initialisation()
    shape = angle_shape(model, depth)
    rng = np.random.default_rng([seed, 0])
    activation = rng.uniform(*initialisation.activation, 2**depth)
    angle = rng.uniform(*(initialisation.euler if model == "dmn" else initialisation.normal), shape)
    return NetworkParameters(model, depth, activation, angle)


def save(network: NetworkParameters, path: Path | str, parameters: Mapping[str, Any], threads: int = 1) -> None:
    """Write a network by its contract.

    Raises:
        InputError: the file cannot be written.
        DeadNetworkError: the network has no active leaf or holds values that are not finite.
    """
    if not network.active_nodes or not all(np.isfinite(a).all() for a in (network.activation, network.angle)):
        raise DeadNetworkError(f"{path}: the network is dead (no leaf with positive activation); nothing was written")
    dataset = xr.Dataset(
        {
            "activation": ("leaf", network.activation, {"units": "1"}),
            "angle": (("node", "axis"), network.angle, {"units": "rad" if network.model == "dmn" else "1"}),
        },
        coords={"axis": list(AXES[network.model])},
        attrs={**network.attributes, "model": network.model, "depth": network.depth},
    )
    netcdf.write(dataset, path, content="network", parameters=parameters, threads=threads)


def load(path: Path | str) -> NetworkParameters:
    """Read a network file and check it.

    Raises:
        InputError: unreadable file, unknown model, shapes that do not fit the depth, or values not finite.
        DeadNetworkError: no leaf is active.
    """
    dataset = netcdf.read(path, content="network", variables={"activation": ("leaf",), "angle": ("node", "axis")})
    attributes = dict(dataset.attrs)
    try:
        model, depth = str(attributes.pop("model")), int(attributes.pop("depth"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: attributes 'model' and 'depth' are missing or wrong; train the network again"
        ) from error
    try:
        shape = angle_shape(model, depth)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    activation, angle = (np.asarray(dataset[name].values, dtype=float) for name in ("activation", "angle"))
    if activation.shape != (2**depth,) or angle.shape != shape:
        raise InputError(
            f"{path}: activation {activation.shape} and angle {angle.shape} do not fit depth {depth} of a {model}: "
            f"needed are {(2**depth,)} and {shape}"
        )
    if not (np.isfinite(activation).all() and np.isfinite(angle).all()):
        raise InputError(f"{path}: activation or angle holds NaN or infinite values; train the network again")
    network = NetworkParameters(model, depth, activation, angle, attributes)
    if not network.active_nodes:
        raise DeadNetworkError(
            f"{path}: the network is dead (no leaf with positive activation); raise xi and train again"
        )
    return network
