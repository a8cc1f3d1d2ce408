"""Which source files a result depends on, read off the imports, so that only what changed is computed again."""

import ast
import hashlib
from functools import cache
from pathlib import Path

import laminet

ROOT = Path(laminet.__file__).parent
NATIVE = {"laminet._native": False, "laminet._dissection": True}
"""Compiled modules, and whether they are made of the dissection's files or of all others."""
ASSETS = (".css", ".html", ".js")


def sources(*modules: str) -> list[Path]:
    """Files of the named laminet modules and of every laminet module they import, directly or not, sorted.

    Styles, scripts and templates belong to the modules they lie beside.

    The package's own `__init__` is left out: it holds only the version and the public names.

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
        inside = path.relative_to(ROOT if path.is_relative_to(ROOT) else ROOT.parents[1])
        content.update(f"{inside.as_posix()}\0{path.stat().st_size}\0".encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def _file(module: str) -> Path | None:
    """File of a module; None for the package itself."""
    parts = module.split(".")[1:]
    if not parts:
        return None
    for candidate in (ROOT.joinpath(*parts).with_suffix(".py"), ROOT.joinpath(*parts, "__init__.py")):
        if candidate.is_file():
            return candidate
    raise ModuleNotFoundError(module)


def _native_files(module: str) -> list[Path]:
    """Sources of a compiled module where they are at hand, else the module itself."""
    checkout = ROOT.parents[1]
    code = [path for path in checkout.glob("native/*.?pp") if path.stem.startswith("dissection") == NATIVE[module]]
    sources = [*code, *checkout.glob("CMakeLists.txt")]
    return sources or list(ROOT.glob(f"{module.rpartition('.')[2]}*"))


def _imports(path: Path) -> list[str]:
    """laminet modules that a file imports, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.split(".")[0] == "laminet"]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "laminet":
            names.append(node.module)
            names += [full for alias in node.names if (full := f"{node.module}.{alias.name}") in NATIVE]
            for alias in node.names:  # `from laminet.files import netcdf` names a module, `import write` does not
                try:
                    _file(f"{node.module}.{alias.name}")
                except ModuleNotFoundError:
                    continue
                names.append(f"{node.module}.{alias.name}")
    return names
