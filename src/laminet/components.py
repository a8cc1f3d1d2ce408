"""Names of the six components; apart from `laminet.mandel`, so that a command can list them without NumPy."""

COMPONENTS = ("11", "22", "33", "23", "13", "12")
"""Order of the six components in every array and every file."""
