"""The documentation holds: its commands run, its tables name every key, file, dimension and unit there is."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import console_blocks
import pytest
import xarray as xr
import yaml
from tested_blocks import environment, run

from laminet.materials.library import read_materials
from laminet_study import design
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FILES = {
    "rve": "rve.nc",
    "elastic": "cell.nc",
    "predicted": "predicted.nc",
    "network": "own/network.nc",
    "history": "own/history.nc",
    "reference": "reference.nc",
    "curves": "curves.nc",
    "convergence": "convergence.nc",
    "online": "run/online.nc",
    "study": "depth.nc",
}
"""What the commands of usage.md write, by the headings of files.md."""


def section(text: str, heading: str) -> str:
    """Text under a heading of the second level."""
    return re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """Cells of all table rows but the headings."""
    lines = re.findall(r"^\|.*\|$(?<!-\|)", text, re.MULTILINE)
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if "`" in "".join(row)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A folder in which every tested block of usage.md and the pages of a network's use has been run, in order."""
    return run(("usage.md", "constants.md", "material_law.md", "solvers.md"), tmp_path_factory.mktemp("usage"))


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory) -> Path:
    """The same of the tutorial, and of the page that goes on from there."""
    return run(("tutorial.md", "extend.md"), tmp_path_factory.mktemp("tutorial"))


@pytest.mark.slow
def test_an_image_leads_to_a_network(tmp_path):
    """In five commands, as the page on microstructures says; its curves beside those of the cell."""
    folder = run(["microstructures.md"], tmp_path, least=6)
    with xr.open_dataset(folder / "compared.nc") as compared:
        assert compared["converged"].all()
        assert compared["error"].mean() < 0.2


def test_every_command_of_the_usage_is_one_of_the_program():
    pages = (path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    texts = [block for page in pages for block in re.findall(r"^```.*?^```", page, re.MULTILINE | re.DOTALL)]
    for program, module in (("laminet", "laminet"), ("laminet-study", "laminet_study")):
        known = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True).stdout
        used = {name for text in texts for name in re.findall(rf"^{program} (\w+)", text, re.MULTILINE)}
        assert used == set(re.findall(r"^    (\w+)\b", known, re.MULTILINE)), program


@pytest.mark.slow
def test_a_laminate_of_ones_own_is_learnt(folder):
    """The example with one's own data is worth following: the network finds the laminate."""
    with xr.open_dataset(folder / FILES["predicted"]) as predicted:
        assert predicted["error"].mean() < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("content", FILES)
def test_files_hold_what_their_tables_say(folder, content):
    text = (DOCS / "files.md").read_text(encoding="utf-8")
    table = {row[0].strip("*`"): row[1:3] for row in rows(section(text, content)) if len(row) == 4}
    with xr.open_dataset(folder / FILES[content]) as data:
        assert data.attrs["content"] == content
        optional = set(re.findall(r"\*`(\w+)`\*", section(text, content)))
        assert set(table) - optional <= set(data.variables) <= set(table)
        for name, (dims, units) in table.items():
            if name not in data.variables:
                continue
            assert tuple(dims.strip("`").replace(" ", "").split(",")) == (data[name].dims or ("",)), name
            assert data[name].attrs.get("units", "1") in units.split(" or "), name
        common = [row[0].strip("`") for row in rows(text.split("\n## ", 1)[0])]
        described = set(common) | set(re.findall(r"`(\w+)`", section(text, content)))
        if content in ("history", "online"):
            described |= set(re.findall(r"`(\w+)`", section(text, "network")))
        assert set(common) <= set(data.attrs)
        assert set(data.attrs) <= described


def test_the_materials_example_is_read(tmp_path):
    text = section((DOCS / "files.md").read_text(encoding="utf-8"), "Materials YAML")
    (tmp_path / "materials.yaml").write_text(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1))
    assert list(read_materials(tmp_path / "materials.yaml")) == ["glass"]


def leaves(config: dict, prefix: str = "") -> set[str]:
    """Dotted names of all keys that hold a value; `materials`, `studies`, `variants` and fineness count as one."""
    names = set()
    for key, value in config.items():
        name = f"{prefix}{key}"
        nested = isinstance(value, dict) and value and name not in ("materials", "reference.fineness", "variants")
        names |= leaves(value, f"{name}.") if nested else {name}
    return names


