"""A result depends on exactly the source files that its computation imports."""

import os
import tempfile
from pathlib import Path

import pytest

from laminet_study import sources as source_module
from laminet_study.sources import PACKAGES, fingerprint, sources

ROOT = PACKAGES["laminet"].parent


def names(*modules: str) -> set[str]:
    return {os.path.relpath(path, ROOT) for path in sources(*modules)}


def test_sources_follow_imports():
    found = names("laminet.network.tree")
    modules = ("network/tree", "files/network", "mandel", "files/netcdf")
    assert {f"laminet/{name}.py" for name in modules} <= found


def test_stages_do_not_depend_on_later_ones():
    for module in (
        "laminet.cells.fibres.homogenisation",
        "laminet.cells.fibres.reference",
        "laminet.training.loop",
        "laminet.online.evaluation",
    ):
        assert not any(path.startswith(("laminet_study/", "laminet/cli/")) for path in names(module)), module
    assert not any(path.startswith(("laminet/cells/", "laminet/online/")) for path in names("laminet.training.loop"))
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
    native = {path.name for path in (ROOT.parent / "native").rglob("*.?pp")} | {"CMakeLists.txt"}
    solver = {"dissection.cpp", "dissection.hpp"}
    shared = {"arrays.hpp", "errors.hpp", "CMakeLists.txt"}
    user_materials = {"user_materials.cpp", "user_material.cpp", "user_material.hpp", "host.cpp", "host.hpp"}
    for_any_processor = {"processor.cpp", "features.cpp", "features.hpp", "needs.cpp"}
    voxels = {"voxels.cpp", "voxels.hpp", "voxel_points.hpp", "voxel_vectors.hpp"}
    outside = {"c_interface.cpp", "entry.cpp", "kernels.hpp", "umat.cpp"}
    networks = native - solver - voxels - for_any_processor - user_materials - outside
    assert {"network.hpp", "block.hpp", "j2.hpp", *shared} <= networks
    for module in ("laminet.training.loop", "laminet.online.evaluation"):
        assert compiled(module) == networks, module
    for module in (
        "laminet.cells.fibres.cell",
        "laminet.cells.fibres.homogenisation",
        "laminet.cells.fibres.reference",
    ):
        assert compiled(module) == solver | shared, module
    assert voxels < compiled("laminet.cells.voxels.system")
    assert not compiled("laminet_study.datasets")
    assert not (networks - shared) & compiled("laminet_study.figures")  # they draw the cell


def test_plotting_is_a_source_of_figures_only():
    plotting = {path for path in names("laminet_study.figures") if path.startswith("laminet_study/figures/")}
    assert plotting
    stages = (
        "laminet.cells.fibres.cell",
        "laminet.training.loop",
        "laminet.online.evaluation",
        "laminet_study.datasets",
    )
    for module in (*stages, "laminet_study.claims"):
        assert not plotting & names(module), module


def test_claims_depend_on_all_their_rules():
    found = {path.removeprefix("laminet_study/claims/") for path in names("laminet_study.claims") if "/claims/" in path}
    assert found == {path.name for path in (ROOT / "laminet_study/claims").iterdir() if path.suffix in (".py", ".yaml")}


@pytest.fixture
def fingerprint_of(tmp_path, monkeypatch):
    """Fingerprint of a module `laminet.part` in a checkout of its own, made of the contents of its files."""

    def make(**contents: str) -> str:
        root = Path(tempfile.mkdtemp(dir=tmp_path)) / "src" / "laminet"
        for name in ("src/laminet", "native/bindings"):
            (root.parents[1] / name).mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (root.parents[1] / FILES[name]).write_text(content)
        monkeypatch.setattr(source_module, "PACKAGES", {"laminet": root})
        fingerprint.cache_clear()
        return fingerprint("laminet.part")

    yield make
    fingerprint.cache_clear()


FILES = {
    "part": "src/laminet/part.py",
    "errors": "src/laminet/errors.py",
    "progress": "src/laminet/progress.py",
    "other": "src/laminet/other.py",
    "native": "native/bindings/native.cpp",
    "cmake": "CMakeLists.txt",
}


def test_fingerprint_follows_content_not_the_place(fingerprint_of):
    assert fingerprint_of(part="VALUE = 1\n") == fingerprint_of(part="VALUE = 1\n")
    assert fingerprint_of(part="VALUE = 1\n") != fingerprint_of(part="VALUE = 2\n")


