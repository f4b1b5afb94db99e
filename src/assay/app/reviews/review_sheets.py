"""The review queue as a spreadsheet, CSV or Excel, and back: a steward fills in decisions, and they are read with their rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assay.errors import OutputError, UsageError, unwritable
from assay.model import Level
from assay.model.review import QueueItem, Scope, Verdict
from assay.report.cells import guarded, unguarded

SHOWN = (
    "id",
    "version",
    "state",
    "priority",
    "resource",
    "table",
    "column",
    "identifier",
    "level",
    "confidence",
    "why",
    "evidence",
    "examples",
)
"""What the queue says; an import reads `id` and `version` of it."""

ASKED = ("decision", "new_level", "new_identifier", "new_categories", "scope", "path", "pattern", "expires", "reason")
"""What a steward fills in."""

CONFIRM = "confirm"
DECISIONS = (*(str(verdict) for verdict in Verdict), CONFIRM)
_ROWS = 100_000
_BYTES = 64 * 1024 * 1024
_EXTRA = "pip install 'assay[review]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One filled-in row. `row` is its number in the file, 1-based, the header being the first. `verdict` is `None` for
    `confirm`."""

    row: int
    id: str
    version: int
    verdict: Verdict | None
    reason: str
    level: Level | None = None
    identifier: str | None = None
    categories: tuple[str, ...] = ()
    scope: Scope | None = None
    path: str | None = None
    pattern: str | None = None
    expires: date | None = None


def written(items: Iterable[QueueItem], file: Path) -> int:
    """Writes the items to `file`, Excel if its name ends in .xlsx and else CSV; how many. Raises `OutputError`."""
    rows = [_row(item) for item in items]
    try:
        if file.suffix.lower() == ".xlsx":
            _write_excel(rows, file)
        else:
            file.write_bytes(as_csv(rows))
    except OSError as error:
        raise OutputError(unwritable(file, error)) from None
    return len(rows)


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """The sheet as CSV in UTF-8 with a byte order mark, which Excel needs to read it as such."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*SHOWN, *ASKED))
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def csv_of(items: Iterable[QueueItem]) -> bytes:
    """The items as CSV."""
    return as_csv([_row(item) for item in items])


def read_sheet(file: Path) -> list[SheetRow]:
    """The rows of `file` that a steward has decided. Raises `UsageError` that names every bad row, and what is wrong."""
    cells = _excel_cells(file) if file.suffix.lower() == ".xlsx" else _csv_cells(file)
    if not cells:
        raise UsageError(f"{file}: is empty; export the queue, fill in 'decision' and import that")
    header = [str(_text(cell)).strip().lower() for cell in cells[0]]
    missing = [name for name in ("id", "version", "decision", "reason") if name not in header]
    if missing:
        raise UsageError(f"{file}:1: no column named {', '.join(missing)}; keep the header of the export")
    twice = [name for name in (*SHOWN, *ASKED) if header.count(name) > 1]
    if twice:
        raise UsageError(f"{file}:1: more than one column is named {', '.join(twice)}; keep the header of the export")
    at = {name: header.index(name) for name in (*SHOWN, *ASKED) if name in header}
    rows: list[SheetRow] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(cells[1:], 2):
        given = {name: unguarded(_text(line[index])).strip() for name, index in at.items() if index < len(line)}
        if not given.get("decision"):
            _check_undecided(given, number, problems)
            continue
        try:
            row = _parsed(given, number)
            if row.id in seen:
                raise _RowError(f"{row.id} stands in row {seen[row.id]} already")
        except _RowError as error:
            problems.append(f"row {number}: {error}")
            continue
        seen[row.id] = number
        rows.append(row)
    if problems:
        raise UsageError(refusal(file, problems))
    return rows


def refusal(file: Path, problems: Sequence[str]) -> str:
    """What is said of a sheet that is refused as a whole."""
    shown = "\n".join(problems[:20])
    more = f"\nand {len(problems) - 20} more rows" if len(problems) > 20 else ""
    return f"{file}: nothing was imported\n{shown}{more}"


class _RowError(ValueError):
    """What is wrong with one row."""


def _check_undecided(given: dict[str, str], number: int, problems: list[str]) -> None:
    filled = [name for name in ASKED if name != "decision" and given.get(name)]
    if filled:
        problems.append(f"row {number}: {filled[0]} is filled in, and no decision; write one of {', '.join(DECISIONS)}")


def _parsed(given: dict[str, str], number: int) -> SheetRow:
    name = given.get("id", "")
    if not re.fullmatch("r[0-9a-f]{11}", name):
        raise _RowError("the id is none of the queue's; leave that column as it was exported")
    version = given.get("version", "")
    # Excel gives whole numbers back with a fraction.
    if not re.fullmatch(r"\d{1,9}(\.0+)?", version):
        raise _RowError("the version is no number; leave that column as it was exported")
    decision = given["decision"].lower()
    if decision not in DECISIONS:
        raise _RowError(f"decision is none of {', '.join(DECISIONS)}")
    verdict = None if decision == CONFIRM else Verdict(decision)
    return SheetRow(
        row=number,
        id=name,
        version=int(float(version)),
        verdict=verdict,
        reason=given.get("reason", ""),
        level=_level(given.get("new_level", "").lower()),
        identifier=given.get("new_identifier", "").upper() or None,
        categories=_categories(given.get("new_categories", "")),
        scope=_one_of(Scope, given.get("scope", "").lower(), "scope"),
        path=given.get("path") or None,
        pattern=given.get("pattern") or None,
        expires=_day(given.get("expires", "")),
    )


def _one_of(kind: Any, text: str, name: str) -> Any:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise _RowError(f"{name} is none of {', '.join(str(each) for each in kind)}") from None


def _level(text: str) -> Level | None:
    allowed = [level for level in Level if level is not Level.UNCLASSIFIED]
    if text and text not in allowed:
        raise _RowError(f"new_level is none of {', '.join(allowed)}")
    return Level(text) if text else None


def _categories(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.upper() for name in re.split(r"[,;\s]+", text) if name))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _RowError("expires must be a date such as 2027-01-31") from None


def _row(item: QueueItem) -> list[str]:
    asked, subject = item.question, item.question.subject
    examples = [str(each.get("redacted", "")) for each in asked.details.get("examples", ())]
    return [
        item.id,
        str(item.version),
        str(item.state),
        f"{asked.priority:.4f}",
        subject.resource,
        subject.table or "",
        subject.column or "",
        subject.identifier or "",
        str(asked.level),
        f"{asked.confidence:.4f}",
        "; ".join(asked.reasons),
        str(asked.details.get("reason", asked.details.get("because", ""))),
        ", ".join(examples),
        *("" for _ in ASKED),
    ]


def _text(cell: Any) -> str:
    """A cell as text: Excel makes numbers and dates of what looks like them."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _write_excel(rows: Sequence[Sequence[str]], file: Path) -> None:
    try:
        import openpyxl  # an extra
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise UsageError(f"{file}: writing Excel needs openpyxl: {_EXTRA}; or name a .csv file") from None
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("review")
    sheet.freeze_panes = "A2"
    for line in ((*SHOWN, *ASKED), *([guarded(cell) for cell in row] for row in rows)):
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet)
            cell.value = _ILLEGAL.sub("�", text)[:32_000]
            # Text whatever it begins with; by itself openpyxl makes formulas of what begins with =.
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    book.save(file)


