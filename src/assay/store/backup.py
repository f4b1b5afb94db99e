"""A copy of the catalog in one file, which is a catalog itself: the backup, and what is moved to another database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, MetaData, delete, insert, inspect, select, text

from assay.errors import CatalogError, UsageError, unwritable
from assay.store import audit
from assay.store.engine import Catalog, open_catalog
from assay.store.proof import Proof, verify
from assay.store.schema import whole
from assay.store.schema.audit import audit_head
from assay.store.sealed import check_records
from assay.store.sealing import seal_all
from assay.store.statements import Through

_AT_ONCE = 1_000


def backup(catalog: Catalog, target: Path, *, actor: str) -> Proof:
    """Copies the catalog to the SQLite file `target`, which must not be there, and proves the copy.

    A SQLite catalog is copied page by page while scans go on (SQLite's online backup); one in PostgreSQL row by row, from
    one state of it. Returns the proof of the copy's audit log. Raises `UsageError` and `CatalogError`.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.partial")
    if os.path.lexists(target):
        raise UsageError(f"{target}: is there already; name another file")
    if not target.parent.is_dir():
        raise UsageError(f"{target}: cannot be written: there is no folder {target.parent}; make it first")
    with catalog.transaction() as connection:
        audit.append(connection, actor=actor, action="CATALOG_BACKUP", details={"to": str(target)})
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if catalog.path is not None:
            _copy_pages(catalog.path, part)
        else:
            _copy_rows(catalog, part)
        proof = _proven(part, catalog)
        os.link(part, target)
    except FileExistsError:
        raise UsageError(f"{target}: is there already; name another file") from None
    except OSError as error:
        raise CatalogError(unwritable(target, error)) from None
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "an error")
        raise CatalogError(f"{target}: cannot be written: SQLite reports {name}") from None
    finally:
        for leftover in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
    return proof


def _copy_pages(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        # One file, without a log beside it.
        new.execute("PRAGMA journal_mode=DELETE")


def _copy_rows(catalog: Catalog, target: Path) -> None:
    metadata = whole()
    # The key is the catalog's: the copy's own, which nobody needs, goes away with its folder.
    with open_catalog(f"sqlite:///{target}", create=True, keys=catalog.seal.folder) as copy:
        copy.seal.discard()
        with catalog.reading() as old, copy.engine.begin() as new:
            _refuse_unknown(old, metadata)
            new.execute(text("PRAGMA defer_foreign_keys=ON"))
            for table in metadata.sorted_tables:
                new.execute(delete(table))
                rows = old.execution_options(yield_per=_AT_ONCE).execute(select(table)).mappings()
                for some in rows.partitions():
                    new.execute(insert(table), [dict(row) for row in some])
            # In another engine rows are told otherwise; what was wrong with them before stays told.
            broken: list[str] = []
            check_records(Through(old), catalog.seal, _end_of(old), broken.append)
            seal_all(Through(new), catalog.seal, broken)


def _end_of(connection: Connection) -> int:
    return int(connection.execute(select(audit_head.c.seq)).scalar_one())


def _refuse_unknown(connection: Connection, metadata: MetaData) -> None:
    there = set(inspect(connection).get_table_names()) - {"alembic_version"}
    unknown = there - set(metadata.tables)
    if unknown:
        raise CatalogError(f"the database has tables that are no catalog's: {', '.join(sorted(unknown))}; use pg_dump")


def _proven(copy: Path, catalog: Catalog) -> Proof:
    with open_catalog(f"sqlite:///{copy}", keys=catalog.seal.folder) as made:
        with made.engine.connect() as connection:
            connection.execution_options(assay_read=True)
            if connection.execute(text("PRAGMA quick_check")).scalars().all() != ["ok"]:
                raise CatalogError(f"{copy}: the copy is damaged; the disk may be failing")
        return verify(made)
