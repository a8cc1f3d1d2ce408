"""Commands on wrong files and options, each in a process of its own: never a traceback, a crash, a hang or half a file.

python tools/fuzz_harness.py --inputs 5000   the long run (make faults); tests/unit/test_fuzz.py has a short one
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from laminet import cli
from laminet.cells.fibres import cell, reference  # noqa: F401
from laminet.files import elastic, netcdf  # noqa: F401  imported once here, not in every child
from laminet.loading import paths  # noqa: F401
from laminet.online import evaluation  # noqa: F401
from laminet.training import loop  # noqa: F401
from laminet_study import claims, datasets, figures  # noqa: F401
from laminet_study import cli as study_cli

OF_THE_STUDY = ("collect", "figure", "claims")
"""Commands of `laminet-study`; all others are of `laminet`."""

SECONDS = 120
"""Longer than any of these inputs takes on the slowest machine: beyond it a command hangs."""

MEMORY = 2 << 30
"""Bytes that a command may take on top of what the parent has: none of the whole inputs needs a tenth of it."""

MATERIALS = """glass:
  phase_1: {law: j2, young: 2.1, poisson: 0.3, hardening: {initial: 0.03, linear: 0.14, saturation: 0.03, rate: 319}}
  phase_2: {law: orthotropic, E11: 72, E22: 72, E33: 72, G12: 29, G13: 29, G23: 29, nu12: 0.22, nu13: 0.22, nu23: 0.22}
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code (negative for a signal, None for a hang) and what it said on stderr."""

    code: int | None
    said: str


def attempt(arguments: list[str]) -> Outcome:
    """Run `laminet ARGUMENTS`, or `laminet-study ARGUMENTS`, in a forked process with bounded memory and time."""
    with tempfile.TemporaryFile() as output:
        pid = os.fork()
        if pid == 0:
            _child(arguments, output.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        output.seek(0)
        return Outcome(None if code == -signal.SIGALRM else code, output.read().decode(errors="replace"))


def _child(arguments: list[str], output: int) -> None:
    code = 99
    try:
        signal.alarm(SECONDS)  # kills the process, also within native code
        os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        try:
            main = study_cli.main if arguments[0] in OF_THE_STUDY else cli.main
            code = main(arguments)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 98
        sys.stderr.flush()
    finally:
        os._exit(code)


def fault(outcome: Outcome, folder: Path) -> str | None:
    """What is wrong with the way a command ended whose results go to the empty folder `folder`; None if nothing."""
    lines = outcome.said.splitlines()
    if outcome.code is None:
        return "hangs"
    if outcome.code < 0:
        return f"crashes ({signal.Signals(-outcome.code).name})"
    if outcome.code not in (0, 1, 2):
        return f"exit code {outcome.code}"
    if "Traceback" in outcome.said or "a fault in laminet" in outcome.said:
        return "a fault of the program: " + outcome.said[-400:]
    errors = [line for line in lines if line.startswith(("laminet ", "laminet-study "))]
    if outcome.code == 1 and (len(errors) != 1 or len(errors[0]) > 2000):
        return f"not one clear line: {outcome.said[-400:]!r}"
    left = [path for path in folder.rglob("*") if path.is_file()]
    if outcome.code and left:
        return f"half a result: {left}"
    if hidden := [path for path in left if path.name.startswith(".")]:
        return f"left behind: {hidden}"
    return None


def make_files(folder: Path) -> dict[str, Path]:
    """Small whole files of every kind, by content; `run` is a folder of a run, `materials` a YAML."""
    folder.mkdir(exist_ok=True)
    path = {name: folder / f"{name}.nc" for name in ("rve", "elastic", "reference", "curves", "predicted", "study")}
    path["materials"] = folder / "materials.yaml"
    path["materials"].write_text(MATERIALS)
    path["run"] = folder / "run"
    path["network"], path["history"] = path["run"] / "network.nc", path["run"] / "history.nc"
    path["online"] = path["run"] / "online.nc"
    for arguments in (
        ["rve", "--fibres", "2", "--refinement", "12", "--candidates", "1", "--out", path["rve"]],
        ["sample", "--rve", path["rve"], "--samples", "6", "--validation", "2", "--out", path["elastic"]],
        [*_reference(path), "--out", path["reference"]],
        ["curves", "--rve", path["rve"], *CURVES, "--out", path["curves"]],
        [*_train(path), "--out", path["run"]],
        [*_evaluate(path), "--reference", path["reference"], "--out", path["online"]],
        ["predict", "--network", path["network"], "--data", path["elastic"], "--out", path["predicted"]],
        ["collect", path["run"], "--study", "depth", "--out", path["study"]],
    ):
        outcome = attempt([str(word) for word in arguments])
        assert outcome.code == 0, outcome.said
    return path


CURVES = ("--count", "1", "--validation", "1", "--random-paths", "1", "--steps", "2", "--strain", "0.01")
STEPS = ("--control", "stress", "--steps", "2", "--strain", "0.01")


def _reference(path: dict[str, Path]) -> list:
    fixed = ["--composite", "glass", "--error-estimate", "none", *STEPS]
    return ["reference", "--rve", path["rve"], "--materials", path["materials"], *fixed]


def _train(path: dict[str, Path]) -> list:
    fixed = ["--model", "dmn", "--depth", "2", "--samples", "6", "--batch", "3", "--epochs", "3"]
    return ["train", "--data", path["elastic"], *fixed]


def _evaluate(path: dict[str, Path]) -> list:
    return ["evaluate", "--network", path["network"], "--materials", path["materials"], *STEPS]


def commands(content: str, path: dict[str, Path]) -> list[list]:
    """Commands that read a file of this content, all files as in `path`; --out is to be added."""
    collect = ["collect", path["run"], "--study", "depth"]
    predict = ["predict", "--network", path["network"], "--data", path["elastic"]]
    return {
        "rve": [["sample", "--rve", path["rve"], "--samples", "2", "--validation", "1"], _reference(path)],
        "elastic": [_train(path), predict, ["merge", path["elastic"]]],
        "network": [_evaluate(path), predict, collect],
        "history": [collect],
        "online": [collect],
        "reference": [[*_evaluate(path), "--reference", path["reference"]], ["figure", "figB21", path["reference"]]],
        "curves": [["merge", path["curves"]]],
        "predicted": [["merge", path["predicted"]]],
        "study": [
            ["figure", "fig14", path["study"]],
            ["figure", "fig17", path["study"]],
            ["claims", path["study"], "--html", "{out}.html"],
        ],
        "materials": [_evaluate(path), _reference(path)],
    }[content]


CONTENTS = ("rve", "elastic", "network", "history", "online", "reference", "curves", "predicted", "study")


def try_file(content: str, path: dict[str, Path], folder: Path, rng: random.Random) -> tuple[list[str], str | None]:
    """Run one of the commands that read this content, or `info`; the command and what is wrong with its end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    chosen = rng.choice(commands(content, path)) if rng.random() < 0.9 else ["info", path[content]]
    out = folder / ("out.pdf" if chosen[0] == "figure" else "out")
    words = [str(word).replace("{out}", str(out)) for word in chosen]
    if words[0] != "info":
        words += ["--out", str(out)]
    return words, fault(attempt(words), folder)


