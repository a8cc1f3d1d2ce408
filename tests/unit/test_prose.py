"""The prose check finds each kind of fault, at its line, and leaves clean text and what is no prose alone."""

from pathlib import Path

import prose
import pytest

LONG = " ".join(["word"] * 36)
CLEAN = "The network has active leaves. It homogenises the stiffness."


@pytest.fixture
def faults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(name, text):
        Path(name).write_text(text, encoding="utf-8")
        return prose.check([Path(name)])

    return check


@pytest.mark.parametrize(
    "fault",
    [
        "Every living leaf counts.",
        "The file is there whole or not at all.",
        "The shape is (6,), needed are (6, 6).",
        "It is fast. Compared are the seeds.",
        "It runs beside the study.",
        "Look whether it fits.",
        "It follows the paper by the letter.",
        "The same command goes on.",
        "It raises if the file is none.",
        "Two jobs are at work.",
        "Interrupted jobs are done\nagain.",
    ],
)
def test_words_are_found(faults, fault):
    (found,) = faults("page.md", f"{CLEAN}\n\n{fault}\n")
    assert found.startswith("page.md:3: '")
    assert "': better " in found


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("page.md", f"# Title\n\n{CLEAN}\n\n- {CLEAN}\n- {LONG}.\n", 6),
        ("docstring.py", f'"""{CLEAN}\n\n{CLEAN}\n{LONG}.\n"""\n', 4),
        ("arguments.py", f'def f(x):\n    """{CLEAN}\n\n    Args:\n        x: one.\n        y: {LONG}.\n    """\n', 6),
        ("attribute.py", f'LIMIT = 3\n"""{LONG}."""\n', 2),
        ("comment.py", f"x = 1\n# {CLEAN}\n# {LONG[:80]}\n# {LONG[80:]}\n", 3),
        ("message.py", f'raise ValueError(\n    f"{LONG[5:]} {{x}}."\n)\n', 2),
        ("comment.cpp", f"int x;\n// {CLEAN}\n// {LONG[:80]}\n// {LONG[80:]}\n", 3),
        ("trailing.hpp", f"int x;  // {CLEAN}\nint y;  // {LONG}\n", 2),
        ("block.h", f"int x;\n/* {CLEAN}\n * {LONG}. */\n", 3),
        ("message.hpp", f'void f() {{\n  fail("{LONG[:80]}"\n       "{LONG[80:]}");\n}}\n', 2),
    ],
)
def test_long_sentences_are_found_where_they_begin(faults, name, text, line):
    found = faults(name, text)[-1]  # the mean may be too long, too
    assert found == f"{name}:{line}: 'word word word word word word ...': 36 words, at most 35"


def test_the_mean_is_that_of_a_folder(faults):
    sentence = " ".join(["word"] * 19)
    assert faults("page.md", f"{sentence}. {sentence}.") == [".:0: 19.0 words in the mean sentence, at most 18"]
    assert not faults("page.md", f"{sentence}. {sentence}. {CLEAN}")


def test_trailing_comments_stand_alone(faults):
    words = " ".join(["word"] * 20)
    assert not faults("page.cpp", f"// {CLEAN}\n// {CLEAN}\nint x;  // {words}\nint y;  // {words}\n")


@pytest.mark.parametrize(
    "text",
    [
        CLEAN,
        f"{CLEAN}\n\n```console\n$ {LONG} beside\n```\n\n{CLEAN}",
        f"{CLEAN}\n\n$$\n{LONG}\n$$\n\n{CLEAN}",
        f"| column | {LONG} |\n|---|---|\n| cell | {LONG} |\n",
        f"The message is `{LONG} beside`, and it is clear.",
        f'The message is "{LONG} beside", and it is clear.',
        f"See [the page](https://example.org/{'beside/' * 40}) for more.",
        "There is none. If x is None, there are none.",
    ],
)
def test_what_is_clean_or_no_prose_passes(faults, text):
    assert not faults("page.md", text + "\n")


def test_statistics_and_exit_code(faults, capsys):
    faults("page.md", "One two three four. One two three four five six.")
    prose.check([Path("page.md")], statistics=True)
    assert capsys.readouterr().out == ".: 2 sentences, mean 5.0 words, longest 6\n"
