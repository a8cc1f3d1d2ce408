"""Elastic matrices by name, as they stand in CSV and NPZ files and in data frames.

A table has column names and one line for each sample. The columns `stiffness_1_11` ... `stiffness_1_66` hold the
stiffness of phase 1 by row and column (1 ... 6). The columns `stiffness_2_11` ... hold that of phase 2, and so on; the
columns `stiffness_11` ... hold that of the composite. You may leave out the entries below the diagonal. A column
`split` may say "train" or "validation". An NPZ holds arrays `stiffness_1`, `stiffness_2`, ..., `stiffness`,
(samples, 6, 6), and perhaps `split`. Compliances have the word `compliance` in place of `stiffness`. Other columns and
arrays are left out, with a warning.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np

from laminet import source
from laminet.errors import InputError, shown, warn
from laminet.files import conventions, csv_text
from laminet.files.elastic import phase_names
from laminet.files.settings import OURS, ImportSettings, Quantity

SUFFIXES = (".csv", ".npz")
"""Of files that are read here."""


@runtime_checkable
class Table(Protocol):
    """A data frame, such as those of pandas and polars."""

    @property
    def columns(self) -> Iterable[Any]:
        """Names of the columns."""

    def to_numpy(self) -> np.ndarray:
        """Entries (rows, columns)."""


def read_elastic(path: Path | str, composite: bool = True, how: ImportSettings = OURS) -> dict[str, Any]:
    """Arguments of `laminet.elastic_data`, as they stand: `phases`, a list of arrays (samples, 6, 6), one for each
    phase, `stiffness` (samples, 6, 6), and `split` if there is one.

    Args:
        path: the file.
        composite: whether it holds the composite, too.
        how: the matrices are written.

    Raises:
        InputError: no such file, neither CSV nor NPZ, a missing column or array, or an entry that is not a number.
    """
    source.check(path)
    if (kind := Path(path).suffix.lower()) not in SUFFIXES:
        raise InputError(f"{path}: is read as CSV or NPZ by its suffix, which is '{kind}'; rename or convert it")
    return (_from_csv if kind == ".csv" else _from_npz)(Path(path), composite, how)


def from_table(table: Table, where: str, how: ImportSettings = OURS) -> dict[str, Any]:
    """As `read_elastic`, from a data frame; `where` names it in messages.

    Raises:
        InputError: as `read_elastic`.
    """
    return _matrices(rows_of(table), where, True, how)


def rows_of(table: Table) -> csv_text.Rows:
    """Names and entries of a data frame, as `laminet.files.csv_text.read` gives those of a file."""
    names = [str(name).strip() for name in table.columns]
    entries = np.asarray(table.to_numpy(), dtype=object).tolist()
    return csv_text.Rows(names, [(f"row {number}", row) for number, row in enumerate(entries)])


def _from_csv(path: Path, composite: bool, how: ImportSettings) -> dict[str, Any]:
    return _matrices(csv_text.read(path), path, composite, how)


def _from_npz(path: Path, composite: bool, how: ImportSettings) -> dict[str, Any]:
    fault = f"{path}: not a readable NPZ of plain arrays; write it by numpy.savez"
    with source.reading(path, fault), np.load(path, allow_pickle=False) as stored:
        read = {name: stored[name] for name in stored.files if re.fullmatch(rf"split|{how.quantity}(_\d+)?", name)}
        there = list(stored.files)
    names = _wanted(there, composite, how, path)
    if missing := [name for name in names if name not in read]:
        listed = ", ".join(there) or "none"
        raise InputError(f"{path}: the arrays {', '.join(missing)} are missing (there are: {listed})")
    warn_of_unused([name for name in there if name not in read], path, "arrays")
    return _arguments([read[name] for name in names], composite, read.get("split"))


def _matrices(table: csv_text.Rows, where: Path | str, composite: bool, how: ImportSettings) -> dict[str, Any]:
    """What `read_elastic` gives, from a table."""
    csv_text.check(table, where)
    column = {name: index for index, name in enumerate(table.names)}
    entry = re.compile(rf"{how.quantity}(_\d+)?_[1-6][1-6]")
    wanted = _wanted(table.names, composite, how, where, r"_\d\d")
    unused = [name for name in table.names if name != "split" and not entry.fullmatch(name)]
    warn_of_unused(unused, where, "columns")
    decimal = csv_text.decimal_sign(table, [column[name] for name in column if entry.fullmatch(name)], where)
    transposed = conventions.transposition(how)
    arrays = []
    for name in wanted:
        matrices = np.empty((len(table.rows), 6, 6))
        for i, j in np.ndindex(6, 6):
            label, other = f"{name}_{i + 1}{j + 1}", f"{name}_{j + 1}{i + 1}"
            if not {label, other} & set(column):
                raise InputError(f"{where}: the column '{label}' is missing; expected {name}_11 ... {name}_66")
            factor, label = (1.0, label) if label in column else (transposed[i, j], other)
            at = column[label]
            numbers = [csv_text.number(row[at], decimal, where, place, label) for place, row in table.rows]
            matrices[:, i, j] = factor * np.array(numbers)
        arrays.append(matrices)
    split = np.array([str(row[column["split"]]).strip() for _, row in table.rows]) if "split" in column else None
    return _arguments(arrays, composite, split)


def _wanted(
    names: Iterable[str], composite: bool, how: ImportSettings, where: Path | str, suffix: str = ""
) -> list[str]:
    """Names of the matrices to read where there are these: of two phases at least, then that of the composite."""
    names = list(names)

    def phases(quantity: str) -> int:
        matches = (re.fullmatch(rf"{quantity}_(\d+){suffix}", name) for name in names)
        return len({match[1] for match in matches if match})

    (other,) = set(get_args(Quantity)) - {how.quantity}
    if phases(other) > 0 == phases(how.quantity):
        raise InputError(
            f"{where}: its names begin with '{other}', not with '{how.quantity}'; choose the quantity '{other}'"
        )
    return phase_names(max(2, phases(how.quantity)), how.quantity) + [how.quantity] * composite


def _arguments(arrays: Sequence[np.ndarray], composite: bool, split: np.ndarray | None) -> dict[str, Any]:
    """Matrices of the phases and of the composite, and the split, as arguments of `laminet.elastic_data`."""
    phases, whole = (arrays[:-1], {"stiffness": arrays[-1]}) if composite else (arrays, {})
    return {"phases": list(phases)} | whole | ({} if split is None else {"split": split})


def warn_of_unused(
    names: Sequence[str], where: Path | str, what: str, used: str = "only matrices and 'split' are"
) -> None:
    """Warn of columns or arrays that are not read."""
    if names:
        warn(f"{where}: the {what} {', '.join(map(shown, names[:9]))} are not used; {used}")
