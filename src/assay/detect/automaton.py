"""One multi-pattern database for all expressions, compiled once and kept on disk by digest."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import hyperscan

from assay.detect.cache import keep, kept_in
from assay.errors import RuleError

# The parser of regular expressions has no public name; its module is the same since Python 3.11.
sre: Any = importlib.import_module("re._constants")
sre_parse: Any = importlib.import_module("re._parser")

_LONGEST = 4_096
_CACHE_FORMAT = b"assay automaton 2\n"


class Expression(NamedTuple):
    """An expression of the database. `width` is its length in bytes where every match has the same, else `None`."""

    text: str
    caseless: bool = False
    start_needed: bool = False

    @property
    def flags(self) -> int:
        flags = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_MULTILINE
        if self.caseless:
            flags |= hyperscan.HS_FLAG_CASELESS
        if self.start_needed:
            flags |= hyperscan.HS_FLAG_SOM_LEFTMOST
        return flags


def fixed_width(expression: str) -> int | None:
    """Width of every match of `expression` in bytes, or `None` if it varies."""
    low, high = sre_parse.parse(expression.encode()).getwidth()
    return low if low == high else None


def unbounded(expression: str) -> bool:
    """Whether a match of `expression` may be of any length."""
    return bool(sre_parse.parse(expression.encode()).getwidth()[1] > _LONGEST)


def least_digits(expression: str) -> int:
    """How many ASCII digits every match of `expression` has at least."""
    return _digits(sre_parse.parse(expression.encode()))


def _digits(parsed: Any) -> int:
    return sum(_item_digits(operator, argument) for operator, argument in parsed)


def _item_digits(operator: Any, argument: Any) -> int:
    if operator is sre.LITERAL:
        return int(48 <= argument <= 57)
    if operator is sre.IN:
        return int(
            all(
                (kind is sre.CATEGORY and value is sre.CATEGORY_DIGIT)
                or (kind is sre.LITERAL and 48 <= value <= 57)
                or (kind is sre.RANGE and value[0] >= 48 and value[1] <= 57)
                for kind, value in argument
            )
        )
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return int(argument[0]) * _digits(argument[2])
    if operator is sre.SUBPATTERN:
        return _digits(argument[-1])
    if operator is sre.ATOMIC_GROUP:
        return _digits(argument)
    if operator is sre.BRANCH:
        return min(map(_digits, argument[1]))
    return 0


def check(expression: str, *, where: str, key: str, caseless: bool = False) -> None:
    """Raise `RuleError` when Hyperscan cannot run `expression` (look-around, backreferences, too large), that of `key`."""
    try:
        sre_parse.parse(expression.encode())
        hyperscan.Database().compile(
            expressions=[expression.encode()], ids=[0], flags=[Expression(expression, caseless).flags]
        )
    except (hyperscan.error, re.error) as error:
        raise RuleError(f"{where}: {key} cannot be run in linear time: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    text = str(error.args[0] if error.args else error)
    if "empty buffer" in text:
        return "it matches where nothing stands; make it need at least one character"
    if "length exceeds" in text or "too large" in text.lower():
        return "it is too large; divide it into several patterns"
    return text.strip().rstrip(".") or "not supported"


def _state(key: str) -> str:
    """Name of a compiled database: of what it was compiled from, the engine's version and this machine's architecture."""
    engine = getattr(hyperscan, "__version__", "")
    state = f"{engine} {os.uname().machine} {_cpu_flags()}\n{key}\n"
    return hashlib.sha256(_CACHE_FORMAT + state.encode()).hexdigest()[:32]


def _cpu_flags() -> str:
    """A compiled database runs only on processors that have what it was compiled for."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("flags"):
                    words = line.split()
                    return " ".join(word for word in ("avx2", "avx512bw", "avx512vbmi") if word in words)
    except OSError:
        return ""
    return ""


def load(expressions: Callable[[], Sequence[Expression]], key: str, cache: Path | None) -> hyperscan.Database:
    """The database, from the cache where it is there and whole, else compiled (and kept, if the cache can be written).

    `key` stands for the expressions, which are made only if they are needed.
    """
    file = cache / f"automaton-{_state(key)}.hs" if cache else None
    if file:
        database = _from_cache(file)
        if database:
            return database
    database = compiled(expressions())
    if file:
        keep(file, hyperscan.dumpb(database))
    return database


def compiled(expressions: Sequence[Expression]) -> hyperscan.Database:
    """The database of `expressions`, each reported by its number. Raises `hyperscan.error`."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression.text.encode() for expression in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[expression.flags for expression in expressions],
    )
    return database


def scanner(database: hyperscan.Database | None) -> Callable[[bytes, Callable[..., None]], None] | None:
    """What looks through a text with room of its own for that, as several may share a database; `None` where there is none."""
    if database is None:
        return None
    room = hyperscan.Scratch(database)

    def scan(data: bytes, on_match: Callable[..., None]) -> None:
        database.scan(data, match_event_handler=on_match, scratch=room)

    return scan


def _from_cache(file: Path) -> hyperscan.Database | None:
    body = kept_in(file)
    if body is None:
        return None
    try:
        database = hyperscan.loadb(body, mode=hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:
        return None
    database.scratch = hyperscan.Scratch(database)
    return database
