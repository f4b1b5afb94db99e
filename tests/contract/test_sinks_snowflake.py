"""Results in Snowflake: the state by MERGE, the history and the logs appended; against an emulator of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fakesnow
import pytest
import snowflake.connector
from reviews_for_tests import NOW, override
from snowflake.connector.errors import OperationalError, ProgrammingError
from sqlalchemy import insert
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.app.telling.warehouse import export
from assay.errors import OutputError, UsageError
from assay.model import Level
from assay.sinks import governancetables as tables
from assay.sinks.snowflake import SnowflakeWriter, explained, open_snowflake
from assay.sinks.snowflakeurl import parse
from assay.store import audit
from assay.store.engine import Catalog
from assay.store.reviewjson import as_object
from assay.store.schema.review import sensitive_feedback, sensitive_feedback_log
from assay.store.texts import moment

URL = "snowflake://ada:hidden@xy12345/GOV/RESULTS?warehouse=WH&role=SCANNER"
SHOP = "postgresql://db.example.org:5432/shop/public/customers"
OWN = "snowflake://XY12345:443/SHOP/PUBLIC/orders%20of%20May"

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def rows() -> Iterator[Rows]:
    """An empty emulator; gives the rows of a query of it."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    with fakesnow.patch():

        def ask(query: str) -> list[dict[str, Any]]:
            with snowflake.connector.connect(database="GOV", schema="RESULTS") as connection:
                return list(connection.cursor(snowflake.connector.DictCursor).execute(query).fetchall())

        yield ask


def scan(catalog: Catalog, confidence: float = 97.0, *, resource: str = SHOP, names: tuple[str, ...] = ("ssn",)) -> str:
    recording = begin(catalog, [resource], ruleset="r", actor="tess@desk")
    table = "public." + resource.rpartition("/")[2]
    columns = [
        made.column(resource=resource, table=table, column=name, confidence=confidence, token_hits=("ssn",))
        for name in names
    ]
    harmless = made.column(
        resource=resource, table=table, column="note", level=Level.PUBLIC, dominant_category=None, detected_type=None,
        categories=(), detection_methods=(), rule_score=None, confidence=0.0, detection_reason="No value is sensitive.",
    )  # fmt: skip
    recording.table(resource, None, (), [*columns, harmless], made.table(resource=resource, table_name=table))
    recording.take(made.classification(resource=resource))
    recording.finish(made.summary())
    return recording.run


def decide(catalog: Catalog) -> None:
    """One override, as it is made and then revoked."""
    said = override(reason="order numbers")
    with catalog.transaction() as connection:
        connection.execute(
            insert(sensitive_feedback).values(
                feedback_id=said.id, action=str(said.action), scope=str(said.scope), resource=said.resource,
                identifier=said.identifier, override=as_object(said), author=said.author, reason=said.reason,
                created_at=moment(NOW), is_active=True,
            )
        )  # fmt: skip
        for event in ("created", "revoked"):
            connection.execute(
                insert(sensitive_feedback_log).values(
                    feedback_id=said.id, event=event, by="Ada", at=moment(NOW), override=as_object(said)
                )
            )


def everything(rows: Rows) -> dict[str, list[str]]:
    return {
        target.name: sorted(map(repr, rows(f"SELECT * FROM {target.name}")))  # in no order
        for target in tables.TARGETS
    }


