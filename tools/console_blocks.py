"""Console blocks of the documentation: commands, each with what it prints.

python tools/console_blocks.py docs/findings.md   runs them again, from the project's folder, and writes what they print
"""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

from laminet import cli
from laminet_study import cli as study_cli

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def filled(text: str) -> str:
    """A Markdown text whose console blocks hold what their commands, `$ laminet ...`, print in the present folder."""
    return BLOCK.sub(lambda block: f"```console\n{_run(block[1])}```", text)


def commands(text: str) -> list[str]:
    """The commands of all console blocks of a Markdown text."""
    return [line for block in BLOCK.findall(text) for line in block.splitlines() if line.startswith("$ ")]


def _run(block: str) -> str:
    printed = []
    for command in (line for line in block.splitlines() if line.startswith("$ ")):
        program, *words = shlex.split(command[2:])
        main = {"laminet": cli.main, "laminet-study": study_cli.main}[program]
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = main(words)
        assert not code, f"{command}: {code}"
        printed.append(command + "\n" + "".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines()))
    return "\n".join(printed)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
