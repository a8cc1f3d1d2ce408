"""Which load paths are driven, and which curves networks are trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from laminet.materials.settings import CompositeCount, CompositeRanges
from laminet.settings import Limits, Option, Seed, Settings

Case = Literal["11", "22", "33", "12", "23", "31"]
"""The six load cases of the paper, in the order of its figures."""

Control = Literal["strain", "stress"]
"""strain: all six strains prescribed (uniaxial strain); stress: the others free of stress (uniaxial stress)."""

CASES, CONTROLS = get_args(Case), get_args(Control)

LARGEST_STRAIN = 1
LARGEST_STRESS = 10
"""GPa, prescribed tensor component: more than the strength of any fibre."""

TESTED_STRAIN = 0.05
"""Tensor strain up to which anything was tested; strains are taken as small (docs/scope.md)."""

Controls = Annotated[tuple[Control, ...], Limits(distinct=True, count=1), Option("control")]
Steps = Annotated[int, Limits(1, 10**6)]
Strain = Annotated[float, Limits(-LARGEST_STRAIN, LARGEST_STRAIN)]
Stress = Annotated[float, Limits(-LARGEST_STRESS, LARGEST_STRESS)]
Duration = Annotated[float, Limits(least=0)]
Paths = Annotated[Mapping[str, Any], Option("path", "NAME=11:0.05,12:0.02;11:0,12:0")]


@dataclass(frozen=True)
class LoadSettings(Settings):
    """The load paths of an evaluation or a reference: the six cases, then those named, from vertex to vertex.

    A component that a vertex does not name is zero there. s11 prescribes a stress, in GPa.
    """

    section = "loading"
    controls: Annotated[Controls, "uniaxial strain or stress: the other components are zero"] = CONTROLS
    steps: Annotated[Steps, "increments of each path"] = 100
    strain: Annotated[Strain, "the driven tensor component at the end"] = 0.05
    duration: Annotated[Duration, "seconds of each path, where laws depend on time"] = 1.0
    paths: Annotated[Paths, "more load cases by name; what a vertex leaves out is zero"] = field(default_factory=dict)


Amplitude = Annotated[float, Limits(above=0, most=LARGEST_STRAIN)]


@dataclass(frozen=True)
class CurveSettings(Settings):
    """Which curves networks are trained on: random composites, each along the six cases in both controls and more."""

    section = "curves"
    count: Annotated[CompositeCount, "composites for training"] = 16
    validation: Annotated[CompositeCount, "composites for validation, drawn separately"] = 4
    random_paths: Annotated[int, Limits(0, 100), "of each composite, in addition to its twelve uniaxial curves"] = 6
    steps: Annotated[Steps, "increments of each path"] = 20
    strain: Annotated[Amplitude, "largest driven tensor component; that of the six cases at the end"] = 0.05
    seed: Annotated[Seed, "of composites and random paths"] = 0
    composites: Annotated[CompositeRanges, Option("")] = field(default_factory=CompositeRanges)
