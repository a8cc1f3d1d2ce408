"""Results destroy no input, device, pipe or link, by whatever name they are reached."""

import argparse
import os
import pty
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import xarray as xr

import laminet
from laminet import cli
from laminet.cli.places import Input, Output
from laminet.errors import InputError
from laminet.files import destination, netcdf
from laminet.tables import write_table
from laminet_study import cli as study_cli
from laminet_study import gallery

COMMANDS = {
    "sample": "sample --rve INPUT --out OUTPUT",
    "sample of own phases": "sample --rve rve.nc --phases INPUT --out OUTPUT",
    "merge": "merge other.nc INPUT --out OUTPUT",
    "reference": "reference --rve INPUT --materials m.yaml --composite a --out OUTPUT",
    "reference, materials": "reference --rve rve.nc --materials INPUT --composite a --out OUTPUT",
    "convergence": "convergence --rve rve.nc --materials INPUT --composite a --out OUTPUT",
    "predict": "predict --network n.nc --data INPUT --out OUTPUT",
    "evaluate": "evaluate --network INPUT --materials m.yaml --out OUTPUT",
    "evaluate, materials": "evaluate --network n.nc --materials m.yaml --materials INPUT --out OUTPUT",
    "evaluate, reference": "evaluate --network n.nc --materials m.yaml --reference INPUT --out OUTPUT",
    "export": "export --network n.nc --materials INPUT --composite a --out OUTPUT",
    "import": "import INPUT --notation mandel --unit GPa --out OUTPUT",
    "table": "table INPUT --out OUTPUT",
    "plot": "plot other.nc INPUT --out OUTPUT",
    "plot, reference": "plot other.nc --reference INPUT --out OUTPUT",
    "collect": "collect INPUT --study depth --out OUTPUT",
    "collect, variant": "collect --variant a online INPUT --study depth --out OUTPUT",
    "figure": "figure fig5 INPUT --out OUTPUT",
    "claims": "claims INPUT --out OUTPUT --html page.html",
    "claims, page": "claims INPUT --out claims.json --html OUTPUT",
    "claims, sensitivity": "claims INPUT --out claims.json --html page.html --sensitivity OUTPUT",
    "claims, table": "claims INPUT --out claims.json --html page.html --csv OUTPUT",
    "summary": "summary INPUT --csv OUTPUT",
}


STUDY_COMMANDS = ("collect", "figure", "claims", "report", "summary", "times", "gallery", "compare")


