# The convergence of reference curves with mesh and steps. This separate study uses a small cell and is not part of `all`.


rule convergence_rve:
    output:
        f"{FOLDER}/data/convergence/rve.nc",
    log:
        f"{FOLDER}/logs/convergence/rve.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.cells.fibres.cell"),
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
        code=fingerprint("laminet.cells.fibres.convergence", "laminet.materials.library"),
        options=options(
            {key: value for key, value in config["convergence"].items() if key != "fibres"}
            | {"strain": config["loading"]["strain"], "tolerance": config["reference"]["tolerance"]}
        ),
    message:
        "Testing the convergence of the reference of {wildcards.composite}"
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
        code=fingerprint("laminet.plots.cells"),
    message:
        "Drawing the convergence study"
    shell:
        "laminet plot {input.studies:q} --kind convergence --out {output:q} > {log:q} 2>&1"
