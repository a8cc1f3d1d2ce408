"""Settings stand once: options, sections of the configuration, tables and checks are made from their classes."""

import ast
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pytest
import settings_tables
import yaml

from laminet import cli
from laminet.cells.fibres.reference import ERROR_ESTIMATES
from laminet.cells.fibres.settings import CellSettings, ConvergenceSettings, ErrorEstimate
from laminet.errors import InputError
from laminet.files.conventions import NOTATIONS, ORDERS
from laminet.files.network import AXES
from laminet.files.settings import ImportSettings, Model, Notation, Tool
from laminet.loading.settings import LoadSettings
from laminet.materials.settings import Sampling, StressUnit
from laminet.network.settings import Initialisation
from laminet.online.schemes import SCHEMES
from laminet.online.settings import OnlineSettings, SchemeName
from laminet.settings import Count, Limits, Settings, Text, check, parts, read, settings_within, table, wanted
from laminet.training.loss import LOSSES
from laminet.training.settings import JobSettings, Loss, TrainingSettings
from laminet.units import STRESS_UNITS
from laminet_study.schema import Config

ROOT = Path(__file__).parents[2]
LIBRARY = (CellSettings, ConvergenceSettings, ImportSettings, LoadSettings, OnlineSettings, Sampling, TrainingSettings)


@dataclass(frozen=True)
class Inner(Settings):
    section = "inner"
    low: Annotated[float, Limits(above=0, below=1), "how low"] = 0.5


@dataclass(frozen=True)
class Outer(Settings):
    section = "outer"
    count: Annotated[int, Limits(1, 16), "how many | of them"]
    kind: Annotated[Literal["a", "b"], "which"] = "a"
    pair: Annotated[tuple[float, float], Limits(0, ascending=True), "range"] = (0.0, 1.0)
    several: Annotated[tuple[int, ...], Limits(1, distinct=True, count=2), "numbers"] = (1, 2)
    inner: Inner = Inner()
    maybe: float | None = None
    seeds: Count | tuple[int, ...] = 1


SEVERAL = "it must be several whole numbers of at least 1, 2 or more, each once"


@pytest.mark.parametrize(
    ("name", "value", "must_be"),
    [
        ("count", 40, "outer: count is 40; it must be a whole number from 1 to 16"),
        ("count", 2.0, "outer: count is 2.0; it must be a whole number from 1 to 16"),
        ("count", True, "outer: count is True; it must be a whole number from 1 to 16"),
        ("kind", "c", "outer: kind is 'c'; it must be one of a, b"),
        ("kind", ["a"], "outer: kind is ['a']; it must be one of a, b"),
        ("pair", (1.0, 0.5), "outer: pair is (1.0, 0.5); it must be two numbers of at least 0, ascending"),
        ("pair", (1.0,), "outer: pair is (1.0,); it must be two numbers of at least 0, ascending"),
        ("pair", (0.0, float("nan")), "outer: pair is (0.0, nan); it must be two numbers of at least 0, ascending"),
        ("several", [3], "outer: several is [3]; it must be several whole numbers of at least 1, 2 or more, each once"),
        (
            "several",
            "12",
            "outer: several is '12'; it must be several whole numbers of at least 1, 2 or more, each once",
        ),
        ("inner", {"low": 1}, "outer: inner: low is 1; it must be a number above 0 and below 1"),
        ("inner", {"hi": 1}, "outer: inner: unknown setting hi; there are low"),
        ("inner", 3, "outer: inner is 3; it must be a mapping from settings to values"),
        ("maybe", "x", "outer: maybe is 'x'; it must be a number"),
        ("seeds", 0, "outer: seeds is 0; it must be a whole number of at least 1 or several whole numbers"),
    ],
)
def test_what_does_not_fit_is_one_line_with_field_value_and_remedy(name, value, must_be):
    for make in (lambda given: Outer(**given), lambda given: read(Outer, given)):
        with pytest.raises(InputError) as caught:
            make({"count": 1, name: value})
        assert str(caught.value) == must_be


