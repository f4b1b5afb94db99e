"""How fast documents are read: pages of PDF, rows of workbooks, decoded text of Parquet.

    python -m benchmarks.document_speed            all of them, in rounds that take turns

Rates are per second of processor time of one worker, all processes counted, less what a scan of an empty file takes: they say
what a core does on a machine that others use, too. The last column leaves out what the first table of its kind costs a scan besides
(words, libraries), measured by one of ten rows. The bars are those of the issue that asked for them.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import random
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_TEXT = """the of order was sent on its way to customer and will be there before end week please note that total amount is due
within thirty days after this letter has reached you kind regards from all in our department for parts services"""
_WORDS = _TEXT.split()


class Made(NamedTuple):
    """A file, and how much there is in it of what is counted; `table` says that it is one."""

    path: Path
    count: float
    unit: str
    bar: float
    table: bool = True


def _ssn(dice: random.Random) -> str:
    return f"{dice.randint(101, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}"


def sentence(dice: random.Random, words: int = 12) -> str:
    return " ".join(dice.choices(_WORDS, k=words))


def pdf(folder: Path, dice: random.Random) -> Made:
    """1,000 pages of 45 lines each; a value on every tenth."""
    from reportlab.pdfgen import canvas

    path, pages = folder / "pages.pdf", 1_000
    drawn = canvas.Canvas(str(path), pageCompression=1)
    for page in range(pages):
        for line in range(45):
            drawn.drawString(60, 780 - 16 * line, sentence(dice))
        if page % 10 == 0:
            drawn.drawString(60, 40, f"SSN: {_ssn(dice)}")
        drawn.showPage()
    drawn.save()
    return Made(path, pages, "pages", 300, table=False)


def workbook(folder: Path, dice: random.Random) -> Made:
    """200,000 rows of six columns, one of which is sensitive: as many findings, each of which is written."""
    import openpyxl

    path, rows = folder / "rows.xlsx", 200_000
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    sheet.append(["id", "article", "amount", "ssn", "sent", "note"])
    for row in range(rows):
        sheet.append([row, sentence(dice, 2), row * 1.25, _ssn(dice), row % 2 == 0, sentence(dice, 4)])
    book.save(path)
    return Made(path, rows, "rows", 60_000)


def plain_workbook(folder: Path, dice: random.Random) -> Made:
    """The same without the sensitive column; a value in every 500th note."""
    import openpyxl

    path, rows = folder / "plain.xlsx", 200_000
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    sheet.append(["id", "article", "amount", "place", "sent", "note"])
    for row in range(rows):
        note = f"SSN {_ssn(dice)}" if row % 500 == 0 else sentence(dice, 4)
        sheet.append([row, sentence(dice, 2), row * 1.25, sentence(dice, 1), row % 2 == 0, note])
    book.save(path)
    return Made(path, rows, "rows", 60_000)


def parquet(folder: Path, dice: random.Random) -> Made:
    """About 200 MB of decoded text in four columns; a value in every 200th row of one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, rows, size = folder / "text.parquet", 500_000, 0
    texts = [sentence(dice, 20) for _ in range(5_000)]
    columns: dict[str, list[str]] = {}
    for name in ("note", "remark", "body", "answer"):
        columns[name] = [texts[dice.randrange(len(texts))] for _ in range(rows)]
    columns["note"] = [
        f"{text} SSN {_ssn(dice)}" if row % 200 == 0 else text for row, text in enumerate(columns["note"])
    ]
    size = sum(len(text) for values in columns.values() for text in values)
    pq.write_table(pa.table(columns), path, compression="zstd", use_dictionary=False, row_group_size=50_000)
    return Made(path, size / 1e6, "MB of text", 150)


def different(folder: Path, dice: random.Random) -> Made:
    """About 60 MB of text in which no value comes twice."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, rows = folder / "different.parquet", 150_000
    columns = {name: [sentence(dice, 20) for _ in range(rows)] for name in ("note", "remark", "body", "answer")}
    size = sum(len(text) for values in columns.values() for text in values)
    pq.write_table(pa.table(columns), path, compression="zstd", use_dictionary=False, row_group_size=50_000)
    return Made(path, size / 1e6, "MB of text", 150)


def few_rows(folder: Path) -> dict[str, Path]:
    """A workbook and a Parquet file of ten rows, by their ending."""
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [(number, "the order was sent") for number in range(10)]
    found = {suffix: folder / f"few{suffix}" for suffix in (".xlsx", ".parquet")}
    book = openpyxl.Workbook()
    for row in [("id", "note"), *rows]:
        book.active.append(row)
    book.save(found[".xlsx"])
    pq.write_table(pa.table({"id": [row[0] for row in rows], "note": [row[1] for row in rows]}), found[".parquet"])
    return found


def given_table(path: Path) -> Made:
    """A Parquet file of somebody else; its decoded text is what its cells are as text."""
    import duckdb

    with duckdb.connect() as connection:
        read = f"read_parquet('{path}')"
        names = [row[0] for row in connection.execute(f"describe select * from {read}").fetchall()]
        sums = " + ".join(f'coalesce(sum(length(cast("{name}" as varchar))), 0)' for name in names)
        (size,) = connection.execute(f"select {sums} from {read}").fetchone() or (0,)
    return Made(path, int(size) / 1e6, "MB of text", 150)


_MAKERS: tuple[Callable[[Path, random.Random], Made], ...] = (pdf, workbook, plain_workbook, parquet, different)


def _scan(path: Path) -> list[str]:
    out = f"{path}.jsonl"
    return [
        sys.executable, "-m", "assay.cli.__main__", "scan", str(path), "--no-catalog", "--jobs", "1", "--format", "jsonl",
        "--output", out, "--quiet",
    ]  # fmt: skip


def _adopt() -> None:
    """Makes this process the parent of those that outlive theirs, such as readers of PDF, whose time would be lost."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _processor_seconds(command: list[str]) -> float:
    """Of the command and all that it starts, those that end after it included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"{command[4]} ended with {done.returncode}: {done.stderr.decode()[-400:]}")
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/assay-document-speed"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--parquet", type=Path, action="append", default=[], help="files of others, instead of made ones"
    )
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    made = [given_table(path) for path in given.parquet] or [maker(given.folder, random.Random(7)) for maker in _MAKERS]
    empty = given.folder / "empty.txt"
    empty.write_bytes(b"")
    few = few_rows(given.folder)
    _adopt()
    taken: dict[Path, list[float]] = {path: [] for path in (*(each.path for each in made), empty, *few.values())}
    for number in range(given.rounds + 1):
        for path, seconds in taken.items():
            spent = _processor_seconds(_scan(path))
            if number:  # the first fills caches
                seconds.append(spent)
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'file':<18}{'processor s':>12}{'per second':>14}{'once loaded':>14}  bar")
    for each in made:
        spent = statistics.median(taken[each.path]) - statistics.median(taken[empty])
        first = 0.0
        if each.table:
            first = statistics.median(taken[few[each.path.suffix]]) - statistics.median(taken[empty])
        rates = f"{each.count / spent:>14,.0f}{each.count / (spent - first):>14,.0f}"
        print(f"{each.path.name:<18}{spent:>12.2f}{rates}  {each.bar:,.0f} {each.unit}")


if __name__ == "__main__":
    main()
