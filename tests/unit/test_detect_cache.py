"""The cache of compiled rules: what is used stays, what is not goes."""

from __future__ import annotations

import os
import pickle
import time
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from governance_for_tests import shipped_identifiers

from assay.detect import cache, files, numbering
from assay.detect import shipped as shipping
from assay.detect.cache import keep, kept_in, kept_or_made, read_all, why_not_kept
from assay.detect.names import index_of
from assay.detect.ruleset import load
from assay.detect.shipped import shipped
from assay.tables.defaults import defaults, shipped_rows
from assay.tables.merging import merge
from assay.tables.rules import NameRules
from assay.tables.shippedrows import ShippedRows

DAY = 24 * 60 * 60


def _kept(folder: Path, name: str, body: bytes, days: float) -> Path:
    file = folder / name
    keep(file, body)
    then = time.time() - days * DAY
    os.utime(file, (then, then))
    return file


def test_what_nobody_used_for_a_month_is_deleted_when_something_new_is_kept(tmp_path: Path) -> None:
    old = _kept(tmp_path, "automaton-0a1b.hs", b"old", 31)
    recent = _kept(tmp_path, "plan-12-0a1b-0.json", b"recent", 29)
    begun = tmp_path / ".identifiers-x7f2"
    begun.write_bytes(b"of a process that was killed")
    os.utime(begun, (0, 0))
    others = tmp_path / "notes.json"
    others.write_text("not ours")
    os.utime(others, (0, 0))
    keep(tmp_path / "automaton-2c3d.hs", b"new")
    assert not old.exists()
    assert not begun.exists()
    assert kept_in(recent) == b"recent"
    assert kept_in(tmp_path / "automaton-2c3d.hs") == b"new"
    assert others.read_text() == "not ours"


def test_what_is_read_counts_as_used(tmp_path: Path) -> None:
    old = _kept(tmp_path, "automaton-0a1b.hs", b"old", 31)
    assert kept_in(old) == b"old"
    keep(tmp_path / "automaton-2c3d.hs", b"new")
    assert kept_in(old) == b"old"


def test_a_full_cache_loses_what_was_used_longest_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_FULL", 3_000)
    older, newer = (_kept(tmp_path, f"automaton-{days}.hs", b"x" * 2_000, days) for days in (2, 1))
    keep(tmp_path / "automaton-new.hs", b"x" * 2_000)
    assert not older.exists()
    assert newer.exists()
    assert kept_in(tmp_path / "automaton-new.hs") == b"x" * 2_000


def test_a_cache_that_cannot_be_written_is_still_read(tmp_path: Path) -> None:
    file = _kept(tmp_path, "automaton-0a1b.hs", b"body", 40)
    tmp_path.chmod(0o500)
    try:
        assert kept_in(file) == b"body"
    finally:
        tmp_path.chmod(0o700)


def test_why_something_was_not_kept_is_known_until_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.write_bytes(b"")
    keep(folder / "automaton-1.hs", b"body")
    assert why_not_kept(folder) == "File exists"
    assert why_not_kept(tmp_path) is None
    folder.unlink()
    keep(folder / "plan-1.json", b"small")
    assert why_not_kept(folder) == "File exists"
    keep(folder / "automaton-1.hs", b"body")
    assert why_not_kept(folder) is None


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [len(made)]

    file = tmp_path / "names-0a1b.json"
    assert [kept_or_made(file, make), kept_or_made(file, make)] == [[1], [1]]
    assert kept_or_made(None, make) == [2]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"cut", b"0" * 64 + b"\n[9]"])
def test_what_is_kept_and_damaged_is_made_and_kept_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "names-0a1b.json"
    keep(file, b"[1]")
    whole = file.read_bytes()
    file.write_bytes(damage or whole[:-1])
    assert kept_or_made(file, lambda: [1]) == [1]
    assert file.read_bytes() == whole


def test_what_is_whole_and_no_json_is_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "names-0a1b.json"
    keep(file, b"[1")
    assert kept_or_made(file, lambda: [1]) == [1]
    assert kept_in(file) == b"[1]"


@pytest.mark.parametrize("name", ["shipped", "phrases", "names", "defaults", "plans"])
def test_what_is_made_of_identifiers_goes_with_them(tmp_path: Path, name: str) -> None:
    old = _kept(tmp_path, f"{name}-0a1b.json", b"old", 31)
    keep(tmp_path / "automaton-2c3d.hs", b"new")
    assert not old.exists()


def test_the_index_of_names_is_the_same_from_the_cache_and_of_other_words_is_another(tmp_path: Path) -> None:
    file = tmp_path / "names-0a1b.json"
    made, kept = (index_of(shipped_identifiers(), file) for _ in range(2))
    bare = index_of(shipped_identifiers())
    for name in ("mbr_ssn", "emails", "prénom", "date_naissance", "product_name", "dl #", "gl account", "tel.2"):
        assert made.match(name) == kept.match(name) == bare.match(name)
        assert made.against(name) == kept.against(name) == bare.against(name)
    assert kept.match("social_security_numbers") == bare.match("social_security_number") != {}
    rules = [load(names=names, cache=tmp_path) for names in (("SSN",), ("EMAIL",))]
    assert [list(each.names.match("ssn")) for each in rules] == [[0], []]


