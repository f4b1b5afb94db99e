"""Which reports there are, and what each is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from assay.errors import UsageError
from assay.report.papers import residency
from assay.report.papers.access import access
from assay.report.papers.compliance import compliance
from assay.report.papers.coverage import coverage
from assay.report.papers.document import document
from assay.report.papers.executive import executive
from assay.report.papers.facts import Facts
from assay.report.papers.migration import migration
from assay.report.papers.paper import Paper
from assay.report.papers.pipeline import pipeline
from assay.report.papers.quality import quality
from assay.report.papers.retention import retention
from assay.report.papers.texts import document as as_object

SAYS = {
    "compliance": "by standard: what is held where, controls met, gaps, evidence, who approved",
    "residency": "regions against the laws of the people whose data it is, with suggested moves",
    "executive": "a summary for management, in plain words",
    "retention": "what is kept beyond its term",
    "access": "unusual access, explained, and values that were shown",
    "coverage": "what was not read, never scanned, of nobody",
    "pipeline": "a risk and a checklist for a new data pipeline, of its inputs",
    "migration": "datasets in waves, with a storage tier for each",
    "quality": "of models and reviewers",
}
"""What each report says."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a report is asked for besides its facts. `inputs` are those of a pipeline; `laws` those of residency."""

    frameworks: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    laws: Sequence[residency.Law] = ()


PAPERS: Mapping[str, Callable[[Facts, Choice], Paper]] = {
    "compliance": lambda facts, choice: compliance(facts, choice.frameworks),
    "residency": lambda facts, choice: residency.residency(facts, choice.laws),
    "executive": lambda facts, _: executive(facts),
    "retention": lambda facts, _: retention(facts),
    "access": lambda facts, _: access(facts),
    "coverage": lambda facts, _: coverage(facts),
    "pipeline": lambda facts, choice: pipeline(facts, choice.inputs),
    "migration": lambda facts, _: migration(facts),
    "quality": lambda facts, _: quality(facts),
}
"""Each report by its name."""


def written(paper: Paper, kind: str, *, version: str) -> bytes:
    """The report as `html`, `json` or `pdf`. Raises `UsageError` where a library is missing."""
    if kind == "html":
        return "".join(document(paper, version=version)).encode()
    if kind == "pdf":
        from assay.sinks.paperpdf import pdf  # ReportLab: only where it is asked for

        return pdf(paper, version=version)
    return orjson.dumps(as_object(paper), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def made(name: str, facts: Facts, choice: Choice) -> Paper:
    """The report. Raises `UsageError` for a pipeline of which nothing is known."""
    if name == "pipeline":
        if not choice.inputs:
            raise UsageError(
                "a pipeline has inputs; name them: assay report pipeline s3://lake/orders postgresql://db/shop"
            )
        unknown = [one for one in choice.inputs if not any(_is_of(each.uri, one) for each in facts.held)]
        if unknown:
            raise UsageError(f"nothing is known of {', '.join(unknown)}; scan it first, with the same --catalog")
    return PAPERS[name](facts, choice)


def _is_of(uri: str, one: str) -> bool:
    return uri == one or uri.startswith(f"{one.rstrip('/')}/")
