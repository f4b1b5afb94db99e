"""One suite for all documents: values planted at known places, in files that other programs made, are found there."""

from __future__ import annotations

import gc
import io
import json
import mailbox
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

pytest.importorskip("pypdfium2")
pytest.importorskip("py7zr")
pytest.importorskip("docx")
pytest.importorskip("pptx")
pytest.importorskip("reportlab")
pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")

from documentfiles import KEPT, form, kept, message, pdf, png, read, scanned, ssn

CASES = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[1] / "cases" / "formats").glob("*.yaml"))
]
"""A file for each format: where the planted values of its files stand, and who made these; docs/formats.md shows them."""
PLACES: dict[str, dict[int, str]] = {file["name"]: file["places"] for case in CASES for file in case.get("files", [])}
GAPS: dict[str, str] = {gap["file"]: gap["reason"] for case in CASES for gap in case.get("gaps", []) if "file" in gap}


@pytest.mark.parametrize("name", sorted(PLACES))
def test_what_other_programs_write(name: str) -> None:
    found = kept(name)
    assert not found.gaps
    assert found.level == "restricted"
    missing = {number: place for number, place in PLACES[name].items() if place not in found.at(number)}
    assert not missing
    assert set(found.places) == set(PLACES[name])


@pytest.mark.parametrize("name", sorted(GAPS))
def test_what_cannot_be_read_is_a_gap(name: str) -> None:
    found = kept(name)
    assert [gap.reason for gap in found.gaps] == [GAPS[name]]
    assert found.level == "unclassified"


def test_a_name_that_7zip_encrypts_as_well() -> None:
    found = kept("locked.7z")
    assert [gap.reason for gap in found.gaps] == ["encrypted"]
    assert not found.places


def test_a_link_behind_a_word() -> None:
    for name in ("letter.docx", "letter.odt", "letter.doc", "letter.rtf", "letter.pdf", "letter.epub"):
        assert "EMAIL" in {finding.identifier for finding in kept(name).others}, name


def test_columns_of_a_table_within_a_document() -> None:
    columns = {column.column: column for column in kept("letter.docx").columns}
    assert set(columns) == {"id", "full name", "ssn"}
    assert columns["ssn"].detected_type == "SSN"
    assert columns["ssn"].table == "table 1"


def test_offsets_are_of_the_part_and_there_are_none_of_bytes() -> None:
    (place,) = kept("letter.docx").places[807]
    assert (place.start, place.end, place.line, place.byte_start, place.byte_end) == (10, 21, 1, None, None)
    (place,) = kept("talk.pdf").places[822]
    assert (place.page, place.start, place.end, place.byte_start) == (2, 7, 18, None)


