"""Training on elastic data and curves together: one step by hand, both backends, resumption, starts, clear refusals."""

from dataclasses import replace

import elastic_datasets
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from test_training_checkpoint import Killed, assert_same_run, interrupt_at
from test_training_loop import DATA, TEACHER

import laminet
from laminet import info
from laminet.cli import main
from laminet.errors import DeadNetworkError, InputError
from laminet.files import history, netcdf, training_curves
from laminet.files.network import load_network, save_network
from laminet.loading.paths import uniaxial
from laminet.mandel import euler
from laminet.materials.laws import J2
from laminet.materials.laws.law import Law
from laminet.materials.library import composite
from laminet.network.initial import initial_parameters
from laminet.network.tree import accumulated
from laminet.training import curve_backend, loop
from laminet.training.curve_data import CurveData
from laminet.training.curve_loss import Curve, CurveGradient, CurveSet, curve_gradient
from laminet.training.frames import Frames
from laminet.training.native_backend import NativeBackend
from laminet.training.settings import CurveTerm, TrainingSettings
from laminet.training.state import State

CASES = ("11", "22", "12", "33", "23")


def settings(model="imn", term=None, **changes):
    values = {"model": model, "depth": 2, "batch": 20, "epochs": 4, "seed": 1, "record": 1, "eta": 0.0}
    values |= {"loss": "divergence", "schedule": "cosine", "learning_rate": 5e-3}
    return TrainingSettings(**{**values, "curve": CurveTerm(batch=2, **(term or {})), **changes})


def curves_of(composites, count=5, validation=1) -> CurveData:
    """Curves of the network whose stiffnesses are learnt, in both controls."""
    paths = [uniaxial(CASES[n], ("strain", "stress")[n % 2], 6, 0.03) for n in range(count)]
    bare = [Curve(composites[1 + n % 3], path, np.ones((6, 6)), path.loaded) for n, path in enumerate(paths)]
    stresses = curve_gradient(TEACHER, bare, gradient=False).stress
    learned = [replace(curve, stress=stress) for curve, stress in zip(bare, stresses, strict=True)]
    return CurveData(learned[validation:], learned[:validation])


@pytest.fixture(scope="module")
def curves(composites) -> CurveData:
    return curves_of(composites)


def backend_of(curves, used) -> curve_backend.CurveBackend:
    return curve_backend.CurveBackend(NativeBackend(DATA, used, 1), curves.train, [], used, 2, 1)


def test_errors_on_curves_fall_and_the_teacher_s_are_zero(curves):
    past = loop.train(DATA, settings(epochs=60, record=10), curves=curves).history
    assert past["curve_train_error"][-1] < 0.3 * past["curve_train_error"][0]
    assert past["curve_validation_error"][-1] < 0.02
    assert past["validation_error"][-1] < past["validation_error"][0]
    assert not past["failed_curves"].any()
    known = loop.train(DATA, settings(epochs=1, learning_rate=1e-12), curves=curves, start=TEACHER).history
    assert known["curve_train_error"].item() < 1e-6
    assert known["loss"].item() == pytest.approx(known["curve_train_error"].item(), abs=1e-8)


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_a_step_is_adam_s_for_the_sum_of_both_losses(model, curves):
    """The first step of Adam is rate g / (|g| + epsilon), by hand; activations take half of it, frames pi times it."""
    used = settings(model, {"clip": 1e9})
    state, backend, samples = State.initial(used), backend_of(curves, used), np.arange(20)
    before, elastic = state.network(used), np.empty_like(state.vector)
    backend.elastic.trainer.gradient(before.vector, samples, elastic)
    g = curve_gradient(before, curves.train[:2], every=2).gradient + 20.0 * elastic
    if model == "dmn":
        g[4:] = Frames(before.activation, before.angle).gradient(g[4:].reshape(-1, 3)).ravel()
    backend.step(state, samples, np.arange(2))
    after, change = state.network(used), -5e-3 * g / (np.abs(g) + 1e-8)
    np.testing.assert_allclose(after.activation, before.activation + 0.5 * change[:4], rtol=1e-12)
    if model == "dmn":
        turn = Rotation.from_rotvec(np.pi * change[4:].reshape(-1, 3)).as_matrix()
        q = (accumulated(euler(network.angle), 2) for network in (before, after))
        np.testing.assert_allclose(turn @ next(q), next(q), atol=1e-14)
    else:
        np.testing.assert_allclose(after.angle.ravel(), before.angle.ravel() + change[4:], rtol=1e-12)
    np.testing.assert_allclose(state.first_moment, 0.1 * g, rtol=1e-12)


