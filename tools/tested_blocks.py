"""Blocks of the documentation that begin with `# tested`: how they are found and run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
TESTED = re.compile(r"^```(bash|python)\n# tested\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def environment() -> dict[str, str]:
    """The process's environment, in which the commands of its Python are called by their names."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


def run(documents: Iterable[str], folder: Path, least: int = 8) -> Path:
    """Run every tested block of some documents, in order and in one folder.

    Raises:
        AssertionError: there are fewer than `least` blocks, or one failed, with what it printed.
    """
    blocks = [block for name in documents for block in TESTED.findall((DOCS / name).read_text(encoding="utf-8"))]
    assert len(blocks) >= least
    for language, block in blocks:
        command = [sys.executable, "-c", block] if language == "python" else ["bash", "-euc", block]
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return folder
