"""Identifiers made ready for scanning: their expressions compile when they are first needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any, TypeAlias

from assay.detect import keywords, validators
from assay.detect.listed import Listed, any_of
from assay.detect.numeric import ANY
from assay.detect.ready import NOT_KEPT
from assay.detect.redact import normaliser
from assay.detect.stems import any_stem
from assay.errors import RuleError
from assay.model import Evidence, Identifier, Pattern

_MEMO = 10_000
UNKNOWN: Any = object()

Verdict: TypeAlias = tuple[float, tuple[Evidence, ...], bool]
"""What a value says without what stands around it: the weight, its evidence, whether it is a documented test value."""


class CompiledPattern:
    """A pattern with its confirming expression, compiled when it is first needed.

    `by_keyword` says that it is searched near keywords and in named fields only; `least_digits` that text with fewer of
    them need not be searched; `numbers` of how many digits numbers have to be for a match among them; `reads` which bytes a match may pass over, a bit for each, -1 where that is not known.
    `untrusted` ones are users' own and run in linear time, also as an addition to an identifier of ours.
    """

    __slots__ = (
        "_checks",
        "_find",
        "_regex",
        "_shape",
        "by_keyword",
        "group",
        "least_digits",
        "left",
        "match",
        "numbers",
        "pattern",
        "reads",
        "rule",
        "search",
        "shape_weight",
        "untrusted",
        "verdicts",
    )

    def __init__(self, rule: CompiledRule, pattern: Pattern, *, untrusted: bool) -> None:
        self.rule = rule
        self.pattern = pattern
        self.by_keyword = pattern.anchor != "value"
        self.least_digits = 0
        self.numbers = ANY
        self.reads = -1
        self.verdicts: dict[str, Verdict | None] = {}
        self.left = _characters(pattern.left_chars)
        self.group: int | None = None
        # Until the first call compiles the expression; after that its own method, without a look-up.
        self.match: Callable[[bytes, int], Any] = self._first_match
        self.search: Callable[[bytes, int, int], Any] = self._first_search
        self.shape_weight = round(pattern.confidence - sum(weight for _, weight in pattern.validators), 4)
        self.untrusted = untrusted
        self._regex: Any = None
        self._find: re.Pattern[bytes] | None = None
        self._checks: tuple[tuple[Evidence, Callable[[str], bool], float], ...] | None = None
        self._shape: Evidence | None = None
        if untrusted:
            self.prepare()

    @property
    def where(self) -> str:
        return f"{self.rule.identifier.path}: pattern '{self.pattern.id}'"

    @property
    def regex(self) -> Any:
        """The compiled `regex`: Python's engine for ours, RE2 for users' own."""
        if self._regex is None:
            if self.untrusted:
                regex = _linear(self.pattern, self.where)
            else:
                regex = self.rule.ready.of(f"{self.rule.identifier.path}#{self.pattern.id}", self._compiled)
            self.group = regex.groupindex.get("value")
            self.match, self.search = regex.match, regex.search
            # Last: another thread that finds it takes the group to be known.
            self._regex = regex
        return self._regex

    @property
    def find(self) -> re.Pattern[bytes] | None:
        """What a value begins with, or has in its middle: cheap where `regex` begins with what may precede that.

        `None` where `regex` is as good.
        """
        if self._find is None and self.left and not self.untrusted and self.pattern.find:
            flags = re.DOTALL | re.MULTILINE | (re.IGNORECASE if self.pattern.caseless else 0)
            self._find = re.compile(self.pattern.find.encode(), flags)
        return self._find

    def _compiled(self) -> re.Pattern[bytes]:
        return re.compile(self.pattern.regex.encode(), re.IGNORECASE if self.pattern.caseless else 0)

    def _first_match(self, data: bytes, start: int) -> Any:
        return self.regex.match(data, start)

    def _first_search(self, data: bytes, start: int, stop: int) -> Any:
        return self.regex.search(data, start, stop)

    def span(self, match: Any) -> tuple[int, int]:
        """Where the value stands in a match: the group `value`, else all of it."""
        first, last = match.span(self.group) if self.group else match.span()
        return int(first), int(last)

    @property
    def shape(self) -> Evidence:
        """What a match of the expression alone says."""
        if self._shape is None:
            self._shape = Evidence("pattern", f"{self.rule.identifier.path}#{self.pattern.id}", self.shape_weight)
        return self._shape

    @property
    def checks(self) -> tuple[tuple[Evidence, Callable[[str], bool], float], ...]:
        """Validators: the evidence of passing, the function, the weight. Raises `RuleError` for a name that is not there."""
        if self._checks is None:
            found = []
            for name, weight in self.pattern.validators:
                try:
                    found.append((Evidence("validator", name, weight), validators.get(name), weight))
                except KeyError:
                    import difflib  # only errors need it

                    close = difflib.get_close_matches(name, validators.names(), n=1)
                    hint = f"did you mean '{close[0]}'?" if close else "see 'assay identifiers list --validators'"
                    raise RuleError(f"{self.where}: no validator named '{name}'; {hint}") from None
            self._checks = tuple(found)
        return self._checks

    def prepare(self) -> None:
        """Compile now, so that an error is told at once."""
        _ = self.regex, self.checks


class CompiledRule:
    """An identifier with everything that scanning needs of it, compiled when it is first needed."""

    def __init__(
        self, index: int, identifier: Identifier, *, untrusted: bool, added: frozenset[str] = frozenset()
    ) -> None:
        self.index = index
        self.identifier = identifier
        self.name = identifier.name
        self.distance = identifier.distance
        self.normalise = normaliser(identifier.normalise)
        self.untrusted = untrusted
        self.ready = NOT_KEPT
        self._shown: dict[bytes, str] = {}
        self.has_ignore_words = bool(identifier.ignore_words)
        self.patterns = [
            CompiledPattern(self, pattern, untrusted=untrusted or f"{identifier.path}#{pattern.id}" in added)
            for pattern in identifier.patterns
        ]
        if untrusted:
            _ = self.ignore, self.is_test
        self.near_keyword: list[CompiledPattern] = []
        self.in_column: list[CompiledPattern] = []
        self.declared: list[CompiledPattern] = []
        self.near_word: list[CompiledPattern] = []
        self.near_field: list[CompiledPattern] = []
        self.sort_patterns()

    def sort_patterns(self) -> None:
        """Which patterns are searched in fields that a standard names, of them in named columns, and of these near keywords:
        after any word, or after an assignment."""
        self.declared = [item for item in self.patterns if item.by_keyword]
        self.in_column = [item for item in self.declared if item.pattern.anchor != "standard"]
        self.near_keyword = [item for item in self.in_column if item.pattern.anchor != "column"]
        self.near_word = [item for item in self.near_keyword if not item.pattern.field_required]
        self.near_field = [item for item in self.near_keyword if item.pattern.field_required]

    @cached_property
    def word_digits(self) -> int:
        """How many digits any match near a keyword has at least."""
        return min((item.least_digits for item in self.near_word), default=0)

    @cached_property
    def digit_runs(self) -> DigitRuns | None:
        """Digits that one match near a keyword can have; `None` where a match may reach over any byte."""
        reads = 0
        for item in self.near_word:
            if item.least_digits >= MANY_DIGITS:
                if item.reads < 0:
                    return None
                reads |= item.reads
        return runs_of(reads)

    @cached_property
    def context(self) -> re.Pattern[bytes] | None:
        return self.ready.of(f"{self.identifier.path} context", self._context)

    def _context(self) -> re.Pattern[bytes] | None:
        return keywords.context_regex(self.identifier.keywords, self.identifier.names)

    @cached_property
    def ignore_context(self) -> re.Pattern[bytes] | None:
        return self.ready.of(f"{self.identifier.path} ignore", self._ignore_context)

    def _ignore_context(self) -> re.Pattern[bytes] | None:
        return keywords.word_regex(self.identifier.ignore_words)

    @cached_property
    def context_stems(self) -> re.Pattern[bytes] | None:
        """Without a match of this in it, in lower case, no text has one of `context`."""
        return self.ready.of(f"{self.identifier.path} context stems", self._context_stems)

    def _context_stems(self) -> re.Pattern[bytes] | None:
        return any_stem((*self.identifier.keywords, *self.identifier.names))

    @cached_property
    def ignore_stems(self) -> re.Pattern[bytes] | None:
        """The same of `ignore_context`."""
        return self.ready.of(f"{self.identifier.path} ignore stems", self._ignore_stems)

    def _ignore_stems(self) -> re.Pattern[bytes] | None:
        return any_stem(self.identifier.ignore_words)

    @cached_property
    def ignore(self) -> Listed:
        return self._listed(self.identifier.ignore_values, self.identifier.ignore_regexes)

    @cached_property
    def is_test(self) -> Listed:
        return self._listed(self.identifier.test_values, self.identifier.test_regexes)

    def shown_word(self, matched: bytes) -> str:
        """The rule's own word for a context match: what the text goes on with could be a value."""
        shown = self._shown.get(matched)
        if shown is None:
            text = _squeezed(matched.decode("utf-8", "replace"))
            shown = next((word for word, form in self._words if text.startswith(form)), "a context word")
            if len(self._shown) < _MEMO:
                self._shown[matched] = shown
        return shown

    @cached_property
    def _words(self) -> list[tuple[str, str]]:
        words = sorted((*self.identifier.keywords, *self.identifier.names), key=len, reverse=True)
        return [(word, _squeezed(word)) for word in words]

    def _listed(self, values: Sequence[str], regexes: Sequence[str]) -> Listed:
        exact = frozenset(map(self.normalise, values))
        if self.untrusted:
            where = f"{self.identifier.path}: list"
            forms = [_compile_linear(regex, caseless=True, where=where).fullmatch for regex in regexes]
            return Listed(self.normalise, exact, forms, None)
        if not regexes:
            return Listed(self.normalise, exact, (), ())
        return Listed(self.normalise, exact, [re.compile(any_of(regexes), re.IGNORECASE).fullmatch], regexes)


