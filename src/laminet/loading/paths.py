"""Load paths: which macroscopic strains are prescribed, which stresses, and their values step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from laminet import mandel
from laminet.errors import InputError, check_choice

CASES = ("11", "22", "33", "12", "23", "31")
"""The six load cases of the paper, in the order of its figures."""

LARGEST_STRAIN, MOST_STEPS = 1.0, 10**6

CONTROLS = ("strain", "stress")
"""strain: all six strains prescribed (uniaxial strain); stress: the others free of stress (uniaxial stress)."""


@dataclass(frozen=True)
class LoadPath:
    """A macroscopic load path; step 0 is the zero state.

    Attributes:
        name: the load case, as in the files' coordinate `load_case`.
        control: "strain" or "stress".
        prescribed: (6,) True where the strain is prescribed, False where the stress is.
        strain: (steps + 1, 6) prescribed strains, Mandel; zero where the stress is prescribed.
        stress: (steps + 1, 6) prescribed stresses, Mandel, GPa; zero where the strain is prescribed.
        loaded: (6,) True for the components that are driven: the error of Eq. 32 is measured on them.
    """

    name: str
    control: str
    prescribed: np.ndarray
    strain: np.ndarray
    stress: np.ndarray
    loaded: np.ndarray

    @property
    def steps(self) -> int:
        """Number of increments."""
        return len(self.strain) - 1


def uniaxial(case: str, control: str, steps: int, amplitude: float) -> LoadPath:
    """One of the six load cases: the driven tensor component goes to `amplitude` in equal steps.

    Raises:
        InputError: unknown case or control, or fewer than one step.
    """
    if case not in CASES:
        raise InputError(f"load case '{case}' is unknown; the six cases are {', '.join(CASES)}")
    return piecewise(case, control, [{case: amplitude}], steps)


def piecewise(name: str, control: str, vertices: Sequence[Mapping[str, float]], steps: int) -> LoadPath:
    """A path straight from vertex to vertex, beginning at zero, for example 11 + 12 together or load and unload.

    Args:
        name: the load case.
        control: "strain" (undriven strains are zero) or "stress" (undriven stresses are zero).
        vertices: driven tensor strain components by name ("11" ... "31"); one absent at a vertex is zero there.
        steps: number of increments in all, shared among the segments as equally as may be.

    Raises:
        InputError: unknown control or component, no driven component, or fewer steps than segments.
    """
    check_choice(control, CONTROLS, f"load case '{name}': control")
    corners = np.zeros((len(vertices) + 1, 6))
    loaded = np.zeros(6, dtype=bool)
    for corner, vertex in zip(corners[1:], vertices, strict=True):
        for component, value in vertex.items():
            if component not in mandel.INDEX or not abs(value) <= LARGEST_STRAIN:
                raise InputError(
                    f"load case '{name}': cannot drive {component} to {value}; components are 11 ... 31, strains "
                    f"of {LARGEST_STRAIN:g} at most"
                )
            index = mandel.INDEX[component]
            corner[index] = value * mandel.FACTOR[index]
            loaded[index] = True
    if not loaded.any():
        raise InputError(f"load case '{name}': drives no component")
    if steps > MOST_STEPS:
        raise InputError(f"load case '{name}': {steps} steps; give at most {MOST_STEPS}")
    if steps < len(vertices):
        raise InputError(f"load case '{name}': {steps} steps for {len(vertices)} segments; give at least one each")
    at = np.interp(
        np.arange(steps + 1), np.round(np.linspace(0, steps, len(corners))), np.arange(len(corners), dtype=float)
    )
    strain = np.stack([np.interp(at, np.arange(len(corners)), corners[:, i]) for i in range(6)], axis=1)
    prescribed = loaded.copy() if control == "stress" else np.ones(6, dtype=bool)
    return LoadPath(name, control, prescribed, strain, np.zeros_like(strain), loaded)


def parse(text: str) -> tuple[str, list[dict[str, float]]]:
    """Name and vertices of the command-line form NAME=11:0.05,12:0.02;11:0 (vertices apart by ';').

    Raises:
        InputError: not of that form.
    """
    name, separator, body = text.partition("=")
    try:
        vertices = [
            {component.strip(): float(value) for component, value in (term.split(":") for term in vertex.split(","))}
            for vertex in body.split(";")
        ]
    except ValueError as error:
        raise InputError(f"load path '{text}': the form is NAME=11:0.05,12:0.02;11:0") from error
    if not separator or not name:
        raise InputError(f"load path '{text}': the form is NAME=11:0.05,12:0.02;11:0")
    return name, vertices
