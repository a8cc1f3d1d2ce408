"""The readable reference of the loss on curves: PyTorch in double precision, gradients by automatic differentiation.

The online scheme finds every increment without a graph. One Newton step that PyTorch differentiates follows, with its
matrix J held constant: x = x* - J^-1 r(x*; parameters). It changes x* by rounding only, and its derivative is that of
the implicit function r(x; parameters) = 0. The laws do the same for what they iterate (`Law.differentiable_update`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import torch

from laminet import mandel
from laminet.errors import ConvergenceError
from laminet.files.network import NetworkParameters
from laminet.loading.driver import Increment, Target, follow
from laminet.loading.paths import LoadPath
from laminet.materials.points import Points
from laminet.network import tree
from laminet.online.schemes import NetworkState, NetworkSystem, scheme
from laminet.online.settings import OnlineSettings
from laminet.training.curves import Curve, CurveGradient


class ReadableCurves:
    """Curves with what the loss compares of them (`laminet.training.curve_loss.PreparedCurves`).

    Raises:
        InputError: a composite with another number of phases.
    """

    def __init__(self, curves: Sequence[Curve], compared: Sequence[np.ndarray], phases: int, tolerance: float):
        for curve in curves:
            curve.composite.laws_of(phases, "network")
        self.curves = list(zip(curves, compared, strict=True))
        self.settings = OnlineSettings(tolerance=tolerance, backend="numpy")

    def losses(
        self, network: NetworkParameters, numbers: np.ndarray | None, threads: int, gradient: bool
    ) -> CurveGradient:
        """See `laminet.training.curve_loss.PreparedCurves`."""
        torch.set_num_threads(threads)
        curves = self.curves if numbers is None else [self.curves[number] for number in numbers]
        values, total = np.full(len(curves), np.nan), np.zeros(network.count)
        predicted = np.full((len(curves), max(curve.path.steps for curve, _ in curves), 6), np.nan)
        vector = torch.tensor(network.vector, requires_grad=gradient)
        model = Leaves.of(network, vector)
        for number, (curve, mask) in enumerate(curves):
            system = scheme("newton_condensed", network, curve.composite, self.settings)
            steps = converged(system, curve.path)
            stress = along(model, system.points, steps)
            predicted[number, : len(steps)] = stress.detach()
            if len(steps) == curve.path.steps:
                loss = curve.error(stress, mask)
                values[number] = loss.detach()
                if gradient:
                    total += torch.autograd.grad(loss, vector, retain_graph=True)[0].numpy()
        failed = np.isnan(values)
        mean = total / max((~failed).sum(), 1) if gradient else np.full_like(total, np.nan)
        return CurveGradient(values, mean, predicted, failed)


@dataclass(frozen=True)
class Leaves:
    """The strains of the n active leaves as a function of the unknowns: jumps at the m interfaces, macroscopic strain.

    The unknowns x are the jump vectors of all interfaces with two active children, then the six macroscopic strains.

    Attributes:
        operator: (n, 6, 3 m + 6) strain of every leaf, in the frame of its material, is operator x.
        weight: (n,) of the leaves; their sum is one.
        inverse: (3 m + 6, 6 n) gives x of the strains of all leaves; without a graph.
    """

    operator: torch.Tensor
    weight: torch.Tensor
    inverse: torch.Tensor

    @classmethod
    def of(cls, network: NetworkParameters, vector: torch.Tensor) -> "Leaves":
        """The leaves of a network whose parameters are `vector` (p,), in the order of a training's state.

        At an interface of normal n the strains of the children are eps + f2 H(n) a and eps - f1 H(n) a (Eq. 20). So
        every leaf has f2 H a of the interfaces above its first child, -f1 H a of those above its second, and no other.
        """
        activation, angle = vector[: 2**network.depth], vector[2**network.depth :].reshape(network.angle.shape)
        laminates = tree.laminates(replace(network, activation=activation, angle=angle))
        leaf, parents = np.flatnonzero(network.activation > 0.0), 2**network.depth - 1
        interface = tree.laminates_of_two(laminates.weights.detach().numpy())
        side, node = np.zeros((len(leaf), parents)), parents + leaf
        for _ in range(network.depth):
            parent = (node - 1) // 2
            side[np.arange(len(leaf)), parent] = np.where(node == 2 * parent + 1, 1.0, -1.0)
            node = parent
        below = torch.from_numpy(side[:, interface])
        f1 = tree.fractions(laminates.weights)[interface]
        share = torch.where(below > 0.0, 1.0 - f1, torch.where(below < 0.0, -f1, 0.0))
        jumps = torch.einsum("np,pia->nipa", share, mandel.interface(laminates.normal[interface])).flatten(2)
        operator = torch.cat([jumps, torch.eye(6, dtype=torch.float64).expand(len(leaf), 6, 6)], dim=2)
        if laminates.rotation is not None:
            operator = mandel.rotation(laminates.rotation[leaf]) @ operator
        inverse = torch.linalg.pinv(operator.detach().flatten(0, 1))
        return cls(operator, laminates.weights[parents + leaf] / laminates.weights[0], inverse)

    def work(self, stress: torch.Tensor) -> torch.Tensor:
        """Work (3 m + 6,) of the leaves' stresses (n, 6) at unit unknowns: traction jumps, then macroscopic stress."""
        return torch.einsum("n,nik,ni->k", self.weight, self.operator, stress)


