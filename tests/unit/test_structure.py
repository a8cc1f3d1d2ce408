"""The packages import one way only: down the layers, in no circle."""

import ast
import sys
from graphlib import TopologicalSorter
from itertools import groupby
from pathlib import Path
from types import FrameType

import elastic_datasets
import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.files import netcdf
from laminet.materials.sampling import Sampling, sample_phases
from laminet.training.data import ElasticData, Samples

SOURCES = Path(__file__).parents[2] / "src"

LAYERS = (
    {"errors", "progress"},
    {"source", "settings", "components", "units", "numeric", "cores", "processor"},
    {"mandel", "yaml_files", "_native", "_voxels"},
    {"materials"},
    {"loading"},
    {"files"},
    {"cells", "network"},
    {"online"},
    {"training"},
    {"plots"},
    {"api", "info", "tables", "c_interface"},
    {"outcome"},
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


CHECKS = ("laminet.errors", "laminet.numeric", "laminet.settings", "laminet.source", "laminet.materials.stiffness")
"""Modules that look at what they are given and hand nothing on; so does `netcdf.require`."""


class Way:
    """Modules whose functions are given a file or the elastic data in it, in order, each with that of the caller."""

    def __init__(self, path: Path):
        self.path = path
        self.steps: list[tuple[str, str]] = []

    def is_data(self, value: object) -> bool:
        """Whether a value is the file, its dataset or its samples."""
        if isinstance(value, str | Path):
            return Path(value) == self.path
        return isinstance(value, ElasticData | Samples) or (isinstance(value, xr.Dataset) and "stiffness" in value)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call, as a profile function."""
        name, code = frame.f_globals.get("__name__", ""), frame.f_code
        if event != "call" or not name.startswith("laminet.") or name in CHECKS or code.co_name == "require":
            return
        arguments = (frame.f_locals.get(each) for each in code.co_varnames[: code.co_argcount] if each != "self")
        if any(map(self.is_data, arguments)):
            self.steps.append((name, frame.f_back.f_globals.get("__name__", "")))


@pytest.mark.filterwarnings("ignore::laminet.errors.LaminetWarning")
@pytest.mark.parametrize("with_notation", [True, False])
@pytest.mark.parametrize("backend", ["native", "torch"])
def test_data_meet_each_module_once_on_their_way_to_the_backend(tmp_path, backend, with_notation):
    """From a file through `laminet.train`: read, checked, looked at, taken, trained on; handed to lower layers only."""
    phases = sample_phases(12, 0, 0, Sampling(contrast=1.0))
    samples = Samples(np.stack(phases, axis=1), 0.5 * sum(phases))
    data, path = elastic_datasets.dataset(ElasticData(samples, samples)), tmp_path / "elastic.nc"
    data = data if with_notation else data.drop_attrs(deep=False)
    netcdf.write(data, path, content="elastic", parameters={})
    way, options = Way(path), {"depth": 1, "epochs": 1, "backend": backend}
    laminet.train(path, **options)  # what is imported on the way is imported now
    sys.setprofile(way)
    try:
        laminet.train(path, **options)
    finally:
        sys.setprofile(None)
    met = [name for name, _ in groupby(name for name, _ in way.steps)]
    files = ["foreign", "netcdf", "elastic", *["plausibility"] * (not with_notation)]
    last = [f"training.{name}" for name in ("data", "loop", f"{backend}_backend")]
    assert met == [f"laminet.{name}" for name in ("api.training", *(f"files.{name}" for name in files), *last)]
    for name, caller in way.steps:
        if part(caller) in LEVEL and part(name) != part(caller):
            assert LEVEL[part(name)] < LEVEL[part(caller)], f"{caller} hands data up to {name}"
