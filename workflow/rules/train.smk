# Offline training of every network. All studies that use a network share one training.


rule train:
    input:
        data=f"{FOLDER}/{{place}}data/elastic.nc",
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
        folder=subpath(output.network, parent=True),
    message:
        "Training {wildcards.run}"
    shell:
        "laminet train --data {input.data:q} {params.options:q} --threads {threads} --out {params.folder:q}"
        " > {log:q} 2>&1"
