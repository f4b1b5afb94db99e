"""Masked copies of mail, mailboxes, notebooks, RTF, EPUB, sheets of OpenDocument and SQLite databases: no value is left in any part
of them, and the programs that read the originals read the copies."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import json
import mailbox
import random
import re
import shutil
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Assay
from documentfiles import KEPT, ssn
from test_cli_redact_documents import assert_gone as assert_package_gone
from test_cli_redact_to import assert_gone, not_copied, redacted

MAIL = "wren.halloway@posteo.de"
CARD = "4485 0118 3162 1647"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def converted(name: str, kind: str, *, how: str = "") -> Path:
    """A file as LibreOffice makes another one of it."""
    where = f"-env:UserInstallation=file://{Path.cwd()}/profile"
    command = [
        "soffice",
        where,
        "--headless",
        *([f"--infilter={how}"] * bool(how)),
        "--convert-to",
        kind,
        "--outdir",
        "made",
        name,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return Path("made") / f"{Path(name).stem}.{kind.partition(':')[0]}"


def bodies(message: Any) -> dict[str, bytes]:
    """The content of each part by its name or type, as Python reads it."""
    return {
        part.get_filename() or part.get_content_type(): part.get_payload(decode=True)
        for part in message.walk()
        if not part.is_multipart()
    }


def letter(number: int) -> EmailMessage:
    """A message that keeps values in headers, both bodies, and attached files of many kinds."""
    message = EmailMessage()
    message["From"] = f"Wren Halloway <{MAIL}>"
    message["To"] = "nobody@example.org"
    message["Subject"] = f"für Sie: SSN {ssn(number)}"
    message["DKIM-Signature"] = (
        "v=1; a=rsa-sha256; d=posteo.de; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AA=="
    )
    message.set_content(
        f"Grüße, her ssn: {ssn(number + 1)}\nCVV: 736 of the card {CARD}\n{'x' * 90} ssn: {ssn(number + 2)}\n736\n"
    )
    message.add_alternative(
        f"<p>ssn: <b>512</b>-44-<i>7{number + 3:03}</i> &amp; more</p><img alt='' src='data:image/png;base64,{base64.b64encode(PICTURE).decode()}'>",
        subtype="html",
    )
    rows = "".join(f"{row},{ssn(number + 10 + row)},order\n" for row in range(5)) + "5,unknown yet,order\n"
    message.add_attachment(f"id,ssn,note\n{rows}".encode(), maintype="text", subtype="csv", filename="people.csv")
    book = openpyxl.Workbook()
    book.active.append(["ssn", "note"])
    book.active.append([ssn(number + 20), "order"])
    made = io.BytesIO()
    book.save(made)
    message.add_attachment(made.getvalue(), maintype="application", subtype="octet-stream", filename="staff.xlsx")
    message.add_attachment(PICTURE, maintype="image", subtype="png", filename="scan.png")
    inner = EmailMessage()
    inner["Subject"] = "older"
    inner["From"] = MAIL
    inner.set_content(f"her ssn: {ssn(number + 30)}")
    message.add_attachment(inner)
    return message


def numbers(number: int) -> list[str]:
    return [ssn(number + each) for each in (*range(4), *range(10, 15), 20, 30)]


def assert_message_gone(message: Any, values: list[str]) -> None:
    for part in message.walk():
        held = [str(value) for value in part.values()]
        for value in values:
            assert not any(value in each for each in held), held
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        if data.startswith(b"PK"):
            assert_package_gone(data, values)
        plain = re.sub(r"<[^>]*>", "", data.decode("utf-8", "replace"))
        assert not any(value in plain for value in values), part.get_content_type()


def test_a_message_with_all_that_is_attached_to_it(assay: Assay) -> None:
    Path("in").mkdir()
    message = letter(100)
    Path("in/a.eml").write_bytes(message.as_bytes(policy=email.policy.SMTP))
    redacted(assay, "in")

    data = Path("out/a.eml").read_bytes()
    assert b"\r\n\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    copy = email.message_from_bytes(data, policy=email.policy.default)
    assert_message_gone(copy, [*numbers(100), MAIL, CARD])
    assert not any(part.defects for part in copy.walk())
    assert [part.get_content_type() for part in copy.walk()] == [part.get_content_type() for part in message.walk()]
    assert copy["Subject"] == "für Sie: SSN 5*********0"
    assert (copy["To"], copy["DKIM-Signature"]) == ("nobody@example.org", None)
    held = bodies(copy)
    assert held["text/plain"].decode().strip() == "her ssn: 5*********0"
    plain = next(copy.walk()).get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert plain.startswith("Grüße, her ssn: 5*********1\nCVV: ******** of the card ************1647\n")
    assert "<p>ssn: <b>5*********3</b><i></i> &amp; more</p>" in held["text/html"].decode()
    assert base64.b64encode(PICTURE) not in held["text/html"]
    assert b"<img alt='' src='data:image/png;base64,iVBOR" in held["text/html"].replace(b"\r\n", b"")
    rows = held["people.csv"].decode().splitlines()
    # A cell of a sensitive column is masked, whatever it holds.
    assert (rows[0], rows[1], rows[6]) == ("id,ssn,note", "0,5*********0,order", "5,u*********t,order")
    sheet = openpyxl.load_workbook(io.BytesIO(held["staff.xlsx"])).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["ssn", "note"], ["5*********0", "order"]]
    assert held["scan.png"].startswith(b"\x89PNG")
    assert held["scan.png"] != PICTURE


def test_what_is_not_changed_in_a_message_stays_as_it_was_written(assay: Assay) -> None:
    Path("in").mkdir()
    head = "From: nobody@example.org\nX-Long: a  b\n\tfolded   so\nTo:nobody@example.org\nContent-Type: text/plain; charset=latin-1\nContent-Transfer-Encoding: 8bit\n"
    Path("in/clean.eml").write_bytes(f"{head}\nGr\xfc\xdfe\n".encode("latin-1"))
    Path("in/a.eml").write_bytes(f"{head}Comments: ssn {ssn(1)}\n\nGr\xfc\xdfe ssn: {ssn(2)}\n".encode("latin-1"))
    redacted(assay, "in")
    assert Path("out/clean.eml").read_bytes() == Path("in/clean.eml").read_bytes()
    data = Path("out/a.eml").read_bytes()
    assert data.startswith(head.partition("Content-Transfer")[0].replace("To:n", "To: n").encode())
    message = email.message_from_bytes(data)
    assert message.get_payload(decode=True).decode("latin-1") == "Grüße ssn: 5*********2\n"
    assert message["Comments"] == "ssn 5*********1"


def test_mailboxes(assay: Assay) -> None:
    Path("in").mkdir()
    with closing(mailbox.mbox("in/box.mbox")) as box:
        for number in (200, 300):
            kept = mailbox.mboxMessage(letter(number))
            kept.set_from(f"{MAIL} Tue Mar  3 10:00:00 2026")
            box.add(kept)
        quoted = EmailMessage()
        quoted["From"] = MAIL
        quoted.set_content(f"From here on: her ssn is {ssn(400)}\n")
        box.add(quoted)
    redacted(assay, "in")
    with closing(mailbox.mbox("out/box.mbox")) as box:
        messages = list(box)
    assert len(messages) == 3
    for message in messages:
        assert_message_gone(message, [*numbers(200), *numbers(300), ssn(400), MAIL])
        assert MAIL not in message.get_from()
    assert messages[1]["Subject"].startswith("=?utf-8?")
    assert messages[2].get_payload() == ">From here on: her ssn is 5*********0\n"
    assert_gone(Path("out"), [*numbers(200), *numbers(300), ssn(400), MAIL])


def test_mail_that_cannot_be_masked(assay: Assay) -> None:
    Path("in").mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(KEPT / "letter.doc", "letter.doc")
    for name, subtype, data in (("zip", "zip", packed.getvalue()), ("plain", "pdf", b"nothing")):
        message = EmailMessage()
        message["From"] = MAIL
        message.set_content(f"ssn: {ssn(2)}")
        message.add_attachment(data, maintype="application", subtype=subtype, filename=f"a.{name}")
        Path(f"in/{name}.eml").write_bytes(bytes(message))
    signed = (
        letter(1).as_string().replace("multipart/mixed", 'multipart/signed; protocol="application/pgp-signature"', 1)
    )
    Path("in/signed.eml").write_text(signed)
    found = not_copied(redacted(assay, "in", code=3))
    assert {name: told[0] for name, told in found.items()} == {"zip.eml": "gap", "signed.eml": "gap"}
    assert "holds a file of a kind (office)" in found["zip.eml"][1]
    assert "is signed" in found["signed.eml"][1]
    assert [path.name for path in Path("out").iterdir()] == ["plain.eml"]


def notebook() -> dict[str, Any]:
    picture = base64.b64encode(PICTURE).decode()
    return {
        "cells": [
            {"cell_type": "code", "id": "one", "execution_count": 3, "metadata": {"note": f"ssn: {ssn(1)}", "tags": ["a"]},
             "source": ["# her\n", f"ssn = '{ssn(2)}'\n", "print(ssn)"],
             "outputs": [
                 {"output_type": "stream", "name": "stdout", "text": [f"ssn: {ssn(2)}\n", "done\n"]},
                 {"output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": {
                     "image/png": picture, "text/html": [f"<p>ssn: <b>512</b>-44-7{3:03}</p>"], "text/plain": "<fig>",
                     "application/json": {"ssn": ssn(4), "tax_ssn": int(ssn(2).replace("-", ""))}, "application/pdf": picture}},
                 {"output_type": "error", "ename": "E", "evalue": f"ssn {ssn(5)}", "traceback": [f"\x1b[31mssn: {ssn(5)}", "end"]},
             ]},
            {"cell_type": "markdown", "id": "two", "metadata": {}, "source": f"ask {MAIL} ![](data:image/png;base64,{picture})", "attachments": {"a.png": {"image/png": picture}}},
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip


def test_notebooks(assay: Assay) -> None:
    Path("in").mkdir()
    before = notebook()
    Path("in/n.ipynb").write_text(json.dumps(before))
    redacted(assay, "in")
    assert_gone(Path("out"), [*map(ssn, range(1, 6)), MAIL, base64.b64encode(PICTURE).decode()])
    text = Path("out/n.ipynb").read_text()
    assert re.sub(r"\D", "", ssn(2)) not in text
    copy = json.loads(text)
    code, words = copy["cells"]
    assert code["source"] == ["# her\n", "ssn = '5*********2'\n", "print(ssn)"]
    assert code["metadata"] == {"note": "ssn: 5*********1", "tags": ["a"]}
    stream, shown, error = code["outputs"]
    assert stream["text"] == ["ssn: 5*********2\n", "done\n"]
    assert shown["data"]["text/html"] == ["<p>ssn: <b>5*********3</b></p>"]
    assert base64.b64decode(shown["data"]["image/png"]).startswith(b"\x89PNG")
    assert "application/pdf" not in shown["data"]
    assert error["traceback"] == ["\x1b[31mssn: 5*********5", "end"]
    assert words["source"].startswith("ask w")
    assert [cell["id"] for cell in copy["cells"]] == ["one", "two"]
    assert {key: copy[key] for key in ("nbformat", "nbformat_minor", "metadata")} == {
        key: before[key] for key in ("nbformat", "nbformat_minor", "metadata")
    }


RTF = (
    r"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Arial;}}{\info{\author Margaret}{\title ssn: AAA}}{\header ssn: BBB\par}"
    r"{\*\themedata 504b0304}{\*\pgdsctbl{\pgdsc0 {\header 512-{\b 44}-7002\par}}}{\*\generator of CCC}{\pict\pngblip 89504e470d0a}\f0 her ssn: 512-{\b 44}-\i 7{\i0 003}, gr\'fc\'dfe\par "
    r"ssn: \u53?12-44-7004 and \u252\'fcber\par\b\tab 512-44-7005\cell 736\cell CVV: 736\par }"
)


def test_rtf(assay: Assay) -> None:
    Path("in").mkdir()
    Path("in/a.rtf").write_text(RTF.replace("AAA", ssn(1)).replace("BBB", ssn(2)).replace("CCC", ssn(2)))
    redacted(assay, "in")
    data = Path("out/a.rtf").read_text()
    assert_gone(Path("out"), [ssn(1), ssn(2), ssn(5), "736", "504b0304", "89504e47"])
    assert data.count("{") - data.count(r"\{") == data.count("}") - data.count(r"\}")
    assert r"her ssn: 5*********3{\b }\i {\i0 }, gr\'fc\'dfe\par " in data
    # What old programs show for a character goes with it.
    assert r"ssn: 5*********4 and \u252\'fcber\par" in data
    assert r"\b\tab 5*********5\cell ********\cell CVV: ********\par" in data
    assert r"{\*\generator of 5*********2}" in data
    assert "pgdsctbl" not in data
    assert r"{\title ssn: 5*********1}" in data


PAGE = (
    f"<html><head><title>ssn: {ssn(9)}</title></head><body><p>Grüße, ssn: <b>512</b>-44-7001</p><table><tr><th>ssn</th></tr>"
    f"<tr><td>{ssn(2)}</td></tr></table><p>Ask {MAIL}</p></body></html>"
)


@SOFFICE
def test_books_and_texts_that_libreoffice_wrote_are_opened_by_it_again(assay: Assay) -> None:
    Path("page.html").write_text(f"<meta charset=utf-8>{PAGE}")
    converted("page.html", "odt", how="HTML (StarWriter)")
    Path("in").mkdir()
    for name in ("letter.rtf", "letter.epub", "book.ods"):
        shutil.copyfile(KEPT / name, f"in/{name}")
    for kind in ("rtf", "epub"):
        shutil.move(converted("made/page.odt", kind), f"in/page.{kind}")
    Path("rows.csv").write_text(
        "id,ssn,born,note\n"
        + "".join(f'{n},{ssn(n)},1980-02-0{n},"ask, ok"\n' for n in (3, 4))
        + f'5,{ssn(4)},1980-02-04,"SSN {ssn(6)}"\n'
    )
    shutil.move(converted("rows.csv", "ods"), "in/rows.ods")
    redacted(assay, "in", "--pseudonyms")

    values = [*map(ssn, (1, 2, 3, 4, 6, 9)), MAIL]
    assert_gone(Path("out"), values)
    for name in ("page.epub", "rows.ods"):
        assert_package_gone(Path(f"out/{name}").read_bytes(), values)
    with zipfile.ZipFile("out/page.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read(first)) == (
            "mimetype",
            zipfile.ZIP_STORED,
            b"application/epub+zip",
        )
        pages = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith("html"))
    for name in ("letter.rtf", "letter.epub", "book.ods"):
        assert "512-44-7" not in Path(f"out/{name}").read_text("latin-1")
    assert "header SSN_" in Path("out/letter.rtf").read_text("latin-1")
    assert "SSN_" in converted("out/letter.rtf", "txt:Text").read_text("utf-8-sig")
    text = converted("out/page.rtf", "txt:Text").read_text("utf-8-sig")
    told = re.findall(r"SSN_[a-p]{12}", text)
    assert "Grüße, ssn: SSN_" in text
    assert set(told) == set(re.findall(r"SSN_[a-p]{12}", pages))
    rows = [line.split(",") for line in converted("out/rows.ods", "csv").read_text().splitlines()]
    assert [row[0] for row in rows] == ["id", "3", "4", "5"]
    # Equal values are equal, in every file.
    assert rows[2][1] == rows[3][1] != rows[1][1]
    assert rows[2][2] == rows[3][2]
    assert rows[3][3].startswith("SSN SSN_") or "SSN_" in rows[3][3]


def ods(body: str) -> bytes:
    """A workbook of OpenDocument with this content."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "manifest")
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest{names}/>")
    return made.getvalue()


