# The reference data: the RVE, its elastic homogenisation data, and the nonlinear response of the composites.


SAMPLE_OPTIONS = ("samples", "validation", "seed")


localrules:
    materials,


rule rve:
    input:
        lambda wildcards: cells.images(config_of(wildcards)["rve"]),
    output:
        f"{FOLDER}/{{place}}data/rve.nc",
    log:
        f"{FOLDER}/{{place}}logs/rve.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/rve.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=cell_code("rve"),
        options=lambda wildcards: options(config_of(wildcards)["rve"]),
    message:
        "Making the RVE"
    shell:
        "laminet rve {params.options:q} --out {output:q} > {log:q} 2>&1"


rule sample:
    input:
        rve=input_at("rve", "rve.nc"),
    output:
        f"{FOLDER}/{{place}}data/shards/elastic-{{shard}}-of-{{shards}}.nc",
    log:
        f"{FOLDER}/{{place}}logs/sample/{{shard}}-of-{{shards}}.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/sample/{{shard}}-of-{{shards}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=cell_code("sample"),
        options=lambda wildcards: options({key: config_of(wildcards)["data"][key] for key in SAMPLE_OPTIONS}),
        sampling=lambda wildcards: options(config_of(wildcards)["data"]["sampling"]),
    message:
        "Homogenising elastic samples, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        "laminet sample --rve {input.rve:q} {params.options:q} {params.sampling:q}"
        " --shard {wildcards.shard}/{wildcards.shards} --out {output:q} > {log:q} 2>&1"


rule merge:
    input:
        shards=shards,
    output:
        f"{FOLDER}/{{place}}data/elastic.nc",
    log:
        f"{FOLDER}/{{place}}logs/merge.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/merge.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.cells.fibres.homogenisation"),
    message:
        "Merging the elastic data"
    shell:
        "laminet merge {input.shards:q} --out {output:q} > {log:q} 2>&1"


rule curve_shard:
    input:
        rve=input_at("rve", "rve.nc"),
        reused=reused_curves,
    output:
        f"{FOLDER}/{{place}}data/curves/{{curves}}-{{shard}}-of-{{shards}}.nc",
    log:
        f"{FOLDER}/{{place}}logs/curves/{{curves}}-{{shard}}-of-{{shards}}.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/curves/{{curves}}-{{shard}}-of-{{shards}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=cell_code("curves"),
        options=lambda wildcards: curve_options(config, wildcards.curves),
        reuse=lambda wildcards, input: ["--reuse", *input.reused] if input.reused else [],
    message:
        "Simulating the training curves {wildcards.curves}, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        "laminet curves --rve {input.rve:q} {params.options:q} {params.reuse:q} --shard {wildcards.shard}/{wildcards.shards}"
        " --out {output:q} > {log:q} 2>&1"


rule curves:
    input:
        shards=curve_shards,
    output:
        f"{FOLDER}/{{place}}data/curves_{{curves}}.nc",
    log:
        f"{FOLDER}/{{place}}logs/curves_{{curves}}.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.files.training_curves"),
    message:
        "Merging the training curves {wildcards.curves}"
    shell:
        "laminet merge {input.shards:q} --out {output:q} > {log:q} 2>&1"


rule materials:
    output:
        f"{FOLDER}/{{place}}data/materials_{{composite}}.yaml",
    log:
        f"{FOLDER}/{{place}}logs/materials_{{composite}}.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        # JSON text, which YAML readers accept
        text=lambda wildcards: json.dumps(
            {wildcards.composite: config_of(wildcards)["materials"][wildcards.composite]}, indent=2
        ),
    message:
        "Writing the materials of {wildcards.composite}"
    shell:
        "printf '%s\\n' {params.text:q} > {output:q} 2> {log:q}"


rule simulate:
    input:
        rve=input_at("rve", "rve.nc"),
        materials=input_at("materials", "materials_{composite}.yaml"),
    output:
        f"{FOLDER}/{{place}}data/references/{{composite}}-{{control}}.nc",
    log:
        f"{FOLDER}/{{place}}logs/references/{{composite}}-{{control}}.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/references/{{composite}}-{{control}}.tsv"
    wildcard_constraints:
        control="|".join(CONTROLS),
    priority: 1  # these are the longest data jobs; the sample jobs fill the gaps
    conda:
        "../../envs/laminet.yaml"
    params:
        code=cell_code("reference"),
        loads=lambda wildcards: load_options(config_of(wildcards), [wildcards.control]),
        options=lambda wildcards: reference_options(config_of(wildcards), wildcards.composite),
    message:
        "Simulating the RVE with {wildcards.composite} under {wildcards.control} control"
    shell:
        "laminet reference --rve {input.rve:q} --materials {input.materials:q} --composite {wildcards.composite}"
        " {params.loads:q} {params.options:q} --out {output:q} > {log:q} 2>&1"


rule reference:
    input:
        parts=reference_parts,
    output:
        f"{FOLDER}/{{place}}data/reference_{{composite}}.nc",
    log:
        f"{FOLDER}/{{place}}logs/reference_{{composite}}.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.files.curves"),
    message:
        "Merging the reference of {wildcards.composite}"
    shell:
        "laminet merge {input.parts:q} --out {output:q} > {log:q} 2>&1"
