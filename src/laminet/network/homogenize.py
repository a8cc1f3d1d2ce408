"""Homogenised stiffness of a network in plain NumPy, for predictions without PyTorch."""

import numpy as np

from laminet import mandel
from laminet.files.network import NetworkParameters
from laminet.network import tree
from laminet.network.block import laminate
from laminet.network.tree import LaminateTree


def homogenize(network: NetworkParameters | LaminateTree, *stiffnesses: np.ndarray) -> np.ndarray:
    """Homogenised stiffness (n, 6, 6) of the phases' stiffnesses, (n, 6, 6) each, Mandel, any unit (Eqs. 8, 23).

    The tree is walked depth first and dead nodes are left out, so that memory grows with depth, not with leaves.

    Raises:
        DeadNetworkError: no leaf is active.
    """
    laminates = network if isinstance(network, LaminateTree) else tree.laminates(network)
    parents = len(laminates.normal)
    phases = [np.asarray(stiffness, dtype=float) for stiffness in stiffnesses]
    of_leaf = tree.leaf_phase(laminates.depth, laminates.phases)
    fraction, interface = tree.fractions(laminates.weights), mandel.interface(laminates.normal)

    def stiffness(node: int) -> np.ndarray:
        if node >= parents:
            leaf = node - parents
            phase = phases[of_leaf[leaf] - 1]
            if laminates.rotation is None:
                return phase
            rotation = mandel.rotation(laminates.rotation[leaf])
            return rotation.T @ phase @ rotation
        living = [child for child in (2 * node + 1, 2 * node + 2) if laminates.weights[child] > 0.0]
        if len(living) == 1:
            return stiffness(living[0])
        return laminate(fraction[node], stiffness(living[0]), stiffness(living[1]), interface[node])

    return stiffness(0)
