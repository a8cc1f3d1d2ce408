# The truth: the RVE, its elastic homogenisation data, and the nonlinear response of the composites.


SHARDS = config["data"]["shards"]


localrules:
    materials,


rule rve:
    input:
        code=sources("laminet.rve.cell"),
    output:
        f"{FOLDER}/data/rve.nc",
    log:
        f"{FOLDER}/logs/rve.log",
    benchmark:
        f"{FOLDER}/benchmarks/rve.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        options=options(config["rve"]),
    message:
        "Packing fibres and meshing the RVE"
    shell:
        "laminet rve {params.options} --out {output} > {log} 2>&1"


rule sample:
    input:
        rve=f"{FOLDER}/data/rve.nc",
        code=sources("laminet.rve.elastic"),
    output:
        f"{FOLDER}/data/shards/elastic-{{shard}}-of-{{shards}}.nc",
    log:
        f"{FOLDER}/logs/sample/{{shard}}-of-{{shards}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/sample/{{shard}}-of-{{shards}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        options=options(
            {key: config["data"][key] for key in ("samples", "validation", "seed")} | config["data"]["sampling"]
        ),
    message:
        "Homogenising elastic samples, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        "laminet sample --rve {input.rve} {params.options} --shard {wildcards.shard}/{wildcards.shards}"
        " --out {output} > {log} 2>&1"


rule merge:
    input:
        shards=[f"{FOLDER}/data/shards/elastic-{shard}-of-{SHARDS}.nc" for shard in range(1, SHARDS + 1)],
        code=sources("laminet.rve.elastic"),
    output:
        f"{FOLDER}/data/elastic.nc",
    log:
        f"{FOLDER}/logs/merge.log",
    conda:
        "../../envs/laminet.yaml"
    message:
        "Merging the elastic data"
    shell:
        "laminet merge {input.shards} --out {output} > {log} 2>&1"


rule materials:
    output:
        f"{FOLDER}/data/materials_{{composite}}.yaml",
    log:
        f"{FOLDER}/logs/materials_{{composite}}.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        text=lambda wildcards: json.dumps({wildcards.composite: config["materials"][wildcards.composite]}, indent=2),
    message:
        "Writing the materials of {wildcards.composite}"
    shell:
        "printf '%s\\n' {params.text:q} > {output} 2> {log}"


rule reference:
    input:
        rve=f"{FOLDER}/data/rve.nc",
        materials=f"{FOLDER}/data/materials_{{composite}}.yaml",
        code=sources("laminet.rve.reference", "laminet.materials.library"),
    output:
        f"{FOLDER}/data/reference_{{composite}}.nc",
    log:
        f"{FOLDER}/logs/reference_{{composite}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/reference_{{composite}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        loads=load_options(),
        options=options(config["reference"]),
    message:
        "Simulating the RVE of {wildcards.composite}"
    shell:
        "laminet reference --rve {input.rve} --materials {input.materials} --composite {wildcards.composite}"
        " {params.loads} {params.options} --out {output} > {log} 2>&1"
