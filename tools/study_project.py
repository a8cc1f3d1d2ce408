"""A copy of the project's sources in a temporary folder, where Snakemake can run and sources can be changed."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from laminet import _dissection, _native, _processor, _umat, _voxels

ROOT = Path(__file__).parents[1]

UNDO_EDITABLE_INSTALL = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "Editable" not in type(finder).__name__
                    and "Redirect" not in type(finder).__name__]
"""
"""An editable install would import the original sources, whatever PYTHONPATH says."""

TINY = {
    "folder": "out",
    "rve": {"fibres": 4, "refinement": 16, "candidates": 1},
    "data": {"samples": 12, "validation": 4, "shards": 2},
    "loading": {"steps": 2, "controls": ["stress"]},
    "training": {"depth": 2, "samples": 12, "batch": 6, "epochs": 3},
    "times": {"repeats": 1},
    "variants": {"packing": {"rve": {"seed": 1}, "data": {"shards": 1}}},
    "studies": [
        {
            "name": "data_size",
            "seeds": 2,
            "schemes": {"dmn": ["dmn_residual"]},
            "grids": [{"model": "dmn", "batch": [6, 12]}],
        },
        {
            "name": "depth",
            "seeds": 1,
            "schemes": {"dmn": ["dmn_residual", "newton_condensed"], "imn": ["imn_newton_dense"]},
            "timed": ["online", "training"],
            "grids": [{"model": ["dmn", "imn"], "depth": [1, 2]}],
        },
        {
            "name": "packings",
            "seeds": 1,
            "variants": ["default", "packing"],
            "schemes": {"imn": ["imn_newton_dense"]},
            "grids": [{"model": "imn", "depth": 1}],
        },
    ],
}

TARGETS = (
    "out/fig5.pdf",
    "out/fig7.pdf",
    "out/fig8.pdf",
    "out/fig14.pdf",
    "out/fig17.pdf",
    "out/datasets/packings.nc",
    "out/claims.html",
)


@dataclass(frozen=True)
class Project:
    """A copy of the project that commands can be run in."""

    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess:
        """Run a command of this environment there, importing the copied sources."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=900
        )

    def environment(self) -> dict[str, str]:
        """Variables of a command that is to import the copied sources."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder / "src"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Snakemake on the tiny study."""
        return self.run("snakemake", "--cores", "2", "--configfile", "tiny.yaml", *arguments)

    def planned(self, *targets: str) -> dict[str, int]:
        """Jobs a dry run would do, by rule."""
        done = self.snakemake("-n", "--quiet", "host", "--", *targets)
        assert done.returncode == 0, done.stdout + done.stderr
        return job_counts(done.stdout + done.stderr)


def job_counts(output: str) -> dict[str, int]:
    """Jobs by rule, from the table Snakemake prints."""
    counts = {}
    for line in output.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            counts[words[0]] = int(words[1])
    counts.pop("total", None)
    return counts


def copy_project(folder: Path, study: dict) -> Project:
    """Copy what a study needs into `folder`, with `study` as tiny.yaml and the present native build."""
    for name in ("Snakefile", "config.yaml", "pyproject.toml", "CMakeLists.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("workflow", "profiles", "src", "native", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for module in (_native, _voxels, _dissection, _processor, _umat):
        shutil.copy(module.__file__, folder / "src/laminet")
    (folder / "src/sitecustomize.py").write_text(UNDO_EDITABLE_INSTALL)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(study))
    return Project(folder)
