"""The page of calibration and its diagrams, from what `benchmarks.identifiers.calibrate` measured."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MEASURED = Path(__file__).parent.parent / "benchmarks" / "identifiers" / "reliability.csv"
_PANEL, _GAP, _EDGE = 220, 70, 46
_INK = {"light": ("#ffffff", "#1f2328", "#d0d7de", "#0969da"), "dark": ("#0d1117", "#e6edf3", "#30363d", "#58a6ff")}
_TITLES = {
    ("generated", "checked"): "a check holds, generated",
    ("generated", "form"): "by form alone, generated",
    ("generated", "secrets"): "credentials, generated",
    ("packages", "secrets"): "credentials, in packages",
}
_INTRO = """\
# How often a confidence is right

A confidence is the sum of its evidence. It is made so that thresholds, bands and phases of a rollout mean the same for every
identifier, and it is **not** replaced by a probability: how often findings are right depends on what else lies in a store, and on
values that others make, in generated texts, nearly all findings from 0.5 on are right, while of credentials in packages those between 0.7
and 0.9 are right 8 or 9 times in 10. One number for both would be wrong in one of them, and would move thresholds that people
have set.

What was measured stands **beside** the confidence where a finding is explained (`assay text`, `assay explain`):

```console
$ assay text "SSN 536 90 4399"
1:5    SSN  5*********9
       restricted, PII, confidence 0.90 (high)
       …
       without the word 'ssn' near: 0.35, not told
       like it, right: over 99% in generated texts
```

As JSON it is `measured` (`generated`, `packages`); nothing else depends on it. The table that is shipped,
[`calibration.csv`](../src/assay/detect/calibration.csv), has one rising curve for each family (isotonic, in pools of at least 40 findings, or fewer
where there are no more), fitted on the half for development of [the labelled texts](quality-identifiers.md), and one on the credentials in packages that
were judged ([secrets.md](secrets.md)). Families: *secrets*; *checked*, where a check digit or another check of the value holds; *form*, the rest.

<picture><source media="(prefers-color-scheme: dark)" srcset="reliability-dark.svg"><img alt="Reliability: share of findings that were right, by confidence, for each family" src="reliability-light.svg"></picture>

Dots are findings as their confidence has them, rings as the fitted table does; on the line, what is told is what is true. Below 0.5 nothing is told by default: most of that is
values without a word that says what they are.
"""
_AFTER = """\
Generated is the final half, which the curves were not fitted on: in bands with findings the fitted share is within 0.05 of what was right, but for credentials below 0.7 (three of six). Packages
are the judged files of this machine, and the curve of packages was fitted on the same files, since there are no others; 229 findings are few. The
mean of *fitted* there is that of the generated curve: it shows how far one corpus misleads about another.

Not measured: how often personal data found in text of others is right, by confidence. [False findings](false-findings.md) of it were counted, right ones were not.

```sh
python -m benchmarks.identifiers.calibrate fit
python -m benchmarks.identifiers.calibrate measure
```
"""


class Band(NamedTuple):
    """Findings of one corpus, family and band of confidence."""

    low: float
    high: float
    findings: int
    right: int
    confidence: float
    calibrated: float


def calibration_page(made: str) -> str:
    """The table, under its diagrams."""
    lines = [made, "", _INTRO, "| corpus | family | confidence | findings | right | share | mean confidence | fitted |"]
    lines.append("|---|---|---|---:|---:|---:|---:|---:|")
    for (corpus, family), bands in _bands().items():
        for band in bands:
            share = band.right / band.findings
            lines.append(
                f"| {corpus} | {family} | {band.low:g}–{band.high:g} | {band.findings} | {band.right} | {share:.2f} | "
                f"{band.confidence:.2f} | {band.calibrated:.2f} |"
            )
    return "\n".join([*lines, "", _AFTER])


def reliability(theme: str) -> str:
    """The diagrams as SVG, for light or dark pages."""
    paper, ink, rule, mark = _INK[theme]
    panels = list(_bands().items())
    width, height = _EDGE + len(panels) * (_PANEL + _GAP), _PANEL + 2 * _EDGE + 10
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="sans-serif" font-size="12" fill="{ink}">'
        ),
        f'<rect width="{width}" height="{height}" fill="{paper}"/>',
    ]
    for number, (key, bands) in enumerate(panels):
        parts += _panel(_TITLES[key], bands, _EDGE + number * (_PANEL + _GAP), (ink, rule, mark))
    return "\n".join([*parts, "</svg>", ""])


def _panel(title: str, bands: list[Band], left: int, inks: tuple[str, str, str]) -> Iterator[str]:
    ink, rule, mark = inks
    bottom = _EDGE + _PANEL
    yield f'<text x="{left}" y="{_EDGE - 14}" font-weight="bold">{title}</text>'
    for tenth in range(0, 11, 2):
        x, y = left + _PANEL * tenth / 10, bottom - _PANEL * tenth / 10
        yield f'<path d="M{left} {y:.1f}H{left + _PANEL}M{x:.1f} {_EDGE}V{bottom}" stroke="{rule}" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tenth / 10:g}</text>'
        yield f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10:g}</text>'
    yield f'<path d="M{left} {bottom}L{left + _PANEL} {_EDGE}" stroke="{ink}" stroke-dasharray="4 4" fill="none"/>'
    yield f'<text x="{left + _PANEL / 2}" y="{bottom + 34}" text-anchor="middle">confidence; share that was right upwards</text>'
    for band in bands:
        y = bottom - _PANEL * band.right / band.findings
        size = min(9.0, 3 + band.findings**0.5 / 6)
        said = f"<title>{band.right} of {band.findings} right</title>"
        yield f'<circle cx="{left + _PANEL * band.confidence:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{mark}">{said}</circle>'
        x = left + _PANEL * band.calibrated
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="none" stroke="{mark}" stroke-width="1.5"/>'


def _bands() -> dict[tuple[str, str], list[Band]]:
    bands: dict[tuple[str, str], list[Band]] = {}
    with MEASURED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            bands.setdefault((row["corpus"], row["family"]), []).append(
                Band(
                    float(row["low"]), float(row["high"]), int(row["findings"]), int(row["right"]),
                    float(row["mean_confidence"]), float(row["mean_calibrated"]),
                )
            )  # fmt: skip
    return bands
