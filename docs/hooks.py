"""Steps of the site's build that MkDocs does not know.

Formulas become MathML, which browsers show without scripts. Links out of docs/ hold in a checkout, not on the site:
there they become the path they name. A link to an example that stands alone becomes its code. Pictures open in full
size.
"""

import html
import re
from pathlib import Path

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)

KNOWN = {"{aligned}": "{align*}", r"\lVert": r"\|", r"\rVert": r"\|", r"\tfrac": r"\frac"}
"""Commands that the converter lacks, and what stands for them."""


PICTURE = re.compile(r'(<img [^>]*src="([^"]+)"[^>]*>)')

ROOT = Path(__file__).parents[1]
EXAMPLE = re.compile(r"^\[(examples/[\w.]+)\]\(\.\./\1\)$", re.MULTILINE)
LANGUAGES = {".py": "python", ".sh": "bash"}

OUTSIDE = re.compile(r"\[([^]]+)\]\(\.\./([^)#]+)\)")


def on_page_markdown(markdown: str, **_: object) -> str:
    """Show examples, and replace links to files outside docs/."""
    return OUTSIDE.sub(r"`\2`", EXAMPLE.sub(_code, markdown))


def on_page_content(html_text: str, **_: object) -> str:
    """Replace every formula of a page, and let every picture open in its full size."""
    return PICTURE.sub(r'<a href="\2">\1</a>', FORMULA.sub(_mathml, html_text))


def _code(match: re.Match[str]) -> str:
    path = ROOT / match[1]
    return f'```{LANGUAGES[path.suffix]} title="{match[1]}"\n{path.read_text(encoding="utf-8").rstrip()}\n```'


def _mathml(match: re.Match[str]) -> str:
    latex = html.unescape(match[3]).strip()
    for command, other in KNOWN.items():
        latex = latex.replace(command, other)
    return convert(latex, display="block" if match[2] == "[" else "inline")
