"""Load paths: which macroscopic strains are prescribed, which stresses, and their values step by step.

A vertex names components and their values there: "11" the tensor strain, "s11" the stress in GPa. Its "duration" is
the time in seconds that the path takes to come to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from laminet import mandel
from laminet.errors import InputError, check_name, shown, warn
from laminet.loading.settings import CASES as CASES
from laminet.loading.settings import CONTROLS as CONTROLS
from laminet.loading.settings import (
    LARGEST_STRAIN,
    LARGEST_STRESS,
    TESTED_STRAIN,
    Control,
    Duration,
    LoadSettings,
    Steps,
    Strain,
    Stress,
)
from laminet.settings import check


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
        time: (steps + 1,) seconds; one second in equal steps if not given.
    """

    name: str
    control: str
    prescribed: np.ndarray
    strain: np.ndarray
    stress: np.ndarray
    loaded: np.ndarray
    time: np.ndarray = None  # type: ignore[assignment]  # never None once made

    def __post_init__(self) -> None:
        if self.time is None:
            object.__setattr__(self, "time", np.linspace(0.0, LoadSettings.duration, len(self.strain)))

    @property
    def steps(self) -> int:
        """Number of increments."""
        return len(self.strain) - 1


DURATION = "duration"
"""Key of a vertex: seconds from the vertex before to it."""


class Place(NamedTuple):
    """A driven component: its position in Mandel vectors, and whether its stress is given instead of its strain."""

    position: int
    stress: bool


PLACES = {
    f"{'s' * stress}{name}": Place(index, stress) for stress in (False, True) for name, index in mandel.INDEX.items()
}
"""What a vertex can drive, by name."""

Vertex = dict[str, float]
"""Values by the names of PLACES, and perhaps the duration."""


def by_control(
    controls: Sequence[str],
    cases: Sequence[str | int],
    named: Mapping[Any, Iterable[Mapping[Any, float]]],
    steps: int,
    strain: float,
    duration: float = LoadSettings.duration,
) -> list[list[LoadPath]]:
    """Load `paths[control][load case]`: those of the six cases that are wanted, then those named.

    Args:
        controls: "strain", "stress" or both.
        cases: of CASES; the whole number 11 means "11", also among the names of paths.
        named: vertices of further paths by their names, see `piecewise`.
        steps: number of increments of every path.
        strain: the driven tensor component of the six cases at the end.
        duration: of every path in seconds; vertices may have durations of their own, see `piecewise`.

    Raises:
        InputError: a control or case twice, a path with the name of a case, or as `uniaxial` and `piecewise`.

    Warns:
        LaminetWarning: a component that goes back to zero because a vertex does not name it, or strains beyond
            TESTED_STRAIN.
    """
    if not isinstance(named, Mapping):
        raise InputError(f"load paths are {shown(named)}; give a mapping from names to vertices")
    cases, names_of_paths = [_text(case) for case in cases], [_text(name) for name in named]
    given: dict[str, list[Any]] = {"control": list(controls), "load case": cases, "load path": names_of_paths}
    for what, names in given.items():
        if repeated := [name for name in names if names.count(name) > 1]:
            raise InputError(f"{what} {shown(repeated[0])} is given twice; give it once")
    vertices = {}
    for name, corners in zip(names_of_paths, named.values(), strict=True):
        if name in PLACES:
            what = "one of the six load cases" if name in mandel.INDEX else "a component of stress"
            raise InputError(f"load path '{name}': this is {what}; give the path another name")
        vertices[name] = _checked(name, corners)
        _warn_of_left_out(name, vertices[name])
    every = [
        [uniaxial(case, control, steps, strain, duration) for case in cases]
        + [piecewise(name, control, corners, steps, duration) for name, corners in vertices.items()]
        for control in controls
    ]
    _warn_of_large_strains(every)
    return every


def uniaxial(
    case: str | int, control: str, steps: int, amplitude: float, duration: float = LoadSettings.duration
) -> LoadPath:
    """One of the six load cases: the driven tensor component goes to `amplitude` in equal steps and `duration` seconds.

    Raises:
        InputError: unknown case or control, fewer than one step, or an amplitude out of range.
    """
    name = _text(case)
    if name not in CASES:
        raise InputError(f"load case {shown(name)} is unknown; the six cases are {', '.join(map(repr, CASES))}")
    return piecewise(name, control, [{name: amplitude}], steps, duration)


