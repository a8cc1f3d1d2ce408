"""Claims as a table and as a page: well-formed, complete, without a bare number that is none."""

import json
from html.parser import HTMLParser

import pytest
import xarray as xr
from claimed_study import BATCHES, DEPTHS, SEEDS, as_claimed, as_measured, study
from synthetic_study import write_run

from laminet.files import netcdf
from laminet_study import claims, cli, datasets
from laminet_study.claims.page import SYMBOLS
from laminet_study.claims.statements import NOT_TESTABLE, REPRODUCED, VERDICTS


@pytest.fixture
def studies() -> dict[str, xr.Dataset]:
    return as_claimed()


class Reader(HTMLParser):
    """Text, links and classes of a page; open elements must be closed in order."""

    VOID = ("meta", "br", "hr", "img", "link")

    def __init__(self):
        super().__init__()
        self.open, self.text, self.links, self.ids, self.outside = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        self.outside += [attributes[key] for key in ("src",) if key in attributes]
        assert tag not in ("script", "link", "img")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_and_the_table(tmp_path, studies):
    studies["depth"] = studies["depth"].assign_attrs(host="<b>&here")
    table, page = tmp_path / "claims.json", tmp_path / "claims.html"
    rows = claims.judge(studies, times=as_measured(studies))
    claims.save(rows, studies, table, page)
    found = json.loads(table.read_text(encoding="utf-8"))
    assert len(found) == 28
    keys = {"id", "section", "claim", "paper", "ours", "verdict", "decided", "why", "figure", "sensitivity", "values"}
    keys |= {"statements"}
    assert all(set(entry) == keys for entry in found)
    reader = read(page)
    text = " ".join(reader.text)
    assert reader.ids == [f"claim-{number}" for number in range(1, 29)]
    assert set(reader.links) == {f"fig{number}.pdf" for number in (7, 8, 11, 12, 13, 14, 15, 16, 17, "A18")}
    assert reader.outside == []
    assert "<b>&here" in text
    assert "nan" not in text.lower().replace("dominant", "")
    for entry in found:
        for key in ("claim", "paper", "verdict"):
            assert entry[key] in text
        for statement in entry["statements"]:
            assert set(statement) == {"name", "estimate", "interval", "verdict", "asks", "seeds"}
            assert statement["name"] in text
            assert statement["interval"] is None or statement["interval"][0] <= statement["interval"][1]
    assert "400 samples 33 % (33 % to 33 %) above 0, up to 10 % or more reproduced" in " ".join(text.split())
    counts = {verdict: sum(entry["verdict"] == verdict for entry in found) for verdict in VERDICTS}
    for name, count in counts.items():
        assert f"{count} {SYMBOLS[name]} {name}" in text
    first = table.read_bytes(), page.read_bytes()
    claims.save(claims.judge(studies, times=as_measured(studies)), studies, table, page)
    assert (table.read_bytes(), page.read_bytes()) == first


def test_a_study_short_of_the_papers_scale_is_marked(tmp_path, studies):
    short = {"epochs": 200}
    studies["xi"] = study(
        "xi",
        [
            {"model": "imn", "scheme": "imn_newton_dense", "xi": xi, "seed": seed}
            for xi in (0.5, 1.0)
            for seed in SEEDS[:3]
        ],
        **short,
    )
    claims.save(claims.judge(studies), studies, tmp_path / "claims.json", tmp_path / "claims.html")
    text = " ".join(read(tmp_path / "claims.html").text)
    assert "Not at the paper's scale." in text
    assert "xi: 200 epochs (paper: 10000); 3 seeds of a design (paper: 5); xi 0.5, 1 (paper: 0.1, 0.5, 1, 2, 4)" in text


