"""Install the wheel in dist/ alone into a new environment and use it: train and evaluate a network.

python tools/package_check.py [FOLDER]   FOLDER holds the wheel and the source distribution; `make package-check` does
                                         both steps
python tools/package_check.py --installed   use the laminet of the environment that runs this
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]

RUNTIME = {"numpy", "scipy", "xarray", "netcdf4", "pyyaml"}
NOT_NEEDED = {"torch", "matplotlib", "seaborn", "snakemake", "jsonschema", "jinja2", "pytest"}
"""Packages that `pip install laminet` must not bring, and that training and evaluating a network must not need."""

IN_SOURCES = ("pyproject.toml", "CMakeLists.txt", "LICENSE", "README.md", "CITATION.cff", "Snakefile", "config.yaml")
IN_SOURCES += ("native/bindings/native.cpp", "src/laminet/py.typed", "workflow/rules/train.smk")
IN_SOURCES += ("envs/requirements.txt", "tools/package_check.py", "docs/usage.md")

DATA = """
import numpy as np, xarray as xr
from laminet import mandel
from laminet.materials.sampling import Sampling, sample_phases
from laminet.network.block import laminate
first, second = sample_phases(40, seed=1, stream=0, sampling=Sampling(contrast=1.0))
composite = laminate(0.4, first, second, mandel.interface(np.array([0.0, 0.6, 0.8])))
dims = ("sample", "i", "j")
xr.Dataset(
    {"stiffness_1": (dims, first), "stiffness_2": (dims, second), "stiffness": (dims, composite)},
    coords={"split": ("sample", ["train"] * 32 + ["validation"] * 8)},
).to_netcdf("elastic.nc")
"""

MATERIALS = """
glass:
  phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.03, linear: 0.1}}
  phase_2: {law: j2, young: 72, poisson: 0.22, hardening: {initial: 9}}
"""

COMMANDS = (
    "laminet --version",
    "laminet --help",
    "laminet train --data elastic.nc --model imn --depth 2 --samples 32 --batch 8 --epochs 200 --out own",
    "laminet predict --network own/network.nc --data elastic.nc --out predicted.nc",
    "laminet evaluate --network own/network.nc --materials materials.yaml --steps 5 --out response.nc",
    "laminet info response.nc",
    "laminet constants --network own/network.nc --materials materials.yaml --cards ply.inp",
    "laminet export --network own/network.nc --materials materials.yaml --composite glass --out ply.law --cards u.inp",
    "python -m laminet --version",
)


PREDICTIONS = (
    "laminet predict --network own/network.nc --data elastic.nc --out predicted_level.nc",
    "laminet evaluate --network own/network.nc --materials materials.yaml --steps 5 --out response_level.nc",
)
"""As in COMMANDS, at one level."""

USER_MATERIAL = "import ctypes, laminet; ctypes.CDLL(f'{laminet.library_dir()}/libLAMINET.so').umat_"
"""It loads, with the library that it needs."""

LEVELS = "from laminet import processor; print(*processor.usable_levels())"

COMPARISON = """
import sys, numpy as np, xarray as xr
for file, name in (("predicted", "stiffness"), ("response", "stress")):
    best, level = (xr.open_dataset(f"{each}.nc") for each in (file, f"{file}_level"))
    assert level.attrs["build"].startswith(f"x86-64-{sys.argv[1]},"), level.attrs["build"]
    scale = 1e-8 * float(abs(best[name]).max())
    np.testing.assert_allclose(level[name], best[name], rtol=1e-6, atol=scale, err_msg=sys.argv[1])
"""
"""Results at a level equal those of the level that laminet takes by itself."""


def only(pattern: str, folder: Path) -> Path:
    """The one file that matches."""
    found = sorted(folder.glob(pattern))
    assert len(found) == 1, f"{folder}: {len(found)} files match {pattern}; remove the folder and build again"
    return found[0]


def check_sources(archive: Path) -> None:
    """The source distribution holds what the wheel is built from and what its tests need, and no results."""
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    missing = [name for name in IN_SOURCES if name not in names]
    assert not missing, f"{archive.name} lacks {', '.join(missing)}"
    made = [name for name in names if not name.startswith("docs/")]  # what the documentation shows is published data
    stray = [name for name in made if name.endswith((".so", ".nc", ".pyc")) or name.startswith((".venv", "build/"))]
    assert not stray, f"{archive.name} holds {', '.join(stray[:5])}"


def check_use(place: Path, binaries: Path) -> set[str]:
    """Use the laminet of an environment: make data, train, predict, evaluate.

    Args:
        place: an empty folder, where the files go.
        binaries: folder of the environment's commands.

    Returns:
        The packages of the environment.
    """

    def run(*command: str | Path, level: str = "") -> str:
        """Output of a command of the environment; the sources of this checkout are out of its reach."""
        environment = {"PATH": f"{binaries}:/usr/bin:/bin", "OMP_NUM_THREADS": "1", "LAMINET_LEVEL": level}
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    installed = {entry["name"].lower() for entry in json.loads(run("python", "-m", "pip", "list", "--format", "json"))}
    assert installed >= RUNTIME, RUNTIME - installed
    assert not NOT_NEEDED & installed, NOT_NEEDED & installed
    (place / "materials.yaml").write_text(MATERIALS)
    run("python", "-c", DATA)
    for command in COMMANDS:
        run(*command.split())
    run("python", "-c", USER_MATERIAL)
    where = Path(run("python", "-c", "import laminet; print(laminet.__file__)").strip())
    assert not where.is_relative_to(ROOT / "src"), where
    assert (where.parent / "py.typed").is_file()
    error = "import xarray as xr; print(float(xr.open_dataset('predicted.nc')['error'].mean()))"
    assert float(run("python", "-c", error)) < 0.2
    levels = run("python", "-c", LEVELS).split()
    print("levels that are compared:", *levels or ["none"])
    for level in levels:
        for command in PREDICTIONS:
            run(*command.split(), level=level)
        run("python", "-c", COMPARISON, level)
    return installed


def main() -> int:
    if sys.argv[1:] == ["--installed"]:
        with tempfile.TemporaryDirectory() as name:
            check_use(Path(name), Path(sys.executable).parent)
        print("laminet of this environment: trained and evaluated")
        return 0
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    wheel = only("laminet-*.whl", folder)
    check_sources(only("laminet-*.tar.gz", folder))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        venv.create(place / "env", with_pip=True)
        binaries = place / "env/bin"
        pins = ROOT / "envs/requirements.txt"
        subprocess.run([binaries / "pip", "install", "--quiet", "--constraint", pins, wheel], check=True)
        installed = check_use(place, binaries)
    print(f"{wheel.name}: installed alone with {len(installed) - 1} packages, trained and evaluated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
