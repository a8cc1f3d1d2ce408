"""A law is one file: that of docs/extend.md serves files, networks and cells, and nothing outside laws/ knows a law."""

import ast
import importlib
import re
import sys
from inspect import isclass
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest

from laminet import mandel
from laminet.cells.fibres import cell
from laminet.errors import InputError
from laminet.files.network import load_network, save_network
from laminet.materials import laws
from laminet.materials.laws.law import LAWS, Law
from laminet.materials.library import composite, read_materials
from laminet.network.initial import initial_parameters
from laminet.online.material import Material
from laminet.online.schemes import scheme

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs/extend.md").read_text(encoding="utf-8").split("\n## A constitutive law in one file\n")[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the example and those it uses; the law is forgotten afterwards."""
    folder = tmp_path_factory.mktemp("law")
    for name, text in re.findall(r"^cat > (\S+) <<'END'\n(.*?)^END$", SECTION, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(text)
    save_network(initial_parameters("imn", 3, 1), folder / "planar.nc", {})
    cell.save(cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0)), folder / "rve.nc", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
    sys.modules.pop("hyperbolic", None)
    LAWS.pop("hyperbolic", None)


def test_materials_know_a_law_once_its_file_is_imported(folder):
    with pytest.raises(InputError, match=r"phase_1: law is 'hyperbolic'; it must be one of .*j2"):
        read_materials(folder / "soft.yaml")
    importlib.import_module("hyperbolic")
    soft = read_materials(folder / "soft.yaml")["soft"]
    assert composite("soft", soft.to_fields(), "here") == soft
    with pytest.raises(InputError, match=r"soft': phase_1: limit is -1.0; it must be positive"):
        composite("soft", soft.to_fields() | {"phase_1": soft.laws[0].to_fields() | {"limit": -1}}, "here")
    with pytest.raises(InputError, match="law Hyperbolic is not compiled; evaluate with backend 'numpy'"):
        Material(load_network(folder / "planar.nc"), soft)
    with pytest.raises(InputError, match="law Hyperbolic has no secant"):
        scheme("imn_fixed_point_secant", load_network(folder / "planar.nc"), soft).points.secant(
            np.ones((8, 6)), np.zeros((8, 0)), np.zeros((8, 0))
        )


def test_the_law_is_its_formula_and_its_tangent_the_derivative(folder, rng):
    law = importlib.import_module("hyperbolic").Hyperbolic(2.1, 0.3, 0.08)
    shear = np.zeros((1, 6))
    shear[0, mandel.INDEX["12"]] = 0.02 * np.sqrt(2.0)  # the tensor strain 0.02
    linear = np.sqrt(3.0) * 2.1 / 1.3 * 0.02  # von Mises stress of the stress 2 G times the strain
    stress, _, _ = law.update(shear, np.zeros((1, 0)))
    assert np.sqrt(1.5) * np.linalg.norm(stress) == pytest.approx(linear / (1.0 + linear / 0.08), rel=1e-12)
    strain = rng.normal(0.0, 0.02, (5, 6))
    _, tangent, state = law.update(strain, np.zeros((5, 0)))
    for column, shift in enumerate(1e-6 * np.eye(6)):
        difference = law.update(strain + shift, state)[0] - law.update(strain - shift, state)[0]
        np.testing.assert_allclose(tangent[:, :, column], difference / 2e-6, atol=1e-8)
    assert (np.linalg.eigvalsh(tangent) > 0.0).all()


def test_networks_and_cells_take_the_law(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    (block,) = re.findall(r"^```python\n# tested\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    exec(compile(block, "docs/extend.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_file_in_the_folder_of_the_laws_is_enough():
    """The package imports whatever lies in its folder."""
    files = {path.stem for path in (ROOT / "src/laminet/materials/laws").glob("[!_]*.py")}
    assert {module.name for module in iter_modules(laws.__path__)} == files
    assert all(f"laminet.materials.laws.{name}" in sys.modules for name in files)


def test_no_module_outside_the_materials_knows_a_law():
    modules = [sys.modules[f"laminet.materials.laws.{module.name}"] for module in iter_modules(laws.__path__)]
    made = [(module, value) for module in modules for value in vars(module).values() if isclass(value)]
    parts = [value for module, value in made if value.__module__ == module.__name__ != Law.__module__]
    classes = {value.__name__ for value in parts}
    names = {value.name for value in parts if issubclass(value, Law) and value.name}
    special = {name for value in parts for name in (*dir(value), *getattr(value, "__annotations__", ()))}
    special -= {*dir(Law), "stiffness", *dir(tuple)}
    assert {"J2", "Elastic", "Orthotropic", "Hardening"} <= classes
    assert {"j2", "orthotropic"} <= names
    names.remove("stiffness")  # also a variable of files
    assert {"hardening", "young", "shear"} <= special
    for path in (ROOT / "src").rglob("*.py"):
        if "materials" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path}, line {getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("laminet.materials.laws"):
                assert not classes & {alias.name for alias in node.names}, where
            elif isinstance(node, ast.Name):
                assert node.id not in classes, where
            elif isinstance(node, ast.Attribute):
                assert node.attr not in classes, where
                assert not (node.attr in special and getattr(node.value, "id", "") == "law"), where
            elif isinstance(node, ast.Constant):
                assert node.value not in names, where
