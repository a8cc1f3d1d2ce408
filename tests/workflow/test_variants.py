"""Variants of the configuration: what they share with it, where their files are, and which are refused."""

from pathlib import Path

import pytest
import yaml

from laminet.errors import InputError
from laminet_study import design, variants

ROOT = Path(__file__).parents[2]

VARIANTS = {
    "packing": {"rve": {"seed": 1}},
    "same_packing": {"rve": {"seed": 1}, "online": {"tolerance": 1e-4}},
    "sampling": {"data": {"sampling": {"poisson": [0.0, 0.5]}}},
    "hardening": {"materials": {"composite_3": {"phase_1": {"hardening": {"linear": 0.2}}}}},
    "steps": {"loading": {"steps": 50}},
    "loose": {"online": {"tolerance": 1e-4}},
    "less": {"evaluation": {"composites": ["composite_1"], "controls": ["stress"]}},
    "shallow": {"training": {"depth": 5}},
    "more_shards": {"data": {"shards": 2}},
}
OWN = {
    "packing": {"rve", "elastic", "online", "references"},
    "sampling": {"elastic", "online"},
    "hardening": {"online"},
    "steps": {"online", "references"},
    "loose": {"online"},
    "less": {"online"},
    "shallow": set(),
    "more_shards": set(),
}


@pytest.fixture
def config() -> dict:
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    studies = [entry for entry in config["studies"] if "variants" not in entry]
    return {**config, "variants": VARIANTS, "studies": studies}


@pytest.mark.parametrize("name", OWN)
def test_a_variant_has_files_of_its_own_only_where_its_settings_differ(config, name):
    variant = variants.variants(config)[name]
    for stage in ("rve", "elastic", "online"):
        assert getattr(variant, stage) == (f"variants/{name}/" if stage in OWN[name] else ""), stage
    expected = f"variants/{name}/" if "references" in OWN[name] else ""
    assert variant.references["composite_2"] == expected
    assert variant.materials["composite_2"] == ""


def test_another_material_is_all_that_is_simulated_again(config):
    hardening = variants.variants(config)["hardening"]
    for places in (hardening.materials, hardening.references):
        assert places == {"composite_1": "", "composite_2": "", "composite_3": "variants/hardening/"}
    matrix = hardening.config["materials"]["composite_3"]["phase_1"]
    assert matrix["hardening"] == {"initial": 0.030, "linear": 0.2, "saturation": 0.045, "rate": 120.0}


def test_equal_stages_of_two_variants_are_made_once(config):
    first, second = (variants.variants(config)[name] for name in ("packing", "same_packing"))
    assert (first.rve, first.elastic, first.references) == (second.rve, second.elastic, second.references)
    assert first.online != second.online


def test_names_of_places_lead_back_to_variants(config):
    for variant in variants.variants(config).values():
        for place in (variant.rve, variant.elastic, variant.online, *variant.references.values()):
            owner = variants.variants(config)[variants.name(place)]
            assert place in (owner.rve, owner.elastic, owner.online, *owner.references.values())


def sweep(**changes) -> dict:
    entry = {"name": "sweep", "seeds": 2, "schemes": {"imn": ["newton_condensed"]}, "grids": [{"model": "imn"}]}
    return entry | changes


def test_a_study_has_every_run_in_every_variant(config):
    config["studies"].append(sweep(variants=["default", "packing", "sampling"]))
    design.check(config)
    study = design.studies(config)[-1]
    assert len(study.runs) == 2
    assert {name: len(members) for name, members in study.variants.items()} == {
        "default": 2,
        "packing": 2,
        "sampling": 2,
    }
    assert study.members[2].network == "variants/packing/runs/imn-n7-s400-b40-i01"
    assert len(design.evaluations([study])) == 6


def test_a_variant_of_the_evaluation_uses_the_networks_that_are_there(config):
    config["studies"].append(sweep(variants=["loose"]))
    (first, _) = design.studies(config)[-1].members
    assert first.network == "runs/imn-n7-s400-b40-i01"
    assert first.online == "variants/loose/runs/imn-n7-s400-b40-i01"


def test_a_variant_of_the_training_is_stated_in_the_run_id(config):
    config["variants"] = {"wide": {"training": {"initialisation": {"activation": [0.0, 1.0]}}}}
    config["studies"].append(sweep(variants=["wide"]))
    design.check(config)
    assert design.studies(config)[-1].members[0].network == "runs/imn-n7-s400-b40-initialisationa0to1-i01"


def test_a_repetition_is_each_of_its_studies_in_the_variant(config):
    config["sensitivity"] = [{"variant": "loose", "repeats": ["xi", "depth"], "seeds": 3}, sweep()]
    design.check(config)
    found = {study.name: study for study in design.sensitivity(config)}
    assert list(found) == ["loose_xi", "loose_depth", "sweep"]
    assert [study.repeats for study in found.values()] == ["xi", "depth", None]
    base = {study.name: study for study in design.studies(config)}
    assert found["loose_depth"].schemes == base["depth"].schemes
    assert {run.id for run in found["loose_xi"].runs} == {
        run.id for run in base["xi"].runs if run.settings["seed"] <= 3
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"variants": {"x": {"rve": {"sed": 1}}}}, ["variant 'x'", "sed", "seed"]),
        ({"variants": {"x": {"figures": {"control": "strain"}}}}, ["variants: x", "figures"]),
        ({"variants": {"x": {"loading": {"steps": 0}}}}, ["variant 'x'", "loading: steps"]),
        ({"variants": {"default": {"rve": {"seed": 1}}}}, ["variants", "default"]),
        ({"studies": [sweep(variants=["other"])]}, ["'other'", "packing"]),
        ({"studies": [sweep(variants=["default", "loose"])]}, ["sweep", "loose", "online.tolerance"]),
        (
            {"variants": {"x": {"evaluation": {"composites": ["glass"]}}}, "studies": [sweep(variants=["x"])]},
            ["sweep", "evaluation.composites", "glass", "composite_2"],
        ),
        ({"studies": [sweep(variants=["default", "steps"])]}, ["sweep", "steps", "loading.steps"]),
        (
            {"variants": {"few": {"data": {"samples": 100}}}, "studies": [sweep(variants=["few"])]},
            ["400 samples", "100", "variant few"],
        ),
        ({"sensitivity": [{"variant": "loose", "repeats": ["eta", "zeta"]}]}, ["zeta", "data_size"]),
        ({"sensitivity": [{"variant": "loose", "repeats": ["xi"], "grids": []}]}, ["sensitivity: entry 1", "grids"]),
        ({"sensitivity": [{"variant": "loose", "repeats": ["xi"]}] * 2}, ["loose_xi", "same name"]),
    ],
)
def test_a_wrong_variant_is_one_clear_line(config, changes, words):
    with pytest.raises(InputError) as caught:
        design.check({**config, **changes})
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message
