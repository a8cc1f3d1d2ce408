# Load paths through every trained network: one job per run does all composites, controls and schemes of that run.
# Runs whose figures need other schemes have other output files, hence one rule for each set of schemes.


for evaluation in design.evaluations(STUDIES.values()):

    rule:
        name:
            evaluation.name
        input:
            network=f"{FOLDER}/runs/{{run}}/network.nc",
            materials=[f"{FOLDER}/data/materials_{composite}.yaml" for composite in COMPOSITES],
            references=[f"{FOLDER}/data/reference_{composite}.nc" for composite in COMPOSITES],
            code=sources("laminet.online.evaluation", "laminet.materials.library"),
        output:
            [f"{FOLDER}/runs/{{run}}/online_{scheme}.nc" for scheme in evaluation.schemes],
        log:
            f"{FOLDER}/logs/evaluate/{{run}}.log",
        benchmark:
            f"{FOLDER}/benchmarks/evaluate/{{run}}.tsv"
        wildcard_constraints:
            run="|".join(evaluation.runs),
        conda:
            "../../envs/laminet.yaml"
        params:
            schemes=repeated("scheme", evaluation.schemes),
            materials=lambda wildcards, input: repeated("materials", input.materials),
            references=lambda wildcards, input: repeated("reference", input.references),
            composites=repeated("composite", COMPOSITES),
            loads=load_options(),
            options=options(config["online"]),
            out=lambda wildcards: f"{FOLDER}/runs/{wildcards.run}/online_{{scheme}}.nc",
        message:
            "Evaluating {wildcards.run}"
        shell:
            "laminet evaluate --network {input.network} {params.materials} {params.composites} {params.schemes}"
            " {params.loads} {params.references} {params.options} --out '{params.out}' > {log} 2>&1"


rule collect:
    input:
        networks=lambda wildcards: expand(f"{FOLDER}/runs/{{run}}/network.nc", run=study_runs(wildcards.study)),
        histories=lambda wildcards: expand(f"{FOLDER}/runs/{{run}}/history.nc", run=study_runs(wildcards.study)),
        online=lambda wildcards: study_files(wildcards.study),
        code=sources("laminet.study.datasets"),
    output:
        f"{FOLDER}/datasets/{{study}}.nc",
    log:
        f"{FOLDER}/logs/collect_{{study}}.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        folders=lambda wildcards: [f"{FOLDER}/runs/{run}" for run in study_runs(wildcards.study)],
        schemes=lambda wildcards: repeated(
            "schemes",
            [f"{model}={','.join(names)}" for model, names in STUDIES[wildcards.study].schemes.items()],
        ),
    message:
        "Collecting the study {wildcards.study}"
    shell:
        "laminet collect {params.folders} --study {wildcards.study} {params.schemes} --out {output} > {log} 2>&1"