def test_the_choices_name_every_key_of_the_configuration():
    text = section((DOCS / "method.md").read_text(encoding="utf-8"), "Choices")
    named = {key for row in rows(text) for key in re.findall(r"`([a-z_.]+)`", row[2])}
    named |= set(re.findall(r"`([a-z_.]+)`", text.split("Keys that choose only")[1]))
    named |= {"variants", "sensitivity"} & set(re.findall(r"`([a-z]+)`", text))
    assert named == leaves(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")))


def test_links_between_documents_lead_somewhere():
    for document in DOCS.glob("*.md"):
        text = document.read_text(encoding="utf-8")
        for file, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", text):
            target = DOCS / file if file else document
            assert target.is_file(), (document.name, file)
            if not anchor:
                continue
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, anchor


def test_modules_named_in_the_method_exist():
    for module in re.findall(r"`laminet\.([a-z_.]+)`", (DOCS / "method.md").read_text(encoding="utf-8")):
        path = ROOT / "src/laminet" / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


@pytest.mark.slow
def test_the_tutorial_leads_to_a_network_that_predicts(tutorial):
    """What the tutorial prints is worth printing: stiffness to a few percent, curves that are all there."""
    with xr.open_dataset(tutorial / "predicted.nc") as predicted:
        assert predicted["error"].where(predicted["split"] == "validation").mean() < 0.15
    with xr.open_dataset(tutorial / "compared.nc") as compared:
        assert compared["converged"].all()
        assert compared["error"].sel(control="stress").mean() < 0.3
    with xr.open_dataset(tutorial / "mine/network.nc") as network:
        assert network.attrs["samples"] == 50


def test_studies_of_the_documentation_are_valid(tmp_path):
    """Each is merged over config.yaml and checked as the workflow does it."""
    blocks = re.findall(r"```yaml\n# tested\n(.*?)```", (DOCS / "study.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        own = tmp_path / "mine.yaml"
        own.write_text(block, encoding="utf-8")
        design.check(read([ROOT / "config.yaml", own], {}))


def messages() -> list[str]:
    """Every text in the sources, with an ellipsis for what is filled in."""
    found = []
    for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "native").rglob("*.?pp"), ROOT / "Makefile"):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            found.append(text)
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "\u2026" for part in node.values)
                found.append("".join(map(str, parts)))
    return found


@pytest.mark.parametrize("compiler", ["gfortran", "cc"])
def test_the_commands_of_a_umat_lead_to_a_picture(compiler, tmp_path):
    """The whole way with Fortran; with C the library takes the place of the other one."""
    if shutil.which(compiler) is None:
        pytest.skip(f"needs the compiler {compiler}")
    marked = re.compile(r"^```bash\n# tested with (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    blocks = dict(marked.findall((DOCS / "laws.md").read_text(encoding="utf-8")))
    lines = blocks[compiler] if compiler == "gfortran" else blocks["cc"] + blocks["gfortran"].split(".so\n", 1)[1]
    for name in ("docs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    command = ["bash", "-euc", lines]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with xr.open_dataset(tmp_path / "umat.nc") as online:
        assert online["converged"].all()
    assert (tmp_path / "umat.png").stat().st_size > 10_000


NO_MESSAGES = {"converged"}


def test_errors_are_quoted_as_they_are():
    known = messages()
    quoted = [row[0] for row in rows((DOCS / "errors.md").read_text(encoding="utf-8")) if row[0].startswith("`")]
    assert len(quoted) > 30
    for cell in quoted:
        message = (
            re.match(r"`([^`]+)`", cell.replace("`studies`", "'studies'")).group(1).replace("'studies'", "`studies`")
        )
        if message in NO_MESSAGES:
            continue
        pieces = [re.escape(piece) for piece in message.split("\u2026") if piece.strip(" :")]
        pattern = re.compile(".*".join(pieces), re.DOTALL)
        assert any(pattern.search(text) for text in known), message


def test_findings_show_what_their_commands_print(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    assert len(console_blocks.commands(text)) >= 8
    assert console_blocks.filled(text) == text, "python tools/console_blocks.py docs/findings.md"