def test_cells_of_opendocument_wherever_they_stand(assay: Assay) -> None:
    def cell(text: str, attributes: str = 'office:value-type="string"', more: str = "") -> str:
        return f"<table:table-cell {attributes}>{more}<text:p>{text}</text:p></table:table-cell>"

    def number(value: str, more: str = "") -> str:
        return cell(value, f'office:value-type="float" office:value="{value}"{more}')

    bare = [ssn(each).replace("-", "") for each in range(1, 5)]
    note = f"<office:annotation><text:p>ssn: {ssn(7)}</text:p></office:annotation>"
    row, empty = "<table:table-row>", "<table:table-cell/>"
    twice = '<table:table-row table:number-rows-repeated="2">'
    both = number(bare[0], ' table:number-columns-repeated="2"')
    formula = number(bare[3], ' table:formula="of:=[.B4]"')
    rows = [
        f'{twice}<table:table-cell table:number-columns-repeated="3"/>',
        f"{row}{empty}{cell('ssn')}{cell('spouse ssn')}{cell('amount')}",
        # Two equal cells beside each other are written once, and so are two equal rows.
        f"{row}{empty}{both}{number('17')}",
        f"{twice}{empty}{number(bare[1])}{number(bare[2])}{number('18')}",
        f"{row}{empty}{formula}{empty}{cell('19', more=note)}",
    ]
    table = "".join(f"{each}</table:table-row>" for each in rows)
    Path("in").mkdir()
    Path("in/a.ods").write_bytes(ods(f'<table:table table:name="Own &amp; other">{table}</table:table>'))
    redacted(assay, "in")
    data = Path("out/a.ods").read_bytes()
    assert_package_gone(data, [*bare, ssn(7)])
    text = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
    assert "formula" not in text
    assert text.count("<text:p>*") + text.count("<text:p>5*") == 2 + 2 + 1
    assert re.findall(r'office:value="(\d+)"', text) == ["17", "18"]
    assert 'table:number-rows-repeated="2"><table:table-cell/><table:table-cell office:value-type="string"' in text
    assert "<office:annotation><text:p>ssn: 5*********7</text:p></office:annotation><text:p>19</text:p>" in text


