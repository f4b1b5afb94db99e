"""`python -m benchmarks.mailboxes`: memory that the scan of large mailboxes takes, and that all planted values are found.

    python -m benchmarks.mailboxes                          all of them, 2,000 MB each, a single message of 500 MB
    python -m benchmarks.mailboxes --only texts --megabytes 300

`texts`     messages with a text and an HTML form of it, an attached table in every 100th
`attached`  a file in every fourth message: CSV, xlsx, docx, PDF, zip, a message, a picture
`tables`    a table of its own in every message
`single`    one message whose body is one text
`encoded`   one message with a text of that size attached, in base64
`maildir`   folders `cur` and `new` with a file a message

Memory is that of all processes, pages that they share counted once (proportional set size), sampled 5 times a second, and
the highest mark of any one process. The bar of the issue is 400 MB.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import shutil
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.document_speed import sentence
from benchmarks.measure import Contestant, peak_memory

_BAR = 400
_SINGLE = 500
_FROM = b"From a@example.net Mon Jan  5 10:00:00 2026\n"


class Made(NamedTuple):
    """A mailbox, and how many values were planted in it."""

    path: Path
    planted: int


def _ssn(dice: random.Random) -> str:
    return f"{dice.randint(101, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}"


def _lines(dice: random.Random, count: int) -> str:
    return "\n".join(sentence(dice) for _ in range(count))


_BODIES: list[str] = []


def _body(dice: random.Random) -> str:
    """One of some texts: to draw each word of 2 GB takes longer than to read them."""
    if not _BODIES:
        _BODIES.extend(_lines(dice, 40) for _ in range(500))
    return dice.choice(_BODIES)


def message(dice: random.Random, number: int, *, said: str = "", attached: tuple[str, bytes] | None = None) -> bytes:
    """A message with a text, its HTML form, and a file."""
    text = _body(dice)
    file = b""
    if attached is not None:
        name, data = attached
        file = (
            f"--b{number}\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename={name}\n"
            "Content-Transfer-Encoding: base64\n\n"
        ).encode() + base64.encodebytes(data)
    return (
        f"From: a@example.net\nSubject: {sentence(dice, 4)}\n"
        f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n"
        f"Content-Type: text/plain\n\n{said}{text}\n--b{number}\nContent-Type: text/html\n\n<p>{text}</p>\n"
    ).encode() + b"%b--b%d--\n\n" % (file, number)


def _table(dice: random.Random, rows: int) -> bytes:
    lines = (f"{row},{_ssn(dice)},{sentence(dice, 3)}\n" for row in range(rows))
    return ("id,ssn,note\n" + "".join(lines)).encode()


def _xlsx(dice: random.Random) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    sheet.append(["id", "ssn", "note"])
    for row in range(2_000):
        sheet.append([row, _ssn(dice) if row < 20 else "", sentence(dice, 4)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _docx(dice: random.Random) -> bytes:
    import docx

    document = docx.Document()
    document.add_paragraph(f"SSN: {_ssn(dice)}")
    for _ in range(300):
        document.add_paragraph(sentence(dice, 30))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _pdf(dice: random.Random) -> bytes:
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    drawn = canvas.Canvas(out)
    for _ in range(20):
        for line in range(45):
            drawn.drawString(60, 780 - 16 * line, sentence(dice))
        drawn.drawString(60, 40, f"SSN: {_ssn(dice)}")
        drawn.showPage()
    drawn.save()
    return out.getvalue()


def _zip(dice: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.txt", f"SSN: {_ssn(dice)}\n{_lines(dice, 2_000)}")
    return out.getvalue()


def files(dice: random.Random) -> list[tuple[str, bytes, int]]:
    """Files that are attached: name, content, and how many values are in it."""
    return [
        ("t.csv", _table(dice, 500), 500),
        ("t.xlsx", _xlsx(dice), 20),
        ("t.docx", _docx(dice), 1),
        ("t.pdf", _pdf(dice), 20),
        ("t.zip", _zip(dice), 5),
        ("t.eml", message(dice, 1, said=f"SSN: {_ssn(dice)}\n"), 1),
        ("t.png", b"\x89PNG\r\n\x1a\n" + dice.randbytes(200_000), 0),
    ]


def texts(dice: random.Random) -> Iterator[tuple[bytes, int]]:
    """Messages, and how many values are in each."""
    number = 0
    while True:
        number += 1
        table = ("t.csv", _table(dice, 20)) if number % 100 == 0 else None
        said = f"SSN: {_ssn(dice)}\n" if number % 50 == 0 else ""
        yield message(dice, number, said=said, attached=table), (20 if table else 0) + bool(said)


def attached(dice: random.Random) -> Iterator[tuple[bytes, int]]:
    """The same with a file in every fourth."""
    held = files(dice)
    number = 0
    while True:
        number += 1
        name, data, planted = held[number // 4 % len(held)]
        file = (name, data) if number % 4 == 0 else None
        yield message(dice, number, attached=file), planted if file else 0


def tables(dice: random.Random) -> Iterator[tuple[bytes, int]]:
    """The same with a table in each."""
    number = 0
    while True:
        number += 1
        yield message(dice, number, attached=("t.csv", _table(dice, 20))), 20


def _box(messages: Callable[[random.Random], Iterator[tuple[bytes, int]]]) -> Callable[[Path, int], Made]:
    def make(place: Path, size: int) -> Made:
        path, planted = place / f"{messages.__name__}.mbox", 0
        with path.open("wb") as out:
            for written, values in messages(random.Random(7)):
                out.write(_FROM + written)
                planted += values
                if out.tell() >= size:
                    break
        return Made(path, planted)

    return make


def maildir(place: Path, size: int) -> Made:
    """Folders of files, some of them new."""
    path, planted, made = place / "maildir", 0, 0
    for number, (written, values) in enumerate(texts(random.Random(7))):
        if number % 1000 == 0:  # folders of mail are that large, and larger
            for folder in ("cur", "new", "tmp"):
                (path / f".box{number // 1000}" / folder).mkdir(parents=True, exist_ok=True)
        folder = "new" if number % 10 == 0 else "cur"
        flags = "" if folder == "new" else ":2,S"
        (path / f".box{number // 1000}" / folder / f"{1_700_000_000 + number}.M{number}P1.host{flags}").write_bytes(
            written
        )
        planted += values
        made += len(written)
        if made >= size:
            return Made(path, planted)
    raise AssertionError("messages do not end")


def _text(dice: random.Random, size: int) -> Iterator[tuple[bytes, int]]:
    made = 0
    while made < size:
        piece = f"SSN: {_ssn(dice)}\n{_lines(dice, 400)}\n".encode()
        made += len(piece)
        yield piece, 1


def single(place: Path, size: int) -> Made:
    """One message with a long text."""
    path, planted = place / "single.mbox", 0
    with path.open("wb") as out:
        out.write(_FROM + b"From: a@example.net\nSubject: all of it\n\n")
        for piece, values in _text(random.Random(7), min(size, _SINGLE * 1_000_000)):
            out.write(piece)
            planted += values
    return Made(path, planted)


def encoded(place: Path, size: int) -> Made:
    """One message with a long file."""
    path, planted = place / "encoded.mbox", 0
    rest = b""
    with path.open("wb") as out:
        out.write(
            _FROM + b"From: a@example.net\nMIME-Version: 1.0\nContent-Type: text/plain; name=all.txt\n"
            b"Content-Disposition: attachment; filename=all.txt\nContent-Transfer-Encoding: base64\n\n"
        )
        for piece, values in _text(random.Random(7), min(size, _SINGLE * 1_000_000) * 3 // 4):
            rest += piece
            whole = len(rest) // 57 * 57
            out.write(base64.encodebytes(rest[:whole]))
            rest = rest[whole:]
            planted += values
        out.write(base64.encodebytes(rest))
    return Made(path, planted)


MAKERS: dict[str, Callable[[Path, int], Made]] = {
    "texts": _box(texts),
    "attached": _box(attached),
    "tables": _box(tables),
    "single": single,
    "encoded": encoded,
    "maildir": maildir,
}


def _command(path: Path, jobs: int, out: Path) -> list[str]:
    return [
        sys.executable, "-m", "assay.cli.__main__", "scan", str(path), "--no-catalog", "--jobs", str(jobs),
        "--format", "jsonl", "--output", str(out), "--quiet",
    ]  # fmt: skip


def _told(out: Path) -> tuple[int, int]:
    """How many values a scan told, and how many gaps."""
    with out.open("rb") as lines:
        summary = json.loads(deque(lines, maxlen=1)[0])
    return int(summary["by_identifier"].get("SSN", 0)), int(summary["gaps"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/assay-mailboxes"))
    parser.add_argument("--megabytes", type=int, default=2_000)
    parser.add_argument("--only", action="append", choices=MAKERS, default=[])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    failed = False
    print(f"load {os.getloadavg()[0]:.1f}")
    print(
        f"{'mailbox':<10}{'MB':>7}{'planted':>10}{'found':>10}{'gaps':>6}{'all processes':>15}{'largest':>10}{'MB/s':>7}"
    )
    for name in given.only or MAKERS:
        made = MAKERS[name](given.folder, given.megabytes * 1_000_000)
        out = given.folder / f"{name}.jsonl"
        command = _command(made.path, given.jobs, out)
        held, sample = peak_memory(Contestant(name=name, command=command, good=frozenset({0, 3})), interval=0.2)
        found, gaps = _told(out)
        whole = sum(each.stat().st_size for each in ([made.path] if made.path.is_file() else made.path.rglob("*")))
        print(
            f"{name:<10}{whole / 1e6:>7,.0f}{made.planted:>10,}{found:>10,}{gaps:>6}{held.together / 1e6:>12,.0f} MB"
            f"{held.largest / 1e6:>7,.0f} MB{whole / 1e6 / sample.cpu:>7.1f}",
            flush=True,
        )
        failed |= found != made.planted or held.together > _BAR * 1e6
        out.unlink()
        shutil.rmtree(made.path) if made.path.is_dir() else made.path.unlink()
    sys.exit(failed)


if __name__ == "__main__":
    main()
