"""`assay catalog metadata` and `safe-views`, as a user writes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from calling import Assay
from tagging_for_tests import ASKED, known
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.report.safeviews import Columns, views
from assay.store.engine import open_catalog

CATALOG = "catalog.db"
STAFF = "postgresql://db:5432/shop/public/staff"
ORDERS = "glue://sales/orders"


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    open_catalog(CATALOG, create=True).close()


def scanned(resource: str, *columns: tuple[str, Level, str | None], level: Level = Level.RESTRICTED) -> None:
    with open_catalog(CATALOG) as catalog:
        recording = begin(catalog, [resource], **ASKED)
        assert recording.unchanged(resource, None, None) is None
        name = unquote(resource.rpartition("/")[2])
        found = [made.column(resource=resource, table=name, column=column, level=of, detected_type=kind)
                 for column, of, kind in columns]  # fmt: skip
        recording.table(resource, None, (), found, made.table(resource=resource, table_name=name, level=level))
        recording.take(known(resource=resource))
        recording.finish(made.summary())


def staff() -> None:
    scanned(STAFF, ("id", Level.PUBLIC, None), ("a/b~c", Level.RESTRICTED, "SSN"))


def test_datahub_gets_proposals_that_add_tags_and_replace_none(assay: Assay) -> None:
    staff()
    done = assay("catalog", "metadata", "datahub")
    assert done.code == 0
    proposals: list[dict[str, Any]] = json.loads(done.out)
    of_table = [each for each in proposals if each["entityType"] == "dataset"]
    assert {each["entityUrn"] for each in of_table} == {
        "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.staff,PROD)"
    }
    assert {each["changeType"] for each in of_table} == {"PATCH"}
    fields = next(each for each in of_table if each["aspectName"] == "editableSchemaMetadata")
    patch = json.loads(fields["aspect"]["value"])
    assert [each["path"] for each in patch] == [
        "/editableSchemaFieldInfo/a~1b~0c/globalTags/tags/urn:li:tag:assay.restricted",
        "/editableSchemaFieldInfo/a~1b~0c/globalTags/tags/urn:li:tag:assay.SSN",
    ]
    made_tags = {each["entityUrn"] for each in proposals if each["entityType"] == "tag"}
    assert {each["value"]["tag"] for each in patch} <= made_tags


def test_openmetadata_makes_its_tags_before_they_are_used(assay: Assay) -> None:
    staff()
    done = assay("catalog", "metadata", "openmetadata", "--service", "ware.house")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [each.get("path") for each in lines] == ["/v1/classifications", "/v1/tags", "/v1/tags", None]
    (table,) = [each for each in lines if each.get("kind") == "table"]
    assert table["fullyQualifiedName"] == '"ware.house".shop.public.staff'
    assert [column["name"] for column in table["columns"]] == ["a/b~c"]
    assert {tag["tagFQN"] for tag in table["columns"][0]["tags"]} == {"Assay.restricted", "Assay.SSN"}
    assert {tag["state"] for tag in table["tags"]} == {"Suggested"}


def test_what_is_harmless_is_not_told(assay: Assay) -> None:
    scanned(STAFF, ("id", Level.PUBLIC, None), level=Level.PUBLIC)
    assert json.loads(assay("catalog", "metadata", "datahub").out) == []
    assert assay("catalog", "metadata", "openmetadata").out == ""


def orders() -> None:
    scanned(
        ORDERS,
        ("id", Level.PUBLIC, None),
        ("zip", Level.INTERNAL, "POSTAL_CODE"),
        ('s"n', Level.RESTRICTED, "SSN"),
        ("home.street", Level.CONFIDENTIAL, "ADDRESS"),
        ("half", Level.UNCLASSIFIED, None),
    )


def columns_of(script: str) -> dict[str, list[Any]]:
    """What the view shows of one row, in an engine that reads Athena's words."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute(
            "CREATE TABLE sales.orders AS SELECT 1 AS id, '02139' AS zip, '536' AS \"s\"\"n\", 'x' AS home, 'y' AS half"
        )
        connection.execute(script)
        found = connection.execute("SELECT * FROM sales.orders_safe")
        row = found.fetchone()
        assert row is not None
        return dict(zip([each[0] for each in found.description], row, strict=True))


def test_a_view_leaves_out_what_is_sensitive_and_what_was_not_fully_read(assay: Assay) -> None:
    orders()
    done = assay("catalog", "safe-views")
    assert "1 table, 3 columns hidden" in done.err
    assert columns_of(done.out) == {"id": 1, "zip": "02139"}


def test_a_masked_view_has_all_columns_and_no_value_of_a_sensitive_one(assay: Assay) -> None:
    orders()
    assert columns_of(assay("catalog", "safe-views", "--mask", "--from", "internal").out) == {
        "id": 1, "zip": "****", 's"n': "****", "home": "****", "half": "****",
    }  # fmt: skip


def test_a_view_of_which_nothing_is_left_goes_and_no_name_leaves_its_comment(assay: Assay) -> None:
    odd = 'a\nb"; DROP TABLE sales.orders; --'
    hidden = Columns("sales", odd, (), ("ssn",))
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA sales; CREATE TABLE sales.orders (id INT)")
        name = odd.replace('"', '""')
        connection.execute(f'CREATE VIEW sales."{name}_safe" AS SELECT * FROM sales.orders')
        connection.execute("".join(views([hidden], is_masked=False)))
        assert connection.execute("SELECT count(*) FROM sales.orders").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM duckdb_views() WHERE schema_name = 'sales'").fetchone() == (0,)


def test_names_that_openmetadata_does_not_take_are_as_its_own_ingestion_writes_them(assay: Assay) -> None:
    scanned("postgresql://db:5432/shop/public/we%22ird", ("a>b", Level.RESTRICTED, "SSN"))
    (table,) = [
        each
        for each in map(json.loads, assay("catalog", "metadata", "openmetadata").out.splitlines())
        if "columns" in each
    ]
    assert table["fullyQualifiedName"] == "postgres.shop.public.we__reserved__quote__ird"
    assert table["columns"][0]["name"] == "a__reserved__arrow__b"


def test_filters_of_lake_formation_name_what_is_shown(assay: Assay) -> None:
    orders()
    done = assay("catalog", "safe-views", "--lake-formation", "123456789012")
    (asked,) = [json.loads(line) for line in done.out.splitlines()]
    assert asked["TableData"]["ColumnNames"] == ["id", "zip"]
    assert asked["TableData"]["RowFilter"] == {"AllRowsWildcard": {}}
    botocore = pytest.importorskip("botocore.session")
    from botocore.validate import validate_parameters

    model = botocore.get_session().get_service_model("lakeformation")
    validate_parameters(asked, model.operation_model("CreateDataCellsFilter").input_shape)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("safe-views",), "no table of the Glue data catalog is known; scan one first"),
        (("safe-views", "--lake-formation", "12"), "--lake-formation 12: is no account"),
        (("safe-views", "--lake-formation", "123456789012", "--mask"), "--mask is for views"),
        (("metadata", "datahub", "--environment", "PR)OD,x"), "--environment PR)OD,x: is no environment of DataHub"),
        (("metadata", "datahubs"), "there is no system 'datahubs'; did you mean 'datahub'?"),
    ],
)
def test_what_is_asked_wrongly_is_told(assay: Assay, arguments: tuple[str, ...], told: str) -> None:
    staff()
    done = assay("catalog", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
