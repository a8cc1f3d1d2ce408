"""Load paths of one's own through `laminet evaluate --path`: non-proportional, turning, unloading; and wrong ones."""

import subprocess
import sys

import numpy as np
import pytest

from laminet import cli, mandel
from laminet.files import online
from laminet.loading.driver import follow
from laminet.loading.paths import parse, piecewise
from laminet.materials.library import read_materials
from laminet.network import parameters
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
        parameters.save(sparse_network(model, 3, 2, 6), folder / f"{model}.nc", {})
    (folder / "materials.yaml").write_text(MATERIALS)
    return folder


def evaluate(files, model, *options) -> int:
    required = ["--network", files / f"{model}.nc", "--materials", files / "materials.yaml", "--out", files / "o.nc"]
    return cli.main([*map(str, ["evaluate", *required]), *options])


@pytest.mark.parametrize("model", ["dmn", "imn"])
def test_paths_of_the_command_line_are_followed_vertex_by_vertex(model, files):
    steps = 18
    assert evaluate(files, model, "--steps", str(steps), *(f"--path={text}" for text in TEXTS.values())) == 0
    found = online.load(files / "o.nc")
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
            truth = follow(scheme("newton_condensed", parameters.load(files / f"{model}.nc"), composite), path)
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
        ("a=14:0.1", "cannot drive 14"),
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


def test_what_only_the_dense_solver_needs_is_not_imported_without_it(files):
    """165 evaluations of the study start a process each."""
    code = (
        "import sys; from laminet import cli; assert cli.main(sys.argv[1:]) == 0; "
        "print(*(name for name in ('scipy.linalg', 'torch', 'matplotlib') if name in sys.modules))"
    )
    command = ["evaluate", "--network", files / "imn.nc", "--materials", files / "materials.yaml", "--steps", "1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command), "--out", str(files / "p.nc")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []
