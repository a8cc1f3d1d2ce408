"""Composites and networks that tests of several folders need."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from laminet.materials.library import Composite, composite
from laminet.network import parameters
from laminet.network.parameters import NetworkParameters

CARBON = {
    "law": "orthotropic",
    **{"E11": 19.8, "E22": 19.8, "E33": 245, "G12": 5.9, "G13": 29.2, "G23": 29.2},
    **{"nu12": 0.67, "nu13": 0.02, "nu23": 0.02},
}
GLASS = {
    "law": "orthotropic",
    **{"E11": 72, "E22": 72, "E33": 72, "G12": 29.5, "G13": 29.5, "G23": 29.5},
    **{"nu12": 0.22, "nu13": 0.22, "nu23": 0.22},
}


def _matrix(young: float, poisson: float, **hardening: float) -> dict:
    return {"law": "j2", "young": young, "poisson": poisson, "hardening": hardening}


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that begins anew in every test."""
    return np.random.default_rng(0)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and for the test's time no more rights than any user has: root may read and write everything."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        os.seteuid(user or 65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(user)


@pytest.fixture(scope="session")
def composites() -> dict[int, Composite]:
    """The paper's three composites (Tables 1, 2)."""
    matrices = {
        1: _matrix(3.8, 0.387, initial=0.010, linear=0.30, saturation=0.060, rate=150),
        2: _matrix(2.1, 0.3, initial=0.029, linear=0.139, saturation=0.0327, rate=319.4),
        3: _matrix(3.8, 0.387, initial=0.030, saturation=0.045, rate=120),
    }
    fibres = {1: CARBON, 2: GLASS, 3: CARBON}
    return {
        number: composite(f"composite_{number}", {"phase_1": matrices[number], "phase_2": fibres[number]}, "test")
        for number in matrices
    }


def prune(network: NetworkParameters, keep: list[int] | np.ndarray) -> NetworkParameters:
    """The network with only the leaves `keep` alive."""
    activation = np.full_like(network.activation, -0.1)
    activation[keep] = network.activation[keep]
    return NetworkParameters(network.model, network.depth, activation, network.angle)


@pytest.fixture(scope="session")
def sparse_network():
    """Function (model, depth, seed, keep): a random network of which `keep` random leaves live."""

    def make(model: str, depth: int, seed: int, keep: int) -> NetworkParameters:
        network = parameters.initial(model, depth, seed)
        return prune(network, np.random.default_rng([seed, 1]).permutation(2**depth)[:keep])

    return make
