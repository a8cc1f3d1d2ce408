"""A few hundred damaged files and wrong options; `make faults` tries thousands."""

import random

import pytest
from fuzz_harness import CONTENTS, DAMAGES, attempt, commands, copied, damaged, fault, make_files, try_file

from laminet.errors import InputError
from laminet.files import netcdf
from laminet_study import cli as study_cli


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
@pytest.mark.parametrize("content", CONTENTS)
def test_a_damaged_file_is_one_clear_line(whole, tmp_path, content):
    for number in range(8):
        rng = random.Random(f"{content} {number}")
        kind = "bytes" if number % 2 else "meaning"
        made = damaged(content, whole, tmp_path / "damaged", kind, rng)
        if made is None:
            continue
        changed, done = made
        words, wrong = try_file(content, changed, tmp_path / "results", rng)
        assert not wrong, (number, done, words, wrong)


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_larger_than_the_memory_is_refused_before_it_is_read(whole, tmp_path, content):
    changed = copied(content, whole, tmp_path / "damaged")
    DAMAGES["size"](changed[content], random.Random(content))
    with pytest.raises(InputError, match=r"GiB, more than the .* LAMINET_MAX_GIB"):
        netcdf.read(changed[content])


def test_endless_text_of_a_file_is_quoted_in_part(whole, tmp_path, capsys):
    path = tmp_path / "network.nc"
    netcdf.read(whole["network"]).assign_attrs(content="x\n" * 50_000).to_netcdf(path)
    assert study_cli.main(["collect", str(tmp_path), "--study", "depth", "--out", str(tmp_path / "depth.nc")]) == 1
    line = capsys.readouterr().err
    assert line.startswith(f"laminet-study collect: {path}: holds 'x x")
    assert line.endswith("x ' data where 'network' data is needed; check the file name\n")
    assert line.count("\n") == 1
    assert len(line) < 2000