_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _excel_cells(file: Path) -> list[list[Any]]:
    try:
        import python_calamine  # an extra
    except ImportError:
        raise UsageError(f"{file}: reading Excel needs python-calamine: {_EXTRA}; or save it as CSV") from None
    _sized(file)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(file))
        names = book.sheet_names
        sheet = book.get_sheet_by_name("review" if "review" in names else names[0])
        cells: list[list[Any]] = sheet.to_python(skip_empty_area=False, nrows=_ROWS + 1)
    except (python_calamine.CalamineError, OSError, IndexError):
        # What the library says may quote what it read.
        raise UsageError(f"{file}: cannot be read as an Excel file; save it as .xlsx or .csv again") from None
    return _bounded(cells, file)


def _csv_cells(file: Path) -> list[list[Any]]:
    _sized(file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8; save it as 'CSV UTF-8'") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    first = text.split("\n", 1)[0]
    # A spreadsheet set to a language that writes 1,5 separates by semicolons.
    delimiter = max(",;\t", key=first.count)
    try:
        return _bounded(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)), file)
    except csv.Error:
        raise UsageError(f"{file}: is not valid CSV; export it again, or save it as CSV UTF-8") from None


def _sized(file: Path) -> None:
    try:
        size = file.stat().st_size
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    if size > _BYTES:
        raise UsageError(f"{file}: is larger than {_BYTES // 2**20} MiB; import it in parts")


def _bounded(cells: list[list[Any]], file: Path) -> list[list[Any]]:
    if len(cells) > _ROWS:
        raise UsageError(f"{file}: has more than {_ROWS:,} rows; import it in parts")
    return cells
