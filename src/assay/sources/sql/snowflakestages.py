"""Stages of a Snowflake account: where it loads files from and unloads them to.

https://docs.snowflake.com/en/sql-reference/sql/show-stages. Run against an emulator only, never against Snowflake itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, NamedTuple

from assay.errors import ReadError, UsageError
from assay.sources.sql.address import Address, parse
from assay.sources.sql.snowflake import check, connected, driver_of, failure, quoted

FORM = "snowflake://USER@ACCOUNT[/DATABASE[/SCHEMA]]?role=NAME"
_MOST = 10_000
"""No SHOW tells more than so many rows."""
_NEEDED = ("name", "database_name", "schema_name", "url", "type")


class Stage(NamedTuple):
    """A stage. `url` is where the files of an external one lie (`s3://bucket/in/`), empty for one that Snowflake keeps itself."""

    database: str
    schema: str
    name: str
    url: str
    is_external: bool
    region: str | None
    owner: str | None
    integration: str | None
    created: datetime | None


def stages_address(url: str) -> Address:
    """The account that a URL names, or one database or schema of it. Raises `UsageError`, which holds no password."""
    if not url.lower().startswith("snowflake://"):
        raise UsageError(f"stages are of a Snowflake account; write {FORM}")
    address = parse(url)
    if not address.host or address.port is not None or len(_within(address)) > 2:
        raise UsageError(f"{address.shown}: is no Snowflake account; write {FORM}")
    if address.schemas or address.tables or address.views:
        raise UsageError(f"{address.shown}: schema=, table= and views= mean nothing for stages; write {FORM}")
    check(address)
    return address


def stages(address: Address) -> Iterator[Stage]:
    """The stages that the role may see, those of all databases where the URL names none.

    Raises `UsageError` without the connector, `ReadError` where the account is not reached, refuses, or tells not all of them: that
    one comes after those that are told.
    """
    driver = driver_of(address)
    within = _within(address)
    where = ("ACCOUNT", "DATABASE ", "SCHEMA ")[len(within)] + ".".join(quoted(name.upper()) for name in within)
    connection = connected(address, within[0] if within else None)
    count = 0
    with closing(_Closed(connection, driver)):
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SHOW STAGES IN {where}")
                names = [str(column[0]).lower() for column in cursor.description or ()]
                absent = [name for name in _NEEDED if name not in names]
                if absent:
                    raise ReadError("unreadable answer", f"it tells of no stage its {absent[0]}")
                while some := cursor.fetchmany(1_000):
                    count += len(some)
                    yield from (_stage(dict(zip(names, row, strict=True))) for row in some)
        except driver.Error as error:
            raise failure(error) from None
    if count >= _MOST:
        raise ReadError(
            "not all told", f"Snowflake tells {_MOST:,} stages at most; name a database, or a schema, for the others"
        )


class _Closed:
    """What closes a connection, whatever that gives."""

    def __init__(self, connection: Any, driver: Any) -> None:
        self._connection = connection
        self._driver = driver

    def close(self) -> None:
        with suppress(self._driver.Error):
            self._connection.close()


def _within(address: Address) -> list[str]:
    return [name for name in address.database.split("/") if name]


def _stage(row: dict[str, Any]) -> Stage:
    created = row.get("created_on")
    return Stage(
        database=str(row["database_name"]),
        schema=str(row["schema_name"]),
        name=str(row["name"]),
        url=str(row["url"] or ""),
        # INTERNAL, INTERNAL NO CSE, EXTERNAL, each also TEMPORARY
        is_external=str(row["type"] or "").upper().startswith("EXTERNAL"),
        region=row.get("region") or None,
        owner=row.get("owner") or None,
        integration=row.get("storage_integration") or None,
        created=created if isinstance(created, datetime) else None,
    )
