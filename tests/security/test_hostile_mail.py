"""Mail, notebooks and RTF made to hurt: headers whose reading would take hours, values that hide where nobody looks."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
from documentfiles import read, scanned, ssn

from assay.formats.mailtext import Decoding, LineStarts, decoded64, quoted_printable
from assay.formats.mailtext import base64 as placed64

HEAD = b"From: a@posteo.de\nSubject: x\nMIME-Version: 1.0\n"
ARMOR = b"-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"


def part(kind: bytes, body: bytes, *headers: bytes) -> bytes:
    return b"\n".join((b"--b", b"Content-Type: " + kind, *headers)) + b"\n\n" + body + b"\n"


def mixed(*parts: bytes) -> bytes:
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"".join(parts) + b"--b--\n"


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: multipart/mixed" + b";" * 1_000_000,
        b"Content-Type: multipart/mixed" + b'";' * 500_000,
        b"Content-Type: text/plain" + b"; name*0=x" * 100_000,
        b"Content-Disposition: attachment; filename=" + b"=?a?q?" * 300_000,
        b"Content-Disposition: " + b"(" * 1_000_000,
        b"X: y\n" * 200_000 + b"X: y",
        b"Subject: " + b"=?utf-8?q?a?=\n " * 100_000 + b"x",
    ],
)
def test_headers_that_take_the_square_of_their_length(header: bytes) -> None:
    text, _ = read(HEAD + header + b"\n\nSSN " + ssn(1).encode() + b"\n", "x.eml")
    assert ssn(1).encode() in text


def test_what_stands_behind_padding_is_read_and_placed(tmp_path: Path) -> None:
    body = base64.encodebytes(b"hello") + base64.encodebytes(f"SSN {ssn(1)}\n".encode()) + b"!!  "
    body += base64.encodebytes(f"x SSN {ssn(2)}\n".encode()).replace(b"\n", b" \t\n")
    path = tmp_path / "x.eml"
    path.write_bytes(HEAD + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + body)
    raw = path.read_bytes()
    found = scanned(path)
    for number in (1, 2):
        (place,) = found.places[number]
        assert ssn(number).encode() in base64.b64decode(raw[place.byte_start : place.byte_end] + b"==")
    attached = mixed(part(b"text/csv; name=a.csv", body, b"Content-Transfer-Encoding: base64"))
    text, _ = read(attached, "x.eml")
    assert ssn(1).encode() in text
    assert ssn(2).encode() in text


def test_base64_in_any_pieces_is_what_it_is() -> None:
    random.seed(7)
    parts = [random.randbytes(random.randrange(1, 40)) for _ in range(50)]
    written = b"".join(base64.encodebytes(piece) for piece in parts)
    assert decoded64(written) == b"".join(parts) == placed64(written).data
    for size in (1, 3, 7, 64):
        pieces = (written[at : at + size] for at in range(0, len(written), size))
        stream, got = Decoding(pieces, "base64"), b""
        while piece := stream.read(10):
            got += piece
        assert got == b"".join(parts), size


def test_lines_of_an_encoded_part() -> None:
    raw = b"a\n\nbc\n"
    for offset in range(len(raw) + 1):
        assert LineStarts(raw).before(offset) == (raw[:offset].count(b"\n"), raw[:offset].rfind(b"\n"))
    part = quoted_printable(b"a=3D=\nb==41")
    assert part.data == b"a=b=A"
    assert [(part.begin(at), part.end(at + 1)) for at in range(5)] == [(0, 1), (1, 4), (6, 7), (7, 8), (8, 11)]


def test_a_line_of_quoted_printable_without_end() -> None:
    line = b"=C3=A4x" * 150_000
    pieces = (line[at : at + 65536] for at in range(0, len(line), 65536))
    stream, got = Decoding(pieces, "quoted-printable"), bytearray()
    while piece := stream.read(65536):
        got += piece
    assert got.decode() == "äx" * 150_000


def test_what_is_called_a_signature_is_read() -> None:
    text, unread = read(mixed(part(b"application/pgp-signature; name=a.csv", f"id,ssn\n1,{ssn(1)}".encode())), "x.eml")
    assert ssn(1).encode() in text
    assert not unread
    text, unread = read(mixed(part(b"application/pgp-signature", ARMOR)), "x.eml")
    assert b"iQEzBAABCAAdFiEE" not in text
    assert not unread
    text, _ = read(mixed(part(b"application/pgp-signature", ARMOR + f"SSN {ssn(2)}".encode())), "x.eml")
    assert ssn(2).encode() in text


@pytest.mark.parametrize("kind", [b"text/plain", b"application/x; name=a.bin"])
def test_an_encoding_that_is_not_known_is_a_gap(kind: bytes) -> None:
    data = mixed(part(kind, b"begin 644 a\n#<W-N\n`\nend", b"Content-Transfer-Encoding: x-uuencode"))
    assert [item.error.reason for item in read(data, "x.eml")[1]] == ["unsupported format"]
    alone = HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#<W-N\n`\nend\n"
    assert [item.error.reason for item in read(alone, "x.eml")[1]] == ["unsupported format"]


def test_files_of_no_bytes_without_number() -> None:
    empty = part(b"application/x; name=a.bin", b"")
    _, unread = read(mixed(empty * 100_002), "x.eml")
    assert [item.error.reason for item in unread] == ["too many members"]


def notebook(tmp_path: Path, *cells: Any, **more: Any) -> dict[int, str | None]:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}))
    return {number: place[0].json_path for number, place in sorted(scanned(path).places.items())}


def test_nothing_of_a_notebook_is_left_out(tmp_path: Path) -> None:
    def said(number: int) -> str:
        return f"SSN {ssn(number)}"

    output = {
        "output_type": "display_data",
        "metadata": {"a": said(1)},
        "data": {
            "image/png": said(2),
            "image/gif": {"b": said(3)},
            "plain": said(4),
            "text/x": [said(5), {"c": said(6)}],
        },
        "more": said(7),
    }
    cell = {
        "cell_type": "code",
        "source": ["x", {"d": said(8)}],
        "outputs": [output, said(9)],
        "attachments": {"e": said(10), "f": {"image/png": base64.b64encode(said(11).encode()).decode()}},
        "execution_count": said(12),
    }
    found = notebook(tmp_path, cell, said(13), worksheets=[said(14)])
    assert set(found) == set(range(1, 15))
    assert found[13] == "$.cells[1]"
    assert found[9] == "$.cells[0].outputs[1]"
    assert found[7] == "$.cells[0].outputs[0].more"
    assert found[2] == "$.cells[0].outputs[0].data['image/png']"

    path = tmp_path / "old.ipynb"
    sheet = {"cells": [{"cell_type": "code", "input": said(1), "outputs": []}], "metadata": {"name": said(2)}}
    path.write_text(
        json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [sheet, {"cells": said(3)}], "x": said(4)})
    )
    assert set(scanned(path).places) == {1, 2, 3, 4}


def test_rtf_in_pieces_and_without_a_pause(tmp_path: Path) -> None:
    text = "".join(f"\\'{byte:02x}" for byte in (f"SSN {ssn(1)} " + "привет " * 30_000).encode("cp1251"))
    path = tmp_path / "x.rtf"
    path.write_text("{\\rtf1\\ansi\\ansicpg1251 " + text + "}")
    assert 1 in scanned(path).places
    held = b"{\\rtf1\\ansi " + b"".join(b"\\'%02x" % byte for byte in ("日本語" * 20_000).encode("cp932"))
    shown, _ = read(held.replace(b"\\ansi ", b"\\ansi\\ansicpg932 ") + b"}")
    assert b"".join(shown.split(b"\n")).decode().strip() == "日本語" * 20_000


def test_an_object_in_rtf_is_a_gap() -> None:
    _, unread = read(b"{\\rtf1\\ansi x{\\object\\objemb{\\*\\objdata 01050000}} y}")
    assert [item.error.reason for item in unread] == ["unsupported format"]