def database(path: str) -> None:
    """A database that keeps values in many places."""
    with closing(sqlite3.connect(path)) as made:
        made.executescript(
            """
            PRAGMA page_size = 1024;
            PRAGMA secure_delete = OFF;
            CREATE TABLE people (id INTEGER PRIMARY KEY, ssn TEXT NOT NULL UNIQUE CHECK (length(ssn) > 5), note TEXT, paid REAL);
            CREATE TABLE orders (ssn TEXT REFERENCES people (ssn), amount INTEGER, code TEXT GENERATED ALWAYS AS (upper(ssn)) STORED);
            CREATE TABLE log (what TEXT);
            CREATE TABLE strict_ones (tax_ssn INTEGER) STRICT;
            CREATE INDEX by_note ON people (note, ssn);
            CREATE VIEW shown AS SELECT ssn FROM people;
            CREATE TRIGGER told AFTER UPDATE ON people BEGIN INSERT INTO log VALUES (old.ssn); END;
            """
        )
        for number in range(1, 201):
            made.execute("INSERT INTO people VALUES (?, ?, ?, ?)", (number, ssn(number), f"order {number}", number / 4))
            made.execute("INSERT INTO orders (ssn, amount) VALUES (?, ?)", (ssn(number), number))
            made.execute("INSERT INTO strict_ones VALUES (?)", (int(ssn(number).replace("-", "")),))
        made.execute("UPDATE people SET note = ? WHERE id = 7", (f"her ssn: {ssn(900)}",))
        made.execute("DELETE FROM log")
        # Pages that are free still hold what was in them.
        made.execute("CREATE TABLE gone AS SELECT ssn || ' ' || ssn AS twice FROM people")
        made.execute("DROP TABLE gone")
        made.execute("ANALYZE")
        made.commit()


