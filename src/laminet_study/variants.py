"""Variants of the configuration: another RVE, other data, materials, loads or settings than the study's own.

A variant is a partial configuration merged over the whole. Only the stages whose settings differ are computed again;
their files are in `<folder>/variants/<variant>/`, all others are shared with the configuration itself or with an
earlier variant that has the same settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from laminet_study import cells

DEFAULT = "default"
"""Name of the configuration itself among the variants."""

ELASTIC_KEYS = ("seed", "samples", "validation", "sampling")
"""Keys of `data` that the elastic data depend on: how many jobs compute them does not matter."""


@dataclass(frozen=True)
class Variant:
    """A configuration, and the folder of each stage's files below the study's: "" or "variants/<name>/".

    Attributes:
        name: DEFAULT, or the key in `variants`.
        config: the merged configuration.
        rve: where its RVE is.
        elastic: where its elastic data and the networks trained on them are.
        online: where its networks' online files are.
        materials: where each composite's materials are, by composite.
        references: where each composite's reference is, by composite.
    """

    name: str
    config: Mapping[str, Any]
    rve: str
    elastic: str
    online: str
    materials: Mapping[str, str]
    references: Mapping[str, str]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` merged into `base` as Snakemake merges configuration files: mappings key by key, all else replaced.

    A cell of another kind replaces the section `rve`, because the keys of one kind do not apply to another.
    """
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            another = key == "rve" and cells.is_another(before, value)
            value = value if another else merged(before, value)
        result[key] = value
    return result


def variants(config: Mapping[str, Any]) -> dict[str, Variant]:
    """Every variant by its name, the configuration itself first."""
    configs = {DEFAULT: config} | {name: merged(config, over) for name, over in config.get("variants", {}).items()}
    owners: list[tuple[Any, str]] = []  # settings of a stage -> where its files are; few, and no hash for mappings

    def place(name: str, *settings: Any) -> str:
        owners.append((settings, "" if name == DEFAULT else f"variants/{name}/"))
        return next(where for known, where in owners if known == settings)

    made = {}
    for name, whole in configs.items():
        rve, materials, loading, reference = (whole[key] for key in ("rve", "materials", "loading", "reference"))
        data = [whole["data"][key] for key in ELASTIC_KEYS]
        made[name] = Variant(
            name=name,
            config=whole,
            rve=place(name, "rve", rve),
            elastic=place(name, "elastic", rve, data),
            online=place(
                name, "online", rve, data, materials, loading, reference, whole["online"], whole["evaluation"]
            ),
            materials={label: place(name, "materials", label, entry) for label, entry in materials.items()},
            references={
                label: place(name, "reference", label, rve, entry, loading, reference)
                for label, entry in materials.items()
            },
        )
    return made


def name(place: str) -> str:
    """Name of the variant whose files are at a place."""
    return place.removeprefix("variants/").removesuffix("/") or DEFAULT
