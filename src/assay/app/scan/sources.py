"""Targets → sources: what a target names, and what opens its tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from assay.errors import UsageError
from assay.model.options import ScanOptions
from assay.ports import AddedLines, Listed, ObjectOpener, Source, TableOpener
from assay.sources.file import path_of

if TYPE_CHECKING:
    from assay.sources.awssql.export import ExportSource
    from assay.sources.awssql.source import NamedSource
    from assay.sources.dynamodb.source import DynamoSource
    from assay.sources.file import FileSource, Identity
    from assay.sources.git.source import GitSource
    from assay.sources.glue.source import GlueSource
    from assay.sources.kafka.source import KafkaSource
    from assay.sources.kinesis.source import KinesisSource
    from assay.sources.mongodb.source import MongoSource
    from assay.sources.s3.options import S3Options
    from assay.sources.s3.source import S3Source
    from assay.sources.sql.source import SqlSource

    AnySource: TypeAlias = (
        FileSource
        | SqlSource
        | S3Source
        | DynamoSource
        | NamedSource
        | ExportSource
        | GlueSource
        | KinesisSource
        | MongoSource
        | KafkaSource
        | GitSource
    )

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
    return found is not None and found[1].lower() in DATABASES and not is_named_database(target)


def shown(target: str) -> str:
    """A target as it may be told: of a URL neither user, nor password, nor options, which may hold them.

    Never raises, also for what is no usable target.
    """
    try:
        if is_named_database(target):
            from assay.sources.awssql.address import parse as parse_name  # only where there is one

            return parse_name(target).shown
        if is_database(target):
            from assay.sources.sql.address import parse  # only where there is a database

            return parse(target).shown
        if is_mongodb(target):
            from assay.sources.mongodb.address import parse as parse_mongodb

            return parse_mongodb(target).shown
        if is_kafka(target):
            from assay.sources.kafka.address import parse as parse_kafka

            return parse_kafka(target).shown
        return target
    except UsageError:
        return f"{target.partition('://')[0]}://…"


def is_s3(target: str) -> bool:
    """Whether a target names a bucket or what is in one."""
    return target[:5].lower() == "s3://"


def is_dynamodb(target: str) -> bool:
    """Whether a target names tables of DynamoDB."""
    return target[:11].lower() == "dynamodb://"


def is_glue(target: str) -> bool:
    """Whether a target names tables of the Glue data catalog."""
    return target[:7].lower() == "glue://"


def is_named_database(target: str) -> bool:
    """Whether a target names a database that AWS runs, not where it is."""
    if target[:6].lower() != "rds://" and target[:11].lower() != "redshift://":
        return False
    from assay.sources.awssql.address import is_named  # only where there may be one

    return is_named(target)


def is_kinesis(target: str) -> bool:
    """Whether a target names streams of Kinesis."""
    return target[:10].lower() == "kinesis://"


def is_mongodb(target: str) -> bool:
    """Whether a target is the URL of databases of MongoDB, or of what speaks its protocol."""
    return target.lower().startswith(("mongodb://", "mongodb+srv://"))


def is_kafka(target: str) -> bool:
    """Whether a target names topics of Kafka."""
    return target[:8].lower() == "kafka://"


def is_git(target: str) -> bool:
    """Whether a target names a repository."""
    return target[:4].lower() == "git:"


def folder_of(target: str) -> str:
    """The path that a target of this machine names."""
    if not is_git(target):
        return path_of(target)
    from assay.sources.git.repository import place_of  # only where there is a repository

    return place_of(target)


def is_aws(target: str) -> bool:
    """Whether a target is reached through AWS."""
    return is_s3(target) or is_dynamodb(target) or is_glue(target) or is_named_database(target) or is_kinesis(target)


def is_stream(target: str) -> bool:
    """Whether what a target names is records that come one after the other, each at its time."""
    return is_kinesis(target) or is_kafka(target)


def is_remote(target: str) -> bool:
    """Whether a target is no path of this machine."""
    return is_database(target) or is_aws(target) or is_mongodb(target) or is_kafka(target)


def sources_of(
    targets: Sequence[str],
    options: ScanOptions,
    own: Own = _NOTHING,
    s3: S3Options | None = None,
    note: Callable[[str], None] = lambda _text: None,
) -> list[AnySource]:
    """The sources of a scan's targets, in their order. Raises `UsageError` for a target or a pattern that is none.

    How AWS is reached is said by `s3`, for tables of DynamoDB, databases and streams, too. `note` is told what people should know of
    how a source is read.
    """
    from assay.detect.allow import glob  # what a target is can be told without what reads it

    for pattern in options.exclude:
        try:
            glob(pattern)
        except ValueError as error:
            raise UsageError(f"--exclude {pattern}: {error}; write a pattern as in .gitignore") from None
    connection = None
    if any(map(is_s3, targets)):
        from assay.sources.s3.connection import Connection  # only where there is a bucket
        from assay.sources.s3.options import S3Options

        connection = Connection(s3 or S3Options())
    found: list[AnySource] = []
    for number, target in enumerate(targets):
        if is_s3(target) and connection is not None:
            from assay.sources.s3.source import S3Source

            found.append(S3Source(target, connection, number=number, exclude=options.exclude))
        elif is_dynamodb(target):
            from assay.aws.access import Access
            from assay.sources.dynamodb.source import DynamoSource  # only where there is a table of it

            access = Access() if s3 is None else s3.access
            found.append(DynamoSource(target, access, number=number, exclude=options.exclude))
        elif is_glue(target):
            from assay.aws.access import Access
            from assay.sources.glue.source import GlueSource  # only where there is a table of it

            access = Access() if s3 is None else s3.access
            found.append(GlueSource(target, access, number=number, exclude=options.exclude))
        elif is_named_database(target):
            from assay.aws.access import Access
            from assay.sources.awssql.source import source_of  # only where there is one

            access = Access() if s3 is None else s3.access
            found.append(source_of(target, access, number=number, exclude=options.exclude, note=note))
        elif is_kinesis(target):
            from assay.aws.access import Access
            from assay.sources.kinesis.source import KinesisSource  # only where there is a stream

            access = Access() if s3 is None else s3.access
            found.append(KinesisSource(target, access, number=number, exclude=options.exclude, since=options.since))
        elif is_mongodb(target):
            from assay.sources.mongodb.source import MongoSource  # only where there is a database of it

            found.append(MongoSource(target, number=number, exclude=options.exclude))
        elif is_kafka(target):
            from assay.sources.kafka.source import KafkaSource  # only where there is a topic

            found.append(KafkaSource(target, number=number, exclude=options.exclude, since=options.since))
        elif is_git(target):
            from assay.sources.git.source import GitSource, Scope  # only where there is a repository

            scope = Scope(history=options.history, staged=options.staged, diff=options.diff)
            found.append(GitSource(target, scope, number=number, exclude=options.exclude, own=own))
        elif is_database(target):
            from assay.sources.sql.source import SqlSource  # only where there is a database

            found.append(SqlSource(target, number=number, exclude=options.exclude))
        else:
            from assay.sources.file import FileSource

            found.append(
                FileSource(
                    target=target,
                    exclude=options.exclude,
                    gitignore=options.gitignore,
                    follow_symlinks=options.follow_symlinks,
                    own=own,
                )
            )
    return found


def leaves_out(sources: Sequence[Source], options: ScanOptions) -> bool:
    """Whether some tables of a database are left out by what was asked."""
    from assay.sources.file import FileSource

    if all(isinstance(source, FileSource) for source in sources):
        return False
    from assay.sources.awssql.export import ExportSource
    from assay.sources.awssql.source import NamedSource
    from assay.sources.sql.source import SqlSource  # only where there is a database

    databases = [source for source in sources if isinstance(source, SqlSource | NamedSource | ExportSource)]
    return any(source.is_narrowed for source in databases) or bool(databases and options.exclude)


def listed_by(sources: Sequence[Source]) -> tuple[Listed, ...]:
    """What was listed to its end: what the catalog has of it besides is not there any more."""
    found = (getattr(source, "listed_whole", None) for source in sources)
    return tuple(each for each in found if each is not None)


class Openers(NamedTuple):
    """What opens the tables and the objects of each source, `None` for one that has none; and the lines of resources
    that were added, where only these are asked for."""

    tables: tuple[TableOpener | None, ...]
    objects: tuple[ObjectOpener | None, ...]
    added: AddedLines


def openers_of(sources: Sequence[AnySource]) -> Openers:
    """The openers of all sources, in their order."""
    from assay.sources.file import FileSource

    if all(isinstance(source, FileSource) for source in sources):
        return Openers((None,) * len(sources), (None,) * len(sources), {})
    from assay.sources.git.source import GitSource  # only where there are others than files
    from assay.sources.s3.source import S3Source

    added: dict[str, tuple[tuple[int, int], ...]] = {}
    for source in sources:
        if isinstance(source, GitSource):
            added |= source.added()
    return Openers(
        tuple(None if isinstance(source, FileSource | S3Source | GitSource) else source.opener() for source in sources),
        tuple(source.opener() if isinstance(source, S3Source | GitSource) else None for source in sources),
        added,
    )
