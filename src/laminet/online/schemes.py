"""The online schemes: how a network finds its strains under one increment of macroscopic load.

All schemes share one loop. An iteration evaluates the constitutive laws at an iterate and solves one linear problem for
the next iterate. Schemes differ in their moduli, in whether the residual stress enters, and in how they solve. Strains
are total and residuals are built from total stresses, so equilibrium does not drift.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice, pairwise

import numpy as np

from laminet.errors import ConvergenceError, InputError
from laminet.files.network import MODELS, NetworkParameters
from laminet.loading.driver import Increment, Target
from laminet.materials import local_fields
from laminet.materials.laws import Law
from laminet.materials.library import Composite
from laminet.materials.points import Points
from laminet.online.active import ActiveTree, laminates
from laminet.online.linear import DenseJumps, Sweeps
from laminet.online.settings import OnlineSettings

ROUNDING = 1e-13  # a change of strain below this share of the strain itself is rounding, not an iterate's progress
SLOPE_ROUNDING = 1e-15  # a slope of the energy below this share of the leaves' work is rounding
BACKTRACKS = 10


@dataclass(frozen=True)
class Recipe:
    """What distinguishes a scheme.

    Attributes:
        models: the models it fits.
        solver: of the linear problem.
        literal: rotations at every node, as in the paper's DMN, instead of laminates.
        secant: secant moduli instead of consistent tangents.
        residual: "increment": s = sigma - C d_eps, solved for the strain increments (Eq. 10); "correction":
            s = sigma, solved for the corrections of the iterate (Algorithm 3); "none": s = 0. The first two are
            the same exact Newton step.
    """

    models: tuple[str, ...]
    solver: type[Sweeps] | type[DenseJumps] = Sweeps
    literal: bool = False
    secant: bool = False
    residual: str = "none"


SCHEMES = {
    "dmn_residual": Recipe(("dmn",), literal=True, residual="increment"),
    "dmn_no_residual_tangent": Recipe(("dmn",), literal=True),
    "dmn_no_residual_secant": Recipe(("dmn",), literal=True, secant=True),
    "imn_fixed_point_tangent": Recipe(("imn",)),
    "imn_fixed_point_secant": Recipe(("imn",), secant=True),
    "imn_newton_dense": Recipe(("imn",), solver=DenseJumps, residual="correction"),
    "newton_condensed": Recipe(MODELS, residual="correction"),
}


@dataclass(frozen=True)
class NetworkState:
    """A network after a converged increment.

    Attributes:
        strain, stress: macroscopic, (6,), Mandel, GPa.
        leaf_strain: (n, 6) of the active leaves, each in the frame of its material.
        law: (n, s) state of their constitutive laws.
    """

    strain: np.ndarray
    stress: np.ndarray
    leaf_strain: np.ndarray
    law: np.ndarray


@dataclass(frozen=True)
class Iterate:
    """Strain increments since the last converged state and what the laws make of them.

    Attributes:
        macro: (6,) macroscopic strain increment.
        leaf: (n, 6) strain increments of the leaves.
        stress: (n, 6) total stresses of the leaves, GPa.
        tangent: (n, 6, 6) consistent tangents, GPa.
        law: (n, s) updated states.
        shortened: the step to it was cut by backtracking, so that its small change says nothing of convergence.
    """

    macro: np.ndarray
    leaf: np.ndarray
    stress: np.ndarray
    tangent: np.ndarray
    law: np.ndarray
    shortened: bool = False


class NetworkSystem:
    """A network with the laws of its phases, driven by one scheme (a `System` of laminet.loading.driver)."""

    def __init__(self, tree: ActiveTree, laws: Sequence[Law], recipe: Recipe, settings: OnlineSettings):
        self.tree, self.recipe, self.settings = tree, recipe, settings
        self.points = Points(laws, tree.phase)
        self.solver = recipe.solver(tree, self.points.symmetric)

    def initial(self) -> NetworkState:
        """The virgin state."""
        return NetworkState(np.zeros(6), np.zeros(6), np.zeros((len(self.points), 6)), self.points.virgin())

    def solve(self, state: NetworkState, target: Target) -> Increment:
        """One increment from `state` to `target`.

        Increment.iterations counts evaluations of the laws that led to a linear solve; the evaluation that
        gives the final stresses is not one of them, nor are those of backtracking. Increment.residual is
        imbalance() at the last iterate.
        """
        iterations, converged, last, stresses, reason = 0, False, None, [], ""
        with np.errstate(over="ignore", invalid="ignore"):  # iterates that diverge are found by their values
            try:
                candidates = islice(self.iterates(state, target), self.settings.max_iterations + 1)
                for previous, last in pairwise(candidates):
                    iterations += 1
                    stresses.append(last.stress)
                    converged = self._converged(state, target, previous, last)
                    if converged or not np.isfinite(last.stress).all():
                        break
            except np.linalg.LinAlgError:  # a singular system
                iterations += 1
            except ConvergenceError as error:  # a strain for which a law has no stress
                iterations, reason = iterations + 1, str(error)
            if last is None:
                return Increment(state.strain, np.full(6, np.nan), iterations, np.inf, False, state, (), reason)
            stress, _ = self.tree.average(last.stress)
            reached = NetworkState(state.strain + last.macro, stress, state.leaf_strain + last.leaf, last.law)
            converged = converged and all(np.isfinite(values).all() for values in vars(reached).values())
            residual = self.imbalance(last.stress, target)
            residuals = [] if converged else [self.imbalance(each, target) for each in stresses]
        return Increment(reached.strain, stress, iterations, residual, converged, reached, residuals, reason)

    def iterates(self, state: NetworkState, target: Target) -> Iterator[Iterate]:
        """The scheme's iterates, without end, beginning with the initial guess.

        Raises:
            numpy.linalg.LinAlgError, ConvergenceError: the iterates diverge.
        """
        macro, leaf = np.zeros(6), np.zeros_like(state.leaf_strain)
        if self.settings.guess == "uniform":
            macro = np.where(target.prescribed, target.strain - state.strain, 0.0)
            leaf = self.tree.uniform(macro)
        iterate = self._respond(state, target, macro, leaf)
        yield iterate
        for number in count(1):
            following = self._respond(state, target, *self._step(state, target, iterate))
            if self.recipe.residual != "none" and number > 1:
                following = self._backtracked(state, target, iterate, following)
            iterate = following
            yield iterate

    def local_fields(self, state: NetworkState) -> dict[str, np.ndarray]:
        """Statistics of a state's local fields; see laminet.materials.local_fields."""
        stress, _, law = self.points.over(0.0).update(state.leaf_strain, state.law)  # nothing flows
        phases = len(self.points.laws)
        return local_fields.statistics(phases, self.tree.phase, self.tree.weight, stress, self.points.parts(law))

    def imbalance(self, stress: np.ndarray, target: Target) -> float:
        """Relative traction imbalance, one definition for all schemes, dimensionless.

        The norm of all traction jumps (Eq. 27) and of the errors of the prescribed macroscopic stresses, over the
        weighted root mean square of the leaves' stresses (n, 6); infinite where that is not finite.
        """
        macro, jumps = self.tree.average(stress)
        error = np.concatenate([jumps.ravel(), (macro - target.stress)[~target.prescribed]])
        scale = np.sqrt(self.tree.weight @ (stress**2).sum(axis=1) / self.tree.weight.sum())
        if not np.isfinite(scale):
            return np.inf
        return float(np.linalg.norm(error) / scale) if scale > 0.0 else 0.0

    def _respond(self, state: NetworkState, target: Target, macro: np.ndarray, leaf: np.ndarray) -> Iterate:
        """The laws at strain increments from `state`, in the increment to `target`."""
        return Iterate(macro, leaf, *self.points.over(target.duration).update(state.leaf_strain + leaf, state.law))

    def _step(self, state: NetworkState, target: Target, iterate: Iterate) -> tuple[np.ndarray, np.ndarray]:
        """Strain increments, macroscopic (6,) and of the leaves (n, 6), of the next iterate."""
        load = replace(target, strain=target.strain - state.strain)
        if self.recipe.residual == "correction":
            load = replace(load, strain=load.strain - iterate.macro)
            macro, leaf = self.solver.solve(iterate.tangent, iterate.stress, load)
            return iterate.macro + macro, iterate.leaf + leaf
        if self.recipe.residual == "increment":
            residual = iterate.stress - (iterate.tangent @ iterate.leaf[..., None])[..., 0]
            return self.solver.solve(iterate.tangent, residual, load)
        moduli = self.points.secant(iterate.leaf, state.law, iterate.law) if self.recipe.secant else iterate.tangent
        load = replace(load, stress=target.stress - state.stress)
        return self.solver.solve(moduli, np.zeros_like(iterate.leaf), load)

    def _backtracked(self, state: NetworkState, target: Target, start: Iterate, end: Iterate) -> Iterate:
        """The Newton step, shortened where the incremental energy would grow along it.

        Along the step the energy is convex; its slope is the work of the out-of-balance stresses. By the trapezoidal
        rule the energy grows where the slope at the end exceeds minus the slope at the start. False position then seeks
        the zero of the slope, to half the slope at the start. As in the Illinois method, the slope kept at the other
        end is halved. Presumes that the first iteration has brought the prescribed strains to their values.

        Laws without a symmetric tangent have no such energy. There the rule only seeks where the out-of-balance
        stresses do less work along the step.
        """
        if self._converged(state, target, start, end):
            return end
        macro, leaf = end.macro - start.macro, end.leaf - start.leaf
        load = self.tree.weight.sum() * np.where(target.prescribed, 0.0, target.stress) @ macro

        def slope(iterate: Iterate) -> float:
            return float(self.tree.weight @ (iterate.stress * leaf).sum(axis=1) - load)

        (low, down), (high, up) = (0.0, slope(start)), (1.0, slope(end))
        work = self.tree.weight @ (np.linalg.norm(start.stress, axis=1) * np.linalg.norm(start.leaf, axis=1))
        if not up > -down > SLOPE_ROUNDING * work:
            return end
        enough = -0.5 * down
        for _ in range(BACKTRACKS):
            length = (low * up - high * down) / (up - down)
            end = self._respond(state, target, start.macro + length * macro, start.leaf + length * leaf)
            here = slope(end)
            if abs(here) <= enough:
                break
            if here > 0.0:
                high, up, down = length, here, 0.5 * down
            else:
                low, down, up = length, here, 0.5 * up
        return replace(end, shortened=True)

    def _converged(self, state: NetworkState, target: Target, previous: Iterate, last: Iterate) -> bool:
        by_residual = self.settings.criterion == "paper" and self.recipe.residual == "correction"
        if by_residual and self.imbalance(last.stress, target) <= self.settings.tolerance:
            return True
        if last.shortened:
            return False
        tolerance = ROUNDING if by_residual else self.settings.tolerance  # at no load stresses are rounding, too
        change = np.linalg.norm(last.leaf - previous.leaf)
        rounding = ROUNDING * np.linalg.norm(state.leaf_strain + last.leaf)
        limit = max(tolerance * np.linalg.norm(last.leaf), rounding)
        return bool(change <= limit < np.inf)  # no verdict where the squares overflow


