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