def test_databases_of_sqlite(assay: Assay) -> None:
    Path("in").mkdir()
    database("in/a.db")
    assert f"{ssn(9)} {ssn(9)}".encode() in Path("in/a.db").read_bytes()
    redacted(assay, "in", "--pseudonyms")
    values = [ssn(number) for number in (*range(1, 201), 900)]
    assert_gone(Path("out"), [*values, *(value.replace("-", "") for value in values)])
    assert [path.name for path in Path("out").iterdir()] == ["a.db"]
    with closing(sqlite3.connect("out/a.db")) as copy, closing(sqlite3.connect("in/a.db")) as before:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        schema = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        assert copy.execute(schema).fetchall() == before.execute(schema).fetchall()
        assert copy.execute("SELECT count(*) FROM log").fetchall() == [(0,)]
        rows = copy.execute("SELECT id, paid FROM people ORDER BY id").fetchall()
        assert rows == before.execute("SELECT id, paid FROM people ORDER BY id").fetchall()
        # Equal values are equal: what belongs together is found together.
        assert copy.execute("SELECT count(*) FROM people JOIN orders USING (ssn) WHERE amount = id").fetchall() == [
            (200,)
        ]
        assert copy.execute(
            "SELECT count(DISTINCT ssn) FROM people WHERE ssn LIKE 'SSN\\_%' ESCAPE '\\'"
        ).fetchall() == [(200,)]
        assert copy.execute("SELECT DISTINCT tax_ssn FROM strict_ones").fetchall() == [(None,)]
        assert copy.execute("SELECT count(*) FROM orders WHERE code = upper(ssn)").fetchall() == [(200,)]


