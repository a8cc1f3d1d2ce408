"""The claims of the paper, each judged by its rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from laminet.errors import InputError
from laminet.yaml_files import read_yaml
from laminet_study import datasets, resolution, statistics
from laminet_study.claims import rows as rules
from laminet_study.claims import scale
from laminet_study.claims.data import STEADY, Data
from laminet_study.claims.intervals import CONFIDENCE
from laminet_study.claims.samples import NotTestable
from laminet_study.claims.statements import MOST_SEEDS, NOT_TESTABLE, UNDECIDED, VERDICTS, Statement, combined
from laminet_study.registry import FIGURES

CONTROLS = {"strain": "uniaxial strain", "stress": "uniaxial stress"}
EQUAL_UPDATES = "equal_updates"
"""Study of control runs: the batch sizes of `data_size`, each trained for the same number of updates."""


@dataclass(frozen=True)
class Claim:
    """A claim of the paper and its rule.

    Attributes:
        id: 1 ... 28.
        section: of the paper.
        claim: what the paper says.
        paper: its value.
        rule: name of the function of rows.py that yields its statements.
        figure: the figure that shows it.
        note: what else the numbers depend on, or what proves nothing.
        updates: whether it compares different numbers of updates, and so is also judged with equal numbers.
    """

    id: int
    section: str
    claim: str
    paper: str
    rule: str
    figure: str | None = None
    note: str = ""
    updates: bool = False

    @property
    def study(self) -> str | None:
        """The study behind it, which its figure is drawn from."""
        return FIGURES[self.figure].study if self.figure else None


CLAIMS = tuple(Claim(**entry) for entry in read_yaml(Path(__file__).with_name("claims.yaml")))
"""The 28 claims, in order."""


@dataclass(frozen=True)
class Finding:
    """What the data say about a claim: the verdict, its statements and the reason in words."""

    verdict: str
    statements: tuple[Statement, ...]
    why: str

    @property
    def ours(self) -> str:
        """What decides, in numbers."""
        deciding = [each for each in self.statements if each.verdict is not None]
        return "; ".join(f"{each.name}: {each.estimate_in_words}, {each.verdict}" for each in deciding) or "no value"

    @property
    def samples(self) -> dict[str, Any]:
        """The samples behind the statements, by name."""
        return {each.sample.name: each.sample for each in self.statements if each.sample is not None}


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and what the study says about it.

    Attributes:
        claim: the claim.
        finding: what the study says.
        beside: what it says under the other control and with equal updates, by name.
        figure: file that shows it, or None.
        sensitivity: whether its verdict depends on the variant, in words.
        decided: the verdict with more seeds, where there is one.
    """

    claim: Claim
    finding: Finding
    beside: Mapping[str, Finding]
    figure: str | None
    sensitivity: str = ""
    decided: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry of claims.json."""
        values: dict[str, Any] = {name: sample.numbers() for name, sample in self.finding.samples.items()}
        values |= {name: {"verdict": finding.verdict, "ours": finding.ours} for name, finding in self.beside.items()}
        entry = {key: getattr(self.claim, key) for key in ("id", "section", "claim", "paper")}
        entry |= {key: getattr(self.finding, key) for key in ("ours", "verdict", "why")}
        entry |= {key: getattr(self, key) for key in ("decided", "figure", "sensitivity")}
        return entry | {"statements": [each.as_json() for each in self.finding.statements], "values": values}


def judge(
    studies: Mapping[str, xr.Dataset],
    control: str = "stress",
    only: Sequence[int] | None = None,
    times: xr.Dataset | None = None,
    looks: int = 1,
    alone: bool = False,
) -> list[JudgedClaim]:
    """Judge the claims.

    Args:
        studies: study datasets by name; whatever is missing makes the claims that need it not testable. Studies
            repeated in variants are left out here, see `sensitivities`.
        control: reading of 'uniaxial' that the verdicts use, "strain" or "stress".
        only: numbers of the claims to judge; None judges all.
        times: what was measured alone on the machine.
        looks: how often growing data are looked at; their intervals are wider for it.
        alone: judge only these studies as they are, repeated ones too, without any comparison.

    Raises:
        InputError: another control.
    """
    if control not in CONTROLS:
        raise InputError(f"control '{control}' is unknown; it must be {' or '.join(CONTROLS)}")
    originals = studies if alone else datasets.split(studies)[0]
    studies = {name: statistics.without_literal(study) for name, study in originals.items()}
    confidence = 1.0 - (1.0 - CONFIDENCE) / looks
    (other,) = set(CONTROLS) - {control}
    smaller, rows = scale.differences(studies), []
    for claim in CLAIMS:
        if only is not None and claim.id not in only:
            continue
        finding = _finding(claim, Data(studies, times, control, confidence), claim.study in smaller)
        others = {} if alone else {CONTROLS[other]: Data(studies, times, other, confidence)}
        if claim.updates and not alone and EQUAL_UPDATES in studies:
            others["equal updates"] = Data({"data_size": studies[EQUAL_UPDATES]}, None, control, confidence)
        found = {name: _finding(claim, data) for name, data in others.items()}
        beside = {
            name: each
            for name, each in found.items()
            if each.verdict != NOT_TESTABLE and each.statements != finding.statements
        }
        rows.append(JudgedClaim(claim, finding, beside, f"{claim.figure}.pdf" if claim.study in studies else None))
    return rows


def _finding(claim: Claim, data: Data, smaller: bool = False) -> Finding:
    """What data say about a claim; `smaller` than the paper's they may be."""
    statements: list[Statement] = []
    times = 0
    try:
        for statement in getattr(rules, claim.rule)(data):
            times = times if statement.verdict is None else len(data.spreads)  # of what is only reported do not count
            statements.append(statement)
        verdict = combined([statement.verdict for statement in statements])
        why = _reason(statements)
    except (NotTestable, InputError) as missing:
        verdict, why = NOT_TESTABLE, f"it cannot be tested with these data: {missing}"
    if verdict != NOT_TESTABLE and (spread := max(data.spreads[:times], default=0.0)) > STEADY:
        verdict = UNDECIDED
        why = f"times differ by up to {100 * spread:.0f} % between repeats, more than {100 * STEADY:.0f} %; {why}"
    remarks = [claim.note] if claim.note else []
    if verdict != NOT_TESTABLE:
        remarks += ["the study is not at the paper's scale"] if smaller else []
        remarks += [resolution.words(data.bounds, data.control)]
    return Finding(verdict, tuple(statements), "; ".join(filter(None, [why, *remarks])))


def _reason(statements: Sequence[Statement]) -> str:
    """How many statements have which verdict, and how many seeds would decide those that are undecided."""
    deciding = [statement for statement in statements if statement.verdict is not None]
    counts = {verdict: sum(each.verdict == verdict for each in deciding) for verdict in VERDICTS}
    words = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
    why = f"of {len(deciding)} statements: {words}" if len(deciding) > 1 else f"the statement is {words[2:]}"
    if not counts[UNDECIDED]:
        return why
    seeds = max(each.seeds or 0 for each in deciding)
    return f"{why}; {'more than ' if seeds > MOST_SEEDS else 'about '}{min(seeds, MOST_SEEDS):,} seeds would decide"
