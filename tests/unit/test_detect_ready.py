"""Expressions that were compiled before: what is read of them is what was kept, and works as it did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.detect import ready
from assay.detect.cache import keep
from assay.detect.ready import Ready
from assay.detect.ruleset import RuleSet, load

_SOME = {
    "words": re.compile(rb"(?i:card|iban)(?:s(?![a-z]))?"),
    "named": re.compile(rb"\b(?P<value>[0-9]{3})-(?P<rest>[0-9]{2})\b", re.IGNORECASE),
    "bytes": re.compile("größe|[\x80-\xff]".encode("latin-1"), re.DOTALL | re.MULTILINE),
    "twice": re.compile(rb"(a|b)\1(?<=.b)"),
}
_TEXT = b"iban CARDS 123-45, gr\xf6\xdfe aa bb"


class _Made:
    """Makes expressions, and counts how often all of them were made."""

    def __init__(self) -> None:
        self.times = 0

    def every(self) -> Iterator[tuple[str, re.Pattern[bytes]]]:
        self.times += 1
        yield from _SOME.items()


def _refused() -> re.Pattern[bytes] | None:
    raise AssertionError("compiled although it is kept")


def _used(found: Ready) -> Ready:
    for _ in range(ready._FEW):
        assert found.of("words", lambda: _SOME["words"]) is _SOME["words"]
    return found


def _alike(one: re.Pattern[bytes] | None, other: re.Pattern[bytes]) -> None:
    assert one is not None
    assert one is not other
    assert (one.pattern, one.flags, one.groups, one.groupindex) == (
        other.pattern,
        other.flags,
        other.groups,
        other.groupindex,
    )
    assert [(match.span(), match.groups(), match.lastgroup) for match in one.finditer(_TEXT)] == [
        (match.span(), match.groups(), match.lastgroup) for match in other.finditer(_TEXT)
    ]


def test_what_was_kept_is_read_by_the_next_process(tmp_path: Path) -> None:
    file, made = tmp_path / "expressions-1.bin", _Made()
    first = _used(Ready(file, made.every))
    assert not file.exists()  # few are quicker compiled
    for name, regex in _SOME.items():
        _alike(first.of(name, _refused), regex)
    second = _used(Ready(file, made.every))
    for name, regex in _SOME.items():
        _alike(second.of(name, _refused), regex)
    assert made.times == 1
    assert second.of("another", lambda: None) is None


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    file, made = tmp_path / "expressions-1.bin", _Made()
    _used(Ready(file, made.every)).of("named", _refused)
    body = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(body[:-8] if damage == "cut" else body[:-8] + b"\0" * 8)
    _alike(_used(Ready(file, made.every)).of("named", _refused), _SOME["named"])
    assert made.times == 2
    assert file.read_bytes() == body


def test_without_a_cache_each_is_compiled_where_it_is_asked_for() -> None:
    found = Ready(None, _refused_all)
    for _ in range(2 * ready._FEW):
        assert found.of("words", lambda: _SOME["words"]) is _SOME["words"]


def _refused_all() -> Iterator[tuple[str, re.Pattern[bytes]]]:
    raise AssertionError("nothing is kept")


def test_every_expression_of_ours_is_the_same_from_the_file(tmp_path: Path, rules: RuleSet) -> None:
    compiled = {name: regex for rule in rules.rules for name, regex in rule.expressions()}
    found = _used(Ready(tmp_path / "expressions-ours.bin", compiled.items))
    assert len(compiled) > 1_000
    for name, regex in compiled.items():
        _alike(found.of(name, _refused), regex)


def test_a_rule_set_asks_for_its_expressions_by_these_names(tmp_path: Path) -> None:
    rules = load(names=("EMAIL", "IBAN", "US_EIN"), cache=tmp_path)
    compiled = {name: regex for rule in rules.rules for name, regex in rule.expressions()}
    _used(rules.rules[0].ready)
    assert not list(tmp_path.glob("expressions-*"))
    for rule in rules.rules:
        for item in rule.patterns:
            _alike(item.regex, compiled.pop(f"{rule.identifier.path}#{item.pattern.id}"))
        for name, regex in (("context", rule.context), ("ignore", rule.ignore_context)):
            if regex is not None:
                _alike(regex, compiled.pop(f"{rule.identifier.path} {name}"))
    assert not compiled
    (kept,) = tmp_path.glob("expressions-*")
    assert rules.digest in kept.name


def test_what_is_kept_but_no_code_is_compiled_instead(tmp_path: Path) -> None:
    file = tmp_path / "expressions-1.bin"
    keep(file, b'{"words":[0,1,8,0,0,{}]}\n' + b"a" + b"\xff" * 8)
    found = _used(Ready(file, _Made().every))
    assert found.of("words", lambda: _SOME["words"]) is _SOME["words"]
