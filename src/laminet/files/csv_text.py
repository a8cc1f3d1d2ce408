"""Tables as spreadsheets and Fortran programs write them: CSV of several separators, decimal signs and exponents."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laminet.errors import InputError, shown
from laminet.source import check_text
from laminet.yaml_files import NUMBER

SEPARATORS = ",;\t"
REMEDY = "save the table with semicolons or tabs between the entries"

EXPONENTS = ((r"[dD](?=[-+]?[0-9]+$)", "e"), (r"^([-+]?[0-9]*[.,][0-9]*)(?=[-+][0-9]{3}$)", r"\1e"))
"""Fortran's 1.0D+03, and 1.0-103 where its field has no room for the letter."""

DECIMAL_COMMA = re.compile(NUMBER.pattern.replace(r"\.", ","))


@dataclass(frozen=True)
class Rows:
    """A table of texts, or of whatever a data frame holds.

    Attributes:
        names: of the columns.
        rows: each with its place in words, such as "line 3".
        separator: between entries; None in a data frame.
    """

    names: list[str]
    rows: Sequence[tuple[str, Sequence[Any]]]
    separator: str | None = None


def read(path: Path) -> Rows:
    """Table of a CSV file, without empty lines, and without columns that are empty.

    Raises:
        InputError: not text in UTF-8, no CSV, or neither names nor entries.
    """
    check_text(path, content := path.read_bytes())
    try:
        text = content.decode("utf-8-sig")  # spreadsheets write a byte-order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8; save it as 'CSV UTF-8'") from error
    lines = re.split("\r\n?|\n", text)
    said = re.fullmatch(r"sep=(.)\s*", lines[0])  # as Excel writes and reads it
    lines[0] = "" if said else lines[0]
    first_line = next((line for line in lines if line.strip()), "")
    separator = said[1] if said else max(SEPARATORS, key=first_line.count)
    rows = [(line, row) for line, row in _split(lines, separator, path) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(f"{path}: needs a line of column names and at least one line of numbers")
    (first, head), *others = rows
    if head[0].lstrip().startswith("#"):
        raise InputError(f"{path}: line {first} is a comment; begin with the line of column names")
    used = max((k + 1 for _, row in rows for k, cell in enumerate(row) if cell.strip()), default=0)
    names = [name.strip() for name in head[:used]]
    return Rows(names, [(f"line {line}", row[:used]) for line, row in others], separator)


def _split(lines: Sequence[str], separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV, each with the number of the line where it begins: quoted cells may go over several lines."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: line {line} is not CSV ({error}); is a quotation mark left open?") from error


def check(table: Rows, where: Path | str) -> None:
    """Check that names differ and that every row has an entry for each.

    Raises:
        InputError: a name twice, or a row with more or fewer entries.
    """
    names = table.names
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{where}: the column '{twice[0]}' occurs twice")
    for place, row in table.rows:
        if len(row) != len(names):
            fault = f"{where}: {place} has {len(row)} entries, the line of names {len(names)}"
            if table.separator == "," and len(row) > len(names):
                fault += f"; if the comma is the decimal sign, too, {REMEDY}"
            raise InputError(fault)


def decimal_sign(table: Rows, columns: Iterable[int], where: Path | str) -> str:
    """What the numbers of some columns have between whole and fraction: "." or ",".

    Raises:
        InputError: commas that also separate entries, or both signs.
    """
    first: dict[str, str] = {}
    columns = list(columns)
    for place, row in table.rows:
        for cell in (entry.strip() for entry in map(row.__getitem__, columns) if isinstance(entry, str)):
            if "," in cell and DECIMAL_COMMA.fullmatch(_plain(cell)):
                first.setdefault(",", f"{place}: {cell}")
            elif "." in cell:
                first.setdefault(".", f"{place}: {cell}")
    if "," in first and table.separator == ",":
        raise InputError(f"{where}: the comma separates entries and is the decimal sign, too ({first[',']}); {REMEDY}")
    if len(first) == 2:
        raise InputError(f"{where}: holds decimal commas ({first[',']}) and points ({first['.']}); use one of the two")
    return "," if "," in first else "."


def _plain(text: str) -> str:
    """The text of a number with Fortran's exponent as everybody else writes it."""
    for pattern, by in EXPONENTS:
        text = re.sub(pattern, by, text)
    return text


def number(entry: Any, decimal: str, where: Path | str, place: str, column: str) -> float:
    """The number of an entry; `where`, `place` and `column` say in a message which one it is.

    Raises:
        InputError: the entry is not a number.
    """
    try:
        if not isinstance(entry, str):
            return float(entry)
        text = _plain(entry.strip().replace(decimal, "."))
        if not NUMBER.fullmatch(text):  # float() takes 1_0 and infinity, too
            raise ValueError
        return float(text)
    except (TypeError, ValueError) as error:
        shown_entry = shown(entry.strip() if isinstance(entry, str) else entry)
        raise InputError(
            f"{where}: {place}, column '{column}': {shown_entry} is not a number (no units, no thousands separators)"
        ) from error
