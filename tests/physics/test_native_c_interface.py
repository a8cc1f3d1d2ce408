"""The C interface: a C program and Python have the same stresses and tangents."""

import ctypes
import os
import shlex
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from c_programs import EXAMPLES, compiled, exported

import laminet
from laminet.errors import ConvergenceError
from laminet.materials.laws import J2, Hardening, Perzyna, PowerHardening, TableHardening, Viscoplastic
from laminet.materials.library import Composite
from laminet.online.active import laminates
from laminet.online.export import text
from laminet.online.material import Material
from laminet.online.settings import MaterialSettings

MODELS = ("dmn", "imn")
OK, BAD_INPUT, NOT_CONVERGED = 0, 1, 2
DOUBLES = ctypes.POINTER(ctypes.c_double)


@pytest.fixture(scope="module")
def uniaxial(tmp_path_factory) -> Path:
    return compiled(EXAMPLES / "uniaxial.c", tmp_path_factory.mktemp("c") / "uniaxial")


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    found = ctypes.CDLL(str(next(Path(laminet.library_dir()).glob("*laminet.*"))))
    found.laminet_message.restype = found.laminet_version.restype = ctypes.c_char_p
    found.laminet_state_size.restype = found.laminet_leaves.restype = ctypes.c_size_t
    for function in (found.laminet_state_size, found.laminet_leaves, found.laminet_law_destroy):
        function.argtypes = [ctypes.c_void_p]
    found.laminet_update.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[DOUBLES] * 5, ctypes.c_int]
    found.laminet_update_over.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_double,
        *[DOUBLES] * 5,
        ctypes.c_int,
    ]
    found.laminet_rate_dependent.argtypes = [ctypes.c_void_p]
    return found


class Settings(ctypes.Structure):
    _fields_ = (("tolerance", ctypes.c_double), ("max_iterations", ctypes.c_int), ("halvings", ctypes.c_int))


class Law:
    """What a C caller does, through ctypes."""

    def __init__(self, library: ctypes.CDLL, file: Path, settings: Settings | None = None):
        self.library, self.law = library, ctypes.c_void_p()
        status = library.laminet_law_read(
            str(file).encode(), settings and ctypes.byref(settings), ctypes.byref(self.law)
        )
        assert status == OK, library.laminet_message()
        self.size = library.laminet_state_size(self.law)

    def __del__(self):
        self.library.laminet_law_destroy(self.law)

    def update(
        self,
        strain: np.ndarray,
        state: np.ndarray,
        threads: int = 1,
        tangent: bool = True,
        duration: float | None = None,
    ):
        """Status, stress, tangent (None if not wanted) and new state."""
        points = len(strain)
        found = np.empty((points, 6)), np.empty((points, 6, 6)) if tangent else None, np.empty_like(state)
        arrays = [None if a is None else a.ctypes.data_as(DOUBLES) for a in (strain, state, *found)]
        if duration is None:
            return self.library.laminet_update(self.law, points, *arrays, threads), *found
        return self.library.laminet_update_over(self.law, points, duration, *arrays, threads), *found


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_c_program_finds_uniaxial_stress_as_python_does(
    model, number, uniaxial, sparse_network, composites, tmp_path
):
    network, steps = sparse_network(model, 4, number, 9), 5
    file = exported(network, composites[number], tmp_path)
    command = [uniaxial, file, "0.03", str(steps)]
    dirty = {**os.environ, "MALLOC_PERTURB_": "165"}  # fresh memory is not zero (glibc): nothing may rely on it
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=dirty).stdout
    *lines, last = (np.array(line.split(), dtype=float) for line in output.splitlines())
    law = Material(network, composites[number], settings=MaterialSettings(tolerance=1e-10))
    strain, state = np.zeros((1, 6)), law.virgin()
    for step, line in enumerate(lines, 1):
        strain[0, 0] = 0.03 * step / steps
        for outer in range(1, 20):  # noqa: B007
            stress, tangent, updated = law.update(strain, state)
            if np.linalg.norm(stress[0, 1:]) <= 1e-10 * abs(stress[0, 0]):
                break
            strain[0, 1:] -= np.linalg.solve(tangent[0, 1:, 1:], stress[0, 1:])
        state = updated
        assert (line[0], line[1]) == (step, outer)
        np.testing.assert_allclose(line[2:8], strain[0], rtol=0.0, atol=1e-13)
        np.testing.assert_allclose(line[8:], stress[0], rtol=0.0, atol=1e-12 * np.abs(stress).max())
    assert outer <= 6  # quadratic
    assert len(lines) == steps
    np.testing.assert_allclose(last.reshape(6, 6), tangent[0], rtol=0.0, atol=1e-12 * np.abs(tangent).max())


