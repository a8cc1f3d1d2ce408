"""The benchmark against an independent FFT code: both agree where that code is installed, else one line says so."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks/independent_voxels.py"


def test_the_same_discrete_problem_has_the_same_stiffness():
    command = [sys.executable, str(BENCHMARK), "--voxels", "9", "--schemes", "rotated grid"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if importlib.util.find_spec("muSpectre") is None:
        assert done.returncode == 1
        assert re.fullmatch(r"independent_voxels: needs muSpectre .*; pip install muSpectre\n", done.stderr)
        return
    assert done.returncode == 0, done.stderr
    difference = re.search(r"rotated grid.*differ by (\S+)", done.stdout)
    assert difference
    assert float(difference[1]) < 1e-8


def test_one_table_has_iterations_transforms_and_the_other_code():
    """Without the other code, one line says so, and its columns are empty."""
    command = [sys.executable, str(BENCHMARK.with_name("voxels.py")), "--tables", "compare", "--odd", "9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, library, _, row = done.stdout.splitlines()
    assert library.startswith("Transforms: scipy.fft")
    side, step, transforms, share, *_ = row.split()
    assert int(side) == 9
    assert 0.0 < float(transforms) < float(step)
    assert 0 < int(share.rstrip("%")) < 100
    if importlib.util.find_spec("muSpectre") is None:
        assert re.fullmatch(r"needs muSpectre .*; pip install muSpectre", first)
        assert len(row.split()) == 5
    else:
        assert float(row.split()[-1]) < 1e-8
