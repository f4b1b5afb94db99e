"""What a catalog holds, as rows of the governance tables in Snowflake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from assay.sinks import governancetables as tables
from assay.sinks.governancetables import Target
from assay.sinks.snowflake import Moved, open_snowflake
from assay.sinks.snowflakeurl import SnowflakeAddress, parse

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.store.engine import Catalog
    from assay.store.warehousing import Told


class Place(NamedTuple):
    """Where a table lies, as the governance tables name it."""

    database: str
    schema: str
    table: str


def export(catalog: Catalog, url: str, *, create: bool) -> dict[str, Moved]:
    """Writes the catalog's state, history, feedback and audit log to Snowflake; with `create` its tables are made first.

    Raises `UsageError` for a URL that is wrong or a missing connector, `OutputError` for what Snowflake refuses.
    """
    address = parse(url)
    with open_snowflake(address) as writer:
        if create:
            writer.make_tables()
        writer.check_tables()
        writer.begin()
        after = writer.last_audited(catalog.id)
        # One state of the catalog, and its scans go on while Snowflake works.
        with catalog.reading() as connection:
            for target, rows in _rows(connection, catalog.id, address, after):
                writer.stage(target, rows)
        return writer.move()


def place_of(resource: str, table: str, account: str) -> Place:
    """Where a table lies. Of the account that is written to, names are Snowflake's own; elsewhere the database is the URI
    that the schema lies in, so that two servers' databases of one name stay apart.

    >>> place_of("snowflake://xy12345:443/SHOP/PUBLIC/ORDERS", "PUBLIC.ORDERS", "XY12345")
    Place(database='SHOP', schema='PUBLIC', table='ORDERS')
    >>> place_of("postgresql://db.example:5432/shop/public/orders", "public.orders", "xy12345")
    Place(database='postgresql://db.example:5432/shop', schema='public', table='orders')
    >>> place_of("file:///srv/customers.csv", "customers.csv", "xy12345")
    Place(database='file:///srv/customers.csv', schema='', table='customers.csv')
    """
    parts = urlsplit(resource)
    names = [part for part in parts.path.split("/") if part]
    if parts.scheme in ("file", "s3") or len(names) < 2:
        return Place(resource, "", table)
    schema, name = unquote(names[-2]), unquote(names[-1])
    if _is_of(resource, account) and len(names) == 3:
        return Place(unquote(names[0]), schema, name)
    within = "/".join(names[:-2])
    return Place(f"{parts.scheme}://{parts.netloc}{'/' if within else ''}{within}", schema, name)


def _is_of(resource: str, account: str) -> bool:
    parts = urlsplit(resource)
    return parts.scheme == "snowflake" and (parts.hostname or "").lower() == account.lower()


def _rows(
    connection: Connection, catalog: str, address: SnowflakeAddress, after: int
) -> Iterator[tuple[Target, Iterator[dict[str, Any]]]]:
    from assay.store import warehousing as held  # loads SQLAlchemy: only what has a catalog pays for it

    account = address.account
    yield tables.HISTORY, (_version(told, account) for told in held.column_history(connection))
    yield tables.FEEDBACK_LOG, (_logged(row, catalog) for row in held.feedback_log(connection))
    yield tables.AUDIT, (_entry(row, catalog) for row in held.audited(connection, after))
    yield tables.FEEDBACK, (_feedback(row, catalog) for row in held.feedback(connection))
    yield tables.TABLES, (_table(told, account) for told in held.tables_now(connection))
    yield tables.ASSETS, (_asset(told, account) for told in held.columns_gone(connection))
    yield tables.ASSETS, (_asset(told, account) for told in held.columns_now(connection))


def _placed(told: Told, account: str) -> dict[str, Any]:
    place = place_of(told.record["resource"], told.record.get("table") or told.record["table_name"], account)
    named = {"DATABASE_NAME": place.database, "SCHEMA_NAME": place.schema, "TABLE_NAME": place.table}
    if told.column is not None:
        named["COLUMN_NAME"] = told.column
    return named


def _verdict(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "DETECTED_CATEGORY": record["dominant_category"],
        "DETECTED_TYPE": record["detected_type"],
        "COMBINED_CONFIDENCE": record["confidence"],
        "CONFIDENCE_LEVEL": record["confidence_level"],
        "METHODS_USED": record["detection_methods"],
        "COMPLIANCE_TAGS": record["compliance_frameworks"],
        "DETECTION_REASON": record["detection_reason"],
        "RULE_SCORE": record["rule_score"],
        "PATTERN_SCORE": record["pattern_score"],
        "AI_SCORE": record["semantic_top_confidence"],
        "COMPOSITE_SCORE": record["composite_score"],
        "MATCHED_KEYWORDS": record["token_hits"],
        "MATCHED_PATTERNS": record["pattern_ids"],
        "CIA_SCORES": record["suggested_cia"],
        "RECOMMENDED_POLICIES": record["recommended_policies"],
        "NEED_REVIEW": record["need_review"],
    }


def _asset(told: Told, account: str) -> dict[str, Any]:
    return {
        "RUN_ID": told.run,
        **_placed(told, account),
        **_verdict(told.record),
        "LAST_SCAN_TS": _moment(told.at),
        tables.GONE: told.gone,
    }


def _version(told: Told, account: str) -> dict[str, Any]:
    return {
        "RUN_ID": told.run,
        **_placed(told, account),
        "VERSION": told.version,
        tables.GONE: told.gone,
        # What is gone has no verdict any more.
        **({} if told.gone else _verdict(told.record)),
        "VALID_FROM": _moment(told.at),
    }


def _table(told: Told, account: str) -> dict[str, Any]:
    record = told.record
    return {
        "RUN_ID": told.run,
        **_placed(told, account),
        "SENSITIVITY_LEVEL": record["level"],
        "TABLE_SENSITIVITY_SCORE": record["table_sensitivity_score"],
        "MAX_COLUMN_SCORE": record["max_column_score"],
        "SENSITIVE_SHARE": record["sensitive_share"],
        "DOMINANT_TABLE_CATEGORY": record["dominant_table_category"],
        "TABLE_CATEGORIES": record["table_categories"],
        "SENSITIVE_COLUMNS": record["sensitive_columns"],
        "COMPLIANCE_TAGS": record["compliance_frameworks"],
        "RECOMMENDED_POLICIES": record["recommended_policies"],
        "NEED_REVIEW": record["need_review"],
        "ROWS_READ": record["rows_read"],
        "LAST_SCAN_TS": _moment(told.at),
    }


def _feedback(row: Mapping[str, Any], catalog: str) -> dict[str, Any]:
    override = row["override"]
    return {
        "CATALOG_ID": catalog,
        "FEEDBACK_ID": row["feedback_id"],
        "ACTION": row["action"],
        "SCOPE": row["scope"],
        "RESOURCE_ID": row["resource"],
        "TABLE_NAME": override.get("table"),
        "COLUMN_NAME": override.get("column"),
        "IDENTIFIER": row["identifier"],
        "OVERRIDE_SETS": override,
        "AUTHOR": row["author"],
        "REASON": row["reason"],
        "EXPIRES_ON": row["expires"],
        "CREATED_AT": _moment(row["created_at"]),
        "REVOKED_AT": None if row["revoked_at"] is None else _moment(row["revoked_at"]),
        "REVOKED_BY": row["revoked_by"],
        "IS_ACTIVE": row["is_active"],
    }


def _logged(row: Mapping[str, Any], catalog: str) -> dict[str, Any]:
    return {
        "CATALOG_ID": catalog,
        "LOG_ID": row["log_id"],
        "FEEDBACK_ID": row["feedback_id"],
        "EVENT": row["event"],
        "AUTHOR": row["by"],
        "OVERRIDE_SETS": row["override"],
        "CREATED_AT": _moment(row["at"]),
    }


def _entry(row: Mapping[str, Any], catalog: str) -> dict[str, Any]:
    details = {
        "catalog": catalog,
        "entry": row["seq"],
        "hash": row["hash"],
        "actor": row["actor"],
        "run": row["run"],
        "details": row["details"],
        "before": row["before"],
        "after": row["after"],
    }
    return {
        "RESOURCE_ID": row["resource"],
        "ACTION": row["action"],
        "DETAILS": details,
        "CREATED_AT": _moment(row["at"]),
    }


def _moment(at: str) -> str:
    """A time of the catalog as Snowflake reads one without a zone; both are in UTC."""
    return at.removesuffix("Z")