def test_the_shipped_configuration_is_that_of_its_rows_with_a_cache_and_without(tmp_path: Path) -> None:
    identifiers = shipped_identifiers()
    whole = merge(shipped_rows(identifiers), {})
    assert [defaults(identifiers, cache) for cache in (None, tmp_path, tmp_path)] == [whole] * 3
    few = [item for item in identifiers if item.name in ("SSN", "EMAIL")]
    assert defaults(few, tmp_path) == merge(shipped_rows(few), {}) != whole


def test_the_state_of_the_code_is_another_after_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "assay"
    for name in ("detect", "model", "tables"):
        (package / name).mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(package / "detect" / "files.py"))
    states = []
    for folder in ("", "detect", "model", "tables"):
        if folder:
            (package / folder / "words.py").write_text("")
        files.state_of_code.cache_clear()
        states.append(files.state_of_code())
    files.state_of_code.cache_clear()
    assert len(set(states)) == 4


def test_a_shipped_document_is_read_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "_READ", {})
    file = tmp_path / "words.yaml"
    file.write_text("a: [b, c]\n")
    found = [shipped(file, tmp_path / "cache")]
    monkeypatch.setattr(shipping, "_READ", {})
    monkeypatch.setattr(shipping, "_read", lambda _: pytest.fail("was read again"))
    found.append(shipped(file, tmp_path / "cache"))
    assert found == [{"a": ["b", "c"]}] * 2
    file.write_text("a: [d]\n")
    monkeypatch.setattr(shipping, "_READ", {})
    monkeypatch.setattr(shipping, "_read", lambda _: {"a": ["d"]})
    assert shipped(file, tmp_path / "cache") == {"a": ["d"]}


def test_of_words_that_are_spelt_in_two_ways_the_first_is_the_row() -> None:
    (ssn,) = (item for item in shipped_identifiers() if item.name == "SSN")
    item = replace(ssn, names=("SV-Nummer", "sv nummer", "other"), keywords=("sv-NUMMER", "more"))
    for governance in (defaults([item]), merge(shipped_rows([item]), {})):
        assert [row.keyword for row in governance.keywords] == ["SV-Nummer", "other", "more"]


def test_identifiers_from_the_cache_are_of_the_same_types(tmp_path: Path) -> None:
    def types(value: object) -> object:
        if isinstance(value, tuple):
            return [types(item) for item in value]
        if is_dataclass(value):
            return [(field.name, types(getattr(value, field.name))) for field in fields(value)]
        return type(value)

    cache._known.cache_clear()
    read, _ = read_all((), cache=tmp_path, builtin=True)
    cache._known.cache_clear()
    kept, _ = read_all((), cache=tmp_path, builtin=True)
    assert types(tuple(kept)) == types(tuple(read))
    assert kept == read


def test_numbering_plans_are_the_same_from_the_cache(tmp_path: Path) -> None:
    def plans(folder: Path | None) -> list[object]:
        numbering.keep_below(folder)
        for made in (numbering._known, numbering.plan_of, numbering.plans_of):
            made.cache_clear()
        return [numbering.plans_of(code) for code in range(1000)]

    before = numbering._Kept.folder
    try:
        assert plans(tmp_path) == plans(tmp_path) == plans(None)
        (file,) = tmp_path.glob("plans-*")
        file.write_bytes(file.read_bytes()[:-9])
        assert plans(tmp_path) == plans(None)
        assert numbering.plan_of("GB") in numbering.plans_of(44)
        assert numbering.plan_of("ZZ") is None
        assert numbering.plans_of(999) == ()
    finally:
        numbering.keep_below(before)


def test_shipped_rows_vote_as_the_same_rows_that_are_configured() -> None:
    identifiers = shipped_identifiers()
    whole = defaults(identifiers)
    configured = replace(whole, keywords=tuple(whole.keywords), patterns=tuple(whole.patterns))
    names = index_of(identifiers)
    judges = [
        NameRules(identifiers=identifiers, names=names, governance=governance) for governance in (whole, configured)
    ]
    for column in ("mbr_ssn", "email", "customer_last", "tel", "notes", "product_name"):
        for table in ("", "patients"):
            assert judges[0].votes(column, table) == judges[1].votes(column, table)
            assert judges[0].against(column, table) == judges[1].against(column, table)


def test_shipped_rows_are_made_once_and_sent_as_what_they_are() -> None:
    made: list[int] = []

    def make() -> tuple[str, ...]:
        made.append(1)
        return ("a", "b")

    rows = ShippedRows(make)
    assert made == []
    assert (rows[0], rows[1:], list(rows), len(rows), repr(rows)) == ("a", ("b",), ["a", "b"], 2, "('a', 'b')")
    assert rows == ("a", "b") == rows
    assert rows != ("a",)
    assert hash(rows) == hash(("a", "b"))
    assert pickle.loads(pickle.dumps(rows)) == ("a", "b")
    assert made == [1]
