"""The C interface: a C program, an Abaqus user material and Python have the same stresses and tangents."""

import ctypes
import os
import shlex
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import laminet
from laminet.errors import ConvergenceError
from laminet.online.active import laminates
from laminet.online.export import export, text
from laminet.online.material import material
from laminet.online.settings import OnlineSettings

EXAMPLES = Path(__file__).parents[2] / "examples"
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")
MODELS = ("dmn", "imn")
OK, BAD_INPUT, NOT_CONVERGED = 0, 1, 2
DOUBLES = ctypes.POINTER(ctypes.c_double)


def compiled(source: Path, target: Path, *options: str) -> Path:
    """A C program or library, linked with laminet."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    folder = laminet.library_dir()
    flags = [*STRICT, *options, f"-I{laminet.include_dir()}"]
    link = [f"-L{folder}", f"-Wl,-rpath,{folder}", "-llaminet", "-lm", "-pthread", "-o", target]
    subprocess.run([compiler, *flags, source, *link], check=True)
    return target


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

    def update(self, strain: np.ndarray, state: np.ndarray, threads: int = 1, tangent: bool = True):
        """Status, stress, tangent (None if not wanted) and new state."""
        points = len(strain)
        found = np.empty((points, 6)), np.empty((points, 6, 6)) if tangent else None, np.empty_like(state)
        arrays = [None if a is None else a.ctypes.data_as(DOUBLES) for a in (strain, state, *found)]
        return self.library.laminet_update(self.law, points, *arrays, threads), *found


def exported(network, composite, folder: Path) -> Path:
    export(network, composite, folder / "material.law")
    return folder / "material.law"


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
    law = material(network, composites[number], settings=OnlineSettings(tolerance=1e-10))
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
    truth = material(network, composites[1], points)
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
        material(network, composites[1], 3, OnlineSettings(max_iterations=1, cutbacks=1)).update(strain, state)


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
    strain, state = np.full((2, 6), np.nan), np.zeros((2, law.size))
    assert law.update(strain, state)[0] == BAD_INPUT
    assert b"point 0 holds a number that is not finite" in library.laminet_message()
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
    constants = [law.native[1].copy() for law in composite.laws]
    phases = (Phase * 2)(
        *(
            Phase(law.native[0].encode(), numbers.ctypes.data_as(DOUBLES), numbers.size)
            for law, numbers in zip(composite.laws, constants)
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


@pytest.fixture(scope="module")
def umat(tmp_path_factory) -> Path:
    return compiled(EXAMPLES / "umat.c", tmp_path_factory.mktemp("umat") / "umat.so", "-shared", "-fPIC")


class TestUmat:
    """The Abaqus user material, called as Abaqus would."""

    ORDER = np.array([0, 1, 2, 5, 4, 3])
    SHEAR = np.array([1.0, 1.0, 1.0, *3 * [np.sqrt(2.0)]])

    def call(self, umat, stress, state, strain, increment, unit=1000.0):
        """One call; returns tangent, PNEWDT and the work in SSE."""
        size, pnewdt, unused = len(stress), np.ones(1), np.zeros(6)
        tangent, energy = np.zeros((size, size), order="F"), np.zeros(1)
        ndi, nshr, ntens, nstatv, one = (np.array([n], dtype=np.int32) for n in (3, size - 3, size, len(state), 1))
        arguments = [stress, state, tangent, energy, *[unused] * 6, strain, increment, *[unused] * 6, b"COMPOSITE"]
        arguments += [
            ndi,
            nshr,
            ntens,
            nstatv,
            np.array([unit]),
            one,
            unused,
            unused,
            pnewdt,
            *[unused] * 3,
            *[one] * 6,
        ]
        umat(*(a if isinstance(a, bytes) else a.ctypes.data_as(ctypes.c_void_p) for a in arguments))
        return tangent, pnewdt[0], energy[0]

    def test_it_is_the_law_in_other_notation(self, umat, sparse_network, composites, tmp_path, monkeypatch):
        network = sparse_network("dmn", 4, 2, 7)
        monkeypatch.setitem(os.environ, "LAMINET_LAW", str(exported(network, composites[2], tmp_path)))
        update = ctypes.CDLL(str(umat)).umat_
        law = material(network, composites[2])
        for size in (6, 4):  # solid; plane strain or axisymmetric
            stress, state, expected_state = np.zeros(size), np.zeros(law.virgin().shape[1]), law.virgin()
            total, step = np.zeros(size), np.array([0.01, -0.004, -0.003, 0.012, 0.006, -0.002])[:size]
            places, factor = self.ORDER[:size], self.SHEAR[:size]
            energy = 0.0
            for _ in range(3):
                old = stress.copy()
                tangent, pnewdt, work = self.call(update, stress, state, total, step)
                total += step
                mandel = np.zeros((1, 6))
                mandel[0, places] = total / factor
                truth, moduli, expected_state = law.update(mandel, expected_state)
                expected = 1e3 * truth[0, places] / factor
                np.testing.assert_allclose(stress, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
                expected = 1e3 * moduli[0][np.ix_(places, places)] / np.outer(factor, factor)
                np.testing.assert_allclose(tangent, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
                np.testing.assert_allclose(state, expected_state[0], atol=1e-13)
                assert pnewdt == 1.0
                assert work == pytest.approx(0.5 * (old + stress) @ step)
                energy += work
            assert energy > 0.0
