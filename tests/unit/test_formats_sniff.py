from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import Kind, PlainText, detect, sniff, structure_for
from assay.formats.kinds import SIGNATURES

PROSE = (
    b"It was late, and the rain, which had begun at noon, would not stop.\n"
    b"She wrote, read, and wrote again, until, at last,\n"
    b"the letter, such as it was, lay finished.\nNobody, she thought, would ever read it, or care, or answer.\n"
)
SOURCE = b"import os\n\n\ndef main(a, b):\n    print(a, b)\n    return os.path.join(a, b)\n"
LOG = b"2024-05-01 10:00:01,123 INFO app: started\n2024-05-01 10:00:02,456 WARN app: slow\n"
LOG += b"2024-05-01 10:00:03,789 INFO app: done\n"


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return out.getvalue()


def zipped(*names: str, first: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, first)
    return out.getvalue()


UNREAD = [
    (b"\xc7\x71" + bytes(range(24)), "x.cpio", Kind.CPIO),
    (b"070707" + b"0" * 70 + b"a\0" + bytes(100), "x", Kind.CPIO),
    (b"\x02\x21\x4c\x18" + bytes(range(60)), "x.lz4", Kind.LZ4),
    (b"MSCF" + bytes(4) + struct.pack("<II", 4096, 0) + bytes(30), "x.cab", Kind.CAB),
    (b"\x24\xe4-lh5-" + bytes(range(60)), "x.lzh", Kind.LHA),
    (b"\x89LZO\0\r\n\x1a\n" + bytes(range(60)), "x", Kind.LZOP),
    (b"LRZI\0\x06" + bytes(60), "x", Kind.LRZIP),
    (b"\x60\xea\x2d\0\x1e\x0b\x01\x0b\x10\0\2" + bytes(40), "x.arj", Kind.ARJ),
    (b"xar!\0\x1c\0\1" + bytes(40), "x", Kind.XAR),
    (bytes(0x8000) + b"\1CD001\1\0" + bytes(400), "x", Kind.DISK),
    (b"hsqs" + bytes(range(60)), "x", Kind.DISK),
    (b"QFI\xfb\0\0\0\3" + bytes(80), "x.img", Kind.DISK),
    (b"\x78\x9f\x3e\x22\x37\2" + bytes(40), "winmail.dat", Kind.TNEF),
    (b"!BDN" + bytes(range(60)), "archive.pst", Kind.PST),
    (b"\0\1\0\0Standard ACE DB\0" + bytes(60), "x.accdb", Kind.ACCESS),
    (b"PGDMP\1\x0e\0\4\x08" + bytes(40), "x.dump", Kind.PGDUMP),
    (b"TAPE" + bytes(60), "x.bak", Kind.SQLBACKUP),
    (b"REDIS0011\xfa\x09redis-ver\x057.0.1\xfa\x0aredis-bits\xc0\x40" + bytes(9), "dump.rdb", Kind.REDIS),
    (b"$FL2@(#) SPSS DATA FILE" + b" " * 41 + struct.pack("<4i", 2, 3, 0, 0), "x.sav", Kind.SPSS),
    (b"X\n\0\0\0\3\0\4\2\1", "x.rds", Kind.RDATA),
    (bytes(128) + b"DICM\2\0\0\0UL", "x", Kind.DICOM),
    (b"\xd4\xc3\xb2\xa1\2\0\4\0" + bytes(30), "x.pcap", Kind.CAPTURE),
    (b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0" + bytes(300), "x.pcapng", Kind.CAPTURE),
    (bytes(60) + b"BOOKMOBI" + bytes(30), "x.mobi", Kind.MOBI),
    (b"\0\x8a\3\0\xb2\xd0\3" + bytes(range(60)), "Index/Document.iwa", Kind.IWORK),
]


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"", "empty.json", Kind.TEXT),
        (PROSE, "letter.txt", Kind.TEXT),
        (PROSE, "letter", Kind.TEXT),
        (PROSE, "letter.csv.txt", Kind.TEXT),
        (SOURCE, "main.py", Kind.SOURCE),
        (SOURCE, "main", Kind.SOURCE),
        (b"# Title\n\n- a, b\n- c, d\n", "README.md", Kind.MARKDOWN),
        (LOG, "app.log", Kind.TEXT),
        (b"id,name,mail\n1,Ann,a@x.test\n2,Bob,b@x.test\n", "people.csv", Kind.DELIMITED),
        (b"id,name,mail\n1,Ann,a@x.test\n2,Bob,b@x.test\n", "people.txt", Kind.DELIMITED),
        (b"id;name;mail\n1;Ann;a@x.test\n2;Bob;b@x.test\n", "export", Kind.DELIMITED),
        (b"id\tname\tmail\n1\tAnn\ta@x.test\n2\tBob\tb@x.test\n", "export.dat", Kind.DELIMITED),
        (b"id|name|mail\n1|Ann|a@x.test\n2|Bob|b@x.test\n", "export.log", Kind.DELIMITED),
        ("id,name,mail\n1,Zoë,a@x.test\n2,Bob,b@x.test\n".encode("utf-16"), "people.csv", Kind.DELIMITED),
        (b'{"a": 1}', "x.json", Kind.JSON),
        (b'  {"a": 1}', "x.txt", Kind.JSON),
        (b"[1, 2, 3]\n", "x.json", Kind.JSON),
        (b'[{"a": 1}]', "x", Kind.JSON),
        (b'\xef\xbb\xbf{"a": 1}', "x", Kind.JSON),
        ('{"a": "ü"}'.encode("utf-16-le"), "x.json", Kind.JSON),
        (b'{"a": 1}\n{"a": 2}\n', "x.json", Kind.JSONL),
        (b'{"a": 1}\n', "x.jsonl", Kind.JSONL),
        (b"[2024-01-01 10:00] started\n[2024-01-01 10:01] done\n", "x.log", Kind.TEXT),
        (b"[section]\nkey = value\n", "x", Kind.KEYVALUE),
        (b"{{ template }}\n", "x.txt", Kind.TEXT),
        (b'<?xml version="1.0"?><a>x</a>', "x.txt", Kind.XML),
        (b"<a><b>x</b></a>", "x.xml", Kind.XML),
        (b"<!DOCTYPE html><html></html>", "x", Kind.HTML),
        (b"<p>hello</p>", "x.html", Kind.HTML),
        (b"---\na: 1\n", "x", Kind.YAML),
        (b"a: 1\nb:\n  - c\n", "x.yml", Kind.YAML),
        (b"a = 1\n", "x.toml", Kind.TOML),
        (b"A=1\nB=2\n", ".env", Kind.KEYVALUE),
        (b"A=1\nB=2\n", ".env.local", Kind.KEYVALUE),
        (b"a.b=1\n", "x.properties", Kind.KEYVALUE),
        (b"INSERT INTO t VALUES (1);\n", "x.sql", Kind.SQL),
        (b"-- MySQL dump 10.13\nINSERT INTO t VALUES (1);\n", "backup.txt", Kind.SQL),
        (gzip.compress(b"x", mtime=0), "notes.txt", Kind.GZIP),
        (bz2.compress(b"x"), "x", Kind.BZIP2),
        (b"BZh9\x00" + bz2.compress(bytes(range(256)) * 9)[5:], "x.bz2", Kind.BZIP2),
        (b"BZh9 is how these files begin\n", "x.txt", Kind.TEXT),
        (lzma.compress(b"x"), "x.csv", Kind.XZ),
        (zstandard.compress(b"x"), "x", Kind.ZSTD),
        (zipped("a.txt"), "x.jar", Kind.ZIP),
        (b"#!/usr/bin/env python3\n" + zipped("__main__.py"), "x.pyz", Kind.ZIP),
        (b"#!/bin/sh\nPK\x03\x04 ssn 536-22-1234\n", "x.sh", Kind.SOURCE),
        (archive(), "x", Kind.TAR),
        (zipped("[Content_Types].xml", "word/document.xml"), "x.docx", Kind.OFFICE),
        (zipped("mimetype", first=b"application/vnd.oasis.opendocument.text"), "x.odt", Kind.OFFICE),
        (b"%PDF-1.7\n", "x.txt", Kind.PDF),
        (b"PAR1\x15\x04", "x", Kind.PARQUET),
        (b"SQLite format 3\x00" + bytes(84), "x.db", Kind.SQLITE),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "x.7z", Kind.SEVENZIP),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "x.txt", Kind.IMAGE),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "x", Kind.IMAGE),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "x", Kind.AUDIO),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(20), "x", Kind.VIDEO),
        (b"wOF2" + bytes(20), "x", Kind.FONT),
        (b"\x7fELF\x02\x01\x01" + bytes(20), "x", Kind.EXECUTABLE),
        (b"MZ\x90\x00\x03\x00", "x", Kind.EXECUTABLE),
        (b"MZ is how the old header began.\n", "x.txt", Kind.TEXT),
        (b"BM is short for bench mark.\n", "x.txt", Kind.TEXT),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "X.class", Kind.BYTECODE),
        (bytes(range(256)) * 8, "x.txt", Kind.BINARY),
        (struct.pack("<64d", *range(64)), "x.dat", Kind.BINARY),
        (b"plain text with one \x00 null in it, and much more text after that\n" * 3, "x.txt", Kind.TEXT),
        ("name: José\n".encode("latin-1"), "x.txt", Kind.TEXT),
    ],
)
def test_kinds(data: bytes, name: str, kind: Kind) -> None:
    assert sniff(data, name) is kind


