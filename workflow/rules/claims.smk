# The paper's claims, judged by fixed rules on all collected studies: those of this configuration, and whatever else is in
# the folder of datasets, such as the repetitions and control runs of an earlier `make sensitivity`.

JUDGED = sorted(
    {f"{FOLDER}/datasets/{name}.nc" for name in EVERY_STUDY}
    | {str(path) for path in Path(FOLDER).glob("datasets/[!.]*.nc")}
)


localrules:
    claims,


rule claims:
    input:
        files=JUDGED,
    output:
        table=f"{FOLDER}/claims.json",
        sensitivity=f"{FOLDER}/sensitivity.json",
        csv=f"{FOLDER}/sensitivity.csv",
        page=report(f"{FOLDER}/claims.html", caption="../report/claims.rst", category="Claims"),
    log:
        f"{FOLDER}/logs/claims.log",
    benchmark:
        f"{FOLDER}/benchmarks/claims.tsv"
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet.study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the paper's claims"
    shell:
        "laminet claims {params.options:q} --out {output.table:q} --html {output.page:q}"
        " --sensitivity {output.sensitivity:q} --csv {output.csv:q} {input.files:q} > {log:q} 2>&1"
