# The study of docs/accuracy.md, with --profile profiles/accuracy: recipes side by side, figures and table.


localrules:
    accuracy,


rule comparison:
    input:
        study=f"{FOLDER}/datasets/accuracy.nc",
    output:
        f"{FOLDER}/accuracy.md",
    log:
        f"{FOLDER}/logs/comparison.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.study.accuracy"),
    message:
        "Comparing the recipes"
    shell:
        "laminet compare {input.study} > {output} 2> {log}"


rule accuracy:
    input:
        [f"{FOLDER}/{name}.pdf" for name, spec in FIGURES.items() if spec.study == "accuracy"],
        f"{FOLDER}/accuracy.md",
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES if name.startswith("accuracy")],