def test_unknown_and_missing_settings_are_named():
    with pytest.raises(InputError, match=r"^outer: unknown setting cuont; there are count, kind, pair, "):
        read(Outer, {"cuont": 3})
    with pytest.raises(InputError, match=r"^mine: count is missing; it must be a whole number from 1 to 16"):
        read(Outer, {}, "mine")
    with pytest.raises(InputError, match=r"^mine: kind is missing; it must be one of a, b"):
        read(Outer, {"count": 1}, "mine", complete=True)
    with pytest.raises(InputError, match=r"^name is 'a b'; it must be a name of letters"):
        check(Annotated[str, Text(r"\w+", "of letters")], "a b", "name")


def test_settings_become_plain_values_and_stay_values():
    made = read(Outer, {"count": np.int64(3), "pair": [0, np.float32(0.5)], "seeds": [1, 2], "inner": {"low": 0.25}})
    assert made == Outer(3, pair=(0.0, 0.5), seeds=(1, 2), inner=Inner(0.25))
    assert (type(made.count), type(made.pair[0]), type(made.pair)) == (int, float, tuple)
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(replace(made, kind="a"))
    with pytest.raises(AttributeError):
        made.count = 4
    with pytest.raises(InputError, match="count is 17"):
        replace(made, count=17)


def test_a_table_has_a_row_for_each_setting():
    rows = table(Outer).splitlines()
    assert rows[2] == r"| `count` | | a whole number from 1 to 16 | how many \| of them |"
    assert rows[4] == "| `pair` | `0, 1` | two numbers of at least 0, ascending | range |"
    assert rows[6] == "| `inner.low` | `0.5` | a number above 0 and below 1 | how low |"


