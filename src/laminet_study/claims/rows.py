"""The rules of the paper's claims: of each, the statements that it consists of, in a few lines.

A rule yields statements until the data lack something. Its text is in claims.yaml.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from laminet.network.initial import initial_parameters
from laminet_study import statistics
from laminet_study.claims.data import DEPTHS, Data
from laminet_study.claims.samples import NotTestable, Sample, joined
from laminet_study.claims.statements import (
    Statement,
    exact,
    falls,
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
"""Batch sizes compared with 128, by the number of samples."""

MODELS = (RESIDUAL, NEWTON)
"""The DMN and the IMN, as Sec. 3.6 evaluates them."""

CONDENSED = (FIXED_SECANT, CONDENSED_IMN)
"""The schemes reported in addition to the dense Newton."""

TOLERANCES = {"1e-6": "depth", "1e-4": "tolerance_1e4", "1e-8": "tolerance_1e8"}
"""Studies of depth by their tolerance; all but the first are controls."""

Sides = tuple[Prediction, Prediction]
Range = tuple[float, float]


def parameters(data: Data) -> Iterator[Statement]:
    """Counted on networks."""
    dmn, imn = ([initial_parameters(model, n, seed=0).count for n in range(1, 9)] for model in ("dmn", "imn"))
    yield exact("a DMN has 7 x 2^N - 3 parameters for N = 1 to 8", dmn == [7 * 2**n - 3 for n in range(1, 9)])
    yield exact("an IMN has 3 x 2^N - 2", imn == [3 * 2**n - 2 for n in range(1, 9)])
    yield exact("their ratio is 2.3 at N = 8", round(dmn[-1] / imn[-1], 1) == 2.3)


def validation(data: Data) -> Iterator[Statement]:
    """Mean over all designs."""
    sides = {side: data.trained("data_size", ("samples", "batch"), f"{side}_error") for side in ("validation", "train")}
    errors = joined("final error", sides)
    yield within("the final validation error over the training error", errors, errors.pairs(), 1 / 1.5, 1.5)


def training_of_few(data: Data) -> Iterator[Statement]:
    """Either of the two."""
    error = data.trained("data_size", "batch", samples=400)
    yield lower("batch 20 or 40 is better than 128 for 400 samples", error, [((20, 40), (128,))])


def training_of_many(data: Data) -> Iterator[Statement]:
    """Both data sizes."""
    for samples, others in LARGE.items():
        error = data.trained("data_size", "batch", samples=samples)
        yield lower(f"batch 128 is best for {samples} samples", error, [((128,), others)])


def online_of_few(data: Data) -> Iterator[Statement]:
    """Mean and standard deviation on every composite."""
    for composite in COMPOSITES:
        error = data.online("data_size", "batch", ERROR, composite, samples=400)
        for spread in (False, True):
            yield lower(f"batch 40 {_words(spread, composite)}", error, [((40,), (20, 128))], spread)


def online_of_many(data: Data) -> Iterator[Statement]:
    """Both data sizes on every composite; spreads are reported."""
    for spread in (False, True):
        for samples, others in LARGE.items():
            for composite in COMPOSITES:
                error = data.online("data_size", "batch", ERROR, composite, samples=samples)
                tested = (
                    f"batch 128 {_words(spread, composite)}, {samples} samples",
                    error,
                    [((128,), others)],
                    spread,
                )
                yield from reported(lower, *tested) if spread else [lower(*tested)]


def data_size(data: Data) -> Iterator[Statement]:
    """All batches and composites together, as in Fig. 11."""
    error = data.online("data_size", "samples", ERROR, mixed="batch")
    for spread in (False, True):
        yield falls(f"the {'spread' if spread else 'mean'} falls over the data sizes", error, (400, 1024, 2048), spread)


def error_by_eta(data: Data) -> Iterator[Statement]:
    """Two statements."""
    error = data.imns("eta", ERROR)
    yield lower("the error is lowest at eta = 1", error, [((1.0,), _others(error))])
    yield lower("it is lower at eta = 1 than at 100", error, [((1.0,), (100.0,))])
    yield from reported(rises, "it rises over eta >= 1", error, [level for level in error.levels if level >= 1.0])


def cost_by_eta(data: Data) -> Iterator[Statement]:
    """Falls, and by less than 25 %."""
    for number in (iterations_per_step, active_nodes, data.time):
        cost = data.imns("eta", number)
        yield falls(f"{cost.name}: falls over eta", cost, cost.levels)
        yield steady(f"{cost.name}: change over eta", cost, cost.levels, 0.25)


def error_by_xi(data: Data) -> Iterator[Statement]:
    """Three statements."""
    error = data.imns("xi", ERROR)
    yield lower("the error is lowest at xi = 1", error, [((1.0,), _others(error))])
    for end in (0.1, 4.0):
        yield lower(f"it is lower at xi = 1 than at {end:g}", error, [((1.0,), (end,))])


def cost_by_xi(data: Data) -> Iterator[Statement]:
    """Each rises."""
    for number in (iterations_per_step, active_nodes, data.time):
        cost = data.imns("xi", number)
        yield rises(f"{cost.name}: rises over xi", cost, cost.levels)


def training_by_depth(data: Data) -> Iterator[Statement]:
    """Each model."""
    for model in ("dmn", "imn"):
        error = data.trained("depth", "depth", model=model)
        yield falls(f"the {model.upper()}'s training error falls over the depths", error, DEPTHS)


def training_of_imns(data: Data) -> Iterator[Statement]:
    """Each depth."""
    error = joined("train error", {model: data.trained("depth", "depth", model=model) for model in ("imn", "dmn")})
    yield from _each(lower, "the IMN's training error is the lower one", error, (6, 7, 8))


def training_speed(data: Data) -> Iterator[Statement]:
    """Eager PyTorch on all cores at every depth; one thread, and both forms in native code, are reported."""
    cores = int(data.measured("epoch_wall_time")["threads"].max())
    epoch = data.epochs("torch", "literal", cores)
    yield from _each(ratio, "wall time of an epoch, DMN over IMN", epoch, DEPTHS, 3.4, 4.7)
    for measured in (("torch", "literal", 1), ("native", "literal", 1), ("native", "reduced", 1)):
        yield from reported(_epochs, data, *measured)


def training_parts(data: Data) -> Iterator[Statement]:
    """Parts of the difference of an epoch's time, over all depths."""
    profile = data.measured("profile")
    if missing := set(DEPTHS) - set(profile["depth"].values.tolist()):
        raise NotTestable(f"the profile lacks N = {', '.join(map(str, sorted(missing)))}")
    profile = profile.sel(depth=list(DEPTHS))
    data.fastest(profile.sum("part").transpose(..., "repeat").values)
    difference = profile.sel(model="dmn") - profile.sel(model="imn")
    for part, least in (("forward", 0.5), ("optimiser", 0.1)):
        values = (difference.sel(part=part) / difference.sum("part")).rename("share").to_series().dropna()
        frame = values.reset_index().assign(level="all").rename(columns={"repeat": "seed"})
        shares = Sample(
            f"share of the {part}",
            frame.set_index(["level", "seed"])["share"],
            100.0,
            " [%]",
            confidence=data.confidence,
        )
        yield share(f"the {part} explains its share of the difference", shares, least)


