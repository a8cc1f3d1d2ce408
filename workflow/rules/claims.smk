# The paper's claims, judged by fixed rules on the studies of the configuration, and in every variant of `sensitivity`.


localrules:
    claims,
    claims_by_variant,


rule claims:
    input:
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES],
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
        [f"{FOLDER}/datasets/{name}.nc" for name in EVERY_STUDY],
    output:
        claims=f"{FOLDER}/sensitivity/claims.json",
        page=f"{FOLDER}/sensitivity/claims.html",
        table=f"{FOLDER}/sensitivity.json",
        csv=f"{FOLDER}/sensitivity.csv",
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
        "laminet-study claims {params.options:q} --out {output.claims:q} --html {output.page:q}"
        " --sensitivity {output.table:q} --csv {output.csv:q} {input:q} > {log:q} 2>&1"
