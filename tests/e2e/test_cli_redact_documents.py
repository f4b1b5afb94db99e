"""Masked copies of documents: no value is left in any part of them, and the programs that made the originals open them."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pypdfium2.raw as raw
import pytest
from calling import Assay
from documentfiles import KEPT, scanned, ssn
from docx.oxml import parse_xml
from openpyxl.comments import Comment
from PIL import Image
from reportlab.pdfgen import canvas
from test_cli_redact_to import not_copied, redacted

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NAMES = ["Margaret Hill", "Dorothy Lane", "Patricia Stone", "Jennifer Brook", "Elizabeth Field", "Deborah Wood"]


def parts(data: bytes, path: str = "") -> Iterator[tuple[str, bytes]]:
    """All files in a package, packages in it opened as well."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            held = archive.read(name)
            yield f"{path}{name}", held
            if held.startswith(b"PK\x03\x04"):
                yield from parts(held, f"{path}{name}!/")


def assert_gone(data: bytes, values: list[str]) -> None:
    """None of the values stands in any part, however its characters are written or parted."""
    for name, held in parts(data):
        plain = html.unescape(re.sub(r"<[^>]*>", "", held.decode("utf-8", "replace")))
        written = [held, held.replace(b"\0", b""), plain.encode(), re.sub(r"\s", "", plain).encode()]
        for value in values:
            assert not any(value.encode() in text for text in written), name
            assert html.escape(value).encode() not in held, name


def as_excel_has_it(data: bytes) -> bytes:
    """The workbook with strings that cells share, one that no cell shows any more, and results of formulas."""
    strings: list[str] = []

    def shared(match: re.Match[str]) -> str:
        strings.append(match[2])
        return f'<c{match[1]} t="s"><v>{len(strings) - 1}</v></c>'

    def result(match: re.Match[str]) -> str:
        row = int(match[1])
        return f'<c r="G{row}" t="str"><f>{match[2]}</f><v>{NAMES[row - 2]}{ssn(row)[:8]}</v></c>'

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in archive.infolist():
            text = archive.read(info).decode()
            if info.filename.startswith("xl/worksheets/sheet"):
                text = re.sub(r'<c( r="\w+"(?: s="\d+")?) t="inlineStr"><is><t>(.*?)</t></is></c>', shared, text)
                text = re.sub(r'<c r="G(\d)"(?: s="\d+")?><f>(.*?)</f><v\s*/?>(?:</v>)?</c>', result, text)
            elif info.filename == "xl/_rels/workbook.xml.rels":
                text = text.replace(
                    "</Relationships>",
                    '<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/'
                    'officeDocument/2006/relationships/sharedStrings"/></Relationships>',
                )
            elif info.filename == "[Content_Types].xml":
                text = text.replace(
                    "</Types>",
                    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument'
                    '.spreadsheetml.sharedStrings+xml"/></Types>',
                )
            copy.writestr(info, text)
        items = "".join(f"<si><t>{each}</t></si>" for each in [*strings, f"left over {ssn(300)}"])
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        copy.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{items}</sst>')
    assert len(strings) > 60
    return made.getvalue()


