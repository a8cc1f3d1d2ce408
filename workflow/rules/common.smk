# What every stage needs: the checked configuration, the design, and the source files a result depends on.

import json
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from laminet.errors import LaminetError
from laminet.study import design
from laminet.study.sources import sources as source_files

# The command `laminet` of this environment, also where the environment is not activated.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

try:
    design.check(config, Path(workflow.basedir) / "workflow/schemas/config.schema.yaml")
except LaminetError as error:
    raise WorkflowError(str(error)) from None

FOLDER = config["folder"].rstrip("/")
STUDIES = {study.name: study for study in design.studies(config)}
RUNS = design.all_runs(STUDIES.values())
COMPOSITES = list(config["materials"])


wildcard_constraints:
    run="|".join(RUNS),
    composite="|".join(COMPOSITES),
    study="|".join(STUDIES),


def sources(*modules):
    """Source files that a result depends on, as inputs: their content decides about a rerun, not their date."""
    return [os.path.relpath(path) for path in source_files(*modules)]


def options(values):
    """Command-line options --key value of a mapping; a list gives several values, underscores become hyphens."""
    words = []
    for key, value in values.items():
        words.append(f"--{key.replace('_', '-')}")
        words += [str(entry) for entry in (value if isinstance(value, list) else [value])]
    return " ".join(words)


def repeated(name, values):
    """The option --name once for each value."""
    return " ".join(f"--{name} '{value}'" for value in values)


def load_options():
    """Options of the load cases: controls, amplitude, steps and the paths named in the configuration."""
    loading = config["loading"]
    paths = [
        f"{name}=" + ";".join(",".join(f"{key}:{value}" for key, value in vertex.items()) for vertex in vertices)
        for name, vertices in loading["paths"].items()
    ]
    return " ".join(
        [
            repeated("control", loading["controls"]),
            options({"steps": loading["steps"], "strain": loading["strain"]}),
            repeated("path", paths),
        ]
    ).strip()
