"""YAML: a key given twice is refused by its line, numbers are numbers, and no text takes endless time or memory."""

import re

import pytest

from laminet.errors import InputError
from laminet.yaml_files import LARGEST_FILE, load_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "key", "line", "first"),
    [
        ("a: 1\nb: 2\na: 3\n", "a", 3, 1),
        ("glass:\n  young: 1\n  poisson: 0.3\n  young: 2\n", "young", 4, 2),
        ("a: {x: 1,\n  x: 2}\n", "x", 2, 1),
        ("- b: 1\n- c: 1\n  'c': 2\n", "c", 3, 2),
        ("11: 0.01\n'11': 0.02\n", "11", 2, 1),
        ("base: &base\n  x: 1\n  x: 2\nother: {<<: *base}\n", "x", 3, 2),
        ("a: &a {x: 1}\nb:\n  <<: {y: 1,\n    y: 2}\n", "y", 4, 3),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", "<<", 4, 3),
        ('{\n "glass": {"young": 1,\n  "young": 1}\n}', "young", 3, 2),
        ("a: !!set {x,\n x}", "x", 2, 1),
    ],
)
def test_a_key_given_twice_is_named_with_both_lines(text, key, line, first):
    with pytest.raises(InputError) as caught:
        load_yaml(text, "materials.yaml")
    expected = f"materials.yaml: line {line}: the key '{key}' is given twice, first in line {first}; remove one"
    assert str(caught.value) == expected


def test_a_key_replaces_what_is_merged_and_the_first_of_several_merges_counts():
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: *a, x: 3}\nd: {<<: [*b, *a]}\ne: {<<: [*a, *a]}\nf: *a\n"
    held = load_yaml(text, "here")
    assert held["c"] == {"x": 3, "y": 1}
    assert held["d"] == {"x": 2, "y": 1, "z": 2}
    assert held["a"] == held["e"] == held["f"] == {"x": 1, "y": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("1.0e5", 1e5),
        ("+2.5e-3", 2.5e-3),
        ("-.5", -0.5),
        ("-1e+2", -100.0),
        ("7", 7),
        ("010", 10),
        ("08", 8),
        ("'1e-4'", "1e-4"),
        ("1e", "1e"),
        ("e5", "e5"),
        ("1e-4 GPa", "1e-4 GPa"),
        ("yes", True),
        ("2:10", "2:10"),
        ("2_1", "2_1"),
        ("1_000.5", "1_000.5"),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", "0b11"),
        (".inf", float("inf")),
        ("~", None),
    ],
)
def test_numbers_are_those_of_yaml_1_2_and_json(text, value):
    found = load_yaml(f"key: {text}", "here")["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_as_written():
    assert list(load_yaml("11: 1\n1e3: 1\nno: 1\n2026-01-02: 1\n", "here")) == ["11", "1e3", "no", "2026-01-02"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n\t- b", "near line 2 .*cannot start any token"),
        ("a: [1, 2", "near line 1"),
        ("a: 1\n---\nb: 1", "near line 2"),
        ("? [a]\n: 1", "near line 1 .*key must be text"),
        ("a: &a [*a]", "recursive"),
        ("a: &a {<<: *a}", "near line 1"),
        ("<<: 3", "expected a mapping or list of mappings for merging"),
        ("[" * 5000, "nested too deeply"),
        ("a: !!bool maybe", "a tag does not fit"),
        ("a: !!timestamp now", "a tag does not fit"),
        ("a: 2026-13-45", "month"),
        ("a: " + "9" * 5000, "digits"),
        (b"a: \xff", "invalid start byte"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_what_is_no_yaml_is_one_clear_line(text, words):
    with pytest.raises(InputError, match=f"^here: not valid YAML.*{words}"):
        load_yaml(text, "here")


def test_merges_that_would_grow_without_end_are_refused():
    """Thirty levels of ten merges each, and one long mapping merged thousands of times."""
    chain = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}], k{n}: 1}}\n" for n in range(1, 500))
    long = "b: &b {" + ", ".join(f"k{n}: 1" for n in range(2000)) + "}\n"
    for text in (chain, long + "".join(f"a{n}: {{<<: *b}}\n" for n in range(2000))):
        with pytest.raises(InputError, match="endless merges"):
            load_yaml(text, "here")
    levels = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 30)
    )
    assert load_yaml(levels, "here")["a29"] == {"x": 1}


def test_files_are_read_in_utf_8_and_utf_16_and_named(tmp_path):
    path = tmp_path / "config.yaml"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text("faser: Köln\n", encoding=encoding)
        assert read_yaml(path) == {"faser": "Köln"}
    path.write_text(" " * (LARGEST_FILE + 1))
    with pytest.raises(InputError, match=r"config\.yaml: larger than 200 kB"):
        read_yaml(path)
    with pytest.raises(InputError, match=r"none\.yaml: no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        read_yaml(tmp_path)
