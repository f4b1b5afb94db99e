"""Documents made to hurt: entities, bombs, endless nesting, parsers that hang or crash. Each is told, and quickly."""

from __future__ import annotations

import base64
import io
import os
import zipfile
from pathlib import Path
from typing import IO, Any

import pytest

pytest.importorskip("pypdfium2")
pytest.importorskip("py7zr")
pytest.importorskip("reportlab")

from documentfiles import KEPT, pdf, read, scanned, ssn

from assay.confined import process
from assay.errors import LimitError, ReadError
from assay.formats import Kind, Limits
from assay.formats.archive import members
from assay.formats.parts import Unread

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"


def word(document: str | bytes, **parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", TYPES)
        made.writestr("word/document.xml", document)
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def body(inner: str, before: str = "") -> str:
    return f"<?xml version='1.0'?>{before}<w:document xmlns:w='{W}'><w:body>{inner}</w:body></w:document>"


def reasons(data: bytes, name: str = "x", limits: Limits | None = None) -> list[str]:
    from assay.formats import sniff

    kind = sniff(data[:65536], name)
    assert kind.is_container, kind
    found = []
    for member in members(io.BytesIO(data), kind, name, limits=limits, size=len(data)):
        if isinstance(member, Unread):
            found.append(member.error.reason)
            continue
        try:
            while member.stream.read(65536):
                pass
        except ReadError as error:
            found.append(error.reason)
    return found


def test_entities_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(f"SSN {ssn(1)}")
    outside = f"<!DOCTYPE w:document [<!ENTITY x SYSTEM 'file://{secret}'>]>"
    laughs = "<!DOCTYPE w:document [<!ENTITY a '" + "ha" * 1000 + "'><!ENTITY b '" + "&a;" * 1000 + "'>]>"
    for before in (outside, laughs):
        data = word(body("<w:p><w:r><w:t>seen &x;</w:t></w:r></w:p>", before))
        text, unread = read(data, "x.docx")
        assert ssn(1).encode() not in text
        assert [item.error.reason for item in unread] == ["corrupt"]


def test_a_bomb_in_a_document() -> None:
    huge = body("<w:p><w:r><w:t>" + "a" * 30_000_000 + "</w:t></w:r></w:p>")
    assert "compression ratio" in reasons(word(huge), limits=Limits(floor=1_000_000, ratio=100))
    assert "member too large" in reasons(word(huge), limits=Limits(member_bytes=1_000_000))


def test_documents_within_documents_end() -> None:
    data = word(body("<w:p/>"))
    for _ in range(12):
        data = word(body("<w:p/>"), **{"word/embeddings/x.docx": data})
    assert reasons(data) == ["nesting"]


def test_workbooks_within_workbooks_end() -> None:
    data = (KEPT / "book.xlsx").read_bytes()
    for _ in range(12):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr("[Content_Types].xml", TYPES)
            made.writestr("xl/workbook.xml", "<workbook/>")
            made.writestr("xl/embeddings/x.xlsx", data)
        data = out.getvalue()
    count = sum(1 for _ in members(io.BytesIO(data), Kind.SPREADSHEET, "x.xlsx", size=len(data)))
    assert count < 40


def test_elements_without_end() -> None:
    assert reasons(word(body("<w:p>" * 5000))) == ["nesting"]


def test_parts_of_a_message_without_end() -> None:
    deep = b""
    for level in range(100):
        deep += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    data = b"From: a@posteo.de\nSubject: x\nMIME-Version: 1.0\n" + deep + b"\nthe end\n"
    assert "nesting" in reasons(data)


def test_messages_within_messages_end() -> None:
    data = b"From: a@posteo.de\nSubject: deep\n\nthe end\n"
    for _ in range(12):
        head = b"From: a@posteo.de\nSubject: x\nMIME-Version: 1.0\nContent-Type: message/rfc822\n"
        data = head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
    assert reasons(data) == ["nesting"]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/plain; charset=unicode_escape",
        b"Content-Type: text/plain; charset=zlib",
        b"Content-Type: text/plain; charset=\x00\xff",
        b"Content-Type: multipart/mixed; boundary=",
        b'Content-Type: multipart/mixed; boundary="(.*)+$"',
        b"Content-Type: ; name*0*=x; name*99999999999999999999*=y",
        b"Content-Type: application/x; name*=utf-99'x'%ff%fe",
        b'Content-Disposition: attachment; filename="=?x?b?!!!!?="',
        b'Content-Disposition: attachment; filename="../../../etc/passwd"',
        b"Subject: " + b"=?utf-8?b?" * 2000,
        b"Subject: " + b"=?utf-8?q?" + b"=4" * 5000 + b"?=",
    ],
)
@pytest.mark.parametrize("transfer", [b"base64", b"quoted-printable", b"8bit", b"x-uuencode"])
def test_odd_headers(headers: bytes, transfer: bytes) -> None:
    data = b"From: a@posteo.de\nSubject: x\nMIME-Version: 1.0\n" + headers + b"\nContent-Transfer-Encoding: "
    data += transfer + b"\n\nSSN =\n" + ssn(1).encode() + b"\n====\n"
    read(data)


