"""Which source files a result depends on, read off the imports, so that only what changed is computed again.

What cannot change a result does not count: comments, docstrings, layout, and the modules that only word messages.
"""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

import laminet
import laminet_study

PACKAGES = {package.__name__: Path(str(package.__file__)).parent for package in (laminet, laminet_study)}
NATIVE = {
    "laminet._native": ("native.cpp", "curves.cpp", "online.cpp", "training.cpp"),
    "laminet._dissection": ("dissection.cpp",),
    "laminet._voxels": ("voxels.cpp",),
    "laminet._umat": ("user_materials.cpp",),
}
"""Compiled modules and the files of native/bindings that make them, with all that these include."""
ASSETS = (".css", ".html", ".js", ".md", ".yaml")
MESSAGES = ("laminet.errors", "laminet.progress")
"""Modules that say something to the user and change no result."""

CPP = re.compile(
    r"""(?P<kept>R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'|\n)"""
    r"""|//[^\n]*|/\*.*?\*/|\\\n|[^\S\n]+""",
    re.DOTALL,
)
"""Texts and ends of lines of C++ are kept; comments, continued lines and spaces are not."""

CMAKE = re.compile(
    r"""(?P<kept>\[(?P<mark>=*)\[.*?\](?P=mark)\]|"(?:\\.|[^"\\])*")|(?:#\[(=*)\[.*?\]\3\]|#[^\n]*|\s+)+""",
    re.DOTALL,
)
"""Texts of CMake are kept; comments and spaces, several at once, are one space."""


def sources(*modules: str) -> list[Path]:
    """Files of the named modules and of every module of both packages that they import, directly or not, sorted.

    Styles, scripts, templates and tables belong to the modules in their folder.

    The packages' own `__init__` are left out: they hold only the version and the public names. So are MESSAGES.

    Raises:
        ModuleNotFoundError: no such module.
    """
    files: dict[str, list[Path]] = {}
    waiting = list(modules)
    while waiting:
        if (module := waiting.pop()) not in files:
            files[module] = _files(module)
            waiting += [name for path in files[module] if path.suffix == ".py" for name in _imports(path)]
    if unknown := [module for module in modules if not files[module]]:
        raise ModuleNotFoundError(unknown[0])
    return sorted({path for of_module in files.values() for path in of_module})


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
        return ast.unparse(_Computation().visit(ast.parse(path.read_bytes()))).encode()
    if path.suffix in (".cpp", ".hpp"):
        lines = CPP.sub(lambda match: match["kept"] or "", path.read_text(encoding="utf-8")).split("\n")
        return "".join(f"\n{line}\n" if line.startswith("#") else line for line in lines).encode()  # a directive
    if path.name == "CMakeLists.txt":
        return CMAKE.sub(lambda match: match["kept"] or " ", path.read_text(encoding="utf-8")).strip().encode()
    return path.read_bytes()


class _Computation(ast.NodeTransformer):
    """Leaves docstrings, also those of names, and meanings of settings out of a syntax tree."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if _is_text(node.value) else self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
            node.slice.elts = [each for each in node.slice.elts if not _is_text(each)]
        return self.generic_visit(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _files(module: str) -> list[Path]:
    """Files of a module; none of a package itself, of MESSAGES, and of a name that is not one of our modules."""
    if module in NATIVE:
        return _native_files(module)
    package, *parts = module.split(".")
    if parts and package in PACKAGES and module not in MESSAGES:
        place = PACKAGES[package].joinpath(*parts)
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return [path, *(other for other in path.parent.iterdir() if other.suffix in ASSETS)]
    return []


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
    """Names that a file imports, modules and others, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
