"""The levels of a wheel for x86-64 give the same trainings and the same nonlinear curves, to rounding."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import laminet
from laminet import processor

LEVELS = processor.usable_levels()

pytestmark = pytest.mark.skipif(len(LEVELS) < 2, reason="this build has no levels to compare: make levels-check")

RESULTS = """
import sys
import numpy as np
from laminet import _native
from laminet.loading.paths import uniaxial
from laminet.materials.library import composite
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.homogenize import homogenize
from laminet.network.initial import initial_parameters
from laminet.online import evaluation
from laminet.online.material import Material
from laminet.online.settings import OnlineSettings
from laminet.training.data import ElasticData, Samples
from laminet.training.loop import train
from laminet.training.settings import TrainingSettings

phases = sample_phases(23, 11, 0, Sampling(contrast=1.0))
samples = Samples(np.stack(phases, axis=1), homogenize(initial_parameters("imn", 3, 5), *phases))
parts = {
    "phase_1": {"law": "j2", "young": 2.1, "poisson": 0.3, "hardening": {"initial": 0.03, "linear": 0.1}},
    "phase_2": {"law": "j2", "young": 72, "poisson": 0.22, "hardening": {"initial": 9}},
}
material = composite("glass", parts, "materials")
paths = [[uniaxial(case, control, 4, 0.02) for case in ("11", "12")] for control in ("strain", "stress")]
results = {}
for model, formulation in (("imn", "literal"), ("dmn", "literal"), ("dmn", "reduced")):
    settings = TrainingSettings(model, 3, 5, epochs=20, seed=1, formulation=formulation)
    trained = train(ElasticData(samples, samples), settings)
    name = f"{model}_{formulation}"
    results[name] = np.concatenate([trained.network.activation, trained.network.angle.ravel()])
    results[f"{name}_errors"] = trained.history["train_error"]
for scheme in ("newton_condensed", "dmn_residual", "imn_newton_dense"):
    network, settings = initial_parameters("imn" if "imn" in scheme else "dmn", 3, 7), OnlineSettings(tolerance=1e-11)
    curves = evaluation.evaluate(network, scheme, [material], paths, settings)
    assert curves["converged"].values.all()
    results[scheme] = curves["stress"].values
law = Material(initial_parameters("imn", 4, 7), material, points=13)
strain = np.random.default_rng(1).normal(scale=0.01, size=(13, 6))
results["stress"], results["tangent"], _ = law.update(strain, law.virgin())
np.savez(sys.argv[1], build=_native.build, **results)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Of every level: its results, from a process of its own."""
    folder = tmp_path_factory.mktemp("levels")
    for level in LEVELS:
        command = [sys.executable, "-c", RESULTS, folder / f"{level}.npz"]
        subprocess.run(command, env={**os.environ, "LAMINET_LEVEL": level, "OMP_NUM_THREADS": "1"}, check=True)
    return {level: dict(np.load(folder / f"{level}.npz")) for level in LEVELS}


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_gives_the_results_of_the_slowest(results, level):
    expected, actual = dict(results[LEVELS[0]]), dict(results[level])
    assert str(actual.pop("build")).startswith(f"x86-64-{level}, ")
    expected.pop("build")
    assert expected.keys() == actual.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(actual[name], values, rtol=0, atol=1e-9 * np.nanmax(abs(values)), err_msg=name)


LOADED = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print(open('/proc/self/maps').read())"


@pytest.mark.skipif(sys.platform != "linux", reason="only the loader of glibc chooses a library")
@pytest.mark.parametrize("name", ["liblaminet.so", "libLAMINET.so"])  # the user material, which needs the other
def test_the_loader_takes_the_library_of_the_best_level(name):
    library, best = Path(laminet.library_dir()), LEVELS[-1]
    if best == "v2" or tuple(map(int, platform.libc_ver()[1].split("."))) < (2, 33):
        pytest.skip("this processor or this glibc has no better library")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    maps = subprocess.check_output([sys.executable, "-c", LOADED, name], env=environment, text=True)
    assert str(library / f"glibc-hwcaps/x86-64-{best}/liblaminet.so") in maps
