"""Check the English of documentation, docstrings, comments and messages: length of sentences, and a list of words.

python tools/prose.py                     check all folders and files of PATHS; the exit code is 1 if there is a fault
python tools/prose.py src docs/usage.md   check these only
python tools/prose.py --statistics        print the number, mean and largest length of sentences by folder as well

Code, equations, quotations and the addresses of links count as one word or not at all. Headings, tables and lists of
commands hold no sentences; only their words are checked.
"""

import argparse
import ast
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tokenize import generate_tokens

from prose_words import WORDS

PATHS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "examples", "src", "tools", "benchmarks", "native")
LEFT_OUT = ("docs/gallery/", "/build/", "tools/prose_words.py")
LONGEST, MEAN, SHORTEST = 35, 18, 4
"""Words: at most in a sentence, at most in the mean sentence of a folder, at least in what counts as a sentence."""

CHECKS = [(re.compile(rf"\b(?:{old})\b".replace(" ", r"\s+"), re.IGNORECASE), new) for old, new in WORDS.items()]

NOT_PROSE = r"^([ \t]*)(`{3,}|~{3,}|\$\$).*?^\1\2`*|<!--.*?-->|<(style|script|svg|pre)\b.*?</\3>|</?\w[^<>]*>"
WITHIN = r"(?:(?!\n\s*\n).)+?"
ONE_WORD = rf"``{WITHIN}``|`{WITHIN}`|\"{WITHIN}\"|“{WITHIN}”|\$[^$\n]+\$|<?https?://[^\s)>]+>?"
LINK = r"\[([^\]]*)\](?:\([^)\s]*\)|\[[^\]]*\])"
FORMULA = r"\S+(?:\s+(?:[-=+*/@^<>~≈±·]|[<>]=)\s+\S*[^\s.,;:)])+"
ABBREVIATION = r"\b(e\.g|i\.e|Eqs?|Figs?|Sec|No|al|cf|ca|vs)\.(?=\s)"
SENTENCE = re.compile(r"\S(?:.*?[.!?](?=[)\]'*_]*(?:\s|$))|.*$)", re.DOTALL)
WORD = re.compile(r"\w[\w'.,/-]*")

SECTION = r"(?:Args|Attributes|Raises|Returns|Yields):"
MARK = r"(?:[-*+]|\d+[.)]) "
ALONE = rf"\||#|!!!|===|\?\?\?|\[\^?\w+\]:|\$ |[^\s=]+ = |.*\S {{2,}}\S|{SECTION}$"
"""Rows that hold no sentence: cells, headings, commands, equations, listings and the names of sections."""

Block = tuple[int, str, bool]  # line, text, and whether it holds sentences