def accuracy_with_residual(data: Data) -> Iterator[Statement]:
    """With tangents at every depth; the secant form is reported."""
    yield from _each(within, "error, tangents over residual", data.by_depth(ERROR, TANGENT, RESIDUAL), DEPTHS, 0.9, 1.1)
    yield from reported(_ratio, data, "error, secant over residual", ERROR, (SECANT, RESIDUAL), (0.9, 1.1))


def time_with_residual(data: Data) -> Iterator[Statement]:
    """Without over with."""
    paper = (1.8, 2.0)
    yield _ratio(data, "time, without over with (secant)", data.time, (SECANT, RESIDUAL), paper)
    yield from reported(_ratio, data, "time, without over with (tangents)", data.time, (TANGENT, RESIDUAL), paper)


def iterations_with_residual(data: Data) -> Iterator[Statement]:
    """With over without, at three tolerances."""
    for tolerance, study in TOLERANCES.items():
        count = data.by_depth(total_iterations, RESIDUAL, SECANT, study=study)
        name = f"iterations, with over without (secant), tolerance {tolerance}"
        yield within(name, count, count.pairs(), 0.0, 0.6)


def cost_with_residual(data: Data) -> Iterator[Statement]:
    """With over without."""
    paper = (1.3, 1.5)
    yield _ratio(data, "cost, with over without (secant)", data.cost, (RESIDUAL, SECANT), paper)
    yield from reported(_ratio, data, "cost, with over without (tangents)", data.cost, (RESIDUAL, TANGENT), paper)


def accuracy_of_fixed_point(data: Data) -> Iterator[Statement]:
    """With tangents at every depth; the secant form is reported."""
    error = data.by_depth(ERROR, FIXED_TANGENT, NEWTON)
    yield from _each(within, "error, fixed point (tangents) over Newton", error, DEPTHS, 0.9, 1.1)
    yield from reported(
        _ratio, data, "error, fixed point (secant) over Newton", ERROR, (FIXED_SECANT, NEWTON), (0.9, 1.1)
    )


def time_of_newton(data: Data) -> Iterator[Statement]:
    """Times and counts."""
    count, paper = data.by_depth(total_iterations, NEWTON, FIXED_SECANT), (1.9, 2.6)
    yield lower("Newton takes fewer iterations", count, count.pairs())
    yield _ratio(data, "time, fixed point (secant) over dense Newton", data.time, (FIXED_SECANT, NEWTON), paper)
    for name, sides in {"(tangents) over dense": (FIXED_TANGENT, NEWTON), "(secant) over condensed": CONDENSED}.items():
        yield from reported(_ratio, data, f"time, fixed point {name} Newton", data.time, sides, paper)


