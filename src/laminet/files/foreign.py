"""Elastic data from elsewhere: files and tables of others, in other notations, orders and units, checked and split.

A table has column names and one line for each sample. The columns `stiffness_1_11` ... `stiffness_1_66` hold the
stiffness of phase 1 by row and column (1 ... 6). The columns `stiffness_2_11` ... hold that of phase 2, and so on; the
columns `stiffness_11` ... hold that of the composite. You may leave out the entries below the diagonal. A column
`split` may say "train" or "validation". An NPZ holds arrays `stiffness_1`, `stiffness_2`, ..., `stiffness`,
(samples, 6, 6), and perhaps `split`. Other columns and arrays are left out, with a warning.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import xarray as xr

from laminet import mandel, source
from laminet.errors import InputError, shown, warn
from laminet.files import elastic, netcdf, plausibility
from laminet.files.elastic import SPLITS, UNITS, phase_names
from laminet.files.settings import ImportSettings
from laminet.materials.stiffness import check_stiffness
from laminet.numeric import real_array
from laminet.settings import read
from laminet.yaml_files import NUMBER

ELSEWHERE = "elastic data"
"""What messages call data that do not come from a file."""


@runtime_checkable
class Table(Protocol):
    """A data frame, such as those of pandas and polars."""

    @property
    def columns(self) -> Iterable[Any]:
        """Names of the columns."""

    def to_numpy(self) -> np.ndarray:
        """Entries (rows, columns)."""


def elastic_data(
    phases: Sequence[np.ndarray] | np.ndarray | Table,
    stiffness: np.ndarray | None = None,
    *,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = ELSEWHERE,
    **settings: Any,
) -> xr.Dataset:
    """The elastic data contract of your own stiffnesses.

    data = laminet.elastic_data([matrix, fibre], composite)

    Args:
        phases: stiffnesses of the phases: a list of arrays (samples, 6, 6), one for each phase, or one array (samples,
            P, 6, 6). A data frame with the columns of a CSV that `laminet import` reads may be given alone.
        stiffness: of the composite, (samples, 6, 6).
        split: "train" or "validation" for every sample; then `validation` and `seed` count for nothing.
        where: names the data in messages; they call the stiffness of phase k stiffness_k.
        settings: fields of laminet.files.settings.ImportSettings:
            notation: "mandel" (shear components times sqrt 2, the default), or "voigt" (stresses against engineering
                shear strains).
            order: of the six components in rows and columns; Abaqus has ("11", "22", "33", "12", "13", "23").
            unit: "GPa" (the default), "MPa" or "Pa".
            validation: samples kept for validation: a share below 1, or a number of samples; a tenth by default.
            seed: of their choice, 0 by default; training samples stay in the given order.
            volume_fraction: of phase 2 of two, or a list of those of all phases, for the check against the bounds of
                Voigt and Reuss. If None, that of two phases is the one which most samples allow.

    Returns:
        Dataset with stiffness_phase (sample, phase, i, j) and stiffness (sample, i, j), in Mandel notation (11, 22, 33,
        23, 13, 12) and GPa. Its coordinates are split and sample, the number as given, from 0. Training samples come
        first.

    Raises:
        InputError: wrong shapes, unknown notation, order or unit, an impossible split, or a stiffness with NaN, not
            symmetric or not positive definite, naming variable and sample.

    Warns:
        LaminetWarning: data that are admissible, but hardly what was meant; see `laminet.files.plausibility`.
    """
    if isinstance(phases, Table):
        if stiffness is not None:
            raise InputError(f"{where}: a data frame holds all stiffnesses; give it alone")
        table = from_table(phases, where)
        return elastic_data(**table | ({} if split is None else {"split": split}), where=where, **settings)
    if stiffness is None:
        raise InputError(f"{where}: stiffness missing; give those of the phases and of the composite, or a data frame")
    return _dataset(_named(phases, where) | {"stiffness": stiffness}, split, where, settings)


def given(data: Path | str | xr.Dataset | Table) -> xr.Dataset:
    """Elastic data from a file, a dataset or a data frame (Mandel, GPa), checked.

    Data that do not say notation and unit, as laminet's own do by attributes, are looked at as `elastic_data` does it.

    Raises:
        InputError: an unreadable file, as `laminet.files.elastic.check` and `elastic_data`, or data of another kind.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    if isinstance(data, Table):
        return elastic_data(data)
    if not isinstance(data, Path | str | xr.Dataset):
        raise InputError(f"{ELSEWHERE}: is of type {type(data).__name__}; give a file, a dataset or a data frame")
    where = ELSEWHERE if isinstance(data, xr.Dataset) else str(data)
    held = data if isinstance(data, xr.Dataset) else netcdf.read(data, content="elastic")
    dataset = elastic.check(held, where)
    if "notation" not in dataset.attrs:
        plausibility.look(dataset, where)
    return dataset


