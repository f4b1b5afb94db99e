"""Seven-bit East Asian encodings: told, decoded, and every value at its own bytes in the file."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

import assay
from assay.formats import UTF8, Kind, Transcoder, detect, sniff, windows
from assay.formats.stateful import character_ends

TEXTS = {
    "iso2022_jp": "お客様の氏名は山田太郎です。電話は03-1234-5678、mail ann@acme-corp.com 宛\n",
    "iso2022_jp_ext": "ｶﾅの氏名は山田です。mail ann@acme-corp.com 宛\n",
    "iso2022_jp_2": "氏名は山田、韓国は한국です。mail ann@acme-corp.com 宛\n",
    "iso2022_kr": "고객의 이름은 김철수입니다. 메일 ann@acme-corp.com 입니다.\n",
    "hz": "客户的姓名是王小明，我们在北京的公司工作。ann@acme-corp.com 这个\n",
}


@pytest.mark.parametrize("codec", TEXTS)
@pytest.mark.parametrize("copies", [1, 50])
def test_they_are_told(codec: str, copies: int) -> None:
    raw = (TEXTS[codec] * copies).encode(codec)
    assert raw.isascii()
    encoding = detect(raw)
    assert Transcoder(encoding).feed(raw, final=True).decode() == TEXTS[codec] * copies
    assert encoding.name == codec


@pytest.mark.parametrize("codec", TEXTS)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_value_has_its_own_bytes(codec: str, step: int) -> None:
    text = TEXTS[codec] * 3
    raw = text.encode(codec)
    transcoder = Transcoder(detect(raw))
    data = b"".join(transcoder.feed(raw[at : at + step]) for at in range(0, len(raw), step))
    data += transcoder.feed(b"", final=True)
    assert data.decode() == text
    mail = "ann@acme-corp.com"
    at = -1
    for _ in range(3):
        at = text.index(mail, at + 1)
        first = transcoder.original_offset(byte=len(text[:at].encode()), char=at, first=True)
        end = at + len(mail)
        last = transcoder.original_offset(byte=len(text[:end].encode()), char=end)
        assert raw[first:last] == mail.encode()


@pytest.mark.parametrize("codec", TEXTS)
def test_they_are_scanned_at_the_right_places(codec: str, tmp_path: Path) -> None:
    text = "; " + TEXTS[codec] * 4_000
    raw = text.encode(codec)
    (tmp_path / "a.txt").write_bytes(raw)
    found = [item for item in assay.scan(str(tmp_path), jobs=1) if isinstance(item, assay.Finding)]
    mails = [item.location for item in found if item.identifier == "EMAIL"]
    assert len(mails) == 4_000
    for at in mails[::400]:
        assert text[at.start : at.end] == "ann@acme-corp.com"
        assert raw[at.byte_start : at.byte_end] == b"ann@acme-corp.com"
        assert at.line == text.count("\n", 0, at.start) + 1


def test_a_table_and_a_member_of_an_archive(tmp_path: Path) -> None:
    rows = "".join(f"山田太郎{number},ann{number}@acme-corp.com\n" for number in range(40))
    raw = ("氏名,mail\n" + rows).encode("iso2022_jp")
    assert sniff(raw, "a") is Kind.DELIMITED
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(raw))
    found = [item for item in assay.scan(str(tmp_path), jobs=1) if isinstance(item, assay.Finding)]
    mails = [item.location for item in found if item.identifier == "EMAIL"]
    assert len(mails) == 40
    assert [raw[at.byte_start : at.byte_end] for at in mails] == [b"ann%d@acme-corp.com" % n for n in range(40)]
    assert {at.field for at in mails} == {"mail"}


def test_characters_that_the_codec_has_not(tmp_path: Path) -> None:
    raw = (TEXTS["iso2022_jp"] * 4).encode("iso2022_jp").replace(b"\x1b$B", b"\x1b$B-!", 1)
    assert detect(raw).name == "iso2022_jp_ext"
    (tmp_path / "a.txt").write_bytes(raw)
    found = [item for item in assay.scan(str(tmp_path), jobs=1) if isinstance(item, assay.Finding)]
    mails = [item.location for item in found if item.identifier == "EMAIL"]
    assert [raw[at.byte_start : at.byte_end] for at in mails] == [b"ann@acme-corp.com"] * 4


@pytest.mark.parametrize("core", [500, 5_000])
@pytest.mark.parametrize("codec", TEXTS)
def test_windows_are_the_whole_text(codec: str, core: int) -> None:
    text = TEXTS[codec] * 200
    raw = text.encode(codec)
    cut = windows(io.BytesIO(raw), Transcoder(detect(raw)), core=core, left=50, right=90)
    assert b"".join(window.data[window.core_start : window.core_end] for window in cut).decode() == text


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[1mbold\x1b[0m text\n",
        '(format nil "~{~a~^, ~}" list) ~/.config\n',
        "template ~{name~} and ~{ x ~}\n",
        "price $B is \x1b in a log\n",
        "~{ab~} ~{cd~}\n" * 3,
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert detect(text.encode()) == UTF8


def test_ends_of_characters_within_a_shifted_run() -> None:
    raw = "山田a".encode("iso2022_jp")
    assert character_ends(raw, "iso2022_jp", _ascii_state())[:4] == [0, 5, 7, 11]


def _ascii_state() -> int:
    import codecs

    return codecs.getincrementaldecoder("iso2022_jp")().getstate()[1]