def test_the_example_says_what_is_wrong(uniaxial, tmp_path):
    done = subprocess.run([uniaxial, tmp_path / "none.law", "0.03", "5"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "none.law: cannot be read" in done.stderr
    assert subprocess.run([uniaxial], capture_output=True).returncode == 2


def test_the_header_is_cpp_too(tmp_path):
    source = tmp_path / "a.cpp"
    source.write_text("#include <laminet.h>\nint main() { return laminet_default_settings().halvings - 6; }\n")
    compiler = shlex.split(sysconfig.get_config_var("CXX") or "c++")[0]
    subprocess.run(
        [compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{laminet.include_dir()}", source], check=True
    )


@pytest.mark.parametrize("model", MODELS)
def test_many_points_are_those_of_python(model, library, sparse_network, composites, tmp_path, rng):
    network, points = sparse_network(model, 4, 5, 9), 37
    law = Law(library, exported(network, composites[1], tmp_path))
    truth = Material(network, composites[1], points)
    assert law.size == truth.virgin().shape[1]
    assert library.laminet_leaves(law.law) == 9
    strain = 0.01 * rng.normal(size=(points, 6))
    state = expected_state = truth.virgin()
    for factor in (0.5, 1.0, 0.4):
        status, stress, tangent, state = law.update(factor * strain, state)
        expected = truth.update(factor * strain, expected_state)
        expected_state = expected[2]
        assert status == OK
        for one, other in zip((stress, tangent, state), expected):
            np.testing.assert_allclose(one, other, rtol=0.0, atol=1e-12 * np.abs(other).max())
    without = law.update(strain, state, tangent=False)
    np.testing.assert_array_equal(without[1], law.update(strain, state)[1])


def test_any_threads_at_any_time_give_the_same_bits(library, sparse_network, composites, tmp_path, rng):
    law = Law(library, exported(sparse_network("dmn", 4, 3, 9), composites[3], tmp_path))
    strain, state = 0.02 * rng.normal(size=(200, 6)), np.zeros((200, law.size))
    expected = law.update(strain, state)
    with ThreadPoolExecutor(4) as pool:  # ctypes lets go of Python's lock: these calls do overlap
        for found in pool.map(lambda threads: law.update(strain, state, threads), (1, 2, 3, 1, 2, 5)):
            assert found[0] == expected[0] == OK
            for one, other in zip(found[1:], expected[1:]):
                np.testing.assert_array_equal(one, other)


def test_points_without_equilibrium_are_marked_and_named(library, sparse_network, composites, tmp_path):
    network = sparse_network("imn", 3, 2, 5)
    law = Law(library, exported(network, composites[1], tmp_path), Settings(1e-6, 1, 1))
    strain, state = np.zeros((3, 6)), np.full((3, law.size), 0.0)
    strain[1, 0] = 0.05
    status, stress, tangent, updated = law.update(strain, state)
    assert status == NOT_CONVERGED
    assert np.isnan(stress[1]).all()
    assert np.isnan(tangent[1]).all()
    assert np.isfinite(np.delete(stress, 1, axis=0)).all()
    np.testing.assert_array_equal(updated[1], state[1])
    message = library.laminet_message().decode()
    assert message.startswith("1 of 3 points failed; point 1: no equilibrium after 1 halvings")
    assert "residuals 1" in message or "e-" in message
    with pytest.raises(ConvergenceError, match=r"point 1: no equilibrium .* relative residuals \d"):
        Material(network, composites[1], 3, MaterialSettings(max_iterations=1, cutbacks=1)).update(strain, state)


# Two perfectly plastic phases: their tangents are singular, and strains overflow long before the loads do.
IDEAL = Composite("ideal", (J2(3.0, 0.3, Hardening(0.03)), J2(70.0, 0.3, Hardening(0.1))))


@pytest.mark.parametrize("points", [1, 7, 9])  # NetworkSystem; a group not full; a group, and one left over
@pytest.mark.parametrize("number", ["ideal", 1, 3])
@pytest.mark.parametrize("size", [1e13, 1e153, 1e154, 1e160, 1e200, 1e307, 1.7e308])
def test_absurd_strains_fail_alone_and_keep_the_state(
    size, number, points, library, sparse_network, composites, tmp_path
):
    """Finite numbers or a failure, never in between: from 1e154 on, the square of a strain is not a number."""
    composite = IDEAL if number == "ideal" else composites[number]
    law = Law(library, exported(sparse_network("dmn", 3, 2, 5), composite, tmp_path))
    rng = np.random.default_rng(1)
    strain, state = 0.01 * rng.normal(size=(points, 6)), np.zeros((points, law.size))
    state = law.update(strain, state)[3]  # plastic
    strain *= 1.1
    truth = law.update(strain, state)
    for absurd in (np.eye(6)[0], np.eye(6)[3], rng.uniform(-1.0, 1.0, 6)):
        strain[0] = size * absurd
        status, stress, tangent, updated = law.update(strain, state)
        assert status == (OK if np.isfinite(stress[0]).all() else NOT_CONVERGED)
        if status == OK:
            assert size < 1e154
            assert np.isfinite(tangent[0]).all()
            assert np.isfinite(updated[0]).all()
        else:
            assert np.isnan(stress[0]).all()
            assert np.isnan(tangent[0]).all()
            np.testing.assert_array_equal(updated[0].view(np.int64), state[0].view(np.int64))
            message = library.laminet_message().decode()
            assert message.startswith(f"1 of {points} points failed; point 0: no equilibrium after 6 halvings")
        for found, expected in zip((stress, tangent, updated), truth[1:]):
            np.testing.assert_array_equal(found[1:], expected[1:])
        in_place = state.copy()
        arrays = [array.ctypes.data_as(DOUBLES) for array in (strain, in_place, stress, tangent, in_place)]
        assert library.laminet_update(law.law, points, *arrays, 1) == status
        np.testing.assert_array_equal(in_place, updated)


def test_a_law_file_has_every_form_of_hardening(library, sparse_network, tmp_path):
    """A power law, and a table that becomes steeper: the C interface has the numbers of Python."""
    table = TableHardening(((0.0, 0.03), (0.01, 0.031), (0.02, 0.05)), "linear")
    forms = Composite("forms", (J2(3.0, 0.3, PowerHardening(0.02, 0.003, 0.2)), J2(9.0, 0.3, table)))
    network, rng = sparse_network("dmn", 3, 2, 5), np.random.default_rng(2)
    file = exported(network, forms, tmp_path)
    assert "phase 1 j2_power 3.0 0.3 0.02 0.003 0.2\n" in file.read_text()
    (line,) = (line.split() for line in file.read_text().splitlines() if line.startswith("phase 2 j2_table 9.0 0.3 "))
    np.testing.assert_allclose(np.array(line[5:], dtype=float), [1.9, 0.0, 0.03, 0.01, 0.031, 0.02, 0.05])
    law, material = Law(library, file), Material(network, forms, 9)
    state = points = material.virgin()
    for _ in range(3):
        strain = rng.normal(0.0, 0.02, (9, 6))
        status, stress, tangent, state = law.update(strain, state)
        assert status == OK
        expected = material.update(strain, points)
        points = expected[2]
        for numbers, other in zip((stress, tangent.reshape(9, 6, 6), state), expected, strict=True):
            np.testing.assert_array_equal(numbers, other)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["strain", "state"])
def test_numbers_that_are_not_finite_are_refused(name, value, library, sparse_network, composites, tmp_path):
    law = Law(library, exported(sparse_network("imn", 3, 2, 5), composites[1], tmp_path))
    arrays = {"strain": np.full((3, 6), 0.01), "state": np.zeros((3, law.size)), "stress": np.full((3, 6), 7.0)}
    arrays |= {"tangent": np.full((3, 36), 7.0), "updated": np.full((3, law.size), 7.0)}
    for place in (0, -1):
        arrays[name][2, place] = value
        status = library.laminet_update(law.law, 3, *(array.ctypes.data_as(DOUBLES) for array in arrays.values()), 1)
        assert status == BAD_INPUT
        assert f"the {name} of point 2 holds a number that is not finite; " in library.laminet_message().decode()
        assert all((arrays[out] == 7.0).all() for out in ("stress", "tangent", "updated"))
        arrays[name][2, place] = 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:-1], "ends before its line 'end'"),
        (lambda lines: [], "no law"),
        (lambda lines: ["laminet-law 2", *lines[1:]], "line 1: a version of the format"),
        (lambda lines: [*lines[:2], *lines[3:]], "phase 1 has no line"),
        (lambda lines: [*lines[:2], "phase 1 j2 3 0.5 1 0 0 0", *lines[3:]], "line 3: Poisson's ratio"),
        (lambda lines: [*lines[:2], "phase 1 j2 3 0.3 1 0 0", *lines[3:]], "line 3: the form is: j2 YOUNG"),
        (lambda lines: [*lines[:2], "phase 1 elastic" + 36 * " 1", *lines[3:]], "line 3: a stiffness is not positive"),
        (lambda lines: [*lines[:4], "block 0 1 2 1 1 1", *lines[5:]], "a normal has not unit length"),
        (lambda lines: [*lines[:4], *lines[5:]], "one leaf more than blocks"),
        (lambda lines: [*lines[:-2], "leaf 1 1 0.5", lines[-1]], "used twice"),
        (lambda lines: [*lines[:-2], "leaf 8 1 nan", lines[-1]], "the form is: leaf|weight of a leaf must be positive"),
        (lambda lines: [*lines[:-1], "tree 1", lines[-1]], "a line must begin with phase, block, leaf or end"),
        (lambda lines: [*lines[:4], lines[2], *lines[4:]], "line 5: phase 1 is given twice; keep one of its lines"),
        (lambda lines: [*lines, "", "phase 3 j2 3 0.3 1 0 0 0"], "text after the line 'end'; keep one law in a file"),
        (lambda lines: [*lines, *lines], "text after the line 'end'"),
    ],
)
def test_damaged_laws_are_refused(change, message, library, sparse_network, composites, tmp_path):
    lines = text(sparse_network("imn", 3, 2, 5), composites[1]).splitlines()
    file, law = tmp_path / "bad.law", ctypes.c_void_p()
    file.write_text("\n".join(change(lines)))
    assert library.laminet_law_read(str(file).encode(), None, ctypes.byref(law)) == BAD_INPUT
    assert not law
    said = library.laminet_message().decode()
    assert said.startswith(str(file))
    assert any(part in said for part in message.split("|")), said