def phases_alone(
    phases: Sequence[np.ndarray] | np.ndarray,
    *,
    split: Sequence[str] | np.ndarray | None = None,
    where: str = "phases",
    **settings: Any,
) -> xr.Dataset:
    """Phases that have yet to be homogenised: as `elastic_data`, without the composite.

    Raises:
        InputError: as `elastic_data`.

    Warns:
        LaminetWarning: as `elastic_data`.
    """
    return _dataset(_named(phases, where), split, where, settings)


def _named(phases: Sequence[np.ndarray] | np.ndarray, where: str) -> dict[str, np.ndarray]:
    """Stiffnesses of phases, given as `elastic_data` takes them, by name."""
    if isinstance(phases, np.ndarray):
        if phases.ndim != 4:
            raise InputError(
                f"{where}: phases has the shape {phases.shape}; give (samples, phases, 6, 6), or a list of one array "
                "(samples, 6, 6) for each phase"
            )
        phases = list(np.moveaxis(phases, 1, 0))
    if len(phases) < 2:
        raise InputError(f"{where}: holds {len(phases)} phases; a composite has two at least")
    return dict(zip(elastic.phase_names(len(phases)), phases, strict=True))


def _dataset(
    given: Mapping[str, np.ndarray], split: Sequence[str] | np.ndarray | None, where: str, settings: Mapping[str, Any]
) -> xr.Dataset:
    """Named stiffnesses, converted, checked and split; see `elastic_data`."""
    order, fraction = settings.get("order", ImportSettings.order), settings.get("volume_fraction")
    plain = {
        "order": _components(order, where),
        "volume_fraction": fraction.tolist() if isinstance(fraction, np.ndarray) else fraction,
    }
    how = read(ImportSettings, {"notation": "mandel", "unit": "GPa", **settings, **plain}, where)
    arrays = {name: _converted(values, how, f"{where}: {name}") for name, values in given.items()}
    count, *others = map(len, arrays.values())
    if not count or set(others) != {count}:
        counts = ", ".join(f"{len(values)} of {name}" for name, values in arrays.items())
        raise InputError(f"{where}: {counts}; give the same number of each, at least two")
    kept = _kept(count, how, where) if split is None else _named_split(split, count, where)
    place = np.argsort(kept, kind="stable")  # training samples first
    arrays = {name: check_stiffness(values, f"{where}: {name}")[place] for name, values in arrays.items()}
    stiffness, phases = arrays.pop("stiffness", None), np.stack(list(arrays.values()), axis=1)
    dataset = elastic.dataset_of(phases, stiffness, np.array(SPLITS)[kept[place].astype(int)], place)
    plausibility.look(dataset, where, how)
    return dataset


def _converted(values: np.ndarray, how: ImportSettings, where: str) -> np.ndarray:
    """(samples, 6, 6) in our notation, order and unit."""
    values = real_array(values, where)
    if values.ndim != 3 or values.shape[1:] != (6, 6):
        raise InputError(f"{where}: has the shape {values.shape}; expected (samples, 6, 6)")
    at = np.argsort([mandel.INDEX[component] for component in how.order])
    values = UNITS[how.unit] * values[:, at][:, :, at]
    return values * np.outer(mandel.FACTOR, mandel.FACTOR) if how.notation == "voigt" else values


def _components(order: Sequence[str] | str, where: str) -> list[str]:
    """The six components in a given order; it may be one text with commas, or numbers."""
    given = order.split(",") if isinstance(order, str) else order
    names = [str(name).strip() for name in given] if isinstance(given, Iterable) else []
    if sorted(mandel.INDEX.get(name, -1) for name in names) != list(range(6)):
        said = ",".join(names) or shown(order)
        raise InputError(f"{where}: order is {said}; it must name 11, 22, 33, 23, 13, 12 once each")
    return names


def _kept(count: int, how: ImportSettings, where: str) -> np.ndarray:
    """Which samples (count,) are for validation."""
    number = round(how.validation * count) if 0.0 < how.validation < 1.0 else how.validation
    if number != int(number) or not 0 < number < count:
        raise InputError(
            f"{where}: validation is {how.validation:g} of {count} samples; give a share between 0 and 1 or a number, "
            "so that at least one sample is for validation and one for training"
        )
    kept = np.zeros(count, dtype=bool)
    kept[np.random.default_rng(how.seed).permutation(count)[: int(number)]] = True
    return kept


def _named_split(split: Sequence[str] | np.ndarray, count: int, where: str) -> np.ndarray:
    try:
        names = np.asarray(split).astype(str)
    except ValueError as error:
        raise InputError(f"{where}: split is {shown(split)}; expected one entry for each sample") from error
    if names.shape != (count,):
        raise InputError(f"{where}: split has the shape {names.shape}; expected one entry for each of {count} samples")
    if sorted(set(names.tolist())) != sorted(SPLITS):
        raise InputError(f"{where}: split holds {sorted(set(names.tolist()))}; expected some of each of {list(SPLITS)}")
    return names == "validation"


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
                raise InputError(f"{where}: the column '{labels[0]}' is missing; expected {name}_11 ... {name}_66")
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
