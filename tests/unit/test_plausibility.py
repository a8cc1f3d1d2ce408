"""Data that are admissible but hardly meant are noticed, with values worked out by hand; laminet's own never are."""

import warnings

import numpy as np
import pytest
import xarray as xr

import laminet
from laminet.cli import main
from laminet.errors import LaminetWarning
from laminet.files import elastic, foreign, netcdf, plausibility
from laminet.materials.sampling import Sampling, sample_phases

LAME, SHEAR = 121.15384615384616, 80.76923076923077  # GPa, of steel: E = 210, nu = 0.3
ABAQUS = ("11", "22", "33", "12", "13", "23")
LS_DYNA = ("11", "22", "33", "12", "23", "13")

VOIGT_STEEL = np.array(
    [
        [LAME + 2 * SHEAR, LAME, LAME, 0, 0, 0],
        [LAME, LAME + 2 * SHEAR, LAME, 0, 0, 0],
        [LAME, LAME, LAME + 2 * SHEAR, 0, 0, 0],
        [0, 0, 0, SHEAR, 0, 0],
        [0, 0, 0, 0, SHEAR, 0],
        [0, 0, 0, 0, 0, SHEAR],
    ]
)
MANDEL_STEEL = VOIGT_STEEL @ np.diag([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])

# A fibre along 3: C11 = C22 = 20, C33 = 250, C12 = 8, C13 = C23 = 9; G12 = (C11 - C12) / 2 = 6, G13 = G23 = 25.
NORMAL_FIBRE = np.array([[20.0, 8.0, 9.0], [8.0, 20.0, 9.0], [9.0, 9.0, 250.0]])


def fibre(shears: tuple[float, float, float]) -> np.ndarray:
    """The fibre with these shear entries, in the order they stand."""
    matrix = np.diag([0.0, 0.0, 0.0, *shears])
    matrix[:3, :3] = NORMAL_FIBRE
    return matrix


def samples(matrix: np.ndarray, fibre_: np.ndarray) -> dict[str, np.ndarray]:
    """Twelve pairs of different moduli, and a composite amid their bounds: Voigt's and Reuss's mean."""
    rng = np.random.default_rng(0)
    first = matrix * rng.uniform(0.5, 1.5, 12)[:, None, None]
    second = fibre_ * rng.uniform(0.5, 1.5, 12)[:, None, None]
    voigt = 0.5 * (first + second)
    reuss = np.linalg.inv(0.5 * np.linalg.inv(first) + 0.5 * np.linalg.inv(second))
    return {"stiffness_1": first, "stiffness_2": second, "stiffness": 0.5 * (voigt + reuss)}