def piecewise(
    name: str,
    control: str,
    vertices: Iterable[Mapping[Any, float]],
    steps: int,
    duration: float = LoadSettings.duration,
) -> LoadPath:
    """A path straight from vertex to vertex, beginning at zero, for example 11 + 12 together or load and unload.

    Args:
        name: the load case.
        control: "strain" (strains that no vertex names are zero) or "stress" (stresses that none names are zero).
        vertices: driven components by name: tensor strains ("11" ... "31", or 11 ... 31) and stresses in GPa ("s11"
            ... "s31"). One that another vertex names and this one does not goes to zero here: to hold its value, name
            it again. "duration" is the time from the vertex before in seconds; a vertex with nothing else holds all.
        steps: number of increments in all, shared among the segments as equally as may be.
        duration: of the path in seconds; a segment without a duration takes an equal share of it.

    Raises:
        InputError: unknown control or component; a component twice at a vertex, or driven by strain and by stress.
            No driven component, vertices that are not mappings, values that are not numbers or too large, or fewer
            steps than segments.
    """
    check(Control, control, f"load case {shown(name)}: control")
    check(Duration, duration, f"load case '{name}': duration")
    checked = _checked(name, vertices)
    places = {PLACES[component] for vertex in checked for component in _components(vertex)}
    if not places:
        raise InputError(f"load case '{name}': drives no component; name one at a vertex at least, such as '11'")
    loaded = np.isin(np.arange(6), [place.position for place in places])
    stressed = np.isin(np.arange(6), [place.position for place in places if place.stress])
    check(Steps, steps, f"load case '{name}': steps")
    if steps < len(checked):
        raise InputError(f"load case '{name}': {steps} steps for {len(checked)} segments; give at least one each")
    corners, clock = np.zeros((len(checked) + 1, 6)), np.zeros(len(checked) + 1)
    for number, vertex in enumerate(checked, 1):
        for component in _components(vertex):
            index = PLACES[component].position
            corners[number, index] = vertex[component] * mandel.FACTOR[index]
        clock[number] = clock[number - 1] + vertex.get(DURATION, duration / len(checked))
    numbers = np.arange(len(corners), dtype=float)
    at = np.interp(np.arange(steps + 1), np.round(np.linspace(0, steps, len(corners))), numbers)
    values = np.stack([np.interp(at, numbers, corners[:, i]) for i in range(6)], axis=1)
    prescribed = (loaded | (control == "strain")) & ~stressed
    strain, stress = np.where(prescribed, values, 0.0), np.where(prescribed, 0.0, values)
    return LoadPath(name, control, prescribed, strain, stress, loaded, np.interp(at, numbers, clock))


def text_of(vertices: Iterable[Mapping[str, float]]) -> str:
    """The vertices as `parse` reads them behind the name: 11:0.05,s22:0.02;11:0,duration:10."""
    return ";".join(",".join(f"{name}:{value!r}" for name, value in vertex.items()) for vertex in vertices)


def _checked(name: Any, vertices: Any) -> list[Vertex]:
    """The vertices as dictionaries of plain numbers, if they and the name can be used; those that hold, complete."""
    check_name(name, "load path")
    form = "give a list of mappings, such as [{'11': 0.02}, {'11': 0.0}]"
    if isinstance(vertices, str | Mapping) or not isinstance(vertices, Iterable):
        raise InputError(f"load case '{name}': vertices are {shown(vertices)}; {form}")
    checked: list[Vertex] = []
    for number, vertex in enumerate(vertices, 1):
        if not isinstance(vertex, Mapping):
            raise InputError(f"load case '{name}': vertex {number} is {shown(vertex)}; {form}")
        components = [_text(component) for component in vertex]
        _check_once(components, f"load case '{name}': vertex {number}")
        values = zip(components, vertex.values(), strict=True)
        entries = {component: _value(component, value, name) for component, value in values}
        if checked and list(entries) == [DURATION]:
            entries = checked[-1] | entries
        checked.append(entries)
    by_stress = {PLACES[component]: component for vertex in checked for component in _components(vertex)}
    for place, component in by_stress.items():
        if place.stress and (strain := by_stress.get(Place(place.position, False))):
            raise InputError(
                f"load case '{name}': drives {strain} by strain and by stress ({component}); take one of them at every "
                "vertex"
            )
    return checked


