"""The Abaqus user material: what hosts in C, C++ and Fortran get from it, whatever arguments they do not pass."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from c_programs import EXAMPLES, compiled, exported

import laminet
from laminet.online.material import Material

FOLDER = Path(__file__).parent
SHARED = ("-shared", "-fPIC")
NEEDED = ("STRESS", "STATEV", "STRAN", "DSTRAN", "NDI", "NSHR", "NTENS", "NSTATV", "PROPS", "NPROPS")
OPTIONAL = ("DDSDDE", "SSE", "PNEWDT")
UNUSED = (
    *("SPD", "SCD", "RPL", "DDSDDT", "DRPLDE", "DRPLDT", "TIME", "DTIME", "TEMP", "DTEMP", "PREDEF", "DPRED"),
    *("CMNAME", "COORDS", "DROT", "CELENT", "DFGRD0", "DFGRD1", "NOEL", "NPT", "LAYER", "KSPT", "KSTEP", "KINC"),
)
# One leaf of G = lambda = 1.2 GPa that yields at 0.03 GPa, or of a stiffness whose shear moduli all differ.
PLASTIC = "phase 1 j2 3 0.25 0.03 0 0 0"
SHEAR = "phase 2 elastic" + "".join(
    f" {value if i == j else 0}" for i, value in enumerate([10, 10, 10, 2, 4, 6]) for j in range(6)
)


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("umat")
    options = {
        "c": ("c", ()),
        "c++": ("c++", ()),
        "other name": ("c", ("-DUMAT=umat",)),
        "other order": ("c", ("-DPLACES=0,1,2,5,3,4",)),
    }
    return {
        name: compiled(EXAMPLES / "umat.c", folder / f"{number}.so", *SHARED, *more, language=language)
        for number, (name, (language, more)) in enumerate(options.items())
    }


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    return compiled(FOLDER / "umat_host.cpp", tmp_path_factory.mktemp("host") / "host", language="c++")


@pytest.fixture
def host(program, libraries, tmp_path):
    """Function that runs tests/physics/umat_host.cpp; returns its process, numbers in `values`."""

    def run(
        strain: float,
        null: tuple[str, ...] = (),
        *,
        library: str = "c",
        symbol: str = "umat_",
        sizes: tuple[int, int] = (3, 3),
        state: int = 19,
        constants: int = 1,
        unit: str = "1000",
        component: int = 0,
        phase: int = 1,
    ) -> subprocess.CompletedProcess:
        file = tmp_path / "one.law"
        file.write_text("\n".join(["laminet-law 1", PLASTIC, SHEAR, f"leaf 0 {phase} 1", "end", ""]))
        arguments = [libraries[library], symbol, *sizes, state, constants, unit, component, strain, *null]
        done = subprocess.run(
            [program, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "LAMINET_LAW": str(file)},
        )
        done.values = np.array(done.stdout.split(), dtype=float)
        return done

    return run


@pytest.mark.parametrize(
    ("library", "null"),
    [
        *(("c", null) for null in [(), *((name,) for name in OPTIONAL + UNUSED), OPTIONAL + UNUSED]),
        *(("c++", null) for null in [(), OPTIONAL + UNUSED]),
    ],
)
def test_a_host_may_leave_out_what_is_not_read(library, null, host):
    """Confined compression: (lambda + 2 G) eps and lambda eps; arguments that are not null point to nothing."""
    done = host(1e-3, null, library=library)
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


@pytest.mark.parametrize("strain", ["nan", "inf", "-inf", "1e160", "1e308"])
def test_a_strain_without_stress_asks_for_a_cut(strain, host):
    """Also in a host that traps floating-point exceptions."""
    done = host(strain)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(done.values, [*np.zeros(13), 0.5, 0.0])
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


@pytest.mark.parametrize("constants", [{"unit": "nan"}, {"unit": "inf"}, {"unit": "0"}, {"constants": 0}])
def test_the_unit_of_stress_is_needed(constants, host):
    done = host(1e-3, **constants)
    assert (done.returncode, done.stdout) == (1, "")
    assert "needs one constant: units of stress for 1 GPa" in done.stderr


@pytest.mark.parametrize(("library", "symbol"), [("c", "umat_"), ("c++", "umat_"), ("other name", "umat")])
def test_hosts_find_it_by_its_name(library, symbol, host):
    assert host(1e-3, library=library, symbol=symbol).returncode == 0


@pytest.mark.parametrize(("library", "moduli"), [("c", [3, 2, 1]), ("other order", [3, 1, 2])])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_shear_is_in_the_order_of_the_host(library, moduli, number, host):
    """Mandel stiffnesses 2, 4, 6 of 23, 13, 12 are shear moduli 1, 2, 3: 12, 13, 23 in Abaqus, 12, 23, 13 in Kratos."""
    done = host(1e-3, library=library, component=3 + number, phase=2)
    expected = np.zeros(6)
    expected[3 + number] = moduli[number]
    np.testing.assert_allclose(done.values[:6], expected, rtol=1e-12)
    np.testing.assert_allclose(done.values[9:12], 1e3 * np.array(moduli), rtol=1e-12)


@pytest.mark.skipif(shutil.which("gfortran") is None, reason="needs a Fortran compiler")
def test_a_fortran_program_calls_it(tmp_path):
    """Two increments of eps_11 = 1e-3, gamma_12 = 4e-4: sigma_12 = G gamma_12."""
    (tmp_path / "one.law").write_text("\n".join(["laminet-law 1", PLASTIC, SHEAR, "leaf 0 1 1", "end", ""]))
    umat = compiled(EXAMPLES / "umat.c", tmp_path / "umat.o", "-c")
    library = laminet.library_dir()
    link = [f"-L{library}", f"-Wl,-rpath,{library}", "-llaminet", "-lm", "-pthread"]
    subprocess.run(["gfortran", "-O2", FOLDER / "umat_host.f90", umat, *link, "-o", tmp_path / "host"], check=True)
    environment = {**os.environ, "LAMINET_LAW": str(tmp_path / "one.law")}
    output = subprocess.run([tmp_path / "host"], capture_output=True, text=True, check=True, env=environment).stdout
    work = 0.5 * (7.2 * 2e-3 + 0.96 * 8e-4)
    np.testing.assert_allclose(
        [float(number) for number in output.split()],
        [7.2, 2.4, 2.4, 0.96, 0.0, 0.0, 1200.0, work, 1.0],
        rtol=1e-12,
        atol=1e-12,
    )


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

    def test_it_is_the_law_in_other_notation(self, libraries, sparse_network, composites, tmp_path, monkeypatch):
        network = sparse_network("dmn", 4, 2, 7)
        monkeypatch.setitem(os.environ, "LAMINET_LAW", str(exported(network, composites[2], tmp_path)))
        update = ctypes.CDLL(str(libraries["c"])).umat_
        law = Material(network, composites[2])
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
