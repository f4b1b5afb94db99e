"""Expressions of Python's engine as it compiled them, kept in the user's cache: to read one takes a hundredth of compiling it.

Hundreds of them are compiled, each when it is first needed, in every process that reads text of all kinds.
"""

from __future__ import annotations

import importlib
import re
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from assay.detect.cache import keep, kept_in

# Neither has a public name; both are the same since Python 3.11. What is kept is of one version of Python and no other.
_compiler: Any = importlib.import_module("re._compiler")
_parser: Any = importlib.import_module("re._parser")
_engine: Any = importlib.import_module("_sre")

_FEW = 8
"""So many are compiled before all are read, or made where nobody kept them yet."""

Regex: TypeAlias = "re.Pattern[bytes] | None"
_Entry: TypeAlias = "tuple[int, int, int, int, int, dict[str, int]]"


class Ready:
    """The expressions of a rule set by name; `every` makes all of them for the next process.

    Without a `file` each is compiled where it is asked for.
    """

    def __init__(self, file: Path | None, every: Callable[[], Iterable[tuple[str, re.Pattern[bytes]]]]) -> None:
        self._file = file
        self._every = every
        self._asked = 0
        self._entries: dict[str, _Entry] | None = None
        self._body = memoryview(b"")

    def of(self, name: str, make: Callable[[], Regex]) -> Regex:
        """The expression of that name, as `make` makes it."""
        if self._file is None:
            return make()
        if self._entries is None:
            self._asked += 1
            if self._asked <= _FEW:
                return make()
            self._entries = self._read(self._file)
        entry = self._entries.get(name)
        if entry is not None:
            with suppress(RuntimeError):  # no code of this Python, which looks at it before it runs any
                return _made(entry, self._body)
        return make()

    def _read(self, file: Path) -> dict[str, _Entry]:
        body = kept_in(file)
        if body is None:
            # The names come first, in one line, then what each has behind one another.
            body = _written(self._every())
            keep(file, body)
        head = body.index(b"\n") + 1
        self._body = memoryview(body)[head:]
        entries: dict[str, _Entry] = orjson.loads(body[:head])
        return entries


def _written(every: Iterable[tuple[str, re.Pattern[bytes]]]) -> bytes:
    entries: dict[str, _Entry] = {}
    parts: list[bytes] = []
    at = 0
    for name, regex in every:
        parsed = _parser.parse(regex.pattern, regex.flags)
        words = array("I", _compiler._code(parsed, regex.flags)).tobytes()
        entries[name] = (at, len(regex.pattern), len(words), regex.flags, regex.groups, dict(regex.groupindex))
        parts += (regex.pattern, words)
        at += len(regex.pattern) + len(words)
    return orjson.dumps(entries) + b"\n" + b"".join(parts)


def _made(entry: _Entry, body: memoryview) -> re.Pattern[bytes]:
    at, size, words, flags, groups, named = entry
    code = array("I")
    code.frombytes(body[at + size : at + size + words])
    by_number: list[str | None] = [None] * (groups + 1)
    for name, number in named.items():
        by_number[number] = name
    made: re.Pattern[bytes] = _engine.compile(
        bytes(body[at : at + size]), flags, code.tolist(), groups, named, tuple(by_number)
    )
    return made


NOT_KEPT = Ready(None, tuple)
