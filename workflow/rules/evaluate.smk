# Load paths through every trained network: one job per run does all composites, controls and schemes of that run.
# Runs whose figures need other schemes have other output files, hence one rule for each set of schemes.


EVALUATIONS = design.evaluations(EVERY_STUDY.values())

for evaluation in EVALUATIONS:

    rule:
        name:
            evaluation.name
        input:
            network=lambda wildcards: f"{FOLDER}/{evaluated(wildcards).network}/network.nc",
            materials=lambda wildcards: files_of("materials", evaluated(wildcards).variant),
            references=lambda wildcards: files_of("references", evaluated(wildcards).variant),
        output:
            [f"{FOLDER}/{{folder}}/online_{scheme}.nc" for scheme in evaluation.schemes],
        log:
            f"{FOLDER}/logs/evaluate/{{folder}}.log",
        benchmark:
            f"{FOLDER}/benchmarks/evaluate/{{folder}}.tsv"
        wildcard_constraints:
            folder="|".join(evaluation.members),
        conda:
            "../../envs/laminet.yaml"
        params:
            code=fingerprint("laminet.online.evaluation", "laminet.materials.library"),
            schemes=repeated("scheme", evaluation.schemes),
            materials=lambda wildcards, input: repeated("materials", input.materials),
            references=lambda wildcards, input: repeated("reference", input.references),
            composites=lambda wildcards: repeated("composite", VARIANTS[evaluated(wildcards).variant].materials),
            loads=lambda wildcards: load_options(VARIANTS[evaluated(wildcards).variant]),
            options=lambda wildcards: options(VARIANTS[evaluated(wildcards).variant].config["online"]),
            out=lambda wildcards: f"{FOLDER}/{wildcards.folder}/online_{{scheme}}.nc",
        message:
            "Evaluating {wildcards.folder}"
        shell:
            "laminet evaluate --network {input.network:q} {params.materials:q} {params.composites:q}"
            " {params.schemes:q} {params.loads:q} {params.references:q} {params.options:q} --out {params.out:q} > {log:q} 2>&1"


rule collect:
    input:
        networks=lambda wildcards: [f"{folder}/network.nc" for folder in network_folders(wildcards.study)],
        histories=lambda wildcards: [f"{folder}/history.nc" for folder in network_folders(wildcards.study)],
        online=lambda wildcards: study_files(wildcards.study),
    output:
        f"{FOLDER}/datasets/{{study}}.nc",
    log:
        f"{FOLDER}/logs/collect_{{study}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/collect/{{study}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.study.datasets"),
        folders=lambda wildcards: collected_runs(wildcards.study),
        schemes=lambda wildcards: repeated(
            "schemes",
            [f"{model}={','.join(names)}" for model, names in EVERY_STUDY[wildcards.study].schemes.items()],
        ),
        repeats=lambda wildcards: repeated("repeats", filter(None, [EVERY_STUDY[wildcards.study].repeats])),
    message:
        "Collecting the study {wildcards.study}"
    shell:
        "laminet collect {params.folders:q} --study {wildcards.study} {params.schemes:q} {params.repeats:q}"
        " --out {output:q} > {log:q} 2>&1"
