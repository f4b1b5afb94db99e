"""The Python API: what the command line does, as functions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from assay.app.arguments import name_of, options_of, path_of, text_of
from assay.app.config.settings import Settings, load_settings
from assay.app.scan import texts, unchanged
from assay.app.scan.classified import ClassifiedTable
from assay.app.scan.frames import table_of
from assay.app.scan.keeping import Wanted
from assay.app.scan.sources import is_git, is_remote
from assay.errors import UsageError
from assay.model import Classification, ColumnRecord, Finding, Gap, Skip, Summary, TableRecord
from assay.model.options import ScanOptions
from assay.ports import Rendered

if TYPE_CHECKING:
    from assay.sources.s3.options import S3Options

Result = Finding | ColumnRecord | TableRecord | Classification | Gap | Skip | Summary


def scan(
    target: str | os.PathLike[str], *, catalog: str | None = None, s3: S3Options | None = None, **options: Any
) -> Iterator[Result]:
    """Scan a file, a folder, a bucket or a database; the same records, in the same order, as `assay scan --format jsonl`.

    A database is named by its URL (`sqlite:///shop.db`, `postgresql://reader@host/shop`), what lies in a bucket by
    `s3://bucket/prefix`, tables of DynamoDB by `dynamodb://name`, streams by `kinesis://name`; how these are reached is said by `s3`
    (`assay.sources.s3.options`), else by the environment. With `catalog`, its URL or path, results are kept there, and what has not changed is not read again; the settings' catalog is not used otherwise.
    `options` are the fields of `assay.model.options.ScanOptions`, e.g. `min_confidence=0.7`,
    `identifiers=("SSN",)`, `jobs=1`. `assay.toml` and `ASSAY_*` variables count as on the command line. Raises
    `UsageError`, `ConfigError` and `RuleError` before the first record; a file that cannot be read is a `Gap` among the records.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, "staff.csv").write_text("name,ssn\\nAda Park,536-90-4399\\nJo Reyes,601-55-3127\\n")
    >>> for record in scan(folder.name, jobs=1):
    ...     if isinstance(record, Classification):
    ...         print(record.level, dict(record.identifiers)["SSN"])
    restricted 2
    >>> folder.cleanup()
    """
    settings = load_settings()
    chosen = options_of(settings, options)
    path = path_of(target)
    if "\0" in path:
        raise UsageError("the path holds a NUL character; there is no such file or folder")
    if not path:
        raise UsageError("the path to scan is empty; name a file or a folder")
    is_elsewhere = is_remote(path) or is_git(path) or path == "-" or path.startswith("file:")
    if not is_elsewhere and not os.path.lexists(path):
        raise UsageError(f"{path}: no such file or folder")
    if chosen.history or chosen.is_change:
        if not is_git(path):
            raise UsageError("history, staged and diff are for repositories; name one as git:PATH")
        if chosen.is_change and catalog is not None:
            raise UsageError("staged and diff tell some lines of files, of which a catalog keeps nothing")
        if sum((chosen.history, chosen.staged, chosen.diff is not None)) > 1:
            raise UsageError("history, staged and diff exclude each other; give one of them")
    return _results(path, chosen, settings, Wanted(url=catalog), s3)


def _results(
    path: str, options: ScanOptions, settings: Settings, wanted: Wanted, s3: S3Options | None
) -> Iterator[Result]:
    for record in unchanged.scan([path], options, settings=settings, wanted=wanted, s3=s3):
        if not isinstance(record, Rendered):
            yield record


def scan_text(text: str, **options: Any) -> list[Finding]:
    """Findings in a string; JSON, CSV, XML and the like are told from its content. Options as for `scan`.

    Raises `UsageError` for what is no string, and as `scan` does.

    >>> finding, = scan_text("card 4485 0118 3162 1647, thanks")
    >>> finding.identifier, finding.redacted, finding.location.start, finding.location.end
    ('CREDIT_CARD', '************1647', 5, 24)
    >>> round(sum(weight for _, _, weight in finding.evidence), 2) == round(finding.confidence, 2)
    True
    """
    settings = load_settings()
    return texts.scan_text(text_of(text), options_of(settings, options), settings)


def classify_table(frame: Any, *, name: str = "table", **options: Any) -> TableRecord:
    """What a pandas or Polars data frame, an Arrow table or a DuckDB relation holds, from its columns' names and all values.

    Anything else that gives Arrow's stream interface will do, too. With the option `rows`, about so many random rows are
    looked at instead. Raises `UsageError` for anything else, and as `scan` does.

    >>> class Frame:
    ...     columns = ["member", "ssn"]
    ...     def __getitem__(self, column):
    ...         return {"member": ["a", "b"], "ssn": ["536-90-4399", "601-55-3127"]}[column]
    >>> record = classify_table(Frame())
    >>> record.level, record.sensitive_columns
    (<Level.RESTRICTED: 'restricted'>, ('ssn',))
    """
    return classify_columns(frame, name=name, **options).table


def classify_columns(frame: Any, *, name: str = "table", **options: Any) -> ClassifiedTable:
    """What a frame holds, column by column, as for `classify_table`; a notebook shows the result as a page.

    Fields of structs, and of JSON documents in a column, are columns of their own.

    >>> import pandas
    >>> result = classify_columns(pandas.DataFrame({"n": [1, 2], "mail": ["ada@posteo.de", "jo@web.de"]}))
    >>> [(column.column, column.detected_type) for column in result.columns]
    [('n', None), ('mail', 'EMAIL')]
    >>> import duckdb
    >>> duckdb.sql("select detected_type, level from result where detected_type is not null").fetchall()
    [('EMAIL', 'internal')]
    """
    settings = load_settings()
    chosen = options_of(settings, options)
    columns, table = table_of(frame, name_of(name), chosen, settings, rows=chosen.rows if "rows" in options else None)
    return ClassifiedTable(table=table, columns=tuple(columns))
