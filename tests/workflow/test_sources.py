"""A result depends on exactly the source files that its computation imports."""

import os

from laminet.study import sources as source_module
from laminet.study.sources import ROOT, fingerprint, sources


def names(*modules: str) -> set[str]:
    return {os.path.relpath(path, ROOT) for path in sources(*modules)}


def test_sources_follow_imports():
    found = names("laminet.network.tree")
    assert {"network/tree.py", "network/parameters.py", "mandel.py", "data/netcdf.py", "errors.py"} <= found


def test_stages_do_not_depend_on_later_ones():
    for module in ("laminet.rve.elastic", "laminet.rve.reference", "laminet.offline.run", "laminet.online.evaluation"):
        assert not any(path.startswith("study/") or path.startswith("cli/") for path in names(module)), module
    assert not any(path.startswith(("rve/", "online/")) for path in names("laminet.offline.run"))
    assert not any(path.startswith(("rve/", "offline/")) for path in names("laminet.online.evaluation"))
    assert not any(path.startswith(("network/", "offline/", "online/")) for path in names("laminet.rve.reference"))


def test_native_code_is_a_source_of_training_only():
    native = {path for path in names("laminet.offline.run") if path.endswith(("pp", "CMakeLists.txt"))}
    assert {os.path.basename(path) for path in native} >= {"CMakeLists.txt", "network.cpp", "block.hpp"}
    for module in ("laminet.rve.cell", "laminet.study.datasets", "laminet.study.figures"):
        assert not native & names(module), module


def test_plotting_is_a_source_of_figures_only():
    plotting = {path for path in names("laminet.study.figures") if path.startswith("study/figures/")}
    assert plotting
    stages = ("laminet.rve.cell", "laminet.offline.run", "laminet.online.evaluation", "laminet.study.datasets")
    for module in (*stages, "laminet.study.claims"):
        assert not plotting & names(module), module


def test_claims_depend_on_all_their_rules():
    found = {path.removeprefix("study/claims/") for path in names("laminet.study.claims") if "/claims/" in path}
    assert found == {path.name for path in (ROOT / "study/claims").glob("*.py")}


def test_fingerprint_follows_content_not_dates(tmp_path, monkeypatch):
    for name in ("a", "b"):
        root = tmp_path / name / "src" / "laminet"
        root.mkdir(parents=True)
        (root / "part.py").write_text("VALUE = 1\n")
        monkeypatch.setattr(source_module, "ROOT", root)
        fingerprint.cache_clear()
        if name == "a":
            first = fingerprint("laminet.part")
        assert fingerprint("laminet.part") == first, "the same sources elsewhere"
    (root / "part.py").write_text("VALUE = 2\n")
    fingerprint.cache_clear()
    assert fingerprint("laminet.part") != first
    fingerprint.cache_clear()
