"""Which source files a result depends on, read off the imports, so that only what changed is computed again.

What cannot change a result does not count: comments, docstrings, layout, and the modules that only word messages.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import laminet
import laminet_study

PACKAGES = {package.__name__: Path(str(package.__file__)).parent for package in (laminet, laminet_study)}
NATIVE = {
    "laminet._native": ("native.cpp", "online.cpp", "training.cpp"),
    "laminet._dissection": ("dissection.cpp",),
}
"""Compiled modules and the files of native/bindings that make them, with all that these include."""
ASSETS = (".css", ".html", ".js", ".md", ".yaml")
MESSAGES = ("laminet.errors", "laminet.progress")
"""Modules that say something to the user and change no result."""

CPP_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<text>(?:u8|[uUL])?(?:R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'))
    |(?P<line>\n)
    |(?P<space>\\\n|\s)
    |(?P<code>\.?\d(?:[eEpP][+-]|'?[\w.])*|\w+|[-+*/%=<>!&|^:.~]+?(?=//|/\*)|[-+*/%=<>!&|^:.~]+|.)""",
    re.DOTALL | re.VERBOSE,
)
"""A number may hold apostrophes, a text what looks like a comment; operators such as >> stay whole."""

CMAKE_TOKEN = re.compile(
    r"""(?P<text>\[(?P<mark>=*)\[.*?\](?P=mark)\]|"(?:\\.|[^"\\])*")
    |(?P<comment>\#\[(?P<signs>=*)\[.*?\](?P=signs)\]|\#[^\n]*)
    |(?P<space>\s+)
    |(?P<code>[^\s()"\#]+|.)""",
    re.DOTALL | re.VERBOSE,
)


def sources(*modules: str) -> list[Path]:
    """Files of the named modules and of every module of both packages that they import, directly or not, sorted.

    Styles, scripts, templates and tables belong to the modules they lie beside.

    The packages' own `__init__` are left out: they hold only the version and the public names. So are MESSAGES.

    Raises:
        ModuleNotFoundError: no such module.
    """
    found: dict[Path, None] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module in NATIVE:
            found.update(dict.fromkeys(_native_files(module)))
            continue
        path = None if module in MESSAGES else _file(module)
        if path is None or path in found:
            continue
        found[path] = None
        found.update(dict.fromkeys(other for other in path.parent.iterdir() if other.suffix in ASSETS))
        waiting.extend(_imports(path))
    return sorted(found)


@cache
def fingerprint(*modules: str) -> str:
    """What the sources of modules compute, as 16 hexadecimal digits.

    Dates, the place of the checkout, comments, docstrings and layout do not count.

    Raises:
        ModuleNotFoundError: no such module.
    """
    content = hashlib.sha256()
    for path in sources(*modules):
        code = _code(path)
        content.update(f"{_place(path)}\0{len(code)}\0".encode())
        content.update(code)
    return content.hexdigest()[:16]


def _place(path: Path) -> str:
    """Where a source lies, whatever folder the packages are in."""
    for name, root in PACKAGES.items():
        if path.is_relative_to(root):
            return f"{name}/{path.relative_to(root).as_posix()}"
    return path.relative_to(PACKAGES["laminet"].parents[1]).as_posix()


@cache
def _code(path: Path) -> bytes:
    """What a file says to its interpreter or compiler; any other file as it is."""
    if path.suffix == ".py":
        return "\0".join(_syntax(ast.parse(path.read_bytes()))).encode()
    if path.suffix in (".cpp", ".hpp"):
        return "\0".join(_cpp_tokens(path.read_text(encoding="utf-8"))).encode()
    if path.name == "CMakeLists.txt":
        return "\0".join(_tokens(CMAKE_TOKEN, path.read_text(encoding="utf-8"))).encode()
    return path.read_bytes()


def _syntax(node: object) -> Iterator[str]:
    """A syntax tree as words, without docstrings and meanings of settings.

    Not by `ast.dump`: empty fields are left out here, which new versions of Python add and `ast.dump` shows.
    """
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(value, list):
                value = [each for each in value if not _is_docstring(each)]
            if isinstance(value, ast.Subscript) and ast.unparse(value.value) == "Annotated":
                value = _without_meaning(value)
            if value is not None and value != []:
                yield name
                yield from _syntax(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for each in node:
            yield from _syntax(each)
        yield "]"
    else:
        yield repr(node)


def _without_meaning(annotation: ast.Subscript) -> list[ast.expr]:
    """The annotation of a setting without the text that says what it means."""
    notes = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return [note for note in notes if not (isinstance(note, ast.Constant) and isinstance(note.value, str))]


def _is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a text alone: a docstring of a module, class, function or of the name above it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _cpp_tokens(text: str) -> Iterator[str]:
    """Tokens of C++; the end of a line is one where it ends a directive."""
    directive, first = False, True
    for token in _tokens(CPP_TOKEN, text):
        if token == "\n":
            if directive:
                yield token
            directive, first = False, True
            continue
        directive, first = directive or (first and token.startswith("#")), False
        yield token


def _tokens(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (match[0] for match in pattern.finditer(text) if match.lastgroup not in ("comment", "space"))


def _file(module: str) -> Path | None:
    """File of a module; None for a package itself."""
    package, *parts = module.split(".")
    if not parts:
        return None
    root = PACKAGES[package]
    for candidate in (root.joinpath(*parts).with_suffix(".py"), root.joinpath(*parts, "__init__.py")):
        if candidate.is_file():
            return candidate
    raise ModuleNotFoundError(module)


def _native_files(module: str) -> list[Path]:
    """Sources of a compiled module where they are at hand, else the module itself."""
    checkout = PACKAGES["laminet"].parents[1]
    native = checkout / "native"
    code: set[Path] = set()
    waiting = [native / "bindings" / name for name in NATIVE[module]]
    while waiting:
        path = waiting.pop()
        if path in code or not path.is_file():
            continue
        code.add(path)
        included = re.findall(r'^#include "(.+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        waiting += [native / name for header in included for name in (header, header.replace(".hpp", ".cpp"))]
    sources = [*sorted(code), *checkout.glob("CMakeLists.txt")]
    return sources or list(PACKAGES["laminet"].glob(f"{module.rpartition('.')[2]}*"))


def _imports(path: Path) -> list[str]:
    """Modules of both packages that a file imports, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            names.append(node.module)
            names += [full for alias in node.names if (full := f"{node.module}.{alias.name}") in NATIVE]
            for alias in node.names:  # `from laminet.files import netcdf` names a module, `import write` does not
                try:
                    _file(f"{node.module}.{alias.name}")
                except ModuleNotFoundError:
                    continue
                names.append(f"{node.module}.{alias.name}")
    return names