def test_rtf_made_to_hurt() -> None:
    for inner in (
        b"{" * 100_000,
        b"\\bin999999999 x",
        b"\\u-99999?\\uc999 \\u55357?",
        b"\\'zz\\'",
        b"}" * 1000,
        b"\\ansicpg99999 \\'ff",
    ):
        data = b"{\\rtf1\\ansi " + inner + b" SSN 512-44-7001}"
        read(data)


@pytest.mark.parametrize(("module", "error"), [("hang", "too slow"), ("crash", "corrupt"), ("greedy", "too large")])
def test_readers_that_go_wrong(module: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "wrongreaders"
    package.mkdir()
    (package / "__init__.py").touch()
    bodies = {
        "hang": "while True: pass",
        "crash": "os.kill(os.getpid(), 11)",
        "greedy": "outlet.tell(FAILED, reason='x' if bytearray(10**10) else 'y')",
    }
    (package / f"{module}.py").write_text(
        "import os\nfrom assay.confined.frames import FAILED, serve\n"
        f"def read(source, request, outlet):\n    {bodies[module]}\n"
        "def main():\n    serve(read, 512, 0.5)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(process, "PACKAGE", "wrongreaders")
    if error == "too large":
        assert [frame.data for frame in process.read(module, io.BytesIO(b"x"), {})] == [b'{"reason": "memory"}']
        return
    with pytest.raises(LimitError if error == "too slow" else ReadError) as failed:
        list(process.read(module, io.BytesIO(b"x"), {}))
    assert failed.value.reason == error


def test_a_page_that_ends_the_reader_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.formats import pdf as reading

    asked = []

    def dies(module: str, source: IO[bytes], request: dict[str, Any]) -> Any:
        asked.append(request["first"])
        for frame in process.read(module, source, request):
            if frame.letter == b"T" and frame.data[:4] == b"\0\0\0\2":
                raise LimitError("too slow", "it takes more processor time than a part of a document may")
            yield frame

    monkeypatch.setattr(reading, "read", dies)
    text, unread = read(pdf([[f"SSN {ssn(1)}"], ["bad"], [f"SSN {ssn(3)}"]]))
    assert asked == [0, 2]
    assert ssn(1).encode() in text
    assert ssn(3).encode() in text
    assert [(item.error.reason, item.error.detail[:9]) for item in unread] == [("too slow", "at page 2")]


def test_readers_write_nothing_and_know_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    reader = process.Reader("pdf")
    try:
        list(reader.ask(io.BytesIO(pdf([["x"]])), {"first": 0}))
        pid = reader._process.pid
        assert b"AWS_" not in Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert "Max file size             0" in limits
        assert "Max core file size        0" in limits
    finally:
        reader.end()
    assert not os.path.exists(f"/proc/{pid}")


def test_pages_that_take_too_long_together(monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.confined import pdf as reading
    from assay.confined.frames import FAILED, TEXT

    told: list[tuple[bytes, Any]] = []

    class Told:
        def put(self, letter: bytes, data: bytes = b"") -> None:
            told.append((letter, data[4:]))

        def tell(self, letter: bytes, **facts: Any) -> None:
            told.append((letter, facts))

        def go_on(self) -> None:
            """No time is measured."""

    passed = iter(range(0, 100_000, 60))
    monkeypatch.setattr(reading.time, "process_time", lambda: next(passed))
    reading.read(io.BytesIO(pdf([["one"], ["two"], ["three"], ["four"]])), {"first": 0}, Told())  # type: ignore[arg-type]

    assert [data for letter, data in told if letter == TEXT] == [b"one", b"two"]
    assert [data for letter, data in told if letter == FAILED] == [{"reason": "time", "page": 3}]
    assert told[-1][0] == FAILED


def test_a_pdf_that_was_changed_without_end_is_told_as_not_read(tmp_path: Path) -> None:
    """Each state is a PDF by itself; of more than are looked at the rest is a gap, and what was found stays."""
    whole = (KEPT / "changed.pdf").read_bytes()
    start = int(whole.rpartition(b"startxref")[2].split()[0])
    again = b"xref\n0 0\ntrailer\n<< /Root 1 0 R /Size 99 /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    for _ in range(250):
        here = len(whole)
        whole, start = whole + again % (start, here), here
    (tmp_path / "x.pdf").write_bytes(whole)
    found = scanned(tmp_path / "x.pdf")
    assert [gap.reason for gap in found.gaps] == ["too large"]
    assert found.places


def test_folders_that_only_look_like_those_of_a_program_are_read() -> None:
    hidden = {"META-INF/a.txt": ssn(1), "Thumbnails/b.csv": ssn(2), "Configurations2/c/d.txt": ssn(3)}
    text, _ = read(word(body("<w:p/>"), **{name: f"SSN {value}" for name, value in hidden.items()}), "x.docx")
    assert all(value.encode() in text for value in hidden.values())
