"""The rules of the paper's claims: of each, the statements that it consists of, in a few lines.

A rule yields statements until the data lack something. Its text is in claims.yaml.
"""

from collections.abc import Callable, Iterator
from typing import Any

from laminet.network.initial import initial_parameters
from laminet_study import statistics
from laminet_study.claims.data import DEPTHS, Data
from laminet_study.claims.statements import (
    At,
    NotTestable,
    Pairs,
    Sample,
    Statement,
    exact,
    falls,
    joined,
    lower,
    ratio,
    reported,
    rises,
    share,
    steady,
    within,
)
from laminet_study.registry import COMPOSITES
from laminet_study.statistics import (
    CONDENSED_DMN,
    CONDENSED_IMN,
    FIXED_SECANT,
    FIXED_TANGENT,
    NEWTON,
    RESIDUAL,
    SECANT,
    TANGENT,
    Number,
    Prediction,
    active_nodes,
    iterations_per_step,
    total_iterations,
)

ERROR = statistics.mean_relative_error
LARGE = {1024: (40, 64), 2048: (256,)}
"""Batch sizes beside 128 by the number of samples."""

TOLERANCES = {"1e-6": "depth", "1e-4": "tolerance_1e4", "1e-8": "tolerance_1e8"}
"""Studies of depth by their tolerance; all but the first are controls."""

Rule = Callable[[Data], Iterator[Statement]]
RULES: dict[int, Rule] = {}


def rule(number: int) -> Callable[[Rule], Rule]:
    """Make a function the rule of a claim."""

    def added(function: Rule) -> Rule:
        RULES[number] = function
        return function

    return added


@rule(1)
def parameters(data: Data) -> Iterator[Statement]:
    """Counted on networks."""
    dmn, imn = ([initial_parameters(model, n, seed=0).count for n in range(1, 9)] for model in ("dmn", "imn"))
    yield exact("a DMN has 7 x 2^N - 3 parameters for N = 1 to 8", dmn == [7 * 2**n - 3 for n in range(1, 9)])
    yield exact("an IMN has 3 x 2^N - 2", imn == [3 * 2**n - 2 for n in range(1, 9)])
    yield exact("their ratio is 2.3 at N = 8", round(dmn[-1] / imn[-1], 1) == 2.3)


@rule(2)
def validation(data: Data) -> Iterator[Statement]:
    """Mean over all designs."""
    sides = {side: data.trained("data_size", ("samples", "batch"), f"{side}_error") for side in ("validation", "train")}
    errors = joined("final error", sides)
    pairs = errors.pairs("validation", "train")
    yield within("the final validation error over the training error", errors, pairs, 1 / 1.5, 1.5)


@rule(3)
def training_of_few(data: Data) -> Iterator[Statement]:
    """Either of the two."""
    error = data.trained("data_size", "batch", samples=400)
    yield lower("batch 20 or 40 is better than 128 for 400 samples", error, [((20, 40), (128,))])


@rule(4)
def training_of_many(data: Data) -> Iterator[Statement]:
    """Both data sizes."""
    for samples, others in LARGE.items():
        error = data.trained("data_size", "batch", samples=samples)
        yield lower(f"batch 128 is best for {samples} samples", error, [((128,), others)])


@rule(5)
def online_of_few(data: Data) -> Iterator[Statement]:
    """Mean and standard deviation on every composite."""
    for composite in COMPOSITES:
        error = data.online("data_size", "batch", ERROR, composite, samples=400)
        for spread in (False, True):
            name = f"batch 40 has the lowest {'spread' if spread else 'mean'} on {_words(composite)}"
            yield lower(name, error, [((40,), (20, 128))], spread)


@rule(6)
def online_of_many(data: Data) -> Iterator[Statement]:
    """Both data sizes on every composite; spreads are reported."""
    for spread in (False, True):
        for samples, others in LARGE.items():
            for composite in COMPOSITES:
                error = data.online("data_size", "batch", ERROR, composite, samples=samples)
                name = f"batch 128 has the lowest {'spread' if spread else 'mean'} on {_words(composite)}"
                tested = (lower, f"{name}, {samples} samples", error, [((128,), others)], spread)
                yield from reported(*tested) if spread else [tested[0](*tested[1:])]


