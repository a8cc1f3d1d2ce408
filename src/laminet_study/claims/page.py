"""The claims report as one self-contained page: no script, nothing loaded, readable on paper and on a phone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import TYPE_CHECKING

import xarray as xr

from laminet_study import pages
from laminet_study.claims import scale, sensitivity
from laminet_study.claims.verdicts import VERDICTS

if TYPE_CHECKING:
    from laminet_study.claims import Row
    from laminet_study.claims.sensitivity import Entry

SYMBOLS = dict(zip(VERDICTS, ("\u2713", "\u25d0", "\u2717", "?"), strict=True))

SECTIONS = {
    "2.2": "Parameters of the networks",
    "3.1": "Batch and data size",
    "A": "Batch and data size",
    "3.2": "Activation penalty",
    "3.3": "Training DMNs and IMNs",
    "4": "Training DMNs and IMNs",
    "3.4": "DMN online: residual stress",
    "3.5": "IMN online: fixed point or Newton",
    "3.6": "DMN and IMN online",
}
"""Heading by the first section a claim names."""

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The paper's claims</title>
<style>
$style
</style>
</head>
<body>
<h1>The paper's claims, judged by rule</h1>
<p class="soft">He, Wei, Hu, Mao, Wu: Systematic Performance Assessment of Deep Material Networks for Multiscale
Material Modeling (2026). Every claim is judged on our own data by a rule fixed beforehand.</p>
$counts
$warning
$sections
<h2>What depends on choices the paper leaves open</h2>
$sensitivity
<h2>What this is based on</h2>
<div class="scroll"><table>
<thead><tr><th>study</th><th>runs</th><th>seeds</th><th>epochs</th><th>design</th></tr></thead>
<tbody>
$sizes
</tbody>
</table></div>
<dl>
$provenance
</dl>
<h2>How verdicts come about</h2>
<p>A ratio that the paper gives as lo to hi: reproduced if our median lies in 0.8 lo to 1.25 hi, partly if it only
lies on the same side of 1. A rule of several parts: reproduced if all hold, partly if some do, not reproduced if none
does. Not testable: the data lack what the rule needs. Ratios are of medians over the seeds, and the median over the
depths is judged. ± is one standard deviation over the seeds; rank correlations are Spearman's, of the means.</p>
</body>
</html>
""")


def page(rows: "Sequence[Row]", studies: Mapping[str, xr.Dataset], entries: "Sequence[Entry]" = ()) -> str:
    """The whole page; `entries` are the claims judged in variants."""
    return PAGE.substitute(
        style=pages.style(),
        counts=counts(rows),
        warning=warning(scale.differences(sensitivity.split(studies)[0])),
        sections="\n".join(sections(rows)),
        sensitivity=_sensitivity(entries),
        sizes="\n".join(
            "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in vars(size).values()) + "</tr>"
            for size in scale.sizes(studies)
        ),
        provenance="\n".join(
            f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in scale.provenance(studies).items()
        ),
    )


def counts(rows: "Sequence[Row]") -> str:
    """List of the verdicts with their numbers."""
    number = Counter(row.finding.verdict for row in rows)
    items = "\n".join(
        f'<li class="{_class(verdict)}"><b>{number[verdict]}</b>{SYMBOLS[verdict]} {verdict}</li>'
        for verdict in VERDICTS
    )
    return f'<ul class="counts">\n{items}\n</ul>'


def sections(rows: "Sequence[Row]") -> list[str]:
    """Headings and claims: a heading where a claim belongs to another section than the one before."""
    parts, previous = [], None
    for row in rows:
        title = SECTIONS[row.claim.section.split(",")[0]]
        if title != previous:
            parts.append(f"<h2>{escape(title)}</h2>")
        previous = title
        parts.append(_claim(row))
    return parts


def _claim(row: "Row") -> str:
    claim, finding = row.claim, row.finding
    verdict = f'<span class="verdict {_class(finding.verdict)}">{SYMBOLS[finding.verdict]} {finding.verdict}</span>'
    figure = f' · <a href="{escape(row.figure)}">{escape(row.figure)}</a>' if row.figure else ""
    ours = "".join(f"<li>{escape(line)}</li>" for line in finding.ours)
    why = finding.why[:1].upper() + finding.why[1:] + "."
    depends = f"<dt>variants</dt><dd>{escape(row.sensitivity)}</dd>" if row.sensitivity else ""
    return (
        f'<article id="claim-{claim.id}"><div class="id">{claim.id}</div>\n'
        f'<div><h3>{escape(claim.claim)}</h3><div class="soft">Sec. {escape(claim.section)}{figure}</div></div>\n'
        f'<div class="found"><p>{verdict}: {escape(why)}</p>\n'
        f'<dl><dt>paper</dt><dd>{escape(claim.paper)}</dd><dt>ours</dt><dd><ul class="ours">{ours}</ul></dd>'
        f"{depends}</dl></div>"
        "</article>"
    )


def _sensitivity(entries: "Sequence[Entry]") -> str:
    """Table of claims by variant: a symbol for every verdict, framed where the default's on the same seeds differs."""
    if not entries:
        return "<p>No study was repeated in a variant; <code>make sensitivity</code> does that.</p>"
    variants = list(dict.fromkeys(entry.variant for entry in entries))
    found = {(entry.id, entry.variant): entry for entry in entries}
    head = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in variants)
    lines = []
    for number, entry in {entry.id: entry for entry in entries}.items():
        cells = [f"<td>{_symbol(entry.verdict_default)}</td>"]
        for variant in variants:
            cell = found.get((number, variant))
            mark = ' class="changes"' if cell and cell.changes else ""
            title = f' title="{escape(cell.ours, quote=True)}"' if cell else ""
            cells.append(f"<td{mark}{title}>{_symbol(cell.verdict) if cell else ''}</td>")
        lines.append(f'<tr><th scope="row"><a href="#claim-{number}">{number}</a></th>{"".join(cells)}</tr>')
    legend = ", ".join(f"{SYMBOLS[verdict]} {verdict}" for verdict in VERDICTS)
    return (
        f"<p>{legend}; framed where the verdict differs from the default's on the same seeds, empty where a claim's "
        "study was not repeated.</p>\n"
        f'<div class="scroll"><table>\n<thead><tr><th>claim</th><th>default</th>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(lines)
        + "\n</tbody></table></div>"
    )


def _symbol(verdict: str) -> str:
    return f'<span class="{_class(verdict)}" aria-label="{verdict}">{SYMBOLS[verdict]}</span>'


def warning(differences: Mapping[str, Sequence[str]]) -> str:
    """Box that says where the study is not the paper's; nothing if it is."""
    if not differences:
        return ""
    items = "".join(f"<li>{escape(f'{name}: ' + '; '.join(texts))}</li>" for name, texts in differences.items())
    return (
        '<div class="warning" role="note"><strong>Not at the paper\'s scale.</strong> Verdicts below do not judge the '
        f"paper where the study differs from it:<ul>{items}</ul></div>"
    )


def _class(verdict: str) -> str:
    return verdict.replace(" ", "-")
