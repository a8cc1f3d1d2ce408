# What every stage needs: the checked configuration, the design, and the source files a result depends on.

import json
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from laminet.errors import LaminetError
from laminet.study import design
from laminet.study.figures.registry import FIGURES
from laminet.study.sources import sources as source_files

# The command `laminet` of this environment, also where the environment is not activated.
shell.prefix(f"export PATH='{Path(sys.executable).parent}':\"$PATH\"; ")

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


def training_options(wildcards):
    """Options of a run: its settings, with the initialisation's ranges spelt out."""
    settings = dict(RUNS[wildcards.run].settings)
    ranges = {f"initial_{key}": value for key, value in settings.pop("initialisation").items()}
    return options(settings | ranges)


def study_runs(name):
    """Ids of a study's runs."""
    return [run.id for run in STUDIES[name].runs]


def study_files(name):
    """Online files of a study: the schemes it asks for, for each of its runs."""
    study = STUDIES[name]
    return [f"{FOLDER}/runs/{run.id}/online_{scheme}.nc" for run in study.runs for scheme in study.schemes[run.model]]


def figure_files(wildcards):
    """The files a figure shows."""
    spec = FIGURES[wildcards.figure]
    studies = [f"{FOLDER}/datasets/{spec.study}.nc"] if spec.study else []
    rve = [f"{FOLDER}/data/rve.nc"] if spec.rve else []
    shown = COMPOSITES if spec.references is True else [name for name in spec.references or () if name in COMPOSITES]
    return studies + rve + [f"{FOLDER}/data/reference_{composite}.nc" for composite in shown]
