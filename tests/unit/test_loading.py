"""Load paths and the driver that follows them."""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import ConvergenceError, InputError, LaminetWarning
from laminet.loading import paths
from laminet.loading.driver import Increment, Target, follow


@pytest.mark.parametrize("case", paths.CASES)
def test_uniaxial_drives_one_tensor_component(case):
    path = paths.uniaxial(case, "stress", 10, 0.05)
    index = mandel.INDEX[case]
    assert path.steps == 10
    assert path.strain[-1, index] == pytest.approx(0.05 * mandel.FACTOR[index])
    np.testing.assert_allclose(np.diff(path.strain[:, index]), path.strain[1, index], rtol=1e-12)
    assert list(np.flatnonzero(path.loaded)) == [index]
    assert list(np.flatnonzero(path.prescribed)) == [index]
    assert paths.uniaxial(case, "strain", 10, 0.05).prescribed.all()


def test_piecewise_meets_its_vertices():
    path = paths.piecewise("cycle", "strain", [{"11": 0.04}, {"11": 0.0, "12": 0.01}, {"11": 0.02}], 7)
    assert path.steps == 7
    assert 0.04 in path.strain[:, 0]
    assert path.strain[-1, 0] == 0.02
    assert path.strain[:, 5].max() == pytest.approx(0.01 * np.sqrt(2))
    assert path.strain[-1, 5] == 0.0
    assert path.loaded.tolist() == [True, False, False, False, False, True]


def test_command_line_form_of_a_path():
    assert paths.parse("cycle=11:0.05,12:0.02;11:0") == ("cycle", [{"11": 0.05, "12": 0.02}, {"11": 0.0}])


@pytest.mark.parametrize("text", ["cycle", "=11:1", "a=11", "a=11:x", "a=11:1:2"])
def test_malformed_path_is_refused(text):
    with pytest.raises(InputError, match="the form is"):
        paths.parse(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: paths.uniaxial("44", "strain", 10, 0.05),
        lambda: paths.uniaxial("11", "force", 10, 0.05),
        lambda: paths.uniaxial("11", "strain", 0, 0.05),
        lambda: paths.uniaxial("11", "strain", 10, float("nan")),
        lambda: paths.piecewise("x", "strain", [{"14": 0.1}], 10),
        lambda: paths.piecewise("x", "strain", [{}], 10),
    ],
)
def test_impossible_path_is_refused(make):
    with pytest.raises(InputError, match="load case"):
        make()


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        ([{11: 0.02, "11": 0.01}], "vertex 1 names component 11 twice; give it once"),
        ([{14: 0.02}], "cannot drive '14'; components are '11', '22'"),
        ([{True: 0.02}], "cannot drive True; components are '11', '22'"),
        ([{"11": "0.02"}], "cannot drive 11 to '0.02'; strains are numbers"),
        ([{"11": None}], "cannot drive 11 to None"),
        ([{"11": float("nan")}], "cannot drive 11 to nan"),
        ([{"11": True}], "cannot drive 11 to True"),
        ([{"11": [0.01, 0.02]}], r"cannot drive 11 to \[0.01, 0.02\]"),
        ([{"11": 10**400}], "cannot drive 11 to 1000"),
        ([{"11": 0.01}, 0.02], "vertex 2 is 0.02; give a list of mappings"),
        ([("11", 0.01)], r"vertex 1 is \('11', 0.01\); give a list of mappings"),
        ([{"12": 0.01, "21": 0.02}], "vertex 1 names component 12 twice, as 12 and 21"),
        ({"11": 0.01}, "vertices are {'11': 0.01}; give a list of mappings"),
        ("11:0.01", "vertices are '11:0.01'; give a list of mappings"),
        (None, "vertices are None; give a list of mappings"),
        ([{"s11": 50}], "cannot drive s11 to 50; stresses are in GPa, 10 at most"),
        ([{"s11": None}], "cannot drive s11 to None; stresses are in GPa"),
        ([{"s14": 0.1}], "cannot drive 's14'; components are '11', .*, of stress 's11' and so on"),
        ([{"11": 0.01}, {"s11": 0.0}], r"drives 11 by strain and by stress \(s11\); take one of them"),
        ([{"21": 0.01, "s12": 0.0}], r"drives 21 by strain and by stress \(s12\); take one of them"),
        ([{"s12": 0.01, "s21": 0.02}], "vertex 1 names component s12 twice, as s12 and s21"),
        ([{"11": 0.01, "duration": -1}], "duration is -1; it must be a number of at least 0"),
        ([{"11": 0.01, "duration": "long"}], "duration is 'long'; it must be a number"),
        ([{"11": 0.01, "duration": float("inf")}], "duration is inf; it must be a number"),
        ([{"duration": 1.0}], "drives no component"),
        ([], "drives no component"),
        ([{}, {}], "drives no component"),
    ],
)
def test_a_vertex_that_cannot_be_used_is_named(vertices, message):
    with pytest.raises(InputError, match=f"^load case 'x': {message}"):
        paths.piecewise("x", "strain", vertices, 10)


