"""Access review: unusual access and what was done about it, and whose values were shown to whom."""

from __future__ import annotations

from collections import Counter

from assay.model import Level
from assay.report.papers.facts import Facts
from assay.report.papers.paper import Grid, Number, Paper, Part, listed
from assay.report.printable import counted

COLUMNS = ("when", "kind", "state", "who", "what", "on", "level", "why", "plan")


def access(facts: Facts) -> Paper:
    """The paper."""
    levels: dict[str, Level] = {}
    for each in facts.held:
        for name in (each.uri, each.store):
            if name not in levels or levels[name].rank < each.level.rank:
                levels[name] = each.level
    entries = sorted(facts.happened, key=lambda each: each.at, reverse=True)
    rows = tuple(
        (
            each.at.strftime("%Y-%m-%d %H:%M"), each.kind, each.state, each.who, each.what, listed(list(each.resources)),
            max((levels[name] for name in each.resources if name in levels), key=lambda level: level.rank, default=None),
            each.why, each.plan[:8] or None,
        )
        for each in entries
    )  # fmt: skip
    kinds = Counter(each.kind for each in entries)
    still = sum(each.kind == "incident" and each.state == "open" for each in entries)
    public = [] if facts.estate is None else [each for each in facts.estate if each.public and levels.get(each.uri, Level.PUBLIC).rank >= Level.INTERNAL.rank]  # fmt: skip
    parts = [
        Part(
            title="Unusual access, and values that were shown",
            said=(_said(kinds),),
            grid=Grid(name="access", columns=COLUMNS, rows=rows) if rows else None,
            is_bad=bool(still),
        )
    ]
    if public:
        parts.append(
            Part(
                title="Open to the public, and more than public",
                grid=Grid(
                    name="public",
                    columns=("resource", "level", "account", "region", "owner"),
                    rows=tuple((each.uri, levels[each.uri], each.account, each.region, each.owner) for each in public),
                ),
                is_bad=True,
            )
        )
    people = Counter(each.who for each in entries)
    if people:
        parts.append(Part(title="By whom", bars=tuple(people.most_common(20))))
    return Paper(
        name="access",
        title="Access review",
        about=facts.about,
        made_at=facts.made_at,
        numbers=(
            Number(title="Incidents", number=f"{kinds['incident']:,}", of=f"{still:,} still open", is_bad=bool(still)),
            Number(title="Values shown", number=f"{kinds['value shown']:,}", of="to stewards who asked for them"),
            Number(title="Refused", number=f"{kinds['value refused']:,}", of="requests to see a value"),
        ),
        parts=tuple(parts),
        limits=(
            "Unusual access is told by 'assay protect anomalies', which reads CloudTrail; what was taken up as an incident stands here.",
        ),
    )


def _said(kinds: Counter[str]) -> str:
    if not kinds:
        return "No incident was opened and no value was shown in this time. 'assay protect anomalies' looks for unusual access."
    return f"{counted(kinds['incident'], 'incident')}, {counted(kinds['value shown'], 'value')} shown to stewards, {kinds['value refused']:,} refused."
