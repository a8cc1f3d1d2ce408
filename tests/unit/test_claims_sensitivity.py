"""Claims judged again in variants: which verdicts change, by comparison on the same seeds."""

import csv
import json

import numpy as np
import pytest
from claimed_study import as_claimed
from test_claims import scaled

from laminet.errors import InputError
from laminet_study import claims, datasets
from laminet_study.claims import sensitivity


def repeated(name: str, variant: str, seeds=(1, 2, 3)):
    study = as_claimed()[name]
    study = study.isel(run=np.flatnonzero(np.isin(study["seed"].values, seeds)))
    study = study.assign_coords(variant=("run", [variant] * study.sizes["run"]))
    return study.assign_attrs(study=f"{variant}_{name}", repeats=name)


def xi_alone() -> dict:
    """Only the study of two claims, so that few are judged."""
    return {"xi": as_claimed()["xi"]}


def found(studies, control="stress"):
    entries = sensitivity.table(claims.judge(studies, control), studies, control)
    return {(entry.id, entry.variant): entry for entry in entries}


def test_a_verdict_that_depends_on_the_variant_is_marked():
    studies = xi_alone() | {"packing_xi": repeated("xi", "packing")}
    scaled(studies, "packing_xi", "error", 0.1, xi=4.0)
    entries = found(studies)
    assert {number for number, variant in entries if variant == "packing"} == {10, 11}
    changed = entries[10, "packing"]
    assert (changed.verdict_default, changed.verdict_same_seeds, changed.verdict) == (
        "reproduced",
        "reproduced",
        "partly",
    )
    assert changed.changes
    assert changed.seeds == 3
    assert not entries[11, "packing"].changes
    words = sensitivity.by_claim(list(entries.values()))
    assert words[10] == "the verdict changes in packing (partly) and holds in 1 other variants"
    assert words[11] == "no variant has what the rule needs"  # times are measured of the study itself alone


def test_a_change_that_comes_from_fewer_seeds_alone_is_none():
    studies = xi_alone()
    for seed in (4, 5):
        scaled(studies, "xi", "error", 10.0, xi=1.0, seed=seed)
    studies["packing_xi"] = repeated("xi", "packing")
    entry = found(studies)[10, "packing"]
    assert entry.verdict_default == "undecided"
    assert entry.verdict_same_seeds == entry.verdict == "reproduced"
    assert not entry.changes


def test_the_other_control_is_a_variant_without_runs_of_its_own():
    studies = xi_alone()
    xi = studies["xi"]
    xi["error"].loc[
        {
            "control": "strain",
            "run": xi["run"][xi["xi"].values == 4.0] if "run" in xi.coords else np.flatnonzero(xi["xi"].values == 4.0),
        }
    ] *= 0.1
    entries = found(studies)
    assert {variant for _, variant in entries} == {"uniaxial_strain"}
    assert entries[10, "uniaxial_strain"].changes
    assert {variant for _, variant in found(studies, "strain")} == {"uniaxial_stress"}


def test_repeated_studies_do_not_decide_the_claims_themselves():
    studies = xi_alone()
    alone = [row.finding for row in claims.judge(studies)]
    studies["packing_xi"] = repeated("xi", "packing")
    assert [row.finding for row in claims.judge(studies)] == alone


def test_the_report_says_what_depends_and_where_no_data_are(tmp_path):
    studies = xi_alone()
    rows, entries = claims.sensitivities(claims.judge(studies), studies)
    assert all("make sensitivity" in row.sensitivity for row in rows)
    studies["packing_xi"] = repeated("xi", "packing")
    scaled(studies, "packing_xi", "error", 0.1, xi=4.0)
    rows, entries = claims.sensitivities(claims.judge(studies), studies)
    paths = [tmp_path / name for name in ("claims.json", "claims.html", "sensitivity.json", "sensitivity.csv")]
    claims.save(rows, studies, paths[0], paths[1], entries)
    sensitivity.save(entries, paths[2], paths[3])
    assert "changes in packing" in json.loads(paths[0].read_text())[9]["sensitivity"]
    assert paths[1].read_text().count('class="changes"') == 1
    table = json.loads(paths[2].read_text())
    assert [row["changes"] for row in table if row["variant"] == "packing"] == [True, False]
    with paths[3].open() as lines:
        assert len(list(csv.DictReader(lines))) == len(table) == len(entries)


def test_a_variant_is_given_once():
    studies = xi_alone() | {"a": repeated("xi", "packing"), "b": repeated("xi", "packing")}
    with pytest.raises(InputError, match="second time"):
        datasets.split(studies)


def test_a_table_may_be_of_one_variant():
    studies = xi_alone() | {"packing_xi": repeated("xi", "packing"), "gap_xi": repeated("xi", "gap")}
    entries = sensitivity.table(claims.judge(studies, "stress"), studies)
    assert {entry.variant for entry in sensitivity.of_variant(entries, "gap")} == {"gap"}
    assert sensitivity.of_variant(entries, None) == entries
    with pytest.raises(InputError, match=r"'packing_9' is in none of the files; they have .*packing, gap"):
        sensitivity.of_variant(entries, "packing_9")
