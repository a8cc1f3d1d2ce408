"""Build the native code in another way, into build/NAME, and run the tests of it against that build.

python tools/native_build.py sanitize   with the address and undefined-behaviour sanitizers
python tools/native_build.py portable   for every CPU of this kind: results must agree with PyTorch just as closely
python tools/native_build.py levels     as in wheels; the tests run at each level that this CPU has
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEFINES = {"sanitize": "LAMINET_SANITIZE=ON", "portable": "LAMINET_ARCH=portable", "levels": "LAMINET_ARCH=levels"}

UNDO_EDITABLE_INSTALL = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_editable")]
"""
"""An editable install would import the usual build, whatever PYTHONPATH says."""


def build(name: str) -> Path:
    """Build and install into a folder that PYTHONPATH may name; a second time compiles only what changed."""
    folder = ROOT / "build" / name
    options = [f"build-dir={folder / 'cmake'}", f"cmake.define.{DEFINES[name]}"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", folder / "site"]
    subprocess.run([*pip, *(f"--config-settings={option}" for option in options), ROOT], check=True)
    (folder / "site/sitecustomize.py").write_text(UNDO_EDITABLE_INSTALL)
    return folder / "site"


def sanitizers() -> str:
    """Run-time libraries that must be loaded before Python, which was not built with them."""
    names = ("libasan.so", "libubsan.so")
    found = (subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip() for name in names)
    return " ".join(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=DEFINES)
    name = parser.parse_args().name
    site = build(name)
    environment = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    if name == "sanitize":
        environment |= {
            "LD_PRELOAD": sanitizers(),
            "ASAN_OPTIONS": "detect_leaks=0",  # Python itself leaves memory to the end of the process
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        }
    asked = "from laminet import processor; print(*processor.usable_levels())"
    levels = subprocess.check_output([sys.executable, "-c", asked], env=environment, text=True).split()
    return max(test(site, environment | {"LAMINET_LEVEL": level}) for level in levels or [""])


def test(site: Path, environment: dict[str, str]) -> int:
    """Run the tests of the native code against the build in a folder; the exit code."""
    here = "from laminet import _native; print(_native.__file__, _native.build, sep='\\n')"
    tested, kind = subprocess.check_output([sys.executable, "-c", here], env=environment, text=True).splitlines()
    assert Path(tested).is_relative_to(site), f"{tested} would be tested"
    print(f"{tested} ({kind})", flush=True)
    tests = sorted(ROOT.glob("tests/*/test_native_*.py"))
    return subprocess.run([sys.executable, "-m", "pytest", "-x", *tests], env=environment, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