def test_a_long_gradient_is_shortened_and_an_active_leaf_keeps_its_floor(curves):
    used = settings(term={"clip": 1e-3, "floor": 0.1}, learning_rate=1.0)
    state, backend = State.initial(used), backend_of(curves, used)
    state.vector[:4] = [-0.2, 0.5, 0.4, 0.3]
    backend.step(state, np.arange(20), np.arange(2))
    assert np.linalg.norm(state.first_moment) == pytest.approx(1e-4)
    assert state.vector[0] == -0.2, "a dead leaf rests"
    assert state.vector[1:4].min() == 0.1
    assert state.vector[1:4].max() > 0.5


@pytest.mark.parametrize("model", ["imn", "dmn"])
def test_both_backends_take_the_same_steps(model, curves):
    native, torch = (loop.train(DATA, settings(model, backend=name), curves=curves) for name in ("native", "torch"))
    for name in ("activation", "angle"):
        np.testing.assert_allclose(getattr(native.network, name), getattr(torch.network, name), rtol=0, atol=1e-7)
    for name in ("curve_train_error", "curve_validation_error", "loss", "validation_loss"):
        np.testing.assert_allclose(native.history[name], torch.history[name], rtol=1e-6)


@pytest.mark.parametrize(("model", "epoch"), [("imn", 1), ("imn", 3), ("dmn", 2)])
def test_an_interrupted_training_goes_on_bit_by_bit(tmp_path, monkeypatch, curves, model, epoch):
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)
    used = settings(model, record=2, keep="best")
    expected = loop.train(DATA, used, curves=curves)
    with pytest.raises(Killed):
        loop.train(DATA, used, tmp_path, curves=curves, progress=interrupt_at(epoch))
    seen = []
    resumed = loop.train(DATA, used, tmp_path, curves=curves, progress=lambda done, total, error: seen.append(done))
    assert seen[0] == epoch + 1
    assert_same_run(resumed, expected)


def test_every_curve_comes_once_before_any_comes_again(monkeypatch, curves):
    used, met = settings(epochs=4), []
    monkeypatch.setattr(curve_backend.CurveBackend, "step", lambda self, state, samples, batch: met.extend(batch))
    backend, state = backend_of(curves, used), State.initial(used)
    for _ in range(2):
        backend.epoch(state, np.arange(50))  # three steps of two curves
    for first in (0, 4, 8):
        assert len(set(met[first : first + 4])) == len(met[first : first + 4])
    assert met[:4] != met[4:8]


def test_failed_curves_are_counted_from_row_to_row(monkeypatch, composites):
    gradient = CurveSet.gradient

    def fails(*given, **options):
        result = gradient(*given, **options)
        losses, failed = result.losses.copy(), result.failed.copy()
        losses[0], failed[0] = np.nan, True
        return CurveGradient(losses, result.gradient, result.stress, failed)

    few = curves_of(composites, 3)
    monkeypatch.setattr(CurveSet, "gradient", fails)
    past = loop.train(DATA, settings(epochs=4, record=2), curves=few).history
    # In two epochs six steps, and in the row one of two training curves and the only validation curve.
    assert past["failed_curves"].values.tolist() == [8, 8]
    assert np.isfinite(past["curve_train_error"]).all()
    assert past["curve_validation_error"].isnull().all()


def test_without_validation_curves_their_error_is_unknown(tmp_path, composites):
    alone = loop.train(DATA, settings(), tmp_path, curves=curves_of(composites, 2, 0))
    assert alone.history["curve_validation_error"].isnull().all()
    assert np.isfinite(alone.history["validation_loss"]).all()


def test_a_start_is_continued(tmp_path):
    start = initial_parameters("imn", 2, 9)
    still = loop.train(DATA, settings(epochs=1, learning_rate=1e-12), tmp_path, start=start)
    np.testing.assert_allclose(still.network.angle, start.angle, atol=1e-9)
    assert "start_sha256" in load_network(tmp_path / "network.nc").attributes
    for other, words in ((initial_parameters("imn", 3, 9), "depth of the start is 3, not 2"),):
        with pytest.raises(InputError, match=words):
            loop.train(DATA, settings(), start=other)
    with pytest.raises(InputError, match="model of the start is dmn, not imn"):
        loop.train(DATA, settings(), start=initial_parameters("dmn", 2, 9))
    with pytest.raises(InputError, match="number of phases of the start is 3, not 2"):
        loop.train(DATA, settings(), start=replace(start, phases=3))


