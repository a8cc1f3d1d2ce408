# Definitions for every stage: the checked configuration, the design, and functions that name files.
# With `params: code=fingerprint(...)` a job runs again only if a source file changes on which its result depends. If
# these files were inputs, Snakemake would check them for every job at every step. That costs half a core in a large
# study.
# The words of a command are lists in `params`, and `:q` quotes them, because the name of a folder may contain spaces.

import json
import os
import shlex
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

from laminet.cli import notices
from laminet.errors import LaminetError
from laminet.loading.paths import CONTROLS
from laminet_study import cells, commands, configuration, design, measurements, variants
from laminet_study import decide as decide_studies
from laminet_study.commands import (
    collect_arguments,
    load_options,
    curve_options,
    options,
    reference_options,
    repeated,
    training_options,
)
from laminet_study.registry import FIGURES
from laminet_study.sources import fingerprint
from laminet.yaml_files import read_yaml

# Jobs find the command `laminet` of this environment even if you have not activated it. They end with Snakemake.
shell.prefix(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH" LAMINET_LIFELINE={os.getpid()}; ')


# Snakemake 9.27 limits submissions to 100 a second. After every job its scheduler starts a timer for this limit, and each
# timer wakes the scheduler every second from then on. After some hundred jobs this costs a third of a core. No option
# turns the limit off, so this line does. Snakemake's issue 2354 (very slow on large workflows) describes the symptom.
onstart:
    workflow.scheduler.job_rate_limiter = None


__name__ = "workflow"  # Snakemake leaves None here, and Python shows no warnings of a module without a name

PROJECT = Path(workflow.basedir)  # independent of the working folder
GIVEN = workflow.config_settings  # --configfile and --config
CONFIGURATIONS = [*([] if GIVEN.replace_workflow_config else [PROJECT / "config.yaml"]), *GIVEN.configfiles]
PROFILES = list(PROJECT.glob("profiles/*/config.yaml"))

try:
    config = configuration.read(CONFIGURATIONS, GIVEN.config)
    for profile in PROFILES:
        read_yaml(profile)  # Snakemake has read it but does not report a key that is given twice
    with notices.shown("snakemake"):
        design.check(config)
        decide_studies.check(config)
    FOLDER = configuration.folder(config, [*CONFIGURATIONS, *PROFILES])
except LaminetError as error:
    raise WorkflowError(str(error)) from None

VARIANTS = variants.variants(config)
STUDIES = {study.name: study for study in design.studies(config)}
SENSITIVITY = {study.name: study for study in design.sensitivity(config)}
DECIDE = decide_studies.studies(config)
EVERY_STUDY = STUDIES | SENSITIVITY | DECIDE
PARTS = {}  # studies of `sensitivity` by part: the variant that repeats others, or a control run
for study in SENSITIVITY.values():
    PARTS.setdefault(study.members[0].variant if study.repeats else study.name, []).append(study)
REPETITIONS = [part for part, studies in PARTS.items() if studies[0].repeats]
RUNS = design.all_runs(EVERY_STUDY.values())
EVALUATIONS = design.evaluations(EVERY_STUDY.values())
COMPOSITES = list(config["materials"])
MEASUREMENTS = measurements.measurements(STUDIES.values())


wildcard_constraints:
    place=r"(?:variants/\w+/)?",  # of a stage's files below FOLDER, see laminet_study.variants
    run="|".join(RUNS),
    curves="|".join(config["curves"]) or "none",
    composite="|".join({name: None for variant in VARIANTS.values() for name in variant.materials}),
    study="|".join(EVERY_STUDY),
    repetition="|".join(REPETITIONS) or "none",
    control_run="|".join(part for part in PARTS if part not in REPETITIONS) or "none",
    measurement="|".join(MEASUREMENTS) or "none",


def variant_of(wildcards):
    """The variant whose files are at the place of a job."""
    return VARIANTS[variants.name(wildcards.place)]


def config_of(wildcards):
    """The configuration of the variant of a job."""
    return variant_of(wildcards).config


def cell_code(stage):
    """The fingerprint of a stage that simulates the cell of the variant of a job."""
    return lambda wildcards: fingerprint(*cells.sources(config_of(wildcards)["rve"], stage))


def input_at(stage, name):
    """The place of the file `name` of an earlier stage ("rve", "materials") in the variant of a job."""

    def of_job(wildcards):
        places = getattr(variant_of(wildcards), stage)
        place = places if isinstance(places, str) else places[wildcards.composite]
        return f"{FOLDER}/{place}data/{name}"

    return of_job


def shards(wildcards):
    """The shards of an elastic data set."""
    count = config_of(wildcards)["data"]["shards"]
    return [f"{FOLDER}/{wildcards.place}data/shards/elastic-{k}-of-{count}.nc" for k in range(1, count + 1)]


def curve_shards(wildcards):
    """The shards of training curves."""
    count = commands.curve_shards(config, wildcards.curves)
    return [f"{FOLDER}/{wildcards.place}data/curves/{wildcards.curves}-{k}-of-{count}.nc" for k in range(1, count + 1)]


def reused_curves(wildcards):
    """A list with the file of the curves that others reuse; empty if they reuse none."""
    name = config["curves"][wildcards.curves].get("reuse")
    return [f"{FOLDER}/{wildcards.place}data/curves_{name}.nc"] if name else []


def trained_curves(wildcards):
    """A list with the file of the curves that a run is trained on, on the RVE of its variant; empty if there are none."""
    name = RUNS[wildcards.run].settings.get("curves")
    return [f"{FOLDER}/{variant_of(wildcards).rve}data/curves_{name}.nc"] if name else []


def reference_parts(wildcards):
    """The parts of a composite's reference, one for each control."""
    controls = config_of(wildcards)["loading"]["controls"]
    return [f"{FOLDER}/{wildcards.place}data/references/{wildcards.composite}-{control}.nc" for control in controls]


def evaluated(wildcards):
    """The variant that evaluates the run whose online files are in a folder."""
    return VARIANTS[EVALUATIONS[wildcards.folder].member.variant]


def composites_of(variant):
    """The composites on which a variant evaluates its networks."""
    return variant.config["evaluation"]["composites"] or list(variant.materials)


def files_of(kind, variant):
    """The "materials" or the "references" files of the composites of a variant."""
    stem = {"materials": "materials_{}.yaml", "references": "reference_{}.nc"}[kind]
    return [f"{FOLDER}/{getattr(variant, kind)[name]}data/{stem.format(name)}" for name in composites_of(variant)]


REFERENCES = files_of("references", VARIANTS[variants.DEFAULT])
"""What networks are compared with; claims and figures of errors name the curves that are not resolved."""


def repeated_files(wildcards):
    """The datasets of the repetitions in a variant, and those of the repeated studies."""
    names = dict.fromkeys(name for study in PARTS[wildcards.repetition] for name in (study.repeats, study.name))
    return [f"{FOLDER}/datasets/{name}.nc" for name in names]


def second_look_files(wildcards):
    """The datasets of the second look. They are known after the first look."""
    first = checkpoints.first_look.get().output.table
    return [f"{FOLDER}/datasets/{name}.nc" for name in decide_studies.second_look(config, first)]


def run_files(study, place, name):
    """The file `name` of every run of a study, at its "network" or "online" place. Variants may share a file."""
    return list(dict.fromkeys(f"{FOLDER}/{getattr(member, place)}/{name}" for member in EVERY_STUDY[study].members))


def measured(study, kinds):
    """The files of the measurements of given kinds that belong to a study."""
    return [f"{FOLDER}/times/{name}.nc" for name in measurements.needed(MEASUREMENTS, STUDIES[study], kinds)]


def all_times():
    """A list with the file of all times; empty if the configuration measures no study."""
    return [f"{FOLDER}/times.nc"] if MEASUREMENTS else []


def figure_files(wildcards):
    """The files that a figure shows."""
    spec = FIGURES[wildcards.figure]
    studies = [f"{FOLDER}/datasets/{spec.study}.nc"] if spec.study else []
    rve = [f"{FOLDER}/data/rve.nc"] if spec.rve else []
    every = spec.errors or spec.references is True
    shown = COMPOSITES if every else [name for name in spec.references or () if name in COMPOSITES]
    times = measured(spec.study, spec.times) if spec.times else []
    return studies + times + rve + [f"{FOLDER}/data/reference_{composite}.nc" for composite in shown]
