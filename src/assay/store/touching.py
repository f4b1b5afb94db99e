"""Triggers that note which rows are written, and what each was before (`store.sealing`)."""

from __future__ import annotations

from collections.abc import Iterator

from assay.store.kinds import KINDS, Kind
from assay.store.sealing import Statements

_FUNCTION = """
CREATE OR REPLACE FUNCTION record_touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    told text := written ->> TG_ARGV[0];
    was text;
BEGIN
    IF TG_NARGS > 1 THEN told := told || chr(31) || (written ->> TG_ARGV[1]); END IF;
    IF TG_OP <> 'INSERT' THEN was := encode(sha256(convert_to(OLD::text, 'UTF8')), 'hex'); END IF;
    INSERT INTO record_touched (kind, key, was, tx) VALUES (TG_TABLE_NAME, told, was, txid_current());
    RETURN NULL;
END $$
"""


def make_triggers(on: Statements) -> None:
    """Makes them as the tables are now."""
    if not on.is_sqlite:
        on.rows(_FUNCTION)
    for kind in KINDS.values():
        for statement in _for_sqlite(kind) if on.is_sqlite else _for_postgresql(kind):
            on.rows(statement)


def names(kind: Kind, *, is_sqlite: bool) -> list[str]:
    """What the triggers of a table are called."""
    if not is_sqlite:
        return [f"{kind.name}_touched"]
    return [f"{kind.name}_touched_by_{event}" for event in ("insert", "update", "delete")]


def _for_sqlite(kind: Kind) -> Iterator[str]:
    was = kind.digest("OLD")
    told = (
        (name, *each)
        for name, each in zip(
            names(kind, is_sqlite=True),
            (("INSERT", "NEW", "NULL"), ("UPDATE", "NEW", was), ("DELETE", "OLD", was)),
            strict=True,
        )
    )
    for name, event, row, before in told:
        key = " || char(31) || ".join(f'{row}."{column}"' for column in kind.key)
        yield f"DROP TRIGGER IF EXISTS {name}"
        note = f"INSERT INTO record_touched (kind, key, was) VALUES ('{kind.name}', CAST({key} AS TEXT), {before})"  # noqa: S608
        yield f"CREATE TRIGGER {name} AFTER {event} ON {kind.name} BEGIN {note}; END"


def _for_postgresql(kind: Kind) -> Iterator[str]:
    (name,) = names(kind, is_sqlite=False)
    arguments = ", ".join(f"'{column}'" for column in kind.key)
    yield f"DROP TRIGGER IF EXISTS {name} ON {kind.name}"
    yield (
        f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {kind.name} "
        f"FOR EACH ROW EXECUTE FUNCTION record_touch({arguments})"
    )
