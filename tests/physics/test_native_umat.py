"""The Abaqus user material: what hosts in C, C++ and Fortran get from it, whatever arguments they do not pass."""

import ctypes
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from c_programs import compiled

import laminet
from laminet.files.cards import user_material_cards
from laminet.loading import driver
from laminet.loading.paths import LoadPath
from laminet.materials.laws import Hardening, Isotropic, Norton, Viscoplastic
from laminet.materials.library import Composite
from laminet.online import export
from laminet.online.material import Material
from laminet.online.schemes import scheme
from laminet.online.settings import OnlineSettings

FOLDER = Path(__file__).parent
NEEDED = ("STRESS", "STATEV", "STRAN", "DSTRAN", "NDI", "NSHR", "NTENS", "NSTATV", "PROPS", "NPROPS")
OPTIONAL = ("DDSDDE", "SSE", "PNEWDT")
UNUSED = (  # DTIME is read where a law depends on time
    *("SPD", "SCD", "RPL", "DDSDDT", "DRPLDE", "DRPLDT", "TIME", "DTIME", "TEMP", "DTEMP", "PREDEF", "DPRED"),
    *("CMNAME", "COORDS", "DROT", "CELENT", "DFGRD0", "DFGRD1", "NOEL", "NPT", "LAYER", "KSPT", "KSTEP", "KINC"),
)
# One leaf of G = lambda = 1.2 GPa that yields at 0.03 GPa, or of a stiffness whose shear moduli all differ.
PLASTIC = "phase 1 j2 3 0.25 0.03 0 0 0"
VISCOUS = "phase 1 viscoplastic 3 0.25 0.05 2 1 0.03 0 0 0"  # it flows with the rate 2/s (overstress / 0.05 GPa)
SHEAR = "phase 2 elastic" + "".join(
    f" {value if i == j else 0}" for i, value in enumerate([10, 10, 10, 2, 4, 6]) for j in range(6)
)


LIBRARY = Path(laminet.library_dir()) / "libLAMINET.so"
SYMBOLS = ("umat", "umat_")


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    return compiled(FOLDER / "umat_host.cpp", tmp_path_factory.mktemp("host") / "host", language="c++")


@pytest.fixture
def host(program, tmp_path):
    """Function that runs tests/physics/umat_host.cpp; returns its process, numbers in `values`."""

    def run(
        strain: float,
        null: tuple[str, ...] = (),
        *,
        symbol: str = "umat_",
        sizes: tuple[int, int] = (3, 3),
        state: int = 19,
        constants: tuple[float | str, ...] = (1000,),
        component: int = 0,
        phase: int = 1,
        first: str = PLASTIC,
        folder: bool = False,
        place: Path | None = None,
    ) -> subprocess.CompletedProcess:
        file = tmp_path / "one.law"
        file.write_text("\n".join(["laminet-law 1", first, SHEAR, f"leaf 0 {phase} 1", "end", ""]))
        place = place or (tmp_path if folder else file)
        props = ",".join(map(str, constants))
        arguments = [LIBRARY, symbol, *sizes, state, len(constants), props, component, strain, *null]
        done = subprocess.run(
            [program, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "LAMINET_LAW": str(place)},
        )
        done.values = np.array(done.stdout.split(), dtype=float)
        return done

    return run


@pytest.mark.parametrize("null", [(), *((name,) for name in OPTIONAL + UNUSED), OPTIONAL + UNUSED])
def test_a_host_may_leave_out_what_is_not_read(null, host):
    """Confined compression: (lambda + 2 G) eps and lambda eps; arguments that are not null point to nothing."""
    done = host(1e-3, null)
    assert done.returncode == 0, done.stderr
    stress, diagonal, (energy, pnewdt, state) = np.split(done.values, [6, 12])
    np.testing.assert_allclose(stress, [3.6, 1.2, 1.2, 0.0, 0.0, 0.0], rtol=1e-12, atol=1e-12)
    expected = np.zeros(6) if "DDSDDE" in null else [3600.0, 3600.0, 3600.0, 1200.0, 1200.0, 1200.0]
    np.testing.assert_allclose(diagonal, expected, rtol=1e-12)
    assert energy == pytest.approx(0.0 if "SSE" in null else 0.5 * 3.6 * 1e-3, rel=1e-12)
    assert (pnewdt, state) == (1.0, 1e-3)


