"""Creep, relaxation and rates by the command line, in configurations and in Python: what is written and refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import laminet
from laminet import cli
from laminet.cells.fibres import cell
from laminet.errors import InputError
from laminet.files import curves
from laminet.files.network import save_network
from laminet.training.curve_data import curve_data_of
from laminet.training.settings import TrainingSettings
from laminet_study import commands, configuration, design

MATERIALS = """
polymer:
  phase_1: {law: viscoplastic, young: 2.1, poisson: 0.3, hardening: {initial: 0.029, linear: 0.139},
            norton: {drag: 0.05, exponent: 5}}
  phase_2: {law: j2, young: 70, poisson: 0.3, hardening: {initial: 0.4}}
"""
CREEP, RELAX = "creep=s22:0.06,duration:1;duration:100", "relax=22:0.01,duration:1;duration:100"
PATHS = ["--path", CREEP, "--path", RELAX, "--steps", "4", "--control", "stress", "--duration", "10"]
HOLD = {
    "creep": [{"s22": 0.06, "duration": 1}, {"duration": 100}],
    "relax": [{"22": 0.01, "duration": 1}, {"duration": 100}],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory, sparse_network) -> Path:
    folder = tmp_path_factory.mktemp("timed")
    save_network(sparse_network("imn", 3, 2, 6), folder / "n.nc", {})
    (folder / "m.yaml").write_text(MATERIALS)
    cell.save(cell.build(cell.CellSettings(fibres=2, refinement=12, candidates=1, seed=0)), folder / "rve.nc", {})
    required = ["--rve", folder / "rve.nc", "--materials", folder / "m.yaml", "--composite", "polymer"]
    done = cli.main([*map(str, ["reference", *required, "--out", folder / "r.nc"]), *PATHS, "--error-estimate", "none"])
    assert done == 0
    return folder


def evaluate(files: Path, *options: str) -> int:
    required = ["--network", files / "n.nc", "--materials", files / "m.yaml", "--out", files / "o.nc"]
    return cli.main([*map(str, ["evaluate", *required]), *options])


def test_files_hold_the_time_and_what_was_prescribed(files):
    assert evaluate(files, *PATHS, "--reference", str(files / "r.nc")) == 0
    found, truth = curves.load_online(files / "o.nc"), curves.load_reference(files / "r.nc")
    for data in (found, truth):
        time = data["path_time"]
        assert time.attrs["units"] == "s"
        np.testing.assert_allclose(time.sel(load_case="11"), [0.0, 2.5, 5.0, 7.5, 10.0])
        for name in ("creep", "relax"):
            np.testing.assert_allclose(time.sel(load_case=name), [0.0, 0.5, 1.0, 51.0, 101.0])
        prescribed = data["prescribed"].sel(control="stress").astype(bool)
        assert prescribed.sel(load_case="relax").values.tolist() == [False, True, False, False, False, False]
        assert not prescribed.sel(load_case="creep").any()
    curve = found.isel(scheme=0, composite=0, control=0)
    creep, relax = curve.sel(load_case="creep"), curve.sel(load_case="relax")
    np.testing.assert_allclose(creep["stress"][2:, 1], 0.06, rtol=1e-6)
    assert (np.diff(creep["strain"].values[:, 1]) > 0.0).all()
    assert (np.diff(relax["stress"].values[2:, 1]) < 0.0).all()
    wanted = truth.isel(control=0).sel(load_case="creep")["strain"].values[:, 1]
    error = np.linalg.norm(creep["strain"].values[:, 1] - wanted) / np.linalg.norm(wanted)
    assert creep["error"].item() == pytest.approx(error)


def test_python_and_the_command_line_agree(files):
    assert evaluate(files, *PATHS) == 0
    written = curves.load_online(files / "o.nc")
    options = {"paths": HOLD, "steps": 4, "control": "stress", "duration": 10.0}
    direct = laminet.load(files / "n.nc").evaluate(files / "m.yaml", **options)
    np.testing.assert_allclose(direct["strain"], written["strain"], rtol=1e-12, atol=1e-15)
    slow = laminet.load(files / "n.nc").evaluate(files / "m.yaml", **options | {"duration": 1e4})
    at = {"load_case": "12", "component": "12"}
    assert slow["stress"].sel(at).values[..., -1] < 0.95 * direct["stress"].sel(at).values[..., -1]


def test_a_rate_step_changes_the_stress_at_once(files):
    vertices = {"step": [{"12": 0.02, "duration": 100.0}, {"12": 0.03, "duration": 0.1}]}
    options = {"paths": vertices, "steps": 20, "load_case": [], "control": "strain"}
    found = laminet.load(files / "n.nc").evaluate(files / "m.yaml", **options)
    stress = found["stress"].sel(component="12").values.ravel()
    assert stress[11] - stress[10] > 2.0 * (stress[10] - stress[9])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--path", "a=s11:50"], "load case 'a': cannot drive s11 to 50.0; stresses are in GPa, 10 at most"),
        (["--path", "a=11:0.01,s11:0.01"], "load case 'a': drives 11 by strain and by stress (s11); take one of them"),
        (["--path", "a=11:0.01,duration:-1"], "load case 'a': duration is -1.0; it must be a number of at least 0"),
        (["--path", "a=duration:5"], "load case 'a': drives no component"),
        (["--path", "s11=11:0.01"], "load path 's11': this is a component of stress; give the path another name"),
        (["--path", "a=11:0.01,11:0.02"], "vertex 1 names component 11 twice"),
        (["--path", "a=11:0.01,hold:3"], "load case 'a': cannot drive 'hold'; components are '11'"),
        (["--duration", "-3"], "loading: duration is -3.0; it must be a number of at least 0"),
        (["--scheme", "imn_fixed_point_tangent"], "scheme 'imn_fixed_point_tangent' leaves the residual stress out"),
    ],
)
def test_what_cannot_be_driven_is_one_line(options, message, files, capsys):
    assert evaluate(files, "--steps", "4", *options) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--duration": "20"}, "takes 10 s, the path 20 s, or its parts differ; evaluate with the duration"),
        ({"--path": "creep=s22:0.02,duration:1;duration:100"}, "is on another stress path: what is prescribed differs"),
    ],
)
def test_a_reference_at_another_rate_or_stress_is_refused(change, message, files, capsys):
    options = ["--reference", str(files / "r.nc"), "--steps", "4", "--control", "stress"]
    given = {"--duration": "10", "--path": CREEP} | change
    assert evaluate(files, *options, *(word for pair in given.items() for word in pair)) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_configuration_holds_stresses_and_durations(tmp_path):
    root = Path(__file__).parents[2]
    text = "loading:\n  duration: 10\n  paths: {creep: [{s22: 0.03, duration: 1}, {duration: 1e2}]}\n"
    (tmp_path / "mine.yaml").write_text(text)
    config = configuration.read([root / "config.yaml", tmp_path / "mine.yaml"], {})
    design.check(config)
    words = commands.load_options(config)
    assert words[words.index("--duration") + 1] == "10"
    assert words[words.index("--path") + 1] == "creep=s22:0.03,duration:1;duration:100.0"
    (tmp_path / "mine.yaml").write_text("loading: {paths: {a: [{11: 0.01}, {s11: 0.0}]}}\n")
    with pytest.raises(InputError, match="loading: load case 'a': drives 11 by strain and by stress"):
        design.check(configuration.read([root / "config.yaml", tmp_path / "mine.yaml"], {}))


def test_info_and_plots_take_files_with_time(files, capsys):
    reference = ["--reference", str(files / "r.nc")]
    assert evaluate(files, *PATHS, *reference) == 0
    assert cli.main(["info", str(files / "o.nc")]) == 0
    assert cli.main(["plot", str(files / "o.nc"), *reference, "--out", str(files / "p.png")]) == 0
    assert "creep" in capsys.readouterr().out


def test_training_on_curves_says_that_the_law_has_no_adjoint(files):
    options = {"steps": 4, "control": "strain", "load_case": "11"}
    curve = laminet.load(files / "n.nc").evaluate(files / "m.yaml", **options).sel(component="11").squeeze()
    table = pd.DataFrame({f"{name}_11": curve[name].values for name in ("strain", "stress")})
    measured = laminet.measured_curves(table, files / "m.yaml", "polymer")
    for backend in ("native", "torch"):
        with pytest.raises(InputError, match=r"law Viscoplastic has no (adjoint|differentiable_update)"):
            curve_data_of(measured).check(TrainingSettings("imn", 3, backend=backend), 2)
