"""Native code is chosen for the processor at hand, and refused with a message where the processor cannot run it."""

import os
import subprocess
import sys
from itertools import pairwise

import elastic_datasets
import numpy as np
import pytest

from laminet import _native, _processor, processor
from laminet.errors import InputError, LaminetError
from laminet.files import netcdf
from laminet.materials.sampling import Sampling, sample_phases
from laminet.training.data import ElasticData, Samples

OLD = ["sse4.2", "popcnt"]
HASWELL = [*OLD, "avx", "avx2", "fma"]
SKYLAKE = [*HASWELL, "avx512f", "avx512dq", "avx512bw", "avx512vl"]
LEVELS = {"v2": OLD, "v3": HASWELL, "v4": SKYLAKE}


@pytest.mark.parametrize(
    ("features", "level"),
    [(OLD, "v2"), (HASWELL, "v3"), (HASWELL[:-1], "v2"), (SKYLAKE, "v4"), ([*SKYLAKE[:-1], "gfni"], "v3")],
)
def test_the_best_level_is_taken_that_the_processor_has_in_full(features, level):
    assert processor.choice(LEVELS, features) == level


@pytest.mark.parametrize("level", ["v2", "v3"])
def test_a_level_can_be_forced(level):
    assert processor.choice(LEVELS, SKYLAKE, level) == level


@pytest.mark.parametrize(
    ("forced", "told"),
    [
        ("v4", "LAMINET_LEVEL is v4, but this processor lacks avx512f, avx512dq, avx512bw, ...; unset it"),
        ("v5", "LAMINET_LEVEL is 'v5'; it must be one of v2, v3, v4"),
        ("x86-64-v3", "LAMINET_LEVEL is 'x86-64-v3'; it must be one of v2, v3, v4"),
    ],
)
def test_a_level_that_cannot_be_forced_is_refused(forced, told):
    with pytest.raises(InputError) as caught:
        processor.choice(LEVELS, HASWELL, forced)
    assert str(caught.value) == told


def test_a_build_without_levels_takes_none():
    assert processor.choice({"single": HASWELL}, SKYLAKE) == "single"
    with pytest.raises(InputError, match="LAMINET_LEVEL is set, but this build of laminet has no levels; unset it"):
        processor.choice({"single": []}, SKYLAKE, "v3")


@pytest.mark.parametrize(("needs", "lacks"), [(SKYLAKE, "fma, avx512f, avx512dq, ..."), (HASWELL, "fma")])
def test_a_build_for_another_processor_is_refused(needs, lacks):
    with pytest.raises(LaminetError) as caught:
        processor.choice({"single": needs}, HASWELL[:-1])
    assert str(caught.value) == (
        f"laminet was compiled for another processor: this one lacks {lacks}; "
        "remove the folder build and install laminet here again, or install a wheel"
    )


def test_a_wheel_is_refused_by_a_processor_that_is_too_old():
    with pytest.raises(LaminetError) as caught:
        processor.choice(LEVELS, ["popcnt"])
    assert str(caught.value) == (
        "the wheel of laminet needs a newer processor: this one lacks sse4.2; "
        "compile laminet here: python -m pip install --no-binary laminet laminet"
    )


def test_the_features_of_this_processor_are_those_that_linux_reads():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next(line for line in file if line.startswith("flags")).split()
    except (OSError, StopIteration):
        pytest.skip("only Linux on x86-64 lists the features of its processor")
    names = {"sse3": "pni", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "bmi": "bmi1", "lzcnt": "abm"}
    names |= {f"avx512{part}": f"avx512_{part}" for part in ("vbmi2", "vnni", "bitalg", "vpopcntdq")}
    for feature in _processor.features():
        assert names.get(feature, feature) in flags, feature
    features = set(_processor.features())
    assert ("avx2" in flags, "avx512f" in flags) == ("avx2" in features, "avx512f" in features)


def test_every_variant_needs_what_the_one_before_needs():
    needs = [set(names) for _, names in _processor.variants()]
    assert all(before < after for before, after in pairwise(needs))
    assert set(processor.usable_levels()) <= {"v2", "v3", "v4"}


@pytest.fixture
def trained(tmp_path):
    """What `laminet train` says in a process of its own, after `preamble` and with LAMINET_LEVEL as given."""
    phases = sample_phases(12, 0, 0, Sampling(contrast=1.0))
    samples = Samples(np.stack(phases, axis=1), 0.5 * sum(phases))
    data = elastic_datasets.dataset(ElasticData(samples, samples))
    netcdf.write(data, tmp_path / "elastic.nc", content="elastic", parameters={})

    def said(preamble: str, level: str = "") -> str:
        arguments = ["train", "--data=elastic.nc", "--model=imn", "--depth=1", "--epochs=1", "--out=trained"]
        code = f"{preamble}\nfrom laminet.cli import main\nraise SystemExit(main({arguments}))"
        environment = {**os.environ, "LAMINET_LEVEL": level}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 1, done.stderr
        return done.stderr

    return said


def test_a_command_on_another_processor_says_so_in_one_line(trained):
    told = trained("from laminet import _processor\n_processor.variants = lambda: [('single', ['avx9'])]")
    assert told.startswith("laminet train: laminet was compiled for another processor: this one lacks avx9; remove")
    assert told.count("\n") == 1


def test_a_command_with_a_wrong_level_says_so_in_one_line(trained):
    told = trained("from laminet import _processor\n_processor.variants = lambda: [('v2', []), ('v3', [])]", "v9")
    assert told == "laminet train: LAMINET_LEVEL is 'v9'; it must be one of v2, v3\n"


def test_files_without_native_code_can_still_be_written(monkeypatch):
    assert netcdf._build() == _native.build
    monkeypatch.setattr(netcdf.importlib, "import_module", lambda _: processor.choice({"single": ["avx9"]}, []))
    assert netcdf._build() == "none"