def workbook(path: Path) -> list[str]:
    """A workbook that keeps values in many places; what must not be left of it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "People"
    sheet.append(["id", "full name", "ssn", "birth date", "gender", "note", "joined"])
    for row, name in enumerate(NAMES, 2):
        sheet.append(
            [row, name, ssn(row), date(1980, 2, row), "FM"[row % 2], f"order {row} is ready", f"=B{row}&C{row}"]
        )
        sheet.cell(row, 4).number_format = "yyyy-mm-dd"
    log = book.create_sheet("Log")
    for row in range(1, 31):
        log.append([row, f"order {row} is ready" if row != 3 else f"the SSN of the other one is {ssn(3)}, call back"])
    sheet["H2"] = "=SUM(A2:A7)"
    sheet["A2"].comment = Comment(f"SSN: {ssn(100)}", "Somebody")
    sheet.oddHeader.center.text = f"SSN: {ssn(101)}"
    hidden = book.create_sheet("Kept")
    hidden.sheet_state = "veryHidden"
    hidden.append(["ssn", "amount"])
    for row in range(6):
        hidden.append([int(ssn(200 + row).replace("-", "")), 17.5 + row])
    book.properties.description = f"SSN: {ssn(102)}"
    book.save(path)
    path.write_bytes(as_excel_has_it(path.read_bytes()))
    numbers = [*range(2, 8), 100, 101, 102, *range(200, 206), 300]
    values = [ssn(number) for number in numbers]
    return [*NAMES, *values, *(value.replace("-", "") for value in values), *(value[:8] for value in values)]


def test_a_workbook_keeps_its_formulas_styles_and_other_cells(assay: Assay) -> None:
    Path("in").mkdir()
    gone = workbook(Path("in/book.xlsx"))
    assert any(gone[8] in data.decode("utf-8", "replace") for _, data in parts(Path("in/book.xlsx").read_bytes()))

    records = redacted(assay, "in")

    assert not_copied(records) == {}
    assert_gone(Path("out/book.xlsx").read_bytes(), gone)
    before, after = openpyxl.load_workbook("in/book.xlsx"), openpyxl.load_workbook("out/book.xlsx")
    assert [sheet.sheet_state for sheet in after] == ["visible", "visible", "veryHidden"]
    people = after["People"]
    assert [cell.value for cell in people[1]] == [cell.value for cell in before["People"][1]]
    for row in range(2, 8):
        cells = [cell.value for cell in people[row]]
        assert cells[0] == row
        assert cells[6] == f"=B{row}&C{row}"
        assert "*" in cells[1]
        assert set(cells[2]) - set("0123456789") == {"*"}
        assert isinstance(cells[3], str)
        assert "*" in cells[3]
        assert people.cell(row, 4).number_format == "yyyy-mm-dd"
        assert cells[5] == f"order {row} is ready"
    assert after["Log"]["B4"].value == "order 4 is ready"
    assert after["Log"]["B3"].value == "the SSN of the other one is 5*********3, call back"
    assert people["H2"].value == "=SUM(A2:A7)"
    assert [row[1].value for row in after["Kept"].iter_rows(min_row=2)] == [17.5 + row for row in range(6)]
    assert people["A2"].comment is not None


def test_equal_cells_get_equal_pseudonyms(assay: Assay) -> None:
    Path("in").mkdir()
    gone = workbook(Path("in/book.xlsx"))

    redacted(assay, "in", "--pseudonyms")

    assert_gone(Path("out/book.xlsx").read_bytes(), gone)
    people = openpyxl.load_workbook("out/book.xlsx")["People"]
    assert re.fullmatch(r"SSN_[a-p]{12}", people["C3"].value)
    assert (
        openpyxl.load_workbook("out/book.xlsx")["Log"]["B3"].value
        == f"the SSN of the other one is {people['C3'].value}, call back"
    )


def letter(path: Path) -> list[str]:
    """A letter that keeps values in many places."""
    made = docx.Document()
    made.core_properties.author = "Ada Park"
    made.core_properties.comments = f"SSN: {ssn(1)}"
    paragraph = made.add_paragraph("SSN: ")
    paragraph.add_run("512-").bold = True
    paragraph.add_run("44-").italic = True
    paragraph.add_run("7002 is his; CVV: 736 of the card 4485 0118 3162 1647.")
    made.add_paragraph("736 sheep, and nothing else")
    changed = made.add_paragraph("SSN: 512-44-")
    for tag, text, end in (("del", "7003", "delText"), ("ins", "7004", "t")):
        changed._p.append(
            parse_xml(
                f'<w:{tag} {W} w:id="9" w:author="Bob Stone" w:date="2026-01-02T03:04:05Z"><w:r><w:{end}>{text}</w:{end}></w:r></w:{tag}>'
            )
        )
    hard = made.add_paragraph("SSN: 512")
    hard.add_run()._r.append(parse_xml(f"<w:noBreakHyphen {W}/>"))
    hard.add_run("44")._r.append(parse_xml(f"<w:noBreakHyphen {W}/>"))
    hard.add_run("7005")
    made.sections[0].header.paragraphs[0].text = f"SSN: {ssn(6)}"
    made.sections[0].footer.paragraphs[0].text = "mail wren.stone@parkmail.net"
    made.add_comment(changed.runs, text=f"his SSN is {ssn(7)}", author="Carol Woods", initials="CW")
    table = made.add_table(rows=7, cols=3)
    for column, said in enumerate(("id", "full name", "gender")):
        table.cell(0, column).text = said
    for row, name in enumerate(NAMES, 1):
        for column, said in enumerate((str(row), name, "FM"[row % 2])):
            table.cell(row, column).text = said
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(picture, "PNG")
    made.add_picture(io.BytesIO(picture.getvalue()))
    whole = io.BytesIO()
    made.save(whole)
    inner = openpyxl.Workbook()
    inner.active.append(["ssn", "n"])
    for row in range(8, 14):
        inner.active.append([ssn(row), row])
    held = io.BytesIO()
    inner.save(held)
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in archive.infolist():
            data = archive.read(info)
            if info.filename == "_rels/.rels":
                assert b"thumbnail" in data
            copy.writestr(info, data)
        copy.writestr("word/embeddings/book.xlsx", held.getvalue())
    return [
        *(ssn(number) for number in range(1, 14)),
        "7003", "7004", "447005", "7005", "wren.stone", "4485 0118 3162 1647", "4485011831621647", *NAMES,
    ]  # fmt: skip


def test_a_letter_is_masked_in_runs_changes_notes_tables_metadata_and_embedded_files(assay: Assay) -> None:
    Path("in").mkdir()
    gone = letter(Path("in/letter.docx"))

    records = redacted(assay, "in")

    assert not_copied(records) == {}
    data = Path("out/letter.docx").read_bytes()
    assert_gone(data, gone)
    held = dict(parts(data))
    assert not any("thumbnail" in name for name in held)
    assert b"thumbnail" not in held["_rels/.rels"]
    picture = next(data for name, data in held.items() if name.startswith("word/media/"))
    assert Image.open(io.BytesIO(picture)).size == (1, 1)
    made = docx.Document("out/letter.docx")
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert texts[0] == "SSN: 5*********2 is his; CVV: ******** of the card ************1647."
    # A short value is masked wherever it stands as a word in its part: which of them is meant, is not known there.
    assert texts[1] == "******** sheep, and nothing else"
    assert made.paragraphs[0].runs[1].bold
    assert [row.cells[0].text for row in made.tables[0].rows] == ["id", *"123456"]
    assert all("*" in row.cells[1].text for row in made.tables[0].rows[1:])
    book = openpyxl.load_workbook(io.BytesIO(held["word/embeddings/book.xlsx"])).active
    assert [row[1].value for row in book.iter_rows(min_row=2)] == list(range(8, 14))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_copies_and_calculates_formulas_of_masked_cells(assay: Assay) -> None:
    Path("in").mkdir()
    workbook(Path("in/book.xlsx"))
    letter(Path("in/letter.docx"))
    redacted(assay, "in")

    where = f"-env:UserInstallation=file://{Path.cwd()}/profile"
    for name, kind in (("book.xlsx", "csv"), ("letter.docx", "txt:Text")):
        command = ["soffice", where, "--headless", "--convert-to", kind, "--outdir", "seen", f"out/{name}"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # the program of the test

    rows = list(csv.reader(Path("seen/book.csv").read_text().splitlines()))
    assert [row[6] for row in rows[1:]] == [row[1] + row[2] for row in rows[1:]]
    assert rows[1][7] == "27"
    assert "SSN: 5*********2 is his" in Path("seen/letter.txt").read_text("utf-8-sig")


def test_slides_and_notes(assay: Assay) -> None:
    Path("in").mkdir()
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = f"SSN: {ssn(1)}"
    slide.notes_slide.notes_text_frame.text = f"say his SSN, {ssn(2)}"
    show.save("in/show.pptx")

    assert not_copied(redacted(assay, "in")) == {}

    assert_gone(Path("out/show.pptx").read_bytes(), [ssn(1), ssn(2)])
    made = pptx.Presentation("out/show.pptx").slides[0]
    assert made.shapes.title.text == "SSN: 5*********1"
    assert made.notes_slide.notes_text_frame.text == "say his SSN, 5*********2"


@pytest.mark.parametrize("name", ["letter.docx", "letter.odt", "talk.pptx", "talk.odp", "book.xlsx"])
def test_files_of_libreoffice(assay: Assay, name: str) -> None:
    Path("in").mkdir()
    Path("in", name).write_bytes((KEPT / name).read_bytes())
    planted = re.compile(r"512-44-7\d{3}|512447\d{3}")
    before = "".join(
        html.unescape(re.sub(r"<[^>]*>", "", data.decode("utf-8", "replace")))
        for _, data in parts((KEPT / name).read_bytes())
    )
    assert planted.search(before)

    assert not_copied(redacted(assay, "in")) == {}

    data = Path("out", name).read_bytes()
    assert_gone(data, sorted(set(planted.findall(before))))
    assert {part for part, _ in parts((KEPT / name).read_bytes()) if "humbnail" not in part} == {
        part for part, _ in parts(data)
    }


def pdf(path: Path) -> list[str]:
    drawn = canvas.Canvas(str(path))
    drawn.setTitle(f"SSN: {ssn(1)}")
    drawn.drawString(72, 700, f"SSN: {ssn(2)} and harmless words")
    drawn.drawString(72, 680, "card number 4485 0118 3162 1647, CVV: 736")
    drawn.acroForm.textfield(name="ssn", x=72, y=600, value=ssn(3), width=200)
    drawn.linkURL("mailto:wren.stone@parkmail.net", (72, 500, 100, 520))
    drawn.textAnnotation(f"SSN: {ssn(4)}", Rect=[300, 300, 340, 340])
    drawn.showPage()
    drawn.drawString(72, 700, "nothing to see on this page")
    drawn.save()
    return [*(ssn(number) for number in range(1, 5)), "4485 0118 3162 1647", "736", "wren.stone"]


def boxes(page: Any, value: str) -> list[tuple[float, ...]]:
    """Where a value stands on a page, in points."""
    words = page.get_textpage()
    start = words.get_text_range().index(value)
    return [words.get_charbox(start + number) for number in range(len(value)) if value[number] != " "]


def test_pages_of_a_pdf_are_drawn_anew_with_values_black(assay: Assay) -> None:
    Path("in").mkdir()
    gone = pdf(Path("in/form.pdf"))

    assert not_copied(redacted(assay, "in")) == {}

    data = Path("out/form.pdf").read_bytes()
    streams = [
        zlib.decompress(each) for each in re.findall(rb"FlateDecode.*?stream\n(.*?)\nendstream", data, re.DOTALL)
    ]
    assert len(streams) == 5
    for value in gone:
        for text in (data, *streams):
            assert value.encode() not in text
            assert value.encode("utf-16-be").hex().encode() not in text
    made = pypdfium2.PdfDocument(data)
    assert [round(side) for side in made[0].get_size()] == [595, 842]
    text = made[0].get_textpage().get_text_range()
    assert "SSN: 5*********2 and harmless words" in text
    assert "CVV: ********" in text
    assert "5*********3" in text  # what the form's field holds
    assert made[1].get_textpage().get_text_range() == "nothing to see on this page"
    assert made.get_metadata_dict(skip_empty=True) == {}
    assert not any(value in text for value in gone)
    # The pixels of each character are black, as they are where nothing can be seen.
    source = pypdfium2.PdfDocument("in/form.pdf")[0]
    picture = made[0].render(scale=2).to_pil().convert("L")
    for value in (ssn(2), "4485 0118 3162 1647", "736"):
        for left, bottom, right, top in boxes(source, value):
            area = picture.crop((int(left * 2), int((842 - top) * 2), int(right * 2) + 1, int((842 - bottom) * 2) + 1))
            assert area.getextrema()[1] < 40
    harmless = boxes(source, "harmless")
    assert picture.getpixel((int(harmless[0][0] * 2) - 4, int((842 - harmless[0][1]) * 2) + 8)) > 200


def test_documents_without_findings_keep_their_bytes_and_the_unreadable_is_not_copied(assay: Assay) -> None:
    Path("in").mkdir()
    plain = docx.Document()
    plain.add_paragraph("nothing to see")
    plain.save("in/plain.docx")
    drawn = canvas.Canvas("in/plain.pdf")
    drawn.drawString(72, 700, "nothing to see")
    drawn.save()
    for name in ("letter.msg", "book.xls", "locked.pdf", "letter.doc"):
        Path("in", name).write_bytes((KEPT / name).read_bytes())

    records = redacted(assay, "in", code=3)

    assert sorted(path.name for path in Path("out").iterdir()) == ["plain.docx", "plain.pdf"]
    assert Path("out/plain.pdf").read_bytes() == Path("in/plain.pdf").read_bytes()
    assert Path("out/plain.docx").read_bytes() == Path("in/plain.docx").read_bytes()
    assert {name: kind for name, (kind, _) in not_copied(records).items()} == {
        "book.xls": "skip",
        "letter.doc": "skip",
        "letter.msg": "skip",
    }
    assert "save it as docx, pptx, xlsx or eml" in not_copied(records)["letter.doc"][1]
    assert "save it as xlsx" in not_copied(records)["book.xls"][1]


def test_a_value_in_a_part_that_cannot_be_masked(assay: Assay) -> None:
    """What no reader looks at (a font) is looked through for the values of the rest."""
    Path("in").mkdir()
    letter = docx.Document()
    letter.add_paragraph(f"his SSN: {ssn(1)}")
    letter.save("in/a.docx")
    with zipfile.ZipFile("in/a.docx", "a") as package:
        package.writestr("word/fonts/font1.ttf", b"OTTO\x00\x01" + ssn(1).encode() + b"\x00\xfe\x80" * 40)
    records = redacted(assay, "in", code=3)
    assert not_copied(records) == {"a.docx": ("gap", "a value in a part of it cannot be masked")}
    assert list(Path("out").iterdir()) == []


def test_a_value_that_stays_in_the_copy_of_a_document_deletes_it(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.app.scan.redactingdocuments import Documents

    Path("in").mkdir()
    letter = docx.Document()
    letter.add_paragraph(f"his SSN: {ssn(1)}")
    letter.save("in/a.docx")

    def write(_documents: Documents, document: Any, _known: object, part: Any) -> None:
        document.thing.source.seek(0)
        part.write(document.thing.source.read())

    monkeypatch.setattr(Documents, "_write", write)
    assert not_copied(redacted(assay, "in", code=3)) == {
        "a.docx": ("gap", "values were still found in its copy, which was deleted")
    }
    assert list(Path("out").iterdir()) == []


def test_values_that_a_page_breaks_over_lines(assay: Assay) -> None:
    """The hyphen of a typesetter is no part of the value; one of its own is."""
    Path("in").mkdir()
    drawn = canvas.Canvas("in/x.pdf")
    for at, line in enumerate(
        (
            "Write to wren.halloway@park-",
            "mail.net today, or call her.",
            "Her SSN is 512-44-",
            "7633, as was said.",
            "paid with card 4485011831-",
            "621647 on Monday",
        )
    ):
        drawn.drawString(72, 700 - 14 * at, line)
    drawn.save()
    assert {each.identifier for each in scanned(Path("in/x.pdf")).others} == {"CREDIT_CARD", "EMAIL"}
    assert not_copied(redacted(assay, "in")) == {}
    text = pypdfium2.PdfDocument("out/x.pdf")[0].get_textpage().get_text_range()
    assert not re.search("wren|halloway|mail.net|512|7633|4485|6216", text)
    assert "today, or call her." in text
    assert ", as was said." in text


def test_fields_that_are_drawn_as_one_line_stand_where_they_stood(assay: Assay) -> None:
    Path("in").mkdir()
    Path("in/asked.pdf").write_bytes((KEPT / "asked.pdf").read_bytes())
    redacted(assay, "in")
    text = pypdfium2.PdfDocument("out/asked.pdf")[0].get_textpage().get_text_range()
    assert [line.strip() for line in text.splitlines()][1:4] == ["5*********2", "Mrs", "SSN: 5*********3"]


@pytest.mark.parametrize("name", ["filled.pdf", "looks.pdf", "parent.pdf", "notes.pdf", "asked.pdf", "changed.pdf"])
def test_forms_and_notes_of_other_programs(assay: Assay, name: str) -> None:
    """What fields hold, what they look like, what else may be chosen, notes and data of XFA: none of it is in the copy."""
    Path("in").mkdir()
    Path("in", name).write_bytes((KEPT / name).read_bytes())
    assert scanned(Path("in", name)).places

    assert not_copied(redacted(assay, "in")) == {}

    data = Path("out", name).read_bytes()
    streams = [
        zlib.decompress(each) for each in re.findall(rb"FlateDecode.*?stream\n(.*?)\nendstream", data, re.DOTALL)
    ]
    made = pypdfium2.PdfDocument(data)
    text = made[0].get_textpage().get_text_range()
    gone = [*(ssn(number) for number in range(600, 700)), "wren.halloway@posteo.de", "someone@posteo.de", "512447615"]
    for value in gone:
        assert value not in text
        for each in (data, *streams):
            assert value.encode() not in each
            assert value.encode("utf-16-be").hex().encode() not in each
    assert not scanned(Path("out", name)).places
    assert raw.FPDFPage_GetAnnotCount(made[0]) == 0


def test_metafiles_in_a_document_become_grey_points(assay: Assay) -> None:
    Path("in").mkdir()
    with zipfile.ZipFile(KEPT / "letter.odt") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    drawn = b"\xd7\xcd\xc6\x9a" + b"\0" * 40 + f"SSN: {ssn(5)}".encode()
    # Packed with its manifest first, as plain programs for zips do.
    order = sorted(held, key=lambda name: (not name.startswith("META-INF"), name))
    with zipfile.ZipFile("in/letter.odt", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in order:
            archive.writestr(name, held[name])
        archive.writestr("Pictures/old.wmf", drawn)

    run = redacted(assay, "in")

    assert not_copied(run) == {}
    assert any(each.get("reason") == "image" for each in run)
    with zipfile.ZipFile("out/letter.odt") as archive:
        assert archive.read("Pictures/old.wmf").startswith(b"\x89PNG")
    assert_gone(Path("out/letter.odt").read_bytes(), [ssn(5)])
