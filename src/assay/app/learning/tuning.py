"""Reviewed columns → a proposal for the configuration: thresholds of identifiers, words, weights of the methods.

Every change that could mend what reviewers found wrong is tried on all reviewed columns, by what is stored of them. One is
proposed only if it mends clearly more than it breaks. Nothing is written: `assay governance try` and `import` take the rows.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.app.governing.governance import Configuration
from assay.app.learning.samples import column_said
from assay.app.scan.comparing import Side
from assay.errors import UsageError
from assay.learn.columns import HARMLESS, features_of_columns, shares_of
from assay.learn.linear import LinearModel
from assay.learn.split import folds
from assay.learn.train import check, train
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier
from assay.model.learning import Sample
from assay.model.review import JUDGED
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.sketches import StoredTable, stored_tables
from assay.tables.configuration import Row
from assay.tables.judge import LearnedMethod, TableJudge, named
from assay.tables.meaning import Meaning

FEWEST = 10
_ROUNDS = 12
_BEYOND = 3
_NOISE = 0.05
_WEIGHTS = (0.1, 0.2, 0.4, 0.6, 1.0)
_FOLDS = 5
_WEIGHT, _THRESHOLD, _KEYWORD = "SENSITIVITY_WEIGHTS", "SENSITIVITY_THRESHOLDS", "SENSITIVE_KEYWORDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row that is proposed, how many reviewed columns it mends and breaks beyond those before it, and why in words."""

    table: str
    row: Row
    mends: int
    breaks: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What is proposed. `wrong` of `reviewed` columns are told otherwise than reviewers said now, `left` with the proposal."""

    reviewed: int
    wrong: int
    left: int
    steps: tuple[Step, ...]

    @property
    def rows(self) -> dict[str, list[Row]]:
        """The rows, by table: the last one of a row that was changed twice."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for step in self.steps:
            found[step.table][next(iter(step.row.values()))] = step.row
        return {table: list(rows.values()) for table, rows in found.items()}


@dataclass(slots=True, kw_only=True)
class Reviewed:
    """A table of which columns were decided: what was said of them by name, and what the learned model says that has not
    seen this table."""

    stored: StoredTable
    sketches: list[ColumnSketch]
    said: Mapping[str, str]
    meanings: list[Meaning] | None = None
    learned: Sequence[Mapping[str, float]] | None = None
    records: dict[str, ColumnRecord] = field(default_factory=dict)


def tuned(
    catalog: Catalog,
    configuration: Configuration,
    identifiers: Sequence[Identifier],
    *,
    learns: bool = False,
    learned: LearnedMethod | None = None,
) -> Tuned:
    """What the configuration should be, as far as reviews tell; `learns` says that scans use a model of columns that was trained,
    `learned` is what they use. Raises `UsageError` where too few columns were decided."""
    tables = list(reviewed(catalog))
    number = sum(len(each.said) for each in tables)
    if number < FEWEST:
        raise UsageError(f"{number} columns were decided; at least {FEWEST} are needed: see 'assay review list'")
    if learns:
        _vote(tables)
    for each in tables:
        if each.learned is None:
            each.learned = [{} for _ in each.sketches]
    judging = _Judging.of(configuration, identifiers, tables, learned)
    before = judging.wrong()
    steps: list[Step] = []
    wrong = before
    for _ in range(_ROUNDS):
        best = judging.best(wrong)
        if best is None:
            break
        step, configured, wrong = best
        steps.append(step)
        judging.take(configured)
    return Tuned(reviewed=number, wrong=len(before), left=len(wrong), steps=tuple(steps))


def reviewed(catalog: Catalog) -> Iterator[Reviewed]:
    with catalog.reading() as connection:
        decided = column_said(reviews.items(connection, states=JUDGED, kinds=("column",)))
        for stored in stored_tables(connection):
            sketches = [sketch for _, sketch in stored.columns if sketch is not None]
            said = {
                sketch.name: label
                for sketch in sketches
                if (label := decided.get((stored.resource, stored.table, sketch.name))) is not None
            }
            if said and len(sketches) == len(stored.columns):
                yield Reviewed(stored=stored, sketches=sketches, said=said)


def _vote(tables: Sequence[Reviewed]) -> None:
    """What a model says that was trained with the other tables: one that has seen a decision says nothing of its worth."""
    features = [features_of_columns(each.sketches, each.stored.table) for each in tables]
    samples = [
        [
            Sample(features=told, label=each.said[sketch.name], weight=1.0, group="", provenance="review")
            for sketch, told in zip(each.sketches, found, strict=True)
            if sketch.name in each.said
        ]
        for each, found in zip(tables, features, strict=True)
    ]
    for held in folds([""] * len(tables), [""] * len(tables), number=min(_FOLDS, len(tables))):
        rest = [sample for at, mine in enumerate(samples) if at not in set(held) for sample in mine]
        model = _model(rest)
        for at in held:
            tables[at].learned = [shares_of(model, told) for told in features[at]] if model is not None else None


def _model(samples: Sequence[Sample]) -> LinearModel | None:
    try:
        check(samples)
    except UsageError:
        return None
    return train(samples)


_Wrong = frozenset[tuple[int, str]]


