"""The report of a study: what it shows, that it needs nothing else, and that a browser shows it without complaint."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import xarray as xr
from synthetic_study import SCHEMES, times_of, write_reference, write_run, write_rve

from laminet_study import cli, datasets, measured, report
from laminet_study.figures import FIGURES
from laminet_study.report import networks

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars")
FLAGS += ("--disable-background-networking", "--disable-component-update", "--disable-sync")

BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of a small study of depths, as the workflow leaves them."""
    folder = tmp_path_factory.mktemp("results")
    runs = [
        write_run(folder / "runs" / f"{model}-n{depth}-i0{seed}", model=model, depth=depth, seed=seed, samples=400)
        for model in SCHEMES
        for depth in (2, 3)
        for seed in (1, 2)
    ]
    (folder / "datasets").mkdir()
    datasets.save(datasets.collect(runs, "depth"), folder / "datasets/depth.nc", {})
    measured.write(times_of(datasets.collect(runs, "depth")), folder / "times.nc", {})
    (folder / "data").mkdir()
    write_rve(folder / "data/rve.nc")
    write_reference(folder / "data/reference_composite_1.nc", "composite_1")
    (folder / "benchmarks/train").mkdir(parents=True)
    for run, seconds in zip(runs, range(100, 900, 100), strict=True):
        text = f"{BENCHMARK}{seconds}.5\t0:01:40\t120.0\t1\t1\t1\t0\t0\t99.0\t{seconds - 1}\n"
        (folder / f"benchmarks/train/{run.name}.tsv").write_text(text)
    (folder / "benchmarks/rve.tsv").write_text(f"{BENCHMARK}0.02\t0:00:00\t-\t-\t-\t-\t-\t-\t-\t-\n")
    (folder / "config.yaml").write_text("folder: <results>\n")
    (folder / "fig14.pdf").write_bytes(b"%PDF")
    assert cli.main(["report", str(folder), "--out", str(folder / "report.html")]) == 0
    return folder