def test_bad_calls_are_refused(library, sparse_network, composites, tmp_path):
    file, other = exported(sparse_network("imn", 3, 2, 5), composites[1], tmp_path), ctypes.c_void_p()
    law = Law(library, file)
    state = np.zeros((2, law.size))
    assert law.update(0.0 * state[:, :6], state, threads=0)[0] == BAD_INPUT
    assert library.laminet_update(None, 1, *[None] * 5, 1) == BAD_INPUT
    assert library.laminet_update(law.law, 1, *[None] * 5, 1) == BAD_INPUT
    assert library.laminet_law_read(None, None, ctypes.byref(other)) == BAD_INPUT
    for settings in (Settings(0.0, 10, 1), Settings(1e-6, 0, 1), Settings(1e-6, 10, 51)):
        assert library.laminet_law_read(str(file).encode(), ctypes.byref(settings), ctypes.byref(other)) == BAD_INPUT
    assert library.laminet_update(law.law, 0, *[None] * 5, 1) == OK
    assert library.laminet_message() == b""
    assert library.laminet_version().decode() == laminet.__version__
    library.laminet_law_destroy(None)


class Network(ctypes.Structure):
    _fields_ = (
        ("leaves", ctypes.c_size_t),
        *((name, ctypes.POINTER(ctypes.c_int)) for name in ("parent", "first", "second")),
        ("normal", DOUBLES),
        *((name, ctypes.POINTER(ctypes.c_int)) for name in ("leaf", "phase")),
        *((name, DOUBLES) for name in ("weight", "rotation")),
    )