@rule(7)
def data_size(data: Data) -> Iterator[Statement]:
    """All batches and composites together, as in Fig. 11."""
    error = data.online("data_size", "samples", ERROR, mixed="batch")
    for spread in (False, True):
        yield falls(f"the {'spread' if spread else 'mean'} falls over the data sizes", error, (400, 1024, 2048), spread)


@rule(8)
def error_by_eta(data: Data) -> Iterator[Statement]:
    """Two statements."""
    error = data.imns("eta", ERROR)
    yield lower("the error is lowest at eta = 1", error, [((1.0,), _others(error))])
    yield lower("it is lower at eta = 1 than at 100", error, [((1.0,), (100.0,))])
    yield from reported(rises, "it rises over eta >= 1", error, [level for level in error.levels if level >= 1.0])


@rule(9)
def cost_by_eta(data: Data) -> Iterator[Statement]:
    """Falls, and by less than 25 %."""
    for number in (iterations_per_step, active_nodes, data.time):
        cost = data.imns("eta", number)
        yield falls(f"{cost.name}: falls over eta", cost, cost.levels)
        yield steady(f"{cost.name}: change over eta", cost, cost.levels, 0.25)


@rule(10)
def error_by_xi(data: Data) -> Iterator[Statement]:
    """Three statements."""
    error = data.imns("xi", ERROR)
    yield lower("the error is lowest at xi = 1", error, [((1.0,), _others(error))])
    for end in (0.1, 4.0):
        yield lower(f"it is lower at xi = 1 than at {end:g}", error, [((1.0,), (end,))])


@rule(11)
def cost_by_xi(data: Data) -> Iterator[Statement]:
    """Each rises."""
    for number in (iterations_per_step, active_nodes, data.time):
        cost = data.imns("xi", number)
        yield rises(f"{cost.name}: rises over xi", cost, cost.levels)


@rule(12)
def training_by_depth(data: Data) -> Iterator[Statement]:
    """Each model."""
    for model in ("dmn", "imn"):
        error = data.trained("depth", "depth", model=model)
        yield falls(f"the {model.upper()}'s training error falls over the depths", error, DEPTHS)


@rule(13)
def training_of_imns(data: Data) -> Iterator[Statement]:
    """Each depth."""
    models = ("imn", "dmn")
    error = joined("train error", {model: data.trained("depth", "depth", model=model) for model in models})
    for n in DEPTHS[2:]:
        yield lower(f"the IMN's training error is the lower one at N = {n}", error, _at(n, *models))


@rule(14)
def training_speed(data: Data) -> Iterator[Statement]:
    """Eager PyTorch on all cores at every depth; one thread, and both forms in native code, are reported."""
    cores = int(data.measured("epoch_wall_time")["threads"].max())
    epoch = _epochs(data, "torch", "literal", cores)
    for n in DEPTHS:
        yield ratio(f"wall time of an epoch, DMN over IMN at N = {n}", epoch, _at(n, "dmn", "imn"), 3.4, 4.7)
    for backend, form in (("torch", "literal"), ("native", "literal"), ("native", "reduced")):
        yield from reported(_epoch_ratio, data, backend, form, 1)


@rule(15)
def training_parts(data: Data) -> Iterator[Statement]:
    """Parts of the difference of an epoch's time, over all depths."""
    profile = data.measured("profile").sel(depth=list(DEPTHS))
    difference = profile.sel(model="dmn") - profile.sel(model="imn")
    for part, least in (("forward", 0.5), ("optimiser", 0.1)):
        values = (difference.sel(part=part) / difference.sum("part")).rename("share").to_series().dropna()
        frame = values.reset_index().assign(level="all").rename(columns={"repeat": "seed"})
        shares = Sample(f"share of the {part}", frame.set_index(["level", "seed"])["share"], 100.0, " [%]")
        yield share(f"the {part} explains its share of the difference", shares, least)


@rule(16)
def accuracy_with_residual(data: Data) -> Iterator[Statement]:
    """With tangents at every depth; the secant form is reported."""
    yield from _equally_accurate(data, TANGENT, SECANT, RESIDUAL)


@rule(17)
def time_with_residual(data: Data) -> Iterator[Statement]:
    """Without over with."""
    yield _ratio(data, "time, without over with (secant)", data.time, SECANT, RESIDUAL, 1.8, 2.0)
    yield from reported(_ratio, data, "time, without over with (tangents)", data.time, TANGENT, RESIDUAL, 1.8, 2.0)


