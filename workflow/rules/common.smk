# What every stage needs: the checked configuration, the design, and functions that name files.
# `params: code=fingerprint(...)` makes a job run again when the source files its result depends on change, and only then;
# as inputs they would be looked at again for every job at every step, which costs a large study half a core.
# Words of a command are lists in `params`, and `:q` quotes them: a folder's name may hold spaces.

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
from laminet_study import configuration, design, measurements, variants
from laminet_study import decide as decide_studies
from laminet_study.commands import (
    collect_arguments,
    load_options,
    options,
    reference_options,
    repeated,
    training_options,
)
from laminet_study.registry import FIGURES
from laminet_study.sources import fingerprint
from laminet.yaml_files import read_yaml

# The command `laminet` of this environment, also where the environment is not activated; its jobs end with Snakemake.
shell.prefix(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH" LAMINET_LIFELINE={os.getpid()}; ')

# Snakemake 9.27 limits submissions to 100 a second. For this its scheduler starts a timer after every job, each of which
# wakes it every second from then on: after some hundred jobs that costs half a core. No option turns the limit off, so
# it is taken out here. Snakemake's issue 2354 (very slow on large workflows) describes the symptom.
if workflow.scheduling_settings is not None:
    workflow.scheduling_settings.max_jobs_per_timespan = None

__name__ = "workflow"  # Snakemake leaves None, for which Python drops warnings

PROJECT = Path(workflow.basedir)  # whatever the working folder is
GIVEN = workflow.config_settings  # --configfile and --config
CONFIGURATIONS = [*([] if GIVEN.replace_workflow_config else [PROJECT / "config.yaml"]), *GIVEN.configfiles]
PROFILES = list(PROJECT.glob("profiles/*/config.yaml"))

try:
    config = configuration.read(CONFIGURATIONS, GIVEN.config)
    for profile in PROFILES:
        read_yaml(profile)  # Snakemake has read it, but says nothing of a key given twice
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
    composite="|".join({name: None for variant in VARIANTS.values() for name in variant.materials}),
    study="|".join(EVERY_STUDY),
    repetition="|".join(REPETITIONS) or "none",
    control_run="|".join(part for part in PARTS if part not in REPETITIONS) or "none",
    measurement="|".join(MEASUREMENTS) or "none",


def variant_of(wildcards):
    """The variant whose files are at a place."""
    return VARIANTS[variants.name(wildcards.place)]


def config_of(wildcards):
    """The configuration of that variant."""
    return variant_of(wildcards).config


def input_at(stage, name):
    """The file `name` of an earlier stage ("rve", "materials"), where the variant of a job has it."""

    def of_job(wildcards):
        places = getattr(variant_of(wildcards), stage)
        place = places if isinstance(places, str) else places[wildcards.composite]
        return f"{FOLDER}/{place}data/{name}"

    return of_job


def shards(wildcards):
    """The shards of an elastic data set."""
    count = config_of(wildcards)["data"]["shards"]
    return [f"{FOLDER}/{wildcards.place}data/shards/elastic-{k}-of-{count}.nc" for k in range(1, count + 1)]


def reference_parts(wildcards):
    """The parts of a composite's reference, one for each control."""
    controls = config_of(wildcards)["loading"]["controls"]
    return [f"{FOLDER}/{wildcards.place}data/references/{wildcards.composite}-{control}.nc" for control in controls]


def evaluated(wildcards):
    """The variant in which the run of a folder of online files is evaluated."""
    return VARIANTS[EVALUATIONS[wildcards.folder].member.variant]


def composites_of(variant):
    """Composites that networks are evaluated on in a variant."""
    return variant.config["evaluation"]["composites"] or list(variant.materials)


def files_of(kind, variant):
    """Files of these composites: their "materials" or their "references"."""
    stem = {"materials": "materials_{}.yaml", "references": "reference_{}.nc"}[kind]
    return [f"{FOLDER}/{getattr(variant, kind)[name]}data/{stem.format(name)}" for name in composites_of(variant)]


def repeated_files(wildcards):
    """The datasets of a variant's repetitions, and of the studies that they repeat."""
    names = dict.fromkeys(name for study in PARTS[wildcards.repetition] for name in (study.repeats, study.name))
    return [f"{FOLDER}/datasets/{name}.nc" for name in names]


def second_look_files(wildcards):
    """The datasets of the second look, known when the first is done."""
    first = checkpoints.first_look.get().output.table
    return [f"{FOLDER}/datasets/{name}.nc" for name in decide_studies.second_look(config, first)]


def run_files(study, place, name):
    """The file `name` of every run of a study, at its "network" or its "online" place; variants may share them."""
    return list(dict.fromkeys(f"{FOLDER}/{getattr(member, place)}/{name}" for member in EVERY_STUDY[study].members))


def measured(study, kinds):
    """Files of the measurements of some kinds that concern a study."""
    return [f"{FOLDER}/times/{name}.nc" for name in measurements.needed(MEASUREMENTS, STUDIES[study], kinds)]


def all_times():
    """The file of all times, in a list; none where no study is timed."""
    return [f"{FOLDER}/times.nc"] if MEASUREMENTS else []


def figure_files(wildcards):
    """The files a figure shows."""
    spec = FIGURES[wildcards.figure]
    studies = [f"{FOLDER}/datasets/{spec.study}.nc"] if spec.study else []
    rve = [f"{FOLDER}/data/rve.nc"] if spec.rve else []
    shown = COMPOSITES if spec.references is True else [name for name in spec.references or () if name in COMPOSITES]
    times = measured(spec.study, spec.times) if spec.times else []
    return studies + times + rve + [f"{FOLDER}/data/reference_{composite}.nc" for composite in shown]