def test_a_column_has_the_fields_that_governance_teams_know(catalog: Catalog, rows: Rows) -> None:
    run = scan(catalog)
    export(catalog, URL, create=True)
    found = rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_ASSETS ORDER BY COLUMN_NAME DESC")
    assert list(found[0]) == [
        "RUN_ID",
        "DATABASE_NAME",
        "SCHEMA_NAME",
        "TABLE_NAME",
        "COLUMN_NAME",
        "DETECTED_CATEGORY",
        "DETECTED_TYPE",
        "COMBINED_CONFIDENCE",
        "CONFIDENCE_LEVEL",
        "METHODS_USED",
        "COMPLIANCE_TAGS",
        "DETECTION_REASON",
        "RULE_SCORE",
        "PATTERN_SCORE",
        "AI_SCORE",
        "COMPOSITE_SCORE",
        "MATCHED_KEYWORDS",
        "MATCHED_PATTERNS",
        "CIA_SCORES",
        "RECOMMENDED_POLICIES",
        "NEED_REVIEW",
        "LAST_SCAN_TS",
    ]
    ssn, note = found
    assert ssn["RUN_ID"] == run
    assert [ssn[name] for name in tables.ASSETS.key] == [
        "postgresql://db.example.org:5432/shop", "public", "customers", "ssn"
    ]  # fmt: skip
    assert (ssn["DETECTED_CATEGORY"], ssn["DETECTED_TYPE"], ssn["COMBINED_CONFIDENCE"]) == ("PII", "SSN", 97.0)
    assert json.loads(ssn["METHODS_USED"]) == ["RULE_BASED", "PATTERN_BASED"]
    assert json.loads(ssn["MATCHED_KEYWORDS"]) == ["ssn"]
    assert (ssn["RULE_SCORE"], ssn["PATTERN_SCORE"], ssn["NEED_REVIEW"]) == (1.0, None, False)
    assert abs(datetime.now(UTC).replace(tzinfo=None) - ssn["LAST_SCAN_TS"]) < timedelta(hours=1)
    assert (note["DETECTED_CATEGORY"], note["DETECTED_TYPE"], json.loads(note["METHODS_USED"])) == (None, None, [])
    (table,) = rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_TABLES")
    assert (table["TABLE_NAME"], table["SENSITIVITY_LEVEL"], table["ROWS_READ"]) == ("customers", "restricted", 3)
    assert rows("SELECT METHODS_USED[1]::VARCHAR M FROM AI_ASSISTANT_SENSITIVE_ASSETS WHERE COLUMN_NAME = 'ssn'") == [
        {"M": "PATTERN_BASED"}
    ]


def test_twice_is_once(catalog: Catalog, rows: Rows) -> None:
    scan(catalog)
    decide(catalog)
    first = export(catalog, URL, create=True)
    before = everything(rows)
    assert all(before.values())
    assert first["AI_ASSISTANT_SENSITIVE_ASSETS"] == (2, 0, 0)
    again = export(catalog, URL, create=False)
    assert {tuple(moved) for moved in again.values()} == {(0, 0, 0)}
    assert everything(rows) == before


@pytest.mark.slow
def test_what_changed_is_updated_and_its_versions_are_kept(catalog: Catalog, rows: Rows) -> None:
    runs = [scan(catalog, 60.0)]
    export(catalog, URL, create=True)
    runs.append(scan(catalog, 90.0))
    runs.append(scan(catalog, 95.0))
    moved = export(catalog, URL, create=False)
    assert moved["AI_ASSISTANT_SENSITIVE_ASSETS"] == (0, 2, 0)
    state = rows("SELECT COLUMN_NAME, COMBINED_CONFIDENCE, RUN_ID FROM AI_ASSISTANT_SENSITIVE_ASSETS ORDER BY 1 DESC")
    assert [tuple(row.values()) for row in state] == [("ssn", 95.0, runs[2]), ("note", 0.0, runs[2])]
    history = rows(
        "SELECT VERSION, COMBINED_CONFIDENCE, RUN_ID, IS_GONE FROM AI_ASSISTANT_SENSITIVE_ASSETS_HISTORY "
        "WHERE COLUMN_NAME = 'ssn' ORDER BY VERSION"
    )
    assert [tuple(row.values()) for row in history] == [
        (1, 60.0, runs[0], False),
        (2, 90.0, runs[1], False),
        (3, 95.0, runs[2], False),
    ]