@rule(18)
def iterations_with_residual(data: Data) -> Iterator[Statement]:
    """With over without, at three tolerances."""
    for tolerance, study in TOLERANCES.items():
        count = data.by_depth(total_iterations, RESIDUAL, SECANT, study=study)
        pairs = count.pairs(RESIDUAL.side, SECANT.side)
        yield within(f"iterations, with over without (secant), tolerance {tolerance}", count, pairs, 0.0, 0.6)


@rule(19)
def cost_with_residual(data: Data) -> Iterator[Statement]:
    """With over without."""
    yield _ratio(data, "cost, with over without (secant)", data.cost, RESIDUAL, SECANT, 1.3, 1.5)
    yield from reported(_ratio, data, "cost, with over without (tangents)", data.cost, RESIDUAL, TANGENT, 1.3, 1.5)


@rule(20)
def accuracy_of_fixed_point(data: Data) -> Iterator[Statement]:
    """With tangents at every depth; the secant form is reported."""
    yield from _equally_accurate(data, FIXED_TANGENT, FIXED_SECANT, NEWTON)


@rule(21)
def time_of_newton(data: Data) -> Iterator[Statement]:
    """Times and counts."""
    count = data.by_depth(total_iterations, NEWTON, FIXED_SECANT)
    yield lower("Newton takes fewer iterations", count, count.pairs(NEWTON.side, FIXED_SECANT.side))
    yield _ratio(data, "time, fixed point (secant) over Newton", data.time, FIXED_SECANT, NEWTON, 1.9, 2.6)
    for other in (CONDENSED_IMN, FIXED_TANGENT):
        pair = (FIXED_SECANT, other) if other is CONDENSED_IMN else (other, NEWTON)
        yield from reported(_ratio, data, f"time, {pair[0].side} over {pair[1].side}", data.time, *pair, 1.9, 2.6)


@rule(22)
def cost_of_newton(data: Data) -> Iterator[Statement]:
    """Dense against secant; condensed is reported."""
    yield _ratio(data, "cost, fixed point (secant) over dense Newton", data.cost, FIXED_SECANT, NEWTON, 1.7, 2.4)
    name = "cost, fixed point (secant) over condensed Newton"
    yield from reported(_ratio, data, name, data.cost, FIXED_SECANT, CONDENSED_IMN, 1.7, 2.4)


@rule(23)
def accuracy_of_both(data: Data) -> Iterator[Statement]:
    """Six statements."""
    error = data.by_depth(ERROR, RESIDUAL, NEWTON)
    for n in (7, 8):
        name = f"the DMN's error over the IMN's at N = {n}"
        yield within(name, error, _at(n, RESIDUAL.side, NEWTON.side), 1 / 1.2, 1.2)
    for n in (4, 5):
        yield lower(f"the DMN's error is the lower one at N = {n}", error, _at(n, RESIDUAL.side, NEWTON.side))
    for each in (RESIDUAL, NEWTON):
        yield falls(f"the {each.model.upper()}'s spread falls over the depths", error, error.side(each.side), True)


@rule(24)
def iterations_of_both(data: Data) -> Iterator[Statement]:
    """At one tolerance on one quantity; the paper's criteria and the fixed point are reported."""
    if data.study("depth").attrs.get("criterion", "strain") != "strain":
        raise NotTestable("the schemes of the study 'depth' stop on different quantities (online.criterion: paper)")
    yield _ratio(data, "iterations, DMN over IMN", total_iterations, RESIDUAL, NEWTON, 0.4, 0.5)
    for name, other, study in (
        ("iterations, DMN over IMN by fixed point", FIXED_SECANT, "depth"),
        ("iterations, DMN over IMN, the paper's criteria", NEWTON, "own_criteria"),
        ("iterations, DMN over IMN by fixed point, the paper's criteria", FIXED_SECANT, "own_criteria"),
    ):
        yield from reported(_ratio, data, name, total_iterations, RESIDUAL, other, 0.4, 0.5, study)


@rule(25)
def iterations_by_depth(data: Data) -> Iterator[Statement]:
    """Change of each model; spread of the DMN's over the IMN's."""
    count = data.by_depth(iterations_per_step, RESIDUAL, NEWTON)
    for each in (RESIDUAL, NEWTON):
        yield steady(f"change of the {each.model.upper()}'s count over the depths", count, count.side(each.side), 0.25)
    pairs = count.pairs(NEWTON.side, RESIDUAL.side)
    yield lower("the IMN's spread is the lower one", count, pairs, spread=True)


