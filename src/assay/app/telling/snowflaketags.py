"""What the catalog knows of tables in Snowflake, as a script that tags them: to be read by a person, and run by one.

https://docs.snowflake.com/en/user-guide/object-tagging/work,
https://docs.snowflake.com/en/developer-guide/snowflake-scripting/blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from assay.errors import UsageError
from assay.model import Level
from assay.protect.tagscheme import Scheme, Tag

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SAID = (Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED)
_NAMES_OF_TABLE = 3
_QUOTES = "$$"
_PLAIN = re.compile(r"[A-Z_][A-Z0-9_]*")


class Tagged(NamedTuple):
    """A table, or a column of one, by its names in Snowflake, and what it is tagged with."""

    table: tuple[str, ...]
    column: str | None
    level: Level
    kind: str | None


class Left(NamedTuple):
    """What gets no statement, and why."""

    resource: str
    reason: str


def schema_of(text: str) -> tuple[str, str]:
    """Database and schema of `GOVERNANCE.TAGS`, as Snowflake reads names without quotes. Raises `UsageError`."""
    database, _, schema = text.upper().partition(".")
    if not _PLAIN.fullmatch(database) or not _PLAIN.fullmatch(schema):
        raise UsageError(f"--tag-schema {text}: write DATABASE.SCHEMA, in which the tags are or will be made")
    return database, schema


def tagged(connection: Connection) -> Iterator[Tagged | Left]:
    """Tables and columns of Snowflake in which something was found. Columns come first: a tag of their table is one of theirs,
    too, and would pass for what they have."""
    from assay.store import warehousing as held  # loads SQLAlchemy: only what has a catalog pays for it

    for told in [*held.columns_now(connection), *held.tables_now(connection)]:
        resource, level = str(told.record["resource"]), Level(told.record["level"])
        parts = urlsplit(resource)
        if parts.scheme != "snowflake" or level not in _SAID:
            continue
        names = tuple(unquote(part) for part in parts.path.split("/") if part)
        column = told.record.get("column")
        if len(names) != _NAMES_OF_TABLE:
            yield Left(resource, "its database, schema and table are not known")
        elif any(_QUOTES in name or "\n" in name for name in (*names, column or "")):
            yield Left(resource, "a name that cannot stand in a script")
        else:
            yield Tagged(names, column, level, told.record.get("detected_type"))


def script(items: Sequence[Tagged], schema: tuple[str, str], scheme: Scheme) -> Iterator[str]:
    """The script, statement by statement. A tag whose value is no level, or no lower one, is not written over."""
    tags = {
        tag: ".".join(map(_name, (*schema, scheme.keys[tag]))) for tag in (Tag.LEVEL, Tag.TYPES) if tag in scheme.keys
    }
    yield "-- Written by assay from what its catalog knows. It was never run against Snowflake: read it before you do.\n"
    yield "-- It needs CREATE TAG on the schema of the tags, and APPLY TAG. Nothing here takes it back: keep the tags that\n"
    yield "-- are there first (SNOWFLAKE.ACCOUNT_USAGE.TAG_REFERENCES).\n\n"
    for name in tags.values():
        yield f"CREATE TAG IF NOT EXISTS {name};\n"
    for item in items:
        yield "\n" + _block(item, tags, scheme)


def _block(item: Tagged, tags: dict[Tag, str], scheme: Scheme) -> str:
    table = ".".join(map(_name, item.table))
    named = table if item.column is None else f"{table}.{_name(item.column)}"
    domain = "TABLE" if item.column is None else "COLUMN"
    values = {Tag.LEVEL: scheme.levels[item.level], Tag.TYPES: item.kind}
    sets = ", ".join(f"{tags[tag]} = {_text(value)}" for tag, value in values.items() if value and tag in tags)
    lower = [name for level, name in scheme.levels.items() if level.rank < item.level.rank]
    place = "" if item.column is None else f" MODIFY COLUMN {_name(item.column)}"
    return (
        "EXECUTE IMMEDIATE $$\n"
        "DECLARE\n"
        "  present VARCHAR;\n"
        "BEGIN\n"
        f"  present := (SELECT SYSTEM$GET_TAG({_text(tags[Tag.LEVEL])}, {_text(named)}, '{domain}'));\n"
        f"  IF (present IS NULL OR LOWER(present) IN ({', '.join(_text(name.lower()) for name in lower)})) THEN\n"
        f"    ALTER TABLE {table}{place} SET TAG {sets};\n"
        "  END IF;\n"
        "END;\n"
        "$$;\n"
    )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A backslash is one of a string's own marks in Snowflake, too."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