@pytest.mark.parametrize("steps", ["10", 10.5, None, True])
def test_steps_are_a_whole_number(steps):
    with pytest.raises(InputError, match=r"steps is .*; it must be a whole number"):
        paths.piecewise("x", "strain", [{"11": 0.01}], steps)


@pytest.mark.parametrize("name", ["", " a", "a/b", "a\\b", "a\nb", "a" * 101, 11, None])
def test_a_name_that_no_file_could_have_is_refused(name):
    with pytest.raises(InputError, match="a name is text without slashes"):
        paths.piecewise(name, "strain", [{"11": 0.01}], 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=11:0.01,11:0.02", "vertex 1 names component 11 twice; give it once"),
        ("a=11:0.01;12:0.01, 21:0.02", "vertex 2 names component 12 twice, as 12 and 21; give it once"),
    ],
)
def test_a_component_given_twice_at_a_vertex_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        paths.parse(text)


def test_names_may_be_whole_numbers():
    ((case, path),) = paths.by_control(["stress"], [np.int64(12)], {7: [{11: 0.01}, {21: 0.02}]}, 2, 0.01)
    assert (case.name, path.name) == ("12", "7")
    assert case.strain[-1].tolist() == pytest.approx([0.0] * 5 + [0.01 * 2**0.5])
    assert path.strain[-1].tolist() == pytest.approx([0.0] * 5 + [0.02 * 2**0.5])
    with pytest.raises(InputError, match="load path '7' is given twice"):
        paths.by_control(["stress"], [], {7: [{11: 0.01}], "7": [{11: 0.01}]}, 2, 0.01)


def test_a_component_may_change_its_name_from_vertex_to_vertex():
    path = paths.piecewise("x", "strain", [{"12": 0.01}, {"21": 0.02}], 2)
    np.testing.assert_allclose(path.strain[:, 5], np.sqrt(2.0) * np.array([0.0, 0.01, 0.02]))


@pytest.mark.parametrize(
    ("controls", "cases", "named", "message"),
    [
        (["strain"], [], {"11": [{"22": 0.01}]}, "load path '11': this is one of the six load cases"),
        (["strain"], ["22"], {"31": [{"22": 0.01}]}, "load path '31': this is one of the six load cases"),
        (["strain"], ["22"], {"13": [{"22": 0.01}]}, "load path '13': this is one of the six load cases"),
        (["strain"], ["22"], {"21": [{"22": 0.01}]}, "load path '21': this is one of the six load cases"),
        (["strain"], ["22"], {"32": [{"22": 0.01}]}, "load path '32': this is one of the six load cases"),
        (["strain", "strain"], ["11"], {}, "control 'strain' is given twice"),
        (["strain"], ["11", "22", "11"], {}, "load case '11' is given twice"),
        (["strain"], ["13"], {}, "load case '13' is unknown; the six cases are"),
        (["strain"], [True], {}, "load case True is unknown; the six cases are '11'"),
        (["strain"], [], {"s11": [{"22": 0.01}]}, "load path 's11': this is a component of stress"),
        (["strain"], [], [{"11": 0.01}], "load paths are .*; give a mapping from names to vertices"),
    ],
)
def test_names_that_a_file_could_not_tell_apart_are_refused(controls, cases, named, message):
    with pytest.raises(InputError, match=message):
        paths.by_control(controls, cases, named, 4, 0.01)


