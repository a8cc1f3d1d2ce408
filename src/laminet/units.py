"""Units of stress."""

POUND_PER_SQUARE_INCH = 0.45359237 * 9.80665 / 0.0254**2 * 1e-9

STRESS_UNITS = {
    "GPa": 1.0,
    "MPa": 1e-3,
    "kPa": 1e-6,
    "Pa": 1e-9,
    "Msi": 1e6 * POUND_PER_SQUARE_INCH,
    "ksi": 1e3 * POUND_PER_SQUARE_INCH,
    "psi": POUND_PER_SQUARE_INCH,
}
"""In GPa."""
