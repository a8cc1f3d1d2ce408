"""Print the changelog's section of a version, the text of its release.

python tools/release_notes.py v0.2.0   fails if the sources have another version or the section has no date
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def version(root: Path) -> str:
    """The version of the sources, read without importing them."""
    text = (root / "src/laminet/__init__.py").read_text("utf-8")
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE).group(1)


def notes(tag: str, root: Path = ROOT) -> str:
    """The text below a version's heading in the changelog.

    Args:
        tag: the version with a `v` before it.
        root: folder of the sources.

    Raises:
        SystemExit: the tag, the sources, CITATION.cff and the changelog do not agree, or the section has no date.
    """
    number = version(root)
    if tag != f"v{number}":
        raise SystemExit(f"release_notes: the tag is {tag}, but src/laminet/__init__.py has version {number}")
    if not re.search(rf"^version: {re.escape(number)}$", (root / "CITATION.cff").read_text("utf-8"), re.MULTILINE):
        raise SystemExit(f"release_notes: CITATION.cff does not have version {number}")
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    section = re.search(
        rf"^## {re.escape(number)} \(([^)\n]+)\)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if not section or not re.fullmatch(r"\d{4}-\d\d-\d\d", section[1]):
        raise SystemExit(f"release_notes: CHANGELOG.md needs the heading '## {number} (YYYY-MM-DD)'")
    return section[2].strip() + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit((__doc__ or "").strip())
    print(notes(sys.argv[1]), end="")