@pytest.mark.parametrize("signature", sorted({item for item, _, _ in SIGNATURES if item.isascii()}))
@pytest.mark.parametrize(
    "after", ["", " is how it begins, SSN 536-90-4399\n", "x\0y SSN 536-90-4399\n", " grün, 536-90-4399\n"]
)
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_text_that_begins_like_another_format_is_text(signature: bytes, after: str, codec: str) -> None:
    if not set(signature).isdisjoint([*range(9), 0x1A, 0x7F]):
        return  # a control character that text has not
    offset = next(where for item, where, _ in SIGNATURES if item == signature)
    text = b"w" * offset + signature + (after or " words and 536-90-4399\n").encode(codec)
    for copies in (1, 40):
        assert sniff(text * copies, "").is_text, text


def test_signatures_are_believed_with_the_fields_of_their_format() -> None:
    cpio = b"070701" + b"0" * 88 + b"00000006" + b"0" * 8 + b"a.txt\0" + b"536-90-4399"
    pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"text " * 40
    bitmap = b"BM" + struct.pack("<IHHIIii", 4096, 0, 0, 54, 40, 9, 9) + b"\xff" * 4000
    for data, kind in (
        (cpio, Kind.CPIO),
        (pdf, Kind.PDF),
        (bitmap, Kind.IMAGE),
        (b"{\\rtf1\\ansi\\deff0 Text}", Kind.RTF),
        (b"{\\rtf1 text that is cut", Kind.RTF),
        (b"{\\rtf is how such files begin}", Kind.TEXT),
        (b"ID3\x04\x00\x00\x00\x00\x02\x01TIT2", Kind.AUDIO),
        (b"II*\x00\x08\x00\x00\x00" + b"\xff" * 4000, Kind.IMAGE),
        (b"MM\x00*\x00\x00\x00\x08" + b"\xff" * 4000, Kind.IMAGE),
        (b"GIF89a\x10\x00\x10\x00\x80\x00\x00" + bytes(range(200)), Kind.IMAGE),
        (b"\x9a\x11\x02\x13\x90\x01\x77\x65DUCK" + struct.pack("<Q", 64) + bytes(400), Kind.DUCKDB),
        (b"ORC" + bytes(range(256)), Kind.ORC),
        (b"!<arch>\n" + b"a.o/            0           0     0     644     8         `\n", Kind.EXECUTABLE),
    ):
        assert sniff(data, "x") is kind


