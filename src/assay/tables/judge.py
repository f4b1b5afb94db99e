"""Judges the columns of tables (SPEC section 4), in the passes of `PASSES`.

Each method votes alone; one that cannot judge abstains, and does not vote 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from assay.detect.engine import Detector
from assay.detect.names import NameIndex, tokens
from assay.detect.phrases import is_telling, phrase
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, Level, TableRecord
from assay.tables import headers
from assay.tables.aggregate import table_record
from assay.tables.anonymity import QuasiIdentifiers
from assay.tables.bundles import boosted, bundles_of
from assay.tables.company import OWN, PERSONAL, at_home, plausible
from assay.tables.composite import PRESENT, Judged, composite
from assay.tables.empty import by_name_alone, named_alike
from assay.tables.governed import cia, frameworks, policies
from assay.tables.meaning import Meaning
from assay.tables.opined import OpinionMethod, opined
from assay.tables.reasons import harmless_reason, reason
from assay.tables.rules import NameRules, NameVote
from assay.tables.standing import stood
from assay.tables.values import LOOSE, ValueVote, votes

if TYPE_CHECKING:
    from assay.detect.cellscan import CellScanner

PASSES = ("rule", "pattern", "semantic", "ml", "composite", "record", "bundles", "standing", "opinions", "aggregate")
_ALSO = 0.5
_CLOSE = 0.05
_MOST = 0.5
_ANY_NAME = "name:"
SURE = 0.8
"""From which probability on what a learned model says makes a column reported, as one value does that surely proves itself."""
MEANT = 0.5
"""From which score the meaning of a column's name is reason enough to search its values for an identifier."""


class SemanticMethod(Protocol):
    """Tells what names of columns mean."""

    def meanings(self, columns: Sequence[tuple[str, str, str]]) -> list[Meaning]:
        """For each column (its name, its comment, its table's name)."""
        ...


class LearnedMethod(OpinionMethod, Protocol):
    """Tells what columns hold by what a model has learned of others, and what another takes those for of which nothing else tells."""

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> Sequence[Mapping[str, float]]:
        """For each column: identifier's NAME → how probable it is; what it abstains on is absent."""
        ...


