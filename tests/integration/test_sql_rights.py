"""The rights that docs/databases.md asks for are enough, and no more than enough."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from fresh import fresh
from servers import MariaDb
from sqltables import Shop, opened

from assay.errors import ReadError

PAGE = (Path(__file__).parents[2] / "docs" / "databases.md").read_text()


def statements(engine: str, shop: Shop, reader: str, database: str) -> list[str]:
    """Those of the page, for names of this test."""
    found = re.findall(rf"<!-- run: {engine} -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
    text = "".join(found).replace("assay_reader", reader).replace("DATABASE shop", f"DATABASE {database}")
    assert "GRANT SELECT" in text
    return [line.strip() for line in text.replace("ON shop.*", f"ON {database}.*").split(";") if line.strip()]


def test_postgresql(postgres: Shop) -> None:
    reader = fresh("reader_")
    postgres.run(
        "CREATE TABLE t (a text)",
        "INSERT INTO t VALUES ('x'), ('y')",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON t USING (a = 'x')",
    )
    postgres.run(*statements("postgresql", postgres, reader, postgres.schema[0]), "CREATE TABLE later (a text)")
    try:
        assets, others, opener = opened(postgres.url.replace("//postgres:", f"//{reader}:{quote('change me')}"))
        assert sorted(assets) == ["later", "t"]
        assert others == []
        assert None not in {asset.change for asset in assets.values()}
        with opener.open(assets["t"]) as reader_of_t:
            assert reader_of_t.sample(5, 0).rows == 2
        opener.on(lambda database: database._connection.execute("SET default_transaction_read_only = off"))  # type: ignore[attr-defined]
        with pytest.raises(ReadError, match="permission"):
            opener.on(lambda database: database.rows("DELETE FROM public.t"))  # type: ignore[attr-defined]
    finally:
        postgres.run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_mariadb(maria: Shop, mariadb: MariaDb) -> None:
    reader = fresh("reader_")
    maria.run("CREATE TABLE t (a text)", "INSERT INTO t VALUES ('x'), ('y')")
    maria.run(*statements("mysql", maria, reader, maria.schema[0]))
    try:
        assets, others, opener = opened(mariadb.url(maria.schema[0], user=reader, password="change me"))
        assert sorted(assets) == ["t"]
        assert others == []
        with opener.open(assets["t"]) as reader_of_t:
            assert reader_of_t.sample(5, 0).rows == 2
        opener.on(lambda database: database.rows("SET SESSION TRANSACTION READ WRITE"))  # type: ignore[attr-defined]
        with pytest.raises(ReadError, match="permission"):
            opener.on(lambda database: database.rows("DELETE FROM t"))  # type: ignore[attr-defined]
    finally:
        maria.run(f"DROP USER {reader}@'%'")
