"""The rule method: what a column's name says, by whole words or by what they are short for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.detect.names import NameIndex
from assay.detect.phrases import phrase
from assay.model import Governance, Identifier, Keyword
from assay.tables.shippedrows import ShippedRows

EXACT, FUZZY = 1.0, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class NameVote:
    """What a name says of one identifier, or of one category where a user's word is of a category only."""

    name: str
    score: float
    hint: str


@dataclass(slots=True, kw_only=True)
class NameRules:
    """Names of columns against the words of a configuration."""

    identifiers: Sequence[Identifier]
    names: NameIndex
    governance: Governance
    _weights: dict[tuple[str, str], Keyword] = field(default_factory=dict)
    _own: list[Keyword] = field(default_factory=list)
    _index: NameIndex | None = None

    def __post_init__(self) -> None:
        if isinstance(self.governance.keywords, ShippedRows):
            return  # they say what the identifiers themselves do
        known = {identifier.name for identifier in self.identifiers}
        for row in self.governance.keywords:
            if row.identifier in known:
                self._weights[row.identifier or "", row.keyword.casefold()] = row
            elif row.identifier is None:
                self._own.append(row)
        if self._own:
            self._index = NameIndex((number, (row.keyword,)) for number, row in enumerate(self._own))

    def votes(self, column: str, table: str) -> dict[str, NameVote]:
        """A vote for each identifier or category that the name speaks of."""
        called = phrase(column, table, self.names)
        found: dict[str, NameVote] = {}
        for index, hint in self.names.match(called.text).items():
            identifier = self.identifiers[index]
            row = self._weights.get((identifier.name, hint.casefold()))
            if row is not None and row.match == "EXACT" and not called.own:
                continue
            weight = row.weight if row is not None else 1.0
            score = (EXACT if called.own else FUZZY) * weight
            found[identifier.name] = NameVote(name=identifier.name, score=score, hint=hint)
        if self._index is not None:
            for number, hint in self._index.match(called.text).items():
                row = self._own[number]
                name = row.identifier or row.category
                if name not in found or found[name].score < row.weight:
                    found[name] = NameVote(name=name, score=row.weight, hint=hint)
        return found

    def against(self, column: str, table: str) -> frozenset[str]:
        """The identifiers whose values a column called so does not hold."""
        called = phrase(column, table, self.names)
        return frozenset(self.identifiers[index].name for index in self.names.against(called.text))


def categories_of(identifiers: Mapping[str, Identifier], name: str) -> str:
    """The category of an identifier; a category is its own."""
    identifier = identifiers.get(name)
    return str(identifier.category) if identifier is not None else name
