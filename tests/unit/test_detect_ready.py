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


def _refused() -> re.Pattern[bytes] | None:
    raise AssertionError("compiled although it is kept")


def _kept(file: Path) -> Path:
    """The file after a process needed enough of them for one."""
    first = Ready(file)
    for name in (*_SOME, *(f"more {number}" for number in range(ready._FEW - len(_SOME)))):
        regex = _SOME.get(name, _SOME["words"])
        assert first.of(name, lambda regex=regex: regex) is regex  # type: ignore[misc]
    return file


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


def test_what_was_compiled_is_read_by_the_next_process(tmp_path: Path) -> None:
    file = _kept(tmp_path / "expressions-1.bin")
    second = Ready(file)
    for name, regex in _SOME.items():
        _alike(second.of(name, _refused), regex)
    assert second.of("another", lambda: None) is None


def test_few_are_not_kept_and_what_is_new_is_added_to_what_others_kept(tmp_path: Path) -> None:
    file = tmp_path / "expressions-1.bin"
    one, other = Ready(file), Ready(file)
    for number in range(ready._FEW - 1):
        one.of(f"one {number}", lambda: _SOME["named"])
        other.of(f"other {number}", lambda: _SOME["bytes"])
    assert not file.exists()
    one.of("one", lambda: _SOME["twice"])
    assert file.exists()
    other.of("other", lambda: _SOME["words"])
    third = Ready(file)
    for name, known in (("one 0", "named"), ("one", "twice"), ("other 0", "bytes"), ("other", "words")):
        _alike(third.of(name, _refused), _SOME[known])
        _alike(other.of(name, _refused), _SOME[known])
    before = file.read_bytes()
    for number in range(ready._FEW - 1):
        third.of(f"third {number}", lambda: _SOME["twice"])
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    file = _kept(tmp_path / "expressions-1.bin")
    body = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(body[:-8] if damage == "cut" else body[:-8] + b"\0" * 8)
    assert Ready(file).of("named", lambda: _SOME["named"]) is _SOME["named"]
    _kept(file)
    assert file.read_bytes() == body


def test_without_a_cache_each_is_compiled_where_it_is_asked_for() -> None:
    found = Ready(None)
    for _ in range(2 * ready._FEW):
        assert found.of("words", lambda: _SOME["words"]) is _SOME["words"]


def test_what_cannot_be_kept_is_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "a file, no folder"
    folder.write_bytes(b"")
    found = Ready(folder / "expressions-1.bin")
    for name in map(str, range(3 * ready._FEW)):
        assert found.of(name, lambda: _SOME["words"]) is not None


def test_every_expression_of_ours_is_the_same_as_it_is_kept(rules: RuleSet) -> None:
    compiled = {name: regex for name, regex in _ours(rules) if regex is not None}
    entries, body = ready._with(({}, b""), compiled)
    assert len(compiled) > 1_000
    for name, regex in compiled.items():
        _alike(ready._made(entries[name], body), regex)


def _ours(rules: RuleSet) -> Iterator[tuple[str, re.Pattern[bytes] | None]]:
    for rule in rules.rules:
        path = rule.identifier.path
        yield from ((f"{path}#{item.pattern.id}", item._compiled()) for item in rule.patterns)
        yield f"{path} context", rule._context()
        yield f"{path} context stems", rule._context_stems()
        yield f"{path} ignore", rule._ignore_context()
        yield f"{path} ignore stems", rule._ignore_stems()


def test_a_rule_set_keeps_what_it_needed_by_names_that_stand_for_nothing_else(tmp_path: Path) -> None:
    rules = load(names=("EMAIL", "IBAN", "US_EIN", "CREDIT_CARD"), cache=tmp_path)
    assert not list(tmp_path.glob("expressions-*"))
    for rule in rules.rules:
        for item in rule.patterns:
            _ = item.regex
        _ = rule.context, rule.context_stems, rule.ignore_context, rule.ignore_stems
    (kept,) = tmp_path.glob("expressions-*")
    assert rules.digest in kept.name
    found, expected = Ready(kept), dict(_ours(rules))
    entries, _ = ready._read(kept)
    assert {name.partition("#")[0].partition(" ")[0] for name in entries} <= {
        rule.identifier.path for rule in rules.rules
    }
    assert len(entries) >= ready._FEW
    for name in entries:
        regex = expected[name]
        assert regex is not None
        _alike(found.of(name, _refused), regex)


def test_what_is_kept_but_no_code_is_compiled_instead(tmp_path: Path) -> None:
    file = tmp_path / "expressions-1.bin"
    keep(file, b'{"words":[0,1,8,0,0,{}]}\n' + b"a" + b"\xff" * 8)
    assert Ready(file).of("words", lambda: _SOME["words"]) is _SOME["words"]


@pytest.mark.parametrize("missing", ["_code", "compile"])
def test_where_python_has_no_such_parts_everything_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    file = _kept(tmp_path / "expressions-1.bin")
    before = file.read_bytes()
    module = ready._compiler if missing == "_code" else ready._engine
    with monkeypatch.context() as patch:
        patch.delattr(module, missing)
        found = Ready(file)
        for number in range(2 * ready._FEW):
            name = "words" if number == 0 and missing == "compile" else f"new {number}"
            assert found.of(name, lambda: _SOME["words"]) is _SOME["words"]
    if missing == "_code":
        assert file.read_bytes() == before
