"""Quality of models and reviewers: how often detection was right as people judged it, who judged, and what was trained."""

from __future__ import annotations

from assay.report.papers.facts import Facts
from assay.report.papers.paper import Grid, Number, Paper, Part
from assay.report.printable import counted

COLUMNS = (
    "identifier",
    "right",
    "wrong",
    "not judged",
    "precision",
    "at least (95 %)",
    "at most (95 %)",
    "median hours",
)


def quality(facts: Facts) -> Paper:
    """The paper."""
    rows = tuple(
        (each.identifier, each.right, each.wrong, each.unjudged, each.precision, each.low, each.high, each.hours)
        for each in sorted(
            facts.precision, key=lambda each: (each.precision if each.precision is not None else 2, each.identifier)
        )
    )
    all_of = facts.together
    judged = 0 if all_of is None else all_of.right + all_of.wrong
    share = "–" if all_of is None or all_of.precision is None else f"{all_of.precision:.0%}"
    span = (
        ""
        if all_of is None or all_of.low is None or all_of.high is None
        else f", {all_of.low:.0%} to {all_of.high:.0%}"
    )
    people = tuple((each.name, each.answers, each.rejected, each.hours) for each in facts.judges)
    models = tuple(
        (each.kind, each.at.strftime("%Y-%m-%d"), each.outcome, each.version, each.told, each.by)
        for each in facts.models
    )
    return Paper(
        name="quality",
        title="Quality of models and reviewers",
        about=facts.about,
        made_at=facts.made_at,
        numbers=(
            Number(title="Right, as judged", number=share, of=f"of {counted(judged, 'answer')}{span}"),
            Number(title="Wait", number=f"{facts.waiting:,}", of="questions", is_bad=bool(facts.waiting)),
            Number(title="Reviewers", number=f"{len(people):,}"),
            Number(title="Models trained", number=f"{len(models):,}", of="by workers and by hand"),
        ),
        parts=(
            Part(
                title="Precision by identifier",
                said=() if rows else ("Nobody has judged a finding yet.",),
                grid=Grid(name="precision", columns=COLUMNS, rows=rows) if rows else None,
            ),
            Part(
                title="Reviewers",
                grid=Grid(name="reviewers", columns=("who", "answers", "rejected", "median hours"), rows=people) if people else None,
                said=() if people else ("No answers in this time.",),
            ),
            Part(
                title="Models",
                grid=Grid(name="models", columns=("kind", "when", "outcome", "version", "how good", "by"), rows=models) if models else None,
                said=() if models else ("No model was trained by a worker. 'assay learn models' lists all versions.",),
            ),
            Part(
                title="Rollout phases",
                said=tuple(f"{scope}: {phase}" for scope, phase in facts.phases.items()) or ("Everything is in pilot: nothing is applied without a person.",),
            ),
        ),
        limits=("Precision is of what people were asked about, which is what was uncertain: of the rest it says little.",),
    )  # fmt: skip