def test_a_training_on_elastic_data_knows_nothing_of_curves(curves):
    used = settings()
    assert not {"curve", "curves", "start_sha256"} & set(loop.origin(DATA, used))
    assert {"curve", "curves"} <= set(loop.origin(DATA, used, curves))
    alone = loop.train(DATA, used)
    assert not [name for name in alone.network.attributes if "curve" in name]
    assert "curve_train_error" not in alone.history


def test_the_digest_is_of_curves_and_laws_not_of_names(curves, composites):
    assert curves.digest == curves_of(composites).digest
    first = curves.train[0]
    renamed = replace(first, composite=replace(first.composite, name="other"))
    assert CurveData([renamed, *curves.train[1:]], curves.validation).digest == curves.digest
    others = [replace(first, stress=1.01 * first.stress), replace(first, composite=composites[1])]
    for other in others:
        assert CurveData([other, *curves.train[1:]], curves.validation).digest != curves.digest


def test_curves_that_do_not_fit_are_refused_before_any_step(curves):
    first = curves.train[0]
    laws = {f"phase_{k}": first.composite.laws[k % 2].to_fields() for k in (1, 2, 3)}
    three = replace(first, composite=composite("three", laws, "test"))
    with pytest.raises(InputError, match="composite 'three' has 3 phases, the network 2; they must be equal"):
        loop.train(DATA, settings(), curves=CurveData([first, three], []))
    odd = first.stress.copy()
    odd[1::2] = np.nan  # only steps that the loss leaves out were measured
    with pytest.raises(InputError, match="no stress other than zero is compared"):
        loop.train(DATA, settings(), curves=CurveData([replace(first, stress=odd)], []))


def test_a_gradient_that_is_not_finite_ends_the_training(monkeypatch, curves):
    backend, state = backend_of(curves, settings()), State.initial(settings())
    monkeypatch.setattr(backend.elastic, "elastic_gradient", lambda state, samples: np.full_like(state.vector, np.nan))
    with pytest.raises(DeadNetworkError, match="the gradient is not finite"):
        backend.step(state, np.arange(20), np.arange(2))


def stored(curves: CurveData):
    """The curves as their file holds them."""
    entries = []
    for split, of_split in (("train", curves.train), ("validation", curves.validation)):
        for curve in of_split:
            path = curve.path
            strain = np.where(path.prescribed, path.strain, np.nan)
            stress = np.vstack([np.zeros(6), curve.stress])
            stress[:, ~path.prescribed] = 0.0
            about = curve.composite, path.control, "11", split, path.loaded, strain, stress
            entries.append(training_curves.StoredCurve(*about, np.ones(len(strain), dtype=bool)))
    return training_curves.dataset_of(entries)


@pytest.fixture
def folder(tmp_path, monkeypatch, curves):
    """A folder with elastic data and curves of the teacher, which is the working folder."""
    netcdf.write(elastic_datasets.dataset(DATA), tmp_path / "elastic.nc", content="elastic", parameters={})
    netcdf.write(stored(curves), tmp_path / "curves.nc", content="curves", parameters={})
    monkeypatch.chdir(tmp_path)
    return tmp_path


FIT = ["train", "--data", "elastic.nc", "--curves", "curves.nc", "--recipe", "curves", "--epochs", "3"]


def test_the_recipe_continues_the_best_start_and_says_what_it_was_trained_on(folder, capsys):
    assert main([*FIT, "--model", "imn", "--depth", "2", "--starts", "2", "--seed", "1", "--out", "own"]) == 0
    printed = capsys.readouterr().out
    assert "of the training curves, " in printed
    assert " of the validation curves\n" in printed
    starts = sorted(path.name for path in (folder / "own/start/seeds").iterdir())
    assert starts == ["2", "3"], "other seeds than those of another seed's starts"
    start, network = load_network("own/start/network.nc"), load_network("own/network.nc")
    assert start.attributes["selected_by"] == "validation_divergence"
    assert (start.attributes["epochs"], start.attributes["recipe"]) == (1000, "accurate")
    about = {name: network.attributes[name] for name in ("recipe", "curves", "validation_curves", "eta", "curve_batch")}
    assert about == {"recipe": "curves", "curves": 4, "validation_curves": 1, "eta": 0.0, "curve_batch": 16}
    assert len(network.attributes["curves_sha256"]) == 64
    said = info.summary("own/network.nc")
    assert "trained with recipe curves, samples 50," in said
    assert "curves 4, validation_curves 1" in said
    assert "; curves: training " in said
    assert list(history.CURVE_COLUMNS) == [name for name in history.load("own/history.nc") if "curve" in name]
    again = laminet.train(
        "elastic.nc", "imn", curves="curves.nc", recipe="curves", start="own/start/network.nc", epochs=3, seed=1
    )
    assert again.parameters == network


