"""Expressions of Python's engine as it compiled them, kept in the user's cache: to read one takes a hundredth of compiling it.

Each is compiled when it is first needed, in every process; a scan of all kinds of text needs a few hundred of a thousand.
What one process compiled the next one finds: nothing is compiled only to be kept.
"""

from __future__ import annotations

import importlib
import re
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from assay.detect.cache import keep, kept_in

# None of these has a public name; all are the same since Python 3.11. What is kept is of one version of Python and no other.
_compiler: Any = importlib.import_module("re._compiler")
_parser: Any = importlib.import_module("re._parser")
_engine: Any = importlib.import_module("_sre")

# Where a Python to come has them otherwise, all is compiled as if nothing were kept.
_OTHERWISE = (RuntimeError, AttributeError, TypeError)

_FEW = 8
"""So many new ones, or a quarter as many as are kept, are worth a new file."""

Regex: TypeAlias = "re.Pattern[bytes] | None"
_Entry: TypeAlias = "tuple[int, int, int, int, int, dict[str, int]]"
"""Where in the body it lies, the lengths of its text and its code, its flags, and its groups."""
_Kept: TypeAlias = "tuple[dict[str, _Entry], bytes]"


class Ready:
    """The expressions of a rule set by name. Without a `file` each is compiled where it is asked for."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        # One after the other would be of two files for a moment, and there may be several threads.
        self._kept: _Kept | None = None
        self._new: dict[str, re.Pattern[bytes]] = {}

    def of(self, name: str, make: Callable[[], Regex]) -> Regex:
        """The expression of that name, as `make` makes it."""
        if self._file is None:
            return make()
        kept = self._kept
        if kept is None:
            kept = self._kept = _read(self._file)
        entries, body = kept
        entry = entries.get(name)
        if entry is not None:
            with suppress(*_OTHERWISE):  # the engine looks at code before it runs any
                return _made(entry, body)
        regex = make()
        if regex is not None:
            self._new[name] = regex
            if len(self._new) >= max(_FEW, len(entries) // 4):
                self._keep(self._file)
        return regex

    def _keep(self, file: Path) -> None:
        new, self._new = self._new, {}
        try:
            # Another process may have kept others meanwhile.
            self._kept = _with(_read(file), new)
        except _OTHERWISE:
            self._file = None
            return
        entries, body = self._kept
        keep(file, orjson.dumps(entries) + b"\n" + body)


def _read(file: Path) -> _Kept:
    """The names come first, in one line, then what each has behind one another."""
    head, _, body = (kept_in(file) or b"{}").partition(b"\n")
    entries: dict[str, _Entry] = orjson.loads(head)
    return entries, body


def _with(kept: _Kept, new: Mapping[str, re.Pattern[bytes]]) -> _Kept:
    entries, body = kept
    found = dict(entries)
    parts = [body]
    at = len(body)
    for name, regex in new.items():
        if name in entries:
            continue
        words = array("I", _compiler._code(_parser.parse(regex.pattern, regex.flags), regex.flags)).tobytes()
        found[name] = (at, len(regex.pattern), len(words), regex.flags, regex.groups, dict(regex.groupindex))
        parts += (regex.pattern, words)
        at += len(regex.pattern) + len(words)
    return found, b"".join(parts)


def _made(entry: _Entry, body: bytes) -> re.Pattern[bytes]:
    at, size, words, flags, groups, named = entry
    code = array("I")
    code.frombytes(body[at + size : at + size + words])
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in named.items():
        by_number[number] = name
    made: re.Pattern[bytes] = _engine.compile(
        body[at : at + size], flags, code.tolist(), groups, named, tuple(by_number)
    )
    return made


NOT_KEPT = Ready(None)
