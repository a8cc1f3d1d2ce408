"""Input decks of CalculiX: cubes under homogeneous strain and a notched plate; and what a run printed."""

import os
import re
import resource
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import calculix
import numpy as np

import laminet

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Components in the order of CalculiX: 11, 22, 33, 12, 13, 23."""
MANDEL = np.array([0, 1, 2, 5, 4, 3])
FACTOR = np.array([1.0, 1.0, 1.0, *3 * [np.sqrt(2.0)]])
EXACT = "*CONTROLS, PARAMETERS=FIELD\n1.e-9, 1., 0., , 1.e-9, 1.e-12, 1.e-3, 1.e-10"
"""Residuals as small as rounding allows; by default CalculiX ends at 0.5 % of the average force."""


@dataclass(frozen=True)
class Run:
    """What CalculiX printed.

    Attributes:
        code: the exit code.
        text: its output.
        data: the file .dat.
        seconds: processor time.
    """

    code: int
    text: str
    data: str
    seconds: float

    def table(self, head: str) -> np.ndarray:
        """Rows of all blocks of .dat whose heading contains `head`: (blocks, rows, columns)."""
        blocks = re.split(r"\n(?= \w)", self.data)
        found = [block.split("\n", 1)[1] for block in blocks if head in block.split("\n", 1)[0]]
        return np.array([[line.split() for line in block.splitlines() if line.strip()] for block in found], dtype=float)

    def residuals(self) -> list[list[float]]:
        """Largest residual force over the average force, by increment and iteration."""
        increments: list[list[float]] = []
        average = 1.0
        for line in self.text.splitlines():
            if line.startswith(" increment "):
                increments.append([])
            elif match := re.match(r" average force= ([-+.\dEe]+)", line):
                average = float(match[1])
            elif match := re.match(r" largest residual force= ([-+.\dEe]+)", line):
                increments[-1].append(float(match[1]) / average)
        return [residuals for residuals in increments if residuals]


def run(deck: str, folder: Path, threads: int = 1, timeout: float = 400.0) -> Run:
    """Run CalculiX on a deck, in the folder that holds laws and cards."""
    (folder / "model.inp").write_text(deck)
    environment = {**os.environ, "LD_LIBRARY_PATH": laminet.library_dir(), "OMP_NUM_THREADS": str(threads)}
    environment.pop("LAMINET_LAW", None)
    began, command = _spent(), [calculix.PROGRAM, "-i", "model"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)
    seconds, data = _spent() - began, folder / "model.dat"
    return Run(done.returncode, done.stdout + done.stderr, data.read_text() if data.exists() else "", seconds)


def _spent() -> float:
    """Processor time of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cubes(materials: Sequence[str], cards: Iterable[str]) -> str:
    """Unit cubes, one for each material, each with two nodes whose displacements are its strains.

    Nodes 8 k + 1 ... 8 k + 8 are cube k's; 1001 + 2 k has the strains 11, 22, 33, and 1002 + 2 k 12, 13, 23 (tensor).
    The reaction there is the stress, of shear twice.
    """
    nodes, elements, equations, sections = ["*NODE, NSET=ALL"], ["*ELEMENT, TYPE=C3D8, ELSET=EALL"], [], []
    for cube, material in enumerate(materials):
        numbers = 8 * cube + np.arange(1, 9)
        nodes += [
            f"{n}, {', '.join(map(str, place + np.array([3 * cube, 0, 0])))}"
            for n, place in zip(numbers, CORNERS, strict=True)
        ]
        nodes += [f"{1001 + 2 * cube + k}, {3 * cube}, {k + 5}, 0" for k in (0, 1)]
        elements.append(f"{cube + 1}, {', '.join(map(str, numbers))}")
        for number, place in zip(numbers, CORNERS, strict=True):
            equations += _tied(number, place, cube)
        sections += [
            f"*ELSET, ELSET=CUBE{cube}",
            str(cube + 1),
            f"*SOLID SECTION, ELSET=CUBE{cube}, MATERIAL={material}",
        ]
    strains = ["*NSET, NSET=STRAINS", ", ".join(str(1001 + k) for k in range(2 * len(materials)))]
    return "\n".join(
        [*nodes, *elements, *strains, *(f"*INCLUDE, INPUT={card}" for card in cards), *sections, *equations]
    )


