"""Which verdicts depend on what the paper leaves open: claims judged again on studies repeated in other variants.

A repeated study has the attribute `repeats`, the name of the study whose design it shares, and in its coordinate
`variant` the configuration it was made in. As it may have fewer seeds, its verdict is compared with that of the study
itself on the same seeds. The other reading of 'uniaxial' is one more variant, from the study's own files.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from laminet.data import destination
from laminet.errors import InputError
from laminet.study.claims.verdicts import CONTROLS, NOT_TESTABLE

if TYPE_CHECKING:
    from laminet.study.claims import Row


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
        changes: whether the last two differ.
        ours: the variant's headline number.
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


def split(studies: Mapping[str, xr.Dataset]) -> tuple[dict[str, xr.Dataset], dict[str, dict[str, xr.Dataset]]]:
    """Studies of the configuration itself by name, and repeated ones by variant and the name of what they repeat.

    Raises:
        InputError: a repeated study of several variants, or two of one variant.
    """
    own: dict[str, xr.Dataset] = {}
    repeated: dict[str, dict[str, xr.Dataset]] = {}
    for name, study in studies.items():
        if "repeats" not in study.attrs:
            own[name] = study
            continue
        labels = np.unique(study["variant"].values).tolist()
        base = str(study.attrs["repeats"])
        if len(labels) > 1 or base in repeated.get(labels[0], {}):
            raise InputError(f"study '{name}': repeats {base} a second time in {', '.join(labels)}; give one of each")
        repeated.setdefault(labels[0], {})[base] = study
    return own, repeated


def table(studies: Mapping[str, xr.Dataset], control: str = "stress") -> list[Entry]:
    """Every claim in every variant that has its study, by variant and claim.

    Args:
        studies: the study's own datasets and repeated ones, by name.
        control: reading of 'uniaxial' that the verdicts use.

    Raises:
        InputError: no repeated study of a study that is there, and none with both controls.
    """
    from laminet.study.claims import claims, judge

    own, repeated = split(studies)
    default = {row.claim.id: row.finding for row in judge(own, control)}
    entries = []
    other = next(name for name in CONTROLS if name != control)
    if any(other in study["control"].values for study in own.values()):
        for row in judge({name: study for name, study in own.items() if other in study["control"].values}, other):
            if row.claim.study not in own or other not in own[row.claim.study]["control"].values:
                continue
            here = default[row.claim.id]
            seeds = len(np.unique(own[row.claim.study]["seed"].values))
            entries.append(_entry(row, CONTROLS[other].replace(" ", "_"), seeds, here.verdict, here.verdict))
    for variant, found in repeated.items():
        there = {name: _as_own(study) for name, study in found.items() if name in own}
        same = {name: _of_seeds(own[name], study["seed"].values) for name, study in there.items()}
        ids = [claim.id for claim in claims() if claim.study in there]
        reduced = {row.claim.id: row.finding.verdict for row in judge(same, control, ids)}
        for row in judge(there, control, ids):
            seeds = len(np.unique(there[str(row.claim.study)]["seed"].values))
            entries.append(_entry(row, variant, seeds, default[row.claim.id].verdict, reduced[row.claim.id]))
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


def save(entries: Sequence[Entry], json_path: Path | str | None, csv_path: Path | str | None) -> None:
    """Write the table as JSON, a list of objects, and as CSV, one line for a claim and variant; None leaves one out.

    Raises:
        InputError: a folder that cannot be written.
    """
    rows = [asdict(entry) for entry in entries]
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(Entry.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    as_json = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    for path, text in ((json_path, as_json), (csv_path, lines.getvalue())):
        if path is None:
            continue
        with destination.replacing(path, text=True) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _entry(row: "Row", variant: str, seeds: int, default: str, same_seeds: str) -> Entry:
    finding = row.finding
    return Entry(
        id=row.claim.id,
        claim=row.claim.claim,
        variant=variant,
        study=str(row.claim.study),
        seeds=seeds,
        verdict_default=default,
        verdict_same_seeds=same_seeds,
        verdict=finding.verdict,
        changes=finding.verdict != same_seeds and NOT_TESTABLE not in (finding.verdict, same_seeds),
        ours=finding.ours[0],
        why=finding.why,
    )


def _as_own(study: xr.Dataset) -> xr.Dataset:
    """A repeated study in the place of the one it repeats."""
    kept = {key: value for key, value in study.attrs.items() if key != "repeats"}
    return study.drop_attrs(deep=False).assign_attrs(kept)


def _of_seeds(study: xr.Dataset, seeds: np.ndarray) -> xr.Dataset:
    return study.isel(run=np.flatnonzero(np.isin(study["seed"].values, seeds)))
