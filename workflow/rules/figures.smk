# The paper's figures, each from the collected files it shows.

from laminet.study.figures.registry import FIGURES

FIGURE_NAMES = [name for name, spec in FIGURES.items() if spec.study is None or spec.study in STUDIES]


localrules:
    all,


def figure_files(wildcards):
    """The files a figure shows."""
    spec = FIGURES[wildcards.figure]
    studies = [f"{FOLDER}/datasets/{spec.study}.nc"] if spec.study else []
    rve = [f"{FOLDER}/data/rve.nc"] if spec.rve else []
    shown = COMPOSITES if spec.references is True else [name for name in spec.references or () if name in COMPOSITES]
    return studies + rve + [f"{FOLDER}/data/reference_{composite}.nc" for composite in shown]


rule figure:
    input:
        files=figure_files,
        code=sources("laminet.study.figures"),
    output:
        report(
            f"{FOLDER}/{{figure}}.pdf",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{FOLDER}/logs/{{figure}}.log",
    wildcard_constraints:
        figure="|".join(FIGURES),
    conda:
        "../../envs/laminet.yaml"
    params:
        options=options(config["figures"]),
    message:
        "Drawing {wildcards.figure}"
    shell:
        "laminet figure {wildcards.figure} {params.options} --out {output} {input.files} > {log} 2>&1"