def test_a_network_is_continued_by_command_with_and_without_curves(folder, capsys):
    save_network(TEACHER, folder / "teacher.nc", {})
    assert main([*FIT, "--start", "teacher.nc", "--out", "fitted"]) == 0
    assert load_network("fitted/network.nc").depth == 2
    elastic = ["train", "--data", "elastic.nc", "--epochs", "1", "--start", "teacher.nc"]
    assert main([*elastic, "--out", "more"]) == 0
    assert "curve" not in " ".join(load_network("more/network.nc").attributes)
    assert "of the training curves" not in capsys.readouterr().out.split("files: fitted")[1]
    assert main([*elastic, "--out", "."]) == 0, "network.nc is another file than the start"
    assert main([*elastic[:-1], "network.nc", "--out", "."]) == 1
    assert "network.nc: is also an input or another result" in capsys.readouterr().err


def test_every_seed_has_starts_of_its_own(folder):
    """Two seeds of two starts each, all written and none trained again; each seed is what it is alone."""
    words = [*FIT, "--model", "imn", "--depth", "2", "--epochs", "1", "--starts", "2"]
    both = [*words, "--seed", "3", "--seeds", "2", "--out", "both"]
    assert main(both) == 0
    starts = sorted(str(path.relative_to(folder / "both/start")) for path in (folder / "both/start").glob("*/seeds/*"))
    assert starts == ["3/seeds/6", "3/seeds/7", "4/seeds/8", "4/seeds/9"]
    for seed in ("3", "4"):
        assert main([*words, "--seed", seed, "--out", seed]) == 0
        assert load_network(folder / f"both/seeds/{seed}/network.nc") == load_network(folder / seed / "network.nc")
    written = {path: path.stat().st_mtime_ns for path in (folder / "both").glob("**/seeds/*/network.nc")}
    assert len(written) == 6
    assert main(both) == 0
    assert written == {path: path.stat().st_mtime_ns for path in written}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--data", "elastic.nc", "--recipe", "curves", "--model", "imn"], "recipe 'curves' needs curves"),
        ([*FIT, "--start", "teacher.nc", "--starts", "3"], "start and starts are given; leave one of them out"),
        ([*FIT, "--start", "teacher.nc", "--depth", "3"], "depth of the start is 2, not 3; take another start"),
        ([*FIT, "--model", "imn", "--curves", "elastic.nc"], "elastic.nc: holds 'elastic' data where 'curves'"),
        ([*FIT, "--model", "imn", "--curve-batch", "0"], "training: curve: batch is 0; it must be a whole number"),
        ([*FIT, "--model", "imn", "--curves", "validation.nc"], "validation.nc: holds no curve for training"),
    ],
)
def test_what_does_not_go_together_is_one_line(folder, capsys, curves, words, message):
    save_network(TEACHER, folder / "teacher.nc", {})
    only = stored(curves).isel(curve=[4])
    netcdf.write(only, folder / "validation.nc", content="curves", parameters={})
    assert main([*words, "--out", "own"]) == 1
    (line,) = capsys.readouterr().err.strip().split("\n")
    assert message in line


class Rigid(J2):
    """A law that does not say how its update can be differentiated."""

    def differentiable_update(self, strain, state):
        return Law.differentiable_update(self, strain, state)


def test_a_law_without_derivatives_is_refused_before_any_step(curves):
    first = curves.train[0]
    j2, fibre = first.composite.laws
    own = replace(first, composite=replace(first.composite, laws=(Rigid(j2.young, j2.poisson, j2.hardening), fibre)))
    with pytest.raises(InputError, match="the law Rigid has no differentiable_update; a training on curves needs one"):
        loop.train(DATA, settings(backend="torch"), curves=CurveData([first, own], []))