def test_a_column_that_is_gone_leaves_the_state_and_a_last_version(catalog: Catalog, rows: Rows) -> None:
    scan(catalog, names=("ssn", "ssn_old"))
    export(catalog, URL, create=True)
    scan(catalog, names=("ssn",))
    assert export(catalog, URL, create=False)["AI_ASSISTANT_SENSITIVE_ASSETS"].deleted == 1
    assert rows("SELECT COUNT(*) N FROM AI_ASSISTANT_SENSITIVE_ASSETS WHERE COLUMN_NAME = 'ssn_old'") == [{"N": 0}]
    (last,) = rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_ASSETS_HISTORY WHERE IS_GONE")
    assert (last["COLUMN_NAME"], last["VERSION"], last["DETECTED_TYPE"]) == ("ssn_old", 2, None)
    scan(catalog, names=("ssn", "ssn_old"))
    assert export(catalog, URL, create=False)["AI_ASSISTANT_SENSITIVE_ASSETS"].inserted == 1


def test_an_older_scan_does_not_win_over_a_newer_one(catalog: Catalog, rows: Rows) -> None:
    scan(catalog, 90.0)
    export(catalog, URL, create=True)
    old = {**rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_ASSETS WHERE COLUMN_NAME = 'ssn'")[0], "COMBINED_CONFIDENCE": 1}
    for name in ("METHODS_USED", "MATCHED_KEYWORDS"):
        old[name] = json.loads(old[name])
    with open_snowflake(parse(URL)) as writer:
        for when, expected in (("2020-01-01T00:00:00", 0), ("2099-01-01T00:00:00", 1)):
            writer.begin()
            writer.stage(tables.ASSETS, [{**old, "LAST_SCAN_TS": when}])
            assert writer.move()["AI_ASSISTANT_SENSITIVE_ASSETS"].updated == expected


def test_names_of_the_account_itself_are_those_of_its_information_schema(catalog: Catalog, rows: Rows) -> None:
    scan(catalog, resource=OWN, names=("SSN", "Mixed"))
    scan(catalog, resource=OWN.replace("XY12345", "other"), names=())
    export(catalog, URL, create=True)
    found = rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_ASSETS ORDER BY DATABASE_NAME, COLUMN_NAME")
    assert [tuple(row[name] for name in tables.ASSETS.key) for row in found] == [
        ("SHOP", "PUBLIC", "orders of May", "Mixed"),
        ("SHOP", "PUBLIC", "orders of May", "SSN"),
        ("SHOP", "PUBLIC", "orders of May", "note"),
        ("snowflake://other:443/SHOP", "PUBLIC", "orders of May", "note"),
    ]


def test_columns_of_one_name_and_hostile_names_stay_apart(catalog: Catalog, rows: Rows) -> None:
    names = ("id", "id", "a'b\"; DROP TABLE X; --", "π ☃ \\", "?", "%s", "{}")
    scan(catalog, names=names)
    export(catalog, URL, create=True)
    found = {row["COLUMN_NAME"] for row in rows("SELECT COLUMN_NAME FROM AI_ASSISTANT_SENSITIVE_ASSETS")}
    assert found == {*names, "id#2", "note"}
    assert export(catalog, URL, create=False)["AI_ASSISTANT_SENSITIVE_ASSETS"] == (0, 0, 0)


@pytest.mark.slow
def test_feedback_is_current_and_its_log_only_grows(catalog: Catalog, rows: Rows) -> None:
    decide(catalog)
    export(catalog, URL, create=True)
    (kept,) = rows("SELECT * FROM SENSITIVE_FEEDBACK")
    assert (kept["ACTION"], kept["SCOPE"], kept["COLUMN_NAME"], kept["IS_ACTIVE"]) == (
        "suppress",
        "column",
        "ssn",
        True,
    )
    log = rows("SELECT * FROM SENSITIVE_FEEDBACK_LOG ORDER BY LOG_ID")
    assert [row["EVENT"] for row in log] == ["created", "revoked"]
    with catalog.transaction() as connection:
        connection.execute(
            insert(sensitive_feedback_log).values(
                feedback_id=kept["FEEDBACK_ID"], event="created", by="Bo", at=moment(), override={}
            )
        )
        connection.execute(sensitive_feedback.update().values(is_active=False, revoked_at=moment(), revoked_by="Bo"))
    moved = export(catalog, URL, create=False)
    assert moved["SENSITIVE_FEEDBACK"] == (0, 1, 0)
    assert moved["SENSITIVE_FEEDBACK_LOG"] == (1, 0, 0)
    assert rows("SELECT * FROM SENSITIVE_FEEDBACK_LOG ORDER BY LOG_ID")[:2] == log
    (revoked,) = rows("SELECT IS_ACTIVE, REVOKED_BY FROM SENSITIVE_FEEDBACK")
    assert tuple(revoked.values()) == (False, "Bo")


def test_the_audit_log_goes_on_where_it_ended(catalog: Catalog, rows: Rows) -> None:
    scan(catalog)
    number = export(catalog, URL, create=True)["CLASSIFICATION_AUDIT"].inserted
    with catalog.transaction() as connection:
        last = audit.append(connection, actor="tess", action="CONFIG_CHANGE", resource=SHOP, before=1, after={"a": [2]})
    assert last == number + 1
    assert export(catalog, URL, create=False)["CLASSIFICATION_AUDIT"] == (1, 0, 0)
    (entry,) = rows("SELECT * FROM CLASSIFICATION_AUDIT WHERE ACTION = 'CONFIG_CHANGE'")
    assert list(entry) == ["RESOURCE_ID", "ACTION", "DETAILS", "CREATED_AT"]
    details = json.loads(entry["DETAILS"])
    assert (entry["RESOURCE_ID"], details["actor"], details["before"], details["after"]) == (
        SHOP,
        "tess",
        1,
        {"a": [2]},
    )
    assert (details["catalog"], details["entry"], len(details["hash"])) == (catalog.id, last, 64)


def test_what_was_cut_off_is_completed_by_the_next(
    catalog: Catalog, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(catalog)
    decide(catalog)
    export(catalog, URL, create=True)
    scan(catalog, 80.0)
    moved = SnowflakeWriter._moved
    with monkeypatch.context() as patch:

        def cut(writer: SnowflakeWriter, target: tables.Target) -> Any:
            if target is tables.ASSETS:
                raise KeyboardInterrupt
            return moved(writer, target)

        patch.setattr(SnowflakeWriter, "_moved", cut)
        with pytest.raises(KeyboardInterrupt):
            export(catalog, URL, create=False)
    assert {row["COMBINED_CONFIDENCE"] for row in rows("SELECT * FROM AI_ASSISTANT_SENSITIVE_ASSETS")} == {97.0, 0.0}
    again = export(catalog, URL, create=False)
    assert (again["AI_ASSISTANT_SENSITIVE_ASSETS"].updated, again["AI_ASSISTANT_SENSITIVE_ASSETS_HISTORY"]) == (
        2,
        (0,) * 3,
    )


def test_many_columns_go_in_many_batches(rows: Rows) -> None:
    when = "2026-01-01T00:00:00.000000"
    many = [
        {"RUN_ID": "r", "DATABASE_NAME": "D", "SCHEMA_NAME": "", "TABLE_NAME": f"T{number % 50}", "LAST_SCAN_TS": when,
         "COLUMN_NAME": f"C{number}", "DETECTION_REASON": "x" * 200, "METHODS_USED": ["RULE_BASED"]}
        for number in range(4_500)
    ]  # fmt: skip
    with open_snowflake(parse(URL)) as writer:
        writer.make_tables()
        writer.begin()
        writer.stage(tables.ASSETS, many)
        assert writer.move()["AI_ASSISTANT_SENSITIVE_ASSETS"].inserted == 4_500
    assert rows("SELECT COUNT(DISTINCT COLUMN_NAME) N FROM AI_ASSISTANT_SENSITIVE_ASSETS") == [{"N": 4_500}]


def test_tables_that_are_not_there_or_of_another_shape_are_named(catalog: Catalog, rows: Rows) -> None:
    with pytest.raises(OutputError, match=r"no such table.*docs/snowflake.md.*AI_ASSISTANT") as raised:
        export(catalog, URL, create=False)
    assert "hidden" not in str(raised.value)
    rows("CREATE TABLE CLASSIFICATION_AUDIT (RESOURCE_ID VARCHAR, ACTION VARCHAR)")
    with pytest.raises(OutputError, match="CLASSIFICATION_AUDIT has no column DETAILS, CREATED_AT"):
        export(catalog, URL, create=True)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OperationalError(msg="Incorrect username hidden", errno=250001), "refused user or password"),
        (
            ProgrammingError(msg="hidden", errno=3001, sqlstate="42501"),
            "does not allow it to this role.*SQLSTATE 42501",
        ),
        (ProgrammingError(msg="Numeric value 'hidden'", errno=100038, sqlstate="22018"), "other types"),
        (ProgrammingError(msg="hidden", errno=987654), "query history.*error 987654"),
    ],
)
def test_errors_say_what_to_do_and_nothing_of_the_server(error: Exception, told: str) -> None:
    said = explained(error, "snowflake://xy12345/GOV/RESULTS", "AI_ASSISTANT_SENSITIVE_ASSETS")
    assert "hidden" not in str(said)
    with pytest.raises(OutputError, match=told):
        raise said


