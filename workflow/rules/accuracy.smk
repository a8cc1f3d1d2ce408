# The study of docs/accuracy.md, with --profile profiles/accuracy: recipes side by side, figures and table.


localrules:
    accuracy,


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
        code=fingerprint("laminet.study.accuracy"),
    message:
        "Comparing the recipes"
    shell:
        "{{ laminet compare {input.alike:q} > {output.alike:q} && laminet compare {input.whole:q} > {output.whole:q}; }}"
        " 2> {log:q}"


rule accuracy:
    input:
        [f"{FOLDER}/{name}.pdf" for name, spec in FIGURES.items() if spec.study == "accuracy"],
        rules.comparison.output,
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES if name.startswith("accuracy")],
    message:
        "The comparison of recipes, its figures and tables"
