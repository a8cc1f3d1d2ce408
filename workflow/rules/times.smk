# Measured times. The jobs start after the results exist and run one after the other, each alone on the machine.


localrules:
    times,


rule time:
    input:
        networks=lambda wildcards: [f"{FOLDER}/{path}" for path in MEASUREMENTS[wildcards.measurement].networks],
        data=lambda wildcards: [] if MEASUREMENTS[wildcards.measurement].networks else f"{FOLDER}/data/elastic.nc",
        materials=lambda wildcards: (
            f"{FOLDER}/data/materials_{config['times']['composite']}.yaml"
            if MEASUREMENTS[wildcards.measurement].networks
            else []
        ),
    output:
        f"{FOLDER}/times/{{measurement}}.nc",
    log:
        f"{FOLDER}/logs/time/{{measurement}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/time/{{measurement}}.tsv"
    priority: -1  # after all other ready jobs, so that no core waits for them to end
    conda:
        "../../envs/laminet.yaml"
    threads: workflow.cores or 1  # all cores, so that nothing else runs
    params:
        code=fingerprint("laminet_study.timing"),
        arguments=lambda wildcards: measurements.arguments(MEASUREMENTS[wildcards.measurement], config),
        files=lambda wildcards, input: [
            *repeated("network", input.networks),
            *repeated("data", input.data and [input.data]),
            *repeated("materials", input.materials and [input.materials]),
        ],
    message:
        "Measuring {wildcards.measurement}"
    shell:
        "laminet-study time {params.arguments:q} {params.files:q} --threads {threads} --out {output:q} > {log:q} 2>&1"


rule times:
    input:
        [f"{FOLDER}/times/{name}.nc" for name in MEASUREMENTS],
    output:
        f"{FOLDER}/times.nc",
    log:
        f"{FOLDER}/logs/times.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.measured"),
    message:
        "Merging the times"
    shell:
        "laminet-study time merge {input:q} --out {output:q} > {log:q} 2>&1"