@pytest.fixture(scope="module")
def page(folder) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Elements, with their attributes, of a page whose elements are closed in order."""

    VOID = ("meta", "link", "img", "input", "br")

    def __init__(self, text: str):
        super().__init__()
        self.stack, self.elements, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("style", "script"):
            self.text.append(data)

    def every(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_needs_nothing_else(page):
    reader = Reader(page)
    sources = [
        attributes["src"] for attributes in (*reader.every("img"), *reader.every("script")) if "src" in attributes
    ]
    assert len(sources) == 6
    assert all(source.startswith("data:image/") for source in sources)
    assert [attributes["href"] for attributes in reader.every("link")] == ["data:,"]
    assert not re.search(r"url\(|@import|https?://", re.sub(r"data:image[^\"]*", "", page))


def test_every_picture_is_described_and_every_link_leads_somewhere(page, folder):
    reader = Reader(page)
    assert all(len(image["alt"]) > 10 and int(image["width"]) > 100 for image in reader.every("img"))
    ids = {attributes["id"] for _, attributes in reader.elements if "id" in attributes}
    links = [attributes["href"] for attributes in reader.every("a")]
    assert {link for link in links if link.startswith("#")} == {
        f"#{name}" for name in ("summary", "claims", "figures", "networks", "times", "configuration", "provenance")
    }
    for link in links:
        assert link[1:] in ids if link.startswith("#") else (folder / link).is_file() or link.startswith("fig"), link
    assert links.count("fig14.pdf") == links.count("fig15.pdf") + 1, "by the claim and under the figure, if it is there"


def test_the_page_shows_what_the_folder_holds(page):
    text = " ".join(Reader(page).text)
    drawn = (5, 6, 14, 15, 16, 17)
    for number in drawn:
        assert f"Fig. {number} " in text
    assert f"{len(FIGURES) - len(drawn)} figures that these data do not allow" in text
    assert "needs the study dataset 'data_size'" in text
    assert "folder: <results>" in text
    assert "The same for all: samples 400, batch 8, epochs 30" in text
    assert "28 claims" in text
    assert "nan" not in text.lower().replace("dominant", "").split()


def test_headings_descend_one_by_one(page):
    levels = [int(tag[1]) for tag, _ in Reader(page).elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(following <= level + 1 for level, following in pairwise(levels))


def test_the_table_has_every_network_once_with_its_numbers(folder):
    study = datasets.load(folder / "datasets/depth.nc")
    table = networks.table({"depth": study, "again": study}, "stress")
    rows = [{key: value for key, (_, value) in row.items()} for row in table["rows"]]
    assert [row["run"] for row in rows] == list(dict.fromkeys(study["run_id"].values.tolist()))
    assert {row["studies"] for row in rows} == {"depth, again"}
    with xr.open_dataset(folder / "runs/imn-n3-i02/history.nc") as history:
        own = next(row for row in rows if row["run"] == "imn-n3-i02")
        assert float(own["train_error"]) == pytest.approx(history["train_error"].values[-1])
    with xr.open_dataset(folder / "runs/imn-n3-i02/online.nc") as file:
        online = file.sel(scheme="newton_condensed")
        assert own["scheme"] == "newton_condensed"
        assert float(own["online_error"]) == pytest.approx(online["error"].sel(control="stress").mean().item())
        assert int(own["active_nodes"]) == online["active_nodes"].item()


def test_a_curve_that_broke_off_leaves_a_gap(tmp_path):
    run = write_run(tmp_path / "run", broken=[(0, 1, 0)], schemes=("newton_condensed",))
    table = networks.table({"own": datasets.collect([run], "own")}, "stress")
    (row,) = table["rows"]
    assert row["online_error"] == ("\u2013", "")
    assert row["train_error"][0].endswith("%")


def test_times_by_stage(folder):
    (train, trained), (rve, packed) = report.gather(folder)["times"].items()
    assert (train, rve) == ("train", "rve"), "the dearest first"
    assert packed == ["1", "0.0 s", "0.0 s", "0.0 s", "\u2013", "\u2013"]
    assert trained == ["8", "1 h 0 min", "7 min 30 s", "13 min 20 s", "59 min 52 s", "120 MB"]


def test_the_same_data_give_the_same_page(folder, page, tmp_path):
    report.save(report.gather(folder), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_the_page_names_references_that_are_not_resolved(folder, page, tmp_path, monkeypatch):
    assert "not resolved" not in page
    monkeypatch.setattr(report.figures, "draw_all", lambda *arguments: {})
    shutil.copytree(folder / "datasets", tmp_path / "datasets")
    write_reference(tmp_path / "data/reference_composite_1.nc", "composite_1", estimated_error=0.02)
    report.save(report.gather(tmp_path), tmp_path / "report.html")
    shown = Reader((tmp_path / "report.html").read_text(encoding="utf-8")).text
    sentence = "The reference under uniaxial stress is not resolved to 1.5 %: Composite 1 in 11, 22, 33, 12, 23, 31"
    assert f"{sentence} (error at most 2.0 %)." in shown


def test_a_folder_without_a_study_is_refused(tmp_path, capsys):
    assert cli.main(["report", str(tmp_path), "--out", str(tmp_path / "report.html")]) == 1
    assert "no study in datasets/" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


PROBE = """
<script>
const images = [...document.images];
const table = document.getElementById("networks-table");
const column = (n) => [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[n].dataset.value);
const headings = [...table.tHead.rows[0].cells];
const at = headings.findIndex((cell) => cell.textContent === "training error");
headings[at].querySelector("button").click();
const rising = column(at).map(Number);
headings[at].querySelector("button").click();
const falling = column(at).map(Number);
const words = document.querySelector("#networks-table-tools input");
words.value = "imn 02";
words.dispatchEvent(new Event("input"));
const filtered = column(0);
const said = document.querySelector("#networks-table-tools output").textContent;
Promise.all(images.map((image) => image.decode())).then(() => parent.postMessage(JSON.stringify({
  images: images.map((image) => image.naturalWidth > 0), rising, falling, filtered, said,
  wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth,
  requests: performance.getEntriesByType("resource").map(({name}) => name).filter((name) => !name.startsWith("data:")),
}), "*"));
</script>
"""

FRAME = """<!DOCTYPE html><title>frame</title><pre id="found"></pre>
<iframe src="probe.html" width="{width}" height="900"></iframe>
<script>
addEventListener("message", (event) => {{ document.getElementById("found").textContent = event.data; }});
</script>
"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt install chromium)")
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_a_browser_shows_the_page(page, tmp_path, width):
    """Images decode, the table sorts and filters, nothing is requested, nothing is wider than the screen."""
    (tmp_path / "probe.html").write_text(page.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr"]
    command += ["--virtual-time-budget=20000", "--dump-dom", (tmp_path / "frame.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert ":CONSOLE" not in done.stderr, done.stderr
    found = json.loads(re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL).group(1))
    assert found["images"] == [True] * 6
    assert found["rising"] == sorted(found["rising"])
    assert (len(found["rising"]), len(set(found["rising"]))) == (8, 4)
    assert found["falling"] == found["rising"][::-1]
    assert sorted(found["filtered"]) == ["imn-n2-i02", "imn-n3-i02"]
    assert found["said"] == "2 of 8"
    assert found["requests"] == []
    assert found["wide"] <= found["room"]
