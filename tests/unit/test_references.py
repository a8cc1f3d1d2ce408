"""References of an evaluation: parts are joined, nothing wins over another silently, and other laws are told."""

import warnings

import numpy as np
import pytest
import xarray as xr
import yaml

import laminet
from laminet.cells.fibres.cell import CellSettings, build
from laminet.cells.fibres.reference import reference
from laminet.cli import main
from laminet.errors import InputError, LaminetWarning
from laminet.files import curves, netcdf
from laminet.loading.paths import uniaxial
from laminet.materials.library import Composite
from laminet.online import evaluation

PATHS = [[uniaxial("11", control, 2, 0.01)] for control in ("strain", "stress")]


@pytest.fixture(scope="module")
def network(sparse_network):
    return sparse_network("imn", 2, 0, 3)


@pytest.fixture(scope="module")
def parts(network, composites) -> dict[str, xr.Dataset]:
    """By control, curves whose stress is 5/4 (strain) and twice (stress) that of the network: errors 1/5 and 1/2."""
    composite = composites[1]
    own = evaluation.evaluate(network, "newton_condensed", [composite], PATHS).isel(scheme=0, composite=0, drop=True)
    attributes = {"composite": composite.name, "materials": composite.text, "cell_sha256": "one"}
    attributes |= {"error_estimate": "none", "tolerance": 1e-6}
    own = own.drop_attrs(deep=False).assign_attrs(attributes)
    made = {}
    for control, factor in (("strain", 1.25), ("stress", 2.0)):
        part = own.sel(control=[control])
        made[control] = part.assign(stress=(part["stress"] * factor).assign_attrs(units="GPa"))
    return made


def write(parts: dict[str, xr.Dataset], folder) -> dict[str, str]:
    for name, part in parts.items():
        netcdf.write(part, folder / f"{name}.nc", content="reference", parameters={})
    return {name: str(folder / f"{name}.nc") for name in parts}


@pytest.mark.parametrize("order", [("strain", "stress"), ("stress", "strain")])
def test_parts_of_one_composite_are_joined(tmp_path, order, network, composites, parts):
    files = write(parts, tmp_path)
    mixed = [files[order[0]], parts[order[1]]]
    truth = curves.references(mixed)
    given = laminet.Network(network)
    found = given.evaluate(composites[1], load_case="11", steps=2, strain=0.01, references=mixed)
    assert list(truth) == ["composite_1"]
    for control, error in (("strain", 0.2), ("stress", 0.5)):
        assert found["error"].sel(control=control).item() == pytest.approx(error, rel=1e-6)


def test_the_command_joins_them_too(tmp_path, network, composites, parts):
    files = write(parts, tmp_path)
    laminet.Network(network).save(tmp_path / "network.nc")
    (tmp_path / "materials.yaml").write_text(yaml.safe_dump({"composite_1": composites[1].to_fields()}))
    command = ["evaluate", "--network", str(tmp_path / "network.nc"), "--materials", str(tmp_path / "materials.yaml")]
    command += ["--steps", "2", "--strain", "0.01", "--out", str(tmp_path / "online.nc")]
    assert main([*command, "--reference", files["stress"], "--reference", files["strain"]]) == 0
    error = curves.load_online(tmp_path / "online.nc")["error"].sel(load_case="11").squeeze()
    np.testing.assert_allclose(error, [0.2, 0.5], rtol=1e-6)
    twice = ["--reference", files["strain"]] * 2
    assert main([*command, *twice]) == 1


def test_a_control_given_twice_is_refused(tmp_path, parts):
    files = write(parts, tmp_path)
    with pytest.raises(InputError, match=r"strain\.nc, .*strain\.nc: hold a control twice"):
        curves.references([files["strain"], files["strain"]])


@pytest.mark.parametrize("name", ["materials", "cell_sha256", "tolerance", "error_estimate"])
def test_parts_of_different_references_are_not_joined(name, parts):
    other = parts["stress"].assign_attrs({name: "other"})
    with pytest.raises(InputError, match=f"reference 2: attribute '{name}' differs from that of reference 1"):
        curves.references([parts["strain"], other])


