"""Recipes: named sets of everything that fixes a training besides model, seed and data. See docs/accuracy.md."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from laminet.errors import check_choice
from laminet.training.settings import JobSettings, TrainingSettings

CHOICE = ("seeds", "select")
"""What a recipe says of the choice among trainings, not of a training itself."""

WITHOUT = ("model", "seed", "formulation", "backend", "initialisation", "curve", "threads")
"""Settings that no recipe says anything of."""

PAPER: Mapping[str, Any] = MappingProxyType(
    {
        field.name: field.default
        for kind in (TrainingSettings, JobSettings)
        for field in fields(kind)
        if field.name not in WITHOUT
    }
)
"""The training of He et al. (2026): Eq. 9, Adam with a rate that falls on plateaus, Secs. 3.2 and 3.3."""

ACCURATE: Mapping[str, Any] = MappingProxyType(
    dict(PAPER)
    | {"batch": 10, "epochs": 1000, "seeds": 5, "select": "validation_divergence"}
    | {"xi": 4.0, "loss": "divergence", "schedule": "cosine", "learning_rate": 3e-3}
)
"""The recipe that predicts plastic composites best from the same elastic data. It takes a loss that sees soft modes,
small batches, more active leaves and a low rate that falls to zero. It keeps the best of five seeds by the divergence
of the validation samples. Data of which a share yields improve it further, see `laminet.materials.sampling`."""

CURVES: Mapping[str, Any] = MappingProxyType(
    dict(ACCURATE)
    | {"depth": 10, "batch": 40, "epochs": 140, "eta": 0.0, "record": 10}
    | {"seeds": 1, "select": "curve_validation_error", "starts": 5}
)
"""The recipe that continues the best of five networks of the recipe "accurate" on curves and elastic data together.
Paths that turn need the leaves of its depth. Without the penalty all leaves stay active. Of several seeds it keeps the
best by the error of the validation curves; where there are none, `criterion` says by what. Its other settings are the
defaults of `laminet.training.settings.CurveTerm`."""

RECIPES: Mapping[str, Mapping[str, Any]] = MappingProxyType({"paper": PAPER, "accurate": ACCURATE, "curves": CURVES})


def recipe(name: str, **changes: Any) -> dict[str, Any]:
    """The settings of a recipe, some of them changed.

    Args:
        name: "paper", "accurate" or "curves".
        changes: settings that take the place of the recipe's; None leaves the recipe's.

    Returns:
        Fields of `TrainingSettings` by name, and those of `JobSettings` but `threads`.

    Raises:
        InputError: unknown recipe.
    """
    check_choice(name, RECIPES, "recipe")
    return dict(RECIPES[name]) | {key: value for key, value in changes.items() if value is not None}


def criterion(name: str, validation_curves: int) -> str:
    """What a recipe chooses the best of several seeds by: its `select`, or that of "accurate" where it cannot be known.

    Args:
        name: of the recipe.
        validation_curves: how many the training has; without any, their error cannot be known.
    """
    select = str(RECIPES[name]["select"])
    return str(ACCURATE["select"]) if select == "curve_validation_error" and not validation_curves else select
