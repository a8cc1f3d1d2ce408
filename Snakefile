"""laminet: the whole study, from the fibre packing to the figures of He et al. (2026).

snakemake --cores 2 all                 everything
snakemake results/fig14.pdf             one figure and what it needs
snakemake --profile profiles/quick all  the same study, tiny, in results/quick
snakemake --profile profiles/sensitivity sensitivity   what depends on choices the paper leaves open
snakemake --profile profiles/decide decide   what more seeds decide
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


rule all:
    default_target: True
    input:
        [f"{FOLDER}/{name}.pdf" for name in FIGURE_NAMES],
        f"{FOLDER}/claims.json",
        f"{FOLDER}/claims.html",
        f"{FOLDER}/report.html",
    message:
        "The whole study"


rule sensitivity:
    input:
        [f"{FOLDER}/sensitivity/{part}.csv" for part in PARTS],
        f"{FOLDER}/sensitivity/claims.html",
    message:
        "What depends on choices the paper leaves open"
