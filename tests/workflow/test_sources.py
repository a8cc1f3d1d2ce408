"""A result depends on exactly the source files that its computation imports."""

import os

from laminet_study import sources as source_module
from laminet_study.sources import PACKAGES, fingerprint, sources

ROOT = PACKAGES["laminet"].parent


def names(*modules: str) -> set[str]:
    return {os.path.relpath(path, ROOT) for path in sources(*modules)}


def test_sources_follow_imports():
    found = names("laminet.network.tree")
    assert {
        f"laminet/{name}.py" for name in ("network/tree", "network/parameters", "mandel", "files/netcdf", "errors")
    } <= found


def test_stages_do_not_depend_on_later_ones():
    for module in (
        "laminet.cells.fibres.homogenisation",
        "laminet.cells.fibres.reference",
        "laminet.training.run",
        "laminet.online.evaluation",
    ):
        assert not any(path.startswith(("laminet_study/", "laminet/cli/")) for path in names(module)), module
    assert not any(path.startswith(("laminet/cells/", "laminet/online/")) for path in names("laminet.training.run"))
    assert not any(
        path.startswith(("laminet/cells/", "laminet/training/")) for path in names("laminet.online.evaluation")
    )
    assert not any(
        path.startswith(("laminet/network/", "laminet/training/", "laminet/online/"))
        for path in names("laminet.cells.fibres.reference")
    )


def compiled(module: str) -> set[str]:
    return {os.path.basename(path) for path in names(module) if path.endswith(("pp", "CMakeLists.txt"))}


def test_native_code_is_a_source_of_what_runs_it_only():
    networks = {path.name for path in (ROOT.parent / "native").glob("*.?pp")} | {"CMakeLists.txt"}
    solver = {"dissection.cpp", "dissection.hpp", "dissection_bindings.cpp"}
    assert {*solver, "network.cpp", "block.hpp"} <= networks
    for module in ("laminet.training.run", "laminet.online.evaluation"):
        assert compiled(module) == networks - solver, module
    for module in (
        "laminet.cells.fibres.cell",
        "laminet.cells.fibres.homogenisation",
        "laminet.cells.fibres.reference",
    ):
        assert compiled(module) == {*solver, "CMakeLists.txt"}, module
    assert not compiled("laminet_study.datasets")
    assert not (networks - solver - {"CMakeLists.txt"}) & compiled("laminet_study.figures")  # they draw the cell


def test_plotting_is_a_source_of_figures_only():
    plotting = {path for path in names("laminet_study.figures") if path.startswith("laminet_study/figures/")}
    assert plotting
    stages = (
        "laminet.cells.fibres.cell",
        "laminet.training.run",
        "laminet.online.evaluation",
        "laminet_study.datasets",
    )
    for module in (*stages, "laminet_study.claims"):
        assert not plotting & names(module), module


def test_claims_depend_on_all_their_rules():
    found = {path.removeprefix("laminet_study/claims/") for path in names("laminet_study.claims") if "/claims/" in path}
    assert found == {path.name for path in (ROOT / "laminet_study/claims").glob("*.py")}


def test_fingerprint_follows_content_not_dates(tmp_path, monkeypatch):
    for name in ("a", "b"):
        root = tmp_path / name / "src" / "laminet"
        root.mkdir(parents=True)
        (root / "part.py").write_text("VALUE = 1\n")
        monkeypatch.setattr(source_module, "PACKAGES", {"laminet": root})
        fingerprint.cache_clear()
        if name == "a":
            first = fingerprint("laminet.part")
        assert fingerprint("laminet.part") == first, "the same sources elsewhere"
    (root / "part.py").write_text("VALUE = 2\n")
    fingerprint.cache_clear()
    assert fingerprint("laminet.part") != first
    fingerprint.cache_clear()