def given(arrays: dict[str, np.ndarray], **options) -> list[str]:
    """Warnings of importing these arrays."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        *phases, stiffness = arrays.values()
        foreign.elastic_data(phases, stiffness, **{"validation": 2, **options})
    assert all(issubclass(entry.category, LaminetWarning) for entry in record)
    return [str(entry.message) for entry in record]


def test_what_is_read_as_it_was_written_gives_no_warning():
    mandel = samples(MANDEL_STEEL, fibre((50.0, 50.0, 12.0)))
    assert given(mandel) == []
    voigt = samples(VOIGT_STEEL, fibre((25.0, 25.0, 6.0)))
    assert given(voigt, notation="voigt") == []
    abaqus = samples(VOIGT_STEEL, fibre((6.0, 25.0, 25.0)))
    assert given(abaqus, notation="voigt", order=ABAQUS) == []
    assert given(abaqus, notation="voigt", order=LS_DYNA) == []  # the fibre looks alike along 1 and 2


@pytest.mark.parametrize(
    ("matrix", "shears", "options", "remedy"),
    [
        (VOIGT_STEEL, (25.0, 25.0, 6.0), {"notation": "mandel"}, "notation voigt,"),
        (MANDEL_STEEL, (50.0, 50.0, 12.0), {"notation": "voigt"}, "notation mandel or tensor_shear,"),
    ],
)
def test_the_factor_of_shear_tells_voigt_from_mandel(matrix, shears, options, remedy):
    (text,) = given(samples(matrix, fibre(shears)), **options)
    assert text.startswith("elastic data: stiffness_1 (12 of 12 samples), stiffness_2 (12 of 12 samples)")
    assert f"if the data have {remedy} but not as they were read (notation {options['notation']}" in text


def test_the_order_is_told_by_a_fibre():
    """Abaqus and LS-DYNA both have 12 in the fourth place: a fibre along 3 does not tell one from the other."""
    expected = (
        "if the data have order 11,22,33,12,13,23 (abaqus, fans) or 11,22,33,12,23,13 (ansys, lsdyna, nastran), but"
    )
    found = given(samples(VOIGT_STEEL, fibre((6.0, 25.0, 25.0))), notation="voigt")
    assert len(found) == 1
    assert expected in found[0]
    assert "stiffness_1 " not in found[0], "of steel every order is right"
    both = given(samples(VOIGT_STEEL, fibre((6.0, 25.0, 25.0))))
    assert any("notation voigt and order 11,22,33,12,13,23 (abaqus, fans) or" in text for text in both)
    assert any("stiffness_1 (12 of 12 samples)" in text and "have notation voigt, but" in text for text in both)
    back = given(samples(MANDEL_STEEL, fibre((50.0, 50.0, 12.0))), order=ABAQUS)
    assert any("order 11,22,33,23,13,12" in text for text in back)


def test_cubic_and_orthotropic_phases_tell_nothing():
    """Copper, C11 = 169, C12 = 122, C44 = 75.3 GPa (Zener's ratio 3.2), in either notation."""
    copper = np.diag([169.0 - 122.0] * 3 + [75.3] * 3)
    copper[:3, :3] += 122.0
    arrays = samples(copper, fibre((7.0, 11.0, 5.0)))
    assert given(arrays) == given(arrays, notation="voigt") == given(arrays, order=ABAQUS) == []


@pytest.mark.parametrize(("factor", "words"), [(1e3, "above 10000 GPa"), (1e-9, "below 1e-06 GPa"), (1.0, None)])
def test_moduli_of_no_solid_tell_a_wrong_unit(factor, words):
    """Steel and the fibre have 283 and 250 GPa along 3: in MPa or in units of 1e9 GPa."""
    arrays = samples(MANDEL_STEEL, fibre((50.0, 50.0, 12.0)))
    found = given({name: factor * values for name, values in arrays.items()})
    assert len(found) == (words is not None)
    assert words is None or (words in found[0] and "is the unit right?" in found[0])


def test_a_pore_is_no_wrong_unit():
    arrays = samples(MANDEL_STEEL, 1e-9 * MANDEL_STEEL)
    assert given(arrays) == []


def test_validation_samples_that_repeat_training_samples_are_told():
    arrays = samples(MANDEL_STEEL, fibre((50.0, 50.0, 12.0)))
    repeated = {name: np.concatenate([values, values[3:5], 7.0 * values[:1]]) for name, values in arrays.items()}
    split = ["train"] * 12 + ["validation"] * 3
    (text,) = given(repeated, split=split)
    assert "3 of 3 validation samples repeat training samples (sample 12 has the phases of 3)" in text
    repeated["stiffness_1"][12:] *= 1.001  # other samples, if near
    assert given(repeated, split=split) == []


def test_swapped_phases_are_told_by_the_bounds():
    arrays = samples(MANDEL_STEEL, fibre((50.0, 50.0, 12.0)))
    arrays["stiffness"] = 0.25 * arrays["stiffness"]
    assert any("outside the bounds of Voigt and Reuss" in text for text in given(arrays))


def test_compliances_given_as_stiffnesses_are_told_by_negative_ratios():
    """Isotropic phases of E = 3 and 70 with nu = 0.3: S_12 = -nu / E is negative, C_12 is positive."""
    entries = np.array([[1.0, -0.3, -0.3], [-0.3, 1.0, -0.3], [-0.3, -0.3, 1.0]])
    compliance = np.diag([0.0, 0.0, 0.0, 1.3, 1.3, 1.3])  # Mandel: (1 + nu) / E
    compliance[:3, :3] = entries
    scale = np.random.default_rng(0).uniform(0.5, 1.5, (2, 12))[..., None, None]
    phases = [compliance * scale[0] / 3.0, compliance * scale[1] / 70.0]
    stiffnesses = [np.linalg.inv(values) for values in phases]
    words = "all Poisson's ratios are negative in more than half of the samples; check the quantity: is this the"
    (text,) = given(dict(zip("12c", [*phases, 0.5 * sum(phases)], strict=True)))
    assert f"stiffness_1, stiffness_2: read as stiffness, {words} compliance?" in text
    mean = dict(zip("12c", [*stiffnesses, 0.5 * sum(stiffnesses)], strict=True))
    (text,) = given(mean, quantity="compliance")
    assert f"compliance_1, compliance_2: read as compliance, {words} stiffness?" in text
    assert given(mean) == []


OPTIONS = {
    "default": {},
    "latin_hypercube": {"sequence": "latin_hypercube"},
    "contrast": {"contrast": 0.0},
    "anisotropy": {"anisotropy": 0.5},
    "one ratio": {"poisson": (0.3, 0.3)},
    "shear": {"shear": (0.05, 2.0)},
    "one shear": {"shear": (0.4, 0.4)},
    "both": {"anisotropy": 0.5, "poisson": (0.3, 0.3), "shear": (0.4, 0.4)},
    "determinant": {"determinant": 0.0},
    "yielding": {"yielding": 0.5},
    "all yielding": {"yielding": 1.0, "contrast": 3.0},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_laminets_own_samples_give_no_warning(options):
    for seed in range(3):
        sampling = Sampling(**options)
        train, validation = (sample_phases(count, seed, k, sampling) for k, count in enumerate((300, 60)))
        first, second = (np.concatenate(pair) for pair in zip(train, validation, strict=True))
        split = np.array(["train"] * 300 + ["validation"] * 60)
        data = elastic.dataset_of(np.stack([first, second], axis=1), 0.5 * (first + second), split)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plausibility.look(data, "own samples")


def test_data_that_do_not_say_their_notation_are_looked_at_where_they_are_used(tmp_path, capsys):
    arrays = samples(VOIGT_STEEL, fibre((25.0, 25.0, 6.0)))
    split = ["train"] * 10 + ["validation"] * 2
    data = xr.Dataset(
        {name: (("sample", "i", "j"), values) for name, values in arrays.items()}, coords={"split": ("sample", split)}
    )
    with pytest.warns(LaminetWarning, match="elastic data: .*notation voigt"):
        foreign.given(data)
    data.to_netcdf(tmp_path / "mine.nc")
    options = ["--model", "imn", "--depth", "1", "--epochs", "1", "--batch", "5"]
    assert main(["train", "--data", str(tmp_path / "mine.nc"), *options, "--out", str(tmp_path / "own")]) == 0
    assert f"laminet train: warning: {tmp_path / 'mine.nc'}: stiffness_1 (12 of 12 samples)" in capsys.readouterr().err
    predict = ["predict", "--network", str(tmp_path / "own/network.nc"), "--data", str(tmp_path / "mine.nc")]
    assert main([*predict, "--out", str(tmp_path / "predicted.nc")]) == 0
    assert "laminet predict: warning: " in capsys.readouterr().err


def test_phases_of_ones_own_are_looked_at():
    arrays = samples(VOIGT_STEEL, fibre((25.0, 25.0, 6.0)))
    with pytest.warns(LaminetWarning, match="mine: stiffness_1 .*notation voigt"):
        foreign.phases_alone(list(arrays.values())[:2], validation=2, where="mine")


def alike(factor: float) -> xr.Dataset:
    """Two equal phases in every sample: any network gives their stiffness, of which the composite has a multiple."""
    steel = MANDEL_STEEL * np.linspace(0.5, 1.5, 12)[:, None, None]
    split = np.array(["train"] * 10 + ["validation"] * 2)
    return elastic.dataset_of(np.stack([steel, steel], axis=1), factor * steel, split)


@pytest.mark.parametrize(("factor", "percent"), [(1.0, None), (1.2, None), (2.0, 50)])
def test_a_training_that_ends_above_20_percent_says_so(tmp_path, capsys, factor, percent):
    """The error is 1 - 1 / factor: 0, 17 and 50 %."""
    netcdf.write(alike(factor), tmp_path / "elastic.nc", content="elastic", parameters={})
    options = ["--model", "imn", "--depth", "1", "--epochs", "1", "--batch", "5", "--out", str(tmp_path / "own")]
    assert main(["train", "--data", str(tmp_path / "elastic.nc"), *options]) == 0
    err = capsys.readouterr().err
    assert ("warning" in err) == (percent is not None)
    expected = f"laminet train: warning: {tmp_path / 'elastic.nc'}: the training ended with errors of 50% (training"
    assert percent is None or expected in err


def test_the_best_of_several_seeds_says_so_once():
    with pytest.warns(LaminetWarning, match="elastic data: the training ended with errors of 50%") as given_:
        network = laminet.train(alike(2.0), depth=1, epochs=1, batch=5, seeds=2)
    assert len(given_) == 1
    assert network.seeds.sizes["seed"] == 2


def test_homogenisation_takes_the_symmetric_part(sparse_network):
    """Of a matrix that is off by 5e-4 in one entry: the network of equal phases returns it, symmetric."""
    network = laminet.Network(sparse_network("imn", 2, 0, 3))
    noisy = MANDEL_STEEL.copy()
    noisy[0, 1] += 5e-4 * (LAME + 2 * SHEAR)
    for backend in ("native", "numpy"):
        with pytest.warns(LaminetWarning, match="stiffness_1: .* not quite symmetric by 0.0005 of its largest entry"):
            homogenised = network.homogenize(noisy, noisy, backend=backend)
        np.testing.assert_allclose(homogenised, homogenised.T, rtol=1e-12, atol=1e-12)
        assert homogenised[0, 1] == pytest.approx(LAME + 2.5e-4 * (LAME + 2 * SHEAR), rel=1e-12)


def test_phases_for_a_cell_are_looked_at(tmp_path, capsys):
    arrays = samples(VOIGT_STEEL, fibre((25.0, 25.0, 6.0)))
    np.savez(tmp_path / "own.npz", stiffness_1=arrays["stiffness_1"][:2], stiffness_2=arrays["stiffness_2"][:2])
    cell = str(tmp_path / "rve.nc")
    assert (
        main(
            [
                "rve",
                "--fibres",
                "1",
                "--refinement",
                "12",
                "--candidates",
                "1",
                "--volume-fraction",
                "0.3",
                "--out",
                cell,
            ]
        )
        == 0
    )
    capsys.readouterr()
    command = ["sample", "--rve", cell, "--phases", str(tmp_path / "own.npz"), "--validation", "1"]
    assert main([*command, "--out", str(tmp_path / "elastic.nc")]) == 0
    assert f"laminet sample: warning: {tmp_path / 'own.npz'}: stiffness_1 (2 of 2 samples), " in capsys.readouterr().err
