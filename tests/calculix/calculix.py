"""CalculiX with external behaviours: how it is built from Debian's source, and how it is run.

python tests/calculix/calculix.py install   builds it, where that is possible
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "laminet/calculix"
PROGRAM = CACHE / "ccx"
OBSTACLE = CACHE / "obstacle.txt"
"""Why the last build failed; the tests are skipped with it."""

SOURCES = "deb http://deb.debian.org/debian {suite} main\ndeb-src http://deb.debian.org/debian {suite} main\n"
SUITE = "bookworm"  # CalculiX 2.20; its source builds on newer systems, too
PACKAGES = ("gfortran", "gcc", "make", "dpkg-dev", "libspooles-dev", "libarpack2-dev", "liblapack-dev", "libblas-dev")
DEFINED = ("SPOOLES", "ARPACK", "MATRIXSTORAGE", "NETWORKOUT", "CALCULIX_EXTERNAL_BEHAVIOURS_SUPPORT", "ARCH=Linux")
LIBRARIES = ("-lspooles", "-larpack", "-llapack", "-lblas", "-lpthread", "-lm", "-ldl")


class Obstacle(Exception):
    """Why CalculiX cannot be built here."""


def install() -> int:
    """Build CalculiX unless it is there; keeps the reason where that fails."""
    if PROGRAM.exists():
        return 0
    CACHE.mkdir(parents=True, exist_ok=True)
    OBSTACLE.unlink(missing_ok=True)
    try:
        _build(_source())
    except Obstacle as reason:
        OBSTACLE.write_text(f"{reason}\n")
        print(f"CalculiX cannot be built: {reason}", file=sys.stderr)
    return 0


def obstacle() -> str | None:
    """Why there is no CalculiX, None if there is one."""
    if PROGRAM.exists():
        return None
    reason = OBSTACLE.read_text().strip() if OBSTACLE.exists() else "run make calculix-test"
    return f"CalculiX with external behaviours is not built: {reason}"


def _source() -> Path:
    """The folder of the program's source, from Debian; the lists of the system stay as they are."""
    folders = list(CACHE.glob("CalculiX/ccx_*/src"))
    if folders:
        return folders[0]
    if not shutil.which("apt-get"):
        raise Obstacle("it needs Debian or Ubuntu (no apt-get)")
    for name in ("lists/partial", "archives/partial"):
        (CACHE / "apt" / name).mkdir(parents=True, exist_ok=True)
    (CACHE / "apt/sources.list").write_text(SOURCES.format(suite=SUITE))
    places = {
        "Dir::Etc::sourcelist": CACHE / "apt/sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": CACHE / "apt/lists",
        "Dir::Cache": CACHE / "apt",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(word for key, place in places.items() for word in ("-o", f"{key}={place}"))]
    _run([*apt, "update"])
    _run([*apt, "source", "--download-only", "calculix-ccx"])
    archives = list(CACHE.glob("calculix-ccx_*.orig.tar.*"))
    if not archives:
        raise Obstacle("the source was not downloaded")
    _run(["tar", "xf", archives[0]])
    return next(CACHE.glob("CalculiX/ccx_*/src"))


def _build(source: Path) -> None:
    """Compile and link in `source`."""
    if missing := [package for package in PACKAGES if not _installed(package)]:
        if os.geteuid() != 0:
            raise Obstacle(f"install {' '.join(missing)}")
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        _run([*apt, "update"])
        _run([*apt, "install", "--yes", "--no-install-recommends", *missing])
    version, flags = source.parent.name, ["-O2", "-fopenmp", "-w"]
    for_c = [*flags, "-I/usr/include/spooles", *(f"-D{name}" for name in DEFINED)]
    given = [f"CFLAGS={' '.join(for_c)}", f"FFLAGS={' '.join([*flags, '-fallow-argument-mismatch'])}"]
    _run(["make", f"-j{len(os.sched_getaffinity(0))}", *given, f"{version}.a", f"{version}.o"], source)
    _run(["gfortran", "-fopenmp", "-o", "ccx", f"{version}.o", f"{version}.a", *LIBRARIES], source)
    shutil.copy(source / "ccx", PROGRAM)


def _installed(package: str) -> bool:
    done = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True)
    return "install ok installed" in done.stdout


def _run(command: Sequence[str | Path], folder: Path = CACHE) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        end = " ".join((done.stderr or done.stdout).split())[-300:]
        raise Obstacle(f"{command[0]} {command[-1]} failed: {end}")


if __name__ == "__main__":
    sys.exit(install())
