"""The complete study of laminet, from the fibre packing to the figures of He et al. (2026).

snakemake --cores 2 all                 the complete study
snakemake results/fig14.pdf             one figure and everything it needs
snakemake --profile profiles/quick all  a tiny version of the study, in results/quick
snakemake --profile profiles/sensitivity sensitivity   studies of the choices that the paper leaves open
snakemake --profile profiles/decide decide   more seeds for undecided claims
snakemake --profile profiles/microstructures datasets   networks of spheres, short fibres and a foam
"""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/convergence.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/times.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/decide.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/accuracy.smk"
include: "workflow/rules/microstructures.smk"


rule all:
    default_target: True
    input:
        [f"{FOLDER}/{name}.pdf" for name in FIGURE_NAMES],
        f"{FOLDER}/claims.json",
        f"{FOLDER}/claims.html",
        f"{FOLDER}/report.html",
    message:
        "Completing the study"


rule sensitivity:
    input:
        [f"{FOLDER}/sensitivity/{part}.csv" for part in PARTS],
        f"{FOLDER}/sensitivity/claims.html",
    message:
        "Completing the sensitivity studies"
