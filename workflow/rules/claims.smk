# The paper's claims, judged by fixed rules on all collected studies.


localrules:
    claims,


rule claims:
    input:
        files=[f"{FOLDER}/datasets/{name}.nc" for name in STUDIES],
        code=sources("laminet.study.claims"),
    output:
        table=f"{FOLDER}/claims.json",
        page=report(f"{FOLDER}/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        f"{FOLDER}/logs/claims.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        options=options(config["figures"]),
    message:
        "Judging the paper's claims"
    shell:
        "laminet claims {params.options} --out {output.table} --html {output.page} {input.files} > {log} 2>&1"