NETWORK = ("evaluate", "--network", "{network}", "--materials", "{materials}")
TRAIN = ("train", "--data", "{elastic}", "--model", "dmn", "--depth", "2", "--samples", "6", "--batch", "3")
SAMPLE = ("sample", "--rve", "{rve}", "--samples", "2", "--validation", "1")
REFERENCE = ("reference", "--rve", "{rve}", "--materials", "{materials}", "--composite", "glass")
CURVES = ("curves", "--rve", "{rve}", "--count", "1", "--steps", "2", "--strain", "0.01")
MEASURED = ("curves", "--measured", "{materials}", "--materials", "{materials}", "--composite", "glass")
SHORT = ("--epochs", "2")


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (NETWORK, ("--steps", "0")),
        (NETWORK, ("--steps", "-3")),
        (NETWORK, ("--steps", "99999999999")),
        (NETWORK, ("--strain", "nan")),
        (NETWORK, ("--strain", "inf")),
        (NETWORK, ("--tolerance", "-1")),
        (NETWORK, ("--strain", "1e300", "--steps", "2")),
        (NETWORK, ("--tolerance", "nan")),
        (NETWORK, ("--tolerance", "0")),
        (NETWORK, ("--max-iterations", "0")),
        (NETWORK, ("--cutbacks", "1000")),
        (NETWORK, ("--path", "=")),
        (NETWORK, ("--path", "a=99:1")),
        (NETWORK, ("--path", "11=11:0.1")),
        (NETWORK, ("--path", "a=11:1e999")),
        (NETWORK, ("--composite", "steel")),
        (NETWORK, ("--scheme", "none")),
        (TRAIN, (*SHORT, "--depth", "0")),
        (TRAIN, (*SHORT, "--depth", "64")),
        (TRAIN, (*SHORT, "--depth", "31")),
        (TRAIN, (*SHORT, "--samples", "0")),
        (TRAIN, (*SHORT, "--samples", "-1")),
        (TRAIN, (*SHORT, "--samples", "1000000")),
        (TRAIN, (*SHORT, "--batch", "0")),
        (TRAIN, (*SHORT, "--threads", "0")),
        (TRAIN, (*SHORT, "--threads", "100000000")),
        (TRAIN, (*SHORT, "--seed", "-1")),
        (TRAIN, (*SHORT, "--seed", "9" * 60)),
        (TRAIN, (*SHORT, "--eta", "nan")),
        (TRAIN, (*SHORT, "--xi", "inf")),
        (TRAIN, (*SHORT, "--learning-rate", "1e300")),
        (TRAIN, (*SHORT, "--initialisation-activation", "nan", "nan")),
        (TRAIN, (*SHORT, "--initialisation-euler", "1e300", "-1e300")),
        (TRAIN, ("--epochs", "0")),
        (TRAIN, ("--epochs", "9999999999999999")),
        (SAMPLE, ("--samples", "0", "--validation", "0")),
        (SAMPLE, ("--samples", "-5")),
        (SAMPLE, ("--samples", "99999999999999")),
        (SAMPLE, ("--seed", "-1")),
        (SAMPLE, ("--contrast", "nan")),
        (SAMPLE, ("--contrast", "400")),
        (SAMPLE, ("--shear", "-1", "0")),
        (SAMPLE, ("--poisson", "5", "9")),
        (SAMPLE, ("--determinant", "2")),
        (SAMPLE, ("--shard", "0/0")),
        (REFERENCE, ("--steps", "0")),
        (REFERENCE, ("--strain", "nan")),
        (REFERENCE, ("--steps", "1", "--strain", "1e200")),
        (REFERENCE, ("--tolerance", "-1")),
        (REFERENCE, ("--tolerance", "nan")),
        (CURVES, ("--count", "-1")),
        (CURVES, ("--count", "0", "--validation", "0")),
        (CURVES, ("--count", "99999999999")),
        (CURVES, ("--strain", "0")),
        (CURVES, ("--steps", "0")),
        (CURVES, ("--steps", "1")),
        (CURVES, ("--random-paths", "-1")),
        (CURVES, ("--young", "0", "1")),
        (CURVES, ("--contrast", "nan", "nan")),
        (CURVES, ("--shard", "999/1000")),
        (CURVES, ("--error-estimate", "mesh", "--fineness", "-1")),
        (MEASURED, ()),
        (MEASURED, ("--composite", "steel")),
        (MEASURED, ("--unit", "psi")),
        (("rve",), ("--fibres", "0")),
        (("rve",), ("--fibres", "-1")),
        (("rve",), ("--fibres", "99999999999")),
        (("rve",), ("--volume-fraction", "2")),
        (("rve",), ("--volume-fraction", "nan")),
        (("rve",), ("--gap", "nan")),
        (("rve",), ("--gap", "-3")),
        (("rve",), ("--refinement", "0")),
        (("rve",), ("--refinement", "99999999999")),
        (("rve",), ("--candidates", "0")),
        (("rve",), ("--seed", "-7")),
        (("info", "."), ()),
        (("info", "/dev/zero"), ()),
        (("merge", "/dev/null"), ()),
        (("figure", "fig99", "{study}"), ()),
        (("collect", "/dev/null", "--study", "x"), ()),
        (("collect", "{run}", "--study", "x"), ("--schemes", "dmn=none")),
        (("collect", "{run}", "--study", ""), ("--schemes", "")),
    ],
)
def test_a_wrong_option_is_one_clear_line(whole, tmp_path, command, options):
    words = [word.format(**whole) for word in (*command, *options)]
    if words[0] != "info":
        words += ["--out", str(tmp_path / "results/out")]
    (tmp_path / "results").mkdir()
    outcome = attempt(words)
    assert not fault(outcome, tmp_path / "results"), outcome.said
    assert outcome.code in (1, 2), outcome.said


