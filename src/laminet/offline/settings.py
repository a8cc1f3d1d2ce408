"""Everything that fixes a training besides its data."""

from dataclasses import asdict, dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np

from laminet.errors import InputError, check_choice, check_seed, shown
from laminet.network.parameters import Initialisation, angle_shape

LOSSES = ("frobenius", "divergence", "frobenius_voigt")
SCHEDULES = ("plateau", "cosine")
FORMULATIONS = ("literal", "reduced")
BACKENDS = ("native", "torch")
MOST_EPOCHS = 10**7  # their history is kept in memory: 640 MB
MOST_THREADS = 1024


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of one training.

    Attributes:
        model: "dmn" or "imn".
        depth: number of layers below the root, N.
        batch: samples of a minibatch; the last one of an epoch may be smaller.
        epochs: passes over the training samples.
        seed: of the initial parameters, generator [seed, 0], and of the minibatches, [seed, 1].
        eta: weight of the penalty in Eq. 9.
        xi: sum of the leaves' weights it asks for.
        loss: "frobenius" (Eq. 9), "divergence" or "frobenius_voigt"; see `laminet.offline.loss`.
        schedule: "plateau" (factor and patience) or "cosine" (down to zero at the last epoch).
        learning_rate: of Adam, at the beginning.
        factor: the plateau schedule multiplies the rate by it ...
        patience: ... after more than this many epochs without a better validation loss.
        record: epochs between two rows of the history, for which alone the training samples are evaluated.
        formulation: of a DMN, "literal" (a rotation at every node) or "reduced" (one per leaf); both are the same
            function of the same parameters. An IMN has no rotations: both are the same for it.
        backend: "native" (compiled) or "torch" (the readable reference); both take the same steps.
        initialisation: ranges of the initial parameters.

    Raises:
        InputError: the first setting that is out of range, and what it may be.
    """

    model: str
    depth: int
    batch: int
    epochs: int
    seed: int
    eta: float = 1.0
    xi: float = 1.0
    loss: str = "frobenius"
    schedule: str = "plateau"
    learning_rate: float = 1e-2
    factor: float = 0.8
    patience: int = 50
    record: int = 1
    formulation: str = "reduced"
    backend: str = "native"
    initialisation: Initialisation = field(default_factory=Initialisation)

    def __post_init__(self) -> None:
        for name, least in (("depth", 1), ("batch", 1), ("epochs", 1), ("seed", 0), ("patience", 0), ("record", 1)):
            value = getattr(self, name)
            if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
                raise InputError(f"training: {name} is {shown(value)}; it must be a whole number of at least {least}")
        angle_shape(self.model, self.depth)
        check_seed(self.seed, "training")
        if self.epochs > MOST_EPOCHS:
            raise InputError(f"training: epochs is {self.epochs}; it must be {MOST_EPOCHS} at most")
        for name in ("eta", "xi", "learning_rate", "factor"):
            value = getattr(self, name)
            if (
                not isinstance(value, Real)
                or not np.isfinite(float(value))
                or value < 0.0
                or (value == 0.0 and name != "eta")
            ):
                raise InputError(f"training: {name} is {shown(value)}; it must be a positive number (eta may be 0)")
        if self.factor >= 1.0:
            raise InputError(f"training: factor is {self.factor}; it must be below 1")
        for name, choices in (
            ("loss", LOSSES),
            ("schedule", SCHEDULES),
            ("formulation", FORMULATIONS),
            ("backend", BACKENDS),
        ):
            check_choice(getattr(self, name), choices, f"training: {name}")
        for name, limits in asdict(self.initialisation).items():
            if len(limits) != 2 or not np.isfinite(limits).all() or limits[0] > limits[1]:
                raise InputError(f"training: initialisation {name} is {limits}; needed are a lower and an upper limit")
        if self.initialisation.activation[1] <= 0.0:
            raise InputError("training: initialisation activation has no positive value; every leaf would be dead")

    def __str__(self) -> str:
        """The run by what distinguishes it, for messages."""
        return f"{self.model} of depth {self.depth} (eta {self.eta:g}, xi {self.xi:g}, seed {self.seed})"

    def attributes(self) -> dict[str, Any]:
        """As attributes of a file: all but model and depth, which are a network's own; flat."""
        values = asdict(self)
        ranges = values.pop("initialisation")
        values = {name: value for name, value in values.items() if name not in ("model", "depth")}
        return values | {f"initialisation_{name}": list(limits) for name, limits in ranges.items()}