@pytest.mark.parametrize("name", NEEDED)
def test_what_it_needs_is_asked_for(name, host):
    done = host(1e-3, (name,))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("UMAT of laminet: needs STRESS, STATEV")
    assert done.stderr.count("\n") == 1


def test_a_law_that_depends_on_time_needs_dtime(host):
    done = host(1e-3, ("DTIME",), first=VISCOUS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "UMAT of laminet: a law of a phase depends on time, but DTIME is null\n"


@pytest.mark.parametrize("strain", ["nan", "inf", "-inf", "1e160", "1e308"])
def test_a_strain_without_stress_asks_for_a_cut(strain, host):
    """Also in a host that traps floating-point exceptions."""
    done = host(strain)
    assert done.returncode == 0, done.stderr
    stress, diagonal, rest = np.split(done.values, [6, 12])
    np.testing.assert_array_equal(stress, 0.0)
    np.testing.assert_allclose(diagonal, 3 * [3600.0] + 3 * [1200.0], rtol=1e-12)  # of the start, to be assembled
    np.testing.assert_array_equal(rest, [0.0, 0.5, 0.0])
    np.testing.assert_array_equal(host(strain, ("DDSDDE",)).values, [*np.zeros(13), 0.5, 0.0])
    done = host(strain, ("PNEWDT", "DDSDDE"))
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(done.values, [*6 * [np.nan], *np.zeros(7), 1.0, 0.0])
    np.testing.assert_array_equal(host(strain, ("PNEWDT",)).values[:12], np.nan)


@pytest.mark.parametrize("sizes", [(2, 1), (1, 0), (3, 0), (3, 2), (3, 4), (3, -1), (0, 6), (6, 0)])
def test_other_elements_are_refused(sizes, host):
    done = host(1e-3, sizes=sizes)
    assert (done.returncode, done.stdout) == (1, "")
    assert "three direct stresses and one or three shear stresses" in done.stderr


@pytest.mark.parametrize("state", [18, 0, -1])
def test_too_small_a_state_is_refused(state, host):
    done = host(1e-3, state=state)
    assert (done.returncode, done.stderr) == (1, f"UMAT of laminet: *DEPVAR is {state}; it must be 19\n")


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        *((each, "needs one constant at least: units of stress for 1 GPa") for each in [(), ("nan",), ("inf",), (0,)]),
        *(((1000, key), "the second constant must be the key of a law") for key in (-1, 0.5, 2**24, "nan")),
        ((1000, 1), "has the key 1 of *USER MATERIAL; write law and cards again"),
        ((1000, 0, 2), "the third constant must be 0 (shear in the order 12, 13, 23) or 1 (12, 23, 13)"),
    ],
)
def test_wrong_constants_are_refused(constants, message, host):
    done = host(1e-3, constants=constants)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_hosts_find_it_by_its_name(symbol, host):
    assert host(1e-3, symbol=symbol).returncode == 0


@pytest.mark.parametrize(("constants", "moduli"), [((1000, 0), [3, 2, 1]), ((1000, 0, 1), [3, 1, 2])])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_shear_is_in_the_order_of_the_host(constants, moduli, number, host):
    """Mandel stiffnesses 2, 4, 6 of 23, 13, 12 are shear moduli 1, 2, 3: 12, 13, 23 in Abaqus, 12, 23, 13 in Kratos."""
    done = host(1e-3, constants=constants, component=3 + number, phase=2)
    expected = np.zeros(6)
    expected[3 + number] = moduli[number]
    np.testing.assert_allclose(done.values[:6], expected, rtol=1e-12)
    np.testing.assert_allclose(done.values[9:12], 1e3 * np.array(moduli), rtol=1e-12)


