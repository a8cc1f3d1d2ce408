"""Random composites and load paths for training: seeded, within their ranges, and none of the study's evaluation."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import InputError
from laminet.files.training_curves import materials_text
from laminet.loading.curve_design import curve_design
from laminet.loading.paths import parse, text_of
from laminet.loading.random_paths import KINDS, random_path
from laminet.loading.settings import CurveSettings
from laminet.materials.library import composites
from laminet.materials.random_composites import random_composites
from laminet.materials.settings import MOST_COMPOSITES as MOST
from laminet.materials.settings import CompositeRanges
from laminet.settings import read as checked
from laminet.yaml_files import LARGEST_FILE, load_yaml
from laminet_study.configuration import read

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_more_composites_extend_fewer(split):
    assert random_composites(16, 3, split)[:8] == random_composites(8, 3, split)
    assert random_composites(0, 3, split) == []


def test_streams_and_seeds_differ():
    several = [*random_composites(64, 0), *random_composites(64, 0, "validation"), *random_composites(64, 1)]
    assert len({entry.laws for entry in several}) == len({entry.name for entry in several}) == 192


def test_composites_keep_to_their_ranges_and_fill_them():
    ranges = CompositeRanges()
    matrices, fibres = zip(*(entry.laws for entry in random_composites(MOST, 5)), strict=True)
    young = np.array([matrix.young for matrix in matrices])
    initial = np.array([matrix.hardening.initial for matrix in matrices])
    linear = np.array([matrix.hardening.linear for matrix in matrices])
    E11, E22, E33 = (np.array([getattr(fibre, name) for fibre in fibres]) for name in ("E11", "E22", "E33"))
    assert np.all(linear[1::2] == 0.0)
    orthotropic = np.arange(MOST) // 2 % 2 == 1
    np.testing.assert_array_equal(E11[~orthotropic], E22[~orthotropic])
    for values, name in (
        (young, "young"),
        (initial / young, "yield_strain"),
        (linear[::2] / young[::2], "linear"),
        ([matrix.hardening.saturation / matrix.hardening.initial for matrix in matrices], "saturation"),
        ([matrix.hardening.rate for matrix in matrices], "rate"),
        (E11 / young, "contrast"),
        (E33 / E11, "axial"),
        (E22[orthotropic] / E11[orthotropic], "transverse"),
    ):
        low, high = np.log(getattr(ranges, name))
        share = (np.log(values) - low) / (high - low)
        assert -1e-4 < share.min() < 0.05, name
        assert 0.95 < share.max() < 1.0 + 1e-4, name
        assert share.mean() == pytest.approx(0.5, abs=0.03), name
    poisson = [matrix.poisson for matrix in matrices]
    assert 0.28 <= min(poisson) < 0.29
    assert 0.41 < max(poisson) <= 0.42


def test_a_transversely_isotropic_fibre_is_one():
    """Turning it about its axis by 30 degrees changes nothing."""
    turn = mandel.rotation(mandel.euler(np.array([0.0, 0.0, np.pi / 6.0])))
    for entry in random_composites(2, 0):
        stiffness = entry.laws[1].stiffness
        np.testing.assert_allclose(turn @ stiffness @ turn.T, stiffness, rtol=1e-12, atol=1e-9)


def test_a_file_holds_all_of_them_without_a_warning():
    largest = 2**63 - 1
    both = [*random_composites(MOST, largest), *random_composites(MOST, largest, "validation")]
    assert len(materials_text({entry.name: entry for entry in both})) < LARGEST_FILE
    both = [*both[:16], *both[-16:]]
    text = materials_text({entry.name: entry for entry in both})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(composites(load_yaml(text, "text"), "text").values()) == both


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="count is 257; it must be a whole number from 0 to 256"):
        random_composites(257, 0)
    with pytest.raises(InputError, match="no positive definite stiffness"):
        random_composites(4, 0, ranges=CompositeRanges(fibre_poisson=(0.489, 0.49), axial=(0.1, 0.11)))
    with pytest.raises(InputError, match="count and validation are 0"):
        curve_design(CurveSettings(count=0, validation=0))


def values(vertices: list[dict[str, float]]) -> list[list[float]]:
    return [list(vertex.values()) for vertex in vertices]


def test_random_paths_do_what_their_kinds_say():
    rng = np.random.default_rng(0)
    for _ in range(50):
        _, (first, second) = random_path("turn", 0.05, rng)
        assert list(second) == [*first, list(second)[1]]
        assert second | first == second, "the first strain is held"
        _, [[up], [down]] = (
            each if index == 0 else values(each) for index, each in enumerate(random_path("unload", 0.05, rng))
        )
        assert 0.0 <= down / up <= 0.6
        _, corners = random_path("reverse", 0.05, rng)
        (held, there), (still, back) = values(corners)
        assert held == still
        assert there * back <= 0.0
        _, corners = random_path("corners", 0.05, rng)
        assert 3 <= len(corners) <= 4
        assert all(2 <= len(corner) <= 3 and list(corner) == list(corners[0]) for corner in corners)
        for kind in KINDS:
            control, vertices = random_path(kind, 0.05, rng)
            assert control in ("strain", "stress")
            assert max(abs(value) for row in values(vertices) for value in row) <= 0.05
            assert len({mandel.INDEX[name] for name in vertices[-1]}) == len(vertices[-1])


def test_paths_as_text_are_read_back():
    _, vertices = random_path("corners", 0.05, np.random.default_rng(1))
    assert text_of([{"11": 0.05, "12": 1e-5}, {"11": 0.0}]) == "11:0.05,12:1e-05;11:0.0"
    assert parse(f"name={text_of(vertices)}") == ("name", vertices)


def test_every_composite_has_the_twelve_uniaxial_curves_and_its_random_paths():
    design = curve_design(CurveSettings(count=2, validation=1, random_paths=4, steps=8, strain=0.03))
    assert len(design) == 3 * 16
    assert [planned.split for planned in design] == ["train"] * 32 + ["validation"] * 16
    for index, planned in enumerate(design):
        assert planned.composite is design[index // 16 * 16].composite
        assert planned.path.steps == 8
    uniaxial = {(planned.path.control, planned.text) for planned in design[:12]}
    assert uniaxial == {(control, f"{case}:0.03") for control in ("strain", "stress") for case in mandel.INDEX} - {
        (control, f"{case}:0.03") for control in ("strain", "stress") for case in ("13", "21", "32")
    }
    assert [planned.path.name.partition("-")[0] for planned in design[12:16]] == list(KINDS)
    assert len({planned.text for planned in design[12:16] + design[28:32] + design[44:]}) == 12


def test_more_curves_extend_fewer():
    few = curve_design(CurveSettings(count=2, validation=0, random_paths=2))
    many = curve_design(CurveSettings(count=3, validation=2, random_paths=5))
    named = {(planned.composite.name, planned.path.name, planned.path.control): planned for planned in many}
    for planned in few:
        other = named[planned.composite.name, planned.path.name, planned.path.control]
        assert (other.composite, other.text, other.split) == (planned.composite, planned.text, planned.split)


def configurations() -> dict[str, dict]:
    """Every configuration in the repository, by its file."""
    files = [None, *sorted(ROOT.glob("profiles/*/study.yaml"))]
    return {str(own): read([ROOT / "config.yaml", *([] if own is None else [own])], {}) for own in files}


def evaluated() -> tuple[list[tuple[str, dict]], list[list[dict]]]:
    """Composites and named load paths that any configuration in the repository evaluates."""
    entries, paths = [], []
    for config in configurations().values():
        for each in (config, *config["variants"].values()):
            entries += [entry for entry in each.get("materials", {}).items() if len(entry[1]) == 2]
            paths += each.get("loading", {}).get("paths", {}).values()
    return entries, paths


def by_component(vertices: list[dict]) -> list[dict[int, float]]:
    return [{mandel.INDEX[str(name)]: value for name, value in vertex.items() if value} for vertex in vertices]


def test_no_composite_or_path_of_the_evaluation_is_in_the_training():
    """Composites 1 - 5 and the paths turn and cycle judge networks: nothing of them may be trained on by default."""
    entries, paths = evaluated()
    assert {name for name, _ in entries} >= {f"composite_{number}" for number in range(1, 11)}
    held_out = {law for name, entry in entries for law in composites({name: entry}, "test")[name].laws}
    assert by_component([{22: 0.03}, {22: 0.03, 12: 0.03}]) in map(by_component, paths)
    assert by_component([{12: 0.04}, {12: 0.0}]) in map(by_component, paths)
    largest = curve_design(CurveSettings(count=64, validation=64))
    sets = [entry for config in configurations().values() for entry in config["curves"].values()]
    assert len(sets) >= 6, "those of profiles/curves"
    for entry in sets:
        settings = {name: value for name, value in entry.items() if name in CurveSettings.__dataclass_fields__}
        largest += curve_design(checked(CurveSettings, settings))
    default = curve_design(CurveSettings())
    assert {planned.text for planned in default} <= {planned.text for planned in largest}
    for planned in largest:
        assert not held_out & set(planned.composite.laws)
        _, vertices = parse(f"path={planned.text}")
        assert by_component(vertices) not in list(map(by_component, paths))


def test_held_out_composites_and_the_long_path_are_random_ones_of_a_frozen_seed():
    """Ranges and seed were fixed before any network predicted them; the ranges are wider than those of training."""
    wider = CompositeRanges(
        young=(0.5, 200.0),
        poisson=(0.2, 0.45),
        yield_strain=(8e-4, 4e-2),
        saturation=(0.2, 12.0),
        rate=(20.0, 1000.0),
        linear=(1e-3, 0.2),
        contrast=(1.5, 120.0),
        axial=(0.5, 20.0),
        transverse=(0.3, 1.0),
        fibre_poisson=(0.15, 0.4),
        fibre_shear=(0.2, 0.6),
    )
    for name, (low, high) in vars(CompositeRanges()).items():
        least, most = getattr(wider, name)
        assert least <= low, name
        assert most >= high, name
    config = configurations()[str(ROOT / "profiles/curves/study.yaml")]
    for number, entry in enumerate(random_composites(5, 2026, ranges=wider), start=6):
        name = f"composite_{number}"
        assert composites({name: config["materials"][name]}, "test")[name].laws == entry.laws
    walk = config["variants"]["turning"]["loading"]["paths"]["walk"]
    assert walk == random_walk(2026)


def random_walk(seed: int) -> list[dict[str, float]]:
    """A path of 20 random vertices in five strains, at most 0.03."""
    vertices = np.random.default_rng(seed).uniform(-0.03, 0.03, (20, 5)).round(3).tolist()
    return [dict(zip(("11", "22", "12", "23", "31"), vertex, strict=True)) for vertex in vertices]


def test_the_random_paths_of_the_evaluation_are_those_of_frozen_seeds():
    """Nobody picked them: they come from the generator of the training paths, with a seed of their own."""
    config = configurations()[str(ROOT / "profiles/curves/study.yaml")]
    paths = config["variants"]["random"]["loading"]["paths"]
    rng = np.random.default_rng(2027)
    drawn = {
        f"{kind}_{number}": random_path(kind, 0.05, rng)[1]
        for number in range(1, 5)
        for kind in ("turn", "reverse", "corners")
    }
    drawn |= {f"walk_{number}": random_walk(2026 + number) for number in range(1, 5)}
    assert {name: by_component(vertices) for name, vertices in paths.items()} == {
        name: by_component(vertices) for name, vertices in drawn.items()
    }


def test_the_default_design_is_frozen():
    """What networks in the documentation were trained on: a change of ranges or generators must be deliberate."""
    text = "\n".join(f"{each.composite.text} {each.path.control} {each.text}" for each in curve_design(CurveSettings()))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "902a1ec9c62f850c"
