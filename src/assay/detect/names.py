"""Names of fields (columns, keys, tags): split into tokens and matched as whole token sequences, never as substrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from assay.detect.abbreviations import plain
from assay.detect.cache import kept_or_made
from assay.detect.marks import unmarked
from assay.model import Identifier

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Lower-case tokens of a name: snake, kebab, dotted and camel case, letters split from digits.

    >>> tokens("mbrSSNNumber_2")
    ('mbr', 'ssn', 'number', '2')
    """
    return tuple(word.lower() for word in _WORDS.findall(unmarked(name)))


BESIDE = "\x1f"
"""Between words that stand beside a column's name (its table's) and the name: what the former say alone does not count."""

# fmt: off
_ABOUT = frozenset((
    "id", "ids", "key", "sk", "fk", "pk", "guid", "uuid", "hash", "md5", "sha", "sha1", "sha256", "checksum", "salt",
    "iv", "nonce", "length", "len", "size", "count", "cnt", "qty", "total", "sum", "avg", "min", "max", "flag", "flg",
    "ind", "indicator", "type", "typ", "kind", "category", "cat", "class", "group", "status", "state", "stage",
    "phase", "step", "result", "verified", "valid", "validated", "confirmed", "enabled", "active", "required",
    "available", "present", "missing", "consent", "optin", "optout", "permission", "at", "on", "date", "dt", "time",
    "ts", "timestamp", "day", "month", "year", "changed", "updated", "created", "modified", "expires", "expired",
    "expiry", "attempts", "retries", "version", "ver", "format", "mask", "pattern", "index", "idx", "rank", "score",
    "rating", "level", "source", "src", "provider", "vendor", "domain", "language", "lang", "locale", "currency",
    "country", "region", "label", "title", "description", "desc", "comment", "note", "policy", "rule", "hint",
    "question", "sent", "received", "opened", "clicked", "bounced", "blocked", "blacklisted", "whitelisted", "locked",
    "reset", "set", "subscribed", "unsubscribed", "notified", "allowed", "balance", "ratio", "rate", "frequency",
    "accuracy", "duration", "limit", "quota", "share", "percentage", "percent", "pct", "average", "median", "amount",
    "prevalence", "incidence", "strategy", "method", "mode", "reason", "channel", "segment", "tier", "since", "check",
    "checks", "fix", "preference", "preferences", "setting", "settings", "template", "templates", "subject", "body",
    "model", "brand", "make", "manufacturer", "issuer", "carrier", "network", "os", "scheme", "city", "town", "county",
    "server", "host", "port", "url", "uri", "link", "page", "directory", "drive", "folder", "path", "shell",
    "protocol", "prefix", "bounce", "style", "styles", "layout", "validation", "direction", "funding", "notify",
    "weight", "in", "out", "attempt", "tries", "color", "colour", "design", "resolution", "reputation", "capacity",
    "satisfaction", "factor", "shown",
))
# fmt: on
"""Last words of names that say what is told of a thing, not what it is."""

_LABELS = frozenset(("code", "cd", "name", "nm", "id", "key"))
"""Words that may follow those: `phone_type_code` is about a phone, too."""

# fmt: off
_FACTS = (
    ("is",), ("has",), ("type",), ("tipo",), ("status",), ("do", "not"),
    ("number", "of"), ("num", "of"), ("no", "of"), ("count", "of"), ("total", "of"),
)
# fmt: on
"""First words of names that state a fact about a thing or count it: `is_email_bounced`, `NumberOfEmployees`."""

_ORDINALS = frozenset(("first", "last", "by"))
"""Words that tell of a person where a field's name ends with them: `customer_last`, but `last_seen`, `signed_by`."""

_Sequences = dict[str, list[tuple[list[str], int, str]]]
"""First word → words, the identifier's index, and the hint that they are, as they are kept in the cache, too."""


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

    @classmethod
    def of(cls, by_first: _Sequences, against: _Sequences) -> NameIndex:
        """The index of what `_by_first` made."""
        made = cls(())
        made._by_first, made._against = by_first, against
        return made

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
            beyond = len(words) - len(tokens(own))
            is_fact = bool(mark) and _states_a_fact(words[beyond:])
            # What a column is about stands before its last word: `phone_verified` and `phone_id` are no numbers of phones.
            whole = bool(mark) and _tells_about(words)
            for identifier, hint in () if is_fact else _held(self._by_first, words, beyond=beyond, to_end=whole):
                if hint.strip(":") in _ORDINALS and words[-1] not in _ORDINALS:
                    continue
                if identifier in found and has_words(hint) and not has_words(found[identifier]):
                    found[identifier] = hint
                found.setdefault(identifier, hint)
            against = frozenset(
                identifier
                for identifier, word in _held(self._against, words)
                if not has_words(found.get(identifier, "")) or has_words(word)
            )
            for identifier in against:
                found.pop(identifier, None)
            if len(self._seen) > 100_000:
                self._seen.clear()
            known = self._seen[name] = found, against
        return known


def has_words(hint: str) -> bool:
    """Whether a hint has several words: `dl #` has one."""
    return " " in hint and len(tokens(hint)) > 1


def index_of(identifiers: Sequence[Identifier], file: Path | None = None) -> NameIndex:
    """The index of all words of these identifiers, by their places; from the cache's `file` where it is kept there."""

    def made() -> tuple[_Sequences, _Sequences]:
        hints = ((index, (*item.names, *item.keywords)) for index, item in enumerate(identifiers))
        return _by_first(hints), _by_first((index, item.ignore_names) for index, item in enumerate(identifiers))

    return NameIndex.of(*kept_or_made(file, made))


def _by_first(hints: Iterable[tuple[int, Sequence[str]]]) -> _Sequences:
    found: _Sequences = {}
    for identifier, names in hints:
        for name in names:
            # Names of columns are compared without accents, keys as they are written.
            for sequence in _forms(name) if name.isascii() else sorted(_forms(name) | _forms(plain(name))):
                found.setdefault(sequence[0], []).append((list(sequence), identifier, name))
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
                rest = list(words[at + 1 : at + len(sequence)])
                if rest == sequence[1:] or (rest and [*rest[:-1], rest[-1].removesuffix("s")] == sequence[1:]):
                    yield identifier, hint


def _tells_about(words: Sequence[str]) -> bool:
    """Whether a name's end says what is told of a thing; a single letter behind that says which of several."""
    if len(words) > 2 and len(words[-1]) == 1 and words[-1].isalpha():
        words = words[:-1]
    return bool(words) and (words[-1] in _ABOUT or (words[-1] in _LABELS and len(words) > 1 and words[-2] in _ABOUT))


def _states_a_fact(words: Sequence[str]) -> bool:
    return any(tuple(words[: len(first)]) == first and len(words) > len(first) for first in _FACTS)


def _forms(name: str) -> set[tuple[str, ...]]:
    """The words of a name, and all of them as one: names are also written without any separator (`lastname`, `zipcode`)."""
    bare = name.replace(" ", "")
    # Nearly all hints are written so, and there are thousands.
    words = tuple(name.split()) if bare.isascii() and bare.isalpha() and bare.islower() else tokens(name)
    return {words, ("".join(words),)} if words else set()