def test_databases_without_pseudonyms(assay: Assay) -> None:
    Path("in").mkdir()
    with closing(sqlite3.connect("in/a.db")) as made, made:
        made.execute("CREATE TABLE people (ssn TEXT UNIQUE, mail TEXT)")
        made.executemany(
            "INSERT INTO people VALUES (?, ?)", [(ssn(n), f"wren{n}.halloway@posteo.de") for n in range(50)]
        )
    redacted(assay, "in")
    with closing(sqlite3.connect("out/a.db")) as copy:
        found = copy.execute("SELECT ssn, mail FROM people").fetchall()
    # Where no two values may be alike none are; elsewhere it is what the scan shows.
    assert len({row[0] for row in found}) == 50
    assert all(row[0].startswith("SSN_") and row[1].startswith("wr****") for row in found)


def test_a_database_whose_last_changes_are_still_in_its_log(assay: Assay) -> None:
    Path("in").mkdir()
    with closing(sqlite3.connect("live.db")) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("CREATE TABLE people (id INTEGER, ssn TEXT)")
        live.executemany("INSERT INTO people VALUES (?, ?)", [(n, ssn(n)) for n in range(30)])
        live.commit()
        for name in ("live.db", "live.db-wal"):
            shutil.copyfile(name, f"in/{name}")
    redacted(assay, "in/live.db")
    assert sorted(path.name for path in Path("in").iterdir()) == ["live.db", "live.db-wal"]
    assert [path.name for path in Path("out").iterdir()] == ["live.db"]
    assert_gone(Path("out"), [ssn(n) for n in range(30)])
    with closing(sqlite3.connect("out/live.db")) as copy:
        assert copy.execute("SELECT count(*), min(ssn) FROM people").fetchall() == [(30, "5*********0")]


