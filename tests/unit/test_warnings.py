"""One kind of warning: a LaminetWarning at the caller's line in Python, one line on the command line."""

import argparse
import warnings

import pytest

from laminet.cli import main, networks, notices
from laminet.errors import LaminetWarning, warn
from laminet_study import cli


def test_a_warning_names_the_line_of_the_caller():
    with pytest.warns(LaminetWarning, match="data: strange") as given:
        warn("data: strange")
    assert given[0].filename == __file__


def test_the_command_line_prints_each_warning_as_one_line(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as PYTHONWARNINGS=error has it
        with notices.shown("laminet import"):
            for _ in range(2):
                warn("data:\n strange")
    assert capsys.readouterr().err == 2 * "laminet import: warning: data: strange\n"


def test_a_command_shows_the_warnings_of_the_library(monkeypatch, capsys):
    def train(args: argparse.Namespace) -> None:
        warn(f"{args.data}: strange")

    monkeypatch.setattr(networks, "train", train)
    assert main(["train", "--data", "x.nc", "--model", "imn", "--out", "own"]) == 0
    assert capsys.readouterr().err == "laminet train: warning: x.nc: strange\n"


def test_a_command_within_a_command_is_named_in_full(tmp_path, capsys):
    missing = str(tmp_path / "none.nc")
    assert cli.main(["time", "merge", missing, "--out", str(tmp_path / "times.nc")]) == 1
    assert capsys.readouterr().err == f"laminet-study time merge: {missing}: no such file\n"
