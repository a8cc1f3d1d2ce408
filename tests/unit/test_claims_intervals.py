"""Intervals: their coverage, and closed forms of what they are intervals of."""

import numpy as np
import pandas as pd
import pytest

from laminet_study.claims import intervals


def series(values: np.ndarray) -> pd.Series:
    """Values (seed, level) as intervals take them."""
    seeds, levels = values.shape
    index = pd.MultiIndex.from_product([range(seeds), range(levels)], names=["seed", "level"]).swaplevel()
    return pd.Series(values.ravel(), index)


PAIR = intervals.log_ratio([((0,), (1,))])


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize(("draw", "least"), [("normal", 0.87), ("lognormal", 0.83)])
def test_nine_of_ten_intervals_at_five_seeds_cover_the_truth(draw, least, spread):
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        noise = random.normal(size=(5, 2))
        values = 1.0 + 0.2 * noise if draw == "normal" else np.exp(0.4 * noise)
        values = values * [1.5, 1.0]
        result = intervals.interval(series(values), [0, 1], PAIR, spread)
        covered += result.low <= np.log(1.5) <= result.high
    assert least <= covered / 300 <= 0.96


def test_one_mean_is_covered_too():
    random = np.random.default_rng(5)
    results = [
        intervals.interval(series(1.0 + 0.3 * random.normal(size=(5, 1))), [0], intervals.mean) for _ in range(300)
    ]
    assert 0.87 <= np.mean([each.low <= 1.0 <= each.high for each in results]) <= 0.95


def test_values_by_hand():
    values = series(np.array([[1.0, 2.0, 4.0], [3.0, 2.0, 8.0], [2.0, 5.0, 6.0]]))  # means 2, 3, 6
    levels = [0, 1, 2]
    assert intervals.interval(values, levels, intervals.mean).value == pytest.approx(11 / 3)
    lowest = intervals.log_ratio([((2,), (0, 1))])
    assert intervals.interval(values, levels, lowest).value == pytest.approx(np.log(3.0))
    assert intervals.interval(values, levels, intervals.slope).value == pytest.approx((6 - 2) / (11 / 3))
    five = series(np.outer([1.0, 2.0, 3.0, 4.0, 7.0], [1.0, 2.0, 8.0]))
    change = intervals.interval(five, levels, intervals.log_slope, spread=True)
    assert change.value == pytest.approx(np.log(8.0))
    assert change.low == change.high == change.value  # every seed says the same


def test_intervals_are_the_same_again_and_shrink_with_seeds():
    values = np.random.default_rng(2).lognormal(0.0, 0.5, (40, 2))
    few, many = (intervals.interval(series(values[:count]), [0, 1], PAIR) for count in (10, 40))
    assert intervals.interval(series(values[:10]), [0, 1], PAIR) == few
    assert many.high - many.low < few.high - few.low
    low, high = few.with_seeds(np.array([10, 40]))
    assert (low[0], high[0]) == pytest.approx((few.low, few.high))
    assert high[1] - low[1] < 0.5 * (high[0] - low[0])


def test_a_seed_stays_together():
    """What all levels of a seed share drops out of their ratio."""
    shared = np.array([1.0, 5.0, 2.0, 9.0, 4.0])[:, None]
    together = intervals.interval(series(shared * [1.0, 2.0]), [0, 1], PAIR)
    assert together.low == together.high == pytest.approx(-np.log(2.0))
    apart = intervals.interval(series(np.hstack([shared, 2.0 * shared[::-1]])), [0, 1], PAIR)
    assert apart.high - apart.low > 0.5


def test_missing_values_are_left_out():
    values = np.random.default_rng(4).lognormal(0.0, 0.2, (8, 2))
    values[0, 1] = np.nan
    assert intervals.interval(series(values), [0, 1], PAIR).value == pytest.approx(
        np.log(values[:, 0].mean() / values[1:, 1].mean())
    )


@pytest.mark.parametrize(
    ("values", "spread", "message"),
    [
        (np.ones((2, 2)), False, "needs 3 seeds, there are 2"),
        (np.ones((4, 2)), True, "needs 5 seeds, there are 4"),
        (np.ones((6, 2)), True, "do not differ"),
        (-np.ones((6, 2)), False, "not positive"),
    ],
)
def test_what_has_no_interval_says_why(values, spread, message):
    with pytest.raises(ValueError, match=message):
        intervals.interval(series(values), [0, 1], PAIR, spread)
