"""Claims: every rule on studies built so that its verdict is known."""

import numpy as np
import pytest
import xarray as xr
from claimed_study import DEPTHS, as_claimed

from laminet.errors import InputError
from laminet_study import claims
from laminet_study.claims import operations, sweeps, verdicts


@pytest.fixture
def studies() -> dict[str, xr.Dataset]:
    return as_claimed()


def verdict(studies: dict[str, xr.Dataset], number: int, control: str = "stress") -> str:
    return row(studies, number, control).finding.verdict


def row(studies: dict[str, xr.Dataset], number: int, control: str = "stress") -> claims.JudgedClaim:
    (found,) = claims.judge(studies, control, only=[number])
    return found


def scaled(studies: dict, name: str, variable: str, factor: float, **design) -> None:
    """Multiply a variable of the rows of a study that have this design."""
    rows = studies[name]
    chosen = np.ones(rows.sizes["run"], dtype=bool)
    for key, value in design.items():
        chosen &= rows[key].values == value
    assert chosen.any()
    rows[variable] = rows[variable].astype(float)
    rows[variable][{"run": chosen}] = rows[variable][{"run": chosen}] * factor


def test_every_claim_has_one_verdict(studies):
    assert [row.claim.id for row in claims.judge(studies)] == list(range(1, 29))
    assert all(row.finding.verdict in verdicts.VERDICTS for row in claims.judge({}))


@pytest.mark.parametrize("number", [number for number in range(1, 29) if number != 15])
def test_a_study_as_claimed_reproduces_the_claim(studies, number):
    found = row(studies, number)
    assert found.finding.verdict == verdicts.REPRODUCED, found.finding


def test_without_data_only_the_parameter_counts_are_judged():
    for found in claims.judge({}):
        expected = verdicts.REPRODUCED if found.claim.id == 1 else verdicts.NOT_TESTABLE
        assert found.finding.verdict == expected
        assert found.figure is None
        if found.claim.id != 1:
            assert f"'{found.claim.study}' is not among the files" in found.finding.why


CHANGES = [  # claim, study, variable, factor, rows, verdict
    (2, "data_size", "validation_error", 1.5, {}, verdicts.NOT_REPRODUCED),
    (3, "data_size", "train_error", 1e-3, {"samples": 400, "batch": 128}, verdicts.NOT_REPRODUCED),
    (4, "data_size", "train_error", 1e-3, {"samples": 2048, "batch": 256}, verdicts.PARTLY),
    (5, "data_size", "error", 1e-3, {"samples": 400, "batch": 20}, verdicts.NOT_REPRODUCED),
    (6, "data_size", "error", 1e-3, {"samples": 1024, "batch": 64}, verdicts.PARTLY),
    (7, "data_size", "error", 1e-3, {"samples": 400}, verdicts.NOT_REPRODUCED),
    (8, "eta", "error", 0.1, {"eta": 0.1}, verdicts.PARTLY),
    (8, "eta", "error", 0.1, {"eta": 100.0}, verdicts.NOT_REPRODUCED),
    (9, "eta", "time", 2.0, {"eta": 0.01}, verdicts.PARTLY),
    (10, "xi", "error", 0.1, {"xi": 2.0}, verdicts.NOT_REPRODUCED),
    (10, "xi", "error", 0.1, {"xi": 4.0}, verdicts.NOT_REPRODUCED),
    (11, "xi", "time", 100.0, {"xi": 0.1}, verdicts.PARTLY),
    (12, "depth", "train_error", 10.0, {"depth": 8, "model": "imn"}, verdicts.PARTLY),
    (13, "depth", "train_error", 2.0, {"model": "imn"}, verdicts.NOT_REPRODUCED),
    (14, "depth", "training_time", 2.0, {"model": "imn"}, verdicts.PARTLY),
    (14, "depth", "training_time", 5.0, {"model": "imn"}, verdicts.NOT_REPRODUCED),
    (16, "depth", "error", 1.2, {"scheme": "dmn_no_residual_tangent", "depth": 5}, verdicts.PARTLY),
    (17, "depth", "time", 2.0, {"scheme": "dmn_no_residual_secant"}, verdicts.PARTLY),
    (18, "depth", "iterations", 2.0, {"scheme": "dmn_residual"}, verdicts.NOT_REPRODUCED),
    (19, "depth", "time", 0.5, {"scheme": "dmn_residual"}, verdicts.NOT_REPRODUCED),
    (20, "depth", "error", 0.5, {"scheme": "imn_newton_dense"}, verdicts.NOT_REPRODUCED),
    (21, "depth", "iterations", 2.0, {"scheme": "imn_newton_dense"}, verdicts.PARTLY),
    (22, "depth", "time", 4.0, {"scheme": "imn_newton_dense"}, verdicts.NOT_REPRODUCED),
    (23, "depth", "error", 2.0, {"scheme": "imn_newton_dense", "depth": 8}, verdicts.PARTLY),
    (24, "depth", "iterations", 2.0, {"scheme": "dmn_residual"}, verdicts.PARTLY),
    (25, "depth", "iterations", 1.5, {"scheme": "dmn_residual", "depth": 8}, verdicts.PARTLY),
    (26, "depth", "active_nodes", 2.0, {"model": "imn"}, verdicts.PARTLY),
    (27, "depth", "time", 4.0, {"scheme": "imn_newton_dense"}, verdicts.NOT_REPRODUCED),
    (28, "depth", "time", 4.0, {"scheme": "imn_newton_dense", "depth": 8}, verdicts.PARTLY),
]