def _blank(pattern: str, text: str, word: str = "") -> str:
    return re.sub(pattern, lambda match: word + "\n" * match[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL)


def blocks(text: str, line: int = 1) -> Iterator[Block]:
    """Paragraphs, items and other rows of a text in Markdown, or of a docstring, that begins at `line`."""
    text = re.sub(LINK, r"\1", _blank(ONE_WORD, _blank(NOT_PROSE, text), "CODE"))
    text = re.sub(ABBREVIATION, r"\1", text.replace("...", "…"))
    start, rows, section = line, list[str](), 99
    for number, row in enumerate([*text.split("\n"), ""], line):
        words, indent = row.strip(" >\t"), len(row) - len(row.lstrip())
        section = indent if re.fullmatch(SECTION, words) else section if indent > section or not words else 99
        label = re.match(rf"{MARK}|[*\w, ]+: " if indent == section + 4 else MARK, words)
        alone = re.match(ALONE, words)
        if (not words or label or alone) and rows:
            yield start, "\n".join(rows), True
            rows = []
        if alone:
            yield number, words, False
        elif words:
            start = start if rows else number
            rows.append(words[label.end() :] if label else words)


def python(text: str) -> Iterator[Block]:
    """Docstrings, comments, and strings that read like sentences."""
    nodes = list(ast.walk(ast.parse(text)))
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    parts = {part for node in formatted for value in node.values for part in ast.walk(value)}
    for node in formatted:
        values = [value.value if isinstance(value, ast.Constant) else "CODE" for value in node.values]
        yield from _message("".join(map(str, values)), node.lineno)
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            yield from (blocks if node in docstrings else _message)(node.value, node.lineno)
    tokens = generate_tokens(io.StringIO(text).readline)
    comments = [(token.start, token.string.lstrip("#!: ")) for token in tokens if token.string[:1] == "#"]
    yield from _comments(comments, text.split("\n"))


def c(text: str) -> Iterator[Block]:
    """Comments, and strings that read like sentences, in C and C++."""
    comments = []
    for match in re.finditer(r'//[^\n]*|/\*.*?\*/|(?:"(?:\\.|[^"\\\n])*"\s*)+', text, re.DOTALL):
        line, column = text.count("\n", 0, match.start()) + 1, match.start() - text.rfind("\n", 0, match.start()) - 1
        if match[0].startswith("//"):
            comments.append(((line, column), match[0].strip("/ ")))
        elif match[0].startswith("/*"):
            yield from blocks(re.sub(r"(?m)^\s*\*", "", match[0].strip("/*")), line)
        else:
            yield from _message(re.sub(r'"\s*"', "", match[0]).strip('"\n '), line)
    yield from _comments(comments, text.split("\n"))


def _message(text: str, line: int) -> Iterator[Block]:
    if len(re.findall(r"[a-z]{2,}", text)) >= SHORTEST and " " in text.strip() and not re.search(r"[{}<]|\n\n", text):
        yield from ((line, words, counted) for _, words, counted in blocks(text, line))


def _comments(comments: list[tuple[tuple[int, int], str]], rows: list[str]) -> Iterator[Block]:
    """Comments; those that fill consecutive rows of one column are joined."""
    while comments:
        line, column = comments[0][0]
        count = next((n for n, (place, _) in enumerate(comments) if place != (line + n, column)), len(comments))
        count = 1 if rows[line - 1][:column].strip() else count
        yield from blocks("\n".join(words for _, words in comments[:count]), line)
        comments = comments[count:]


READERS = {".md": blocks, ".py": python} | dict.fromkeys((".c", ".h", ".cpp", ".hpp"), c)


def check(paths: Sequence[Path], statistics: bool = False) -> list[str]:
    """One line for every fault; the statistics are printed."""
    faults, lengths = list[tuple[Path, int, str]](), dict[Path, list[int]]()
    for file in [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]:
        known = file.suffix in READERS and not any(part in file.as_posix() for part in LEFT_OUT)
        for line, text, counted in READERS[file.suffix](file.read_text(encoding="utf-8")) if known else ():
            text = _blank(FORMULA, text, "FORMULA")
            matches = [(match, better) for pattern, better in CHECKS for match in pattern.finditer(text)]
            found = [(match.start(), f"'{' '.join(match[0].split())}': better {better}") for match, better in matches]
            for match in SENTENCE.finditer(text) if counted else ():
                words = WORD.findall(match[0])
                if len(words) >= SHORTEST:
                    lengths.setdefault(file.parent, []).append(len(words))
                if len(words) > LONGEST:
                    found.append((match.start(), f"'{' '.join(words[:6])} ...': {len(words)} words, at most {LONGEST}"))
            faults += [(file, line + text.count("\n", 0, start), fault) for start, fault in found]
    for folder, numbers in sorted(lengths.items()):
        mean = sum(numbers) / len(numbers)
        if mean > MEAN:
            faults.append((folder, 0, f"{mean:.1f} words in the mean sentence, at most {MEAN}"))
        if statistics:
            print(f"{folder}: {len(numbers)} sentences, mean {mean:.1f} words, longest {max(numbers)}")
    return [f"{path}:{line}: {fault}" for path, line, fault in sorted(faults)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path(name) for name in PATHS])
    parser.add_argument("--statistics", action="store_true")
    faults = check(**vars(parser.parse_args()))
    print(*faults, sep="\n", end="\n" * bool(faults))
    raise SystemExit(bool(faults))
