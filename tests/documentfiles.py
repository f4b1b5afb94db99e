"""Documents with planted values, and what a scan says of them: made by LibreOffice (kept), or here by other libraries."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import assay
from assay.formats import Kind, sniff
from assay.formats.archive import members
from assay.formats.parts import Unread
from assay.model import Finding, Gap, Locator

KEPT = Path(__file__).parent / "data" / "documents"


def ssn(number: int) -> str:
    """A planted value: the number makes it known in what is found."""
    return f"512-44-7{number:03}"


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """What one scan told: places by the number of the planted value, gaps, and the level."""

    places: dict[int, list[Locator]]
    others: list[Finding]
    gaps: list[Gap]
    skips: list[Any]
    columns: list[Any]
    level: str

    def at(self, number: int) -> set[str]:
        """Where a value was found: member or sheet, page, table and row, field."""
        return {_shown(place) for place in self.places.get(number, [])}


def _shown(at: Locator) -> str:
    parts = [at.member or at.sheet or ""]
    if at.page is not None:
        parts.append(f"page {at.page}")
    if at.table is not None:
        parts.append(f"{at.table} row {at.row} {at.field}")
    return " ".join(part for part in parts if part)


@cache
def kept(name: str) -> Scanned:
    """What is told of a file that LibreOffice made."""
    return scanned(KEPT / name)


def scanned(path: Path) -> Scanned:
    """Scans one file in this process."""
    known = fingerprints()
    places: dict[int, list[Locator]] = {}
    others, gaps, skips, columns, level = [], [], [], [], ""
    for result in assay.scan(str(path)):
        match type(result).__name__:
            case "Finding" if result.fingerprint in known:
                places.setdefault(known[result.fingerprint], []).append(result.location)
            case "Finding":
                others.append(result)
            case "Gap":
                gaps.append(result)
            case "Skip":
                skips.append(result)
            case "ColumnRecord":
                columns.append(result)
            case "Classification":
                level = str(result.level)
    return Scanned(places=places, others=others, gaps=gaps, skips=skips, columns=columns, level=level)


@cache
def fingerprints() -> dict[str, int]:
    """Fingerprints of the planted values."""
    found = [f for f in assay.scan_text("".join(f"SSN {ssn(n)}\n" for n in range(1000))) if f.identifier == "SSN"]
    assert len(found) == 1000
    return {finding.fingerprint: number for number, finding in enumerate(found)}


def read(data: bytes, name: str = "x") -> tuple[bytes, list[Unread]]:
    """All text that the members of a document hold, and what could not be read; whatever the bytes, nothing is raised."""
    texts, unread = [], []
    kind = sniff(data[: 64 * 1024], name)
    if not (kind.is_container or kind is Kind.SPREADSHEET):
        return data, []
    for member in members(io.BytesIO(data), kind, name, size=len(data)):
        if isinstance(member, Unread):
            unread.append(member)
            continue
        if member.table is not None:
            texts += _cells(member.table)
            continue
        texts.append(member.head)
        try:
            while piece := member.stream.read(65536):
                texts.append(piece)
        except assay.errors.ReadError as error:
            unread.append(Unread(member.path, error))
    return b"\n".join(texts), unread


def _cells(table: Any) -> Iterator[bytes]:
    for batch in table.read():
        for column in batch.columns:
            yield "\n".join(value or "" for value in column).encode()


def message() -> EmailMessage:
    """A message with text in two forms and attached files."""
    mail = EmailMessage()
    mail["From"] = "Zoë Halloway <wren1.halloway@posteo.de>"
    mail["To"] = "Ben <ben.jones@posteo.de>"
    mail["Subject"] = f"für Zoë: {ssn(901)}"
    mail["Date"] = "Mon, 1 Jan 2024 10:00:00 +0000"
    mail["Message-ID"] = "<1@posteo.de>"
    long = "x" * 60
    mail.set_content(f"Größe: the SSN is {ssn(902)}\n{long} SSN {ssn(903)} ends here\n", cte="quoted-printable")
    mail.add_alternative(
        f"<html><body><table><tr><th>id</th><th>ssn</th></tr><tr><td>1</td><td>{ssn(904)}</td></tr></table></body></html>",
        subtype="html",
        cte="base64",
    )
    mail.add_attachment(f"id,ssn\n1,{ssn(905)}\n".encode(), maintype="text", subtype="csv", filename="Größe.csv")
    docx = (KEPT / "letter.docx").read_bytes()
    mail.add_attachment(docx, maintype="application", subtype="octet-stream", filename="letter.docx")
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "a@posteo.de", "b@posteo.de", "inner"
    inner.set_content(f"plain SSN {ssn(906)}\n")
    mail.add_attachment(inner)
    return mail


def png(width: int = 8) -> bytes:
    """A small picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\xff" * width * 3 for _ in range(width)))
    header = struct.pack("!IIBBBBB", width, width, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages: list[list[str]], **more: Any) -> bytes:
    """A PDF by reportlab: a list of lines for each page."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    made = canvas.Canvas(out, invariant=1, **more)
    made.setAuthor("Maria Garcia")
    made.setSubject(f"about {ssn(921)}")
    for lines in pages:
        for number, line in enumerate(lines):
            made.drawString(72, 760 - 14 * number, line)
        if not lines:
            made.drawImage(ImageReader(io.BytesIO(png())), 72, 72, 100, 100)
        made.showPage()
    made.save()
    return out.getvalue()


def form() -> bytes:
    """A PDF by reportlab with a form and a note."""
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    made = canvas.Canvas(out, invariant=1)
    made.drawString(72, 760, "Please fill in")
    made.acroForm.textfield(name="ssn", tooltip="Social Security number", value=ssn(922), x=72, y=700)
    made.textAnnotation(f"note {ssn(923)}", Rect=[72, 600, 172, 650])
    made.linkURL("mailto:wren924.halloway@posteo.de", (72, 500, 172, 520))
    made.bookmarkPage("here")
    made.addOutlineEntry(f"chapter {ssn(925)}", "here")
    made.showPage()
    made.save()
    return out.getvalue()