@pytest.mark.parametrize(("number", "name", "variable", "factor", "design", "expected"), CHANGES)
def test_a_changed_number_changes_the_verdict(studies, number, name, variable, factor, design, expected):
    scaled(studies, name, variable, factor, **design)
    found = row(studies, number)
    assert found.finding.verdict == expected, found.finding


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(1.45, "reproduced"), (2.5, "reproduced"), (1.4, "partly"), (30.0, "partly"), (1.0, "not reproduced")],
)
def test_ratios_are_accepted_a_quarter_around_the_range(ratio, expected):
    assert verdicts.of_ratio(ratio, 1.8, 2.0) == expected


def test_ratios_below_one_count_on_their_side():
    assert [verdicts.of_ratio(value, 0.4, 0.5) for value in (0.33, 0.9, 1.1)] == [
        verdicts.REPRODUCED,
        verdicts.PARTLY,
        verdicts.NOT_REPRODUCED,
    ]


@pytest.mark.parametrize("number", [12, 13, 23, 25])
def test_missing_depths_are_named(studies, number):
    studies["depth"] = studies["depth"].isel(run=studies["depth"]["depth"].values < 6)
    finding = row(studies, number).finding
    assert finding.verdict == verdicts.NOT_TESTABLE
    assert "6, 7, 8" in finding.why


def test_a_missing_scheme_is_named(studies):
    kept = studies["depth"]["scheme"].values != "dmn_no_residual_secant"
    studies["depth"] = studies["depth"].isel(run=kept)
    for number in (16, 17, 18, 19):
        finding = row(studies, number).finding
        assert finding.verdict == verdicts.NOT_TESTABLE
        assert "dmn_no_residual_secant" in finding.why


def test_a_missing_variant_is_left_out_of_what_stands_beside(studies):
    kept = ~np.isin(studies["depth"]["scheme"].values, ("newton_condensed", "dmn_no_residual_tangent"))
    studies["depth"] = studies["depth"].isel(run=kept)
    for number in (17, 18, 19, 21, 22, 27, 28):
        assert verdict(studies, number) == verdicts.REPRODUCED
        assert "condensed" not in " ".join(row(studies, number).finding.ours)


def test_counts_at_different_criteria_are_not_compared(studies):
    studies["depth"].attrs["criterion"] = "paper"
    assert verdict(studies, 24) == verdicts.NOT_TESTABLE


def test_one_seed_has_no_spread(studies):
    studies["data_size"] = studies["data_size"].isel(run=studies["data_size"]["seed"].values == 1)
    assert "two seeds" in row(studies, 5).finding.why
    assert verdict(studies, 3) == verdicts.REPRODUCED


def test_the_control_decides_and_the_other_stands_beside(studies):
    scaled_strain = studies["depth"]["iterations"].astype(float)
    chosen = studies["depth"]["scheme"].values == "dmn_residual"
    scaled_strain[{"run": chosen, "control": 0}] = 2.0 * scaled_strain[{"run": chosen, "control": 0}]
    studies["depth"]["iterations"] = scaled_strain
    by_stress, by_strain = (row(studies, 18, control).finding for control in ("stress", "strain"))
    assert (by_stress.verdict, by_strain.verdict) == (verdicts.REPRODUCED, verdicts.NOT_REPRODUCED)
    assert by_stress.ours[0].startswith("uniaxial stress: 0.38x")
    assert by_stress.ours[-1].startswith("uniaxial strain: 0.75x")
    assert by_stress.values["strain_verdict"] == verdicts.NOT_REPRODUCED
    studies["depth"] = studies["depth"].sel(control=["strain"])
    assert verdict(studies, 18) == verdicts.NOT_TESTABLE
    with pytest.raises(InputError, match="torsion"):
        claims.judge(studies, "torsion")


def test_curves_that_broke_off_are_left_out_and_counted(studies):
    chosen = (studies["depth"]["scheme"] == "dmn_residual") & (studies["depth"]["seed"] == 1)
    broken = studies["depth"]["stress"].copy()
    broken[{"run": chosen.values, "step": slice(3, None)}] = np.nan
    studies["depth"]["stress"] = broken
    finding = row(studies, 17).finding
    assert finding.verdict == verdicts.REPRODUCED
    assert "left out: 5 that broke off" in finding.ours[0]
    studies["depth"]["stress"] = xr.full_like(broken, np.nan)
    assert verdict(studies, 17) == verdicts.NOT_TESTABLE


