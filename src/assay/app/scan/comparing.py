"""Two configurations compared: what they judge otherwise can be told from what is stored, or has to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.detect.governed import governed, pattern_id
from assay.detect.names import index_of
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, Stage
from assay.tables.judge import LearnedMethod, TableJudge, named
from assay.tables.methods import semantic_of

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One of two configurations, ready to judge."""

    judge: TableJudge

    @classmethod
    def of(
        cls, governance: Governance, identifiers: Iterable[Identifier], learned: LearnedMethod | None = None
    ) -> Side:
        """Of identifiers as they ship or stand in files, without those in preview, as a scan would run."""
        made, _ = governed([item for item in identifiers if item.stage is not Stage.PREVIEW], governance)
        return cls.under(governance, made, learned)

    @classmethod
    def under(
        cls, governance: Governance, identifiers: Sequence[Identifier], learned: LearnedMethod | None = None
    ) -> Side:
        """Of identifiers that are under the configuration already."""
        semantic = semantic_of(governance)
        names = index_of(identifiers)
        return cls(
            TableJudge(identifiers=identifiers, names=names, governance=governance, semantic=semantic, learned=learned)
        )

    @property
    def by_name(self) -> Mapping[str, Identifier]:
        """The identifiers."""
        return self.judge.by_name

    def quasi_identifiers(self, columns: Sequence[ColumnRecord]) -> tuple[str, ...]:
        """The names of those columns that are quasi-identifiers."""
        return tuple(columns[place].column for place in self.judge.quasi.places(columns))

    def meant(self, sketches: Sequence[ColumnSketch], table: str) -> list[frozenset[str]]:
        """Of each column the identifiers that its values are searched for because of what its name means."""
        judge = self.judge
        found = judge.meant(judge.meanings(named(sketches), table)) or [{} for _ in sketches]
        return [frozenset(judge.identifiers[index].name for index in each) for each in found]


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs in the identifiers themselves: of that what is stored may not tell.

    `added` have patterns that no value was tried with; `altered` lack some of theirs, or weigh them otherwise; `renamed`
    have other words, which are context for values too. `models` says that the semantic method is another, `votes_alike`
    that names and values speak of columns as before, so that a sample is enough where it was.
    """

    added: frozenset[str]
    altered: frozenset[str]
    renamed: frozenset[str]
    models: bool
    votes_alike: bool
    sides: tuple[Side, Side]

    @classmethod
    def between(cls, one: Side, other: Side) -> Changed:
        added, altered, renamed = set(), set(), set()
        for name in {*one.by_name, *other.by_name}:
            old, new = one.by_name.get(name), other.by_name.get(name)
            if old is not None and new is not None and old.digest == new.digest:
                continue
            before = {pattern_id(old, item): item for item in old.patterns} if old is not None else {}
            after = {pattern_id(new, item): item for item in new.patterns} if new is not None else {}
            if after.keys() - before.keys():
                added.add(name)
            if any(after.get(key) != item for key, item in before.items()):
                altered.add(name)
            if old is not None and new is not None and (old.names, old.keywords) != (new.names, new.keywords):
                renamed.add(name)
        judges = one.judge, other.judge
        models = judges[0].governance.models != judges[1].governance.models
        digests = [[(item.path, item.digest) for item in judge.identifiers] for judge in judges]
        keywords = [judge.governance.keywords for judge in judges]
        alike = digests[0] == digests[1] and keywords[0] == keywords[1]
        return cls(frozenset(added), frozenset(altered), frozenset(renamed), models, alike, (one, other))

    def to_read(self, sketches: Sequence[ColumnSketch], table: str) -> dict[str, tuple[str, ...]]:
        """Why → the columns of a table that have to be read again."""
        filled = [sketch for sketch in sketches if sketch.filled]
        found: dict[str, tuple[str, ...]] = {}
        if self.added:
            because = f"no value was tried with new patterns of {_some(sorted(self.added))}"
            found[because] = tuple(sketch.name for sketch in filled)
        left = [] if self.added else filled
        for sketch in left:
            if mine := sorted(self.altered & _told_of(sketch)):
                because = f"patterns of {_some(mine)} found values in them"
                found[because] = (*found.get(because, ()), sketch.name)
        if self.renamed:
            because = f"words of {_some(sorted(self.renamed))} decide which of their values count"
            named_so = zip(left, *(self._called(side, left, table) for side in self.sides), strict=True)
            found[because] = tuple(sketch.name for sketch, old, new in named_so if old != new)
        if self.models:
            # Values are searched for what the name of their column means, too.
            meant = zip(left, *(side.meant(left, table) for side in self.sides), strict=True)
            because = "their names mean something else to the model, and it decides what their values are searched for"
            found[because] = tuple(sketch.name for sketch, old, new in meant if old != new)
        return {because: names for because, names in found.items() if names}

    def _called(self, side: Side, sketches: Sequence[ColumnSketch], table: str) -> list[frozenset[str]]:
        """Of each column the identifiers with other words that its name speaks of."""
        phrases = side.judge.called([sketch.name for sketch in sketches], table)
        known = side.judge.identifiers
        return [
            frozenset(known[index].name for index in side.judge.names.match(text)) & self.renamed for text in phrases
        ]


def _told_of(sketch: ColumnSketch) -> set[str]:
    """The identifiers that any value of a column was counted for."""
    features = sketch.features
    return {*sketch.hits, *features.hits, *features.alike, *features.pure}


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