@dataclass(slots=True, kw_only=True)
class _Judging:
    """Judges the reviewed tables under configurations that differ from one another in one row."""

    configuration: Configuration
    identifiers: Sequence[Identifier]
    tables: Sequence[Reviewed]
    judge: TableJudge
    learned: LearnedMethod | None = None

    @classmethod
    def of(
        cls,
        configuration: Configuration,
        identifiers: Sequence[Identifier],
        tables: Sequence[Reviewed],
        learned: LearnedMethod | None,
    ) -> _Judging:
        made = cls(
            configuration=configuration,
            identifiers=identifiers,
            tables=tables,
            judge=Side.of(configuration.governance, identifiers, learned).judge,
            learned=learned,
        )
        for each in tables:
            each.meanings = made.judge.meanings(named(each.sketches), each.stored.table)
        made._keep(made.judge)
        return made

    def wrong(self) -> _Wrong:
        """Columns that are told otherwise than was said."""
        return frozenset(
            (at, name)
            for at, each in enumerate(self.tables)
            for name, said in each.said.items()
            if (each.records[name].detected_type or HARMLESS) != said
        )

    def take(self, configuration: Configuration) -> None:
        """Goes on from a configuration."""
        self.configuration = configuration
        self.judge = Side.of(configuration.governance, self.identifiers, self.learned).judge
        self._keep(self.judge)

    def best(self, wrong: _Wrong) -> tuple[Step, Configuration, _Wrong] | None:
        """The change that mends most beyond what it breaks; `None` where none does so beyond noise."""
        found: tuple[Step, Configuration, _Wrong] | None = None
        for table, row, concerns, why in self._candidates(wrong):
            after = self.configuration.proposed({table: [row]})
            still = self._wrong_under(after.governance, table, concerns, wrong)
            mends, breaks = len(wrong - still), len(still - wrong)
            if mends - breaks < _BEYOND or _chance(mends, breaks) > _NOISE:
                continue
            if found is None or mends - breaks > found[0].mends - found[0].breaks:
                found = Step(table=table, row=row, mends=mends, breaks=breaks, why=why), after, still
        return found

    def _wrong_under(self, governance: Governance, table: str, concerns: str | None, wrong: _Wrong) -> _Wrong:
        """What would be wrong; only tables are judged again that hold what the change concerns."""
        if table == _KEYWORD:
            judge = Side.of(governance, self.identifiers, self.learned).judge
        else:
            judge = TableJudge(
                identifiers=self.judge.identifiers,
                names=self.judge.names,
                governance=governance,
                semantic=self.judge.semantic,
                learned=self.learned,
            )
        still = set()
        for at, each in enumerate(self.tables):
            if concerns is not None and all(item.detected_type != concerns for item in each.records.values()):
                still |= {(place, name) for place, name in wrong if place == at}
                continue
            records = records_of(judge, each)
            still |= {
                (at, name) for name, said in each.said.items() if (records[name].detected_type or HARMLESS) != said
            }
        return frozenset(still)

    def _candidates(self, wrong: _Wrong) -> Iterator[tuple[str, Row, str | None, str]]:
        """Rows that could mend something: table, row, the identifier that alone is concerned, and why."""
        over: dict[str, list[float]] = defaultdict(list)
        words: Counter[tuple[str, str]] = Counter()
        for at, name in wrong:
            record = self.tables[at].records[name]
            if record.detected_type is None:
                continue
            over[record.detected_type].append(record.confidence / 100)
            words.update((record.detected_type, hint) for hint in record.token_hits)
        for identifier, scores in sorted(over.items()):
            for share in sorted({math.ceil(score * 100) / 100 for score in scores if score < 1}):
                row = {
                    "THRESHOLD_ID": f"learned-{identifier.lower().replace('_', '-')}",
                    "CATEGORY": identifier,
                    "VALUE": share,
                    "APPLIES_TO": "DETECTION",
                    "DESCRIPTION": "from reviews",
                    "IS_ACTIVE": True,
                }
                yield _THRESHOLD, row, identifier, f"reviewers said that {identifier} below {share} is none"
        ids = {(word.identifier, word.keyword.casefold()): word.id for word in self.configuration.governance.keywords}
        for (identifier, hint), count in sorted(words.items()):
            known = ids.get((identifier, hint.casefold()))
            if count >= _BEYOND and known is not None:
                why = f"reviewers said that columns named by the word '{hint}' hold no {identifier}"
                yield _KEYWORD, {"KEYWORD_ID": known, "IS_ACTIVE": False}, identifier, why
        for source, now in sorted(self.configuration.governance.weights.items()):
            for weight in _WEIGHTS:
                if weight != now:
                    row = {"WEIGHT_ID": source, "WEIGHT": weight}
                    yield _WEIGHT, row, None, f"{source} agrees {'more' if weight > now else 'less'} with reviewers"

    def _keep(self, judge: TableJudge) -> None:
        for each in self.tables:
            each.records = records_of(judge, each)


def records_of(judge: TableJudge, each: Reviewed) -> dict[str, ColumnRecord]:
    found, _ = judge.records(
        each.sketches,
        resource=each.stored.resource,
        table=each.stored.table,
        meanings=each.meanings,
        learned=each.learned,
    )
    return {record.column: record for record in found}


def _chance(mends: int, breaks: int) -> float:
    """How probable so many of the changed columns would be mended if it were a toss of a coin.

    >>> round(_chance(5, 0), 4), round(_chance(4, 3), 2)
    (0.0312, 0.5)
    """
    number = mends + breaks
    return float(sum(math.comb(number, hits) for hits in range(mends, number + 1)) / 2**number)


def as_file(found: Tuned) -> str:
    """The rows as a file that `assay governance try --file` and `import` read."""
    import yaml

    return yaml.safe_dump(found.rows, sort_keys=False, allow_unicode=True)


def said_of(steps: Iterable[Step]) -> list[str]:
    """Each step in a line."""
    return [f"{step.table}: {step.why} (mends {step.mends}, breaks {step.breaks})" for step in steps]
