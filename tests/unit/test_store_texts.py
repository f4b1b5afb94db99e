"""Texts, ids and settings of the catalog; each test is one promise."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.app.config.places import Address
from assay.app.config.settings import load_settings
from assay.errors import CatalogError, ConfigError
from assay.model import ColumnSketch, Features
from assay.store.engine import open_catalog, parsed
from assay.store.keys import End, Seal
from assay.store.nouns import sketch_document, sketch_of
from assay.store.texts import as_json, canonical, clean, derived
from assay.store.units import column_ids, source_id

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_clean_text_is_utf8_without_nulls_and_stays_so(text: str) -> None:
    done = clean(text)
    done.encode()
    assert "\0" not in done
    assert clean(done) == done


@given(st.recursive(ANY_TEXT | st.integers(-(2**53), 2**53) | st.none() | st.booleans(),
                    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))  # fmt: skip
def test_json_of_anything_is_taken_by_every_database(value: object) -> None:
    for text in (canonical(value), as_json(value)):
        text.encode()
        assert "\0" not in json.dumps(orjson.loads(text)).replace("\\u0000", "\0")


def test_an_escape_that_is_text_stays() -> None:
    assert orjson.loads(canonical({"a": "\\u0000"})) == {"a": "\\u0000"}
    assert orjson.loads(canonical({"a": "x\0\\u0000"})) == {"a": "x\\x00\\u0000"}


def test_canonical_json_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": 2}) == canonical(MappingProxyType({"a": 2, "b": 1})) == '{"a":2,"b":1}'


@given(st.lists(ANY_TEXT, max_size=4), st.lists(ANY_TEXT, max_size=4))
def test_ids_are_those_of_their_parts(first: list[str], second: list[str]) -> None:
    assert (derived(*first) == derived(*second)) == (first == second)


def test_columns_of_one_name_have_ids_of_their_own() -> None:
    assert len({*column_ids("t", ["a", "a", "b"]), *column_ids("u", ["a"])}) == 4
    assert column_ids("t", ["a", "b"]) == column_ids("t", ["a", "b", "c"])[:2]


def test_sources_are_folders_and_databases() -> None:
    assert source_id("file:///srv/a.csv") == source_id("file:///srv/b.csv") != source_id("file:///b.csv")
    assert (
        source_id("postgresql://h/shop/public/a") == source_id("postgresql://h/shop/x") != source_id("postgresql://h/y")
    )


def test_a_sketch_of_another_version_is_read() -> None:
    told = sketch_document(ColumnSketch(name="a", index=0, features=Features(cells=3, distinct=(1, 2))))
    told["new"] = told["features"]["new"] = 1
    del told["test_values"]
    sketch = sketch_of(told)
    assert (sketch.features.cells, sketch.features.different, sketch.test_values) == (3, 2, 0)


class TestAddress:
    @pytest.mark.parametrize("url", [
        "postgresql://tess:hidden@db/x", "postgresql://tess:hid:den@db:5/x?a=b", "postgresql://db/x?password=hidden&a=b",
        "mysql://tess:hidden@db/a postgresql://u:hidden@db/b",
    ])  # fmt: skip
    def test_it_shows_no_password(self, url: str) -> None:
        for text in (str(Address(url)), repr(Address(url))):
            assert "hid" not in text
        assert "***" in str(Address(url))

    def test_what_has_none_is_shown_as_it_is(self) -> None:
        for url in ("/srv/a:b@c.db", "postgresql://db:5/x", "sqlite:////srv/c.db"):
            assert str(Address(url)) == url

    def test_paths_are_relative_to_the_settings(self, tmp_path: Path) -> None:
        file = tmp_path / "assay.toml"
        for text, url in (
            ("c.db", f"{tmp_path}/c.db"), ("sqlite:///c.db", f"sqlite:///{tmp_path}/c.db"),
            ("sqlite:////srv/c.db", "sqlite:////srv/c.db"), ("postgresql://db/x", "postgresql://db/x"),
        ):  # fmt: skip
            file.write_text(f'catalog = "{text}"\nretention_findings = 0')
            settings = load_settings(file)
            assert settings.catalog is not None
            assert (settings.catalog.url, settings.retention_findings) == (url, 0)

    @pytest.mark.parametrize("text", ["catalog = 1", "retention_history = -1", "retention_history = true"])
    def test_mistakes(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "assay.toml").write_text(text)
        with pytest.raises(ConfigError, match="must be a"):
            load_settings(tmp_path / "assay.toml")


def test_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path / "c.db")
    assert {parsed(url).database for url in ("c.db", "sqlite:///c.db", f"sqlite:///{here}", here)} == {here}
    assert parsed("postgres://u@h/d").drivername == parsed("postgresql://u@h/d").drivername == "postgresql+psycopg"
    # A file may be called like a URL.
    (tmp_path / "odd:name.db").touch()
    assert parsed("odd:name.db").database == str(tmp_path / "odd:name.db")


class TestSeal:
    def test_a_note_only_goes_forward_and_only_with_the_key(self, tmp_path: Path) -> None:
        seal = Seal("c0ffee", tmp_path)
        seal.make_key()
        for seq in (3, 2):
            seal.remember(End(seq=seq, hash="a" * 64))
        assert seal.remembered() == End(seq=3, hash="a" * 64)
        told = json.loads(seal.note_file.read_text())
        seal.note_file.write_text(json.dumps({**told, "seq": 1}))
        with pytest.raises(CatalogError, match="not written with this catalog's key"):
            seal.remembered()
        seal.note_file.write_text("{}")
        with pytest.raises(CatalogError, match="damaged"):
            seal.remembered()

    @pytest.mark.parametrize(("text", "mode", "told"), [
        ("00" * 32, 0o644, "chmod 600"), ("not hex", 0o600, "no key"), ("00", 0o600, "too short"),
    ])  # fmt: skip
    def test_keys_that_are_none(self, tmp_path: Path, text: str, mode: int, told: str) -> None:
        seal = Seal("c0ffee", tmp_path)
        seal.key_file.write_text(text)
        seal.key_file.chmod(mode)
        with pytest.raises(CatalogError, match=told):
            seal.key_id()

    def test_the_environment_counts_more(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ASSAY_AUDIT_KEY", "a secret of the team's own")
        with open_catalog(str(tmp_path / "c.db"), create=True, keys=tmp_path / "keys") as catalog:
            assert not catalog.seal.key_file.exists()
        monkeypatch.setenv("ASSAY_AUDIT_KEY", "short")
        with pytest.raises(CatalogError, match="too short"):
            open_catalog(str(tmp_path / "d.db"), create=True)
