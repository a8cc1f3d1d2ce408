"""Elastic data in files of others: a table (CSV) or arrays (NPZ).

A CSV has a line of column names, then one line a sample. The columns `stiffness_1_11` ... `stiffness_1_66` hold the
stiffness of phase 1 by row and column (1 ... 6), `stiffness_2_11` ... that of phase 2, `stiffness_11` ... that of the
composite; what is below the diagonal may be left out. A column `split` may say "train" or "validation". An NPZ holds
arrays of these three names, (samples, 6, 6), and perhaps `split`.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from laminet.errors import InputError
from laminet.files.elastic import STIFFNESSES

DELIMITERS = ",;\t"


def read_elastic(path: Path | str, names: Sequence[str] = STIFFNESSES) -> dict[str, Any]:
    """Arguments `stiffness_1`, `stiffness_2`, `stiffness` (samples, 6, 6), and `split` if there is one, as they stand.

    `names` are those that are needed, all by default.

    Raises:
        InputError: no such file, neither CSV nor NPZ, a missing column or array, or an entry that is not a number.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    kind = path.suffix.lower()
    if kind not in (".csv", ".npz"):
        raise InputError(f"{path}: is read as CSV or NPZ by its suffix, which is '{kind}'; rename or convert it")
    return _from_csv(path, names) if kind == ".csv" else _from_npz(path, names)


def _from_npz(path: Path, names: Sequence[str]) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name] for name in (*names, "split") if name in stored.files}
            there = ", ".join(stored.files) or "none"
    except Exception as error:  # a damaged or pickled file raises many kinds
        raise InputError(f"{path}: not a readable NPZ of plain arrays; write it by numpy.savez") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{path}: the arrays {', '.join(missing)} are missing (there are: {there})")
    return found


def _from_csv(path: Path, wanted: Sequence[str]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a byte-order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; save it as 'CSV UTF-8'") from error
    head = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(f"{path}: needs a line of column names and at least one line of numbers")
    names = [name.strip() for name in rows[0]]
    place = {name: index for index, name in enumerate(names)}
    if len(place) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path}: the column '{twice}' occurs twice")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(names):
            raise InputError(f"{path}: line {number} has {len(row)} entries, the line of names {len(names)}")
    found: dict[str, Any] = {}
    for name in wanted:
        matrices = np.empty((len(rows) - 1, 6, 6))
        for i, j in np.ndindex(6, 6):
            column, mirrored = f"{name}_{i + 1}{j + 1}", f"{name}_{j + 1}{i + 1}"
            chosen = column if column in place else mirrored
            if chosen not in place:
                upper = f"{name}_{min(i, j) + 1}{max(i, j) + 1}"
                raise InputError(f"{path}: the column '{upper}' is missing; needed are {name}_11 ... {name}_66")
            matrices[:, i, j] = [
                _number(row[place[chosen]], path, number, chosen) for number, row in enumerate(rows[1:], 2)
            ]
        found[name] = matrices
    if "split" in place:
        found["split"] = np.array([row[place["split"]].strip() for row in rows[1:]])
    return found


def _number(text: str, path: Path, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(
            f"{path}: line {line}, column '{column}': {text.strip()!r} is not a number (decimal points, no units)"
        ) from error