class Phase(ctypes.Structure):
    _fields_ = (("law", ctypes.c_char_p), ("constants", DOUBLES), ("count", ctypes.c_size_t))


@pytest.mark.parametrize("model", MODELS)
def test_a_law_from_arrays_is_that_of_the_file(model, library, sparse_network, composites, tmp_path, rng):
    network, composite = sparse_network(model, 4, 5, 9), composites[2]
    tree = laminates(network)
    parents = np.concatenate([level.parents for level in tree.levels])
    children = [
        np.concatenate([np.r_[s] for s in slices])
        for slices in zip(
            *((np.arange(tree.nodes)[level.first], np.arange(tree.nodes)[level.second]) for level in tree.levels)
        )
    ]
    normal = np.concatenate([level.H[:, [0, 1, 2], [0, 1, 2]] for level in tree.levels])
    keep = {
        "parent": parents, "first": children[0], "second": children[1], "normal": normal,
        "leaf": tree.leaf, "phase": tree.phase, "weight": tree.weight,
    } | ({} if tree.leaf_R is None else {"rotation": tree.leaf_R})  # fmt: skip
    described = Network(leaves=len(tree.leaf))
    for name, pointer in Network._fields_[1:]:
        if name in keep:
            keep[name] = np.ascontiguousarray(keep[name], dtype=np.float64 if pointer is DOUBLES else np.int32)
            setattr(described, name, keep[name].ctypes.data_as(pointer))
    natives = [law.native() for law in composite.laws]
    constants = [np.array(native.constants, dtype=float) for native in natives]
    phases = (Phase * 2)(
        *(
            Phase(native.name.encode(), numbers.ctypes.data_as(DOUBLES), numbers.size)
            for native, numbers in zip(natives, constants, strict=True)
        )
    )
    law = Law(library, exported(network, composite, tmp_path))
    copy = Law.__new__(Law)
    copy.library, copy.law = library, ctypes.c_void_p()
    status = library.laminet_law_create(ctypes.byref(described), 2, phases, None, ctypes.byref(copy.law))
    assert status == OK, library.laminet_message()
    strain, state = 0.02 * rng.normal(size=(5, 6)), np.zeros((5, law.size))
    for one, other in zip(law.update(strain, state), copy.update(strain, state)):
        np.testing.assert_array_equal(one, other)
    for count, wrong, message in ((2, -1.0, b"must not be negative"), (1, 1.0, b"phase 2 has leaves and no law")):
        constants[0][-1] = wrong
        created = library.laminet_law_create(
            ctypes.byref(described), count, phases, None, ctypes.byref(ctypes.c_void_p())
        )
        assert created == BAD_INPUT
        assert message in library.laminet_message()


