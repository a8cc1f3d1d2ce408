"""The claims of the paper, each judged by its rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from laminet.errors import InputError
from laminet_study import datasets
from laminet_study.claims import batches, dmn_or_imn, offline, regularisation, scale, schemes
from laminet_study.claims.verdicts import CONTROLS, NOT_TESTABLE, Claim, Evidence, Finding, NotTestable

MODULES = (batches, dmn_or_imn, offline, regularisation, schemes)
RULES = [value for module in MODULES for value in vars(module).values() if isinstance(value, Claim)]
CLAIMS = tuple(sorted(RULES, key=lambda claim: claim.id))
"""The 28 claims, in order."""


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and what the study says about it.

    Attributes:
        claim: the claim.
        finding: what the study says.
        figure: file that shows it, or None.
        sensitivity: whether its verdict depends on the variant, in words.
    """

    claim: Claim
    finding: Finding
    figure: str | None
    sensitivity: str = ""

    def as_json(self) -> dict[str, Any]:
        """The entry of claims.json."""
        return {
            "id": self.claim.id,
            "section": self.claim.section,
            "claim": self.claim.claim,
            "paper": self.claim.paper,
            "ours": "; ".join(self.finding.ours),
            "verdict": self.finding.verdict,
            "why": self.finding.why,
            "figure": self.figure,
            "sensitivity": self.sensitivity,
            "values": dict(self.finding.values),
        }


def judge(
    studies: Mapping[str, xr.Dataset], control: str = "stress", only: Sequence[int] | None = None
) -> list[JudgedClaim]:
    """Judge the claims.

    Args:
        studies: study datasets by name; whatever is missing makes the claims that need it not testable. Studies
            repeated in variants are left out here, see `sensitivities`.
        control: reading of 'uniaxial' that the verdicts use, "strain" or "stress".
        only: numbers of the claims to judge; None judges all.

    Raises:
        InputError: another control.
    """
    if control not in CONTROLS:
        raise InputError(f"control '{control}' is unknown; it must be {' or '.join(CONTROLS)}")
    studies, _ = datasets.split(studies)
    evidence, rows = Evidence(studies, control), []
    smaller = scale.differences(studies)
    for claim in CLAIMS:
        if only is not None and claim.id not in only:
            continue
        try:
            finding = claim.judge(evidence)
            if claim.study in smaller:
                finding = replace(finding, why=f"{finding.why}; the study is not at the paper's scale")
        except (NotTestable, InputError) as missing:
            finding = Finding(("no value",), NOT_TESTABLE, f"it cannot be tested with these data: {missing}")
        rows.append(JudgedClaim(claim, finding, f"{claim.figure}.pdf" if claim.study in studies else None))
    return rows