@pytest.mark.parametrize("sign", [b"|", b";", b"\t", b","])
@pytest.mark.parametrize("name", ["export.txt", "export"])
def test_tables_whose_cells_hold_line_breaks(sign: bytes, name: str) -> None:
    table = (
        b'id|name|notes|ssn\n1|Ann|"first line\nsecond ""line""\nthird"|536-90-4399\n'
        b'2|Bob|"one\ntwo"|601-55-3127\n3|Cy|none|-\n'
    )
    assert sniff(table.replace(b"|", sign), name) is Kind.DELIMITED


@pytest.mark.parametrize(
    "text",
    [
        b'# T\n\n| a | b |\n|---|---|\n| "x\ny" | z |\n| q | r |\n\nText "quoted,\nover lines", and more.\n',
        b'He said, "I will go\nhome", and then, "not\nnow", he added.\nShe, "well\nthen", left, slowly.\n' * 3,
        b'"Go home,"\n"now"; she said\n"why,\nthough"; he asked\n"because\nso"; end\n',
    ],
)
def test_prose_with_quotes_over_lines_is_no_table(text: bytes) -> None:
    assert sniff(text, "letter.txt") is Kind.TEXT


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["SSN", "536-90-4399", "write to", "größe", "漢字", "{a: 1}", "x,y", "\n"]), min_size=8),
    st.lists(st.integers(0, 10_000), min_size=1, max_size=12),
)
def test_stray_nulls_make_no_other_encoding(words: list[str], where: list[int]) -> None:
    text = bytearray(" ".join(words).encode())
    for at in where[: max(1, len(text) // 5)]:
        text.insert(at % (len(text) + 1), 0)
    assert detect(bytes(text)).name == "utf-8"
    assert sniff(bytes(text), "").is_text


@pytest.mark.parametrize(("data", "name", "kind"), UNREAD)
def test_archives_and_databases_that_are_not_read_are_no_mere_binary_data(data: bytes, name: str, kind: Kind) -> None:
    assert sniff(data, name) is kind
    assert kind.gap_reason == "unsupported format"
    assert "; " in kind.gap_detail


def test_lzma_without_a_container_is_read() -> None:
    for packed in (lzma.compress(PROSE, lzma.FORMAT_ALONE), lzma.compress(PROSE, lzma.FORMAT_ALONE, preset=9)):
        assert sniff(packed, "x") is Kind.XZ
    assert sniff("] SSN 536-90-4399\n".encode("utf-32-le"), "x") is Kind.TEXT
    assert sniff("]Ā SSN 536-90-4399\n".encode("utf-16-le"), "x") is not Kind.XZ


def test_a_package_that_holds_another_is_what_it_is_itself() -> None:
    book = zipped("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")
    for first, part, kind in (
        ("ppt/slides/slide1.xml", "ppt/embeddings/Sheet1.xlsx", Kind.OFFICE),
        ("word/document.xml", "word/embeddings/Sheet1.xlsx", Kind.OFFICE),
        ("xl/workbook.xml", "xl/embeddings/Letter.docx", Kind.SPREADSHEET),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in ("[Content_Types].xml", "_rels/.rels", first):
                made.writestr(name, "x")
            made.writestr(part, book if kind is Kind.OFFICE else zipped("[Content_Types].xml", "word/document.xml"))
        assert sniff(out.getvalue(), "x") is kind, first


def test_every_kind_has_exactly_one_fate() -> None:
    for kind in Kind:
        fates = [
            kind.is_text,
            kind.is_container,
            kind.is_tabular,
            kind.skip_reason is not None,
            kind.gap_reason is not None,
        ]
        assert fates.count(True) == 1, kind


def test_compiled_python_is_left_out() -> None:
    import importlib.util

    cached = Path(importlib.util.cache_from_source(json.__file__))
    assert sniff(cached.read_bytes()[:65_536], cached.name) is Kind.BYTECODE
    assert sniff(Path(sys.executable).read_bytes()[:65_536], "python") is Kind.EXECUTABLE


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["x", "x.txt", "x.csv", "x.json", "x.xml", ""]))
def test_any_bytes_have_a_kind_and_a_structure(data: bytes, name: str) -> None:
    kind = sniff(data, name)
    assert kind in Kind
    assert structure_for(kind) is not None


def test_source_is_free_text() -> None:
    assert isinstance(structure_for(Kind.SOURCE), PlainText)


def test_the_standard_library_is_neither_table_nor_configuration() -> None:
    kinds = {sniff(path.read_bytes()[:65_536], path.name) for path in Path(json.__file__).parent.parent.glob("*.py")}
    assert kinds <= {Kind.SOURCE, Kind.TEXT}
    nameless = [
        sniff(path.read_bytes()[:65_536], "") for path in sorted(Path(json.__file__).parent.parent.glob("*.py"))
    ]
    assert sum(kind in (Kind.SOURCE, Kind.TEXT) for kind in nameless) >= len(nameless) * 0.97


def test_a_header_of_mail_has_no_other_line_in_it_but_a_last_one_that_is_cut() -> None:
    head = b"From: a@example.net\nTo: b@example.net\nSubject: x\nDate: y\n"
    assert sniff(head + b"\nThe body", "x") is Kind.MAIL
    assert sniff(head + b"Messag", "x") is Kind.MAIL
    assert sniff(head + b"no field\nX: y\n\nThe body", "x") is not Kind.MAIL
    assert sniff(head + b"X: y\n" * 500, "x") is Kind.MAIL


@pytest.mark.parametrize(
    ("what", "kind"),
    [("text", Kind.OFFICE), ("spreadsheet", Kind.SPREADSHEET), ("presentation-template", Kind.OFFICE), ("", Kind.ZIP)],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_document_of_opendocument_that_was_packed_in_another_order(what: str, kind: Kind, method: int) -> None:
    told = f"application/vnd.oasis.opendocument.{what}" if what else "application/java-archive"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("META-INF/", b"")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:media-type="application/vnd.oasis.opendocument.spreadsheet" '
            'manifest:full-path="Object 1/"/>'
            f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{told}"/>'
            "</manifest:manifest>",
        )
        archive.writestr("content.xml", "<x/>")
    assert sniff(made.getvalue(), "x") is kind


@pytest.mark.parametrize(
    "head",
    [
        b"\xd7\xcd\xc6\x9a\0\0\0\0\0\0\x10'r\x1f\xec\t",
        b"\x01\0\x09\0\0\x03\x52\0\0\0\x02\0",
        b"VCLMTF\x01\x001\0\0\0",
        b"\x01\0\0\0\x6c\0\0\0".ljust(40, b"\0") + b" EMF\0\0\x01\0".ljust(60, b"\0"),
    ],
    ids=["wmf", "wmf without a place", "svm", "emf"],
)
def test_metafiles_are_pictures(head: bytes) -> None:
    assert sniff(head, "x") is Kind.IMAGE


def test_text_about_metafiles_is_text() -> None:
    assert sniff(b"VCLMTF is what StarView metafiles begin with\n", "x").is_text
    assert sniff(b"what stands at forty bytes of a file, so: EMF\n", "x").is_text
