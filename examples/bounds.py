"""Homogenise glass fibres in matrices of any stiffness: network, RVE and bounds.

    python examples/bounds.py [PICTURE]

The network has learned the cell of 30 fibres, but none of these phases. Hashin and
Hill's bounds hold for every microstructure that is isotropic across the fibres.
"""

import sys

import numpy as np
from matplotlib.figure import Figure

import laminet
from laminet.cells.fibres import cell, homogenisation
from laminet.materials.stiffness import isotropic_stiffness

fibre = isotropic_stiffness(72.0, 0.22)  # GPa; all matrices are in Mandel notation
contrasts = np.geomspace(2, 200, 9)
matrices = isotropic_stiffness(72.0 / contrasts, np.full(9, 0.35))

network = laminet.load("docs/networks/unidirectional_60_imn.nc")
rve = cell.load("docs/gallery/datasets/rve.nc")
of_network = network.homogenize(matrices, fibre)
of_rve = homogenisation.homogenize(rve, matrices, np.broadcast_to(fibre, (9, 6, 6)))


def moduli(stiffness):
    """Bulk and shear modulus in the plane across the fibres, axes 1 and 2."""
    c = np.moveaxis(stiffness, (-2, -1), (0, 1))
    return (c[0, 0] + c[1, 1] + 2 * c[0, 1]) / 4, c[5, 5] / 2


def hashin_hill(k, g, k_other, g_other, other):
    """The bound that a phase sets around a fraction `other` of the other phase."""
    shear = (1 - other) * (k + 2 * g) / (2 * g * (k + g))
    bulk = k + other / (1 / (k_other - k) + (1 - other) / (k + g))
    return bulk, g + other / (1 / (g_other - g) + shear)


fraction, (k1, g1), (k2, g2) = rve.volume_fraction, moduli(matrices), moduli(fibre)
lower = hashin_hill(k1, g1, k2, g2, fraction)
upper = hashin_hill(k2, g2, k1, g1, 1 - fraction)
figure = Figure(figsize=(7, 3), layout="constrained")
names = "bulk modulus across the fibres", "shear modulus across the fibres"
for n, (axes, name) in enumerate(zip(figure.subplots(1, 2), names)):
    one, two = moduli(matrices)[n], moduli(fibre)[n]
    voigt = (1 - fraction) * one + fraction * two
    reuss = 1 / ((1 - fraction) / one + fraction / two)
    axes.fill_between(contrasts, reuss, voigt, color="0.9", label="Voigt and Reuss")
    axes.fill_between(contrasts, lower[n], upper[n], color="0.75", label="Hashin, Hill")
    axes.loglog(contrasts, moduli(of_rve)[n], "ko", mfc="none", label="RVE")
    axes.loglog(contrasts, moduli(of_network)[n], "C1.-", label="network")
    axes.set(xlabel="stiffness of fibre / matrix", ylabel="GPa", title=name)
axes.legend(frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "bounds.png", dpi=130)
error = np.abs(moduli(of_network)[1] / moduli(of_rve)[1] - 1)
print(f"shear modulus of the network: within {100 * error.max():.1f} % of the RVE")