MANY_DIGITS = 5


class DigitRuns:
    """Counts digits between which nothing stands but bytes of a set (a bit for each)."""

    __slots__ = ("_between", "_table")

    def __init__(self, reads: int) -> None:
        digits = range(48, 58)
        inside = [byte for byte in range(256) if reads >> byte & 1]
        self._between = bytes(byte for byte in inside if byte not in digits)
        self._table = bytes(48 if byte in digits else 32 for byte in range(256))

    def longest(self, data: bytes) -> int:
        """The most digits of one run."""
        return max(map(len, data.translate(self._table, self._between).split()), default=0)


@cache
def runs_of(reads: int) -> DigitRuns:
    """Those of one set; many forms have the same."""
    return DigitRuns(reads)


def _linear(pattern: Pattern, where: str) -> Any:
    """A user's expression runs on RE2, whose time grows linearly with the text whatever the pattern."""
    return _compile_linear(pattern.regex.encode(), caseless=pattern.caseless, where=where)


def _compile_linear(regex: str | bytes, *, caseless: bool, where: str) -> Any:
    import re2  # only when there are users' own identifiers

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not caseless
    try:
        return re2.compile(regex, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        hint = "; users' patterns run without look-around and backreferences (use \\b, or the ignore lists)"
        is_missing = "perl operator" in reason or "escape" in reason
        raise RuleError(f"{where}: regex cannot be run in linear time: {reason}{hint if is_missing else ''}") from None


def _characters(ranges: str) -> bytes:
    """`A-Za-z_-` as the set of its bytes; a hyphen at an end is itself."""
    out = bytearray()
    at = 0
    while at < len(ranges):
        if at + 2 < len(ranges) and ranges[at + 1] == "-":
            out += bytes(range(ord(ranges[at]), ord(ranges[at + 2]) + 1))
            at += 3
        else:
            out += ranges[at].encode()
            at += 1
    return bytes(out)


def _squeezed(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum())
