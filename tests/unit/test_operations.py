"""The counted operations of a training step: those of the native templates, and what a network has of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from laminet_study.operations import COUNTS, operations

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("g++"), reason="no compiler")
def test_counts_are_those_of_the_native_templates(tmp_path):
    source, program = ROOT / "benchmarks/operations.cpp", tmp_path / "operations"
    command = ["g++", "-std=c++20", "-Wno-attributes", "-I", ROOT / "native", source, "-o", program]
    subprocess.run(command, check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    counted: dict[str, int] = {}
    part = ""
    for line in printed.splitlines():
        *words, last = line.split()
        if not line.startswith(" ") and "  " not in line:
            part = line
        else:
            counted[" ".join(([part] if line.startswith(" ") else []) + words)] = int(last)
    for name, (forward, adjoint) in COUNTS.items():
        if not name.startswith("block"):
            assert counted[name] == max(forward, adjoint)
            continue
        assert counted[f"{name} forward"] == forward
        assert counted[f"{name} adjoint" + (", no child" if "aligned" in name else "")] == adjoint


def test_the_smallest_networks_by_hand():
    """One block above two leaves."""
    assert operations("imn", 1) == (344, 494)
    assert operations("dmn-reduced", 1) == (2 * 219 + 578, 2 * 219 + 1007)
    assert operations("dmn-literal", 1) == (2 * 219 + 410 + 627, 2 * 219 + 479 + 627 + 219)


@pytest.mark.parametrize(("form", "ratio"), [("dmn-literal", 2.32), ("dmn-reduced", 1.68)])
def test_ratios_to_the_imn_of_the_study(form, ratio):
    for depth in (6, 7, 8):
        assert sum(operations(form, depth)) / sum(operations("imn", depth)) == pytest.approx(ratio, abs=0.01)