def leaves(kind: type[Settings], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and fields of all settings, those within settings, too."""
    for field in fields(kind):
        inner = settings_within(field)
        yield from leaves(inner, f"{prefix}{field.name}.") if inner else [(f"{prefix}{field.name}", field)]


@pytest.mark.parametrize("kind", [*LIBRARY, JobSettings, Initialisation], ids=lambda kind: kind.__name__)
def test_every_setting_has_a_meaning_and_says_what_it_takes(kind):
    for name, field in leaves(kind):
        assert parts(field.type)[2], name
        assert wanted(field.type), name


DELIBERATE = {
    "training.threads": 20,  # one job uses what a workstation has
    "reference.fineness": {"composite_3": 2.67},
}
"""Settings in which config.yaml differs from the defaults, for the study's sake."""


def test_the_shipped_configuration_has_the_defaults_but_where_the_study_wants_others():
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    made = read(Config, shipped, "config", complete=True)
    others = {}
    for name, field in leaves(Config):
        value, default = shipped, field.default if field.default_factory is not dict else {}
        for key in name.split("."):
            value = value[key]
        if "." in name and (list(default) if isinstance(default, tuple) else default) != value:
            others[name] = value
    assert others == DELIBERATE
    assert made.training.depth == TrainingSettings.depth


def test_names_and_what_implements_them_agree():
    for names, known in (
        (Loss, LOSSES),
        (SchemeName, SCHEMES),
        (ErrorEstimate, ERROR_ESTIMATES),
        (StressUnit, STRESS_UNITS),
        (Notation, NOTATIONS),
        (Tool, ORDERS),
        (Model, AXES),
    ):
        assert set(get_args(names)) == set(known)


def choices() -> set[frozenset[str]]:
    """The choices of every setting."""
    kinds = {get_args(parts(field.type)[0]) for kind in LIBRARY for _, field in leaves(kind)}
    flat = {get_args(parts(each)[0]) if get_origin(each) is Literal else (each,) for kind in kinds for each in kind}
    known = {frozenset(kind) for kind in kinds | flat if kind and all(isinstance(each, str) for each in kind)}
    return {known_choices for known_choices in known if len(known_choices) > 1} | {frozenset(get_args(SchemeName))}


DESIGN = ("design.py", "variants.py", "schema.py", "configuration.py")
SCANNED = [
    *(path for path in (ROOT / "src/laminet").rglob("*.py") if path.name != "settings.py"),
    *(ROOT / "src/laminet_study" / name for name in DESIGN),
]
VARIABLES = frozenset({"strain", "stress"})
"""Choices of a control that are variables of every file of curves, too."""


def listed(tree: ast.AST) -> Iterator[tuple[int, frozenset[str]]]:
    """Line and entries of every list of nothing but texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and node.elts:
            entries = [each.value for each in node.elts if isinstance(each, ast.Constant)]
            if len(entries) == len(node.elts) and all(isinstance(entry, str) for entry in entries):
                yield node.lineno, frozenset(entries)


def test_no_choices_are_listed_twice():
    known = choices()
    assert {frozenset(get_args(Loss)), VARIABLES, frozenset(get_args(Notation))} <= known
    for path in SCANNED:
        for line, entries in listed(ast.parse(path.read_text(encoding="utf-8"))):
            assert entries not in known - (set() if "cli" in path.parts else {VARIABLES}), f"{path}:{line}"
    for path in (*(ROOT / "workflow").rglob("*.smk"), ROOT / "Snakefile"):
        patterns = {frozenset(match.split("|")) for match in re.findall(r"\w+(?:\|\w+)+", path.read_text())}
        assert not patterns & known, path


def test_the_documentation_has_the_tables_of_the_classes():
    text = settings_tables.PAGE.read_text(encoding="utf-8")
    assert settings_tables.filled(text) == text, "python tools/settings_tables.py"
    for kind in LIBRARY:
        assert kind.__name__ in text or kind is Sampling, kind


def test_the_help_names_recipes_only_for_what_they_set(capsys, monkeypatch):
    """The batch of curves has the name of the batch of samples, but no recipe sets it."""
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    said = {line[0]: " ".join(line) for line in lines if line[:1] and line[0] in ("--batch", "--curve-batch")}
    assert said["--batch"].endswith("(recipe paper, curves: 40; recipe accurate: 10)")
    assert said["--curve-batch"].endswith("(default: 16)")


ADDED = """
import sys, types
from importlib.util import find_spec
from pathlib import Path

name, anchor = "laminet.training.settings", "    formulation: Annotated["
text = Path(find_spec(name).origin).read_text()
assert text.count(anchor) == 1
new = 'momentum: Annotated[float, Limits(0, below=1), "share of the last step"] = 0.25'
module = sys.modules[name] = types.ModuleType(name)
exec(compile(text.replace(anchor, f"    {new}" + chr(10) + anchor), name, "exec"), module.__dict__)

from laminet import cli
from laminet.errors import InputError
from laminet.settings import read, table
from laminet_study.schema import Training

print(table(module.TrainingSettings))
try:
    read(Training, {"momentum": 2})
except InputError as error:
    print(error)
cli.main(["train", "--help"])
"""


def test_a_new_setting_touches_one_file():
    """Its line in the class is also the option, the key of config.yaml and the row of the table."""
    done = subprocess.run([sys.executable, "-c", ADDED], capture_output=True, text=True, env={"COLUMNS": "200"})
    assert "| `momentum` | `0.25` | a number of at least 0 and below 1 | share of the last step |" in done.stdout
    assert "training: momentum is 2; it must be a number of at least 0 and below 1" in done.stdout
    assert "--momentum NUMBER     share of the last step (recipe paper, accurate, curves: 0.25)" in done.stdout, (
        done.stderr
    )


@pytest.mark.parametrize(
    ("text", "value"), [("-1e-05", -1e-5), ("-2.5E+2", -250.0), ("-1e999", -math.inf), ("-3", -3.0)]
)
def test_a_negative_number_is_a_value_and_no_option(text, value):
    given = ["train", "--model", "imn", "--data", "elastic.nc", "--out", "net", "--initialisation-euler", text, "1e-3"]
    assert cli.parser().parse_args(given).initialisation_euler == [value, 1e-3]


def test_help_shows_choices_and_defaults_of_the_classes(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for command, kinds in (
        ("train", (TrainingSettings, JobSettings)),
        ("evaluate", (OnlineSettings,)),
        ("rve", (CellSettings,)),
    ):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        text = " ".join(capsys.readouterr().out.split())
        for kind in kinds:
            for name, field in leaves(kind):
                meaning = parts(field.type)[2]
                assert meaning in text, name
                option = "--" + name.replace(".", "-").replace("_", "-")
                assert option in text