def test_equal_updates_stand_beside_confounded_claims(studies):
    why = row(studies, 3).finding.why
    assert "200000 at batch 20, 100000 at batch 40, 40000 at batch 128" in why
    assert "'equal_updates' is not among the files" in why
    studies["equal_updates"] = studies["data_size"].copy(deep=True)
    scaled(studies, "equal_updates", "train_error", 1e-3, samples=400, batch=128)
    finding = row(studies, 3).finding
    assert finding.verdict == verdicts.REPRODUCED
    assert finding.values["equal_updates_verdict"] == verdicts.NOT_REPRODUCED
    assert finding.why.split("; the study is")[0].endswith("with equal updates it is not reproduced")


def test_backends_are_judged_one_by_one(studies):
    again = studies["depth"].copy(deep=True).assign_coords(backend=("run", ["torch"] * studies["depth"].sizes["run"]))
    again["run_id"] = ("run", [f"{name}-torch" for name in again["run_id"].values])
    again["training_time"] = again["training_time"] * xr.where(again["model"] == "imn", 10.0, 1.0)
    studies["depth"] = xr.concat([studies["depth"], again], "run", data_vars="minimal", join="override")
    finding = row(studies, 14).finding
    assert finding.verdict == verdicts.PARTLY
    assert set(finding.values) == {"native_literal", "torch_literal"}


def test_the_causes_of_the_speed_up_follow_the_operations(studies):
    literal, reduced = (
        np.median([operations.operations("dmn", n, form).total / operations.operations("imn", n).total for n in DEPTHS])
        for form in ("literal", "reduced")
    )
    finding = row(studies, 15).finding  # measured 4.0
    parts = (literal >= 2.0, reduced >= np.sqrt(literal))
    assert finding.verdict == {2: "reproduced", 1: "partly", 0: "not reproduced"}[sum(parts)]
    scaled(studies, "depth", "training_time", literal / 4.0, model="dmn")
    assert "a cheaper pass explains most of the speed-up" in row(studies, 15).finding.why.split("does not")[0]


@pytest.mark.parametrize(("depth", "dmn", "imn"), [(1, 11, 4), (4, 109, 46), (8, 1789, 766)])
def test_parameters_are_counted_exactly(depth, dmn, imn):
    assert operations.parameter_count("dmn", depth) == dmn == 7 * 2**depth - 3
    assert operations.parameter_count("imn", depth) == imn == 3 * 2**depth - 2


def test_operations_of_the_smallest_networks_by_hand():
    # One block with any normal: D, Chat 63; H^T of 15 columns 225; inverse 18 + 6 + 6; Y 90; C 210.
    assert operations.operations("imn", 1).forward == 63 + 225 + 30 + 90 + 210
    # Two orthotropic phases turned, one block with normal e3, one stiffness turned.
    first, second = 18 * 5 + 18 + 21 * 11, 36 * 11 + 21 * 11
    assert operations.operations("dmn", 1).forward == 2 * first + (63 + 30 + 30 + 90 + 210) + second


def test_gauge_reduction_saves_and_an_imn_is_the_cheapest():
    for depth in DEPTHS:
        imn, reduced, literal = (
            operations.operations("imn", depth),
            operations.operations("dmn", depth, "reduced"),
            operations.operations("dmn", depth, "literal"),
        )
        assert imn.forward < reduced.forward < literal.forward
        assert imn.total < reduced.total < literal.total
        leaves = 2**depth
        assert reduced.forward - imn.forward == leaves * operations.turn(orthotropic=True)


def test_rank_correlation_is_spearmans():
    assert sweeps.rank_correlation([1, 2, 3], np.array([1.0, 10.0, 11.0])) == pytest.approx(1.0)
    assert sweeps.rank_correlation([1, 2, 3, 4], np.array([4.0, 3.0, 1.0, 2.0])) == pytest.approx(-0.8)
    assert sweeps.rank_correlation([1, 2, 3], np.ones(3)) == 0.0
    with pytest.raises(verdicts.NotTestable, match="three"):
        sweeps.rank_correlation([1, 2], np.array([1.0, 2.0]))


def as_reduced(studies: dict) -> None:
    """The study 'depth' with gauge-reduced DMNs, twice as fast as the literal ones."""
    forms = np.where(studies["depth"]["model"].values == "dmn", "reduced", "literal")
    studies["depth"] = studies["depth"].assign_coords(formulation=("run", forms))
    scaled(studies, "depth", "training_time", 0.5, model="dmn")


def test_a_control_run_of_literal_dmns_decides_their_speed_up(studies):
    control = studies["depth"].assign_attrs(study="literal")
    as_reduced(studies)
    assert row(studies, 14).finding.verdict == verdicts.PARTLY  # 2.0
    assert "no literal DMN" in row(studies, 15).finding.why
    studies["literal"] = control
    found = row(studies, 14).finding
    assert found.verdict == verdicts.REPRODUCED  # 4.0
    assert "study 'literal'" in found.why
    assert any("reduced DMN: 2.00x" in line for line in found.ours)
    assert "measured 4.00x" in row(studies, 15).finding.ours[0]
