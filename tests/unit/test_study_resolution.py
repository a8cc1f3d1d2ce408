"""References whose estimated error is above the limit are named by the claims that rest on them, and by no others."""

import numpy as np
import pytest
import xarray as xr
from claimed_study import as_claimed
from synthetic_study import write_reference, write_run

from laminet.errors import InputError
from laminet.loading.paths import CASES
from laminet_study import claims, datasets, resolution

TRAINED, THREE_COMPOSITES, COMPOSITE_1, TIMED = 12, 5, 23, 14
"""Claims: on training errors, on errors of all composites, on those of Composite 1, and on times."""


def bounds(**wide: float) -> xr.Dataset:
    """A reference with bounds of 1 %, but for the named load cases under uniaxial stress."""
    stress = [wide.get(f"case_{case}", 0.01) for case in CASES]
    values = [[0.01] * len(CASES), stress]
    variables = {"estimated_error": (("control", "load_case"), values, {"units": "1"})}
    return xr.Dataset(variables, coords={"control": ["strain", "stress"], "load_case": list(CASES)})


@pytest.fixture
def references() -> dict[str, xr.Dataset]:
    return {"composite_1": bounds(), "composite_3": bounds(case_23=0.021, case_11=0.03), "steel": bounds(case_11=0.5)}


@pytest.fixture
def studies() -> dict[str, xr.Dataset]:
    every = as_claimed()
    return {
        name: study.assign_coords(variant=("run", ["default"] * study.sizes["run"])) for name, study in every.items()
    }


CLAUSE = "the reference under uniaxial stress is not resolved to 1.5 %: Composite 3 in 11, 23 (error at most 3.0 %)"


def test_the_words_name_what_is_above_the_limit(references):
    del references["steel"]
    assert resolution.words(references, "stress") == resolution.words(references, "strain", "stress") == CLAUSE
    assert resolution.sentence(references, "stress") == f"T{CLAUSE[1:]}."
    assert resolution.words(references, "strain") == resolution.sentence(references, "strain") == ""
    assert resolution.words({"composite_3": references["composite_3"].drop_vars("estimated_error")}, "stress") == ""


def test_a_study_gets_the_bounds_of_its_references(studies, references):
    study = studies["xi"]
    known = resolution.with_estimated_errors(study, references)["estimated_error"]
    assert known.dims == ("composite", "control", "load_case")
    assert known.attrs == {"units": "1"}
    assert known["composite"].values.tolist() == ["composite_1", "composite_2", "composite_3"]
    assert np.isnan(known.sel(composite="composite_2")).all()
    assert known.sel(composite="composite_3", control="stress", load_case="23") == 0.021
    elsewhere = study.assign_coords(variant=("run", ["packing"] * study.sizes["run"]))
    for unchanged, given in ((elsewhere, references), (study, {}), (study, {"steel": references["steel"]})):
        assert "estimated_error" not in resolution.with_estimated_errors(unchanged, given)


def why(studies: dict[str, xr.Dataset], number: int, control: str = "stress") -> str:
    (row,) = claims.judge(studies, control, [number])
    return row.finding.why


@pytest.mark.parametrize("number", [TRAINED, COMPOSITE_1, THREE_COMPOSITES, TIMED])
def test_claims_that_rest_on_an_unresolved_reference_say_so(studies, references, number):
    known = {name: resolution.with_estimated_errors(study, references) for name, study in studies.items()}
    more = f"; {CLAUSE}" if number == THREE_COMPOSITES else ""
    assert why(known, number) == why(studies, number) + more
    assert "not resolved" not in why(known, number, "strain")


def test_the_references_are_found_among_the_files(tmp_path):
    run = write_run(tmp_path / "run", schemes=["imn_newton_dense"])
    datasets.save(datasets.collect([run], "xi"), tmp_path / "xi.nc", {})
    fine = write_reference(tmp_path / "fine.nc", "composite_1")
    coarse = write_reference(tmp_path / "coarse.nc", "composite_3", estimated_error=0.02)
    studies, _ = claims.inputs_from_files([coarse, tmp_path / "xi.nc", fine])
    text = resolution.words(resolution.by_composite(studies["xi"]), "stress")
    assert text.endswith(f"Composite 3 in {', '.join(CASES)} (error at most 2.0 %)")
    with pytest.raises(InputError, match="hold a control twice"):
        claims.inputs_from_files([tmp_path / "xi.nc", fine, fine])
