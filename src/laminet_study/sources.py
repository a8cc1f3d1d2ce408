"""Which source files a result depends on, read off the imports, so that only what changed is computed again."""

import ast
import hashlib
from functools import cache
from pathlib import Path

import laminet
import laminet_study

PACKAGES = {package.__name__: Path(package.__path__[0]) for package in (laminet, laminet_study)}
NATIVE = {"laminet._native": False, "laminet._dissection": True}
"""Compiled modules, and whether they are made of the dissection's files or of all others."""
ASSETS = (".css", ".html", ".js")


def sources(*modules: str) -> list[Path]:
    """Files of the named modules and of every module of both packages that they import, directly or not, sorted.

    Styles, scripts and templates belong to the modules they lie beside.

    The packages' own `__init__` are left out: they hold only the version and the public names.

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
        path = _file(module)
        if path is None or path in found:
            continue
        found[path] = None
        found.update(dict.fromkeys(other for other in path.parent.iterdir() if other.suffix in ASSETS))
        waiting.extend(_imports(path))
    return sorted(found)


@cache
def fingerprint(*modules: str) -> str:
    """What the sources of modules contain, as 16 hexadecimal digits; dates and the place of the checkout do not count.

    Raises:
        ModuleNotFoundError: no such module.
    """
    content = hashlib.sha256()
    for path in sources(*modules):
        content.update(f"{_place(path)}\0{path.stat().st_size}\0".encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def _place(path: Path) -> str:
    """Where a source lies, whatever folder the packages are in."""
    for name, root in PACKAGES.items():
        if path.is_relative_to(root):
            return f"{name}/{path.relative_to(root).as_posix()}"
    return path.relative_to(PACKAGES["laminet"].parents[1]).as_posix()


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
    code = [path for path in checkout.glob("native/*.?pp") if path.stem.startswith("dissection") == NATIVE[module]]
    sources = [*code, *checkout.glob("CMakeLists.txt")]
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