BOMB = ", ".join(["&a0 [x, x, x, x, x, x, x, x, x]", *(f"&a{k + 1} [{', '.join([f'*a{k}'] * 9)}]" for k in range(12))])
"""Thirteen short lists, of which the last holds as many entries as no memory does."""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "a",
        "glass:",
        "glass: {}",
        "glass: {phase_1: , phase_2: }",
        "glass: [1, 2]",
        "? [a, b]\n: c",
        "glass: !!python/object/apply:os.system ['touch hacked']",
        "glass: {phase_1: {law: [j2]}, phase_2: {law: {a: b}}}",
        "a: 2020-99-99",
        "a: &a [*a]",
        "a: &a {phase_1: *a, phase_2: *a}",
        "[" * 3000,
        "a: " + "{b: " * 3000,
        f"glass: {{phase_1: {{law: [{BOMB}]}}, phase_2: x}}",
        f"glass: {{phase_1: {{law: j2, young: [{BOMB}], poisson: 0.3, hardening: 1}}, phase_2: x}}",
        f"glass: {{phase_1: {{law: j2, young: 2, poisson: 0.3, hardening: {{table: [{BOMB}]}}}}, phase_2: x}}",
        "glass: {phase_1: {law: j2, young: 0x" + "f" * 5000 + ", poisson: 0.3, hardening: 1}, phase_2: x}",
        "x: " + "1" * 5000,
        "x: 0x" + "f" * 5000,
        "\0",
        "a: 'unclosed",
        "%YAML 9.9\n---\na: b",
        "a: b\na: c",
        "x" * 3_000_000,
    ],
)
def test_no_materials_file_does_harm(whole, tmp_path, text):
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "results").mkdir()
    words = ["evaluate", "--network", str(whole["network"]), "--materials", str(path)]
    outcome = attempt([*words, "--out", str(tmp_path / "results/o.nc")])
    assert outcome.code == 1, outcome
    assert not fault(outcome, tmp_path / "results"), outcome.said
    assert len(outcome.said) < 1000
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("phase", ["phase_1", "phase_2"])
@pytest.mark.parametrize(
    "value",
    [".nan", ".inf", "-1", "0", "1e400", "1" + "0" * 400, "'text'", "[1]", "{a: 1}", "true", "null", "1e308", "1e-320"],
)
def test_no_number_of_a_material_does_harm(whole, tmp_path, phase, value):
    key = "young: 2.1" if phase == "phase_1" else "E11: 72"
    text = whole["materials"].read_text()
    assert key in text
    path = tmp_path / "odd.yaml"
    path.write_text(text.replace(key, f"{key.split(':')[0]}: {value}", 1))
    (tmp_path / "results").mkdir()
    fixed = ["--steps", "2", "--control", "stress", "--out", str(tmp_path / "results/o.nc")]
    outcome = attempt(["evaluate", "--network", str(whole["network"]), "--materials", str(path), *fixed])
    assert not fault(outcome, tmp_path / "results"), outcome.said


def test_the_harness_sees_what_it_looks_for(whole, tmp_path):
    from fuzz_harness import Outcome

    assert fault(Outcome(None, ""), tmp_path) == "hangs"
    assert "SIGSEGV" in fault(Outcome(-11, ""), tmp_path)
    assert fault(Outcome(1, "laminet info: a fault in laminet (ValueError: x)"), tmp_path)
    assert fault(Outcome(1, ""), tmp_path)
    (tmp_path / "left.nc").write_text("")
    assert "half" in fault(Outcome(1, "laminet info: no"), tmp_path)
    assert all(commands(content, whole) for content in CONTENTS)


@pytest.mark.parametrize(("key", "value"), [("shard", None), ("shards", "x"), ("samples", "x"), ("shards", 10**12)])
def test_a_shard_that_does_not_say_which_is_refused(whole, tmp_path, key, value):
    data = netcdf.read(whole["elastic"])
    data.attrs.pop(key)
    if value is not None:
        data.attrs[key] = value
    data.to_netcdf(tmp_path / "odd.nc")
    (tmp_path / "results").mkdir()
    outcome = attempt(["merge", str(tmp_path / "odd.nc"), "--out", str(tmp_path / "results/out.nc")])
    assert outcome.code == 1, outcome
    assert not fault(outcome, tmp_path / "results"), outcome.said
