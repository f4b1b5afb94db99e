"""Targets → sources: what a target names, and what opens its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from assay.errors import UsageError
from assay.model.options import ScanOptions
from assay.ports import Source, TableOpener

if TYPE_CHECKING:
    from assay.sources.file import FileSource, Identity
    from assay.sources.sql.source import SqlSource

_SCHEME = re.compile(r"([a-z][a-z0-9]*)(?:\+[a-z0-9]+)?://", re.IGNORECASE)
DATABASES = (
    "sqlite",
    "duckdb",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "snowflake",
    "redshift",
    "mssql",
    "oracle",
)
"""Schemes of targets whose tables are read."""

Own: TypeAlias = "Mapping[str, frozenset[Identity]]"
_NOTHING: Own = {}


def is_database(target: str) -> bool:
    """Whether a target is the URL of a database."""
    found = _SCHEME.match(target)
    return found is not None and found[1].lower() in DATABASES


def shown(target: str) -> str:
    """A target as it may be told: of the URL of a database neither user, nor password, nor options, which may hold them.

    Never raises, also for what is no usable target.
    """
    if not is_database(target):
        return target
    from assay.sources.sql.address import parse  # only where there is a database

    try:
        return parse(target).shown
    except UsageError:
        return f"{target.partition('://')[0]}://…"


def source_of(target: str, options: ScanOptions, own: Own = _NOTHING, *, number: int = 0) -> FileSource | SqlSource:
    """The source of a target, the `number`-th of its scan. Raises `UsageError` for a target or a pattern that is none."""
    from assay.detect.allow import glob  # what a target is can be told without what reads it

    for pattern in options.exclude:
        try:
            glob(pattern)
        except ValueError as error:
            raise UsageError(f"--exclude {pattern}: {error}; write a pattern as in .gitignore") from None
    if is_database(target):
        from assay.sources.sql.source import SqlSource  # only where there is a database

        return SqlSource(target, number=number, exclude=options.exclude)
    from assay.sources.file import FileSource

    return FileSource(
        target=target,
        exclude=options.exclude,
        gitignore=options.gitignore,
        follow_symlinks=options.follow_symlinks,
        own=own,
    )


def leaves_out(sources: Sequence[Source], options: ScanOptions) -> bool:
    """Whether some tables of a database are left out by what was asked."""
    from assay.sources.file import FileSource

    if all(isinstance(source, FileSource) for source in sources):
        return False
    from assay.sources.sql.source import SqlSource  # only where there is a database

    narrowed = any(isinstance(source, SqlSource) and source.is_narrowed for source in sources)
    return narrowed or bool(options.exclude)


def opener_of(source: FileSource | SqlSource) -> TableOpener | None:
    """What opens the tables of a source, `None` for files."""
    from assay.sources.file import FileSource

    return None if isinstance(source, FileSource) else source.opener()