@pytest.mark.skipif(shutil.which("gfortran") is None, reason="needs a Fortran compiler")
def test_a_fortran_program_calls_it(tmp_path):
    """Two increments of eps_11 = 1e-3, gamma_12 = 4e-4: sigma_12 = G gamma_12."""
    (tmp_path / "one.law").write_text("\n".join(["laminet-law 1", PLASTIC, SHEAR, "leaf 0 1 1", "end", ""]))
    link = [f"-L{LIBRARY.parent}", f"-Wl,-rpath,{LIBRARY.parent}", "-lLAMINET"]
    subprocess.run(["gfortran", "-O2", FOLDER / "umat_host.f90", *link, "-o", tmp_path / "host"], check=True)
    environment = {**os.environ, "LAMINET_LAW": str(tmp_path / "one.law")}
    output = subprocess.run([tmp_path / "host"], capture_output=True, text=True, check=True, env=environment).stdout
    work = 0.5 * (7.2 * 2e-3 + 0.96 * 8e-4)
    np.testing.assert_allclose(
        [float(number) for number in output.split()],
        [7.2, 2.4, 2.4, 0.96, 0.0, 0.0, 1200.0, work, 1.0],
        rtol=1e-12,
        atol=1e-12,
    )


class Point:
    """A material point as a host keeps it: what UMAT changes, and the constants of its *USER MATERIAL."""

    def __init__(self, state: int, constants: tuple[float, ...] = (1000.0,), size: int = 6):
        self.umat = ctypes.CDLL(str(LIBRARY)).umat_
        self.stress, self.state, self.total = np.zeros(size), np.zeros(state), np.zeros(size)
        self.constants = np.array(constants)

    def call(self, increment: np.ndarray, seconds: float = 1.0) -> tuple[np.ndarray, float, float]:
        """One call, which does not add the increment to the total strain: tangent, PNEWDT and the work in SSE.

        TIME, which is not read, is no number.
        """
        size, pnewdt, unused = len(self.stress), np.ones(1), np.zeros(6)
        tangent, energy = np.zeros((size, size), order="F"), np.zeros(1)
        sizes = (3, size - 3, size, len(self.state), len(self.constants))
        ndi, nshr, ntens, nstatv, nprops = (np.array([n], dtype=np.int32) for n in sizes)
        clock = [np.full(2, np.nan), np.array([seconds])]
        arguments = [self.stress, self.state, tangent, energy, *[unused] * 6, self.total, increment, *clock]
        arguments += [unused] * 4
        arguments += [b"COMPOSITE", ndi, nshr, ntens, nstatv, self.constants, nprops, unused, unused, pnewdt]
        arguments += [unused] * 3 + [nprops] * 6
        self.umat(*(a if isinstance(a, bytes) else a.ctypes.data_as(ctypes.c_void_p) for a in arguments))
        return tangent, pnewdt[0], energy[0]


ORDER = np.array([0, 1, 2, 5, 4, 3])
FACTOR = np.array([1.0, 1.0, 1.0, *3 * [np.sqrt(2.0)]])
STEP = np.array([0.01, -0.004, -0.003, 0.012, 0.006, -0.002])


@pytest.fixture
def laws(sparse_network, composites, tmp_path, monkeypatch):
    """Two laws in the folder that LAMINET_LAW names: by key, network and composite."""
    monkeypatch.setitem(os.environ, "LAMINET_LAW", str(tmp_path))
    pairs = [(sparse_network("dmn", 4, 2, 7), composites[2]), (sparse_network("imn", 4, 1, 5), composites[1])]
    for number, pair in enumerate(pairs):
        export.export(*pair, tmp_path / f"{number}.law")
    return {export.key(export.text(*pair)): pair for pair in pairs}


