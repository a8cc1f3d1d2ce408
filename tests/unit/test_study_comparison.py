"""The comparison of losses: rows, ratios, the networks a recipe would choose, and what it refuses."""

import numpy as np
import pytest
from synthetic_study import write_run

from laminet.errors import InputError
from laminet_study import cli, comparison, datasets
from laminet_study.figures import recipes

SCHEMES = {"imn": ["newton_condensed"], "dmn": ["newton_condensed"]}
ERRORS = {"frobenius": 0.08, "divergence": 0.02}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Six seeds of each loss; the fourth curve of one network broke off."""
    folder = tmp_path_factory.mktemp("runs")
    runs = [
        write_run(
            folder / f"{loss}{seed}",
            model="imn",
            seed=seed,
            schemes=SCHEMES["imn"],
            attributes={"loss": loss},
            error=error + 0.001 * seed,
            broken=[(0, 1, 3)] if (loss, seed) == ("frobenius", 6) else [],
        )
        for loss, error in ERRORS.items()
        for seed in range(1, 7)
    ]
    return datasets.collect(runs, "accuracy", SCHEMES)


def test_a_row_for_every_composite_with_means_spread_and_worst(study):
    rows = comparison.comparisons(study)
    assert list(rows.index) == [("default", "imn", f"composite_{number}") for number in (1, 2, 3)]
    spread = np.std(0.001 * np.arange(1, 7), ddof=1)
    assert dict(rows.iloc[1]["paper"]) == pytest.approx({"mean": 0.0835, "std": spread, "worst": 0.086, "ratio": 1.0})
    ratio = 0.0235 / 0.0835
    assert dict(rows.iloc[1]["accurate"]) == pytest.approx(
        {"mean": 0.0235, "std": spread, "worst": 0.026, "ratio": ratio}
    )


def test_a_curve_that_broke_off_counts_as_wholly_wrong(study):
    error = comparison.comparisons(study).iloc[0]["paper"]
    assert error["worst"] == 1.0
    assert error["mean"] == pytest.approx((0.081 + 0.082 + 0.083 + 0.084 + 0.085 + (11 * 0.086 + 1.0) / 12) / 6)


def test_the_best_of_every_five_is_selected_by_validation_alone(study):
    np.testing.assert_array_equal(comparison.best(np.array([3.0, 1.0, 2.0, 4.0, 5.0, 0.5])), [1, 5])
    selected = comparison.comparisons(study).iloc[1]["selected"]
    networks = [0.021, 0.026]  # of the first five the first has the smallest divergence
    assert dict(selected) == pytest.approx(
        {"mean": 0.0235, "std": np.std(networks, ddof=1), "worst": 0.026, "ratio": 0.0235 / 0.0835}
    )


def test_guides_are_ranked_against_the_error_online(study):
    own = study.isel(run=(study["loss"] == "divergence").values)
    assert comparison.rank_correlation(own, "validation_divergence") == pytest.approx(1.0)


def test_a_study_of_one_loss_is_refused(study):
    with pytest.raises(InputError, match="study 'accuracy': no imn of loss divergence in the variant default"):
        comparison.comparisons(study.isel(run=(study["loss"] == "frobenius").values))


def test_a_study_published_without_its_guides_is_refused(study):
    published = datasets.compact(study, curves=False)
    for refused in (
        lambda: comparison.comparisons(published),
        lambda: comparison.joined([published, published]),
        lambda: recipes.guides(published),
    ):
        with pytest.raises(InputError, match="was published without validation_divergence; collect it again"):
            refused()


def test_the_command_prints_the_table(study, tmp_path, capsys):
    datasets.save(study, tmp_path / "study.nc", {})
    assert cli.main(["compare", str(tmp_path / "study.nc")]) == 0
    printed = capsys.readouterr().out
    assert (
        "| default | IMN | composite_2 | 8.35 ± 0.19 | 2.35 ± 0.19 | 0.28 | 8.6 | 2.6 | 2.35 ± 0.35 | 0.28 | 2.6 |"
        in printed
    )
    assert "Rank correlation with the mean error online, IMN: validation_error " in printed


def test_several_studies_are_compared_as_one(study, tmp_path, capsys):
    """Each loss a study of its own, of which one has twice as many rows of history."""
    files = []
    for loss, own in study.groupby("loss"):
        longer = own.isel(epoch=[0, *range(own.sizes["epoch"])]) if loss == "frobenius" else own
        datasets.save(longer.assign_attrs(study=loss), tmp_path / f"{loss}.nc", {})
        files.append(str(tmp_path / f"{loss}.nc"))
    datasets.save(study, tmp_path / "study.nc", {})
    assert cli.main(["compare", str(tmp_path / "study.nc")]) == 0
    whole = capsys.readouterr().out
    assert cli.main(["compare", *reversed(files)]) == 0
    assert capsys.readouterr().out == whole


def test_studies_of_other_curves_are_not_compared(study):
    with pytest.raises(InputError, match="differ in composites, controls or load cases"):
        comparison.joined([study, study.isel(composite=[0, 1])])