def scheme(
    name: str, network: NetworkParameters, composite: Composite, settings: OnlineSettings | None = None
) -> NetworkSystem:
    """The network with the laws of `composite`, ready to be driven by the scheme of that name.

    Raises:
        InputError: unknown scheme, one that does not fit the network's model or the laws, or another number of phases.
        DeadNetworkError: no leaf is active.
    """
    if name not in SCHEMES:
        raise InputError(f"scheme '{name}' is unknown; the schemes are {', '.join(SCHEMES)}")
    recipe = SCHEMES[name]
    if network.model not in recipe.models:
        fitting = ", ".join(known for known, other in SCHEMES.items() if network.model in other.models)
        raise InputError(f"scheme '{name}' does not fit a network of model '{network.model}'; those that do: {fitting}")
    laws = composite.laws_of(network.phases, "network")
    for number, law in enumerate(laws, 1):
        if recipe.secant and not law.symmetric:
            raise InputError(
                f"scheme '{name}' takes symmetric secant moduli, which the law '{law.name or type(law).__name__}' of "
                f"phase {number} of composite '{composite.name}' does not have: its tangent is not symmetric; take "
                "newton_condensed"
            )
    if recipe.residual == "none" and (timed := [law.name for law in laws if law.rate_dependent]):
        fitting = ", ".join(
            known for known, other in SCHEMES.items() if network.model in other.models and other.residual != "none"
        )
        raise InputError(
            f"scheme '{name}' leaves the residual stress out, but the law {timed[0]} of composite '{composite.name}' "
            f"relaxes at constant strain; take one of {fitting}"
        )
    return NetworkSystem(laminates(network, recipe.literal), laws, recipe, settings or OnlineSettings())
