"""What is known of one resource, or one column of it, gathered to be explained: from the catalog, or by scanning it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from assay.app.config.settings import Settings
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
from assay.report.spelling import Named, chosen, is_in_left_out, is_left_out
from assay.review.explain import Explanation, explain_column
from assay.store.engine import Catalog

MOST_COLUMNS = 2_000
_PER_IDENTIFIER = 2
_CANDIDATE = 0.1
_FINDINGS = 1_000


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What is known of one resource. `source` says where from. `findings` are a few of each identifier with evidence of
    their own, `counts` how many there are; `candidates` are a few of what stayed below `least`, the confidence from which
    findings count. `asked` is what was left out, as it was asked for."""

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
    named: Named | None = None
    asked: str | None = None

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


def from_catalog(catalog: Catalog, given: str) -> tuple[Gathered, bool]:
    """What the catalog holds of a resource, a table or columns that are named as `naming.meant` has it, and whether these are
    columns. Raises `UsageError` for what it does not know."""
    from assay.app.reviews.naming import left_out, meant
    from assay.store import lookups, reviews

    with catalog.reading() as connection:
        try:
            named = meant(connection, given)
        except UsageError:
            # What was left out has no records but that.
            if (omitted := left_out(connection, given)) is None:
                raise
            return _of_left_out(*omitted), False
        uri = named[0].resource
        if all(each.column is not None for each in named) and (omitted := left_out(connection, given)) is not None:
            # A table comes before the columns of others that are called as it is, also where it was left out.
            at, inside, items = omitted
            if at == uri and (tables := [item for item in items if is_left_out(inside, item.detail)]):
                return _of_left_out(uri, inside, tables), False
        gathered = Gathered(resource=uri, source="the catalog")
        gathered.classification = lookups.classification_now(connection, uri)
        kept = lookups.columns_of(connection, uri)
        gathered.columns = [(each.record, each.sketch) for each in kept]
        gathered.tables = lookups.tables_of(connection, uri)
        for finding in lookups.findings_of(connection, uri, limit=_FINDINGS):
            gathered.take(finding)
        if gathered.classification is not None:
            gathered.counts = Counter(gathered.classification.identifiers)
        gathered.omitted = list(lookups.left_out_of(connection, uri))
        gathered.overrides = tuple(reviews.overrides(connection))
        gathered.items = {item.id: item for item in reviews.items(connection, resource=uri)}
    return _narrowed(gathered, named)


def by_scanning(target: str, inside: str | None, settings: Settings) -> tuple[Gathered, bool]:
    """What a scan of one resource finds now, of all of it or of the table or columns that `inside` names, and whether these
    are columns; nothing is kept. Raises `UsageError` where it is no single resource, or has nothing that is named so."""
    from assay.app.reviews.naming import has_none
    from assay.app.scan.line import scan

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
    if inside is not None:
        known = [Named(each.resource, each.table_name) for each in gathered.tables]
        known += [Named(each.resource, each.table, each.column) for each, _ in gathered.columns]
        if not (named := chosen(inside, known)):
            if left := [item for item in gathered.omitted if is_in_left_out(inside, item.detail)]:
                return _of_left_out(gathered.resource, inside, left, gathered.source), False
            raise UsageError(f"{target}: {has_none(inside, known)}")
        left = [item for item in gathered.omitted if is_left_out(inside, item.detail)]
        if left and all(each.column is not None for each in named):
            return _of_left_out(gathered.resource, inside, left, gathered.source), False
        return _narrowed(gathered, named)
    # Again, for what was not sure enough: beside what counts it would change the classification.
    for record in scan([target], replace(options, min_confidence=_CANDIDATE), settings=settings):
        if isinstance(record, Finding) and record.confidence < gathered.least and not record.test_value:
            _keep_surest(gathered.candidates, record)
    return _narrowed(gathered, [Named(gathered.resource)])


def _of_left_out(resource: str, asked: str, omitted: Sequence[Gap | Skip], source: str = "the catalog") -> Gathered:
    """All that is known of a table or a column that was left out, or that could not be read."""
    gathered = Gathered(resource=resource, source=source, asked=asked)
    gathered.omitted = list(omitted)
    return gathered


def explanations(gathered: Gathered, governance: Governance) -> list[Explanation]:
    """Each column's, in the order of the table."""
    from assay.app.reviews.reviewing import today

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
    from assay.app.reviews.reviewing import today
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


def _narrowed(gathered: Gathered, named: Sequence[Named]) -> tuple[Gathered, bool]:
    """What is known of the tables or columns that are named alone, and whether these are columns."""
    pairs = {(each.table, each.column) for each in named}
    if (None, None) not in pairs:
        is_column = any(column is not None for _, column in pairs)
        gathered.columns = [
            each for each in gathered.columns if (each[0].table, each[0].column if is_column else None) in pairs
        ]
        gathered.tables = [each for each in gathered.tables if (each.table_name, None) in pairs]
        gathered.named = named[0]
        if not is_column:
            # What is known of the resource as a whole is not of the table.
            gathered.findings, gathered.counts, gathered.classification = [], Counter(), None
            gathered.omitted = [
                item
                for item in gathered.omitted
                if any(is_in_left_out(table, item.detail) for table, _ in pairs if table)
            ]
            gathered.items = {
                name: item for name, item in gathered.items.items() if (item.question.subject.table, None) in pairs
            }
        return gathered, is_column
    del gathered.columns[MOST_COLUMNS:]
    return gathered, False
