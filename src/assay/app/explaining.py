"""What is known of one resource, or one column of it, gathered to be explained: from the catalog, or by scanning it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from assay.app.settings import Settings
from assay.errors import UsageError
from assay.model import (
    Classification,
    ColumnRecord,
    ColumnSketch,
    Finding,
    Gap,
    Governance,
    Identifier,
    Skip,
    Summary,
    TableRecord,
)
from assay.model.options import ScanOptions
from assay.model.review import Applied, Override, QueueItem, Subject
from assay.review.explain import Explanation, explain_column
from assay.sources.file import file_uri
from assay.store.engine import Catalog

MOST_COLUMNS = 2_000
_PER_IDENTIFIER = 2
_CANDIDATE = 0.1
_FINDINGS = 1_000


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What is known of one resource. `source` says where from. `findings` are a few of each identifier with evidence of
    their own, `counts` how many there are; `candidates` are a few of what stayed below `least`, the confidence from which
    findings count."""

    resource: str
    source: str
    classification: Classification | None = None
    columns: list[tuple[ColumnRecord, ColumnSketch | None]] = field(default_factory=list)
    tables: list[TableRecord] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    candidates: list[Finding] = field(default_factory=list)
    least: float = 0.5
    counts: Counter[str] = field(default_factory=Counter)
    omitted: list[Gap | Skip] = field(default_factory=list)
    test_values: int = 0
    overrides: tuple[Override, ...] = ()
    items: dict[str, QueueItem] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()

    def take(self, finding: Finding) -> None:
        """One more finding; the surest few of each identifier are kept."""
        self.counts[finding.identifier] += 1
        _keep_surest(self.findings, finding)


def _keep_surest(kept: list[Finding], finding: Finding) -> None:
    same = [each for each in kept if each.identifier == finding.identifier]
    if any(each.evidence == finding.evidence for each in same):
        return
    if len(same) < _PER_IDENTIFIER:
        kept.append(finding)
        return
    least = min(same, key=lambda each: each.confidence)
    if finding.confidence > least.confidence:
        kept[kept.index(least)] = finding


def split_column(given: str, is_resource: bool) -> tuple[str, str | None]:
    """`RESOURCE:COLUMN` as its two parts. What is a resource as a whole has no column.

    >>> split_column("shop.csv:ssn", False), split_column("postgresql://host/shop", False)
    (('shop.csv', 'ssn'), ('postgresql://host/shop', None))
    """
    head, colon, column = given.rpartition(":")
    if is_resource or not colon or not head or "/" in column:
        return given, None
    return head, column


def from_catalog(catalog: Catalog, resource: str, column: str | None) -> Gathered:
    """What the catalog holds of a resource. Raises `UsageError` for one, or a column, that it does not know."""
    from assay.store import lookups, reviews
    from assay.store.history import alike

    with catalog.reading() as connection:
        found = lookups.uris(connection, resource)
        if len(found) > 1:
            raise UsageError(f"{resource}: is the end of several resources: {', '.join(found[:5])}; give more of it")
        if not found:
            close = alike(connection, resource if "://" in resource else file_uri(os.path.abspath(resource)))
            hint = f"did you mean {close[0]}? Else " if close else ""
            raise UsageError(f"{resource}: is not in the catalog; {hint}scan it first, or explain it with --no-catalog")
        uri = found[0]
        gathered = Gathered(resource=uri, source="the catalog")
        gathered.classification = lookups.classification_now(connection, uri)
        kept = lookups.columns_of(connection, uri)
        gathered.columns = [(each.record, each.sketch) for each in kept[:MOST_COLUMNS]]
        gathered.tables = lookups.tables_of(connection, uri)
        for finding in lookups.findings_of(connection, uri, limit=_FINDINGS):
            gathered.take(finding)
        if gathered.classification is not None:
            gathered.counts = Counter(gathered.classification.identifiers)
        gathered.overrides = tuple(reviews.overrides(connection))
        gathered.items = {item.id: item for item in reviews.items(connection, resource=uri)}
    if column is not None:
        gathered.columns = _named(gathered.columns, column, uri)
    return gathered


def by_scanning(target: str, column: str | None, settings: Settings) -> Gathered:
    """What a scan of one resource finds now; nothing is kept. Raises `UsageError` where it is no single resource."""
    from assay.app.line import scan

    options = ScanOptions(min_confidence=settings.min_confidence, include_test_values=True, exclude=settings.exclude)
    gathered = Gathered(resource=target, source="a scan", least=settings.min_confidence)
    for record in scan([target], options, settings=settings):
        if isinstance(record, Finding):
            if record.test_value:
                gathered.test_values += 1
            else:
                gathered.take(record)
        elif isinstance(record, ColumnRecord):
            gathered.columns.append((record, None))
        elif isinstance(record, TableRecord):
            gathered.tables.append(record)
        elif isinstance(record, Gap | Skip):
            gathered.omitted.append(record)
        elif isinstance(record, Summary):
            break
        elif isinstance(record, Classification):
            if gathered.classification is not None:
                raise UsageError(f"{target}: holds more than one resource; name one of them, e.g. {record.resource}")
            gathered.classification = record
            gathered.resource = record.resource
    if column is not None:
        gathered.columns = _named(gathered.columns, column, target)
        return gathered
    # Again, for what was not sure enough: beside what counts it would change the classification.
    for record in scan([target], replace(options, min_confidence=_CANDIDATE), settings=settings):
        if isinstance(record, Finding) and record.confidence < gathered.least and not record.test_value:
            _keep_surest(gathered.candidates, record)
    return gathered


def explanations(gathered: Gathered, governance: Governance) -> list[Explanation]:
    """Each column's, in the order of the table."""
    from assay.app.reviewing import today

    found = []
    for record, sketch in gathered.columns:
        subject = Subject(kind="column", resource=record.resource, table=record.table, column=record.column)
        found.append(
            explain_column(
                record,
                governance=governance,
                sketch=sketch,
                overrides=gathered.overrides,
                item=gathered.items.get(subject.id),
                today=today(),
            )
        )
    return found


def hidden_by(gathered: Gathered, identifiers: Iterable[Identifier]) -> list[str]:
    """Overrides that speak of the resource as a whole or of identifiers in it, in words."""
    from assay.app.reviewing import today
    from assay.review.overrides import in_effect, said
    from assay.review.scopes import matches

    names = {identifier.name for identifier in identifiers}
    found = []
    for override in in_effect(gathered.overrides, today()):
        here = override.resource == gathered.resource and override.column is None
        there = override.path is not None and matches(override.path, gathered.resource)
        if here or there:
            of = override.identifier if override.identifier in names else ""
            found.append(f"{of or ''} {said(override)}".strip())
    return list(dict.fromkeys(found))


def _named(
    columns: Sequence[tuple[ColumnRecord, ColumnSketch | None]], column: str, resource: str
) -> list[tuple[ColumnRecord, ColumnSketch | None]]:
    wanted = column.casefold()
    found = [each for each in columns if each[0].column.casefold() == wanted]
    if not found:
        found = [each for each in columns if f"{each[0].table}.{each[0].column}".casefold() == wanted]
    if found:
        return found
    import difflib  # only errors need it

    names = list(dict.fromkeys(record.column for record, _ in columns))
    close = difflib.get_close_matches(column, names, n=1, cutoff=0.5)
    if close:
        hint = f"did you mean '{close[0]}'?"
    else:
        hint = f"there are {', '.join(names[:10])}" if names else "it has no columns"
    raise UsageError(f"{resource}: has no column '{column}'; {hint}")
