"""Pictures show what is there: widths, colours and places follow from the numbers; what cannot be drawn is named."""

import matplotlib
import numpy as np
import pytest
import xarray as xr

import laminet
from laminet import mandel
from laminet.cli import main
from laminet.errors import InputError
from laminet.files import history, netcdf, training_curves
from laminet.files.network import save_network
from laminet.files.training_curves import StoredCurve
from laminet.materials.library import composites
from laminet.network.initial import initial_parameters
from laminet.plots import cells, draw, histories, networks, of_network, save
from laminet.training.settings import TrainingSettings
from laminet.training.state import State

matplotlib.use("Agg")

GLASS = {
    "phase_1": {"law": "j2", "young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.03, "linear": 0.14}},
    "phase_2": {"law": "j2", "young": 72, "poisson": 0.22, "hardening": {"initial": 9.0}},
}


@pytest.fixture
def network(sparse_network):
    return sparse_network("dmn", 4, 1, 7)


def test_branches_of_a_parent_share_its_width(network):
    place = networks.positions(4)
    width = networks.heap.node_weights(network.activation)
    begin = networks._begins(place, width)
    for parent in range(15):
        left, right = 2 * parent + 1, 2 * parent + 2
        assert begin[left] - width[left] / 2 == pytest.approx(place[parent] - width[parent] / 2)
        assert begin[right] + width[right] / 2 == pytest.approx(place[parent] + width[parent] / 2)
        assert begin[left] + width[left] / 2 == pytest.approx(begin[right] - width[right] / 2)


def test_the_tree_says_how_much_is_active(network):
    figure = of_network(network)
    share = np.maximum(network.activation, 0.0)
    said = figure._supxlabel.get_text().replace("\n", " ")
    assert "7 of 16 leaves are active" in said
    assert f"{100 * share[1::2].sum() / share.sum():.1f} % fibre (phase 2)" in said
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    np.testing.assert_allclose(heights, 100 * share / share.sum())


def test_projection_keeps_areas_and_forgets_the_sense(rng):
    direction = rng.normal(size=(20000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    points = networks.project(direction)
    np.testing.assert_allclose(points, networks.project(-direction), atol=1e-12)
    inside = (np.linalg.norm(points, axis=1) < np.sqrt(0.5)).mean()
    assert inside == pytest.approx(0.5, abs=0.015), "half of all directions on half of the disc"
    np.testing.assert_allclose(networks.project(np.array([0.0, 0.0, -1.0])), 0.0)
    assert np.linalg.norm(networks.project(np.array([0.6, 0.8, 0.0]))) == pytest.approx(1.0)


def test_normals_and_leaves_show_what_lives(network):
    figure = of_network(network, "normals")
    assert len(figure.axes[0].collections[0].get_offsets()) == 6, "seven leaves make six laminates"
    figure = of_network(network, "leaves")
    shown = [sum(len(points.get_offsets()) for points in axes.collections) for axes in figure.axes]
    assert shown == [7, 7, 7]
    with pytest.raises(InputError, match="IMN are not rotated"):
        of_network(initial_parameters("imn", 2, 0), "leaves")
    with pytest.raises(InputError, match="kind is 'face'"):
        laminet.Network(network).plot("face")


def test_a_running_training_is_drawn_from_its_checkpoint(tmp_path):
    state = State.initial(TrainingSettings("imn", 2, 4, 50, 0, record=1))
    state.history[:3] = np.arange(1.0, 28.0).reshape(3, 9)
    with pytest.raises(InputError, match=r"neither history\.nc nor checkpoint\.npz"):
        draw([tmp_path])
    state.save(tmp_path / "checkpoint.npz", "any")
    with pytest.raises(InputError, match="no epoch is complete yet"):
        draw([tmp_path])
    state.epoch = 3
    state.save(tmp_path / "checkpoint.npz", "any")
    rows = histories.rows(tmp_path / "checkpoint.npz")
    np.testing.assert_array_equal(rows["train_error"], [1.0, 10.0, 19.0])
    figure = draw([tmp_path])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [100.0, 1000.0, 1900.0])
    (tmp_path / "checkpoint.npz").write_text("no")
    with pytest.raises(InputError, match="not a checkpoint"):
        draw([tmp_path])


def test_histories_of_several_trainings_are_told_apart(tmp_path):
    for name in ("one", "two"):
        rows = np.full((5, len(history.COLUMNS)), 0.01 if name == "one" else 0.02)
        netcdf.write(
            history.to_dataset(rows, np.arange(1, 6), {}),
            tmp_path / name / "history.nc",
            content="history",
            parameters={},
        )
    figure = draw([tmp_path / "one", tmp_path / "two" / "history.nc"])
    assert "1.00 to 2.00 %" in figure._supxlabel.get_text()


@pytest.fixture
def evaluated(tmp_path):
    """Curves of a network in a file, and of another as their reference."""
    network = laminet.Network(initial_parameters("imn", 2, 0))
    options = {"steps": 3, "load_case": ("11", "12")}
    found = network.evaluate({"glass": GLASS, "other": GLASS}, **options)
    netcdf.write(found, tmp_path / "online.nc", content="online", parameters={})
    truth = laminet.Network(initial_parameters("imn", 2, 1)).evaluate({"glass": GLASS}, **options)
    truth = truth.squeeze(["scheme", "composite"], drop=True).assign_attrs(composite="glass")
    netcdf.write(truth, tmp_path / "reference.nc", content="reference", parameters={})
    return tmp_path


def test_errors_on_curves_have_a_panel(tmp_path):
    """Of a training on curves, next to one without; a checkpoint holds them, too."""
    epochs = np.array([5, 10])
    values = np.linspace(0.01, 0.02, 2 * 12).reshape(2, 12)
    netcdf.write(history.to_dataset(values, epochs, {}), tmp_path / "fitted.nc", content="history", parameters={})
    netcdf.write(history.to_dataset(values[:, :9], epochs, {}), tmp_path / "plain.nc", content="history", parameters={})
    assert len(draw([tmp_path / "plain.nc"]).axes) == 3
    figure = draw([tmp_path / "fitted.nc"])
    assert [axes.get_ylabel() for axes in figure.axes][3] == "relative error on curves [%]"
    drawn = [line.get_ydata() for line in figure.axes[3].lines]
    np.testing.assert_allclose(drawn, 100.0 * values[:, 9:11].T)
    assert len(figure.axes[0].lines) == 2
    both = draw([tmp_path / "fitted.nc", tmp_path / "plain.nc"])
    assert [len(axes.lines) for axes in both.axes] == [4, 2, 2, 2]
    np.savez(tmp_path / "checkpoint.npz", recorded=epochs, epoch=10, history=values)
    np.testing.assert_array_equal(histories.rows(tmp_path / "checkpoint.npz")["failed_curves"], values[:, 11])


def training_curve(name: str, control: str, path: str, driven: tuple[int, ...], whole: bool = True) -> StoredCurve:
    """Three steps in which every driven component reaches 1, 2 and 3 % and 10, 20 and 30 MPa."""
    made = composites({name: GLASS}, "test")[name]
    loaded = np.isin(np.arange(6), driven)
    steps = np.arange(4.0)[:, None] * loaded * mandel.FACTOR
    converged = np.array([True, True, True, whole])
    return StoredCurve(made, control, path, "train", loaded, 0.01 * steps, 0.01 * steps, converged)


def test_training_curves_have_a_panel_for_every_path(tmp_path):
    """Uniaxial ones over the strain, others over the steps, a line for each driven component."""
    turn = "22:0.03;22:0.03,12:0.03"
    stored = [
        training_curve("a", "strain", "12:0.03", (mandel.INDEX["12"],)),
        training_curve("a", "stress", turn, (1, mandel.INDEX["12"]), whole=False),
        training_curve("b", "strain", "11:0.03", (0,)),
    ]
    file = tmp_path / "curves.nc"
    netcdf.write(training_curves.dataset_of(stored), file, content="curves", parameters={})
    figure = draw([file], composite="a")
    first, second = figure.axes
    (line,) = first.lines
    np.testing.assert_allclose(line.get_xdata(), [0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(line.get_ydata(), [0.0, 10.0, 20.0, 30.0])
    assert (first.get_title(), second.get_title()) == ("12, strain control", "22 and 12, 2 vertices, stress control")
    assert second.get_xlabel() == "step"
    np.testing.assert_allclose([each.get_ydata() for each in second.lines], [[0.0, 10.0, 20.0, 30.0]] * 2)
    assert "1 of 2 curves failed before their end" in figure._supxlabel.get_text().replace("\n", " ")
    assert main(["plot", str(file), "--composite", "b", "--out", str(tmp_path / "b.png")]) == 0
    for options, words in (
        ({}, "holds a, b; say which by --composite"),
        ({"composite": "c"}, "no composite 'c'; it has a, b"),
        ({"composite": "b", "control": "stress"}, "composite 'b' has no curve under stress control"),
    ):
        with pytest.raises(InputError, match=words):
            draw([file], **options)


@pytest.mark.parametrize("option", ["reference", "composite", "control"])
def test_options_of_curves_are_refused_where_none_are_drawn(network, tmp_path, capsys, option):
    save_network(network, tmp_path / "network.nc", {})
    words = ["plot", str(tmp_path / "network.nc"), f"--{option}", "stress", "--out", str(tmp_path / "tree.png")]
    assert main(words) == 1
    assert f"{option}: not for a picture of the kind tree; leave it out" in capsys.readouterr().err


def test_curves_are_drawn_with_their_errors(evaluated):
    figure = draw([evaluated / "online.nc"], references=[evaluated / "reference.nc"], composite="glass")
    assert len(figure.axes) == 4
    with xr.open_dataset(evaluated / "online.nc") as found, xr.open_dataset(evaluated / "reference.nc") as true:
        stress = found["stress"].isel(scheme=0).sel(composite="glass", control="strain", load_case="12", component="12")
        line = figure.axes[1].lines[0]
        np.testing.assert_allclose(line.get_ydata(), 1e3 * stress / np.sqrt(2.0))
        assert line.get_xdata()[-1] == pytest.approx(5.0)
        expected = true["stress"].sel(control="strain", load_case="12", component="12")
        error = np.linalg.norm(stress - expected) / np.linalg.norm(expected)
    assert f"{100 * error:.1f} %" in figure.axes[1].get_title()
    assert len(draw([evaluated / "reference.nc"], control="stress").axes) == 2


def test_what_cannot_be_drawn_is_named(evaluated, tmp_path, network):
    save_network(network, tmp_path / "network.nc", {})
    for words, files, options in (
        ("glass, other; say which", ["online.nc"], {}),
        ("no composite 'steel'", ["online.nc"], {"composite": "steel"}),
        ("no reference of 'other'", ["online.nc"], {"composite": "other", "references": ["reference.nc"]}),
        ("hold a control twice", ["online.nc"], {"composite": "glass", "references": ["reference.nc"] * 2}),
        ("kind is 'tree'; for 'online' data", ["online.nc"], {"kind": "tree"}),
        ("one at a time", ["network.nc", "network.nc"], {}),
        ("no picture of 'network, online' data", ["network.nc", "online.nc"], {}),
        ("no such file", ["none.nc"], {}),
    ):
        options = options | {"references": [tmp_path / name for name in options.get("references", [])]}
        with pytest.raises(InputError, match=words):
            draw([tmp_path / name for name in files], **options)
    with pytest.raises(InputError, match="a figure is written as"):
        save(of_network(network), tmp_path / "tree.jpg")


def test_by_command_the_same_bytes_twice(tmp_path, network):
    save_network(network, tmp_path / "network.nc", {})
    for name in ("a.svg", "b.svg"):
        assert main(["plot", str(tmp_path / "network.nc"), "--kind", "normals", "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_finest_mesh_that_is_the_truth_has_no_point_in_the_picture_of_convergence():
    """Its error is zero, which a logarithmic axis cannot show; nor is there an extrapolation to show."""
    mesh_error, none = [[0.02, 0.01, 0.0]], [[np.nan, np.nan, 0.0]]
    study = xr.Dataset(
        {
            "mesh_error": (("load_case", "refinement"), mesh_error),
            "extrapolation_error": (("load_case", "refinement"), none),
            "step_error": (("load_case", "stride"), [[0.0, 0.03]]),
        },
        coords={"load_case": ["22"], "refinement": [12, 24, 48], "stride": [1, 2]},
        attrs={"composite": "composite_1", "steps": 8, "control": "stress"},
    )
    above, below = cells.convergence({"a.nc": study}).axes
    line, guide = above.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), [2.0, 1.0, np.nan])
    assert (line.get_label(), guide.get_label()) == ("22", "$h$")
    assert above.yaxis.get_major_formatter()(0.5) == "0.5"
    np.testing.assert_allclose(below.get_lines()[0].get_ydata(), [3.0])