def test_databases_that_cannot_be_masked(assay: Assay) -> None:
    Path("in").mkdir()
    for name, *statements in (
        ("search.db", "CREATE VIRTUAL TABLE t USING fts5(ssn)", f"INSERT INTO t VALUES ('ssn: {ssn(1)}')"),
        ("number.db", "CREATE TABLE t (ssn INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (512447806), (512447807), (512447808)"),
        ("refers.db", "CREATE TABLE a (ssn TEXT UNIQUE)", "CREATE TABLE b (who TEXT REFERENCES a (ssn))",
         *(f"INSERT INTO a VALUES ('{ssn(n)}')" for n in range(14)), "INSERT INTO b VALUES ('512-44-7003')"),
        ("checked.db", "CREATE TABLE t (ssn TEXT NOT NULL CHECK (ssn LIKE '512%'))", f"INSERT INTO t VALUES ('{ssn(1)}')"),
        ("clean.db", "CREATE VIRTUAL TABLE t USING fts5(colour)", "INSERT INTO t VALUES ('blue')"),
    ):  # fmt: skip
        with closing(sqlite3.connect(f"in/{name}")) as made, made:
            for statement in statements:
                made.execute(statement)
    found = not_copied(redacted(assay, "in", "-i", "SSN", code=3))
    assert {name: told[0] for name, told in found.items()} == dict.fromkeys(
        ("search.db", "number.db", "refers.db", "checked.db"), "gap"
    )
    assert "rows would refer to none any more" in found["refers.db"][1]
    assert "may hold nothing else" in found["checked.db"][1]
    assert "virtual tables" in found["search.db"][1]
    assert "numbers its rows" in found["number.db"][1]
    assert Path("out/clean.db").read_bytes() == Path("in/clean.db").read_bytes()
    assert_gone(Path("out"), [ssn(n) for n in range(9)])


