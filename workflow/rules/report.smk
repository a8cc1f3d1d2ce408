# The study on one page, and the configuration that made it.


localrules:
    configuration,
    report_page,


rule configuration:
    output:
        f"{FOLDER}/config.yaml",
    log:
        f"{FOLDER}/logs/configuration.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        text=yaml.safe_dump(json.loads(json.dumps(config)), sort_keys=False, allow_unicode=True, width=120),
    message:
        "Writing the configuration"
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


rule report_page:
    input:
        studies=[f"{FOLDER}/datasets/{name}.nc" for name in STUDIES],
        times=all_times(),
        rve=f"{FOLDER}/data/rve.nc",
        references=[f"{FOLDER}/data/reference_{composite}.nc" for composite in COMPOSITES],
        configuration=f"{FOLDER}/config.yaml",
        figures=[f"{FOLDER}/{name}.pdf" for name in FIGURE_NAMES],
    output:
        f"{FOLDER}/report.html",
    log:
        f"{FOLDER}/logs/report.log",
    conda:
        "../../envs/laminet.yaml"
    params:
        code=fingerprint("laminet_study.report"),
        folder=subpath(input.configuration, parent=True),
        options=options(config["figures"]),
    message:
        "Writing the study report"
    shell:
        "laminet-study report {params.folder:q} --studies {input.studies:q} {params.options:q} --out {output:q} > {log:q} 2>&1"
