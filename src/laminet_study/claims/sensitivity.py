"""Which verdicts depend on what the paper leaves open: claims judged again on studies repeated in other variants.

A repeated study has the attribute `repeats`, the name of the study whose design it shares, and in its coordinate
`variant` the configuration it was made in. As it may have fewer seeds, its verdict is compared with that of the study
itself on the same seeds. The other reading of 'uniaxial' is one more variant, from the study's own files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laminet.errors import InputError
from laminet.files import destination
from laminet_study import datasets, statistics
from laminet_study.claims.judging import CLAIMS, CONTROLS, JudgedClaim, judge
from laminet_study.claims.statements import NOT_TESTABLE, UNDECIDED


@dataclass(frozen=True)
class Entry:
    """A claim judged in a variant.

    Attributes:
        id: of the claim.
        claim: what the paper says.
        variant: name of the configuration, or the other control.
        study: the study behind the claim.
        seeds: of every design in the variant.
        verdict_default: of the study itself, all seeds.
        verdict_same_seeds: of the study itself, on the variant's seeds.
        verdict: in the variant.
        changes: whether the last two differ, both decided.
        ours: the variant's numbers.
        why: one sentence on its verdict.
    """

    id: int
    claim: str
    variant: str
    study: str
    seeds: int
    verdict_default: str
    verdict_same_seeds: str
    verdict: str
    changes: bool
    ours: str
    why: str


def table(
    rows: Sequence[JudgedClaim],
    studies: Mapping[str, xr.Dataset],
    control: str = "stress",
    times: xr.Dataset | None = None,
) -> list[Entry]:
    """Every claim in every variant that has its study, by variant and claim.

    Args:
        rows: the claims, judged by the study's own datasets.
        studies: the study's own datasets and repeated ones, by name.
        control: reading of 'uniaxial' that the verdicts use.
        times: what was measured alone on the machine; for the other control, as no variant is measured.

    Raises:
        InputError: a repeated study of several variants, or two of one variant.
    """
    originals, repeated = datasets.split(studies)
    default = {row.claim.id: row.finding.verdict for row in rows}
    (other,) = set(CONTROLS) - {control}
    with_other = {name: study for name, study in originals.items() if other in study["control"].values}
    entries = [
        _entry(row, CONTROLS[other].replace(" ", "_"), with_other, default, default)
        for row in judge(with_other, other, _ids_of(with_other), times, alone=True)
    ]
    for variant, repetitions in repeated.items():
        there = {name: study for name, study in repetitions.items() if name in originals}
        same = {name: statistics.select(originals[name], seed=study["seed"].values) for name, study in there.items()}
        reduced = {row.claim.id: row.finding.verdict for row in judge(same, control, _ids_of(there), alone=True)}
        entries += [
            _entry(row, variant, there, default, reduced) for row in judge(there, control, _ids_of(there), alone=True)
        ]
    return entries


def by_claim(entries: Sequence[Entry]) -> dict[int, str]:
    """One sentence for every claim that was judged in some variant."""
    words = {}
    for number in sorted({entry.id for entry in entries}):
        tested = [entry for entry in entries if entry.id == number and entry.verdict != NOT_TESTABLE]
        changed = [f"{entry.variant} ({entry.verdict})" for entry in tested if entry.changes]
        kept = len(tested) - len(changed)
        words[number] = (
            f"the verdict changes in {', '.join(changed)} and holds in {kept} other variants"
            if changed
            else f"the verdict holds in all {kept} variants"
        )
        if not tested:
            words[number] = "no variant has what the rule needs"
    return words


def of_variant(entries: Sequence[Entry], variant: str | None) -> list[Entry]:
    """The entries of one variant; None takes all.

    Raises:
        InputError: there is no such variant.
    """
    if variant is None:
        return list(entries)
    there = dict.fromkeys(entry.variant for entry in entries)
    if variant not in there:
        raise InputError(f"variant '{variant}' is in none of the files; they have {', '.join(there) or 'none'}")
    return [entry for entry in entries if entry.variant == variant]


def save(entries: Sequence[Entry], json_path: Path | str | None = None, csv_path: Path | str | None = None) -> None:
    """Write the table as JSON, a list of objects, and as CSV, one line for a claim and variant; None leaves one out.

    Raises:
        InputError: a folder that cannot be written.
    """
    rows = [asdict(entry) for entry in entries]
    if json_path:
        destination.write_text(json_path, json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    if csv_path:
        table = pd.DataFrame(rows, columns=[field.name for field in fields(Entry)])
        destination.write_text(csv_path, table.to_csv(index=False, lineterminator="\n"))


def _ids_of(studies: Mapping[str, xr.Dataset]) -> list[int]:
    """Claims that these studies are behind."""
    return [claim.id for claim in CLAIMS if claim.study in studies]


def _entry(
    row: JudgedClaim,
    variant: str,
    studies: Mapping[str, xr.Dataset],
    default: Mapping[int, str],
    same_seeds: Mapping[int, str],
) -> Entry:
    claim, finding, compared = row.claim, row.finding, same_seeds[row.claim.id]
    return Entry(
        id=claim.id,
        claim=claim.claim,
        variant=variant,
        study=str(claim.study),
        seeds=len(np.unique(studies[str(claim.study)]["seed"].values)),
        verdict_default=default[claim.id],
        verdict_same_seeds=compared,
        verdict=finding.verdict,
        changes=finding.verdict != compared and not {NOT_TESTABLE, UNDECIDED} & {finding.verdict, compared},
        ours=finding.ours,
        why=finding.why,
    )