@pytest.mark.parametrize("name", ["letter.docx", "letter.pdf", "letter.rtf", "book.xlsx", "talk.odp"])
def test_the_name_says_nothing(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "notes.txt"
    copy.write_bytes((KEPT / name).read_bytes())
    assert set(scanned(copy).places) == set(kept(name).places)


def test_old_documents_that_need_a_password_are_a_gap(tmp_path: Path) -> None:
    letter = bytearray((KEPT / "letter.doc").read_bytes())
    letter[letter.index(b"\xec\xa5") + 0x0B] |= 1  # the flag of MS-DOC 2.5.2
    show = (KEPT / "talk.ppt").read_bytes()
    tokens = b"\x5f\xc0\x91\xe3", b"\xdf\xc4\xd1\xf3"  # of MS-PPT 2.3.2
    assert tokens[0] in show
    for name, data in (("a.doc", bytes(letter)), ("a.ppt", show.replace(*tokens))):
        (tmp_path / name).write_bytes(data)
        found = scanned(tmp_path / name)
        assert [gap.reason for gap in found.gaps] == ["encrypted"], name
        assert not found.places


def test_word_by_python_docx(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.core_properties.author = "Maria Garcia"
    paragraph = document.add_paragraph("The SSN is ")
    for piece in ("512-", "44-", "7001", " indeed"):
        paragraph.add_run(piece)
    table = document.add_table(rows=2, cols=2)
    for at, text in enumerate(("Name", "Grace Miller", "SSN", ssn(2))):
        table.cell(at // 2, at % 2).text = text
    path = tmp_path / "x.docx"
    document.save(str(path))
    found = scanned(path)
    assert found.at(1) == {"word/document.xml"}
    # A form has its names in the first column.
    assert found.at(2) == {"word/document.xml"}
    assert {finding.location.member for finding in found.others if finding.identifier == "PERSON_NAME"} == {
        "docProps/core.xml",
        "word/document.xml",
    }


def test_slides_by_python_pptx(tmp_path: Path) -> None:
    import pptx
    from pptx.util import Inches

    show = pptx.Presentation()
    for number in (1, 2, 3):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = f"title {ssn(number)}"
        slide.notes_slide.notes_text_frame.text = f"spoken {ssn(10 + number)}"
    grid = show.slides[1].shapes.add_table(2, 3, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for at, text in enumerate(("id", "name", "ssn", "1", "Anna Smith", ssn(20))):
        grid.cell(at // 3, at % 3).text = text
    # Slides are numbered as they are shown, not as their files are called.
    order = show.slides._sldIdLst
    order.insert(0, order[2])
    path = tmp_path / "x.pptx"
    show.save(str(path))
    found = scanned(path)
    assert found.at(3) == {"ppt/slides/slide3.xml page 1"}
    assert found.at(1) == {"ppt/slides/slide1.xml page 2"}
    assert found.at(13) == {"ppt/notesSlides/notesSlide3.xml page 1"}
    assert found.at(20) == {"ppt/slides/slide2.xml page 3 table 1 row 2 ssn"}


def test_workbook_by_openpyxl(tmp_path: Path) -> None:
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "ssn"])
    sheet.append([1, ssn(1)])
    sheet["A2"].comment = Comment(f"see {ssn(2)}", "Ben")
    sheet.oddHeader.center.text = f"header {ssn(3)}"
    book.create_sheet("deep").append(["ssn", ssn(4)])
    book["deep"].sheet_state = "veryHidden"
    book.properties.description = f"known as {ssn(5)}"
    path = tmp_path / "x.xlsx"
    book.save(path)
    found = scanned(path)
    assert set(found.places) == {1, 2, 3, 4, 5}
    assert found.at(2) == {"xl/comments/comment1.xml"}
    packed = tmp_path / "x.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "deep/x.xlsx")
    inside = scanned(packed)
    assert set(inside.places) == {1, 2, 3, 4, 5}
    assert inside.at(2) == {"deep/x.xlsx!/xl/comments/comment1.xml"}


def test_pdf_by_reportlab(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf([[f"SSN {ssn(1)}", "second line"], [], ["third page", f"SSN {ssn(2)}"]]))
    found = scanned(path)
    assert found.at(1) == {"page 1"}
    assert found.at(2) == {"page 3"}
    assert found.places[2][0].line == 2
    assert found.at(921) == {""}
    assert [(gap.reason, gap.detail.split(";")[0]) for gap in found.gaps] == [
        ("no text layer", "page 2 shows a picture and no text")
    ]
    assert "PERSON_NAME" in {finding.identifier for finding in found.others}


def test_forms_notes_links_and_titles_of_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(form())
    found = scanned(path)
    assert set(found.places) == {922, 923, 925}
    (field,) = found.places[922]
    assert (field.page, field.field) == (1, "Social Security number (ssn)")
    assert found.at(923) == {"page 1"}
    assert [finding.location.page for finding in found.others if finding.identifier == "EMAIL"] == [1]


def test_what_a_field_looks_like_is_read_besides_its_value() -> None:
    """A value that was changed, and what is still drawn of the one before; what else may be chosen has no name."""
    found = kept("looks.pdf")
    assert [at.field for at in found.places[631]] == ["number of the person (ssn)"]
    assert [at.field for at in found.places[611]] == [None]
    assert [at.field for at in found.places[614]] == [None]
    # What is drawn as it is said counts once.
    assert {number: len(places) for number, places in found.places.items()} == dict.fromkeys(found.places, 1)


def test_fields_that_are_drawn_as_one_line_are_told_once() -> None:
    found = kept("asked.pdf")
    assert {number: len(places) for number, places in found.places.items()} == dict.fromkeys(PLACES["asked.pdf"], 1)


def test_earlier_states_of_a_pdf_tell_only_what_is_gone(tmp_path: Path) -> None:
    """What was taken out of a PDF whose changes were written behind its end is still in it."""
    found = kept("changed.pdf")
    assert {number: len(places) for number, places in found.places.items()} == dict.fromkeys(PLACES["changed.pdf"], 1)
    assert {at.field for at in found.places[685]} == {"Keywords"}
    assert {at.field for at in found.places[686]} == {"description"}
    # One that cannot be opened any more is told as not read.
    whole = (KEPT / "changed.pdf").read_bytes()
    path = tmp_path / "x.pdf"
    path.write_bytes(
        whole.replace(b"/Size", b"/Sixe", 1).replace(b"/Root", b"/Rott", 1).replace(b"/Catalog", b"/Katalog", 1)
    )
    assert [gap.reason for gap in scanned(path).gaps] == ["corrupt"]


def test_metadata_of_a_pdf_that_is_packed_or_hostile() -> None:
    from assay.confined.pdfbehind import metadata

    value = b"SSN: 512-44-7001"
    rdf = (
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description xmlns:d="urn:d" d:note="' + value
    )
    rdf += b'"><d:who><r:Seq><r:li>A</r:li><r:li>B</r:li></r:Seq></d:who></r:Description></r:RDF>'

    def held(stream: bytes, how: bytes = b"") -> bytes:
        return (
            b"1 0 obj\n<< /Subtype /XML /Type /Metadata" + how + b" >>\nstream\r\n" + stream + b"\nendstream\nendobj\n"
        )

    told = [["note", value.decode()], ["who", "A"], ["who", "B"]]
    assert metadata(held(rdf)) == told
    assert metadata(held(zlib.compress(rdf), b" /Filter /FlateDecode")) == told
    assert metadata(held(rdf) * 2) == told
    # What comes before a mistake counts; entities are none of metadata, and neither is what is no XML.
    assert metadata(held(rdf[:-20])) == told
    assert metadata(held(b'<!DOCTYPE a [<!ENTITY a "aaaa">]>' + rdf)) == []
    assert metadata(held(b"\x8f" * 100) + held(b"", b" /Filter /FlateDecode") + b"/Type /Metadata stream") == []


def test_forms_without_resources_of_their_own(tmp_path: Path) -> None:
    """Those of the page count then (ISO 32000-1, 7.8.3), in forms within forms, too."""
    from reportlab.pdfgen import canvas

    path = tmp_path / "x.pdf"
    drawn = canvas.Canvas(str(path), pageCompression=0)
    drawn.beginForm("inner")
    drawn.drawString(72, 700, f"SSN: {ssn(1)}")
    drawn.endForm()
    drawn.beginForm("outer")
    drawn.drawString(72, 600, f"SSN: {ssn(2)}")
    drawn.doForm("inner")
    drawn.endForm()
    drawn.drawString(72, 500, "a page")
    drawn.doForm("outer")
    drawn.translate(0, -200)
    drawn.doForm("inner")
    drawn.save()
    bare, count = re.subn(rb"(/FormType [^>]*)/Resources", rb"\1/Without  ", path.read_bytes())
    assert count == 2
    path.write_bytes(bare)
    found = scanned(path)
    assert {number: len(places) for number, places in found.places.items()} == {1: 2, 2: 1}


def test_files_attached_to_a_pdf(tmp_path: Path) -> None:
    import pypdfium2

    made = pypdfium2.PdfDocument(pdf([["nothing here"]]))
    made.new_attachment("list.csv").set_data(f"id,ssn\n1,{ssn(1)}\n".encode())
    made.new_attachment("letter.docx").set_data((KEPT / "letter.docx").read_bytes())
    path = tmp_path / "x.pdf"
    made.save(str(path))
    found = scanned(path)
    assert found.at(1) == {"list.csv"}
    assert found.at(807) == {"letter.docx!/word/footnotes.xml"}
    assert not found.gaps


def test_a_message(tmp_path: Path) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(message().as_bytes())
    raw = path.read_bytes()
    found = scanned(path)
    assert not found.gaps
    assert {901, 902, 903, 904, 905, 906, 807} <= set(found.places)
    # What is found in a body stands in the message as it is written.
    for number in (901, 902, 903, 906):
        (place,) = found.places[number]
        written = raw[place.byte_start : place.byte_end]
        assert written.replace(b"=\n", b"").decode() == ssn(number), written
        assert raw.decode()[place.start : place.end].encode() == written
        assert raw[: place.byte_start].count(b"\n") == (place.line or 0) - 1
    (place,) = found.places[904]
    import base64

    assert ssn(904).encode() in base64.b64decode(raw[place.byte_start : place.byte_end])
    assert place.field == "ssn"
    assert found.at(905) == {"Größe.csv"}
    assert found.at(807) == {"letter.docx!/word/footnotes.xml"}


def test_a_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "box"
    box = mailbox.mbox(str(path))
    for number in range(5):
        mail = message()
        mail.set_param("charset", "utf-8")
        del mail["Subject"]
        mail["Subject"] = f"number {number}: {ssn(100 + number)}"
        box.add(mail)
        plain = mailbox.mboxMessage()
        plain["From"], plain["Subject"] = "a@posteo.de", "plain"
        plain.set_payload(f"\nFrom here on: {ssn(200 + number)}\nFrom the start\n")
        box.add(plain)
    box.close()
    raw = path.read_bytes()
    found = scanned(path)
    assert not found.gaps
    for number in [*range(100, 105), *range(200, 205)]:
        (place,) = found.places[number]
        assert raw[place.byte_start : place.byte_end].decode() == ssn(number)
    assert found.at(905) == {f"{1 + 2 * number}/Größe.csv" for number in range(5)}
    assert len(found.places[902]) == 5


def test_a_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# SSN\n", ssn(1)]},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": ["x = 1\n", f"ssn = '{ssn(2)}'\n"],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": [f"SSN {ssn(3)}\n"]},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": ["<table><tr><th>ssn</th></tr>", f"<tr><td>{ssn(4)}</td></tr></table>"]},
                },
            ],
        },
    ]
    path = tmp_path / "x.txt"
    path.write_text(json.dumps({"cells": cells, "metadata": {"ssn": ssn(5)}, "nbformat": 4, "nbformat_minor": 5}))
    found = scanned(path)
    assert {number: place[0].json_path for number, place in sorted(found.places.items())} == {
        1: "$.cells[0].source",
        2: "$.cells[1].source",
        3: "$.cells[1].outputs[0].text",
        4: "$.cells[1].outputs[1].data['text/html']",
        5: "$.metadata.ssn",
    }
    whole = path.read_text()
    path.write_text(whole[:-40])
    assert {1, 2, 3, 4} <= set(scanned(path).places)


