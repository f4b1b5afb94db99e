"""`assay catalog snowflake-tags`: a script for Snowflake, as a user writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Assay
from tagging_for_tests import ASKED, known
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store.engine import open_catalog

CATALOG = "catalog.db"
PEOPLE = "snowflake://xy12345:443/SHOP/PUBLIC/My%22Table"
OURS = ("--tag-schema", "gov.tags")


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    open_catalog(CATALOG, create=True).close()


def _scanned(resource: str, *columns: tuple[str, Level, str | None]) -> None:
    with open_catalog(CATALOG) as catalog:
        recording = begin(catalog, [resource], **ASKED)
        assert recording.unchanged(resource, None, None) is None
        found = [made.column(resource=resource, table="T", column=name, level=level, detected_type=kind)
                 for name, level, kind in columns]  # fmt: skip
        recording.table(resource, None, (), found, made.table(resource=resource, table_name="T"))
        recording.take(known(resource=resource))
        recording.finish(made.summary())


def test_levels_are_raised_of_quoted_names(assay: Assay) -> None:
    _scanned(PEOPLE, ("it's \\", Level.CONFIDENTIAL, "EMAIL"), ("n", Level.UNCLASSIFIED, None))
    _scanned("postgresql://db:5432/shop/public/people", ("ssn", Level.RESTRICTED, "SSN"))
    done = assay("catalog", "snowflake-tags", *OURS, "--output", "tags.sql")
    assert done.code == 0
    assert "1 table and 1 column to tag" in done.err
    text = Path("tags.sql").read_text(encoding="utf-8")
    assert 'CREATE TAG IF NOT EXISTS "GOV"."TAGS"."DataClassification";\n' in text
    assert (
        '  present := (SELECT SYSTEM$GET_TAG(\'"GOV"."TAGS"."DataClassification"\', '
        '\'"SHOP"."PUBLIC"."My""Table"."it\'\'s \\\\"\', \'COLUMN\'));\n'
        "  IF (present IS NULL OR LOWER(present) IN ('internal', 'unclassified', 'public')) THEN\n"
        '    ALTER TABLE "SHOP"."PUBLIC"."My""Table" MODIFY COLUMN "it\'s \\" SET TAG '
        '"GOV"."TAGS"."DataClassification" = \'confidential\', '
        '"GOV"."TAGS"."SensitiveDataTypes" = \'EMAIL\';\n'
    ) in text
    assert text.count("ALTER TABLE") == 2
    # A column has the tags of its table: once that is tagged, nobody sees what the column lacks.
    assert text.index("MODIFY COLUMN") < text.index("'TABLE'")
    assert '"ssn"' not in text


def test_a_name_that_would_end_the_script_is_left_out(assay: Assay) -> None:
    _scanned(PEOPLE, ("a$$; DROP TABLE x; --", Level.RESTRICTED, "SSN"))
    done = assay("catalog", "snowflake-tags", *OURS)
    assert done.code == 3
    assert "a name that cannot stand in a script" in done.err
    assert "DROP" not in done.out


@pytest.mark.parametrize("schema", ["gov", "gov.", "gov.ta gs", 'g"v.tags', "1gov.tags", "a.b.c"])
def test_wrong_schemas(assay: Assay, schema: str) -> None:
    done = assay("catalog", "snowflake-tags", "--tag-schema", schema)
    assert done.code == 2
    assert "write DATABASE.SCHEMA" in done.err