def test_the_cases_come_first_then_the_paths_named_for_every_control():
    vertices = ({"11": strain} for strain in (0.01, 0.0))
    rows = paths.by_control(["stress", "strain"], ["12"], {"cycle": vertices}, 4, 0.02)
    assert [[(path.control, path.name) for path in row] for row in rows] == [
        [(control, "12"), (control, "cycle")] for control in ("stress", "strain")
    ]
    assert [row[1].strain[2, 0] for row in rows] == [0.01, 0.01]


def test_a_component_left_out_goes_back_to_zero_with_a_warning():
    with pytest.warns(LaminetWarning, match="'a': vertex 2 does not name 11, which goes back to zero") as caught:
        ((path,),) = paths.by_control(["strain"], [], {"a": [{"11": 0.01}, {"12": 0.01}]}, 2, 0.02)
    assert len(caught) == 1
    assert path.strain[:, 0].tolist() == [0.0, 0.01, 0.0]


@pytest.mark.parametrize(
    "vertices",
    [
        [{"11": 0.01}, {"11": 0.0, "12": 0.01}],  # said
        [{"11": 0.01}, {"11": 0.0}, {"12": 0.01}],  # zero already
        [{"12": 0.01}, {"21": 0.02}],
    ],
)
def test_components_that_are_named_or_zero_give_no_warning(vertices):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths.by_control(["strain"], [], {"a": vertices}, 3, 0.02)


def test_a_vertex_may_prescribe_stresses():
    vertices = [{"s22": 0.03, "s12": 0.02}, {"s22": 0.03, "11": 0.01}]
    path = paths.piecewise("mixed", "strain", vertices, 4)
    assert path.prescribed.tolist() == [True, False, True, True, True, False]
    assert path.loaded.tolist() == [True, True, False, False, False, True]
    np.testing.assert_allclose(path.stress[:, 1], [0.0, 0.015, 0.03, 0.03, 0.03])
    np.testing.assert_allclose(path.stress[:, 5], np.sqrt(2.0) * np.array([0.0, 0.01, 0.02, 0.01, 0.0]))
    np.testing.assert_allclose(path.strain[:, 0], [0.0, 0.0, 0.0, 0.005, 0.01])
    assert not path.strain[:, 1:].any()
    assert not path.stress[:, [0, 2, 3, 4]].any()
    free = paths.piecewise("mixed", "stress", vertices, 4)
    assert free.prescribed.tolist() == [True, False, False, False, False, False]


def test_plane_stress_prescribes_three_strains_and_three_stresses():
    path = paths.piecewise("plane", "stress", [{"11": 0.02, "22": 0.01, "12": 0.0}], 2)
    assert path.prescribed.tolist() == [True, True, False, False, False, True]
    same = paths.piecewise("plane", "strain", [{"11": 0.02, "22": 0.01, "s33": 0.0, "s23": 0.0, "s31": 0.0}], 2)
    assert same.prescribed.tolist() == path.prescribed.tolist()


