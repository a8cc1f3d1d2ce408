"""Nonlinear prediction with a trained network: the schemes of Algorithms 1 to 3 and the condensed Newton step."""