def main(words: list[str]) -> int:
    """Run the command of whichever program has it."""
    return (study_cli if words[0] in STUDY_COMMANDS else cli).main(words)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_output_that_is_an_input_is_refused_before_any_work(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    Path("input.dat").write_text("precious")
    words = ["input.dat" if word in ("INPUT", "OUTPUT") else word for word in command.split()]
    assert main(words) == 1
    assert "input.dat: is also an input or another result; choose another name" in capsys.readouterr().err
    assert Path("input.dat").read_text() == "precious"
    assert os.listdir() == ["input.dat"]


@pytest.mark.parametrize("name", ["folder/../input.csv", "folder/linked.csv", "hard.csv", "{}/input.csv", "chain.csv"])
def test_an_input_is_known_by_every_name(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    Path("input.csv").write_text("precious")
    Path("folder").mkdir()
    Path("folder/linked.csv").symlink_to("../input.csv")
    Path("chain.csv").symlink_to("folder/linked.csv")
    Path("hard.csv").hardlink_to("input.csv")
    out = name.format(tmp_path)
    assert main(["import", "input.csv", "--notation", "mandel", "--unit", "GPa", "--out", out]) == 1
    assert capsys.readouterr().err == (
        f"laminet import: {out}: is the same file as input.csv of this command; choose another name\n"
    )
    assert Path("input.csv").read_text() == "precious"


@pytest.mark.parametrize("program", [cli, study_cli])
def test_every_file_of_every_command_is_an_input_or_an_output(program):
    commands = next(action for action in program.parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        for action in command._actions:
            if str(action.metavar) in ("FILE", "DIR", "FOLDER", "RUN_DIR", "SHARD"):
                assert isinstance(action.type, type), f"laminet {name}: {action.dest}"
                assert issubclass(action.type, Input | Output), f"laminet {name}: {action.dest}"


@pytest.mark.parametrize("name", ["network.nc", "history.nc", "seeds/3/network.nc"])
def test_a_training_does_not_write_over_its_data(tmp_path, capsys, name):
    data = tmp_path / "own" / name
    data.parent.mkdir(parents=True)
    data.write_text("precious")
    with pytest.raises(InputError, match="is also an input or another result"):
        laminet.train(data, directory=tmp_path / "own")
    assert main(["train", "--data", str(data), "--model", "imn", "--out", str(tmp_path / "own")]) == 1
    assert f"{name}: is also an input or another result" in capsys.readouterr().err
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/network.nc").symlink_to(data)
    with pytest.raises(InputError, match="is the same file as"):
        laminet.train(data, directory=tmp_path / "linked")
    assert data.read_text() == "precious"


def test_a_gallery_does_not_write_over_its_study(tmp_path):
    data = tmp_path / "datasets/depth.nc"
    data.parent.mkdir()
    data.write_text("precious")
    (tmp_path / "config.yaml").write_text("a: 1")
    with pytest.raises(InputError, match="is also an input or another result"):
        gallery.make(tmp_path, tmp_path, [tmp_path / "config.yaml"])
    assert data.read_text() == "precious"


def test_a_table_does_not_write_over_its_file(tmp_path):
    with pytest.raises(InputError, match="is the same file as"):
        write_table(tmp_path / "a.nc", tmp_path / "b/../a.nc")


@pytest.mark.parametrize("name", ["t.nc", "-", "t"])
def test_a_table_is_written_as_csv_alone(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    netcdf.write(dataset(), "a.nc", content="history", parameters={})
    assert main(["table", "a.nc", "--out", name]) == 1
    assert (
        f"{name}: a table is written as .csv, or to a pipe or a device such as /dev/stdout" in capsys.readouterr().err
    )
    assert os.listdir() == ["a.nc"]


def test_local_fields_do_not_write_over_an_input(tmp_path, capsys):
    (tmp_path / "rve.vtu").write_text("precious")
    words = (
        f"reference --rve {tmp_path}/rve.vtu --materials m.yaml --composite a --out a.nc --fields {tmp_path}".split()
    )
    assert main(words) == 1
    assert "rve.vtu: is also an input or another result" in capsys.readouterr().err


def test_two_outputs_are_two_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("page.html").symlink_to("claims.json")
    assert main(["claims", "study.nc", "--out", "claims.json", "--html", "page.html"]) == 1
    assert "page.html: is the same file as claims.json of this command" in capsys.readouterr().err
    destination.check_distinct([os.devnull, os.devnull], [os.devnull])  # nothing can be lost there


def dataset() -> xr.Dataset:
    return xr.Dataset({"a": ("x", [1.0], {"units": "1"})})


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    disk, folder = tmp_path / "disk", tmp_path / "folder"
    disk.mkdir()
    folder.mkdir()
    (disk / "a.nc").write_text("old")
    (folder / "a.nc").symlink_to("../disk/a.nc")
    (folder / "chain.nc").symlink_to("a.nc")
    with destination.replacing(folder / "chain.nc") as temporary:
        assert temporary.parent == disk, "on the disk of the target, so that it takes its place at once"
        temporary.write_text("new")
    assert (disk / "a.nc").read_text() == "new"
    assert (folder / "a.nc").is_symlink()
    assert (folder / "chain.nc").is_symlink()
    assert [path.name for path in disk.iterdir()] == ["a.nc"]


def test_a_link_to_nothing_makes_its_target(tmp_path):
    (tmp_path / "a.nc").symlink_to("new/b.nc")
    netcdf.write(dataset(), tmp_path / "a.nc", content="study", parameters={})
    assert (tmp_path / "a.nc").is_symlink()
    assert float(netcdf.read(tmp_path / "new/b.nc")["a"][0]) == 1.0


def test_links_that_lead_in_a_circle_are_named(tmp_path):
    (tmp_path / "a.nc").symlink_to("b.nc")
    (tmp_path / "b.nc").symlink_to("a.nc")
    with pytest.raises(InputError, match=r"a\.nc: cannot write here \(Too many levels of symbolic links\)"):
        destination.check_destination(tmp_path / "a.nc")
    with pytest.raises(InputError, match=r"a\.nc: cannot be read \(Too many levels of symbolic links\)"):
        netcdf.read(tmp_path / "a.nc")


def test_a_write_protected_file_is_not_replaced(tmp_path, unprivileged):
    path = unprivileged / "a.nc"
    path.write_text("protected")
    path.chmod(0o444)
    with pytest.raises(InputError, match=r"a\.nc: is write-protected; choose another name"):
        netcdf.write(dataset(), path, content="study", parameters={})
    assert path.read_text() == "protected"


def write_text(path: Path) -> None:
    with destination.replacing(path, text=True) as temporary:
        temporary.write_text("text")


def test_text_goes_through_a_pipe_which_stays_one(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_text(path)
    reader.join()
    assert read == ["text"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_text_goes_to_a_terminal():
    controller, terminal = pty.openpty()
    try:
        write_text(Path(os.ttyname(terminal)))
        assert os.read(controller, 100) == b"text"
    finally:
        os.close(controller)
        os.close(terminal)


def test_what_is_no_text_is_not_written_to_a_pipe(tmp_path):
    path = tmp_path / "a.nc"
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"a\.nc: is a device, a pipe or what this command prints to; name a file"):
        netcdf.write(dataset(), path, content="study", parameters={})
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_nothing_is_written_to_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(InputError, match="socket: is a device, a pipe or what this command prints to"):
            write_text(Path("socket"))
        assert stat.S_ISSOCK(os.stat("socket").st_mode)


def test_a_null_device_discards_and_stays(tmp_path):
    path = tmp_path / "null"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    netcdf.write(dataset(), path, content="study", parameters={})
    write_text(path)
    assert stat.S_ISCHR(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


TABLE = """
import sys
from laminet.cli import main
sys.exit(main(["table", sys.argv[1], "--out", "/dev/stdout"]))
"""


def test_standard_output_is_a_stream_and_may_be_appended_to(tmp_path, trained):
    expected = tmp_path / "expected.csv"
    lines = write_table(trained, expected)
    command = [sys.executable, "-c", TABLE, str(trained)]
    piped = subprocess.run(command, capture_output=True, text=True, check=True)
    assert piped.stdout == expected.read_text()
    assert piped.stderr == f"/dev/stdout: {lines} lines\n"
    log = tmp_path / "log.csv"
    log.write_text("before\n")
    with log.open("a") as appended:
        subprocess.run(command, stdout=appended, check=True)
    assert log.read_text() == "before\n" + expected.read_text()


@pytest.fixture
def trained(tmp_path) -> Path:
    from laminet.network.initial import initial_parameters

    network = initial_parameters("imn", 2, 0)
    laminet.Network(network).save(tmp_path / "network.nc")
    return tmp_path / "network.nc"
