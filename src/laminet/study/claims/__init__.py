"""The paper's claims, each judged by a fixed rule on the collected studies.

rows = judge(inputs_from_files(paths), control="stress")
save(rows, studies, "claims.json", "claims.html")
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laminet.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from laminet.study.claims.sensitivity import Entry
    from laminet.study.claims.verdicts import Claim, Finding

__all__ = ["Row", "inputs_from_files", "judge", "save", "save_sensitivity", "sensitivities"]


UNUSED = ("strain", "residual", "error_vector")
"""Variables of a study that no rule looks at: many studies are in memory at once."""


@dataclass(frozen=True)
class Row:
    """A claim and what was found about it.

    Attributes:
        claim: the claim.
        finding: what the study says about it.
        figure: file that shows it, or None.
        sensitivity: whether its verdict depends on the variant, in words.
    """

    claim: "Claim"
    finding: "Finding"
    figure: str | None
    sensitivity: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in claims.json."""
        return {
            "id": self.claim.id,
            "section": self.claim.section,
            "claim": self.claim.claim,
            "paper": self.claim.paper,
            "ours": "; ".join(self.finding.ours),
            "verdict": self.finding.verdict,
            "why": self.finding.why,
            "figure": self.figure,
            "sensitivity": self.sensitivity,
            "values": dict(self.finding.values),
        }


def claims() -> "list[Claim]":
    """The 28 claims, in order."""
    from laminet.study.claims import batches, models, regularisation, schemes, training

    found = [claim for module in (batches, models, regularisation, schemes, training) for claim in module.CLAIMS]
    return sorted(found, key=lambda claim: claim.id)


def judge(studies: "Mapping[str, xr.Dataset]", control: str = "stress", only: Sequence[int] | None = None) -> list[Row]:
    """Judge the claims.

    Args:
        studies: study datasets by name; whatever is missing makes the claims that need it not testable. Studies
            repeated in variants are left out here, see `sensitivities`.
        control: reading of 'uniaxial' that the verdicts use, "strain" or "stress".
        only: numbers of the claims to judge; None judges all.

    Raises:
        InputError: another control.
    """
    from laminet.study.claims import scale, sensitivity
    from laminet.study.claims.verdicts import CONTROLS, NOT_TESTABLE, Evidence, Finding, NotTestable

    if control not in CONTROLS:
        raise InputError(f"control '{control}' is unknown; it must be {' or '.join(CONTROLS)}")
    studies, _ = sensitivity.split(studies)
    evidence, rows = Evidence(studies, control), []
    smaller = scale.differences(studies)
    for claim in claims():
        if only is not None and claim.id not in only:
            continue
        try:
            finding = claim.judge(evidence)
            if claim.study in smaller:
                finding = replace(finding, why=f"{finding.why}; the study is not at the paper's scale")
        except (NotTestable, InputError) as missing:
            finding = Finding(("no value",), NOT_TESTABLE, f"it cannot be tested with these data: {missing}")
        rows.append(Row(claim, finding, f"{claim.figure}.pdf" if claim.study in studies else None))
    return rows


def inputs_from_files(paths: Sequence[Path | str]) -> "dict[str, xr.Dataset]":
    """Study datasets by name, found among files by what they hold; other kinds are passed over.

    Raises:
        InputError: an unreadable file, one that does not say what it holds, two of one study, or no study at all.
    """
    from laminet.data import netcdf
    from laminet.study import datasets

    found: dict[str, Any] = {}
    for path in paths:
        content = str(netcdf.read(path).attrs.get("content", ""))
        if not content:
            raise InputError(f"{path}: does not say what it holds (attribute 'content'); give files made by laminet")
        if content != "study":
            continue
        study = datasets.load(path)
        name = str(study.attrs.get("study", ""))
        if name in found:
            raise InputError(f"{path}: a second file of the study '{name}'; give one")
        found[name] = study.drop_vars(UNUSED, errors="ignore")
    if not found:
        raise InputError("no study among the files; give the files that 'laminet collect' writes")
    return found


def sensitivities(
    rows: Sequence[Row], studies: "Mapping[str, xr.Dataset]", control: str = "stress"
) -> "tuple[list[Row], list[Entry]]":
    """Judge the claims again in every variant; the rows then say whether their verdicts depend on it.

    Returns:
        The rows, and the table of claims by variant; without repeated studies the table has the other control alone.
    """
    from laminet.study.claims import sensitivity

    entries = sensitivity.table(studies, control)
    words = sensitivity.by_claim(entries)
    repeated = sensitivity.split(studies)[1]
    missing = "" if repeated else " (no study was repeated in a variant: make sensitivity)"
    return [replace(row, sensitivity=words.get(row.claim.id, "it has no variant") + missing) for row in rows], entries


def save(
    rows: Sequence[Row],
    studies: "Mapping[str, xr.Dataset]",
    json_path: Path | str,
    html_path: Path | str,
    entries: "Sequence[Entry]" = (),
    figures: str = ".pdf",
) -> None:
    """Write the report as JSON and as a page; the same data give the same bytes.

    Args:
        rows: claims judged.
        studies: what they were judged by.
        json_path, html_path: where to.
        entries: the table of claims by variant, which the page shows too.
        figures: suffix of the figures that claims refer to.

    Raises:
        InputError: a folder that cannot be written.
    """
    from laminet.data import destination
    from laminet.study.claims.page import page

    rows = [row if row.figure is None else replace(row, figure=f"{row.claim.figure}{figures}") for row in rows]
    texts = {
        json_path: json.dumps([row.as_json() for row in rows], indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        html_path: page(rows, studies, entries),
    }
    for path, text in texts.items():
        with destination.replacing(path, text=True) as temporary:
            temporary.write_text(text, encoding="utf-8")


def save_sensitivity(
    entries: "Sequence[Entry]", json_path: Path | str | None = None, csv_path: Path | str | None = None
) -> None:
    """Write the table of claims by variant as JSON and as CSV.

    Raises:
        InputError: a folder that cannot be written.
    """
    from laminet.study.claims import sensitivity

    sensitivity.save(entries, json_path, csv_path)