def copied(content: str, path: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The files with that of one content replaced by a copy, to be damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    changed = dict(path)
    if content in ("network", "history", "online"):
        shutil.copytree(path["run"], folder / "run")
        changed |= {"run": folder / "run"} | {
            name: folder / "run" / path[name].name for name in ("network", "history", "online")
        }
    else:
        changed[content] = Path(shutil.copy(path[content], folder))
    return changed


def damage_bytes(path: Path, rng: random.Random) -> str:
    """Flip bits, cut, blank or shuffle a file's bytes; what was done."""
    data = bytearray(path.read_bytes())
    kind = rng.choice(["flip", "flip", "flip", "byte", "cut", "blank", "ones", "shift", "append", "empty", "noise"])
    at = rng.randrange(len(data))
    if kind == "flip":
        for _ in range(rng.choice([1, 1, 2, 8, 64])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "byte":
        data[at] = rng.randrange(256)
    elif kind == "cut":
        del data[at:]
    elif kind in ("blank", "ones"):
        length = rng.choice([1, 4, 8, 64, 512])
        data[at : at + length] = (b"\0" if kind == "blank" else b"\xff") * min(length, len(data) - at)
    elif kind == "shift":
        del data[at : at + rng.choice([1, 8, 64])]
    elif kind == "append":
        data += rng.randbytes(1000)
    elif kind == "empty":
        data.clear()
    else:
        data[:] = rng.randbytes(len(data))
    path.write_bytes(data)
    return kind


ODD_NUMBERS = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e308, 1e-308, 1e30, -1e30, 0.5, 3.0)


def damage_meaning(path: Path, rng: random.Random) -> str:
    """Change what a file says, not how it says it: values, types, dimensions, names, attributes; what was done."""
    dataset = xr.load_dataset(path)
    names = sorted(map(str, dataset.variables))
    name = rng.choice(names)
    kind = rng.choice(
        ["value", "value", "all", "sign", "drop", "rename", "type", "cut", "empty", "double", "attribute"]
    )
    kind = rng.choice([kind, "no attribute", "content", "transpose"]) if rng.random() < 0.4 else kind
    variable = dataset[name]
    numeric = variable.dtype.kind in "fiu"
    if kind in ("value", "all", "sign") and numeric:
        values = variable.values.astype(float)
        if kind == "sign":
            values = -values
        elif kind == "all" or not values.ndim:
            values = np.full_like(values, rng.choice(ODD_NUMBERS))
        elif values.size:
            values[tuple(rng.randrange(size) for size in values.shape)] = rng.choice(ODD_NUMBERS)
        dataset[name] = (variable.dims, values, {k: v for k, v in variable.attrs.items() if k == "units"})
    elif kind == "drop":
        dataset = dataset.drop_vars(name)
    elif kind == "rename":
        dataset = dataset.rename({name: "renamed"})
    elif kind == "type":
        kinds = (str, np.float32, np.int8, np.uint64)
        with np.errstate(all="ignore"):
            dataset[name] = (variable.dims, variable.values.astype(rng.choice(kinds)))
    elif kind in ("cut", "empty", "double") and dataset.sizes:
        dim = rng.choice(sorted(map(str, dataset.sizes)))
        size = dataset.sizes[dim]
        index = {"cut": list(range(size - 1)), "empty": [], "double": list(range(size)) * 2}[kind]
        dataset = dataset.isel({dim: index})
    elif kind == "transpose" and variable.ndim > 1:
        dataset[name] = (variable.dims, np.ones(variable.shape)) if rng.random() < 0.3 else variable.T
    elif dataset.attrs:
        key = rng.choice(sorted(dataset.attrs))
        if kind == "no attribute":
            del dataset.attrs[key]
        else:
            dataset.attrs[key] = rng.choice(["", "odd", -1, 10**9, np.nan, [1.0, 2.0], "x" * 5000])
    path.unlink()
    dataset.to_netcdf(path)
    return f"{kind} {name}"


def huge(path: Path, rng: random.Random) -> str:
    """A small file that says it holds more than any machine: one dimension grown, nothing stored."""
    with netCDF4.Dataset(path) as whole:
        shapes = {name: (part.dtype, part.dimensions) for name, part in whole.variables.items()}
        sizes = {name: len(dim) for name, dim in whole.dimensions.items()}
        attributes = {name: whole.getncattr(name) for name in whole.ncattrs()}
    grown = rng.choice(sorted(sizes)) if sizes else None
    path.unlink()
    with netCDF4.Dataset(path, "w") as file:
        for name, size in sizes.items():
            file.createDimension(name, 10**10 if name == grown else size)
        for name, (kind, dims) in shapes.items():
            chunks = {"chunksizes": [1] * len(dims)} if dims else {}
            file.createVariable(name, kind, dims, **chunks)
        file.setncatts(attributes)
    return f"huge {grown}"


DAMAGES = {"bytes": damage_bytes, "meaning": damage_meaning, "size": huge}


def damaged(content: str, whole: dict[str, Path], folder: Path, kind: str, rng: random.Random):
    """The files with that of one content replaced by a damaged copy, and the damage; None if it cannot be written."""
    changed = copied(content, whole, folder)
    try:
        return changed, DAMAGES[kind](changed[content], rng)
    except (ValueError, TypeError, OSError, KeyError, RuntimeError):
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=5000, help="damaged files tried")
    parser.add_argument("--seed", type=int, default=0, help="of the damages")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that showed a fault")
    args = parser.parse_args()
    tried: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="laminet-fuzz-") as name:
        folder = Path(name)
        path = make_files(folder / "whole")
        for number in range(args.inputs):
            rng = random.Random(f"{args.seed} {number}")
            content = rng.choice(CONTENTS)
            kind = rng.choices(sorted(DAMAGES), weights=[5, 4, 0.2])[0]
            made = damaged(content, path, folder / "damaged", kind, rng)
            if made is None:
                continue
            changed, done = made
            words, wrong = try_file(content, changed, folder / "results", rng)
            tried[kind] += 1
            ended[words[0]] += 1
            if wrong:
                faults.append(f"{number}: {content}, {done}, {' '.join(words[:1])}: {wrong}")
                print(faults[-1], flush=True)
                if args.keep:
                    shutil.copytree(folder / "damaged", args.keep / str(number), dirs_exist_ok=True)
    print(
        json.dumps({"inputs": tried.total(), "by damage": tried, "by command": ended, "faults": len(faults)}, indent=2)
    )
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
