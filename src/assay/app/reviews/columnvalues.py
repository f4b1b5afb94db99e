"""One value of a column of a database, read again from there with the credentials of what may be scanned from the desk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from assay.app.scan.sources import DATABASES
from assay.app.serving.roots import permitted
from assay.errors import AssayError, UsageError
from assay.model import Sensitive

if TYPE_CHECKING:
    from assay.app.serving.roots import Root

_ROWS = 200
_SQLITE = b"SQLite format 3\0"
_LONGEST = 4_096
_NAMED = "rds"
"""Databases that AWS runs, whose tables are called by where they are."""
_STREAMS = ("kafka", "kinesis")
_CALLED = {"postgres": "postgresql", "mariadb": "mysql"}


class NoValueError(AssayError):
    """No value can be shown, and why. It holds nothing of the source."""


def is_readable(resource: str, roots: Sequence[Root]) -> bool:
    """Whether a resource may be a database, or a file that is one, which is read from here."""
    return any(True for _ in _targets(resource, roots))


def value_of_column(roots: Sequence[Root], resource: str, table: str, column: str) -> Sensitive[str]:
    """The first value among some random rows of a column. Raises `NoValueError`."""
    for target in _targets(resource, roots):
        try:
            found = _looked_up(target, resource, table, column)
        except NoValueError:
            raise
        except AssayError:
            raise NoValueError(
                "the source cannot be read from here now: it is gone, or this server has no right to it"
            ) from None
        if found is not None:
            return Sensitive(found[:_LONGEST])
    raise NoValueError(
        "it lies in no database that this server may scan; an administrator names those with 'scan_roots'"
    )


def _looked_up(target: str, resource: str, table: str, column: str) -> str | None:
    """A value; `None` where the table is not in this target."""
    from assay.app.scan.sources import openers_of, sources_of
    from assay.model import AssetRef
    from assay.model.options import ScanOptions

    sources = sources_of([target], ScanOptions())
    opener = openers_of(sources).tables[0]
    for asset in sources[0].assets():
        if opener is None or not isinstance(asset, AssetRef) or asset.uri != resource:
            continue
        with opener.open(asset) as opened:
            if opened.info.table != table:
                continue
            batch = opened.sample(_ROWS, seed=0)
            infos = batch.infos if batch.infos is not None else opened.info.columns
            values = _of(column, [each.name for each in infos], batch.columns)
        if values is None:
            raise NoValueError("there is no column of that name any more; scan it again")
        found = next((value for value in values if value), None)
        if found is None:
            raise NoValueError(f"none of {_ROWS} rows that were looked at has a value there now")
        return found
    return None


def _targets(resource: str, roots: Sequence[Root]) -> Iterator[str]:
    """What of the roots may hold a resource. A file that is a database lies below a folder."""
    if resource.startswith("file:"):
        try:
            path = permitted(resource, roots).target
        except UsageError:
            return
        if _is_sqlite(path):
            yield f"sqlite:///{quote(os.fsencode(path))}"
        return
    yield from (root.target for root in roots if not root.is_open and _may_hold(root.told, resource))


def _is_sqlite(path: str) -> bool:
    # A pipe would wait for its writer.
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _of(column: str, names: Sequence[str], columns: Sequence[Sequence[str | None]]) -> Iterable[str | None] | None:
    return next((values for name, values in zip(names, columns, strict=False) if name == column), None)


def _may_hold(told: str, resource: str) -> bool:
    """Whether a resource may lie in a root: other databases are not asked for it, nor are streams and repositories."""
    scheme, of = told.partition("://")[0].partition("+")[0].lower(), resource.partition("://")[0]
    if scheme == _NAMED:
        return of in DATABASES
    return _CALLED.get(scheme, scheme) == of and scheme not in _STREAMS