def test_damaged_files_are_gaps_or_copies_without_a_value(assay: Assay) -> None:
    draw = random.Random(6)
    Path("in").mkdir()
    with closing(sqlite3.connect("made.db")) as made, made:
        made.execute("CREATE TABLE people (ssn TEXT, mail TEXT)")
        made.executemany("INSERT INTO people VALUES (?, ?)", [(ssn(n), MAIL) for n in range(9)])
    whole = {
        "eml": bytes(letter(500)),
        "ipynb": json.dumps(notebook()).encode(),
        "rtf": RTF.replace("AAA", ssn(1)).replace("BBB", ssn(2)).encode(),
        "db": Path("made.db").read_bytes(),
    }
    odd = [b"{", b"}", b"\\u-3?", b"\\'ff", b"=?utf-8?b?", b"\n--", b'charset="x-none"', b"<", b'"', b"\0", b"\xff",
           b"Content-Type: multipart/mixed\n", b"Content-Transfer-Encoding: uuencode\n"]  # fmt: skip
    for kind, data in whole.items():
        for number in range(12):
            changed = bytearray(data)
            for _ in range(draw.choice((1, 1, 2, 4))):
                at = draw.randrange(len(changed) // (3 if kind == "eml" else 1))
                how = draw.random()
                if how < 0.4:
                    changed[at] = draw.randrange(256)
                elif how < 0.6:
                    del changed[at : at + draw.randrange(1, 30)]
                else:
                    changed[at:at] = draw.choice(odd)
            Path(f"in/{kind}{number:02}.{kind}").write_bytes(changed)
    done = assay("scan", "in", "--redact-to", "out", "--no-catalog", "--format", "jsonl", "--jobs", "1")
    assert done.code in (0, 3)
    assert "internal error" not in done.out
    copied = list(Path("out").iterdir())
    assert len(copied) > 10
    # What is damaged within a value is none any more; what the scan finds in the originals is in no copy.
    again = assay("scan", "out", "--no-catalog", "--format", "jsonl", "--jobs", "1", "--category", "PII")
    assert not [line for line in again.out.splitlines() if '"kind":"finding"' in line and '"redacted":"**' not in line]
