"""Programs and libraries in C and C++, compiled as a user compiles them and linked with laminet."""

import shlex
import subprocess
import sysconfig
from pathlib import Path

import laminet
from laminet.online.export import export

EXAMPLES = Path(__file__).parents[2] / "examples"
STRICT = ("-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")
LANGUAGES = {"c": ("CC", "cc", ("-x", "c", "-std=c99")), "c++": ("CXX", "c++", ("-x", "c++", "-std=c++17"))}


def compiled(source: Path, target: Path, *options: str, language: str = "c") -> Path:
    """A program or, by `options`, a library."""
    variable, default, as_language = LANGUAGES[language]
    compiler = shlex.split(sysconfig.get_config_var(variable) or default)[0]
    folder = laminet.library_dir()
    flags = [*STRICT, *options, f"-I{laminet.include_dir()}", *as_language]
    link = [f"-L{folder}", f"-Wl,-rpath,{folder}", "-llaminet", "-lm", "-pthread", "-ldl", "-o", target]
    subprocess.run([compiler, *flags, source, "-x", "none", *link], check=True)
    return target


def exported(network, composite, folder: Path) -> Path:
    """The file of a law, in `folder`."""
    export(network, composite, folder / "material.law")
    return folder / "material.law"
