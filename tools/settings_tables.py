"""Tables of settings in the documentation, made from the settings classes.

python tools/settings_tables.py   rewrites the tables of docs/settings.md, each behind <!-- module Class -->
"""

import re
from importlib import import_module
from pathlib import Path

from laminet.settings import table

PAGE = Path(__file__).parents[1] / "docs/settings.md"
PLACE = re.compile(r"^<!-- ([\w.]+) (\w+) -->\n(?:\n(?:\|.*\n)+)?", re.MULTILINE)


def filled(text: str) -> str:
    """A Markdown text with the tables of the classes it names."""
    return PLACE.sub(lambda place: f"<!-- {place[1]} {place[2]} -->\n\n{_table(*place.groups())}\n", text)


def _table(module: str, name: str) -> str:
    return table(getattr(import_module(module), name))


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
