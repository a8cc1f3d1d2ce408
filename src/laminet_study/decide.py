"""The studies with more seeds, which decide what the paper's number of seeds cannot (`make decide`).

Every study of the section `decide` is made with the seeds of the first look, and with those of the second if a claim
that it is behind is then still undecided.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from laminet_study import claims, design
from laminet_study.claims.statements import UNDECIDED
from laminet_study.design import Study


def studies(config: Mapping[str, Any]) -> dict[str, Study]:
    """The studies at both looks by 'decide/<seeds>/<name>', where their datasets are.

    Raises:
        InputError: an entry that is not a study.
    """
    made = {}
    for seeds in config["decide"]["looks"]:
        for study in design.studies(_at_look(config, seeds)):
            made[f"decide/{seeds}/{study.name}"] = study
    return made


def check(config: Mapping[str, Any]) -> None:
    """Check these studies as `design.check` does those of a configuration.

    Raises:
        InputError: the first fault.
    """
    if config["decide"]["studies"]:
        design.check(_at_look(config, config["decide"]["looks"][-1]))


def second_look(config: Mapping[str, Any], first: Path | str) -> list[str]:
    """The datasets of the second look, by their keys in `studies`: more seeds where `first` left a claim undecided.

    Args:
        config: the whole configuration.
        first: claims.json of the first look.

    Raises:
        InputError: an unreadable file.
    """
    verdicts = claims.verdicts_from_file(first)
    undecided = {claim.study for claim in claims.CLAIMS if verdicts.get(claim.id) == UNDECIDED}
    few, many = config["decide"]["looks"]
    names = [entry["name"] for entry in config["decide"]["studies"]]
    return [f"decide/{many if name in undecided else few}/{name}" for name in names]


def _at_look(config: Mapping[str, Any], seeds: int) -> dict[str, Any]:
    """The configuration with these studies alone, of so many seeds each."""
    entries = [{**entry, "seeds": seeds} for entry in config["decide"]["studies"]]
    return {**config, "studies": entries, "sensitivity": []}
