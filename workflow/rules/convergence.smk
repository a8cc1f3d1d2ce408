# How reference curves depend on mesh and steps: a study of its own, on a small cell, not part of `all`.


rule convergence_rve:
    output:
        f"{FOLDER}/data/convergence/rve.nc",
    log:
        f"{FOLDER}/logs/convergence/rve.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.rve.cell"),
        options=options(config["rve"] | {"fibres": config["convergence"]["fibres"]}),
    message:
        "Packing fibres and meshing the cell of the convergence study"
    shell:
        "laminet rve {params.options:q} --out {output:q} > {log:q} 2>&1"


rule convergence:
    input:
        rve=f"{FOLDER}/data/convergence/rve.nc",
        materials=f"{FOLDER}/data/materials_{{composite}}.yaml",
    output:
        f"{FOLDER}/data/convergence/{{composite}}.nc",
    log:
        f"{FOLDER}/logs/convergence/{{composite}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/convergence/{{composite}}.tsv"
    wildcard_constraints:
        composite="|".join(COMPOSITES),
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.rve.convergence", "laminet.materials.library"),
        options=options(
            {key: value for key, value in config["convergence"].items() if key != "fibres"}
            | {"strain": config["loading"]["strain"], "tolerance": config["reference"]["tolerance"]}
        ),
    message:
        "Convergence of the reference of {wildcards.composite}"
    shell:
        "laminet convergence --rve {input.rve:q} --materials {input.materials:q} --composite {wildcards.composite}"
        " {params.options:q} --out {output:q} > {log:q} 2>&1"


rule convergence_figure:
    input:
        studies=[f"{FOLDER}/data/convergence/{composite}.nc" for composite in COMPOSITES],
    output:
        f"{FOLDER}/convergence.pdf",
    log:
        f"{FOLDER}/logs/convergence/figure.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.pictures.cells"),
    message:
        "Drawing the convergence study"
    shell:
        "laminet plot {input.studies:q} --kind convergence --out {output:q} > {log:q} 2>&1"
