"""Pack a finished study into one zip for an archive that gives it a DOI: data, networks, verdicts, figures, checksums.

python tools/study_bundle.py FOLDER --out FILE.zip   `make bundle` packs results/

The bundle names neither the machine nor its folders. Numbers keep every digit. The same study gives the same bytes.
"""

import argparse
import hashlib
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from laminet import __version__
from laminet.errors import InputError
from laminet.files import destination, netcdf
from laminet_study import configuration, design
from laminet_study.gallery import commit, publish

ROOT = Path(__file__).parents[1]

CONTENT = {
    "config.yaml": "the configuration of the study, complete",
    "datasets/*.nc": "the studies: errors, iterations, times, curves and training histories of all runs",
    "data/*.nc": "the cell, the elastic data and the reference curves",
    "data/*.yaml": "the materials of the composites",
    "runs/*/network.nc": "the trained networks",
    "times*": "times of trainings, of predictions and of the stages of the study",
    "claims.json": "the verdict on each of the paper's claims, for programs",
    "claims.html": "the same, for readers",
    "sensitivity.*": "the verdicts under other choices",
    "report.html": "the whole study on one page that opens offline",
    "fig*.pdf": "the figures",
}
"""What is packed, as patterns below the results folder, and what it is."""

REQUIRED = ("config.yaml", "claims.json", "claims.html", "report.html")
"""Files that a finished study has; its datasets are required too."""

PROJECT_FILES = ("LICENSE", "CITATION.cff")

README = """\
# Data of a laminet study

laminet {version}, source {commit}, settings {settings} (SHA-256 of the keys and values of config.yaml).

| files | content |
| --- | --- |
{table}
| `LICENSE`, `CITATION.cff` | the licence, and how to cite |
| `SHA256SUMS` | checksums |

- Check the files: `sha256sum --check SHA256SUMS`.
- Read the data: every `.nc` file is NetCDF4. It names the unit of each variable and the command that made the file.
  `laminet info FILE` lists the content; `docs/files.md` of laminet explains each variable.
- Draw a figure again: `laminet-study figure fig14 datasets/depth.nc --out fig14.pdf`.
- Repeat the study: `snakemake --configfile config.yaml --cores 2 all` in a clone of laminet.
"""

HOST = re.compile(r"<dt>host</dt>\s*<dd>.*?</dd>\s*")
"""The machine's name in a page."""

DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every packed file, the first that a zip can hold."""


def content(folder: Path) -> Iterator[Path]:
    """Files of a study that are packed, in the order of CONTENT.

    Args:
        folder: the results folder.

    Raises:
        InputError: the study is not finished.
    """
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if "config.yaml" not in missing:
        studies = design.studies(configuration.read([folder / "config.yaml"], {}))
        datasets = [f"datasets/{study.name}.nc" for study in studies]
        missing += [name for name in datasets if not (folder / name).is_file()]
    if missing:
        raise InputError(f"{folder}: the study is not finished ({', '.join(missing)} missing); run `make all` first")
    for pattern in CONTENT:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def collect(folder: Path, place: Path) -> list[Path]:
    """Copy the content of a bundle to a place.

    Args:
        folder: the results folder of a finished study.
        place: an empty folder.

    Returns:
        The files below `place`, in the order in which they are packed.
    """
    packed: list[Path] = []
    for path in content(folder):
        copy = place / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".nc":
            publish(netcdf.read(path), copy)
        elif path.suffix == ".html":
            copy.write_text(HOST.sub("", path.read_text("utf-8")), "utf-8")
        else:
            shutil.copyfile(path, copy)
        packed.append(copy)
    packed += [Path(shutil.copyfile(ROOT / name, place / name)) for name in PROJECT_FILES]
    table = "\n".join(f"| `{pattern}` | {text} |" for pattern, text in CONTENT.items() if any(place.glob(pattern)))
    settings = netcdf.parameters_sha256(configuration.read([folder / "config.yaml"], {}))
    readme = place / "README.md"
    readme.write_text(README.format(version=__version__, commit=commit(), settings=settings, table=table), "utf-8")
    packed.insert(0, readme)
    sums = place / "SHA256SUMS"
    sums.write_text("".join(f"{sha256(path)}  {path.relative_to(place)}\n" for path in packed), "utf-8")
    return [*packed, sums]


def pack(folder: Path, out: Path) -> int:
    """Write the bundle of a finished study.

    Args:
        folder: the results folder.
        out: the zip file.

    Returns:
        The number of files in it.

    Raises:
        InputError: the study is not finished, a file of it cannot be read, or `out` cannot be written.
    """
    with tempfile.TemporaryDirectory() as name, destination.replacing(out) as temporary:
        place = Path(name)
        packed = collect(folder, place)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as bundle:
            for path in packed:
                entry = zipfile.ZipInfo(f"{out.stem}/{path.relative_to(place)}", DATE)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with open(path, "rb") as source, bundle.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)
    return len(packed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="results of a finished study")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the zip file that is written")
    given = parser.parse_args(arguments)
    try:
        count = pack(given.folder, given.out)
    except InputError as error:
        print(f"study_bundle: {error}", file=sys.stderr)
        return 1
    print(f"{given.out}: {count} files, {given.out.stat().st_size / 1e6:.1f} MB, SHA-256 {sha256(given.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
