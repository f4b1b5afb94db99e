"""What a column is called, in words: its table's name before a name that says nothing alone, abbreviations written out.

`description` of the table `conditions` is a "conditions description"; `mbr_dob` is a "member date of birth".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from assay.detect import telling
from assay.detect.abbreviations import expand, plain
from assay.detect.names import BESIDE, NameIndex, has_words, tokens

_GENERIC = frozenset(
    [
        "name",
        "names",
        "title",
        "label",
        "code",
        "codes",
        "description",
        "desc",
        "descr",
        "value",
        "values",
        "type",
        "kind",
        "number",
        "no",
        "num",
        "nr",
        "id",
        "key",
        "text",
        "note",
        "notes",
        "comment",
        "comments",
        "remark",
        "remarks",
        "date",
        "status",
        "start",
        "stop",
        "begin",
        "end",
        "display",
        "result",
        "results",
        "unit",
        "units",
        "memo",
    ]
)
_LAYERS = frozenset(
    [
        "tbl",
        "table",
        "dim",
        "fact",
        "fct",
        "stg",
        "staging",
        "raw",
        "tmp",
        "temp",
        "vw",
        "view",
        "hist",
        "history",
        "bak",
        "copy",
        "old",
        "new",
        "csv",
        "data",
        "sheet",
    ]
)


_HEADS = frozenset(("name", "number", "date", "type", "code", "status", "description", "count", "quantity"))

_NUMBERED = re.compile(r"(?:column|col|field|fld|f|c|x|v|var|attr|attribute|unnamed|_?c)[ _:.-]*\d+", re.IGNORECASE)


class Phrase(NamedTuple):
    """The words that a column is judged by, and whether they are its own or were worked out."""

    text: str
    own: bool


def phrase(column: str, table: str, names: NameIndex) -> Phrase:
    """The words for a column of a table, `table` being "" where it says nothing."""
    if _NUMBERED.fullmatch(column):
        return Phrase("", True)  # as if it had no name
    words = _unfolded(tokens(plain(column)))
    before = _beside(words, table)
    own = _joined(before, words) if words else column
    said = names.match(own)
    written_out = tuple(expand(words))
    if written_out != words or before:
        meant = _joined(tuple(expand(before)), _head_last(words, written_out))
        # `px_cd` says "px" as it stands, but "procedure code" written out says more, and `nom_produit` is no person's.
        more, against = names.match(meant), names.against(meant)
        # What speaks against an identifier as it stands gives way to several words written out, and to other identifiers.
        not_own = names.against(own)
        further = any(index not in not_own or has_words(hint) for index, hint in more.items())
        if (not said and (further or (against and not not_own))) or (
            len(words) > 1
            and said
            and not _has_words(said)
            and (_has_words(more) or not against.isdisjoint(said) or not (more or before))
        ):
            return Phrase(meant, False)
    return Phrase(own, True)


def _head_last(words: Sequence[str], written_out: tuple[str, ...]) -> tuple[str, ...]:
    """`numero cuenta`, number account → account number: what other languages begin with stands last in English."""
    if len(written_out) < 2 or written_out[0] not in _HEADS or tuple(words) == written_out or "of" in written_out:
        return written_out
    return (*written_out[1:], written_out[0])


def _has_words(hints: dict[int, str]) -> bool:
    return any(map(has_words, hints.values()))


def is_telling(column: str, table: str) -> bool:
    """Whether a column's name tells what it is about, so that lists of names alone do not make it a person's."""
    if _NUMBERED.fullmatch(column):
        return False
    words = _unfolded(tokens(plain(column)))
    before = tuple(expand(_beside(words, table)))
    written_out = _head_last(words, tuple(expand(words)))
    return _are_telling(before, written_out)


def _are_telling(before: tuple[str, ...], words: tuple[str, ...]) -> bool:
    named = [word for word in (*before, *words) if not word.isdigit()]
    vocabulary = telling.vocabulary()
    if not named or _singular(named[-1], vocabulary.open_at_end):
        return False
    # `title` of `conditions` may be anything that such a table holds.
    return any(_singular(word, vocabulary.telling) for word in before or named)


def _singular(word: str, words: frozenset[str]) -> bool:
    return word in words or word.removesuffix("s") in words or (word.endswith("ies") and f"{word[:-3]}y" in words)


def _unfolded(words: tuple[str, ...]) -> tuple[str, ...]:
    """Paths of FHIR resources say `code.coding.display` for what is displayed, `code.coding.code` for the code."""
    if "coding" not in words:
        return words
    left = [word for word in words if word != "coding"]
    return tuple(word for at, word in enumerate(left) if word != "code" or at == len(left) - 1)


def _joined(before: tuple[str, ...], words: tuple[str, ...]) -> str:
    return f"{' '.join(before)}{BESIDE}{' '.join(words)}"


@lru_cache(maxsize=65_536)
def _beside(words: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The words of the table's name, where the column's says nothing alone."""
    if not table or not words or not _GENERIC.issuperset(words):
        return ()
    return tuple(word for word in tokens(plain(table)) if word not in _LAYERS and not word.isdigit())