def test_names_in_a_document_that_are_values_are_masked(tmp_path: Path) -> None:
    output = {"output_type": "display_data", "metadata": {}, "data": {f"text/{ssn(1)}": [f"SSN {ssn(2)}"]}}
    cells = [{"cell_type": "code", "metadata": {}, "source": [], "outputs": [output], "execution_count": 1}]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (place,) = scanned(path).places[2]
    assert ssn(1) not in str(place)


def test_7z(tmp_path: Path) -> None:
    import py7zr

    path = tmp_path / "x.7z"
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.writestr(f"id,ssn\n1,{ssn(1)}\n", "deep/list.csv")
        archive.write(KEPT / "letter.docx", "letter.docx")
        archive.writestr("", "empty.txt")
    found = scanned(path)
    assert found.at(1) == {"deep/list.csv"}
    assert found.at(807) == {"letter.docx!/word/footnotes.xml"}
    assert not found.gaps
    with py7zr.SevenZipFile(path, "w", password="secret") as archive:
        archive.writestr(f"SSN {ssn(1)}\n", "x.txt")
    assert [gap.reason for gap in scanned(path).gaps] == ["encrypted"]


TABLES = (".parquet", ".orc", ".avro", ".duckdb")
"""What other programs write of these is cut and damaged by the suite of tables."""
MADE: dict[str, Callable[[], bytes]] = {
    **{
        name: (KEPT / name).read_bytes
        for name in sorted({*PLACES, "packed.7z", "attached.pdf", "notes.json"})
        if not name.endswith(TABLES)
    },
    "form.pdf": form,
    "x.eml": lambda: message().as_bytes(),
}


