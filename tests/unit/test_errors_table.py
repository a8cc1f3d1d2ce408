"""The table of online errors: a column for each kind of network, a row for each composite and path."""

import numpy as np
import pytest
from synthetic_study import write_run

from laminet_study import cli, datasets, errors_table

SCHEMES = {"imn": ["newton_condensed"], "dmn": ["newton_condensed"]}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Networks of two models and three seeds; DMNs are trained on curves, and a curve of one broke off."""
    folder = tmp_path_factory.mktemp("errors")
    runs = [
        write_run(
            folder / f"{model}{seed}",
            model=model,
            seed=seed,
            schemes=SCHEMES[model],
            attributes={"curves": 36 if model == "dmn" else 0},
            error=0.02 + 0.01 * seed,
            broken=[(1, 1, 3)] if (model, seed) == ("dmn", 2) else [],
        )
        for model in ("imn", "dmn")
        for seed in (1, 2, 3)
    ]
    datasets.save(datasets.collect(runs, "errors", SCHEMES), folder / "errors.nc", {})
    return folder / "errors.nc"


def rows(text: str) -> dict[str, list[str]]:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    return {label: values for label, *values in cells}


def test_a_column_has_mean_spread_and_the_worst_curve(file, capsys):
    """Errors are 3, 4 and 5 %: mean 4, standard deviation 1; one curve of 36 is lost and counts as 100 %."""
    assert cli.main(["errors", str(file)]) == 0
    table = rows(capsys.readouterr().out)
    assert table[""] == ["DMN, curves 36", "IMN, curves 0"]
    assert table["networks"] == ["3", "3"]
    lost = np.array([3.0, (35 * 4.0 + 100.0) / 36, 5.0])
    assert table["all six load cases"] == [f"{lost.mean():.2f} ± {lost.std(ddof=1):.2f} (100.0)", "4.00 ± 1.00 (5.0)"]
    assert table["composite_1"] == ["4.00 ± 1.00 (5.0)"] * 2
    assert table["composite_2"][0].endswith("(100.0)")
    assert "composite_3" in table


def test_composites_and_networks_are_selected(file, capsys):
    assert cli.main(["errors", str(file), "--composite", "composite_1", "--best-of", "3"]) == 0
    table = rows(capsys.readouterr().out)
    assert table["networks"] == ["1", "1"]
    assert table["all six load cases"] == table["composite_1"] == ["3.00 (3.0)"] * 2, (
        "the first has the least divergence"
    )
    assert table["curves below 3 %"] == ["0.0 %"] * 2
    assert "composite_2" not in table
    assert cli.main(["errors", str(file), "--composite", "glass"]) == 1
    assert "study 'errors': has no composite 'glass'" in capsys.readouterr().err


def test_the_best_is_of_one_network_or_more(file, capsys):
    assert cli.main(["errors", str(file), "--best-of", "0"]) == 1
    assert "best-of is 0; it must be a whole number of at least 1" in capsys.readouterr().err


def test_networks_trained_on_curves_are_selected_by_the_validation_curves(file):
    """Of the DMNs the third has the least error of these curves, the first predicts none of them; IMNs have none."""
    study = datasets.load(file)
    errors = {1: np.nan, 2: 0.02, 3: 0.01}
    last = [
        errors[seed] if model == "dmn" else np.nan for model, seed in zip(study["model"].values, study["seed"].values)
    ]
    study["curve_validation_error"] = study["train_error"].copy(data=np.outer(last, np.ones(study.sizes["epoch"])))
    table = rows(errors_table.table([study], best_of=3))
    assert table["best of 3 by"] == ["error of the validation curves", "validation divergence"]
    assert table["all six load cases"] == ["5.00 (5.0)", "3.00 (3.0)"]
    assert rows(
        errors_table.table([study.drop_vars("validation_divergence").isel(run=study["model"] == "dmn")], best_of=2)
    )["networks"] == ["2"], "a compact study lacks the divergence"
    assert "best of 1 by" not in rows(errors_table.table([study]))
