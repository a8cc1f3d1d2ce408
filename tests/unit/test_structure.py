"""The packages import one way only: down the layers, in no circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"

LAYERS = (
    {"errors", "progress"},
    {"source", "settings", "components", "numeric"},
    {"mandel", "yaml_files"},
    {"materials"},
    {"loading"},
    {"files"},
    {"cells", "network"},
    {"online"},
    {"training"},
    {"plots"},
    {"api", "info", "tables", "c_interface"},
    {"cli"},
)
"""Parts of the package `laminet` from the bottom up: each may import itself and what stands in lower layers."""

LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}


def module(path: Path) -> str:
    """Dotted name of a source file."""
    parts = path.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in SOURCES.rglob("*.py")}


def imports(name: str) -> set[str]:
    """Modules of both packages that a module imports, wherever in the file the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            names |= {str(node.module)} if any(f"{node.module}.{a.name}" not in MODULES for a in node.names) else set()
    return {entry for entry in names if entry in MODULES and entry != name}


GRAPH = {name: imports(name) for name in MODULES}


def part(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("laminet.")])
def test_imports_point_down_the_layers(name):
    if part(name) == "__main__":
        return
    for imported in GRAPH[name] - {"laminet"}:
        assert not imported.startswith("laminet_study"), f"{name} imports {imported}"
        if part(imported) != part(name):
            assert LEVEL[part(imported)] < LEVEL[part(name)], f"{name} imports {imported}"


def test_no_modules_import_each_other_in_a_circle():
    # `laminet` itself is left out: everything reads its version, and it offers what api offers.
    graph = {name: found - {"laminet"} for name, found in GRAPH.items() if name != "laminet"}
    assert list(TopologicalSorter(graph).static_order())
