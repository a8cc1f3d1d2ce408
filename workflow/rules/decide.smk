# More seeds for claims that the paper's number of seeds leaves undecided. Run it with --profile profiles/decide. It looks
# at the data twice.


localrules:
    decide,
    first_look,
    second_look,


checkpoint first_look:
    input:
        [
            f"{FOLDER}/datasets/{name}.nc"
            for name in DECIDE
            if name.startswith(f"decide/{config['decide']['looks'][0]}/")
        ],
        REFERENCES,
    output:
        table=f"{FOLDER}/decide/first_look/claims.json",
        page=f"{FOLDER}/decide/first_look/claims.html",
    log:
        f"{FOLDER}/logs/decide/first_look.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the claims with more seeds, first look"
    shell:
        "laminet-study claims {params.options:q} --looks 2 --out {output.table:q} --html {output.page:q} {input:q}"
        " > {log:q} 2>&1"


rule second_look:
    input:
        second_look_files,
        REFERENCES,
    output:
        table=f"{FOLDER}/decide/claims.json",
        page=f"{FOLDER}/decide/claims.html",
    log:
        f"{FOLDER}/logs/decide/second_look.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.claims"),
        options=options(config["figures"]),
    message:
        "Judging the claims with more seeds, second look"
    shell:
        "laminet-study claims {params.options:q} --looks 2 --out {output.table:q} --html {output.page:q} {input:q}"
        " > {log:q} 2>&1"


rule decide:
    input:
        rules.second_look.output,
    message:
        "Completing the verdicts with more seeds"
