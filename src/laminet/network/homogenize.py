"""Homogenised stiffness of a network in plain NumPy, for predictions without PyTorch."""

import numpy as np

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.network import tree
from laminet.network.block import laminate


def homogenize(network: NetworkParameters, *stiffnesses: np.ndarray) -> np.ndarray:
    """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each, Mandel, any unit (Eqs. 8, 23).

    The tree is walked depth first and inactive nodes are left out, so that memory grows with depth, not with leaves.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    laminates = tree.laminates(network)
    parents = len(laminates.normal)
    phases = [np.asarray(stiffness, dtype=float) for stiffness in stiffnesses]
    of_leaf = tree.leaf_phase(network.depth, network.phases)
    fraction, interface = tree.fractions(laminates.weights), mandel.interface(laminates.normal)

    def stiffness(node: int) -> np.ndarray:
        if node >= parents:
            leaf = node - parents
            phase = phases[of_leaf[leaf] - 1]
            if laminates.rotation is None:
                return phase
            rotation = mandel.rotation(laminates.rotation[leaf])
            return rotation.T @ phase @ rotation
        active = [stiffness(child) for child in (2 * node + 1, 2 * node + 2) if laminates.weights[child] > 0.0]
        return active[0] if len(active) == 1 else laminate(fraction[node], active[0], active[1], interface[node])

    return stiffness(0)
