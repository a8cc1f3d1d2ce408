# Predictions of every trained network on the load paths. One job per run covers all composites, controls and schemes.


rule evaluate:
    input:
        network=lambda wildcards: f"{FOLDER}/{EVALUATIONS[wildcards.folder].member.network}/network.nc",
        materials=lambda wildcards: files_of("materials", evaluated(wildcards)),
        references=lambda wildcards: files_of("references", evaluated(wildcards)),
    output:
        f"{FOLDER}/{{folder}}/online.nc",
    log:
        f"{FOLDER}/logs/evaluate/{{folder}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/evaluate/{{folder}}.tsv"
    wildcard_constraints:
        folder="|".join(EVALUATIONS),
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.online.evaluation", "laminet.materials.library"),
        schemes=lambda wildcards: repeated("scheme", EVALUATIONS[wildcards.folder].schemes),
        materials=lambda wildcards, input: repeated("materials", input.materials),
        references=lambda wildcards, input: repeated("reference", input.references),
        composites=lambda wildcards: repeated("composite", composites_of(evaluated(wildcards))),
        loads=lambda wildcards: load_options(
            evaluated(wildcards).config, evaluated(wildcards).config["evaluation"]["controls"]
        ),
        options=lambda wildcards: options(evaluated(wildcards).config["online"]),
    message:
        "Evaluating {wildcards.folder}"
    shell:
        "laminet evaluate --network {input.network:q} {params.materials:q} {params.composites:q}"
        " {params.schemes:q} {params.loads:q} {params.references:q} {params.options:q} --out {output:q} > {log:q} 2>&1"


rule collect:
    input:
        networks=lambda wildcards: run_files(wildcards.study, "network", "network.nc"),
        histories=lambda wildcards: run_files(wildcards.study, "network", "history.nc"),
        online=lambda wildcards: run_files(wildcards.study, "online", "online.nc"),
    output:
        f"{FOLDER}/datasets/{{study}}.nc",
    log:
        f"{FOLDER}/logs/collect_{{study}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/collect/{{study}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.datasets"),
        name=lambda wildcards: EVERY_STUDY[wildcards.study].name,
        arguments=lambda wildcards: collect_arguments(EVERY_STUDY[wildcards.study], FOLDER),
    message:
        "Collecting the study {wildcards.study}"
    shell:
        "laminet-study collect {params.arguments:q} --study {params.name} --out {output:q} > {log:q} 2>&1"
