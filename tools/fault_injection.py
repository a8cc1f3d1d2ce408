"""Kill a study at random, seeded moments, start it again, and compare its results with an uninterrupted run's.

python tools/fault_injection.py --kills 25   the long run (make faults); tests/workflow has a short one
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr
from study_project import TARGETS, TINY, Project, copy_project

KINDS = ("everything", "snakemake", "job")
"""What a kill -9 strikes: Snakemake and all its jobs (a power cut), Snakemake alone, or one of its jobs."""

FINISHED = "Finished jobid: "


@dataclass
class Tally:
    """What was done to a study.

    Attributes:
        kills: by kind.
        struck: commands that were running at a kill, by name.
        starts: of Snakemake.
        finished: jobs that Snakemake called finished, over all starts.
    """

    kills: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    finished: int = 0


def inject(project: Project, arguments: list[str], kinds: Iterator[str], rng: random.Random, spread: float) -> Tally:
    """Run a study to its end through the faults `kinds`, each up to `spread` seconds after a job has begun.

    Raises:
        AssertionError: a job outlives its Snakemake, or the study does not end once nothing disturbs it any more.
    """
    tally = Tally()
    log = project.folder / "faults.log"
    done = False
    while not done:
        with open(log, "w") as output:
            process = subprocess.Popen(
                ["snakemake", "--nolock", *arguments],
                cwd=project.folder,
                env=project.environment(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            tally.starts += 1
            struck = _disturb(process, kinds, rng, spread, tally)
            code = process.wait()
        tally.finished += log.read_text().count(FINISHED)
        limit = time.monotonic() + 30.0
        while left := _commands(process.pid):
            assert time.monotonic() < limit, f"jobs outlive their Snakemake: {left}"
            time.sleep(0.05)
        done = code == 0
        assert done or struck, log.read_text()
    return tally


def _disturb(process: subprocess.Popen, kinds: Iterator[str], rng: random.Random, spread: float, tally: Tally) -> bool:
    """Send the faults of one start, up to the one that ends it; whether there were any."""
    struck = False
    for kind in kinds:
        while process.poll() is None and not _commands(process.pid):
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, spread))
        at_work = _commands(process.pid)
        if process.poll() is not None:
            return struck
        if kind == "job":
            if not at_work:
                continue
            victim = rng.choice(sorted(at_work))
            at_work = {victim: at_work[victim]}
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
        elif kind == "snakemake":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        struck = True
        tally.kills[kind] += 1
        tally.struck.update(at_work.values() or ["between jobs"])
        if kind != "job":
            return True
    return struck


def _commands(session: int) -> dict[int, str]:
    """Processes of the session that run a laminet command, and which."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        programs = [index for index, word in enumerate(words[:3]) if word.endswith("/laminet")]
        if fields[0] != "Z" and int(fields[3]) == session and programs:
            found[int(entry.name)] = words[programs[0] + 1]
    return found


def assert_same_results(found: Path, expected: Path) -> int:
    """Every variable of every NetCDF file of two results folders that is not a time, bit by bit; how many."""
    compared = 0
    files = sorted(path.relative_to(expected) for path in expected.glob("**/*.nc"))
    assert files
    assert files == sorted(path.relative_to(found) for path in found.glob("**/*.nc"))
    for name in files:
        with xr.open_dataset(found / name) as one, xr.open_dataset(expected / name) as other:
            assert set(one.variables) == set(other.variables), name
            for variable in other.variables:
                if other[variable].attrs.get("units") == "s":
                    continue
                values, wanted = one[variable].values, other[variable].values
                assert values.dtype == wanted.dtype, (name, variable)
                same = np.array_equal if values.dtype.kind in "OUST" else _same_bits
                assert same(values, wanted), (name, variable)
                compared += 1
    hidden = [path for path in found.glob("**/.*") if path.is_file()]
    assert not hidden, f"left behind: {hidden}"
    return compared


def _same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


def study() -> dict:
    """The tiny study of the workflow's tests, every stage of the large one, with trainings long enough to be killed."""
    return {**TINY, "training": TINY["training"] | {"epochs": 20000}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=25, help="kills, in as many lives of the study as it takes")
    parser.add_argument("--seed", type=int, default=0, help="of the kinds and moments")
    parser.add_argument("--cores", default="2", help="of Snakemake")
    parser.add_argument("--spread", type=float, default=6.0, help="longest time from a job's begin to a kill [s]")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    arguments = ["--cores", args.cores, "--configfile", "tiny.yaml", "--set-threads", "train=1", "--", *TARGETS]
    with tempfile.TemporaryDirectory(prefix="laminet-faults-") as name:
        folder = Path(name)
        expected = _copy(folder / "expected")
        jobs = inject(expected, arguments, iter(()), rng, args.spread).finished
        print(f"uninterrupted: {jobs} jobs", flush=True)
        total, lives, compared = Tally(), 0, 0
        while total.kills.total() < args.kills:
            lives += 1
            project = _copy(folder / f"life{lives}")
            kinds = (rng.choice(KINDS) for _ in range(args.kills - total.kills.total()))
            tally = inject(project, arguments, kinds, rng, args.spread)
            assert tally.finished == jobs, f"{tally.finished} jobs were finished in all, {jobs} expected"
            compared += assert_same_results(project.folder / "out", expected.folder / "out")
            for name in ("kills", "struck"):
                getattr(total, name).update(getattr(tally, name))
            total.starts += tally.starts
            print(f"life {lives}: {dict(tally.kills)}", flush=True)
    report = {"kills": dict(total.kills), "struck": dict(total.struck), "starts": total.starts, "lives": lives}
    print(json.dumps(report | {"jobs": jobs, "variables compared": compared, "losses": 0}, indent=2))
    return 0


def _copy(folder: Path) -> Project:
    """The project with checkpoints so frequent that the short trainings of a small study have some."""
    folder.mkdir()
    project = copy_project(folder, study())
    path = folder / "src/laminet/training/loop.py"
    text = path.read_text()
    assert "CHECKPOINT_INTERVAL = 20.0" in text
    path.write_text(text.replace("CHECKPOINT_INTERVAL = 20.0", "CHECKPOINT_INTERVAL = 0.05"))
    return project


if __name__ == "__main__":
    sys.exit(main())
