"""Comments of PostgreSQL: ours come to stand behind those of others, once, and scans pass over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqltables import Shop, opened

from assay.app.telling.describing import described
from assay.cli.__main__ import run
from assay.model import Level
from assay.report.metadata import Described
from assay.report.pglabels import script
from assay.store.engine import open_catalog


def comments(url: str, table: str) -> dict[str, Any]:
    asked = (
        "SELECT coalesce(a.attname, ''), d.description FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid "
        "AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE d.objoid = %s::regclass"
    )
    with psycopg.connect(url) as connection:
        return dict(connection.execute(asked, [table]).fetchall())


def test_a_scan_becomes_comments_and_a_second_one_changes_nothing(
    postgres: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    compiled: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(compiled))
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "only-for-these-tests")
    monkeypatch.setenv("ASSAY_CATALOG", str(tmp_path / "catalog.db"))
    monkeypatch.setenv("ASSAY_JOBS", "1")
    postgres.plant()
    postgres.run("COMMENT ON COLUMN people.ssn IS 'it''s 100% \\ theirs'")
    open_catalog(str(tmp_path / "catalog.db"), create=True).close()
    file = tmp_path / "comments.sql"
    command = ["catalog", "postgresql-comments", postgres.url, "--output", str(file)]
    assert run(command) == 2
    assert "scan it first" in capsys.readouterr().err
    for _ in range(2):
        assert run(["scan", postgres.url, "--quiet"]) == 0
        assert run(command) == 0
        with psycopg.connect(postgres.url) as connection:
            connection.execute(file.read_text(encoding="utf-8"))
        found = comments(postgres.url, "people")
        assert found["ssn"] == "it's 100% \\ theirs [assay: restricted SSN]"
        assert found["email"] == "[assay: internal EMAIL]"
        assert found[""].startswith("[assay: restricted ")
    with open_catalog(str(tmp_path / "catalog.db")) as catalog, catalog.reading() as connection_to:
        (people,) = [each for each in described(connection_to) if each.resource.endswith("/people")]
    assert people.level is Level.RESTRICTED


def test_what_is_ours_is_not_read_as_a_comment(postgres: Shop) -> None:
    postgres.run("CREATE TABLE t (a text, b text)", "COMMENT ON COLUMN t.a IS 'theirs'")
    before = opened(postgres.url)[0]["t"]
    postgres.run(
        "COMMENT ON COLUMN t.a IS 'theirs [assay: restricted SSN]'", "COMMENT ON TABLE t IS '[assay: restricted SSN]'"
    )
    assert opened(postgres.url)[0]["t"].change == before.change


def test_names_cannot_leave_their_quotes_and_labels_hold_the_level_alone() -> None:
    odd = Described(
        resource="postgresql://db:5432/shop/public/it%27s%20%22%25s", table="t", level=Level.RESTRICTED, kinds=("SSN",),
        columns=(("a';--", Level.RESTRICTED, "SSN"), ("plain", Level.PUBLIC, None)),
    )  # fmt: skip
    text = "".join(script([odd], provider="anon"))
    assert (
        'SECURITY LABEL FOR "anon" ON TABLE "public"."it\'s ""%s" IS \'restricted\';\n'
        'SECURITY LABEL FOR "anon" ON COLUMN "public"."it\'s ""%s"."a\';--" IS \'restricted\';\n'
    ) in text
    assert "plain" not in text


def test_odd_names_are_commented(postgres: Shop) -> None:
    postgres.run("""CREATE TABLE "it's ""%s" ("a';-- \\" text)""")
    odd = Described(
        resource=f"postgresql://db:5432/{postgres.schema[0]}/public/it%27s%20%22%25s", table="t", level=Level.RESTRICTED,
        kinds=("SSN",), columns=(("a';-- \\", Level.CONFIDENTIAL, "EMAIL"),),
    )  # fmt: skip
    with psycopg.connect(postgres.url) as connection:
        connection.execute("".join(script([odd], provider=None)))
    assert comments(postgres.url, """"it's ""%s\"""") == {
        "": "[assay: restricted SSN]",
        "a';-- \\": "[assay: confidential EMAIL]",
    }
