"""Claims: every rule on studies built so that its verdict is known."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from claimed_study import PARTS, as_claimed, as_measured

from laminet.errors import InputError
from laminet_study import claims
from laminet_study.claims.statements import (
    NOT_REPRODUCED,
    NOT_TESTABLE,
    PARTLY,
    REPRODUCED,
    UNDECIDED,
    VERDICTS,
    combined,
)

OF_TIMES = (9, 11, 14, 15, 17, 19, 21, 22, 27, 28)


@pytest.fixture
def studies() -> dict[str, xr.Dataset]:
    return as_claimed()


def row(studies: dict[str, xr.Dataset], number: int, control: str = "stress", times="measured") -> claims.JudgedClaim:
    times = as_measured(studies) if isinstance(times, str) else times
    (judged,) = claims.judge(studies, control, [number], times)
    return judged


def verdict(studies: dict[str, xr.Dataset], number: int, **options) -> str:
    return row(studies, number, **options).finding.verdict


def scaled(studies: dict, name: str, variable: str, factor: float | str, **design) -> None:
    """Multiply a variable of the rows of a study that have this design; "noise": only scatter is left."""
    rows = studies[name]
    there = np.ones(rows.sizes["run"], dtype=bool)
    for key, value in design.items():
        there &= np.isin(rows[key].values, value)
    assert there.any()
    values = rows[variable].astype(float)
    if factor == "noise":  # whose mean over the seeds, and standard deviation, are the same at every level
        random, scatter = (
            np.random.default_rng(4 if variable == "train_error" else 3),
            np.array([0.2, 0.6, 1.0, 1.4, 1.8]),
        )
        rounds = -(-there.sum() // len(scatter))
        factor = xr.DataArray(np.concatenate([random.permutation(scatter) for _ in range(rounds)]), dims="run")
        values[{"run": there}] = float(values[{"run": there}].mean())
    values[{"run": there}] = values[{"run": there}] * factor
    rows[variable] = values


def test_every_claim_has_one_verdict(studies):
    assert [row.claim.id for row in claims.judge(studies)] == list(range(1, 29))
    assert all(row.finding.verdict in VERDICTS for row in claims.judge({}))


@pytest.mark.parametrize("number", range(1, 29))
def test_a_study_as_claimed_reproduces_the_claim(studies, number):
    finding = row(studies, number).finding
    assert finding.verdict == REPRODUCED, finding
    assert all(statement.verdict in (REPRODUCED, None) for statement in finding.statements)


def test_without_data_only_the_parameter_counts_are_judged():
    for judged in claims.judge({}):
        assert judged.finding.verdict == (REPRODUCED if judged.claim.id == 1 else NOT_TESTABLE)
        assert judged.figure is None


@pytest.mark.parametrize("number", OF_TIMES)
def test_without_times_their_claims_are_not_testable(studies, number):
    finding = row(studies, number, times=None).finding
    assert finding.verdict == NOT_TESTABLE
    assert "times.nc" in finding.why


SECANT, TANGENT = "dmn_no_residual_secant", "dmn_no_residual_tangent"
FIXED, FIXED_TANGENT = "imn_fixed_point_secant", "imn_fixed_point_tangent"
RESIDUAL, NEWTON = "dmn_residual", "imn_newton_dense"
TOLERANCES = ("depth", "tolerance_1e4", "tolerance_1e8")

CHANGES = [  # claim, verdict, changes: study, variable, factor, rows
    (2, NOT_REPRODUCED, [("data_size", "validation_error", 1.5, {})]),
    (
        2,
        UNDECIDED,
        [
            *((("data_size", f"{kind}_error", "noise", {})) for kind in ("validation", "train")),
            ("data_size", "validation_error", 1.5, {}),
        ],
    ),
    (3, NOT_REPRODUCED, [("data_size", "train_error", 0.5, {"samples": 400, "batch": 128})]),
    (3, UNDECIDED, [("data_size", "train_error", "noise", {"samples": 400})]),
    (4, PARTLY, [("data_size", "train_error", 0.5, {"samples": 2048, "batch": 256})]),
    (4, NOT_REPRODUCED, [("data_size", "train_error", 2.0, {"batch": 128})]),
    (4, UNDECIDED, [("data_size", "train_error", "noise", {})]),
    (5, NOT_REPRODUCED, [("data_size", "error", 0.5, {"samples": 400, "batch": 20})]),
    (5, UNDECIDED, [("data_size", "error", "noise", {"samples": 400})]),
    (6, PARTLY, [("data_size", "error", 0.5, {"samples": 1024, "batch": 64})]),
    (6, NOT_REPRODUCED, [("data_size", "error", 2.0, {"batch": 128})]),
    (6, UNDECIDED, [("data_size", "error", "noise", {})]),
    (7, NOT_REPRODUCED, [("data_size", "error", 0.1, {"samples": 400})]),
    (7, UNDECIDED, [("data_size", "error", "noise", {})]),
    (8, PARTLY, [("eta", "error", 0.1, {"eta": 0.1})]),
    (8, NOT_REPRODUCED, [("eta", "error", 0.1, {"eta": 100.0})]),
    (8, UNDECIDED, [("eta", "error", "noise", {})]),
    (9, PARTLY, [("eta", "seconds", 2.0, {"eta": 0.01})]),
    (
        9,
        NOT_REPRODUCED,
        [("eta", variable, 3.0, {"eta": [10.0, 100.0]}) for variable in ("seconds", "iterations", "active_nodes")],
    ),
    (9, UNDECIDED, [("eta", variable, "noise", {}) for variable in ("seconds", "iterations", "active_nodes")]),
    (10, PARTLY, [("xi", "error", 0.1, {"xi": 2.0})]),
    (10, NOT_REPRODUCED, [("xi", "error", 10.0, {"xi": 1.0})]),
    (10, UNDECIDED, [("xi", "error", "noise", {})]),
    (11, PARTLY, [("xi", "seconds", 100.0, {"xi": 0.1})]),
    (
        11,
        NOT_REPRODUCED,
        [("xi", variable, 100.0, {"xi": 0.1}) for variable in ("seconds", "iterations", "active_nodes")],
    ),
    (11, UNDECIDED, [("xi", variable, "noise", {}) for variable in ("seconds", "iterations", "active_nodes")]),
    (12, PARTLY, [("depth", "train_error", 10.0, {"depth": 8, "model": "imn"})]),
    (12, NOT_REPRODUCED, [("depth", "train_error", 10.0, {"depth": 8})]),
    (12, UNDECIDED, [("depth", "train_error", "noise", {})]),
    (13, PARTLY, [("depth", "train_error", 2.0, {"model": "imn", "depth": 8})]),
    (13, NOT_REPRODUCED, [("depth", "train_error", 2.0, {"model": "imn"})]),
    (13, UNDECIDED, [("depth", "train_error", "noise", {})]),
    (16, PARTLY, [("depth", "error", 1.2, {"scheme": TANGENT, "depth": 5})]),
    (16, NOT_REPRODUCED, [("depth", "error", 1.2, {"scheme": TANGENT})]),
    (16, UNDECIDED, [("depth", "error", "noise", {})]),
    (17, PARTLY, [("depth", "seconds", 2.0, {"scheme": SECANT})]),
    (17, NOT_REPRODUCED, [("depth", "seconds", 2.0, {"scheme": RESIDUAL})]),
    (17, UNDECIDED, [("depth", "seconds", "noise", {})]),
    (18, PARTLY, [("tolerance_1e8", "iterations", 2.0, {"scheme": RESIDUAL})]),
    (18, NOT_REPRODUCED, [(name, "iterations", 2.0, {"scheme": RESIDUAL}) for name in TOLERANCES]),
    (
        18,
        UNDECIDED,
        [
            (name, "iterations", change, rows)
            for name in TOLERANCES
            for change, rows in (("noise", {}), (0.6, {"scheme": RESIDUAL}))
        ],
    ),
    (19, PARTLY, [("depth", "seconds", 2.0, {"scheme": RESIDUAL})]),
    (19, NOT_REPRODUCED, [("depth", "seconds", 0.5, {"scheme": RESIDUAL})]),
    (19, UNDECIDED, [("depth", "seconds", "noise", {})]),
    (20, PARTLY, [("depth", "error", 0.5, {"scheme": FIXED_TANGENT, "depth": 4})]),
    (20, NOT_REPRODUCED, [("depth", "error", 0.5, {"scheme": NEWTON})]),
    (20, UNDECIDED, [("depth", "error", "noise", {})]),
    (21, PARTLY, [("depth", "iterations", 2.0, {"scheme": NEWTON})]),
    (
        21,
        NOT_REPRODUCED,
        [("depth", "iterations", 2.0, {"scheme": NEWTON}), ("depth", "seconds", 4.0, {"scheme": NEWTON})],
    ),
    (21, UNDECIDED, [("depth", "iterations", "noise", {}), ("depth", "seconds", "noise", {})]),
    (22, PARTLY, [("depth", "seconds", 3.0, {"scheme": FIXED})]),
    (22, NOT_REPRODUCED, [("depth", "seconds", 4.0, {"scheme": NEWTON})]),
    (22, UNDECIDED, [("depth", "seconds", "noise", {}), ("depth", "seconds", 1.3, {"scheme": FIXED})]),
    (23, PARTLY, [("depth", "error", 2.0, {"scheme": NEWTON, "depth": 8})]),
    (
        23,
        NOT_REPRODUCED,
        [
            ("depth", "error", 0.1, {"depth": [4, 5], "scheme": NEWTON}),
            ("depth", "error", 9.0, {"depth": [7, 8]}),
            ("depth", "error", 2.0, {"depth": [7, 8], "scheme": NEWTON}),
        ],
    ),
    (23, UNDECIDED, [("depth", "error", "noise", {})]),
    (24, PARTLY, [("depth", "iterations", 1.6, {"scheme": RESIDUAL})]),
    (24, NOT_REPRODUCED, [("depth", "iterations", 2.4, {"scheme": RESIDUAL})]),
    (24, UNDECIDED, [("depth", "iterations", "noise", {})]),
    (25, PARTLY, [("depth", "iterations", 1.5, {"scheme": RESIDUAL, "depth": 8})]),
    (
        25,
        NOT_REPRODUCED,
        [("depth", "iterations", 3.0, {"depth": [7, 8]}), ("depth", "iterations", 9.0, {"scheme": NEWTON})],
    ),
    (25, UNDECIDED, [("depth", "iterations", "noise", {})]),
    (26, PARTLY, [("depth", "active_nodes", 2.0, {"model": "imn"})]),
    (
        26,
        NOT_REPRODUCED,
        [("depth", "active_nodes", 0.2, {"depth": [7, 8]}), ("depth", "active_nodes", 2.0, {"model": "imn"})],
    ),
    (26, UNDECIDED, [("depth", "active_nodes", "noise", {})]),
    (27, PARTLY, [("depth", "seconds", 2.0, {"scheme": RESIDUAL})]),
    (27, NOT_REPRODUCED, [("depth", "seconds", 4.0, {"scheme": NEWTON})]),
    (27, UNDECIDED, [("depth", "seconds", "noise", {})]),
    (28, PARTLY, [("depth", "seconds", 4.0, {"scheme": NEWTON, "depth": 8})]),
    (
        28,
        NOT_REPRODUCED,
        [("depth", "seconds", 1e-3, {"depth": [6, 7, 8]}), ("depth", "seconds", 4.0, {"scheme": NEWTON})],
    ),
    (28, UNDECIDED, [("depth", "seconds", "noise", {})]),
]


@pytest.mark.parametrize(("number", "expected", "changes"), CHANGES)
def test_every_rule_can_fail(studies, number, expected, changes):
    for name, variable, factor, design in changes:
        scaled(studies, name, variable, factor, **design)
    finding = row(studies, number).finding
    assert finding.verdict == expected, (finding.why, finding.ours)
    assert (expected == UNDECIDED) == ("would decide" in finding.why and finding.verdict == UNDECIDED)


def test_the_changes_have_every_verdict_of_every_claim():
    """Rows of one statement that is no ratio have no 'partly'; 1 is exact, 14 and 15 are of epochs."""
    without_partly = (2, 3)
    for number in set(range(2, 29)) - {14, 15}:
        verdicts = {expected for claim, expected, _ in CHANGES if claim == number}
        wanted = {NOT_REPRODUCED, UNDECIDED} | ({PARTLY} - {PARTLY if number in without_partly else ""})
        assert verdicts >= wanted - ({PARTLY} if number in (5, 7) else set()), number


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(4.0, REPRODUCED), (2.73, REPRODUCED), (2.0, PARTLY), (7.0, PARTLY), (1.0, NOT_REPRODUCED), (0.3, NOT_REPRODUCED)],
)
def test_training_speed_is_that_of_the_papers_implementation(studies, ratio, expected):
    assert verdict(studies, 14, times=as_measured(studies, ratio)) == expected


def test_training_speed_near_a_boundary_is_undecided(studies):
    times = as_measured(studies)
    factors = xr.DataArray([0.5, 1.0, 1.5, 0.7, 1.3], dims="repeat")
    times["epoch_wall_time"] = times["epoch_wall_time"] * factors
    finding = row(studies, 14, times=times).finding
    assert finding.verdict == UNDECIDED
    assert "between repeats" in finding.why


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"forward": 2.0, "backward": 1.0, "optimiser": 0.5}, REPRODUCED),
        ({"forward": 2.0, "backward": 1.0}, PARTLY),
        ({"forward": 0.2, "backward": 1.0, "optimiser": 0.05}, NOT_REPRODUCED),
    ],
)
def test_the_causes_of_the_speed_up_are_measured(studies, parts, expected):
    assert verdict(studies, 15, times=as_measured(studies, parts=parts)) == expected


def test_shares_that_scatter_are_undecided(studies):
    times = as_measured(studies)
    noise = np.random.default_rng(0).uniform(-4.0, 4.0, (5, len(PARTS), 5))
    times["profile"].loc[{"model": "dmn"}] += noise
    assert verdict(studies, 15, times=times) == UNDECIDED


@pytest.mark.parametrize("number", [number for number in OF_TIMES if number not in (14, 15)])
def test_times_that_scatter_between_repeats_leave_the_row_undecided(studies, number):
    times = as_measured(studies)
    times["online_time"] = times["online_time"].where(times["repeat"] == 1, 1.2 * times["online_time"])
    finding = row(studies, number, times=times).finding
    assert finding.verdict == UNDECIDED
    assert "times differ by up to" in finding.why


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((REPRODUCED, REPRODUCED, None), REPRODUCED),
        ((REPRODUCED, UNDECIDED), PARTLY),
        ((PARTLY, NOT_REPRODUCED), PARTLY),
        ((NOT_REPRODUCED, UNDECIDED), UNDECIDED),
        ((NOT_REPRODUCED, NOT_REPRODUCED), NOT_REPRODUCED),
        ((REPRODUCED, NOT_TESTABLE), NOT_TESTABLE),
    ],
)
def test_verdicts_of_several_statements(verdicts, expected):
    assert combined(verdicts) == expected


@pytest.mark.parametrize("number", [12, 13, 16, 23, 25])
def test_missing_depths_are_named(studies, number):
    studies["depth"] = studies["depth"].isel(run=studies["depth"]["depth"].values < 6)
    finding = row(studies, number).finding
    assert finding.verdict == NOT_TESTABLE
    assert "6" in finding.why or "8" in finding.why


def test_a_missing_scheme_is_named_and_left_out_of_what_is_reported(studies):
    studies["depth"] = studies["depth"].isel(run=studies["depth"]["scheme"].values != SECANT)
    for number in (17, 18, 19):
        assert SECANT in row(studies, number).finding.why
    finding = row(studies, 16).finding
    assert finding.verdict == REPRODUCED
    assert not any("secant" in statement.name for statement in finding.statements)


def test_counts_at_different_criteria_are_not_compared(studies):
    studies["depth"].attrs["criterion"] = "paper"
    assert verdict(studies, 24) == NOT_TESTABLE


@pytest.mark.parametrize(("seeds", "number"), [((1, 2), 3), ((1, 2, 3, 4), 5)])
def test_too_few_seeds_are_said(studies, seeds, number):
    studies["data_size"] = studies["data_size"].isel(run=np.isin(studies["data_size"]["seed"].values, seeds))
    finding = row(studies, number).finding
    assert finding.verdict == NOT_TESTABLE
    assert f"there are {len(seeds)}" in finding.why


def test_the_control_decides_and_the_other_stands_beside(studies):
    count = studies["depth"]["iterations"].astype(float)
    residual = {"run": studies["depth"]["scheme"].values == RESIDUAL, "control": 0}
    count[residual] = 2.4 * count[residual]
    studies["depth"]["iterations"] = count
    by_stress, by_strain = (row(studies, 24, control) for control in ("stress", "strain"))
    assert (by_stress.finding.verdict, by_strain.finding.verdict) == (REPRODUCED, NOT_REPRODUCED)
    assert by_stress.as_json()["values"]["uniaxial strain"]["verdict"] == NOT_REPRODUCED
    studies["depth"] = studies["depth"].sel(control=["strain"])
    assert verdict(studies, 24) == NOT_TESTABLE
    with pytest.raises(InputError, match="torsion"):
        claims.judge(studies, "torsion")


def test_curves_that_broke_off_are_left_out_and_counted(studies):
    at = (studies["depth"]["scheme"] == RESIDUAL) & (studies["depth"]["seed"] == 1)
    error = studies["depth"]["error"].copy()
    error[{"run": at.values, "composite": 0}] = np.nan
    studies["depth"]["error"] = error
    finding = row(studies, 16).finding
    assert finding.verdict == REPRODUCED, finding.why
    assert "left out: 5 that broke off" in next(iter(finding.samples.values())).words()
    studies["depth"]["error"] = xr.full_like(error, np.nan)
    assert verdict(studies, 16) == NOT_TESTABLE


def test_equal_updates_stand_beside_confounded_claims(studies):
    assert "number of updates" in row(studies, 3).finding.why
    studies["equal_updates"] = studies["data_size"].copy(deep=True)
    scaled(studies, "equal_updates", "train_error", 0.5, samples=400, batch=128)
    judged = row(studies, 3)
    assert judged.finding.verdict == REPRODUCED
    assert judged.beside["equal updates"].verdict == NOT_REPRODUCED


def test_more_looks_widen_the_intervals(studies):
    scaled(studies, "xi", "error", "noise")
    once, twice = (claims.judge(studies, only=[10], looks=looks)[0].finding.statements[0] for looks in (1, 2))
    assert twice.interval[0] < once.interval[0] < once.interval[1] < twice.interval[1]


def test_what_would_decide_is_estimated(studies):
    scaled(studies, "xi", "error", "noise")
    undecided = row(studies, 10).finding.statements
    assert all(statement.seeds > 5 for statement in undecided if statement.verdict == UNDECIDED)
    assert "seeds would decide" in row(studies, 10).finding.why


def test_a_verdict_with_more_seeds_stands_beside(studies, tmp_path):
    rows = claims.judge(studies, only=[3, 9])
    decided = [replace(row, finding=replace(row.finding, verdict=NOT_REPRODUCED)) for row in rows[:1]] + rows[1:]
    claims.save(decided, studies, tmp_path / "decide.json", tmp_path / "decide.html")
    verdicts = claims.verdicts_from_file(tmp_path / "decide.json")
    assert verdicts == {3: NOT_REPRODUCED}  # 9 was not testable
    claims.save(rows, studies, tmp_path / "claims.json", tmp_path / "claims.html", decided=verdicts)
    assert "more seeds" in (tmp_path / "claims.html").read_text()
    (tmp_path / "odd.json").write_text("{}{")
    with pytest.raises(InputError, match=r"odd\.json: no claims\.json"):
        claims.verdicts_from_file(tmp_path / "odd.json")
