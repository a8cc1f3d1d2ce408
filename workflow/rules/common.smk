# What every stage needs: the checked configuration, the design, and options made of them.
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
from laminet.study import configuration, design, variants
from laminet.study.figures.registry import FIGURES
from laminet.study.sources import fingerprint
from laminet.yaml_files import read_yaml

# The command `laminet` of this environment, also where the environment is not activated; its jobs end with Snakemake.
shell.prefix(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH" LAMINET_LIFELINE={os.getpid()}; ')

# Snakemake's limit of submissions (100 a second) wakes its scheduler every second once more for each job that has
# finished: hundreds of jobs on, that is half a core. There is nothing to limit here; arrays on a cluster are not limited.
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
        design.check(config, PROJECT / "workflow/schemas/config.schema.yaml")
    FOLDER = configuration.folder(config, [*CONFIGURATIONS, *PROFILES])
except LaminetError as error:
    raise WorkflowError(str(error)) from None

VARIANTS = variants.variants(config)
STUDIES = {study.name: study for study in design.studies(config)}
SENSITIVITY = {study.name: study for study in design.sensitivity(config)}
EVERY_STUDY = STUDIES | SENSITIVITY
RUNS = design.all_runs(EVERY_STUDY.values())
COMPOSITES = list(config["materials"])


wildcard_constraints:
    place=r"(?:variants/\w+/)?",  # of a stage's files below FOLDER, see laminet.study.variants
    run="|".join(RUNS),
    composite="|".join({name: None for variant in VARIANTS.values() for name in variant.materials}),
    study="|".join(EVERY_STUDY),


def variant_of(wildcards):
    """The variant whose files are at a place."""
    return VARIANTS[variants.name(wildcards.place)]


def settings(section, *keys):
    """Options from a section of the configuration, all or some keys of it, for the variant of a job."""

    def of_job(wildcards):
        entries = variant_of(wildcards).config[section]
        return options({key: entries[key] for key in keys or entries})

    return of_job


def input_at(stage, name):
    """The file `name` of an earlier stage ("rve", "materials"), where the variant of a job has it."""

    def of_job(wildcards):
        places = getattr(variant_of(wildcards), stage)
        place = places if isinstance(places, str) else places[wildcards.composite]
        return f"{FOLDER}/{place}data/{name}"

    return of_job


def options(values):
    """Command-line options --key value of a mapping; a list gives several values, underscores become hyphens."""
    words = []
    for key, value in values.items():
        words.append(f"--{key.replace('_', '-')}")
        words += [str(entry) for entry in (value if isinstance(value, list) else [value])]
    return words


def repeated(name, values):
    """The option --name once for each value."""
    return [word for value in values for word in (f"--{name}", value)]


def load_options(variant, controls=None):
    """Options of a variant's load cases: controls (default all), amplitude, steps and paths of the configuration."""
    loading = variant.config["loading"]
    return [
        *repeated("control", controls or loading["controls"]),
        *options({"steps": loading["steps"], "strain": loading["strain"]}),
        *repeated("path", [design.path_text(*path) for path in loading["paths"].items()]),
    ]


def reference_options(wildcards):
    """Options of a composite's reference, for the variant of a job."""
    entries = dict(variant_of(wildcards).config["reference"])
    return options(entries | {"coarsening": entries["coarsening"].get(wildcards.composite, 1.0)})


def training_options(wildcards):
    """Options of a run: its settings, with the initialisation's ranges spelt out."""
    settings = dict(RUNS[wildcards.run].settings)
    ranges = {f"initial_{key}": value for key, value in settings.pop("initialisation").items()}
    return options(settings | ranges)


def shards(wildcards):
    """The shards of an elastic data set."""
    count = variant_of(wildcards).config["data"]["shards"]
    return [f"{FOLDER}/{wildcards.place}data/shards/elastic-{k}-of-{count}.nc" for k in range(1, count + 1)]


def reference_parts(wildcards):
    """The parts of a composite's reference, one for each control."""
    controls = variant_of(wildcards).config["loading"]["controls"]
    return [f"{FOLDER}/{wildcards.place}data/references/{wildcards.composite}-{control}.nc" for control in controls]


def materials_text(wildcards):
    """The materials of one composite as JSON, which is YAML."""
    return json.dumps({wildcards.composite: variant_of(wildcards).config["materials"][wildcards.composite]}, indent=2)


def evaluated(wildcards):
    """The run whose online files are in a folder, of whichever rule it is."""
    return next(entry.members[wildcards.folder] for entry in EVALUATIONS if wildcards.folder in entry.members)


def files_of(kind, variant):
    """Files of every composite of a variant: its "materials" or its "references"."""
    stem = {"materials": "materials_{}.yaml", "references": "reference_{}.nc"}[kind]
    places = getattr(VARIANTS[variant], kind)
    return [f"{FOLDER}/{place}data/{stem.format(composite)}" for composite, place in places.items()]


def network_folders(name):
    """Folders of a study's networks; variants that differ only online share them."""
    return list(dict.fromkeys(f"{FOLDER}/{member.network}" for member in EVERY_STUDY[name].members))


def study_files(name):
    """Online files of a study: the schemes it asks for, for each of its runs."""
    study = EVERY_STUDY[name]
    return [
        f"{FOLDER}/{member.online}/online_{scheme}.nc"
        for member in study.members
        for scheme in study.schemes[member.run.model]
    ]


def collected_runs(name):
    """Arguments of `laminet collect`: the run folders of a study, those of every variant with its online files."""
    words = []
    for variant, members in sorted(EVERY_STUDY[name].variants.items(), key=lambda item: item[0] != variants.DEFAULT):
        if variant != variants.DEFAULT:
            words += ["--variant", variant, f"{FOLDER}/{VARIANTS[variant].online}runs"]
        words += [f"{FOLDER}/{member.network}" for member in members]
    return words


def figure_files(wildcards):
    """The files a figure shows."""
    spec = FIGURES[wildcards.figure]
    studies = [f"{FOLDER}/datasets/{spec.study}.nc"] if spec.study else []
    rve = [f"{FOLDER}/data/rve.nc"] if spec.rve else []
    shown = COMPOSITES if spec.references is True else [name for name in spec.references or () if name in COMPOSITES]
    return studies + rve + [f"{FOLDER}/data/reference_{composite}.nc" for composite in shown]