def test_laws_that_depend_on_time_need_the_duration(library, sparse_network, composites, tmp_path, rng):
    network, fibre = sparse_network("imn", 3, 2, 5), composites[1].laws[1]
    matrix = Viscoplastic(3.8, 0.387, Hardening(0.03, 0.1), perzyna=Perzyna(0.1, 4.0))
    timed = Law(library, exported(network, Composite("c", (matrix, fibre)), tmp_path))
    strain, state = 0.02 * rng.normal(size=(9, 6)), np.zeros((9, timed.size))
    truth = Material(network, Composite("c", (matrix, fibre)), 9)
    for duration in (0.0, 0.1, 10.0):
        status, *found = timed.update(strain, state, duration=duration)
        assert status == OK
        for one, other in zip(found, truth.update(strain, state, duration), strict=True):
            np.testing.assert_allclose(one, other, rtol=0.0, atol=1e-12 * np.abs(other).max())
    assert timed.update(strain, state)[0] == BAD_INPUT
    assert library.laminet_message().startswith(b"a law of a phase depends on time; call laminet_update_over")
    for duration in (-1.0, np.nan, np.inf):
        assert timed.update(strain, state, duration=duration)[0] == BAD_INPUT
        assert library.laminet_message().startswith(b"duration must be a number of seconds, 0 or more")
    assert library.laminet_rate_dependent(timed.law) == 1
    other = Law(library, exported(network, composites[1], tmp_path))
    assert library.laminet_rate_dependent(other.law) == 0
    for one, two in zip(other.update(strain, state), other.update(strain, state, duration=3.0), strict=True):
        np.testing.assert_array_equal(one, two)
