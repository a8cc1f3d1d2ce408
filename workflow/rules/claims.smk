# Verdicts on the paper's claims. Fixed rules judge the studies of the configuration and every variant of `sensitivity`.


localrules:
    claims,
    claims_by_variant,
    repetition,
    control_run,


rule claims:
    input:
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES] + all_times() + REFERENCES,
    output:
        table=f"{FOLDER}/claims.json",
        page=report(f"{FOLDER}/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        f"{FOLDER}/logs/claims.log",
    benchmark:
        f"{FOLDER}/benchmarks/claims.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the paper's claims"
    shell:
        "laminet-study claims {params.options:q} --out {output.table:q} --html {output.page:q} {input:q} > {log:q} 2>&1"


rule claims_by_variant:
    input:
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES | SENSITIVITY] + all_times() + REFERENCES,
    output:
        claims=f"{FOLDER}/sensitivity/claims.json",
        page=f"{FOLDER}/sensitivity/claims.html",
    log:
        f"{FOLDER}/logs/claims_by_variant.log",
    benchmark:
        f"{FOLDER}/benchmarks/claims_by_variant.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the paper's claims in every variant"
    shell:
        "laminet-study claims {params.options:q} --out {output.claims:q} --html {output.page:q} {input:q} > {log:q} 2>&1"


rule repetition:
    input:
        repeated_files,
        REFERENCES,
    output:
        claims=f"{FOLDER}/sensitivity/{{repetition}}.json",
        page=f"{FOLDER}/sensitivity/{{repetition}}.html",
        table=f"{FOLDER}/sensitivity/{{repetition}}.csv",
    log:
        f"{FOLDER}/logs/sensitivity/{{repetition}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/sensitivity/{{repetition}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the paper's claims in the variant {wildcards.repetition}"
    shell:
        "laminet-study claims {params.options:q} --out {output.claims:q} --html {output.page:q}"
        " --csv {output.table:q} --variant {wildcards.repetition} {input:q} > {log:q} 2>&1"


rule control_run:
    input:
        f"{FOLDER}/datasets/{{control_run}}.nc",
    output:
        f"{FOLDER}/sensitivity/{{control_run}}.csv",
    log:
        f"{FOLDER}/logs/sensitivity/{{control_run}}.log",
    benchmark:
        f"{FOLDER}/benchmarks/sensitivity/{{control_run}}.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.summary"),
    message:
        "Summarising the control run {wildcards.control_run}"
    shell:
        "laminet-study summary {input:q} --csv {output:q} > {log:q} 2>&1"
