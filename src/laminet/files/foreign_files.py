"""Elastic data in files of others: a table (CSV) or arrays (NPZ); or a table in memory (a data frame).

A table has column names and one line a sample. The columns `stiffness_1_11` ... `stiffness_1_66` hold the
stiffness of phase 1 by row and column (1 ... 6), `stiffness_2_11` ... that of phase 2, and so on, `stiffness_11` ...
that of the composite; what is below the diagonal may be left out. A column `split` may say "train" or "validation". An
NPZ holds arrays `stiffness_1`, `stiffness_2`, ..., `stiffness`, (samples, 6, 6), and perhaps `split`. Other columns and
arrays are left out, with a warning.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from laminet import source
from laminet.errors import InputError, shown, warn
from laminet.files.elastic import phase_names
from laminet.yaml_files import NUMBER

DELIMITERS = ",;\t"


def read_elastic(path: Path | str, composite: bool = True) -> dict[str, Any]:
    """Arguments of `laminet.elastic_data`, as they stand: `phases`, a list of arrays (samples, 6, 6), one for each
    phase, `stiffness` (samples, 6, 6), and `split` if there is one.

    Args:
        path: the file.
        composite: whether it holds `stiffness`, too.

    Raises:
        InputError: no such file, neither CSV nor NPZ, a missing column or array, or an entry that is not a number.
    """
    source.check(path)
    readers = {".csv": _from_csv, ".npz": _from_npz}
    if (kind := Path(path).suffix.lower()) not in readers:
        raise InputError(f"{path}: is read as CSV or NPZ by its suffix, which is '{kind}'; rename or convert it")
    return readers[kind](Path(path), composite)


def _wanted(names: Iterable[str], composite: bool, suffix: str = "") -> list[str]:
    """Names of the stiffnesses to read where there are these: of two phases at least, then that of the composite."""
    matches = (re.fullmatch(rf"stiffness_(\d+){suffix}", name) for name in names)
    phases = len({match[1] for match in matches if match})
    return phase_names(max(2, phases)) + ["stiffness"] * composite


def _arguments(read: dict[str, Any]) -> dict[str, Any]:
    """Stiffnesses by name, and `split`, as arguments of `laminet.elastic_data`."""
    phases = [read.pop(name) for name in list(read) if name.startswith("stiffness_")]
    return {"phases": phases} | read


def _from_npz(path: Path, composite: bool) -> dict[str, Any]:
    fault = f"{path}: not a readable NPZ of plain arrays; write it by numpy.savez"
    with source.reading(path, fault), np.load(path, allow_pickle=False) as stored:
        names = _wanted(stored.files, composite)
        read = {name: stored[name] for name in (*names, "split") if name in stored.files}
        there = ", ".join(stored.files) or "none"
        unused = [name for name in stored.files if not re.fullmatch(r"split|stiffness(_\d+)?", name)]
    missing = [name for name in names if name not in read]
    if missing:
        raise InputError(f"{path}: the arrays {', '.join(missing)} are missing (there are: {there})")
    _warn_of_unused(unused, path, "arrays")
    return _arguments(read)


def _warn_of_unused(names: Sequence[str], where: Path | str, what: str) -> None:
    if names:
        warn(f"{where}: the {what} {', '.join(map(shown, names[:9]))} are not used; only stiffnesses and 'split' are")


@runtime_checkable
class Table(Protocol):
    """A data frame, such as those of pandas and polars."""

    @property
    def columns(self) -> Iterable[Any]:
        """Names of the columns."""

    def to_numpy(self) -> np.ndarray:
        """Entries (rows, columns)."""


def from_table(table: Table, where: str) -> dict[str, Any]:
    """As `read_elastic`, from a data frame; `where` names it in messages.

    Raises:
        InputError: as `read_elastic`.
    """
    names = [str(name).strip() for name in table.columns]
    entries = np.asarray(table.to_numpy(), dtype=object).tolist()
    return _matrices(names, [(f"row {number}", row) for number, row in enumerate(entries)], where, composite=True)


def _from_csv(path: Path, composite: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a byte-order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; save it as 'CSV UTF-8'") from error
    rows = [(line, row) for line, row in _csv_rows(text, path) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(f"{path}: needs a line of column names and at least one line of numbers")
    (first, head), *samples = rows
    if head[0].lstrip().startswith("#"):
        raise InputError(f"{path}: line {first} is a comment; begin with the line of column names")
    used = max((k + 1 for _, row in rows for k, cell in enumerate(row) if cell.strip()), default=0)
    named = [name.strip() for name in head[:used]]
    return _matrices(named, [(f"line {line}", row[:used]) for line, row in samples], path, composite)


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV, each with the number of the line where it begins: quoted cells may go over several lines."""
    lines = text.split("\n")
    said = re.fullmatch(r"sep=(.)\s*", lines[0])  # as Excel writes and reads it
    lines[0] = "" if said else lines[0]
    head = next((line for line in lines if line.strip()), "")
    delimiter = said[1] if said else max(DELIMITERS, key=head.count)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: line {line} is not CSV ({error}); is a quotation mark left open?") from error


def _matrices(
    names: list[str], rows: Sequence[tuple[str, Sequence[Any]]], where: Path | str, composite: bool
) -> dict[str, Any]:
    """What `read_elastic` gives, from column names and rows, each with its place in words."""
    column = {name: index for index, name in enumerate(names)}
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{where}: the column '{twice[0]}' occurs twice")
    for place, row in rows:
        if len(row) != len(names):
            raise InputError(f"{where}: {place} has {len(row)} entries, the line of names {len(names)}")
    unused = [name for name in names if not re.fullmatch(r"split|stiffness(_\d+)?_[1-6][1-6]", name)]
    _warn_of_unused(unused, where, "columns")
    read: dict[str, Any] = {}
    for name in _wanted(names, composite, r"_\d\d"):
        matrices = np.empty((len(rows), 6, 6))
        for i, j in np.ndindex(6, 6):
            labels = f"{name}_{i + 1}{j + 1}", f"{name}_{j + 1}{i + 1}"
            label = next((label for label in labels if label in column), None)
            if label is None:
                raise InputError(f"{where}: the column '{labels[0]}' is missing; needed are {name}_11 ... {name}_66")
            matrices[:, i, j] = [_number(row[column[label]], where, place, label) for place, row in rows]
        read[name] = matrices
    if "split" in column:
        read["split"] = np.array([str(row[column["split"]]).strip() for _, row in rows])
    return _arguments(read)


def _number(entry: Any, where: Path | str, place: str, column: str) -> float:
    text = entry.strip() if isinstance(entry, str) else entry
    try:
        if isinstance(text, str) and not NUMBER.fullmatch(text):  # float() takes 1_0 and infinity, too
            raise ValueError
        return float(text)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{where}: {place}, column '{column}': {shown(text)} is not a number (decimal points, no units)"
        ) from error
