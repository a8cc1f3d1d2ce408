"""Constitutive laws, vectorised over points and written once: the RVE and the networks share them."""