def test_one_reference_needs_no_list_and_files_of_before_lack_attributes(tmp_path, parts):
    old = {name: part.drop_attrs(deep=False).assign_attrs(composite="composite_1") for name, part in parts.items()}
    files = write(old, tmp_path)
    assert list(curves.references(files["strain"])) == ["composite_1"]
    assert list(curves.references(old["strain"])) == ["composite_1"]
    assert list(curves.references(old.values())["composite_1"]["control"].values) == ["strain", "stress"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda part: part.drop_attrs(), "reference 1: attribute 'composite' is missing"),
        (lambda part: part.where(part["step"] < 2), "reference 1: variable '.*' holds NaN"),
        (lambda part: part.drop_vars("stress"), "reference 1: variable 'stress' is missing"),
        (lambda part: part.sel(load_case="11"), "reference 1: variable 'strain' has dimensions"),
        (lambda part: part.drop_vars("load_case"), "reference 1: coordinate 'load_case' is missing"),
        (lambda part: 3, "reference 1: is 3; give a file or a dataset"),
    ],
)
def test_what_is_no_reference_is_named(change, words, parts):
    with pytest.raises(InputError, match=words):
        curves.references([change(parts["strain"])])


def warned(*arguments, **options) -> list[str]:
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        evaluation.evaluate(*arguments, **options)
    assert all(issubclass(entry.category, LaminetWarning) for entry in record)
    return [str(entry.message) for entry in record]


def test_a_reference_that_serves_nothing_or_has_other_laws_is_told(network, composites, parts):
    ours = ("newton_condensed", [composites[1]], PATHS)
    truth = parts["strain"]
    assert warned(network, *ours, references={"composite_1": truth}) == []
    unused = warned(network, *ours, references={"composite_1": truth, "steel": truth})
    assert unused == ["reference of composite 'steel': is not used; the composites evaluated are composite_1"]
    shear = [[uniaxial("12", "strain", 2, 0.01)]]
    (text,) = warned(network, "newton_condensed", [composites[1]], shear, references={"composite_1": truth})
    assert text.startswith("reference of composite 'composite_1': has none of the curves that are driven")
    renamed = Composite("composite_1", composites[3].laws)
    (text,) = warned(network, "newton_condensed", [renamed], PATHS, references={"composite_1": truth})
    assert text.startswith("reference of composite 'composite_1': was computed with other laws")


def test_a_composite_given_twice_is_refused(network, composites):
    with pytest.raises(InputError, match="composites are composite_1, composite_1; give each once"):
        evaluation.evaluate(network, "newton_condensed", [composites[1]] * 2, PATHS)


def test_a_reference_says_its_laws_and_its_cell(composites):
    """Equal cells and laws give equal attributes, others others."""
    path = [[uniaxial("11", "strain", 1, 0.001)]]
    cells = [build(CellSettings(1, fraction, refinement=12, candidates=1)) for fraction in (0.3, 0.3, 0.4)]
    stiffer = Composite("composite_1", composites[3].laws)
    made = [reference(cell, composites[1], path, error_estimate="none").attrs for cell in cells]
    other = reference(cells[0], stiffer, path, error_estimate="none").attrs
    assert made[0] == made[1]
    assert made[0]["cell_sha256"] != made[2]["cell_sha256"]
    assert made[0]["materials"] != other["materials"]
    assert '"young": 3.8' in made[0]["materials"]


def test_curves_that_the_meshes_do_not_resolve_are_named_the_widest_bound_first(tmp_path, capsys, parts):
    part = curves.merge([parts["strain"], parts["stress"]], ["a", "b"])
    assert curves.unresolved(part) == {}, "no bounds, nothing to say"
    part = part.assign(estimated_error=(("control", "load_case"), [[0.016], [0.025]], {"units": "1"}))
    assert curves.unresolved(part) == {("stress", "11"): 0.025, ("strain", "11"): 0.016}
    assert curves.unresolved(part, controls=["strain"], load_cases=["11"]) == {("strain", "11"): 0.016}
    assert curves.unresolved(part, load_cases=["22"]) == {}
    assert curves.unresolved(part, limit=0.025) == {}
    text = (
        "The reference under uniaxial strain is not resolved to 1.5 %: 11 (error at most 1.6 %); "
        "the reference under uniaxial stress is not resolved to 1.5 %: 11 (error at most 2.5 %)."
    )
    assert curves.unresolved_text(part) == text
    assert curves.unresolved_text(part, load_cases=["22"]) == ""
    netcdf.write(part, tmp_path / "part.nc", content="reference", parameters={})
    assert main(["info", str(tmp_path / "part.nc")]) == 0
    assert text in capsys.readouterr().out
