"""docs/laws.md is true: it names every law and field, and its examples are read."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml

from laminet.materials.laws.elastic import Matrix
from laminet.materials.laws.hardening import FORMS
from laminet.materials.laws.law import LAWS
from laminet.materials.library import composites

PAGE = (Path(__file__).parents[2] / "docs/laws.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = dict(re.findall(r"^\| \[`(\w+)`\]\(#\w+\) \| (.*?) \|", PAGE, re.MULTILINE))
SHIPPED = {name for name, law in LAWS.items() if law.__module__.startswith("laminet.")}


def test_the_table_names_every_law_and_its_fields():
    assert set(ROWS) == SHIPPED
    for name, row in ROWS.items():
        form = Matrix if name == "stiffness" else LAWS[name]
        assert re.findall(r"`(\w+)`", row) == [field.name for field in fields(form)], name


def test_every_law_has_a_section_with_an_example_and_a_picture():
    sections = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    for name in SHIPPED:
        assert any(section.startswith(f"{name}\n") for section in sections), name
    laws = [each.laws[0] for block in BLOCKS for each in composites(yaml.safe_load(block), "laws.md").values()]
    assert {law.name for law in laws} == SHIPPED - {"umat"}  # tests/workflow/test_docs.py compiles that example
    assert {type(law.hardening) for law in laws if law.name == "j2"} == set(FORMS)
    for picture in re.findall(r"\]\((images/\w+\.png)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / picture).exists()


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_have_a_stress(block):
    for composite in composites(yaml.safe_load(block), "laws.md").values():
        for law in composite.laws:
            stress, tangent, _ = law.over(1.0).update(np.full((1, 6), 0.01), np.zeros((1, law.state_size)))
            assert np.isfinite(stress).all()
            assert (np.linalg.eigvalsh(tangent) > 0.0).all()