def _tied(number: int, place: np.ndarray, cube: int) -> list[str]:
    """Displacements of a node tied to the strains of its cube: u_i = eps_ij x_j."""
    lines = []
    for i in range(3):
        terms = []
        for j in np.flatnonzero(place):
            k = next(k for k, pair in enumerate(PAIRS) if set(pair) == {i, int(j)})
            terms.append(f"{1001 + 2 * cube + k // 3}, {k % 3 + 1}, -1.")
        if terms:
            lines += ["*EQUATION", str(len(terms) + 1), ", ".join([f"{number}, {i + 1}, 1.", *terms])]
        else:
            lines += ["*BOUNDARY", f"{number}, {i + 1}, {i + 1}"]
    return lines


def strain_step(driven: Mapping[int, float], cubes_there: int = 1, static: str = "*STATIC", size: str = "") -> str:
    """A step in which the strains of PAIRS `driven` are prescribed and the other stresses are zero."""
    lines = ["*STEP, INC=1000", static, *([size] if size else []), EXACT, "*BOUNDARY, OP=NEW"]
    for cube in range(cubes_there):
        lines.append(f"{8 * cube + 1}, 1, 3")
        lines += [f"{1001 + 2 * cube + k // 3}, {k % 3 + 1}, {k % 3 + 1}, {value!r}" for k, value in driven.items()]
    output = ["*EL PRINT, ELSET=EALL, FREQUENCY=1", "S", "*NODE PRINT, NSET=STRAINS, FREQUENCY=1", "U"]
    return "\n".join([*lines, *output, "*END STEP", ""])


def notched_plate(material: str, card: str, around: int = 32, out: int = 32) -> str:
    """A quarter of a plate with two semicircular notches in its edges, `around` times `out` elements C3D8.

    The plate is 20 wide, 40 high and 1 thick, the notches have the radius 2. Its axis of load is y.
    """
    width, height, radius = 10.0, 20.0, 2.0
    share = np.linspace(0.0, 1.0, around + 1)
    circle = radius * np.stack([np.cos(0.5 * np.pi * share), np.sin(0.5 * np.pi * share)], axis=1)
    along = np.interp(share, [0.0, 0.5, 1.0], [0.0, 1.0, 2.0])
    border = np.stack([width * np.minimum(1.0, 2.0 - along), height * np.minimum(1.0, along)], axis=1)
    grown = ((1.1 ** np.arange(out + 1)) - 1.0) / (1.1**out - 1.0)
    plane = circle[:, None] + grown[:, None] * (border - circle)[:, None]  # (around + 1, out + 1, 2)
    number = np.arange(plane[..., 0].size).reshape(around + 1, out + 1) + 1
    top = number.size
    lines = ["*NODE, NSET=ALL"]
    for layer in (0, 1):
        flat = zip(number.ravel() + layer * top, plane.reshape(-1, 2), strict=True)
        lines += [f"{n}, {x:.10g}, {y:.10g}, {layer}" for n, (x, y) in flat]
    lines.append("*ELEMENT, TYPE=C3D8, ELSET=EALL")
    corners = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], axis=-1).reshape(-1, 4)
    lines += [f"{k}, {', '.join(map(str, [*c, *(c + top)]))}" for k, c in enumerate(corners, 1)]
    flat = plane.reshape(-1, 2)
    sets = {
        "BOTTOM": np.flatnonzero(np.isclose(flat[:, 1], 0.0)),
        "RIGHT": np.flatnonzero(np.isclose(flat[:, 0], width)),
        "TOP": np.flatnonzero(np.isclose(flat[:, 1], height)),
    }
    for name, places in sets.items():
        lines += [f"*NSET, NSET={name}", *(f"{n + 1 + layer * top}," for n in places for layer in (0, 1))]
    lines += ["*NSET, NSET=BACK", *(f"{n}," for n in number.ravel())]
    lines += [f"*INCLUDE, INPUT={card}", f"*SOLID SECTION, ELSET=EALL, MATERIAL={material}"]
    return "\n".join(lines)


def pulled(stretch: float, size: str, static: str = "*STATIC", controls: str = "") -> str:
    """A step that moves the upper end of the plate by `stretch`; prints the force there."""
    lines = ["*STEP, INC=1000", static, size, *([controls] if controls else []), "*BOUNDARY"]
    lines += ["BOTTOM, 2, 2", "RIGHT, 1, 1", "BACK, 3, 3", f"TOP, 2, 2, {stretch!r}"]
    return "\n".join([*lines, "*NODE PRINT, NSET=TOP, TOTALS=ONLY, FREQUENCY=1", "RF", "*END STEP", ""])