def _value(component: Any, value: Any, name: Any) -> float:
    """What a vertex of a path says of a component, or its duration, as a number."""
    if component == DURATION:
        return float(check(Duration, value, f"load case '{name}': {DURATION}"))
    if not isinstance(component, str) or component not in PLACES:
        known = ", ".join(map(repr, CASES))
        raise InputError(
            f"load case '{name}': cannot drive {shown(component)}; components are {known}, of stress 's11' and so on"
        )
    try:
        return float(check(Stress if PLACES[component].stress else Strain, value, "value"))
    except InputError as error:
        if PLACES[component].stress:
            raise InputError(
                f"load case '{name}': cannot drive {component} to {shown(value)}; stresses are in GPa, "
                f"{LARGEST_STRESS:g} at most"
            ) from error
        raise InputError(
            f"load case '{name}': cannot drive {component} to {shown(value)}; strains are numbers, "
            f"{LARGEST_STRAIN:g} at most"
        ) from error


def _components(vertex: Vertex) -> list[str]:
    """Names of the components that a vertex drives."""
    return [name for name in vertex if name != DURATION]


def _text(name: Any) -> Any:
    """A name, of a whole number its digits, as in YAML; anything else as it is."""
    return str(name) if isinstance(name, Integral) and not isinstance(name, bool) else name


def _check_once(components: Iterable[Any], where: str) -> None:
    """InputError if a component is there twice, under one of its names or both."""
    seen: dict[Any, Any] = {}
    for component in components:
        key = PLACES.get(component, component) if isinstance(component, str) else component
        if key in seen:
            other = "" if component == seen[key] else f", as {seen[key]} and {component}"
            raise InputError(f"{where} names component {seen[key]} twice{other}; give it once")
        seen[key] = component


def _warn_of_left_out(name: str, vertices: Sequence[Vertex]) -> None:
    for number, (before, vertex) in enumerate(pairwise(vertices), 2):
        here = {PLACES[component] for component in _components(vertex)}
        left_out = [each for each in _components(before) if before[each] != 0.0 and PLACES[each] not in here]
        if left_out:
            warn(
                f"load path '{name}': vertex {number} does not name {', '.join(left_out)}, which goes back to zero "
                "there; name it with the value to hold, or with 0"
            )
            return


def _warn_of_large_strains(paths: Sequence[Sequence[LoadPath]]) -> None:
    largest = {path.name: float((abs(path.strain) / mandel.FACTOR).max()) for row in paths for path in row}
    beyond = {name: value for name, value in largest.items() if value > TESTED_STRAIN * (1.0 + 1e-9)}
    if beyond:
        warn(
            f"load paths {', '.join(beyond)}: strains reach {max(beyond.values()):g}; strains are taken as small, and "
            f"nothing was tested above {TESTED_STRAIN:g}; see 'What is modelled' in docs/scope.md"
        )


def parse(text: str) -> tuple[str, list[Vertex]]:
    """Name and vertices of the command-line form NAME=11:0.05,s22:0.02;11:0,duration:10 (vertices apart by ';').

    Raises:
        InputError: not of that form, or a component twice at a vertex.
    """
    form = f"load path '{text}': the form is NAME=11:0.05,12:0.02;11:0"
    name, separator, body = text.partition("=")
    name = name.strip()
    if not separator or not name:
        raise InputError(form)
    vertices = []
    for number, vertex in enumerate(body.split(";"), 1):
        try:
            terms = [term.split(":") for term in vertex.split(",")]
            pairs = [(component.strip(), float(value)) for component, value in terms]
        except ValueError as error:
            raise InputError(form) from error
        _check_once((component for component, _ in pairs), f"load path '{text}': vertex {number}")
        vertices.append(dict(pairs))
    return name, vertices
