"""Resource by resource: what is in it, where, and why it is thought so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from assay.model import ColumnRecord, Identifier, Level, band
from assay.report.printable import counted
from assay.report.snippets import SnippetOf, no_snippet
from assay.report.tally import Hits, ResourceTally, Tally
from assay.report.webpage.markup import Markup, name, table, tag, text
from assay.report.webpage.parts import Paths, badge, kind_of, only_member, place, share

_OPEN = 1
"""How many are open when the page is."""

_CHIPS = 5
_SHOWN_TYPES = 25
_SHOWN_COLUMNS = 60


def resources(
    tally: Tally,
    paths: Paths,
    identifiers: Mapping[str, Identifier],
    shown: int,
    snippet_of: SnippetOf = no_snippet,
) -> Iterator[Markup]:
    """The section: the `shown` worst resources, and how many more there are."""
    interesting = [resource for resource in tally.kept() if resource.is_interesting]
    more = max(0, len(interesting) - shown) + tally.dropped
    yield Markup('<section aria-labelledby="where">')
    yield tag("h2", "Where it was found", id="where")
    if not interesting:
        yield tag("p", _nothing(tally), class_="nothing") + Markup("</section>")
        return
    if more:
        yield tag(
            "p",
            f"The {shown:,} worst of {len(interesting) + tally.dropped:,} resources with findings are shown; "
            f"the other {more:,} are no more sensitive than these. --format csv, parquet or jsonl lists all.",
            class_="note",
        )
    if paths.below:
        yield tag("p", "Paths are below ", tag("bdi", paths.below, class_="path"), class_="faint")
    yield _filter(interesting[:shown])
    yield Markup('<ol id="resources">')
    for number, resource in enumerate(islice(interesting, shown)):
        yield _resource(resource, paths, identifiers, snippet_of, is_open=number < _OPEN)
    yield Markup("</ol></section>\n")


def _nothing(tally: Tally) -> str:
    if tally.gap_count:
        return "Nothing was found in what could be read."
    return "Nothing was found."


def _filter(shown: list[ResourceTally]) -> Markup:
    """Hidden until the script that it needs is there."""
    levels = [level for level in Level if any(resource.level == level for resource in shown)]
    return tag(
        "form",
        tag("label", "Search ", tag("input", type="search", name="text", placeholder="path, type or column")),
        tag(
            "label",
            "Level ",
            tag(
                "select",
                tag("option", "all", value=""),
                (tag("option", str(level), value=str(level)) for level in levels),
                name="level",
            ),
        ),
        tag(
            "label",
            "Order ",
            tag(
                "select",
                tag("option", "worst first", value="worst"),
                tag("option", "most findings", value="count"),
                tag("option", "path", value="path"),
                name="order",
            ),
        ),
        tag("button", "Open all", type="button", name="all"),
        tag("output", name="shown", role="status"),
        id="filter",
        role="search",
        aria_label="Resources",
        hidden=True,
    )


def _resource(
    resource: ResourceTally,
    paths: Paths,
    identifiers: Mapping[str, Identifier],
    snippet_of: SnippetOf,
    *,
    is_open: bool,
) -> Markup:
    hits = resource.worst_first()
    types = [found.identifier for found in hits]
    told = [column for column in resource.columns if column.detected_type is not None]
    types += dict.fromkeys(str(column.detected_type) for column in told if column.detected_type not in types)
    chips = [
        tag("li", kind_of(kind), f" {resource.hits[kind].count:,}" if kind in resource.hits else "")
        for kind in types[:_CHIPS]
    ]
    rest = len(types) - _CHIPS
    marks = [tag("li", "needs review", class_="mark")] if resource.needs_review else []
    marks += [] if resource.coverage.complete else [tag("li", "read in part", class_="mark")]
    return tag(
        "li",
        tag(
            "details",
            tag(
                "summary",
                badge(resource.level),
                tag("h3", paths.shown(resource.resource)),
                tag("ul", chips, tag("li", f"+{rest}") if rest > 0 else "", marks, class_="chips"),
            ),
            tag("p", resource.because, class_="because") if resource.because else "",
            _values(hits, resource, identifiers, snippet_of) if hits else "",
            _columns(told) if told else "",
            _rest(resource),
            open=is_open,
        ),
        data_level=str(resource.level),
        data_count=resource.count,
    )


def _values(
    hits: list[Hits], resource: ResourceTally, identifiers: Mapping[str, Identifier], snippet_of: SnippetOf
) -> Markup:
    heads = [
        ("Type", "type"),
        ("Level", ""),
        ("Findings", "number"),
        ("Confidence", ""),
        ("Where", "places"),
        ("Why", "why"),
    ]
    member = only_member(resource.resource)
    rows = []
    for found in hits[:_SHOWN_TYPES]:
        known = identifiers.get(found.identifier)
        rows.append(
            [
                kind_of(found.identifier) + (tag("span", known.title, class_="title") if known is not None else ""),
                badge(found.level),
                text(f"{found.count:,}"),
                text(_confidence(found)),
                _places(found, member, resource.resource, snippet_of),
                _evidence(found),
            ]
        )
    rest = hits[_SHOWN_TYPES:]
    more = ", ".join(f"{found.identifier} {found.count:,}" for found in rest)
    return table(heads, rows, "Findings by type") + (tag("p", f"… and {more}", class_="faint") if rest else "")


def _confidence(found: Hits) -> str:
    if found.test_values == found.count:
        return "test value"
    return f"{found.confidence:.2f} {band(found.confidence)}"


def _places(found: Hits, member: str, resource: str, snippet_of: SnippetOf) -> Markup:
    more = found.count - len(found.places)
    return tag(
        "ul",
        (
            tag(
                "li",
                place(at, redacted, member),
                tag("span", name(said), class_="said") if (said := snippet_of(resource, at, redacted)) else "",
            )
            for at, redacted in found.places
        ),
        tag("li", f"and {more:,} more", class_="faint") if more else "",
    )


def _evidence(found: Hits) -> Markup:
    """Of the surest finding; the weights sum to its confidence."""
    return tag(
        "ul",
        (
            tag("li", tag("span", f"{weight:+z.2f}", class_="weight"), f" {signal} ", name(detail))
            for signal, detail, weight in found.evidence
        ),
    )


def _columns(columns: list[ColumnRecord]) -> Markup:
    several = len({column.table for column in columns}) > 1
    ordered = sorted(columns, key=lambda column: (-column.level.rank, -column.confidence))
    heads = [("Column", "type"), ("Level", ""), ("Type", ""), ("Confidence", ""), ("Why", "why")]
    rows = (
        [
            tag("code", (name(column.table), ".", Markup("<wbr>")) if several else "", name(column.column)),
            badge(column.level),
            kind_of(column.detected_type or ""),
            text(f"{column.confidence:.0f}\u00a0of\u00a0100\u00a0{column.confidence_level.lower()}"),
            name(column.detection_reason) + (tag("span", "needs review", class_="mark") if column.need_review else ""),
        ]
        for column in ordered[:_SHOWN_COLUMNS]
    )
    rest = len(ordered) - _SHOWN_COLUMNS
    more = (
        f"… and {counted(rest, 'more sensitive column')}; --format csv, parquet or jsonl lists all" if rest > 0 else ""
    )
    return table(heads, rows, "Sensitive columns") + (tag("p", more, class_="faint") if more else "")


def _rest(resource: ResourceTally) -> Markup:
    told = [
        ("Frameworks", ", ".join(resource.frameworks)),
        ("Recommended", ", ".join(policy.replace("_", " ").lower() for policy in resource.policies)),
        ("Read", "" if resource.coverage.complete else share(resource.coverage)),
    ]
    return tag("dl", (tag("div", tag("dt", title), tag("dd", said)) for title, said in told if said), class_="rest")
