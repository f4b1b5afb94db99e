"""How good a model is, as a page of its own: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_DRIFTED = {"outcome": "types that are told", "levels": "levels that are told", "features": "features"}
_STYLE = """
:root{color-scheme:light dark;--page:#fff;--text:#1d2733;--soft:#4a5663;--line:#dde3ea;--note:#eef4fb;--dot:#2f6fb0;--hit:#d8efdd;--miss:#fbe3df}
@media (prefers-color-scheme:dark){:root{--page:#15171a;--text:#e6e7e9;--soft:#a4a9b1;--line:#363b42;--note:#1c2733;--dot:#8fc0f0;--hit:#1f3d29;--miss:#4a2320}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:var(--text);background:var(--page)}
h1{font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;font-size:.88rem}td,th{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child{text-align:left}.advice{padding:.7rem 1rem;background:var(--note);border-left:4px solid var(--dot)}
.text td,.text th{text-align:left}.text td+td{overflow-wrap:anywhere}
.wide{overflow-x:auto}.hit{background:var(--hit)}.miss{background:var(--miss)}.confusion th+th{font-weight:500;vertical-align:bottom}
svg{max-width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}rect,line{stroke:var(--line)}line{stroke:var(--soft)}circle{fill:var(--dot)}
@media (max-width:600px){.text th{display:none}.text td{display:block;padding:.1rem 0;border:0}.text td:first-child{font-weight:600;margin-top:.8rem}}
"""


def page(told: Mapping[str, Any]) -> str:
    """The page of what `assay learn evaluate --format json` tells."""
    found = told["evaluation"]
    parts = [
        f"<h1>{escape(told['kind'])}: version {escape(told['version'])}</h1>",
        f'<p class="advice">{escape(told["advice"])}</p>',
        (
            f"<p>Macro-F1 <b>{found['macro_f1']:.3f}</b> (95 %: {found['interval'][0]:.3f} to {found['interval'][1]:.3f}), "
            f"accuracy {found['accuracy']:.3f}, calibration error (ECE) {found['ece']:.3f}, "
            f"on {found['samples']} documents or columns that were not trained with.</p>"
        ),
        "<h2>By class</h2>" + _classes(found["classes"]),
        "<h2>Confusion</h2><p>A row is what it is, a column what was told.</p>" + _confusion(found["confusion"]),
        "<h2>Calibration</h2><p>Of predictions of one confidence, the share that is right; on the line they agree.</p>"
        + _reliability(found["reliability"]),
        "<h2>What speaks for each class</h2>" + _top(told["top"]),
        "<h2>Drift</h2>" + _drift(told.get("drift")),
        "<h2>Learned from</h2>" + _table(("where from", "samples"), sorted(told["provenance"].items())),
    ]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(told["kind"])}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], kind: str = "") -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(_shown(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table class="{kind}"><tr>{heads}</tr>{lines}</table></div>'


def _shown(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _classes(classes: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (name, float(one["precision"]), float(one["recall"]), float(one["f1"]), one["samples"])
        for name, one in classes.items()
    ]
    return _table(("class", "precision", "recall", "F1", "samples"), rows)


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    names = list(next(iter(confusion.values())))
    # Names break where their words end.
    heads = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    lines = []
    for label, told in confusion.items():
        cells = "".join(
            f'<td class="{"hit" if name == label else "miss"}">{number}</td>' if number else "<td></td>"
            for name, number in told.items()
        )
        lines.append(f"<tr><td>{escape(label)}</td>{cells}</tr>")
    return f'<div class="wide" tabindex="0"><table class="confusion"><tr><th></th>{heads}</tr>{"".join(lines)}</table></div>'


def _reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    size, edge = 260, 36
    dots = "".join(
        f'<circle cx="{edge + one["confidence"] * size:.1f}" cy="{10 + (1 - one["right"]) * size:.1f}" '
        f'r="{min(14.0, 3 + one["samples"] ** 0.5 / 2):.1f}" fill-opacity=".65">'
        f"<title>{one['samples']} predictions</title></circle>"
        for one in bins
    )
    return (
        f'<svg width="{size + 60}" height="{size + 50}" viewBox="0 0 {size + 60} {size + 50}" role="img" aria-label="reliability diagram">'
        f'<rect x="{edge}" y="10" width="{size}" height="{size}" fill="none"/>'
        f'<line x1="{edge}" y1="{size + 10}" x2="{edge + size}" y2="10" stroke-dasharray="4 4"/>{dots}'
        f'<text x="{edge}" y="{size + 28}">0</text><text x="{edge + size - 6}" y="{size + 28}">1</text>'
        f'<text x="{edge + size / 2 - 30}" y="{size + 28}">confidence</text><text x="2" y="20">right</text></svg>'
    )


def _drift(found: Mapping[str, Any] | None) -> str:
    if found is None or found["outcome"] is None:
        return "<p>Too few documents were read lately, or before, to tell whether they have become others.</p>"
    rows: list[tuple[object, ...]] = [
        (name, float(found[key])) for key, name in _DRIFTED.items() if found[key] is not None
    ]
    moved = [(name, f"{before:.0%}", f"{now:.0%}") for name, before, now in found["moved"]]
    return (
        f"<p>{escape(found['said'].capitalize())}: {found['now']} documents of the last {found['days']} days against "
        f"{found['before']} before. Below 0.1 is none, from 0.25 on it is much.</p>"
        + _table(("population stability index of", ""), rows)
        + "<p>Features that moved most, in which share of documents they are:</p>"
        + _table(("feature", "before", "now"), moved)
    )


def _top(top: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = [
        (label, ", ".join(f"{one['feature']} ({one['weight']:+.2f})" for one in items)) for label, items in top.items()
    ]
    return _table(("class", "features with the weight of each"), rows, "text")
