"""What the shipped model takes a column for of which names, values and meanings tell nothing. An opinion: it asks people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from assay.learn.kinds import UNTOLD
from assay.learn.looks import looks
from assay.learn.shipped import shipped_file
from assay.learn.trees import Trees, read
from assay.model import ColumnRecord, ColumnSketch
from assay.model.learning import Attribution, ColumnOpinion

if TYPE_CHECKING:
    from assay.learn.looks import Matrix

SENSITIVE = "sensitive"
"""The label of the first sum: whether a column is sensitive at all. The second has one for each type."""
_TOLD = 3
_FAR = 60.0


class Look(NamedTuple):
    """What is held of a column, the features that weigh most in that, and whether it is sure enough to be told."""

    opinion: ColumnOpinion
    why: list[Attribution]
    is_sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Whether columns are sensitive (`whether`), and what those are that it takes to be (`what`), `sure` being from which
    probability on that is told."""

    whether: Trees = field(repr=False)
    what: Trees = field(repr=False)
    temperature: float
    sure: float

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> dict[int, ColumnOpinion]:
        """Of the columns at these places of a table, those that it takes for something. `records` are of what is told without it."""
        rows = looks(sketches, records)
        sums = self.whether.sums(rows[list(asked)])[:, 0]
        return {
            at: self._look(rows[at], probable).opinion
            for at, total in zip(asked, sums, strict=True)
            if (probable := self._probable(float(total))) >= self.sure
        }

    def look(self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], at: int) -> Look:
        """What it holds of one column, whether or not it is sure enough to tell."""
        row = looks(sketches, records)[at]
        return self._look(row, self._probable(float(self.whether.sums(row[None, :])[0, 0])))

    def _look(self, row: Matrix, probable: float) -> Look:
        kinds = self.what.sums(row[None, :])[0]
        why = self.whether.why(row, SENSITIVE)
        opinion = ColumnOpinion(
            type=self.what.labels[int(kinds.argmax())],
            confidence=round(probable, 4),
            why=tuple((part.feature, round(part.weight, 3)) for part in why),
            said=said_of(why),
        )
        return Look(opinion, why, probable >= self.sure)

    def _probable(self, total: float) -> float:
        return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, total / self.temperature))))


@cache
def shipped_untold() -> Untold:
    """The model that comes with the package."""
    return of_file(shipped_file(UNTOLD))


def of_file(data: bytes) -> Untold:
    """The model of a file. Raises `ModelError`."""
    models, settings, _ = read(data)
    return Untold(
        whether=models["whether"], what=models["what"], temperature=settings["temperature"], sure=settings["sure"]
    )


def said_of(why: Sequence[Attribution]) -> str:
    """What speaks most for it, in words.

    >>> said_of([Attribution(feature="sign family_name", value=0.3, weight=0.8)])
    'its values that are on lists of family names (+0.8)'
    """
    parts = [f"{in_words(part.feature)} ({part.weight:+.1f})" for part in why if part.weight > 0][:_TOLD]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


_SAID = {
    "rows": "how many rows there are",
    "filled": "how many of its cells are filled",
    "mean length": "how long its values are",
    "spread of lengths": "how their lengths differ",
    "longest": "its longest value",
    "different share": "how few of its values repeat",
    "different": "how many different values there are",
    "check digits": "check digits",
    "any value found": "single values that were found in it",
    "any value that fills its cell": "values that fill their cells",
    "alike masks": "how alike its values are written",
    "dated": "dates",
    "decade": "the decades of its dates",
    "decades": "how many decades its dates span",
    "newest": "how recent its newest dates are",
    "oldest": "how old its oldest dates are",
    "before 2010": "dates before 2010",
    "columns": "how many columns the table has",
    "place": "its place among the columns",
    "told": "how many columns beside it are sensitive",
    "share told": "the share of columns beside it that are sensitive",
    "nearest told": "how near a sensitive column is",
    "nearest name": "how near a column of names of persons is",
    "others dated": "columns of dates beside it",
    "newer than the oldest": "how its dates lie to the oldest of the table",
    "newer than the newest": "how its dates lie to the newest of the table",
    "numbers around": "columns of numbers beside it",
    "all different around": "columns beside it whose values never repeat",
}
_LISTED = {
    "given_name": "on lists of given names",
    "family_name": "on lists of family names",
    "full_name": "written as full names are",
    "both_names": "both given and family names",
    "firm": "written as names of firms are",
    "sex": "written as a sex is",
    "date_to_come": "dates to come",
    "date_recent": "recent dates",
    "date_ancient": "dates of long ago",
    "date_of_adult": "dates on which adults were born",
    "login": "written as log-in names are",
    "clinical": "words of medicine",
    "medicine": "names of medicines",
    "procedure": "words of medical procedures",
    "street": "written as streets are",
    "icd": "written as codes of the ICD are",
    "vin": "written as vehicle identification numbers are",
}


def in_words(feature: str) -> str:
    """A feature as it is said.

    >>> in_words("before: shape words")
    'the shape words in the column before it'
    """
    if (plain := _SAID.get(feature)) is not None:
        return plain
    head, _, rest = feature.partition(" ")
    if head in ("before:", "after:"):
        return f"{'a sensitive type' if rest == 'told' else in_words(rest)} in the column {head[:-1]} it"
    if head == "others'":
        return f"{in_words(rest)}, in columns beside it"
    if head == "sign":
        return f"its values that are {_LISTED.get(rest, rest)}"
    if head == "shape":
        return f"the shape {rest}"
    if head == "found":
        return f"single values of {rest}"
    return f"columns of {rest} beside it"
