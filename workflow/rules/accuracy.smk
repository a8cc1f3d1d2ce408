# The studies of docs/accuracy.md, run with --profile profiles/accuracy and profiles/curves.


localrules:
    accuracy,
    curve_study,


rule comparison:
    input:
        alike=f"{FOLDER}/datasets/accuracy.nc",
        whole=[f"{FOLDER}/datasets/accuracy_{name}.nc" for name in ("paper", "chosen")],
    output:
        alike=f"{FOLDER}/accuracy.md",
        whole=f"{FOLDER}/accuracy_recipes.md",
    log:
        f"{FOLDER}/logs/comparison.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.comparison"),
    message:
        "Comparing the recipes"
    shell:
        "{{ laminet-study compare {input.alike:q} > {output.alike:q} && laminet-study compare {input.whole:q} > {output.whole:q}; }}"
        " 2> {log:q}"


rule accuracy:
    input:
        [f"{FOLDER}/{name}.pdf" for name, spec in FIGURES.items() if spec.study == "accuracy"],
        rules.comparison.output,
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES if name.startswith("accuracy")],
    message:
        "Completing the comparison of the recipes"


rule curve_study:
    input:
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES if name.startswith("curves")],
    message:
        "Completing the study of training on curves"
