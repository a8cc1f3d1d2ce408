"""How the benchmarks measure: side by side, in turns, the best of several rounds."""

import math
import time
from collections.abc import Callable


def best_times(
    runs: dict[str, Callable[[], object]], rounds: int = 3, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Seconds of each candidate; they take turns, and the best of the rounds counts."""
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            began = clock()
            run()
            best[name] = min(best[name], clock() - began)
    return best
