"""What is concluded of a data frame: to be looked at in a notebook, and to be asked by SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from assay.errors import UsageError
from assay.model import ColumnRecord, Level, TableRecord
from assay.report.levels import COLOURS
from assay.report.printable import counted, pad, printable, shorten, width
from assay.sinks.rowfiles import flat, kinds_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# The text of a page keeps its own colours, light or dark; only levels have colours of their own.
_STYLE = (
    ".assay-t{border-collapse:collapse;color:inherit;background:transparent;font-size:13px}"
    ".assay-t caption{caption-side:top;text-align:left;padding:0 0 8px;color:inherit}"
    ".assay-t th,.assay-t td{text-align:left;vertical-align:top;padding:4px 10px;color:inherit;"
    "background:transparent;border-bottom:1px solid rgba(128,128,128,.45);white-space:normal}"
    ".assay-t th[scope=row]{font-family:monospace;font-weight:600;min-width:14ch;overflow-wrap:anywhere}"
    ".assay-t .assay-n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    ".assay-l{display:inline-block;padding:1px 7px;border-radius:3px;color:#fff;white-space:nowrap}"
    + "".join(f".assay-{level}{{background:{colour}}}" for level, colour in COLOURS.items())
)
_LONGEST_NAME = 32
_SHOWN_COLUMNS = 60
_HEADS = ("Column", "Level", "Type", "Confidence", "Why", "Frameworks")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedTable:
    """The record of a table, and those of its columns in their order. It holds no value of them.

    A notebook shows it as a page. DuckDB takes it as a table (`duckdb.sql("from result")`), as does whatever else reads
    Arrow's stream interface; its fields are those of `ColumnRecord`, lists and objects as JSON text.
    """

    table: TableRecord
    columns: tuple[ColumnRecord, ...]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat row for each column: text, numbers and truths; lists and objects are JSON texts."""
        return [flat(column) for column in self.columns]

    def to_arrow(self) -> pa.Table:
        """The rows of `to_rows` as an Arrow table. Raises `UsageError` without pyarrow."""
        try:
            import pyarrow as pa
        except ImportError:
            raise UsageError("an Arrow table needs pyarrow: pip install 'assay[frames]'") from None
        types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        schema = pa.schema([(name, types[kind]) for name, kind in kinds_of(ColumnRecord).items()])
        return pa.Table.from_pylist(self.to_rows(), schema=schema)

    def to_pandas(self) -> pd.DataFrame:
        """The rows of `to_rows` as a pandas frame. Raises `UsageError` without pandas."""
        try:
            import pandas as pd
        except ImportError:
            raise UsageError("a pandas frame needs pandas: pip install 'assay[frames]'") from None
        return pd.DataFrame(self.to_rows(), columns=list(kinds_of(ColumnRecord)))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The rows as a stream of Arrow's C interface (PyCapsule)."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        """A short table, as a prompt shows it; the records have the rest."""
        shown = self.columns[:_SHOWN_COLUMNS]
        rows = [
            (
                shorten(printable(column.column), _LONGEST_NAME),
                str(column.level),
                column.detected_type or "–",
                f"{_confidence(column)}{', to be reviewed' if column.need_review else ''}",
            )
            for column in shown
        ]
        widths = [max((width(row[at]) for row in rows), default=0) for at in range(3)]
        lines = ["  ".join((*map(pad, row, widths), row[3])).rstrip() for row in rows]
        rest = len(self.columns) - len(shown)
        lines += [f"… and {counted(rest, 'more column')}"] if rest else []
        return "\n".join([f"{printable(self.table.table_name)}: {self.table.level}, {self._told}", *lines])

    @property
    def _told(self) -> str:
        sensitive = sum(column.detected_type is not None for column in self.columns)
        review = ", to be reviewed" if self.table.need_review else ""
        of = f"{sensitive} of {counted(len(self.columns), 'column')} sensitive"
        return f"{of}, {counted(self.table.rows_read, 'row')} read{review}"

    def _repr_html_(self) -> str:
        table = self.table
        caption = (
            f"<strong>{_text(table.table_name)}</strong> {_level(table.level)} {self._told}"
            f"{f'<br>{_text(table.k_anonymity.because)}' if table.k_anonymity is not None else ''}"
        )
        heads = "".join(f'<th scope="col"{_number(head == "Confidence")}>{head}</th>' for head in _HEADS)
        rows = "".join(map(_row, self.columns))
        return (
            f'<style>{_STYLE}</style><table class="assay-t"><caption>{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _row(column: ColumnRecord) -> str:
    found = column.detected_type
    review = " · to be reviewed" if column.need_review else ""
    return (
        f'<tr><th scope="row"><bdi>{_breakable(column.column)}</bdi></th><td>{_level(column.level)}</td>'
        f"<td>{_text(found or '–')}</td><td{_number(True)}>{_confidence(column)}</td>"
        f"<td>{_text(column.detection_reason)}{review}</td>"
        f"<td>{_text(', '.join(column.compliance_frameworks))}</td></tr>"
    )


def _confidence(column: ColumnRecord) -> str:
    return f"{column.confidence:.0f} of 100, {column.confidence_level.lower()}" if column.detected_type else ""


def _breakable(name: str) -> str:
    """A name that is broken after its signs, where it has to be."""
    return re.sub(r"(?<=[._\]])(?=.)", "<wbr/>", _text(name))


def _level(level: Level) -> str:
    return f'<span class="assay-l assay-{level}">{level}</span>'


def _number(wanted: bool) -> str:
    return ' class="assay-n"' if wanted else ""


def _text(text: str) -> str:
    return escape(printable(text))
