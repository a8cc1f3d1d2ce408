# The study of docs/microstructures_study.md, run with --profile profiles/microstructures.


localrules:
    foam,
    datasets,


rule foam:
    output:
        "{folder}/foam_{voxels}.npy",
    log:
        "{folder}/logs/foam_{voxels}.log",
    wildcard_constraints:
        voxels=r"\d+",
    conda:
        "../../envs/laminet.yaml"
    params:
        script=PROJECT / "workflow/scripts/foam.py",
    message:
        "Making the image of a foam"
    shell:
        "python {params.script:q} --voxels {wildcards.voxels} --out {output:q} > {log:q} 2>&1"


rule datasets:
    input:
        [f"{FOLDER}/datasets/{name}.nc" for name in STUDIES],
    message:
        "Completing the datasets of all studies"