def test_paths_take_one_second_unless_durations_are_given():
    for path in (paths.uniaxial("11", "strain", 4, 0.02), paths.piecewise("a", "strain", [{11: 0.1}, {11: 0.0}], 4)):
        np.testing.assert_allclose(path.time, [0.0, 0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(paths.uniaxial("11", "strain", 2, 0.02, 10.0).time, [0.0, 5.0, 10.0])
    vertices = [{"11": 0.02, "duration": 3.0}, {"11": 0.0}, {"11": 0.02, "duration": 0.0}]
    np.testing.assert_allclose(paths.piecewise("a", "strain", vertices, 3, 6.0).time, [0.0, 3.0, 5.0, 5.0])
    with pytest.raises(InputError, match="load case 'a': duration is -1"):
        paths.piecewise("a", "strain", [{"11": 0.02}], 3, -1.0)


def test_a_vertex_with_nothing_but_a_duration_holds_all():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vertices = [{"11": 0.02, "s22": 0.01}, {"duration": 100.0}, {"11": 0.0, "s22": 0.0}]
        ((path,),) = paths.by_control(["strain"], [], {"hold": vertices}, 6, 0.02)
    np.testing.assert_allclose(path.strain[:, 0], [0.0, 0.01, 0.02, 0.02, 0.02, 0.01, 0.0])
    np.testing.assert_allclose(path.stress[:, 1], [0.0, 0.005, 0.01, 0.01, 0.01, 0.005, 0.0])
    np.testing.assert_allclose(np.diff(path.time), [1 / 6, 1 / 6, 50.0, 50.0, 1 / 6, 1 / 6])


def test_the_command_line_reads_stresses_and_durations_as_text_of_writes_them():
    name, vertices = paths.parse("creep=s11:0.05,22:0,duration:1; duration:1000")
    assert (name, vertices) == ("creep", [{"s11": 0.05, "22": 0.0, "duration": 1.0}, {"duration": 1000.0}])
    assert paths.parse(f"creep={paths.text_of(vertices)}")[1] == vertices


@dataclass
class Clock:
    """A spring that converges for short increments only, and notes how long those were that did."""

    longest: float
    taken: list[float]

    def initial(self):
        return 0.0

    def solve(self, state, target: Target) -> Increment:
        short = target.duration <= self.longest
        self.taken += [target.duration] * short
        return Increment(target.strain, target.strain, 1, 0.0, short, state + target.duration)


def test_increments_and_their_halves_take_the_time_of_the_path():
    clock = Clock(1.0, [])
    path = paths.piecewise("a", "strain", [{"11": 0.02, "duration": 6.0}, {"11": 0.0, "duration": 1.0}], 4)
    assert follow(clock, path).state == pytest.approx(7.0)
    assert clock.taken == [0.75] * 8 + [0.5] * 2


@dataclass
class Brittle:
    """A spring that only converges for increments below a limit, and breaks to NaN beyond a strain."""

    limit: float
    breaks: float = np.inf

    def initial(self):
        return np.zeros(6)

    def solve(self, state, target: Target) -> Increment:
        small = np.abs(target.strain - state).max() <= self.limit * (1 + 1e-9)
        stress = np.full(6, np.nan) if target.strain[0] > self.breaks else 2.0 * target.strain
        return Increment(target.strain, stress, 3, 0.1, small, target.strain)


def test_increments_are_halved_until_they_converge():
    path = paths.uniaxial("11", "strain", 4, 0.04)
    curve = follow(Brittle(limit=0.0025), path)
    assert curve.converged.all()
    np.testing.assert_allclose(curve.stress[:, 0], 2.0 * path.strain[:, 0])
    assert curve.iterations[1] == 3 * (1 + 2 + 4), "every attempt counts"


def test_hopeless_increment_raises_with_case_and_step():
    with pytest.raises(ConvergenceError, match=r"load case 11 \(strain control\): step 1 of 4"):
        follow(Brittle(limit=1e-6), paths.uniaxial("11", "strain", 4, 0.04), cutbacks=2)


def test_lenient_following_marks_what_failed():
    curve = follow(Brittle(limit=1e-6), paths.uniaxial("11", "strain", 4, 0.04), cutbacks=1, strict=False)
    assert curve.converged.tolist() == [True, False, False, False, False]
    assert np.isfinite(curve.stress).all()
    broken = follow(Brittle(limit=1.0, breaks=0.025), paths.uniaxial("11", "strain", 4, 0.04), strict=False)
    assert broken.converged.tolist() == [True, True, True, False, False]
    assert np.isnan(broken.stress[3:]).all()
    assert np.isfinite(broken.stress[:3]).all()
