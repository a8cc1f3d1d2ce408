"""Constitutive laws, one file a law. A further module in this folder is all that a new law needs."""

from importlib import import_module
from pkgutil import iter_modules

from laminet.materials.laws.drucker_prager import DruckerPrager
from laminet.materials.laws.elastic import Elastic, Isotropic, Orthotropic, TransverselyIsotropic
from laminet.materials.laws.hardening import Hardening, PowerHardening, TableHardening, YieldStress
from laminet.materials.laws.j2 import J2
from laminet.materials.laws.law import Law
from laminet.materials.laws.viscoplastic import Norton, Perzyna, Viscoplastic

__all__ = [
    "J2",
    "DruckerPrager",
    "Elastic",
    "Hardening",
    "Isotropic",
    "Law",
    "Norton",
    "Orthotropic",
    "Perzyna",
    "PowerHardening",
    "TableHardening",
    "TransverselyIsotropic",
    "Viscoplastic",
    "YieldStress",
]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
