"""The network that a training continues: the best of several that elastic data alone have trained."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from laminet.files.network import NetworkParameters
from laminet.training import seeds
from laminet.training.data import ElasticData
from laminet.training.recipes import recipe
from laminet.training.settings import JobSettings, TrainingSettings

RECIPE = "accurate"
FOLDER = "start"


def best_start(
    data: ElasticData,
    settings: TrainingSettings,
    starts: int,
    directory: Path | None = None,
    *,
    threads: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> NetworkParameters:
    """Train `starts` networks by the recipe "accurate" and take the best by validation divergence.

    Their seeds differ from those of the starts of every other seed.

    Args:
        data: elastic data.
        settings: of the training that follows; model, depth and backend are also the starts'.
        starts: how many.
        directory: gets them as `laminet.training.seeds.train_seeds` writes them; they are not trained again.
        threads: cores to use.
        progress: called as progress(epochs done, epochs in all, note).

    Raises:
        InputError: as `laminet.training.seeds.train_seeds`.
        DeadNetworkError: no start has an active leaf.
    """
    values = recipe(RECIPE, depth=settings.depth, batch=min(recipe(RECIPE)["batch"], len(data.train)))
    of_starts = replace(
        settings, **{field.name: values[field.name] for field in fields(settings) if field.name in values}
    )
    several = range(settings.seed * starts, (settings.seed + 1) * starts)
    how = {"select": values["select"], "recipe": RECIPE, "threads": JobSettings(threads=threads).threads}
    return seeds.train_seeds(data, of_starts, several, directory, **how, progress=progress).network
