"""Elastic data in files of others: a table (CSV) or arrays (NPZ); or a table in memory (a data frame).

A table has column names and one line a sample. The columns `stiffness_1_11` ... `stiffness_1_66` hold the
stiffness of phase 1 by row and column (1 ... 6), `stiffness_2_11` ... that of phase 2, `stiffness_11` ... that of the
composite; what is below the diagonal may be left out. A column `split` may say "train" or "validation". An NPZ holds
arrays of these three names, (samples, 6, 6), and perhaps `split`.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from laminet.data import source
from laminet.data.elastic import STIFFNESSES
from laminet.errors import InputError, shown

DELIMITERS = ",;\t"


def read_elastic(path: Path | str, names: Sequence[str] = STIFFNESSES) -> dict[str, Any]:
    """Arguments `stiffness_1`, `stiffness_2`, `stiffness` (samples, 6, 6), and `split` if there is one, as they stand.

    `names` are those that are needed, all by default.

    Raises:
        InputError: no such file, neither CSV nor NPZ, a missing column or array, or an entry that is not a number.
    """
    path = Path(path)
    source.check(path)
    kind = path.suffix.lower()
    if kind not in (".csv", ".npz"):
        raise InputError(f"{path}: is read as CSV or NPZ by its suffix, which is '{kind}'; rename or convert it")
    return _from_csv(path, names) if kind == ".csv" else _from_npz(path, names)


def _from_npz(path: Path, names: Sequence[str]) -> dict[str, Any]:
    fault = f"{path}: not a readable NPZ of plain arrays; write it by numpy.savez"
    with source.reading(path, fault), np.load(path, allow_pickle=False) as stored:
        found = {name: stored[name] for name in (*names, "split") if name in stored.files}
        there = ", ".join(stored.files) or "none"
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{path}: the arrays {', '.join(missing)} are missing (there are: {there})")
    return found


@runtime_checkable
class Table(Protocol):
    """A data frame, such as those of pandas and polars."""

    @property
    def columns(self) -> Iterable[Any]:
        """Names of the columns."""

    def to_numpy(self) -> np.ndarray:
        """Entries (rows, columns)."""


def from_table(table: Table, where: str, names: Sequence[str] = STIFFNESSES) -> dict[str, Any]:
    """As `read_elastic`, from a data frame; `where` names it in messages.

    Raises:
        InputError: as `read_elastic`.
    """
    rows = np.asarray(table.to_numpy(), dtype=object)
    return _matrices(
        [str(name).strip() for name in table.columns],
        [(f"row {number}", row) for number, row in enumerate(rows.tolist())],
        where,
        names,
    )


def _from_csv(path: Path, names: Sequence[str]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a byte-order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; save it as 'CSV UTF-8'") from error
    rows = [(line, row) for line, row in _csv_rows(text, path) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(f"{path}: needs a line of column names and at least one line of numbers")
    (_, head), *samples = rows
    return _matrices([name.strip() for name in head], [(f"line {line}", row) for line, row in samples], path, names)


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV, each with the number of the line where it begins: quoted cells may go over several lines."""
    lines = text.split("\n")
    head = next((line for line in lines if line.strip()), "")
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=max(DELIMITERS, key=head.count))
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: line {line} is not CSV ({error}); is a quotation mark left open?") from error


def _matrices(
    names: Sequence[str], rows: Sequence[tuple[str, Sequence[Any]]], where: Path | str, wanted: Sequence[str]
) -> dict[str, Any]:
    """Stiffnesses (samples, 6, 6) of these names, and `split`, from rows, each with its place in words."""
    column = {name: index for index, name in enumerate(names)}
    if len(column) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise InputError(f"{where}: the column '{twice}' occurs twice")
    for place, row in rows:
        if len(row) != len(names):
            raise InputError(f"{where}: {place} has {len(row)} entries, the line of names {len(names)}")
    found: dict[str, Any] = {}
    for name in wanted:
        matrices = np.empty((len(rows), 6, 6))
        for i, j in np.ndindex(6, 6):
            chosen, mirrored = f"{name}_{i + 1}{j + 1}", f"{name}_{j + 1}{i + 1}"
            chosen = chosen if chosen in column else mirrored
            if chosen not in column:
                upper = f"{name}_{min(i, j) + 1}{max(i, j) + 1}"
                raise InputError(f"{where}: the column '{upper}' is missing; needed are {name}_11 ... {name}_66")
            at = column[chosen]
            matrices[:, i, j] = [_number(row[at], where, place, chosen) for place, row in rows]
        found[name] = matrices
    if "split" in column:
        found["split"] = np.array([str(row[column["split"]]).strip() for _, row in rows])
    return found


def _number(entry: Any, where: Path | str, place: str, column: str) -> float:
    try:
        return float(entry)
    except (TypeError, ValueError) as error:
        text = entry.strip() if isinstance(entry, str) else entry
        raise InputError(
            f"{where}: {place}, column '{column}': {shown(text)} is not a number (decimal points, no units)"
        ) from error
