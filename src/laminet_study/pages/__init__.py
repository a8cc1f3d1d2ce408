"""What the pages of a study share: one style, light and dark, for the screen, the phone and paper."""

from pathlib import Path


def style() -> str:
    """The style sheet, to be put inline: pages are one file and load nothing."""
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8").rstrip()