def test_a_session_that_does_not_come_about_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**given: Any) -> None:
        assert given["password"] == "hidden"
        raise OperationalError(msg=f"no {given['password']}", errno=250001)

    monkeypatch.setattr(snowflake.connector, "connect", refuse)
    with pytest.raises(OutputError, match="cannot be reached") as raised, open_snowflake(parse(URL)):
        pass
    assert "hidden" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:hidden@host/db/s", "to Snowflake only"),
        ("snowflake://u:hidden@acc", "write snowflake://USER"),
        ("snowflake://u:hidden@acc/DB", "write snowflake://USER"),
        ("snowflake://u:hidden@acc:443/DB/S", "write snowflake://USER"),
        ("snowflake://u:hid#den@acc/DB/S", "write snowflake://USER"),
        ("snowflake://u:hidden@acc/DB/S;x", "plain name"),
        ("snowflake://u:hidden@acc/DB/S?token=hidden", "unknown option"),
        ("snowflake://u:hidden@acc/DB/S?protocol=http&host=example.org", "in clear"),
        ("snowflake://u:hidden@acc/DB/S?port=hidden", "port is no number"),
        ("snowflake://u@acc/DB/S", "SNOWFLAKE_PASSWORD"),
        ("snowflake://acc/DB/S", "SNOWFLAKE_USER"),
    ],
)
def test_urls_that_cannot_be_used(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNOWFLAKE_PASSWORD", raising=False)
    monkeypatch.delenv("SNOWFLAKE_USER", raising=False)
    with pytest.raises(UsageError, match=told) as raised:
        parse(url)
    assert "hidden" not in str(raised.value)


def test_the_password_is_in_no_text_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hidden")
    address = parse("snowflake://ada@xy12345/GOV/RESULTS")
    assert address.password == "hidden"
    assert "hidden" not in f"{address!r} {address.shown} {parse(URL)!r}"


def test_the_page_has_the_statements_and_the_rights_of_every_table() -> None:
    page = (Path(__file__).parents[2] / "docs/snowflake.md").read_text()
    for target in tables.TARGETS:
        assert f"{tables.made(target)};" in page
        rights = "SELECT, INSERT" if target.log else "SELECT, INSERT, UPDATE, DELETE"
        assert f"GRANT {rights} ON TABLE GOVERNANCE.RESULTS.{target.name} TO" in page


def test_only_the_state_is_ever_changed() -> None:
    for target in tables.TARGETS:
        assert tables.written(target).startswith("INSERT INTO" if target.log else "MERGE INTO")
