# Offline training of every network. All studies that use a network share one training.


CURVE_CODE = "laminet.training.starts", "laminet.training.curve_backend"


rule train:
    input:
        data=f"{FOLDER}/{{place}}data/elastic.nc",
        curves=trained_curves,
    output:
        network=f"{FOLDER}/{{place}}runs/{{run}}/network.nc",
        history=f"{FOLDER}/{{place}}runs/{{run}}/history.nc",
    log:
        f"{FOLDER}/{{place}}logs/train/{{run}}.log",
    benchmark:
        f"{FOLDER}/{{place}}benchmarks/train/{{run}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    threads: config["training"]["threads"]
    params:
        code=fingerprint("laminet.training.loop"),
        options=lambda wildcards: training_options(RUNS[wildcards.run]),
        curves=lambda wildcards, input: repeated("curves", input.curves),
        curve_code=lambda wildcards: fingerprint(*CURVE_CODE) if trained_curves(wildcards) else "",
        folder=subpath(output.network, parent=True),
    message:
        "Training {wildcards.run}"
    shell:
        "laminet train --data {input.data:q} {params.curves:q} {params.options:q} --threads {threads} --out {params.folder:q}"
        " > {log:q} 2>&1"
