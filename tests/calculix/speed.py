"""Points per second of a network inside CalculiX, and of CalculiX's own plasticity on the same mesh.

python tests/calculix/speed.py [THREADS]
"""

import sys
import tempfile
import time
from pathlib import Path

import calculix
import decks
import numpy as np

import laminet
from laminet.materials.library import read_materials
from laminet.online import export

ROOT = Path(__file__).parents[2]
NETWORK, MATERIALS = ROOT / "docs/networks/unidirectional_60_imn.nc", ROOT / "examples/composite_2.yaml"
OWN = """*MATERIAL, NAME=METAL
*ELASTIC
8000., 0.34
*PLASTIC
70., 0.
{table}
"""
ELEMENTS, POINTS = 32 * 32, 8


def law_alone(together: int, points: int = 2048) -> float:
    """Updates per second of one thread outside a host, so many in one call, in a second, plastic increment."""
    law = laminet.load(NETWORK).material(MATERIALS, points=together)
    rng, spent = np.random.default_rng(0), 0.0
    for _ in range(points // together):
        strain = 0.01 * rng.normal(size=(together, 6))
        _, _, state = law.update(0.5 * strain, law.virgin())
        began = time.process_time()
        law.update(strain, state)
        spent += time.process_time() - began
    return points / spent


def main(threads: int) -> None:
    """Print a table."""
    if reason := calculix.obstacle():
        sys.exit(reason)
    composite = read_materials(MATERIALS)["composite_2"]
    network = laminet.load(NETWORK).parameters
    print(f"{ELEMENTS} elements, {POINTS * ELEMENTS} points, {threads} threads")
    seconds = []
    for name in ("CalculiX", "network"):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            export.export(network, composite, place / "ply.law")
            (place / "network.inp").write_text(export.user_material(network, composite, "calculix"))
            table = "\n".join(f"{70 + 300 * p:.6g}, {p:.6g}" for p in (0.05, 0.2, 1.0))
            (place / "own.inp").write_text(OWN.format(table=table))
            cards = ("METAL", "own.inp") if name == "CalculiX" else ("@ABAQUS_LAMINET@COMPOSITE-2", "network.inp")
            done = decks.run(
                f"{decks.notched_plate(*cards)}\n{decks.pulled(0.2, '0.1, 1.', '*STATIC, DIRECT')}", place, threads
            )
            assert done.code == 0, done.text[-1000:]
            iterations = sum(map(len, done.residuals()))
            seconds.append(done.seconds / iterations)
            rate = POINTS * ELEMENTS * iterations / done.seconds
            print(
                f"{name}: {done.seconds:.1f} s of processor time, {iterations} iterations, {rate:.0f} points per second"
            )
    print(f"ratio by iteration {seconds[1] / seconds[0]:.2f}")
    for together in (1, 256):
        print(f"the law alone, {together} in a call: {law_alone(together):.0f} points per second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
