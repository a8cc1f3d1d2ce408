"""The README is short, its links lead somewhere, and its first commands print what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def clone(tmp_path) -> Path:
    """A folder with what the README's first commands read."""
    for name in ("docs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_it_can_be_read_in_a_minute():
    assert len(README.splitlines()) <= 150


def test_its_links_lead_somewhere():
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for file, anchor in re.findall(r"\]\((?!https?:)([^)#]+)(?:#([\w-]+))?\)", text):
            assert (ROOT / file).is_file(), (document, file)
            headings = (
                re.findall(r"^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            )
            assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, anchor


def test_its_first_commands_print_what_it_shows(clone):
    block = re.search(r"```bash\n(.*?)```", README, re.DOTALL).group(1)
    install, commands = block.split("laminet evaluate", 1)
    assert "pip install" in install
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    script = ["bash", "-euc", f"laminet evaluate{commands}"]
    done = subprocess.run(script, cwd=clone, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"```text\n(.*?)```", README, re.DOTALL).group(1) in done.stdout
    assert (clone / "curves.png").is_file()


def test_its_picture_is_drawn(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "examples/overview.py", tmp_path / "overview.png"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "overview.png").stat().st_size > 10_000
    assert "mean of six load cases" in done.stdout