@dataclass(slots=True, kw_only=True)
class TableJudge:
    """Judges columns by one rule set and one configuration. `names` are the words that the rule set was made with."""

    identifiers: Sequence[Identifier]
    names: NameIndex
    governance: Governance
    semantic: SemanticMethod | None = None
    learned: LearnedMethod | None = None
    by_name: dict[str, Identifier] = field(init=False)
    rules: NameRules = field(init=False)
    quasi: QuasiIdentifiers = field(init=False)
    _indexes: dict[str, int] = field(init=False)
    _scanner: CellScanner | None = None

    def __post_init__(self) -> None:
        self.by_name = {identifier.name: identifier for identifier in self.identifiers}
        self._indexes = {identifier.name: index for index, identifier in enumerate(self.identifiers)}
        self.rules = NameRules(identifiers=self.identifiers, names=self.names, governance=self.governance)
        self.quasi = QuasiIdentifiers(governance=self.governance)

    def scanner(self, detector: Detector) -> CellScanner:
        """What counts values of columns, made once for the detector of this process."""
        if self._scanner is None:
            from assay.detect.cellscan import CellScanner  # loads numpy: only for tables

            self._scanner = CellScanner(detector, today=_today())
        return self._scanner

    def called(self, columns: Sequence[str], table: str, rows: Sequence[Sequence[str]] = ()) -> tuple[str, ...]:
        """The phrases that columns are judged by, e.g. `conditions description` for a `description` of `conditions`.

        The first `rows` tell whether a column that is called `name` and no more holds names of persons.
        """
        phrases = tuple(phrase(column, table, self.names).text for column in self._bare(columns, table))
        person = self._indexes.get(headers.PERSON)
        if person is None:
            return phrases
        said = [self.names.match(text) for text in phrases]
        hints = [found.get(person) for found in said]
        known = ({self.identifiers[index].name: hint for index, hint in found.items()} for found in said)
        settled = headers.settled_among_places if headers.of_places(columns, known) else headers.settled
        return tuple(
            settled(text, hint, [row[at] for row in rows if at < len(row)])
            for at, (text, hint) in enumerate(zip(phrases, hints, strict=True))
        )

    def meanings(self, columns: Sequence[tuple[str, str]], table: str) -> list[Meaning] | None:
        """What the semantic method says of columns (name, comment); `None` without it."""
        if self.semantic is None:
            return None
        names = self._bare([name for name, _ in columns], table)
        return self.semantic.meanings(
            [(name, comment, table) for name, (_, comment) in zip(names, columns, strict=True)]
        )

    def _bare(self, columns: Sequence[str], table: str) -> list[str]:
        personal = [self._indexes[name] for name in OWN if name in self._indexes]
        bare = headers.bare_names(columns, table, self.names)
        return headers.of_persons(bare, table, self.names, personal)

    def meant(self, meanings: Sequence[Meaning] | None) -> list[dict[int, str]]:
        """For each column the identifiers that its name means, by their index, though no word of it says so."""
        if meanings is None:
            return []
        return [
            {
                self._indexes[name]: "meaning"
                for name, score in meaning.types.items()
                if score >= MEANT and name in self._indexes
            }
            for meaning in meanings
        ]

    def records(
        self,
        sketches: Sequence[ColumnSketch],
        *,
        resource: str,
        table: str,
        meanings: Sequence[Meaning] | None = None,
        learned: Sequence[Mapping[str, float]] | None = None,
    ) -> tuple[list[ColumnRecord], TableRecord]:
        """A record for every column, harmless ones included, and one for the table.

        `meanings` and `learned` are the votes of the semantic method and of a learned model, one for each sketch.
        """
        if learned is None and self.learned is not None:
            learned = self.learned.columns(sketches, table)
        written = headers.with_fields(sketches)
        sketches = headers.renamed(written, self._bare([sketch.name for sketch in written], table))
        held = [
            self.judged(
                sketch,
                table,
                meanings[number] if meanings is not None else None,
                learned[number] if learned is not None else None,
            )
            for number, sketch in enumerate(sketches)
        ]
        of_people = any(self._is_personal(judged, sketch) for judged, sketch in zip(held, sketches, strict=True))
        if of_people:
            held = [
                judged
                if any(self._is_sensitive(item, sketch) for item in judged)
                else self.judged(
                    sketch,
                    table,
                    meanings[number] if meanings is not None else None,
                    learned[number] if learned is not None else None,
                    among_people=True,
                )
                for number, (judged, sketch) in enumerate(zip(held, sketches, strict=True))
            ]
        held = at_home(plausible(held, sketches, table), sketches, written, of_people=of_people)
        columns = [
            self._record(sketch, judged, meanings[number] if meanings is not None else None, resource, table)
            for number, (judged, sketch) in enumerate(zip(held, written, strict=True))
        ]
        columns = [stood(record, self.governance) for record in self._bundled(columns)]
        if self.learned is not None:
            columns = opined(
                columns, sketches, self.learned, table=table, by_name=self.by_name, governance=self.governance
            )
        rows = max((sketch.rows for sketch in sketches), default=0)
        return columns, table_record(columns, resource=resource, table=table, rows=rows, policies=self._policies)

    def is_undecided(self, sketch: ColumnSketch, table: str, meaning: Meaning | None = None) -> bool:
        """Whether more rows might change what is held of a column."""
        judged = self.judged(sketch, table, meaning)
        return any(item.vote is not None and not item.vote.certain and not item.vote.sure for item in judged)

    def judged(
        self,
        sketch: ColumnSketch,
        table: str,
        meaning: Meaning | None = None,
        learned: Mapping[str, float] | None = None,
        *,
        among_people: bool = False,
    ) -> list[Judged]:
        """What is held of each identifier that any method speaks of, best first."""
        named = self.rules.votes(sketch.name, table)
        against, own = self.rules.against(sketch.name, table), self.rules.against(sketch.name, "")
        meant = {name for name, score in meaning.types.items() if score >= MEANT} if meaning is not None else set()
        valued = votes(
            sketch,
            {**dict.fromkeys(meant, ""), **{name: vote.hint for name, vote in named.items()}},
            self.by_name,
            among_people=among_people,
            is_unnamed=not is_telling(sketch.name, table),
        )
        is_of_a_thing = is_telling(sketch.name, table) or (meaning is not None and "PERSON_NAME" not in meaning.types)
        if is_of_a_thing and _is_weak(named.get("PERSON_NAME"), sketch.name):
            # A name, but of whom or what: the meaning of the words beside it says nothing of a person.
            del named["PERSON_NAME"]
            valued.pop("PERSON_NAME", None)
            valued.update(
                votes(
                    replace(sketch, hits={}, features=replace(sketch.features, hits={})),
                    {},
                    self.by_name,
                    is_unnamed=False,
                )
            )
        found = []
        for name in sorted({*named, *valued, *(learned or ())}):
            vote = valued.get(name)
            if name in self.by_name and vote is None and name not in (learned or ()):
                continue  # its type does not admit it
            if name in against and not (
                vote is not None and (vote.sure or (name not in own and vote.because == "lists"))
            ):
                continue
            found.append(self._judge(name, named.get(name), vote, meaning, learned))
        if sketch.is_empty:
            return by_name_alone(found, self.by_name)
        return sorted(found, key=lambda item: (-round(item.score, 4), _is_loose(item, sketch), *item.rank[1:]))

    def _judge(
        self,
        name: str,
        named: NameVote | None,
        vote: ValueVote | None,
        meaning: Meaning | None,
        learned: Mapping[str, float] | None,
    ) -> Judged:
        identifier = self.by_name.get(name)
        category = str(identifier.category) if identifier is not None else name
        scores: dict[str, float] = {}
        if named is not None:
            scores["rule"] = named.score
        if vote is not None and vote.score is not None:
            scores["pattern"] = vote.score
        if meaning is not None and (meant := meaning.of(name, category)) is not None:
            scores["semantic"] = meant
        if learned is not None and name in learned:
            scores["ml"] = learned[name]
        score = composite(scores, self.governance)
        if vote is not None and vote.sure:
            # Presence: one surely validated value makes the column reported, however rare it is.
            score = max(score, PRESENT)
        if scores.get("ml", 0.0) >= SURE:
            # What it looks like is reason enough to ask a person, whatever its values do not say.
            score = max(score, PRESENT)
        hint = named.hint if named is not None else None
        return Judged(name=name, category=category, score=score, scores=scores, vote=vote, hint=hint)

    def _is_personal(self, judged: Sequence[Judged], sketch: ColumnSketch) -> bool:
        """Whether most values of a column identify a person."""
        best = judged[0] if judged else None
        if best is None or best.name not in PERSONAL or best.vote is None:
            return False
        return self._is_sensitive(best, sketch) and best.vote.share >= _MOST

    def _is_sensitive(self, item: Judged, sketch: ColumnSketch) -> bool:
        if not sketch.filled and sketch.fields:
            return False  # its name is that of all its fields, and they are judged under it
        if item.score <= self.governance.detection(item.name, item.category):
            return False
        if item.scores.get("ml", 0.0) >= SURE:
            return True  # by what its values look like, not by what is found in them
        if item.vote is None:
            return item.name not in self.by_name  # a word that the configuration has for a category
        # Values that are no more than what any words give count against the name.
        return (item.vote.score or 0.0) > 0 or (sketch.is_empty and "rule" in item.scores)

    def _record(
        self, sketch: ColumnSketch, judged: Sequence[Judged], meaning: Meaning | None, resource: str, table: str
    ) -> ColumnRecord:
        sensitive = [item for item in judged if self._is_sensitive(item, sketch)]
        # Of what the name of documents' parent says, its fields are judged.
        rest = () if sketch.fields else judged
        best = sensitive[0] if sensitive else rest[0] if rest else None
        hints = tuple(sorted({item.hint for item in judged if item.hint is not None}))
        record = ColumnRecord(
            resource=resource,
            table=table,
            column=sketch.name,
            level=Level.PUBLIC,
            token_hits=hints,
            semantic_scores=dict(meaning.categories) if meaning is not None else {},
            semantic_top_category=meaning.top if meaning is not None else None,
            semantic_top_confidence=meaning.categories[meaning.top] if meaning is not None and meaning.top else None,
        )
        if best is None:
            return replace(
                record,
                pattern_score=0.0 if sketch.filled else None,
                regex_hits=sum(sketch.hits.values()),
                detection_reason=harmless_reason(sketch, judged),
            )
        # What is not held to be sensitive, since its values speak against its name, is not above the threshold either.
        limit = 1.0 if sensitive else self.governance.detection(best.name, best.category)
        score = min(limit, best.score)
        record = replace(
            record,
            confidence=round(score * 100, 2),
            composite_score=round(score, 4),
            rule_score=best.scores.get("rule"),
            pattern_score=round(best.scores["pattern"], 4) if "pattern" in best.scores else None,
            semantic_score=best.scores.get("semantic"),
            ml_score=best.scores.get("ml"),
            regex_hits=best.vote.hits if best.vote is not None else 0,
        )
        if not sensitive:
            return replace(
                record,
                confidence_level="LOW" if score > 0 else "NONE",
                detection_reason=harmless_reason(sketch, judged),
                need_review=best.unsure,
            )
        return self._sensitive(record, sketch, sensitive)

    def _sensitive(self, record: ColumnRecord, sketch: ColumnSketch, sensitive: Sequence[Judged]) -> ColumnRecord:
        best = sensitive[0]
        held = [best, *(item for item in sensitive[1:] if _holds_too(item, best))]
        categories = tuple(dict.fromkeys(item.category for item in held))
        names = [item.name for item in held]
        known = [self.by_name[name] for name in names if name in self.by_name]
        second = sensitive[1] if len(sensitive) > 1 else best
        is_disputed = best.score - second.score < _CLOSE and second.category != best.category
        alike = named_alike(sensitive) if sketch.is_empty else ()
        path = self.by_name[best.name].path + "#" if best.name in self.by_name else ""
        return replace(
            record,
            level=max((item.level for item in known), key=lambda level: level.rank, default=Level.CONFIDENTIAL),
            categories=categories,
            dominant_category=best.category,
            detected_type=best.name,
            suggested_cia=cia(categories, self.governance),
            pattern_ids=tuple(sorted(item for item in sketch.patterns if path and item.startswith(path))),
            detection_methods=best.methods,
            detection_reason=reason(sketch, best, held, alike, second if is_disputed else None),
            compliance_frameworks=frameworks(known, categories, self.governance),
            recommended_policies=self._policies(categories),
            need_review=sketch.is_empty or is_disputed,
        )

    def _policies(self, categories: Iterable[str]) -> tuple[str, ...]:
        return policies(categories, self.governance)

    def _bundled(self, columns: list[ColumnRecord]) -> list[ColumnRecord]:
        types = {record.column: record.detected_type for record in columns}
        for bundle, members in bundles_of(types, self.governance.bundles):
            columns = [
                boosted(record, bundle.name, bundle.boost, members) if record.column in members else record
                for record in columns
            ]
        return columns


def _holds_too(item: Judged, best: Judged) -> bool:
    """Whether a column holds a second identifier besides: proven values, or about as many of them."""
    if item.vote is None or best.vote is None:
        return False
    return item.vote.sure or (item.vote.share >= _ALSO * best.vote.share and item.hint is not None)


def _is_weak(vote: NameVote | None, column: str) -> bool:
    """Whether a column is held to be a person's name only because it is called the name of something."""
    return vote is not None and vote.hint == _ANY_NAME and len(tokens(column)) > 1


def _is_loose(item: Judged, sketch: ColumnSketch) -> bool:
    """Whether only the name makes the values what they may be: of two that are equal, the one whose form says more is meant."""
    vote = item.vote
    return vote is None or (not vote.because and sketch.confidence.get(item.name, 0.0) <= LOOSE)


def _today() -> date:
    return datetime.now().astimezone().date()


def named(sketches: Sequence[ColumnSketch]) -> list[tuple[str, str]]:
    """Names and comments of the columns, as `TableJudge.meanings` takes them."""
    return [(sketch.name, sketch.comment) for sketch in sketches]
