"""Names of fields (columns, keys, tags): split into tokens and matched as whole token sequences, never as substrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from assay.model import Identifier

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Lower-case tokens of a name: snake, kebab, dotted and camel case, letters split from digits.

    >>> tokens("mbrSSNNumber_2")
    ('mbr', 'ssn', 'number', '2')
    """
    return tuple(word.lower() for word in _WORDS.findall(name))


BESIDE = "\x1f"
"""Between words that stand beside a column's name (its table's) and the name: what the former say alone does not count."""

_ABOUT = frozenset(
    [
        "id",
        "ids",
        "key",
        "sk",
        "fk",
        "pk",
        "guid",
        "uuid",
        "hash",
        "md5",
        "sha",
        "sha1",
        "sha256",
        "checksum",
        "salt",
        "iv",
        "nonce",
        "length",
        "len",
        "size",
        "count",
        "cnt",
        "qty",
        "total",
        "sum",
        "avg",
        "min",
        "max",
        "flag",
        "flg",
        "ind",
        "indicator",
        "type",
        "typ",
        "kind",
        "category",
        "cat",
        "class",
        "group",
        "status",
        "state",
        "stage",
        "phase",
        "step",
        "result",
        "verified",
        "valid",
        "validated",
        "confirmed",
        "enabled",
        "active",
        "required",
        "available",
        "present",
        "missing",
        "consent",
        "optin",
        "optout",
        "permission",
        "at",
        "on",
        "date",
        "dt",
        "time",
        "ts",
        "timestamp",
        "day",
        "month",
        "year",
        "changed",
        "updated",
        "created",
        "modified",
        "expires",
        "expired",
        "expiry",
        "attempts",
        "retries",
        "version",
        "ver",
        "format",
        "mask",
        "pattern",
        "index",
        "idx",
        "rank",
        "score",
        "rating",
        "level",
        "source",
        "src",
        "provider",
        "vendor",
        "domain",
        "language",
        "lang",
        "locale",
        "currency",
        "country",
        "region",
        "label",
        "title",
        "description",
        "desc",
        "comment",
        "note",
        "policy",
        "rule",
        "hint",
        "question",
    ]
)
"""Last words of names that say what is told of a thing, not what it is."""

_Sequences = dict[str, list[tuple[tuple[str, ...], int, str]]]


class NameIndex:
    """Which identifiers a field's name speaks of, and which it speaks against. Keys are indexes into the rule set's.

    `product_name` is no person's name: what speaks against an identifier outweighs a hint of one word, but not one of
    several (`product_owner_first_name`), unless it has several words itself (`gl account`).
    """

    __slots__ = ("_against", "_by_first", "_seen")

    def __init__(
        self, hints: Iterable[tuple[int, Sequence[str]]], against: Iterable[tuple[int, Sequence[str]]] = ()
    ) -> None:
        self._by_first = _by_first(hints)
        self._against = _by_first(against)
        self._seen: dict[str, tuple[dict[int, str], frozenset[int]]] = {}

    def match(self, name: str) -> dict[int, str]:
        """Identifier index → the hint that `name` holds."""
        return self._look_up(name)[0]

    def against(self, name: str) -> frozenset[int]:
        """The identifiers whose values a field called `name` does not hold."""
        return self._look_up(name)[1]

    def _look_up(self, name: str) -> tuple[dict[int, str], frozenset[int]]:
        known = self._seen.get(name)
        if known is None:
            _, mark, own = name.rpartition(BESIDE)
            words = tokens(name)
            found: dict[int, str] = {}
            # What a column is about stands before its last word: `phone_verified` and `phone_id` are no numbers of phones.
            whole = bool(mark) and bool(words) and words[-1] in _ABOUT
            for identifier, hint in _held(self._by_first, words, beyond=len(words) - len(tokens(own)), to_end=whole):
                if " " not in found.get(identifier, " ") and " " in hint:
                    found[identifier] = hint
                found.setdefault(identifier, hint)
            against = frozenset(
                identifier
                for identifier, word in _held(self._against, words)
                if " " not in found.get(identifier, "") or " " in word
            )
            for identifier in against:
                found.pop(identifier, None)
            if len(self._seen) > 100_000:
                self._seen.clear()
            known = self._seen[name] = found, against
        return known


def index_of(identifiers: Iterable[Identifier]) -> NameIndex:
    """The index of all words of these identifiers, by their places."""
    known = list(identifiers)
    return NameIndex(
        ((index, (*identifier.names, *identifier.keywords)) for index, identifier in enumerate(known)),
        ((index, identifier.ignore_names) for index, identifier in enumerate(known)),
    )


def _by_first(hints: Iterable[tuple[int, Sequence[str]]]) -> _Sequences:
    found: _Sequences = {}
    for identifier, names in hints:
        for name in names:
            for sequence in {tokens(name), _joined(name)}:
                if sequence:
                    found.setdefault(sequence[0], []).append((sequence, identifier, name))
    return found


def _held(
    sequences: _Sequences, words: Sequence[str], *, beyond: int = 0, to_end: bool = False
) -> Iterator[tuple[int, str]]:
    """The identifiers, each with its hint, of which a sequence is among the words, and goes `beyond` the first of them,
    or `to_end`."""
    for at, word in enumerate(words):
        # A plural names the same thing: `emails`, `ssns`.
        for form in (word, word[:-1]) if word.endswith("s") else (word,):
            for sequence, identifier, hint in sequences.get(form, ()):
                if at + len(sequence) <= beyond or (to_end and at + len(sequence) < len(words)):
                    continue
                rest = tuple(words[at + 1 : at + len(sequence)])
                if rest == sequence[1:] or (rest and (*rest[:-1], rest[-1].removesuffix("s")) == sequence[1:]):
                    yield identifier, hint


def _joined(name: str) -> tuple[str, ...]:
    """Names are also written without any separator: `lastname`, `zipcode`."""
    return ("".join(tokens(name)),)