@rule(26)
def nodes_by_depth(data: Data) -> Iterator[Statement]:
    """Counted on the networks: any scheme and control tells the same."""
    nodes = data.by_depth(active_nodes, RESIDUAL, NEWTON)
    for each in (RESIDUAL, NEWTON):
        yield rises(f"the {each.model.upper()}'s nodes rise over the depths", nodes, nodes.side(each.side))
    for n in DEPTHS:
        yield within(f"DMN over IMN at N = {n}", nodes, _at(n, RESIDUAL.side, NEWTON.side), 1 / 1.25, 1.25)


@rule(27)
def cost_of_both(data: Data) -> Iterator[Statement]:
    """The IMN by dense Newton; both condensed are reported."""
    yield _ratio(data, "cost, DMN over IMN", data.cost, RESIDUAL, NEWTON, 1.9, 2.4)
    name = "cost, DMN over IMN, both by condensed Newton"
    yield from reported(_ratio, data, name, data.cost, CONDENSED_DMN, CONDENSED_IMN, 1.9, 2.4)


@rule(28)
def time_of_both(data: Data) -> Iterator[Statement]:
    """At every depth, and rising."""
    time = data.by_depth(data.time, RESIDUAL, NEWTON)
    for n in DEPTHS:
        yield within(f"DMN over IMN at N = {n}", time, _at(n, RESIDUAL.side, NEWTON.side), 1 / 1.5, 1.5)
    for each in (RESIDUAL, NEWTON):
        yield rises(f"the {each.model.upper()}'s time rises over the depths", time, time.side(each.side))


def _ratio(
    data: Data,
    name: str,
    number: Number,
    first: Prediction,
    second: Prediction,
    low: float,
    high: float,
    study: str = "depth",
) -> Statement:
    """A ratio that the paper gives, over all depths."""
    sample = data.by_depth(number, first, second, study=study)
    return ratio(name, sample, sample.pairs(first.side, second.side), low, high)


def _equally_accurate(data: Data, tangents: Prediction, secant: Prediction, other: Prediction) -> Iterator[Statement]:
    """A difference inside 10 % at every depth."""
    error = data.by_depth(ERROR, tangents, other)
    for n in DEPTHS:
        name = f"the error by {tangents.scheme} over {other.scheme} at N = {n}"
        yield within(name, error, _at(n, tangents.side, other.side), 0.9, 1.1)
    yield from reported(_accuracy, data, secant, other)


def _accuracy(data: Data, first: Prediction, second: Prediction) -> Statement:
    """A difference inside 10 % over all depths."""
    error = data.by_depth(ERROR, first, second)
    name = f"the error by {first.scheme} over {second.scheme}"
    return within(name, error, error.pairs(first.side, second.side), 0.9, 1.1)


def _epochs(data: Data, backend: str, form: str, threads: int) -> Sample:
    """Wall times of an epoch by depth: the DMN of a form, and the IMN, which has but one."""
    times = data.measured("epoch_wall_time")
    asked = {"backend": backend, "formulation": form, "threads": threads}
    if any(value not in times[name].values for name, value in asked.items()):
        raise NotTestable(f"no epochs were measured of {backend}, {form}, threads: {threads}")
    sides = {model: times.sel({"model": model, **asked}) for model in ("dmn", "imn")}
    return data.repeated(f"wall time of an epoch, {backend}", sides)


def _epoch_ratio(data: Data, backend: str, form: str, threads: int) -> Statement:
    epoch = _epochs(data, backend, form, threads)
    name = f"wall time of an epoch, DMN over IMN, {backend}, {form}, threads: {threads}"
    return ratio(name, epoch, epoch.pairs("dmn", "imn"), 3.4, 4.7)


def _at(value: Any, first: str, second: str) -> Pairs:
    """Two sides compared at one level."""
    return [([At(first, value)], [At(second, value)])]


def _others(sample: Sample) -> list[Any]:
    """Levels but 1."""
    return [level for level in sample.levels if level != 1.0]


def _words(composite: str) -> str:
    return composite.replace("_", " ")
