# Offline training of every network, once for all the studies that use it.


rule train:
    input:
        data=f"{FOLDER}/data/elastic.nc",
        code=sources("laminet.offline.run"),
    output:
        network=f"{FOLDER}/runs/{{run}}/network.nc",
        history=f"{FOLDER}/runs/{{run}}/history.nc",
    log:
        f"{FOLDER}/logs/train/{{run}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/train/{{run}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    threads: config["training"]["threads"]
    params:
        options=training_options,
        folder=subpath(output.network, parent=True),
    message:
        "Training {wildcards.run}"
    shell:
        "laminet train --data {input.data} {params.options} --threads {threads} --out {params.folder} > {log} 2>&1"
