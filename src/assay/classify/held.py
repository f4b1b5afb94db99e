"""What was found in a resource, kind by kind: value by value, and by what its columns are held to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from assay.model import DEFAULT_FRAMEWORKS, Category, ColumnRecord, Identifier, Level, TableRecord, category_of
from assay.tables.policies import recommended


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One kind. `name` is an identifier's, or that of a category where no identifier speaks for a column.

    `count` is how many values are of it, none where only the names of columns say so; `confidence` is 0 to 1. `because` is
    said instead of that where something else decides. `is_opinion` says that only a learned model takes columns for it.
    """

    name: str
    level: Level
    categories: tuple[str, ...]
    count: int = 0
    confidence: float = 0.0
    title: str = ""
    frameworks: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    because: str = ""
    is_opinion: bool = False

    def and_also(self, other: Held) -> Held:
        """Both, of one name."""
        higher = max(self, other, key=lambda held: held.level.rank)
        return replace(
            self,
            level=higher.level,
            because=higher.because,
            categories=tuple(dict.fromkeys((*self.categories, *other.categories))),
            count=self.count + other.count,
            confidence=max(self.confidence, other.confidence),
            frameworks=tuple(dict.fromkeys((*self.frameworks, *other.frameworks))),
            policies=tuple(dict.fromkeys((*self.policies, *other.policies))),
            is_opinion=self.is_opinion and other.is_opinion,
        )

    @property
    def said(self) -> str:
        """That it was found, in words."""
        if self.because:
            return self.because
        called = f"{self.name} ({self.title})" if self.title else self.name
        if self.is_opinion:
            return f"the learned model takes columns for {called}, which is for people to say"
        if not self.count:
            return f"columns of {called} were found"
        return f"{self.count:,} {called} {'was' if self.count == 1 else 'were'} found"


def of_column(record: ColumnRecord) -> Held | None:
    """What a column is held to be; `None` for one that holds nothing of note."""
    name = record.detected_type
    if name is None and record.level.rank > Level.UNCLASSIFIED.rank:
        # A reviewer may know better than any rule.
        name = record.dominant_category or str(Category.CUSTOM)
    if name is None:
        return None
    return Held(
        name=name,
        level=record.level,
        categories=(_category(record.dominant_category),),
        count=record.regex_hits,
        confidence=record.confidence / 100,
        frameworks=record.compliance_frameworks,
        policies=record.recommended_policies,
        is_opinion=record.is_opinion,
    )


def of_table(record: TableRecord, columns: Iterable[ColumnRecord]) -> Held | None:
    """What a table is held to be besides its columns: `None` where its level is no higher than theirs."""
    highest = max((column.level.rank for column in columns), default=0)
    if record.level.rank <= max(highest, Level.UNCLASSIFIED.rank):
        return None
    category = _category(record.dominant_table_category)
    anonymity = record.k_anonymity
    is_raised = anonymity is not None and anonymity.raised_from is not None
    return Held(
        name=record.dominant_table_category or str(category),
        level=record.level,
        categories=(category,),
        # What was counted is certain.
        confidence=1.0 if is_raised else record.table_sensitivity_score / 100,
        frameworks=record.compliance_frameworks,
        policies=record.recommended_policies,
        because=f"in table {record.table_name} {anonymity.because}" if anonymity is not None and is_raised else "",
    )


def all_held(
    counts: Mapping[str, tuple[int, float]],
    levels: Mapping[str, Level],
    columns: Mapping[str, Held],
    identifiers: Mapping[str, Identifier],
    categories: Mapping[str, Collection[str]] | None = None,
) -> list[Held]:
    """Every kind, by name. Where the same was found value by value (`counts`), that count stands.

    `levels` and `categories` are those of values as they were told; without one a value is of its identifier's.
    """
    told = categories or {}
    found: list[Held] = []
    for name in sorted({*counts, *columns}):
        held, identifier = columns.get(name), identifiers.get(name)
        if name in counts and identifier is not None:
            number, confidence = counts[name]
            level = levels.get(name, identifier.level)
            of = tuple(sorted(told.get(name, ()))) or (identifier.category,)
            held = Held(
                name=name,
                level=level if held is None else max(level, held.level, key=lambda item: item.rank),
                categories=of,
                count=number,
                confidence=confidence if held is None else max(confidence, held.confidence),
                frameworks=_frameworks(identifier, of),
                policies=recommended(of),
            )
        if held is not None:
            found.append(held if identifier is None else replace(held, title=identifier.title))
    return found


def _frameworks(identifier: Identifier, categories: Collection[str]) -> tuple[str, ...]:
    """Its own, but for values of which a reviewer has said that they are of another category."""
    own = identifier.frameworks if identifier.category in categories else ()
    others = (name for each in categories if each != identifier.category for name in DEFAULT_FRAMEWORKS.get(each, ()))
    return tuple(dict.fromkeys((*own, *others)))


def _category(name: str | None) -> str:
    return Category.CUSTOM if name is None else category_of(name)
