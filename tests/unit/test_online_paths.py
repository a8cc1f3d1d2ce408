"""Load paths of one's own through `laminet evaluate --path`: non-proportional, turning, unloading; and wrong ones."""

import subprocess
import sys

import numpy as np
import pytest

import laminet
from laminet import cli, mandel
from laminet.errors import InputError
from laminet.files import curves
from laminet.files.network import load_network, save_network
from laminet.loading.driver import follow
from laminet.loading.paths import parse, piecewise
from laminet.materials.library import read_materials
from laminet.online.schemes import scheme

MATERIALS = """
two_metals:
  phase_1: {law: j2, young: 70, poisson: 0.33, hardening: {initial: 0.1, linear: 1.0}}
  phase_2: {law: j2, young: 200, poisson: 0.3, hardening: {initial: 0.4, saturation: 0.1, rate: 50}}
"""
TEXTS = {
    "cycle": "cycle=11:0.02;11:0;11:0.03",
    "turn": "turn=11:0.01,12:0.01;11:-0.005,12:0.02;23:0.01",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory, sparse_network):
    folder = tmp_path_factory.mktemp("paths")
    for model in ("dmn", "imn"):
        save_network(sparse_network(model, 3, 2, 6), folder / f"{model}.nc", {})
    (folder / "materials.yaml").write_text(MATERIALS)
    return folder


def evaluate(files, model, *options) -> int:
    required = ["--network", files / f"{model}.nc", "--materials", files / "materials.yaml", "--out", files / "o.nc"]
    return cli.main([*map(str, ["evaluate", *required]), *options])


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_paths_of_the_command_line_are_followed_vertex_by_vertex(model, files):
    steps = 18
    assert evaluate(files, model, "--steps", str(steps), *(f"--path={text}" for text in TEXTS.values())) == 0
    found = curves.load_online(files / "o.nc").isel(scheme=0)
    assert found["converged"].values.all()
    for name, text in TEXTS.items():
        vertices = parse(text)[1]
        for control in ("strain", "stress"):
            curve = found.sel(composite="two_metals", control=control, load_case=name)
            for number, vertex in enumerate(vertices, 1):
                reached = curve["strain"].values[number * steps // len(vertices)]
                for component in {component for other in vertices for component in other}:
                    index = mandel.INDEX[component]
                    assert reached[index] == pytest.approx(mandel.FACTOR[index] * vertex.get(component, 0.0), abs=1e-15)
            composite = read_materials(files / "materials.yaml")["two_metals"]
            path = piecewise(name, control, vertices, steps)
            truth = follow(scheme("newton_condensed", load_network(files / f"{model}.nc"), composite), path)
            np.testing.assert_allclose(curve["stress"].values, truth.stress, atol=1e-10 * np.abs(truth.stress).max())
    cycle = found.sel(composite="two_metals", control="stress", load_case="cycle")["stress"].values[:, 0]
    assert cycle[12] < -0.02  # unloaded in strain, yet plastic strain remains: stress of the other sign
    assert cycle[6] > 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("11:0.02;11:0", "the form is NAME="),
        ("=11:0.02", "the form is NAME="),
        ("a=11", "the form is NAME="),
        ("a=11:x", "the form is NAME="),
        ("a=14:0.1", "cannot drive '14'"),
        ("a=11:0.01,11:0.02", "vertex 1 names component 11 twice"),
        ("a=11:0;12:0.01,21:0.02", "vertex 2 names component 12 twice, as 12 and 21"),
        ("31=11:0.01", "load path '31': this is one of the six load cases"),
        ("a/b=11:0.01", "load path 'a/b': a name is text without slashes"),
        ("a=11:nan", "cannot drive 11 to nan"),
        ("a=11:0.01;11:0;11:0.01;11:0;11:0.01", "4 steps for 5 segments"),
    ],
)
def test_wrong_paths_are_one_line_and_leave_nothing(text, message, files, capsys):
    (files / "o.nc").unlink(missing_ok=True)
    assert evaluate(files, "imn", "--steps", "4", "--path", text) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (files / "o.nc").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--path", "a=11:0.01", "--path", "a=22:0.01"], "load path 'a' is given twice"),
        (
            ["--control", "stress", "--control", "stress"],
            "controls is ['stress', 'stress']; it must be several of strain, stress, each once",
        ),
    ],
)
def test_what_is_given_twice_is_refused(options, message, files, capsys):
    assert evaluate(files, "imn", "--steps", "2", *options) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_component_left_out_is_said_once_on_the_command_line(files, capsys):
    assert evaluate(files, "imn", "--steps", "2", "--path", "a=11:0.01;12:0.01") == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if "vertex" in line]
    assert warned == [
        "laminet evaluate: warning: load path 'a': vertex 2 does not name 11, which goes back to zero there; name it "
        "with the value to hold, or with 0"
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"paths": {"11": [{"22": 0.01}]}, "load_case": "22"}, "load path '11': this is one of the six load cases"),
        ({"paths": {"a": {"11": 0.01}}}, "load case 'a': vertices are .*; give a list of mappings"),
        ({"paths": {"a": [{14: 0.01}]}}, "load case 'a': cannot drive '14'; components are '11'"),
        ({"paths": [[{"11": 0.01}]]}, "load paths are .*; give a mapping from names to vertices"),
        ({"paths": {"a": []}}, "load case 'a': drives no component"),
        ({"load_case": 13}, "load case '13' is unknown; the six cases are '11'"),
        ({"load_case": ["11", "11"]}, "load case '11' is given twice"),
        ({"control": ["stress", "stress"]}, "control 'stress' is given twice"),
        ({"control": None}, "control is None; it must be one of strain, stress"),
        ({"strain": "0.02"}, "cannot drive 11 to '0.02'; strains are numbers"),
        ({"steps": 2.5}, "steps is 2.5; it must be a whole number"),
    ],
)
def test_wrong_paths_in_python_are_said_in_one_line(given, message, files):
    with pytest.raises(InputError, match=message):
        laminet.load(files / "imn.nc").evaluate(files / "materials.yaml", **given)


def test_what_only_the_dense_solver_needs_is_not_imported_without_it(files):
    """165 evaluations of the study start a process each."""
    code = (
        "import sys; from laminet import cli; assert cli.main(sys.argv[1:]) == 0; "
        "print('imported', *(name for name in ('scipy.linalg', 'torch', 'matplotlib') if name in sys.modules))"
    )
    command = ["evaluate", "--network", files / "imn.nc", "--materials", files / "materials.yaml", "--steps", "1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command), "--out", str(files / "p.nc")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1].split() == ["imported"]
