"""Load paths and the driver that follows them."""

from dataclasses import dataclass

import numpy as np
import pytest

from laminet import mandel
from laminet.errors import ConvergenceError, InputError
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
