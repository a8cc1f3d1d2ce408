"""The tutorial as a notebook: its tested blocks become cells, and its pictures are shown where they are drawn.

python tools/tutorial_notebook.py   writes examples/tutorial.ipynb from docs/tutorial.md
"""

import json
import re
from typing import Any

from tested_blocks import DOCS, TESTED

NOTEBOOK = DOCS.parent / "examples/tutorial.ipynb"

NOT_SHOWN = re.compile(r"^!\[.*\n|\s?The\s+tests\s+run\s+every\s+block[^.]*\.", re.MULTILINE)
"""Pictures, which the notebook draws itself, and what only readers of the page need."""

FOLDER = """\
import os
import tempfile

os.chdir(tempfile.mkdtemp())  # all files of this notebook are written there"""


def notebook(text: str) -> str:
    """The notebook, without outputs, of a page."""
    first, *parts = TESTED.split(text)
    cells = [_text(first), _code(FOLDER)]
    for language, block, after in zip(*[iter(parts)] * 3, strict=True):
        cells.append(_code(block.strip() if language == "python" else f"%%bash -eu\n{block.strip()}"))
        if pictures := re.findall(r"--out (\S+\.png)", block):
            shown = "".join(f'\ndisplay(Image("{name}", width=700))' for name in pictures)
            cells.append(_code(f"from IPython.display import Image, display\n{shown}"))
        cells.append(_text(after))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    numbered = [{"id": f"cell-{number:02}", **cell} for number, cell in enumerate(cells)]
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": numbered, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _text(text: str) -> dict[str, Any]:
    text = re.sub(r"\]\((?=[\w-]+\.md)", "](../docs/", NOT_SHOWN.sub("", text))
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(re.sub(r"\n{3,}", "\n\n", text).strip())}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(text)}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook((DOCS / "tutorial.md").read_text(encoding="utf-8")), encoding="utf-8")
