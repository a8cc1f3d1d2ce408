"""The claims report as one self-contained page: no script, nothing loaded, readable on paper and on a phone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import TYPE_CHECKING

import xarray as xr

from laminet.study.claims import scale
from laminet.study.claims.verdicts import VERDICTS

if TYPE_CHECKING:
    from laminet.study.claims import Row

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
:root { color-scheme: light dark; --text: #1d2329; --soft: #59636e; --line: #d8dde3; --back: #ffffff; --panel: #f5f7f9;
  --reproduced: #1a7f4b; --partly: #8a6100; --not-reproduced: #b4322a; --not-testable: #5c6670; --warn: #fff3d1; }
@media (prefers-color-scheme: dark) { :root { --text: #e5e9ee; --soft: #9aa5b1; --line: #343c45; --back: #14181d;
  --panel: #1c2229; --reproduced: #4cc38a; --partly: #e0b145; --not-reproduced: #f1857c; --not-testable: #a3adb8;
  --warn: #3a3115; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.2rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; }
a { color: inherit; }
.soft, dt { color: var(--soft); }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts li { flex: 1 1 9rem; padding: .5rem .8rem; background: var(--panel); border-radius: .4rem;
  border-left: .3rem solid currentColor; }
.counts b { font-size: 1.5rem; margin-right: .4rem; }
.reproduced { color: var(--reproduced); } .partly { color: var(--partly); }
.not-reproduced { color: var(--not-reproduced); } .not-testable { color: var(--not-testable); }
.warning { background: var(--warn); border-radius: .4rem; padding: .6rem .9rem; }
.warning ul { margin: .3rem 0; padding-left: 1.2rem; }
article { display: grid; grid-template-columns: 2.2rem minmax(12rem, 1fr) minmax(16rem, 1.7fr); gap: .2rem 1rem;
  padding: .8rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
article > .id { color: var(--soft); text-align: right; }
article h3 { font-size: 1rem; margin: 0 0 .3rem; }
.verdict { font-weight: 600; }
.ours { margin: 0; padding: 0; list-style: none; font-size: .92rem; font-variant-numeric: tabular-nums; }
.ours li + li { color: var(--soft); font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: 0; font-size: .92rem; }
dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
@media (max-width: 44rem) { article { grid-template-columns: 2.2rem 1fr; } article > .found { grid-column: 2; } }
</style>
</head>
<body>
<h1>The paper's claims, judged by rule</h1>
<p class="soft">He, Wei, Hu, Mao, Wu: Systematic Performance Assessment of Deep Material Networks for Multiscale
Material Modeling (2026). Every claim is judged on our own data by a rule fixed beforehand.</p>
<ul class="counts">
$counts
</ul>
$warning
$sections
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


def page(rows: "Sequence[Row]", studies: Mapping[str, xr.Dataset]) -> str:
    """The whole page."""
    counts = Counter(row.finding.verdict for row in rows)
    return PAGE.substitute(
        counts="\n".join(
            f'<li class="{_class(verdict)}"><b>{counts[verdict]}</b>{SYMBOLS[verdict]} {verdict}</li>'
            for verdict in VERDICTS
        ),
        warning=_warning(scale.differences(studies)),
        sections="\n".join(_sections(rows)),
        sizes="\n".join(
            "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in vars(size).values()) + "</tr>"
            for size in scale.sizes(studies)
        ),
        provenance="\n".join(
            f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in scale.provenance(studies).items()
        ),
    )


def _sections(rows: "Sequence[Row]") -> list[str]:
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
    return (
        f'<article id="claim-{claim.id}"><div class="id">{claim.id}</div>\n'
        f'<div><h3>{escape(claim.claim)}</h3><div class="soft">Sec. {escape(claim.section)}{figure}</div></div>\n'
        f'<div class="found"><p>{verdict}: {escape(why)}</p>\n'
        f'<dl><dt>paper</dt><dd>{escape(claim.paper)}</dd><dt>ours</dt><dd><ul class="ours">{ours}</ul></dd></dl></div>'
        "</article>"
    )


def _warning(differences: Mapping[str, Sequence[str]]) -> str:
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
