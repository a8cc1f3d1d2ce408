"""What a command says at its end."""

import re

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.files import netcdf
from laminet.files.network import save_network
from laminet.materials.sampling import Sampling, sample_phases
from laminet.outcome import of_evaluation, of_training


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    phases = sample_phases(40, 1, 0, Sampling(contrast=2.0))
    return laminet.elastic_data(phases, 0.5 * sum(phases))


def test_a_training_says_how_good_it_is_and_what_to_type_next(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    netcdf.write(data, "elastic.nc", content="elastic", parameters={})
    assert (
        main(["train", "--data", "elastic.nc", "--model", "imn", "--depth", "2", "--epochs", "20", "--out", "own"]) == 0
    )
    said = capsys.readouterr().out.splitlines()
    network, past = laminet.load("own/network.nc"), xr.load_dataset("own/history.nc").isel(epoch=-1)
    assert said[0] == f"IMN of depth 2: {network.active_nodes} of 4 leaves active"
    assert said[1] == (
        f"error in stiffness: {100 * float(past['train_error']):.2f} % of the training samples, "
        f"{100 * float(past['validation_error']):.2f} % of the validation samples (Eq. 33)"
    )
    assert said[2] == f"time: {float(past['elapsed']):.2g} s for 20 epochs"
    assert said[3:] == [
        "files: own/network.nc, own/history.nc",
        "next: laminet evaluate --network own/network.nc --materials materials.yaml --out own/response.nc",
    ]


def test_the_errors_are_those_of_the_network_that_is_kept(data):
    trained = laminet.train(data, depth=2, epochs=30, keep="best", record=1, learning_rate=0.3)
    kept = trained.history.isel(epoch=int(trained.history["validation_loss"].values.argmin()))
    assert f"{100 * float(kept['train_error']):.2f} % of the training" in of_training(trained, "own")


def test_several_seeds_are_compared_and_evaluated_together(data, tmp_path):
    trained = laminet.train(data, depth=2, epochs=20, seeds=3, directory=tmp_path / "my nets")
    table = trained.seeds.assign(validation_error=("seed", [0.1, 0.2, 0.3]))
    table = table.assign(validation_divergence=("seed", [0.3, 0.2, 0.1]))
    said = of_training(laminet.Network(trained.parameters, trained.history, table), tmp_path / "my nets").splitlines()
    assert said[4].startswith("* best by validation error: 10 %; of 3")
    assert said[5] == f"  by validation divergence, seed 2 is the best: {tmp_path / 'my nets/seeds/2'}"
    assert re.fullmatch(r"time: [.\de-]+ s for 3 trainings of 20 epochs", said[8])
    assert said[-1].startswith(f"next: laminet evaluate --network '{tmp_path}/my nets/seeds'/*/network.nc --materials")
    agree = table.assign(validation_divergence=table["validation_error"])
    assert "by validation divergence" not in of_training(
        laminet.Network(trained.parameters, trained.history, agree), tmp_path
    )


@pytest.fixture(scope="module")
def evaluated(sparse_network, composites):
    network = laminet.Network(sparse_network("imn", 3, 1, 6))
    options = {"control": ("stress", "strain"), "load_case": ("11", "22", "12"), "steps": 4}
    truth = laminet.Network(sparse_network("imn", 3, 2, 5)).evaluate(composites[2], **options)
    truth = truth.squeeze(["scheme", "composite"], drop=True).assign_attrs(composite="composite_2")
    return network.evaluate(composites[2], references=truth.sel(load_case=["11", "12"]), **options)


def rows(text: str) -> list[list[str]]:
    """Cells of the table: two spaces at least stand between them."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("composite "))
    return [re.split(r" {2,}", line.strip()) for line in lines[begin : begin + 3]]


def test_an_evaluation_says_mean_and_worst_error_by_curve(evaluated):
    said = of_evaluation(evaluated, "out/o n.nc", ["reference.nc"], 0.1234)
    assert said.splitlines()[0] == (
        "out/o n.nc: IMN of depth 3 with 6 active leaves; 6 curves of 4 steps, 0.12 s CPU time"
    )
    head, stress, strain = rows(said)
    assert head == ["composite", "control", "scheme", "mean error", "worst error", "iterations a step"]
    assert (stress[:3], strain[1]) == (["composite_2", "stress", "newton_condensed"], "strain")
    errors = 100 * evaluated["error"].sel(control="stress").values.ravel()  # of 11, none of 22, and of 12
    assert stress[3] == f"{(errors[0] + errors[2]) / 2:.2f} % (2 of 3)"
    worst = "11" if errors[0] > errors[2] else "12"
    assert stress[4] == f"{np.nanmax(errors):.2f} % in {worst}"
    assert "not converged" not in said
    assert said.splitlines()[-1] == "next: laminet plot 'out/o n.nc' --reference reference.nc --out 'out/o n.png'"
    assert len({len(line) for line in said.splitlines()[1:4]}) == 1, "the columns are aligned"


def test_without_a_reference_it_says_how_to_get_errors(evaluated):
    said = of_evaluation(evaluated.drop_vars(["error", "error_vector"]), "o.nc", [], 0.1)
    assert rows(said)[0] == ["composite", "control", "scheme", "iterations a step"]
    assert "errors are unknown: compare with curves of the RVE by --reference" in said


def test_several_composites_are_plotted_one_at_a_time(evaluated):
    both = evaluated.drop_vars("loaded").assign_coords(composite=["a b"])
    both = xr.concat([both, both.assign_coords(composite=["other"])], "composite", data_vars="all").assign(
        loaded=evaluated["loaded"]
    )
    assert of_evaluation(both, "o.nc", [], 0.1).endswith("next: laminet plot o.nc --composite 'a b' --out o.png")


def test_networks_of_one_seed_are_told_apart_by_their_names(sparse_network, composites):
    """Two trainings of other data may have the same seed."""
    networks = {name: laminet.Network(sparse_network("imn", 3, seed, 6)) for seed, name in enumerate("ab")}
    options = {"control": "stress", "load_case": ("11", "12"), "steps": 4}
    truth = networks["a"].evaluate(composites[2], **options).squeeze(["scheme", "composite"], drop=True)
    curves = laminet.evaluate(
        networks, composites[2], references=truth.assign_attrs(composite="composite_2"), **options
    )
    for seeds, named in (([201, 201], "b"), ([201, 202], "seed 202")):
        said = of_evaluation(curves.assign_coords(seed=("network", seeds)), "o.nc", [], 0.1)
        assert re.search(rf"% in 1[12], {named} ", said)


def test_measured_times_are_told(evaluated):
    time = (("scheme", "composite", "control", "repeat"), [[[[0.004, 0.003], [0.005, 0.006]]]])
    head, stress, strain = rows(of_evaluation(evaluated.assign(time=time), "o.nc", [], 0.1))
    assert (head[-1], stress[-1], strain[-1]) == ("CPU time", "3 ms", "5 ms")


def test_the_next_command_can_be_typed(sparse_network, composites, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_network(sparse_network("imn", 3, 1, 6), "network.nc", {})
    (tmp_path / "materials.yaml").write_text(f"glass: {composites[2].text}\n")
    assert (
        main(["evaluate", "--network", "network.nc", "--materials", "materials.yaml", "--steps", "4", "--out", "o.nc"])
        == 0
    )
    command = capsys.readouterr().out.splitlines()[-1].removeprefix("next: laminet ")
    assert main(command.split()) == 0
    assert (tmp_path / "o.png").is_file()


def test_the_time_of_repeats_is_told_apart(evaluated):
    """Their warm-up takes longer than the curves."""
    repeated = evaluated.assign(time=evaluated["error"].expand_dims(repeat=5))
    assert (
        of_evaluation(repeated, "o.nc", [], 1.0).splitlines()[0].endswith("1 s CPU time with a warm-up and 5 repeats")
    )
    assert of_evaluation(evaluated, "o.nc", [], 1.0).splitlines()[0].endswith("1 s CPU time")
