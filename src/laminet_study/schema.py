"""The form of config.yaml, made from the settings classes of the library; checks of several keys are in `design`."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, make_dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from laminet.cells.fibres.settings import (
    ConvergenceSettings,
    CurveMeshSettings,
    Fibres,
    Fineness,
    ReferenceSettings,
)
from laminet.files.settings import Model
from laminet.loading.settings import Control, CurveSettings, LoadSettings
from laminet.materials.settings import ElasticSettings
from laminet.online.settings import OnlineSettings, SchemeName
from laminet.settings import Count, Limits, Seed, Settings, Text
from laminet.training.settings import JobSettings, TrainingSettings
from laminet_study.cells import AnyCell

Name = Annotated[str, Text(r"[A-Za-z0-9_]+", "of letters, digits and underscores")]
VariantName = Annotated[str, Text(r"(?!default$)[A-Za-z0-9_]+", "of letters, digits and underscores but 'default'")]
Section = Literal["rve", "data", "materials", "loading", "reference", "training", "online", "evaluation"]
"""Sections of the configuration that a variant may change."""

Timed = Literal["online", "training"]
"""What of a study the rule `time` measures: its networks online, or trainings of each setting's first seed."""

Names = Annotated[tuple[Name, ...], Limits(distinct=True, count=1)]
Seeds = Count | Annotated[tuple[Seed, ...], Limits(distinct=True, count=1)]

OF_A_STUDY = ("model", "seed", "seeds", "select")
"""Settings of trainings that the studies give, not the section `training`."""

_TRAINING = [
    (entry.name, entry.type, copy.copy(entry))
    for entry in (*fields(TrainingSettings), *fields(JobSettings))
    if entry.name not in OF_A_STUDY
]
if TYPE_CHECKING:
    Training = TrainingSettings
else:
    Training = make_dataclass("Training", _TRAINING, bases=(Settings,), namespace={"section": "training"}, frozen=True)


@dataclass(frozen=True)
class Data(ElasticSettings):
    """Elastic data, and the jobs that compute them."""

    shards: Annotated[Count, "jobs the data set is computed in"] = 16


@dataclass(frozen=True)
class Curves(CurveSettings, CurveMeshSettings):
    """Training curves that grids name, and the jobs that compute them."""

    section = "curves"
    shards: Annotated[Count, "jobs the curves are computed in"] = 16
    reuse: Annotated[Name | None, "earlier entry of `curves` whose curves are not simulated again"] = None


@dataclass(frozen=True)
class Reference(ReferenceSettings):
    """References, on finer meshes for some composites."""

    fineness: Annotated[Mapping[Name, Fineness], "of composites by name"] = field(  # type: ignore[assignment]
        default_factory=dict
    )


@dataclass(frozen=True)
class Convergence(ConvergenceSettings):
    """The convergence study, on a cell of its own."""

    fibres: Annotated[Fibres, "of a cell of its own, otherwise made like the RVE"] = 8


@dataclass(frozen=True)
class Evaluation(Settings):
    """What networks are evaluated on; a control study needs less than the paper's."""

    section = "evaluation"
    composites: Annotated[tuple[Name, ...], Limits(distinct=True), "of `materials`; none: all"] = ()
    controls: Annotated[tuple[Control, ...], Limits(distinct=True), "of `loading.controls`; none: all"] = ()


@dataclass(frozen=True)
class Decide(Settings):
    """Studies with more seeds, for claims that the paper's number leaves undecided."""

    section = "decide"
    looks: Annotated[tuple[Count, Count], Limits(ascending=True, distinct=True), "seeds at the two looks"] = (30, 100)
    studies: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Figures(Settings):
    """What the figures show."""

    section = "figures"
    control: Annotated[Control, "reading of 'uniaxial' that the figures show"] = "stress"


@dataclass(frozen=True)
class Times(Settings):
    """What is measured of the studies that are `timed`."""

    section = "times"
    composite: Annotated[Name, "composite whose load cases are timed"] = "composite_1"
    repeats: Annotated[Count, "of every measurement"] = 5


@dataclass(frozen=True)
class StudyEntry(Settings):
    """Runs that belong together: every combination of each grid's values, from each seed."""

    section = "studies"
    name: Name
    seeds: Annotated[Seeds, "number of seeds, from 1 on, or the seeds themselves"]
    schemes: Mapping[Model, Annotated[tuple[SchemeName, ...], Limits(distinct=True, count=1)]]
    grids: Annotated[tuple[Mapping[str, Any], ...], Limits(count=1)]
    variants: Names = ("default",)
    timed: Annotated[tuple[Timed, ...], Limits(distinct=True)] = ()


@dataclass(frozen=True)
class Repetition(Settings):
    """Studies of the list `studies` again, in a variant."""

    section = "sensitivity"
    variant: Name
    repeats: Names
    seeds: Annotated[Seeds | None, "in place of the study's own"] = None


@dataclass(frozen=True)
class Config(Settings):
    """The whole configuration; laminet.materials.library knows the form of a composite."""

    section = "config"
    folder: Annotated[str, Text(r".+", "that is not empty")]
    rve: AnyCell
    data: Data
    materials: Mapping[Name, Mapping[str, Any]]
    loading: LoadSettings
    reference: Reference
    curves: Mapping[Name, Curves]
    convergence: Convergence
    training: Training
    online: OnlineSettings
    evaluation: Evaluation
    times: Times
    figures: Figures
    variants: Mapping[VariantName, Mapping[Section, Mapping[str, Any]]]
    studies: Annotated[tuple[Mapping[str, Any], ...], Limits(count=1)]
    sensitivity: tuple[Mapping[str, Any], ...]
    decide: Decide
