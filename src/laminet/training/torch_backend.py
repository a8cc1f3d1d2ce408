"""The readable reference of a training: PyTorch in double precision, gradients by automatic differentiation."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from laminet.errors import DeadNetworkError
from laminet.network.module import MaterialNetwork, module
from laminet.training.data import ElasticData
from laminet.training.loss import LOSSES, divergence, penalty, relative_error
from laminet.training.optimiser import adam
from laminet.training.settings import TrainingSettings
from laminet.training.state import State

EVALUATED = 128  # samples homogenised at a time where no gradient is needed: arrays stay in cache


class TorchBackend:
    """A `Backend` of the training loop."""

    def __init__(self, data: ElasticData, settings: TrainingSettings, threads: int):
        torch.set_num_threads(threads)
        self.settings, self.phases = settings, data.phases
        self.train, self.validation = (
            [torch.tensor(array, dtype=torch.float64) for array in (samples.phases, samples.stiffness)]
            for samples in (data.train, data.validation)
        )

    def network(self, state: State) -> MaterialNetwork:
        """The network of a state; it shares the memory of its parameters, so that Adam moves both."""
        network = module(state.network(self.settings, self.phases), self.settings.formulation)
        vector_to_parameters(torch.from_numpy(state.vector), network.parameters())
        return network

    def epoch(self, state: State, order: np.ndarray, mark: Callable[[], None] = lambda: None) -> bool:
        """Take the steps of one epoch; whether a leaf is active.

        A profile gives `mark`, which is called at the start of a step, as `gradient` does, and at the end of it.
        """
        network = self.network(state)
        for start in range(0, len(order), self.settings.batch):
            mark()
            state.vector += adam(state, self.gradient(network, order[start : start + self.settings.batch], mark))
            mark()
        return bool((network.activation > 0.0).any())

    def gradient(
        self, network: MaterialNetwork, samples: np.ndarray, mark: Callable[[], None] = lambda: None
    ) -> np.ndarray:
        """Gradient (p,) of the loss of a minibatch of training samples with respect to all parameters.

        `mark` is called after the prediction, after the loss and at the end.

        Raises:
            DeadNetworkError: it is not finite.
        """
        phases, reference = (stiffness[torch.from_numpy(samples)] for stiffness in self.train)
        predicted = network(*phases.unbind(1))
        mark()
        loss = self.loss(network, predicted, reference)
        mark()
        gradient = parameters_to_vector(torch.autograd.grad(loss, list(network.parameters()))).numpy()
        if not np.isfinite(gradient).all():
            raise DeadNetworkError(f"{self.settings}: the gradient is not finite; lower learning_rate or eta")
        mark()
        return gradient

    def elastic_gradient(self, state: State, samples: np.ndarray) -> np.ndarray:
        """Gradient (p,) of the loss of some training samples."""
        return self.gradient(self.network(state), samples)

    def loss(self, network: MaterialNetwork, predicted: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Eq. 9, or with another data term in its place."""
        data_term = LOSSES[self.settings.loss](predicted, reference).mean()
        return data_term + penalty(network.activation, self.settings.eta, self.settings.xi)

    @torch.no_grad()
    def evaluate(self, state: State, validation_only: bool = False) -> tuple[float, ...]:
        """Errors, losses and active leaves of the present network."""
        network = self.network(state)
        train_error = train_loss = math.nan
        if not validation_only:
            train = self.homogenize(network, self.train)
            train_error = float(relative_error(train, self.train[1]).mean())
            train_loss = float(self.loss(network, train, self.train[1]))
        predicted, reference = self.homogenize(network, self.validation), self.validation[1]
        error, distance = relative_error(predicted, reference).mean(), divergence(predicted, reference).mean()
        loss, active_nodes = self.loss(network, predicted, reference), (network.activation > 0.0).sum()
        return train_error, float(error), float(distance), train_loss, float(loss), float(active_nodes)

    @staticmethod
    def homogenize(network: MaterialNetwork, samples: list[torch.Tensor]) -> torch.Tensor:
        """Homogenised stiffness (n, 6, 6) of samples given as phases (n, P, 6, 6) and reference."""
        return torch.cat([network(*phases.unbind(1)) for phases in samples[0].split(EVALUATED)])