def follow(key: int, network, composite, size: int) -> None:
    """Three increments of one point, against the law itself."""
    law = Material(network, composite)
    expected_state = law.virgin()
    point = Point(expected_state.shape[1], (1000.0, key), size)
    step, places, factor, energy = STEP[:size], ORDER[:size], FACTOR[:size], 0.0
    for _ in range(3):
        old = point.stress.copy()
        tangent, pnewdt, work = point.call(step)
        point.total += step
        mandel = np.zeros((1, 6))
        mandel[0, places] = point.total / factor
        truth, moduli, expected_state = law.update(mandel, expected_state)
        expected = 1e3 * truth[0, places] / factor
        np.testing.assert_allclose(point.stress, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
        expected = 1e3 * moduli[0][np.ix_(places, places)] / np.outer(factor, factor)
        np.testing.assert_allclose(tangent, expected, rtol=0.0, atol=1e-12 * np.abs(expected).max())
        np.testing.assert_allclose(point.state, expected_state[0], atol=1e-13)
        assert pnewdt == 1.0
        assert work == pytest.approx(0.5 * (old + point.stress) @ step)
        energy += work
    assert energy > 0.0


def test_two_laws_in_one_model_are_the_laws_in_other_notation(laws):
    assert len(laws) == 2
    for size in (6, 4):  # solid; plane strain or axisymmetric
        for key, pair in laws.items():
            follow(key, *pair, size)


def test_threads_of_a_host_use_both_laws_at_once(laws):
    with ThreadPoolExecutor(8) as pool:  # ctypes lets go of Python's lock
        for done in [pool.submit(follow, key, *pair, 6) for key, pair in laws.items() for _ in range(20)]:
            done.result()


def test_too_large_a_step_asks_for_half_and_halves_are_solved(laws):
    """What is not finite in the middle of Newton's iteration of the host leaves the point as it was."""
    (key, pair), *_ = laws.items()
    point, law = Point(Material(*pair).virgin().shape[1], (1000.0, key)), Material(*pair)
    point.call(STEP)
    point.total += STEP
    stress, state = point.stress.copy(), point.state.copy()
    start = law.update((point.total / FACTOR)[np.argsort(ORDER)][None], point.state[None])[1][0]
    tangent, pnewdt, _ = point.call(1e200 * STEP)
    assert pnewdt == 0.5
    np.testing.assert_array_equal(point.stress, stress)
    np.testing.assert_array_equal(point.state, state)
    moduli = 1e3 * start[np.ix_(ORDER, ORDER)] / np.outer(FACTOR, FACTOR)
    np.testing.assert_allclose(tangent, moduli, rtol=0.0, atol=1e-12 * np.abs(moduli).max())
    _, pnewdt, _ = point.call(0.5 * STEP)
    assert pnewdt == 1.0


@pytest.mark.parametrize(("seconds", "viscosity"), [(0.1, 0.25), (10.0, 0.0025), (0.0, np.inf)])
def test_overstress_relaxes_in_dtime(seconds, viscosity, tmp_path, monkeypatch):
    """Confined tension: 2 G eps = 0.072 GPa trial stress; flow d with 0.072 - 3 G d = 0.03 + 0.05 d / (2 DTIME)."""
    text = "\n".join(["laminet-law 1", VISCOUS, "leaf 0 1 1", "end", ""])
    (tmp_path / "one.law").write_text(text)
    monkeypatch.setitem(os.environ, "LAMINET_LAW", str(tmp_path))
    point, flow = Point(19, (1000.0, export.key(text))), 0.042 / (3.6 + viscosity)
    _, pnewdt, _ = point.call(np.array([0.03, 0.0, 0.0, 0.0, 0.0, 0.0]), seconds)
    lateral = 36.0 + 1200.0 * flow
    expected = [108.0 - 2400.0 * flow, lateral, lateral, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(point.stress, expected, rtol=1e-11, atol=1e-11)
    assert point.state[-1] == pytest.approx(flow, rel=1e-11)
    assert pnewdt == 1.0


def test_increments_of_two_durations_follow_a_timed_path(sparse_network, tmp_path, monkeypatch):
    """Against the NumPy scheme; a step without a stress then asks for half of it and changes nothing."""
    monkeypatch.setitem(os.environ, "LAMINET_LAW", str(tmp_path))
    viscous = Viscoplastic(3.8, 0.387, Hardening(0.02, 0.1), norton=Norton(0.08, 4.5))
    network, composite = sparse_network("imn", 4, 1, 5), Composite("timed", (viscous, Isotropic(72.0, 0.22)))
    export.export(network, composite, tmp_path / "timed.law")
    durations, everything = [1e-3, 10.0, 10.0, 1e-3], np.ones(6, dtype=bool)
    mandel = np.empty(6)
    mandel[ORDER] = STEP / FACTOR
    strain, time = np.arange(5)[:, None] * mandel, np.cumsum([0.0, *durations])
    path = LoadPath("timed", "strain", everything, strain, 0.0 * strain, everything, time)
    system = scheme("newton_condensed", network, composite, OnlineSettings(backend="numpy", tolerance=1e-12))
    expected = 1e3 * driver.follow(system, path).stress[1:, ORDER] / FACTOR
    key = export.key(export.text(network, composite))
    point, stresses = Point(Material(network, composite).virgin().shape[1], (1000.0, key)), []
    for seconds in durations:
        assert point.call(STEP, seconds)[1] == 1.0
        point.total += STEP
        stresses.append(point.stress.copy())
    np.testing.assert_allclose(stresses, expected, rtol=0.0, atol=1e-8 * np.abs(expected).max())
    state = point.state.copy()
    for increment, seconds in ((1e200 * STEP, 10.0), (STEP, np.nan), (STEP, -1.0)):
        assert point.call(increment, seconds)[1] == 0.5
        np.testing.assert_array_equal(point.stress, stresses[-1])
        np.testing.assert_array_equal(point.state, state)


def test_a_state_that_is_not_finite_asks_for_a_cut_and_says_so_once(laws, capfd):
    key, pair = next(iter(laws.items()))
    point = Point(Material(*pair).virgin().shape[1], (1000.0, key))
    point.state[0] = np.nan
    assert [point.call(STEP)[1] for _ in range(2)] == [0.5, 0.5]
    assert capfd.readouterr().err.count("the state of point 0 holds a number that is not finite") <= 1


def test_a_folder_of_several_laws_needs_a_key(host, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.law").write_text("\n".join(["laminet-law 1", PLASTIC, SHEAR, "leaf 0 1 1", "end", ""]))
    done = host(1e-3, folder=True)
    assert "holds 2 laws; give the key of one as second constant" in done.stderr
    (tmp_path / "two.law").unlink()
    assert host(1e-3, folder=True).returncode == 0
    text = (tmp_path / "one.law").read_text()
    assert host(1e-3, folder=True, constants=(1000, export.key(text))).returncode == 0


def test_an_empty_folder_and_a_missing_file_are_told(host, tmp_path):
    (tmp_path / "empty").mkdir()
    done = host(1e-3, place=tmp_path / "empty")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"no law in the folder '{tmp_path}/empty'; make one there with `laminet export`" in done.stderr
    done = host(1e-3, place=tmp_path / "none.law")
    assert done.stderr == f"UMAT of laminet: {tmp_path}/none.law: cannot be read; make it with `laminet export`\n"


@pytest.mark.parametrize(("solver", "name"), [("calculix", "@ABAQUS_LAMINET@COMPOSITE-2"), ("abaqus", "COMPOSITE_2")])
def test_cards_name_the_material_its_key_and_the_size_of_its_state(solver, name, sparse_network, composites):
    network = sparse_network("dmn", 4, 2, 7)
    key = export.key(export.text(network, composites[2]))
    cards = export.user_material(network, composites[2], solver, "MPa").splitlines()
    assert [line for line in cards if not line.startswith("**")] == [
        f"*MATERIAL, NAME={name}",
        "*USER MATERIAL, CONSTANTS=2",
        f"1000., {key}.",
        "*DEPVAR",
        str(6 + 13 * 7),
    ]
    assert "Stress in MPa" in cards[0]


def test_abaqus_is_told_of_a_tangent_that_is_not_symmetric():
    cards = [user_material_cards("soil", [1], 19, solver, symmetric=False) for solver in ("abaqus", "calculix")]
    assert [", UNSYMM" in text for text in cards] == [True, False]
