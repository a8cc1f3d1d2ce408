"""Steps of the site's build that MkDocs does not know.

Formulas become MathML, which browsers show without scripts. Links out of docs/ hold in a checkout, not on the site:
there they become the path they name.
"""

import html
import re

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)

KNOWN = {"{aligned}": "{align*}", r"\lVert": r"\|", r"\rVert": r"\|", r"\tfrac": r"\frac"}
"""Commands that the converter lacks, and what stands for them."""


OUTSIDE = re.compile(r"\[([^]]+)\]\(\.\./([^)#]+)\)")


def on_page_markdown(markdown: str, **_: object) -> str:
    """Replace links to files outside docs/."""
    return OUTSIDE.sub(r"`\2`", markdown)


def on_page_content(html_text: str, **_: object) -> str:
    """Replace every formula of a page."""
    return FORMULA.sub(_mathml, html_text)


def _mathml(match: re.Match[str]) -> str:
    latex = html.unescape(match[3]).strip()
    for command, other in KNOWN.items():
        latex = latex.replace(command, other)
    return convert(latex, display="block" if match[2] == "[" else "inline")