_TOLD_ELSEWHERE = ("x.eml", "patch", "book.", "people.sqlite")
"""A message, and with it a mailbox, may end after any of its lines; of workbooks and databases the tables are told as damaged."""


@pytest.mark.parametrize("name", sorted(MADE))
def test_truncated_at_every_kilobyte(name: str) -> None:
    whole = MADE[name]()
    text, unread = read(whole, name)
    assert not unread
    assert b"512-44-7" in text
    for end in range(1024, len(whole), 1024):
        _, unread = read(whole[:end], name)
        assert unread or name.startswith(_TOLD_ELSEWHERE), end
        for item in unread:
            assert "512-44" not in str(item.error)


@pytest.mark.parametrize("name", sorted(MADE))
def test_damaged_bytes(name: str) -> None:
    whole = MADE[name]()
    dice = random.Random(name)
    for _ in range(12):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 4, 64))):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        _, unread = read(bytes(damaged), name)
        for item in unread:
            assert "512-44" not in str(item.error)


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_document_that_was_read_is_let_go_at_once(name: str) -> None:
    """What holds itself in a circle stays until Python looks for circles: in a process that reads mail, for 2 GB of it."""
    data = MADE[name]()
    read(data, name)  # what is imported now leaves circles of its own
    gc.collect()
    gc.freeze()  # only what comes from here on is looked at
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        read(data, name)
        gc.collect()
        left = {f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.enable()
    held = {each for each in left if each.startswith("assay.") or each in HOLD}
    assert not held


HOLD = frozenset(("pyexpat.xmlparser", "zipfile.ZipFile", "_io.BytesIO", "tempfile.SpooledTemporaryFile"))


def test_pictures_are_skipped_and_not_hidden(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_picture(io.BytesIO(png()))
    path = tmp_path / "x.docx"
    document.save(str(path))
    assert [skip.reason for skip in scanned(path).skips] == ["image"]