@dataclass(frozen=True)
class Part:
    """An increment that the online scheme has accepted: a whole one, or a part of one that it has halved."""

    begin: NetworkState
    end: NetworkState
    target: Target


class Recorder:
    """A network that keeps the increments it has solved (a `System` of laminet.loading.driver)."""

    def __init__(self, system: NetworkSystem):
        self.system = system
        self.parts: list[Part] = []

    def initial(self) -> NetworkState:
        """The virgin state."""
        return self.system.initial()

    def solve(self, state: NetworkState, target: Target) -> Increment:
        """One increment from `state` to `target`."""
        increment = self.system.solve(state, target)
        if increment.converged:
            self.parts.append(Part(state, increment.state, target))
        return increment


def converged(system: NetworkSystem, path: LoadPath) -> list[list[Part]]:
    """The parts of every step along a path, up to the first step that does not converge."""
    recorder, steps = Recorder(system), []

    def finish_step(_step: int, _increment: Increment) -> None:
        steps.append(recorder.parts)
        recorder.parts = []

    with suppress(ConvergenceError):
        follow(recorder, path, cutbacks=system.settings.cutbacks, observe=finish_step)
    return steps


def along(leaves: Leaves, points: Points, steps: Sequence[Sequence[Part]]) -> torch.Tensor:
    """Macroscopic stress (steps, 6) at the end of every step, which PyTorch can differentiate."""
    state, stresses = torch.from_numpy(points.virgin()), [torch.zeros(0, 6, dtype=torch.float64)]
    for parts in steps:
        for part in parts:
            stress, state = newton_step(leaves, points, part, state)
        stresses.append(stress[None])
    return torch.cat(stresses)


def newton_step(leaves: Leaves, points: Points, part: Part, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Macroscopic stress (6,) and states of the laws (n, s) after one part, by the Newton step at its solution.

    Args:
        leaves: the network.
        points: the laws of its leaves.
        part: what the online scheme has solved.
        state: (n, s) before it, with a graph.
    """
    macro = leaves.operator.shape[2] - 6
    unknown = np.concatenate([np.ones(macro, dtype=bool), ~part.target.prescribed])
    x = leaves.inverse @ torch.from_numpy(part.end.leaf_strain.ravel())
    x[macro:] = torch.where(torch.from_numpy(part.target.prescribed), torch.from_numpy(part.target.strain), x[macro:])
    load = torch.cat([torch.zeros(macro, dtype=torch.float64), torch.from_numpy(part.target.stress)])
    stress, _ = points.differentiable_update(leaves.operator @ x, state)
    _, tangent, _ = points.update(part.end.leaf_strain, part.begin.law)
    columns = leaves.operator.detach()[..., unknown]
    J = torch.einsum("n,nik,nij,njl->kl", leaves.weight.detach(), columns, torch.from_numpy(tangent), columns)
    step = torch.linalg.solve(J, (leaves.work(stress) - load)[unknown])
    x = x.index_add(0, torch.from_numpy(np.flatnonzero(unknown)), step, alpha=-1.0)
    stress, state = points.differentiable_update(leaves.operator @ x, state)
    return leaves.work(stress)[macro:], state
