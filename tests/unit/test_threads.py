"""A command computes on as many cores as it was asked for: threads that idle would spin and slow down others."""

import os
import subprocess
import sys

import pytest

import laminet
from laminet.mandel import COMPONENTS
from laminet.network import parameters

COUNT = """
import os, sys, time
from laminet import cli
assert "numpy" not in sys.modules, "loaded before its threads are limited"
assert cli.main(sys.argv[1:]) == 0
end = time.monotonic() + 10.0
while (threads := len(os.listdir("/proc/self/task"))) > 1 and time.monotonic() < end:
    time.sleep(0.01)  # a timer that has just been cancelled
print("threads", threads)
torch = sys.modules.get("torch")
print("torch", torch and torch.get_num_threads())
"""


@pytest.fixture
def network(tmp_path) -> str:
    laminet.Network(parameters.initial("imn", 2, 0)).save(tmp_path / "network.nc")
    return str(tmp_path / "network.nc")


def run(arguments: list[str], **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", COUNT, *arguments], env=kept | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("environment", [{}, {"OMP_NUM_THREADS": "4"}], ids=["nothing set", "of the cluster"])
def test_a_command_has_one_thread(network, environment):
    assert "threads 1\n" in run(["info", network], **environment)


def test_numerics_have_one_thread(tmp_path):
    options = "--fibres 1 --volume-fraction 0.3 --refinement 16 --candidates 1"
    assert "threads 1\n" in run(["rve", *options.split(), "--out", str(tmp_path / "rve.nc")])


def test_the_user_may_have_more(network):
    assert "threads 1\n" not in run(["info", network], OPENBLAS_NUM_THREADS="2") or os.cpu_count() == 1


def test_the_order_of_import_is_ours():
    from laminet.cli import files

    assert files.ORDER.split(",") == list(COMPONENTS)
