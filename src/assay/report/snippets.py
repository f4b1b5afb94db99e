"""What stands around a finding, so that a person knows it again: plain words of a list, and nothing else.

A word is shown only where it is of the list (`plainwords.txt`), whole, in no quotes, behind no name that has a value, touches no
value, and is part of no candidate of any confidence. All else is one sign, however long it is. What is not on the list cannot be
shown, known to the rules or not; what is shown of a line therefore needs no rule to be complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from assay.model import Locator

HIDDEN = "…"
"""Stands for whatever is not shown."""

_CHUNKS = 8
# A colon between digits is one of a time.
_ASSIGNED = re.compile(r"=|(?<![0-9]):|:(?![0-9])")
_PARTS = re.compile(r"[_-]")
_CHUNK = re.compile(r"\S+")
_NAME_WORD = re.compile(r"[^\W_]+")
_OPENERS = "([{<\"'`"
_CLOSERS = ")]}>\"'`,;.!?"
_ENDS_VALUE = (",", ";", "|", "}", ")", "]", ">", ".")
_LABEL = re.compile(r"([(\[{<]*)([A-Za-z]+(?:[_-][A-Za-z]+)*)([:=]+)(.*)", re.DOTALL)
_BEFORE_VALUE = re.compile(r"([(\[{<]*)(?:([A-Za-z]+(?:[_-][A-Za-z]+)*)([:=]+))?([(\[{<\"'`]*)")
_AFTER_VALUE = re.compile(r"[)\]}>\"'`,;.!?:]*")
_QUOTES = "\"'`"
_ASSIGNS = frozenset({"=", ":", ":=", "=>", "->", "=="})
# What follows one of these may be a secret even where it is a plain word, until the clause ends.
_OF_SECRETS = frozenset(
    [
        "password", "passwords", "passwd", "passphrase", "pin", "secret", "secrets", "token", "tokens", "credential",
        "credentials", "key", "login", "auth", "bearer",
    ]
)  # fmt: skip


class Around(Protocol):
    """A finding's line: what stands before it, the value, and what follows. `begins` and `ends` say whether the line does there."""

    @property
    def before(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def begins(self) -> bool: ...
    @property
    def ends(self) -> bool: ...


SnippetOf = Callable[[str, Locator, str], str]
"""The masked line of a finding: of its resource, its place and its redacted form. Empty where none may be shown."""


def no_snippet(_resource: str, _at: Locator, _redacted: str) -> str:
    """None at all."""
    return ""


Candidates = Callable[[str], Sequence[tuple[int, int]]]
"""Where anything that might be a value stands in a line."""


@cache
def plain_words() -> frozenset[str]:
    """The words that may be shown."""
    text = Path(__file__).with_name("plainwords.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def snippet(around: Around, redacted: str, candidates: Candidates) -> str:
    """The line with `redacted` in the place of the value; empty where nothing beside it may be shown."""
    line = around.before + around.value + around.after
    hidden = candidates(line)
    end = len(around.before) + len(around.value)
    before, state = _side(around.before, 0, hidden, _State(), is_before=True)
    after, _ = _side(around.after, end, hidden, state, is_before=False)
    if not around.begins:
        # Whether it is a value, or within quotes, is told by what is not known.
        before, after = [HIDDEN], [HIDDEN]
    elif len(before) > _CHUNKS:
        before = [HIDDEN, *before[-_CHUNKS:]]
    if after and not around.ends and around.after[-1:].strip():
        after[-1] = HIDDEN  # a part of something
    if not around.ends or len(after) > _CHUNKS:
        after = [*after[:_CHUNKS], HIDDEN]
    if all(piece == HIDDEN or not any(map(str.isalpha, piece)) for piece in (*before, *after)):
        return ""
    glued = bool(around.before) and not around.before[-1].isspace()
    follows = bool(around.after) and not around.after[0].isspace()
    left, right = " ".join(_once(before)), " ".join(_once(after))
    return f"{left}{'' if glued or not left else ' '}{redacted}{'' if follows or not right else ' '}{right}"


class _State:
    """Whether what comes next is a value, and within which quotes it lies. Lines are looked at one by one."""

    def __init__(self) -> None:
        self.quote = ""
        self.is_value = False


def _side(
    text: str, at: int, hidden: Sequence[tuple[int, int]], state: _State, *, is_before: bool
) -> tuple[list[str], _State]:
    """What is shown of one side, piece by piece."""
    shown = []
    for match in _CHUNK.finditer(text):
        chunk = match[0]
        low, high = at + match.start(), at + match.end()
        is_hidden = any(start < high and low < end for start, end in hidden)
        touches = (is_before and match.end() == len(text)) or (not is_before and match.start() == 0)
        if touches:
            shown.append(_touching(chunk, state, is_before=is_before, is_hidden=is_hidden))
        else:
            shown.append(_alone(chunk, state, is_hidden=is_hidden))
    return shown, state


def _alone(chunk: str, state: _State, *, is_hidden: bool, more: frozenset[str] = frozenset()) -> str:
    """What is shown of a piece that white space parts from the finding."""
    quoted = bool(state.quote)
    _quote(chunk, state)
    if chunk in _ASSIGNS and not quoted:
        state.is_value = True
        return chunk
    label = None if quoted else _LABEL.fullmatch(chunk)
    if label is not None and not is_hidden and _is_plain(label[2]):
        rest = label[4]
        state.is_value = not rest.endswith(_ENDS_VALUE)
        return label[1] + label[2] + label[3] + (HIDDEN if rest else "")
    was_value = state.is_value
    if chunk.endswith(_ENDS_VALUE):
        state.is_value = False
    elif _ASSIGNED.search(chunk):
        state.is_value = True
    if quoted or state.quote or was_value or is_hidden or any(quote in chunk for quote in _QUOTES):
        return HIDDEN
    core = chunk.strip(_OPENERS + _CLOSERS)
    if not core or not (_is_plain(core) or core.lower() in more):
        return HIDDEN
    if any(part in _OF_SECRETS for part in _PARTS.split(core.lower())) and not chunk.endswith(_ENDS_VALUE):
        state.is_value = True
    return chunk


def _touching(chunk: str, state: _State, *, is_before: bool, is_hidden: bool) -> str:
    """What is shown of a piece that nothing parts from the finding: a name before it, signs behind it."""
    quoted = bool(state.quote)
    _quote(chunk, state)
    if is_before:
        found = _BEFORE_VALUE.fullmatch(chunk)
        if quoted or found is None or (found[2] and (is_hidden or not _is_plain(found[2]))):
            return HIDDEN
        state.is_value = bool(found[2]) or state.is_value
        return chunk
    if chunk.endswith(_ENDS_VALUE):
        state.is_value = False
    found = _AFTER_VALUE.match(chunk)
    signs = found[0] if found else ""
    return signs if signs == chunk else HIDDEN


def _quote(chunk: str, state: _State) -> None:
    before = " "
    for char in chunk:
        if char in _QUOTES:
            if state.quote == char:
                state.quote = ""
            # An apostrophe in a word is no quote.
            elif not state.quote and not (char == "'" and before.isalnum()):
                state.quote = char
        before = char


def _is_plain(text: str) -> bool:
    words = plain_words()
    return all(part in words for part in _PARTS.split(text.lower()))


def _once(pieces: Sequence[str]) -> Iterator[str]:
    last = ""
    for piece in pieces:
        if piece != HIDDEN or last != HIDDEN:
            yield piece
        last = piece


def masked(text: str, candidates: Candidates, *, more: frozenset[str] = frozenset()) -> str:
    """A whole text as its lines would be shown: plain words, `more` words that may be, and one sign for whatever else stands
    between them."""
    lines = []
    state = _State()
    for line in text.splitlines():
        hidden = candidates(line)
        shown = []
        for match in _CHUNK.finditer(line):
            is_hidden = any(start < match.end() and match.start() < end for start, end in hidden)
            shown.append(_alone(match[0], state, is_hidden=is_hidden, more=more))
        state.is_value = False
        if any(any(map(str.isalpha, piece)) for piece in shown if piece != HIDDEN):
            lines.append(" ".join(_once(shown)))
    return "\n".join(lines)


def masked_name(name: str, *, more: frozenset[str] = frozenset()) -> str:
    """A name, such as a path's, of which plain words are shown, and `more` that may be.

    >>> masked_name("/Zyxwv Qrst_review.txt", more=frozenset({"review", "txt"}))
    '/… …_review.txt'
    """
    words = plain_words() | more
    return _NAME_WORD.sub(lambda match: match[0] if match[0].lower() in words else HIDDEN, name)
