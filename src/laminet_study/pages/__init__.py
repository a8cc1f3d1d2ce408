"""The pages of a study, each one file that loads nothing: templates, one style for the screen, the phone and paper."""

from pathlib import Path

import jinja2

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=lambda name: str(name).endswith(".html"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(template: str, **content: object) -> str:
    """A page made of the template of that name."""
    return TEMPLATES.get_template(template).render(content)
