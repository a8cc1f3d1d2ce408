"""The paper's claims, each judged by a fixed rule on the collected studies.

rows = judge(inputs_from_files(paths), control="stress")
save(rows, studies, "claims.json", "claims.html")
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import xarray as xr

from laminet.errors import InputError
from laminet.files import destination
from laminet_study import datasets
from laminet_study.claims import sensitivity
from laminet_study.claims.judging import CLAIMS, JudgedClaim, judge
from laminet_study.claims.page import page
from laminet_study.claims.sensitivity import Entry

__all__ = ["CLAIMS", "JudgedClaim", "inputs_from_files", "judge", "save", "sensitivities"]

UNUSED = ("strain", "residual", "error_vector")
"""Variables of a study that no rule looks at: many studies are in memory at once."""


def inputs_from_files(paths: Sequence[Path | str]) -> dict[str, xr.Dataset]:
    """Study datasets by name, found among files by what they hold; other kinds are passed over.

    Raises:
        InputError: an unreadable file, one that does not say what it holds, two of one study, or no study at all.
    """
    studies: dict[str, xr.Dataset] = {}
    for path in paths:
        dataset, content = datasets.read_any(path)
        if content != "study":
            continue
        study = datasets.checked(dataset, path)
        name = str(study.attrs.get("study", ""))
        if name in studies:
            raise InputError(f"{path}: a second file of the study '{name}'; give one")
        studies[name] = study.drop_vars(UNUSED, errors="ignore")
    if not studies:
        raise InputError("no study among the files; give the files that 'laminet-study collect' writes")
    return studies


def sensitivities(
    rows: Sequence[JudgedClaim], studies: Mapping[str, xr.Dataset], control: str = "stress"
) -> tuple[list[JudgedClaim], list[Entry]]:
    """Judge the claims again in every variant; the rows then say whether their verdicts depend on it.

    Returns:
        The rows, and the table of claims by variant; without repeated studies the table has the other control alone.
    """
    entries = sensitivity.table(rows, studies, control)
    words = sensitivity.by_claim(entries)
    repeated = datasets.split(studies)[1]
    missing = "" if repeated else " (no study was repeated in a variant: make sensitivity)"
    return [replace(row, sensitivity=words.get(row.claim.id, "it has no variant") + missing) for row in rows], entries


def save(
    rows: Sequence[JudgedClaim],
    studies: Mapping[str, xr.Dataset],
    json_path: Path | str,
    html_path: Path | str,
    entries: Sequence[Entry] = (),
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
    rows = [row if row.figure is None else replace(row, figure=f"{row.claim.figure}{figures}") for row in rows]
    destination.write_text(
        json_path, json.dumps([row.as_json() for row in rows], indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    )
    destination.write_text(html_path, page(rows, studies, entries))
