"""The claims as a page, and what any page shows of them: no script, nothing loaded, readable on paper and phone."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from laminet_study import datasets, pages, provenance
from laminet_study.claims import scale
from laminet_study.claims.judging import JudgedClaim
from laminet_study.claims.sensitivity import Entry
from laminet_study.claims.statements import VERDICTS

SYMBOLS = dict(zip(VERDICTS, ("\u2713", "\u25d0", "\u2717", "~", "?"), strict=True))

SECTIONS = {
    "2.2": "Parameters of the networks",
    "3.1": "Batch and data size",
    "A": "Batch and data size",
    "3.2": "Activation penalty",
    "3.3": "Training DMNs and IMNs",
    "4": "Training DMNs and IMNs",
    "3.4": "DMN online: residual stress",
    "3.5": "IMN online: fixed point or Newton",
    "3.6": "DMN and IMN online",
}
"""Heading by the first section a claim names."""


@dataclass(frozen=True)
class ClaimsShown:
    """What the template judged_claims.html shows.

    Attributes:
        rows: the claims, judged.
        differences: where the study is not the paper's, by study.
        symbols: of the verdicts.
    """

    rows: Sequence[JudgedClaim]
    differences: Mapping[str, Sequence[str]]
    symbols: Mapping[str, str]

    @property
    def counts(self) -> Counter[str]:
        """Number of claims by verdict."""
        return Counter(row.finding.verdict for row in self.rows)

    @property
    def sections(self) -> list[tuple[str, list[JudgedClaim]]]:
        """Headings and claims: a heading where a claim belongs to another section than the one before."""
        groups = itertools.groupby(self.rows, lambda row: SECTIONS[row.claim.section.split(",")[0]])
        return [(title, list(rows)) for title, rows in groups]


def shown(rows: Sequence[JudgedClaim], studies: Mapping[str, xr.Dataset]) -> ClaimsShown:
    """What a page shows of claims judged by these studies."""
    return ClaimsShown(rows, scale.differences(datasets.split(studies)[0]), SYMBOLS)


def page(rows: Sequence[JudgedClaim], studies: Mapping[str, xr.Dataset], entries: Sequence[Entry] = ()) -> str:
    """The whole page; `entries` are the claims judged in variants."""
    every = list(studies.values())
    collected = [str(study.attrs["created"]) for study in every if "created" in study.attrs]
    return pages.render(
        "claims.html",
        claims=shown(rows, studies),
        variants=_by_variant(entries) if entries else None,
        sizes=scale.sizes(studies),
        provenance=provenance.stamps(every, ("host", "laminet_version", "tolerance", "criterion"))
        | ({"collected": max(collected)} if collected else {})
        | provenance.settings(every),
    )


def _by_variant(entries: Sequence[Entry]) -> dict[str, Any]:
    """The table of claims by variant: of every claim its number, its verdict and, by variant, its entry if any."""
    columns = list(dict.fromkeys(entry.variant for entry in entries))
    cells = {(entry.id, entry.variant): entry for entry in entries}
    default = {entry.id: entry.verdict_default for entry in entries}
    rows = [(id, verdict, [cells.get((id, name)) for name in columns]) for id, verdict in default.items()]
    return {"columns": columns, "rows": rows}