def test_a_study_at_the_papers_scale_carries_no_warning(tmp_path):
    imn = {"model": "imn", "scheme": "imn_newton_dense"}
    five, ten = range(1, 6), range(1, 11)
    full = {
        "data_size": study(
            "data_size",
            [
                {"samples": samples, "batch": batch, "seed": seed}
                for samples, batches in BATCHES.items()
                for batch in batches
                for seed in ten
            ],
        ),
        "eta": study("eta", [{**imn, "eta": eta, "seed": k} for eta in (0.01, 0.1, 1.0, 10.0, 100.0) for k in five]),
        "xi": study("xi", [{**imn, "xi": xi, "seed": k} for xi in (0.1, 0.5, 1.0, 2.0, 4.0) for k in five]),
        "depth": study(
            "depth", [{"model": model, "depth": n, "seed": k} for model in ("dmn", "imn") for n in DEPTHS for k in five]
        ),
    }
    claims.save(claims.judge(full), full, tmp_path / "claims.json", tmp_path / "claims.html")
    page = (tmp_path / "claims.html").read_text(encoding="utf-8")
    assert "Not at the paper's scale" not in page
    assert "not at the paper's scale" not in page


def test_the_command_judges_collected_files_in_any_order(tmp_path):
    runs = [
        write_run(tmp_path / f"{model}{depth}{seed}", model=model, depth=depth, seed=seed)
        for model in ("dmn", "imn")
        for depth in DEPTHS
        for seed in (1, 2, 3)
    ]
    datasets.save(datasets.collect(runs, "depth"), tmp_path / "one.nc", {})
    arguments = ["claims", "--out", str(tmp_path / "claims.json"), "--html", str(tmp_path / "claims.html")]
    assert cli.main([*arguments, str(tmp_path / "one.nc"), str(runs[0] / "history.nc")]) == 0
    found = {entry["id"]: entry for entry in json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))}
    assert found[12]["verdict"] == found[26]["verdict"] == REPRODUCED
    assert found[14]["verdict"] == found[3]["verdict"] == NOT_TESTABLE
    assert found[14]["figure"] == "fig14.pdf"
    assert found[3]["figure"] is None
    read(tmp_path / "claims.html")


def test_times_are_one_more_file(tmp_path, capsys):
    studies = as_claimed()
    times = tmp_path / "times.nc"
    netcdf.write(as_measured(studies), times, content="times", parameters={})
    run = write_run(tmp_path / "run", schemes=["imn_newton_dense"])
    datasets.save(datasets.collect([run], "xi"), tmp_path / "one.nc", {})
    arguments = ["claims", "--out", str(tmp_path / "claims.json"), "--html", str(tmp_path / "claims.html")]
    assert cli.main([*arguments, str(tmp_path / "one.nc"), str(times)]) == 0
    assert json.loads((tmp_path / "claims.json").read_text())[13]["verdict"] == REPRODUCED
    assert cli.main([*arguments, str(tmp_path / "one.nc"), str(times), str(times)]) == 1
    assert "times.nc: a second file of times; give one" in capsys.readouterr().err


def test_files_that_hold_no_study_are_refused(tmp_path, capsys):
    run = write_run(tmp_path / "run", schemes=["imn_newton_dense"])
    arguments = ["claims", "--out", str(tmp_path / "claims.json"), "--html", str(tmp_path / "claims.html")]
    assert cli.main([*arguments, str(run / "network.nc")]) == 1
    assert "no study among the files" in capsys.readouterr().err
    datasets.save(datasets.collect([run], "xi"), tmp_path / "one.nc", {})
    datasets.save(datasets.collect([run], "xi"), tmp_path / "two.nc", {})
    assert cli.main([*arguments, str(tmp_path / "one.nc"), str(tmp_path / "two.nc")]) == 1
    assert "a second file of the study 'xi'" in capsys.readouterr().err
    assert cli.main([*arguments, str(tmp_path / "one.nc"), "--variant", "none"]) == 1
    assert "variant 'none' is in none of the files" in capsys.readouterr().err
    assert not (tmp_path / "claims.json").exists()
