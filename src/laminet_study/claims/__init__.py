"""The paper's claims, each judged by a fixed rule on the collected studies.

studies, times = inputs_from_files(paths)
rows = judge(studies, control="stress", times=times)
save(rows, studies, "claims.json", "claims.html")
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import xarray as xr

from laminet.errors import InputError
from laminet.files import curves, destination
from laminet_study import datasets, resolution
from laminet_study.claims import sensitivity
from laminet_study.claims.judging import CLAIMS, JudgedClaim, judge
from laminet_study.claims.page import page
from laminet_study.claims.sensitivity import Entry
from laminet_study.claims.statements import NOT_TESTABLE

__all__ = ["CLAIMS", "JudgedClaim", "inputs_from_files", "judge", "save", "sensitivities", "verdicts_from_file"]

UNUSED = ("strain", "residual", "error_vector")
"""Variables of a study that no rule looks at: many studies are in memory at once."""


def inputs_from_files(paths: Sequence[Path | str]) -> tuple[dict[str, xr.Dataset], xr.Dataset | None]:
    """Study datasets by name, and measured times or None; found by what files hold, other kinds are passed over.

    References, where there are any, give the studies the bounds of their errors.

    Raises:
        InputError: an unreadable file, one that does not say what it holds, two of one study, of times or of one
            reference, or no study.
    """
    studies: dict[str, xr.Dataset] = {}
    times: xr.Dataset | None = None
    references: list[Path | str] = []
    for path in paths:
        dataset, content = datasets.read_any(path)
        if content == "times":
            if times is not None:
                raise InputError(f"{path}: a second file of times; give one")
            times = dataset
        if content == "reference":
            references.append(path)
        if content != "study":
            continue
        study = datasets.checked(dataset, path)
        name = str(study.attrs.get("study", ""))
        if name in studies:
            raise InputError(f"{path}: a second file of the study '{name}'; give one")
        studies[name] = study.drop_vars(UNUSED, errors="ignore")
    if not studies:
        raise InputError("no study among the files; give the files that 'laminet-study collect' writes")
    truths = curves.references(references)
    return {name: resolution.with_estimated_errors(study, truths) for name, study in studies.items()}, times


def verdicts_from_file(path: Path | str) -> dict[int, str]:
    """Verdicts by claim of a claims.json, without those that were not testable.

    Raises:
        InputError: an unreadable file, or one that 'laminet-study claims' did not write.
    """
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        verdicts = {int(entry["id"]): str(entry["verdict"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no claims.json; give one that 'laminet-study claims' wrote") from error
    return {number: verdict for number, verdict in verdicts.items() if verdict != NOT_TESTABLE}


def sensitivities(
    rows: Sequence[JudgedClaim],
    studies: Mapping[str, xr.Dataset],
    control: str = "stress",
    times: xr.Dataset | None = None,
) -> tuple[list[JudgedClaim], list[Entry]]:
    """Judge the claims again in every variant; the rows then say whether their verdicts depend on it.

    Returns:
        The rows, and the table of claims by variant; without repeated studies the table has the other control alone.
    """
    entries = sensitivity.table(rows, studies, control, times)
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
    decided: Mapping[int, str] | None = None,
) -> None:
    """Write the report as JSON and as a page; the same data give the same bytes.

    Args:
        rows: claims judged.
        studies: what they were judged by.
        json_path, html_path: where to.
        entries: the table of claims by variant, which the page shows too.
        figures: suffix of the figures that claims refer to.
        decided: verdicts with more seeds, by claim.

    Raises:
        InputError: a folder that cannot be written.
    """
    rows = [
        replace(
            row,
            figure=row.figure and f"{row.claim.figure}{figures}",
            decided=(decided or {}).get(row.claim.id, row.decided),
        )
        for row in rows
    ]
    destination.write_text(
        json_path, json.dumps([row.as_json() for row in rows], indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    )
    destination.write_text(html_path, page(rows, studies, entries))
