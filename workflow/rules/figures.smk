# The paper's figures, each drawn from the collected files it shows.

FIGURE_NAMES = [
    name
    for name, spec in FIGURES.items()
    if spec.study is None or spec.study in STUDIES and all(measured(spec.study, [kind]) for kind in spec.times)
]


localrules:
    all,
    sensitivity,


rule figure:
    input:
        files=figure_files,
    output:
        report(
            f"{FOLDER}/{{figure}}.pdf",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{FOLDER}/logs/{{figure}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/figure/{{figure}}.tsv"
    wildcard_constraints:
        figure="|".join(FIGURES),
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.figures"),
        options=options(config["figures"]),
    message:
        "Drawing {wildcards.figure}"
    shell:
        "laminet-study figure {wildcards.figure} {params.options:q} --out {output:q} {input.files:q} > {log:q} 2>&1"
