"""What a claim is, what the study says about it, and the rules that turn numbers into a verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr

from laminet.errors import InputError
from laminet.yaml_files import read_yaml
from laminet_study.registry import FIGURES

REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_TESTABLE = "reproduced", "partly", "not reproduced", "not testable"
VERDICTS = (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_TESTABLE)

CONTROLS = {"strain": "uniaxial strain", "stress": "uniaxial stress"}


class NotTestable(Exception):
    """The data lack what a rule needs; the message says what."""


@dataclass(frozen=True)
class Finding:
    """What the study says about a claim.

    Attributes:
        ours: our numbers in words, the headline first.
        verdict: one of VERDICTS.
        why: one sentence.
        values: the same numbers for programs: plain numbers, strings and lists.
    """

    ours: tuple[str, ...]
    verdict: str
    why: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """What claims are judged by.

    Attributes:
        studies: study datasets by name.
        control: reading of 'uniaxial' that the verdicts use, "strain" or "stress"; the other is reported beside it.
    """

    studies: Mapping[str, xr.Dataset]
    control: str = "stress"

    def study(self, name: str) -> xr.Dataset:
        """A study by name; NotTestable if it is not there."""
        if name not in self.studies:
            raise NotTestable(f"the study '{name}' is not among the files")
        return self.studies[name]


Rule = Callable[[Evidence], Finding]
"""Judges a claim; raises NotTestable where the data lack what it needs."""

ControlRule = Callable[[Evidence, str], Finding]
"""A rule by load paths under one control."""


@dataclass(frozen=True)
class Claim:
    """A claim of the paper and its rule.

    Attributes:
        id: 1 ... 28.
        section: of the paper.
        claim: what the paper says.
        paper: its value.
        judge: the rule.
        figure: the figure that shows it.
    """

    id: int
    section: str
    claim: str
    paper: str
    judge: Rule
    figure: str | None = None

    @property
    def study(self) -> str | None:
        """The study behind it, which its figure is drawn from."""
        return FIGURES[self.figure].study if self.figure else None


TEXTS = {entry["id"]: entry for entry in read_yaml(Path(__file__).with_name("claims.yaml"))}


def claim(id: int) -> Callable[[Rule], Claim]:
    """Make a claim, one of claims.yaml, of the rule below it."""
    return lambda rule: Claim(**TEXTS[id], judge=rule)


@dataclass(frozen=True)
class Statement:
    """One of the statements of a claim, and whether it holds."""

    text: str
    holds: bool


def judged(ours: Sequence[str], statements: Sequence[Statement], values: Mapping[str, Any], more: str = "") -> Finding:
    """The finding on several statements; `more` ends the sentence of why."""
    return Finding(tuple(ours), of_statements(statements), in_words(statements) + more, values)


def of_statements(statements: Sequence[Statement]) -> str:
    """All hold: reproduced; some: partly; none: not reproduced."""
    holding = sum(statement.holds for statement in statements)
    return NOT_REPRODUCED if holding == 0 else REPRODUCED if holding == len(statements) else PARTLY


def of_ratio(ratio: float, low: float, high: float) -> str:
    """Inside 0.8 low ... 1.25 high: reproduced; only on the same side of 1: partly."""
    if 0.8 * low <= ratio <= 1.25 * high:
        return REPRODUCED
    return PARTLY if (ratio - 1.0) * (low - 1.0) > 0.0 else NOT_REPRODUCED


def combined(verdicts: Sequence[str]) -> str:
    """Verdict on several statements, each with its own: the common one, else partly."""
    return verdicts[0] if len(set(verdicts)) == 1 else PARTLY


def in_words(statements: Sequence[Statement]) -> str:
    """Which statements hold and which do not."""
    true, false = ("; ".join(each.text for each in statements if each.holds == holds) for holds in (True, False))
    if not false:
        return f"every part of the rule holds: {true}"
    if not true:
        return f"no part of the rule holds, which asks for: {false}"
    return f"it holds that {true}; it does not hold that {false}"


def ratio_in_words(ratio: float, low: float, high: float) -> str:
    """Where a ratio lies with respect to the paper's range."""
    accepted = f"{0.8 * low:.2f} - {1.25 * high:.2f}"
    place = {
        REPRODUCED: f"lies in the accepted range {accepted}",
        PARTLY: f"is on the paper's side of 1 but outside the accepted range {accepted}",
        NOT_REPRODUCED: f"is not on the paper's side of 1 (accepted range {accepted})",
    }
    return f"the median ratio {ratio:.2f} {place[of_ratio(ratio, low, high)]}"


def by_control(rule: ControlRule) -> Rule:
    """Judge by the evidence's control and report what the other one says beside it, where the data have it."""

    def judge(evidence: Evidence) -> Finding:
        finding = rule(evidence, evidence.control)
        ours = [f"{CONTROLS[evidence.control]}: {finding.ours[0]}", *finding.ours[1:]]
        values = {"control": evidence.control, **finding.values}
        (other,) = set(CONTROLS) - {evidence.control}
        try:
            beside = rule(evidence, other)
        except (NotTestable, InputError):
            return Finding(tuple(ours), finding.verdict, finding.why, values)
        ours.append(f"{CONTROLS[other]}: {beside.ours[0]} ({beside.verdict})")
        values |= {f"{other}_{name}": value for name, value in beside.values.items()}
        values[f"{other}_verdict"] = beside.verdict
        return Finding(tuple(ours), finding.verdict, finding.why, values)

    return judge