def cost_of_newton(data: Data) -> Iterator[Statement]:
    """Dense against secant; the condensed scheme is only reported."""
    paper = (1.7, 2.4)
    yield _ratio(data, "cost, fixed point (secant) over dense Newton", data.cost, (FIXED_SECANT, NEWTON), paper)
    yield from reported(_ratio, data, "cost, fixed point (secant) over condensed Newton", data.cost, CONDENSED, paper)


def accuracy_of_both(data: Data) -> Iterator[Statement]:
    """Six statements."""
    error = data.by_depth(ERROR, *MODELS)
    yield from _each(within, "the DMN's error over the IMN's", error, (7, 8), 1 / 1.2, 1.2)
    yield from _each(lower, "the DMN's error is the lower one", error, (4, 5))
    yield from _models(falls, "spread falls", error, True)


def iterations_of_both(data: Data) -> Iterator[Statement]:
    """At one tolerance on one quantity; the paper's criteria and the fixed point are reported."""
    if data.study("depth").attrs.get("criterion", "strain") != "strain":
        raise NotTestable("the schemes of the study 'depth' stop on different quantities (online.criterion: paper)")
    name, paper, fixed = "iterations, DMN over IMN", (0.4, 0.5), (RESIDUAL, FIXED_SECANT)
    yield _ratio(data, name, total_iterations, MODELS, paper)
    yield from reported(_ratio, data, f"{name} by fixed point", total_iterations, fixed, paper)
    for words, sides in {"": MODELS, " by fixed point": fixed}.items():
        name = f"iterations, DMN over IMN{words}, the paper's criteria"
        yield from reported(_ratio, data, name, total_iterations, sides, paper, "paper_criteria")


def iterations_by_depth(data: Data) -> Iterator[Statement]:
    """Change of each model; spread of the DMN's over the IMN's."""
    count = data.by_depth(iterations_per_step, NEWTON, RESIDUAL)
    yield from _models(steady, "count changes", count, 0.25)
    yield lower("the IMN's spread is the lower one", count, count.pairs(), spread=True)


def nodes_by_depth(data: Data) -> Iterator[Statement]:
    """Counted on the networks: any scheme and control tells the same."""
    nodes = data.by_depth(active_nodes, *MODELS)
    yield from _models(rises, "nodes rise", nodes)
    yield from _each(within, "DMN over IMN", nodes, DEPTHS, 1 / 1.25, 1.25)


def cost_of_both(data: Data) -> Iterator[Statement]:
    """The IMN by dense Newton; both condensed are reported."""
    name, paper, condensed = "cost, DMN over IMN", (1.9, 2.4), (CONDENSED_DMN, CONDENSED_IMN)
    yield _ratio(data, name, data.cost, MODELS, paper)
    yield from reported(_ratio, data, f"{name}, both by condensed Newton", data.cost, condensed, paper)


def time_of_both(data: Data) -> Iterator[Statement]:
    """At every depth, and rising."""
    time = data.by_depth(data.time, *MODELS)
    yield from _each(within, "DMN over IMN", time, DEPTHS, 1 / 1.5, 1.5)
    yield from _models(rises, "time rises", time)


def _ratio(data: Data, name: str, number: Number, sides: Sides, paper: Range, study: str = "depth") -> Statement:
    """A ratio that the paper gives, over all depths."""
    sample = data.by_depth(number, *sides, study=study)
    return ratio(name, sample, sample.pairs(), *paper)


def _epochs(data: Data, backend: str, form: str, threads: int) -> Statement:
    """The same of epochs that are not the paper's implementation."""
    epoch = data.epochs(backend, form, threads)
    return ratio(f"{epoch.name}, DMN over IMN", epoch, epoch.pairs(), 3.4, 4.7)


def _each(
    kind: Callable[..., Statement], name: str, sample: Sample, depths: Sequence[int], *limits: float
) -> Iterator[Statement]:
    """A comparison of both sides at each of several depths."""
    for depth in depths:
        yield kind(f"{name} at N = {depth}", sample, sample.pairs(depth), *limits)


def _models(kind: Callable[..., Statement], what: str, sample: Sample, *more: Any) -> Iterator[Statement]:
    """A statement over the depths for each model."""
    for each in MODELS:
        yield kind(f"the {each.model.upper()}'s {what} over the depths", sample, sample.side(each.side), *more)


def _others(sample: Sample) -> list[Any]:
    """Levels but 1."""
    return [level for level in sample.levels if level != 1.0]


def _words(spread: bool, composite: str) -> str:
    return f"has the lowest {'spread' if spread else 'mean'} on {composite.replace('_', ' ')}"