PYTHON = """from laminet import errors

def area(width: float, height=1.0):
    if width < 0:
        raise errors.InputError(f"{width}: negative")
    return [width * height, "# no comment"]
"""


@pytest.mark.parametrize(
    "same",
    [
        PYTHON + "# a comment\n\n",
        '"""What the module is."""\n' + PYTHON,
        PYTHON.replace("1.0):", '1.0):\n    """The area."""'),
        PYTHON.replace("1.0):", "1.0):  # a comment\n"),
        PYTHON.replace("[width * height, ", "[\n        (width*height),\n        "),
        PYTHON.replace('"# no comment"', "'# no comment'"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(fingerprint_of, same):
    others = {"errors": "class InputError(Exception): ...\n"}
    assert same != PYTHON
    assert fingerprint_of(part=same, **others) == fingerprint_of(part=PYTHON, **others)


@pytest.mark.parametrize(
    ("old", "new"),
    [("< 0", "<= 0"), ("# no comment", "#  no comment"), ("1.0", "1"), ("    return", "        return"), ("+", "-")],
)
def test_code_counts(fingerprint_of, old, new):
    text = PYTHON.replace("width * height", "width + height")
    others = {"errors": "class InputError(Exception): ...\n"}
    assert old in text
    assert fingerprint_of(part=text.replace(old, new), **others) != fingerprint_of(part=text, **others)


SETTING = 'width: Annotated[float, Limits(0, 1), "of the cell"] = 0.5\n'


@pytest.mark.parametrize(
    ("old", "new", "same"), [("of the", "of a", True), ("0, 1", "0, 2", False), ("0.5", "1", False)]
)
def test_what_a_setting_means_does_not_count_and_what_it_takes_does(fingerprint_of, old, new, same):
    assert (fingerprint_of(part=SETTING) == fingerprint_of(part=SETTING.replace(old, new))) == same


def test_modules_that_only_word_messages_do_not_count(fingerprint_of):
    part = "from laminet import errors, other, progress\n"
    base = {"errors": "WORD = 1\n", "progress": "WIDTH = 1\n", "other": "VALUE = 1\n"}
    assert fingerprint_of(part=part, **base) == fingerprint_of(
        part=part, **base | {"errors": "WORD = 2\n", "progress": "WIDTH = 2\n"}
    )
    assert fingerprint_of(part=part, **base) != fingerprint_of(part=part, **base | {"other": "VALUE = 2\n"})


NATIVE = r"""#pragma once
#define TWICE(x) (2 * (x))
#define LONG 1'000'000
inline double half(double x) { return x / 2 + TWICE(x); }
const char *text = "// no comment", quote = '"', *raw = R"(a /* b)";
"""


@pytest.mark.parametrize(
    "same",
    [
        "// a comment\n" + NATIVE,
        NATIVE.replace("(2 * (x))", "(2 * /* of\n two lines */ (x)) // more"),
        NATIVE.replace("(2 * (x))", "\\\n    (2*(x))"),
        NATIVE.replace("{ return x / 2 + TWICE(x); }", "{\n  return x/2 + TWICE( x );\n}"),
        NATIVE.replace("x / 2 +", "x / // half\n 2 +"),
    ],
)
def test_comments_and_layout_of_native_code_do_not_count(fingerprint_of, same):
    assert same != NATIVE
    part = "import laminet._native\n"
    assert fingerprint_of(part=part, native=same) == fingerprint_of(part=part, native=NATIVE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("// no", "//  no"),
        ("/* b", "/*  b"),
        ("x / 2", "x / 3"),
        ("TWICE(x) (2", "TWICE(x)\n(2"),
        ("1'000'000", "1'000'001"),
        ("'\"'", "' '"),
    ],
)
def test_native_code_counts(fingerprint_of, old, new):
    assert old in NATIVE
    part = "import laminet._native\n"
    assert fingerprint_of(part=part, native=NATIVE.replace(old, new)) != fingerprint_of(part=part, native=NATIVE)


def test_build_options_count_and_their_comments_do_not(fingerprint_of):
    part, cmake = "import laminet._native\n", 'set(FLAGS "-O3 #1")\n'
    base = fingerprint_of(part=part, cmake=cmake)
    assert fingerprint_of(part=part, cmake=f"# flags\n#[[ more\n]]{cmake.replace(' ', '  ', 1)}") == base
    for other in ('set(FLAGS "-O2 #1")', 'set(FLAGS "-O3 #2")', 'set(FLAGS "-O3  #1")'):
        assert fingerprint_of(part=part, cmake=other) != base
