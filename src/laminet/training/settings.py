"""Everything that fixes a training besides its data."""

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from laminet.files.settings import Depth, Model
from laminet.network.settings import Initialisation
from laminet.settings import Count, Limits, Positive, Seed, Settings, Tolerance

Loss = Literal["frobenius", "divergence", "frobenius_voigt"]
"""Data terms, see `laminet.training.loss`."""

Schedule = Literal["plateau", "cosine"]
"""plateau: factor and patience; cosine: down to zero at the last epoch."""

Formulation = Literal["literal", "reduced"]
"""Of a DMN, a rotation at every node or one per leaf: the same function of the same parameters."""

Keep = Literal["last", "best"]
"""The network of the last epoch, or of the row of the history with the lowest validation loss."""

Backend = Literal["native", "torch"]
Select = Literal["validation_error", "validation_divergence", "curve_validation_error"]
"""What chooses the best of several networks, a column of their histories; the last one needs validation curves."""


@dataclass(frozen=True)
class CurveTerm(Settings):
    """How a training on curves goes; the defaults are those of the recipe "curves"."""

    section = "training: curve"
    batch: Annotated[Count, "training curves of a step, in addition to its samples"] = 16
    every: Annotated[Count, "steps along a curve from one stress that is compared to the next"] = 2
    elastic_weight: Annotated[float, Limits(0), "weight of the elastic loss; that of the error of the curves is 1"] = (
        20.0
    )
    activation_rate: Annotated[Positive, "learning rate of the activations over that of the angles"] = 0.5
    clip: Annotated[Positive, "largest norm of a gradient; a longer one is shortened"] = 1.0
    floor: Annotated[float, Limits(0), "least activation of a leaf that was active"] = 1e-4


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """Settings of one training; their defaults are those of He et al. (2026), the recipe "paper"."""

    section = "training"
    model: Annotated[Model, "kind of network"]
    depth: Annotated[Depth, "layers below the root, N"] = 7
    batch: Annotated[Count, "samples of a minibatch; the last one of an epoch may be smaller"] = 40
    epochs: Annotated[int, Limits(1, 10**7), "passes over the training samples"] = 10000  # their history takes 640 MB
    seed: Annotated[Seed, "of the initial parameters, generator [seed, 0], and of the minibatches, [seed, 1]"] = 0
    eta: Annotated[float, Limits(0), "strength of the activation penalty (Eq. 9)"] = 1.0
    xi: Annotated[Positive, "target of the sum of activations (Eq. 9)"] = 1.0
    loss: Annotated[Loss, "data term: frobenius is Eq. 9; divergence also weighs the soft modes"] = "frobenius"
    schedule: Annotated[Schedule, "of the learning rate: by factor and patience, or a cosine to zero"] = "plateau"
    learning_rate: Annotated[Positive, "of Adam at the start"] = 1e-2
    factor: Annotated[Tolerance, "by which the plateau schedule multiplies the learning rate"] = 0.8
    patience: Annotated[int, Limits(0), "epochs without a better validation loss before that"] = 50
    record: Annotated[Count, "epochs between two evaluations of the training samples, rows of the history"] = 10
    keep: Annotated[Keep, "network kept: of the last epoch, or of the history's lowest validation loss"] = "last"
    formulation: Annotated[Formulation, "of a DMN: rotations at every node, the paper's cost, or at leaves"] = "reduced"
    backend: Annotated[Backend, "native (compiled) or torch (the readable reference); the same steps"] = "native"
    initialisation: Initialisation = field(default_factory=Initialisation)
    curve: CurveTerm = field(default_factory=CurveTerm)

    def __str__(self) -> str:
        """The run by what distinguishes it, for messages."""
        return f"{self.model} of depth {self.depth} (eta {self.eta:g}, xi {self.xi:g}, seed {self.seed})"

    def values(self, curves: bool) -> dict[str, Any]:
        """All that a training depends on, by name; `curve` only with curves."""
        values = asdict(self)
        if not curves:
            del values["curve"]
        return values

    def attributes(self, curves: bool = False) -> dict[str, Any]:
        """As attributes of a file: all but model and depth, which are a network's own; flat."""
        values = self.values(curves)
        ranges, term = values.pop("initialisation"), values.pop("curve", {})
        del values["model"], values["depth"]
        values |= {f"initialisation_{name}": list(limits) for name, limits in ranges.items()}
        return values | {f"curve_{name}": value for name, value in term.items()}


@dataclass(frozen=True)
class JobSettings(Settings):
    """What a training takes of its data and its machine, and how the best of several is found."""

    section = "training"
    samples: Annotated[Count, "training samples, the first of the data"] = 400
    seeds: Annotated[Count, "number of trainings, with seeds from seed on; the best is kept"] = 1
    select: Annotated[
        Select,
        "what chooses the best; curve_validation_error needs validation curves, without which the recipe curves takes "
        "validation_divergence",
    ] = "validation_error"
    starts: Annotated[int, Limits(0), "elastic trainings, the best of which is continued; 0: a random network"] = 0
    threads: Annotated[int, Limits(1, 1024), "cores to use"] = 1
