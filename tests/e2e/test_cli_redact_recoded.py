"""Masked copies of text whose bytes are no signs of their own: JSON in UTF-16 and East Asian encodings, text with escapes."""

from __future__ import annotations

import email
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from calling import Assay
from test_cli_redact_to import SSNS, not_copied, redacted, spellings, written

JAPANESE = "お客様の番号を確認しました。東京都千代田区に住所があります。"
KOREAN = "고객 번호를 확인했습니다. 서울특별시에 주소가 있습니다."
CHINESE = "我们已经确认了客户的号码。他们住在北京市，我知道这个地址。"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "cp932"])
def test_json(assay: Assay, codec: str) -> None:
    held = {"note": JAPANESE, "list": [{"ssn": SSNS[0], "n": 1}, {"ssn": SSNS[1], "n": 2}]}
    text = json.dumps(held, ensure_ascii=False, indent=1)
    written("in/a.json", text.encode(codec))

    assert not_copied(redacted(assay, "in")) == {}

    copy = Path("out/a.json").read_bytes()
    found = json.loads(copy.decode(codec))
    assert found["note"] == JAPANESE
    assert [each["n"] for each in found["list"]] == [1, 2]
    assert all("*" in each["ssn"] for each in found["list"])
    assert not any(each in copy for value in SSNS[:2] for each in spellings(value))
    # A byte order mark stays, and what is not masked is as it was.
    assert copy.startswith(text.encode(codec)[:40])


def test_json_lines_in_utf_16(assay: Assay) -> None:
    lines = [json.dumps({"who": f"n{number}", "ssn": value}) for number, value in enumerate(SSNS)]
    written("in/a.jsonl", "\r\n".join(lines).encode("utf-16"))

    assert not_copied(redacted(assay, "in")) == {}

    found = Path("out/a.jsonl").read_bytes().decode("utf-16").split("\r\n")
    assert [json.loads(line)["who"] for line in found] == [f"n{number}" for number in range(len(SSNS))]
    assert all("*" in json.loads(line)["ssn"] for line in found)


@pytest.mark.parametrize(
    ("codec", "text"), [("iso2022_jp", JAPANESE), ("iso2022_kr", KOREAN), ("hz", CHINESE)], ids=["jp", "kr", "hz"]
)
def test_text_with_escapes(assay: Assay, codec: str, text: str) -> None:
    before = f"{text}\nSSN: {SSNS[0]} {text}\n{text}SSN: {SSNS[1]}\n"
    written("in/a.txt", before.encode(codec))
    written("in/clean.txt", f"{text}\n".encode(codec))

    assert not_copied(redacted(assay, "in")) == {}

    copy = Path("out/a.txt").read_bytes()
    assert not any(each in copy for value in SSNS[:2] for each in spellings(value))
    after = copy.decode(codec)
    assert after.startswith(f"{text}\nSSN: 5*********")
    assert after.count(text) == 3
    assert Path("out/clean.txt").read_bytes() == f"{text}\n".encode(codec)


def test_attached_to_a_mail(assay: Assay) -> None:
    message = EmailMessage()
    message["Subject"] = "list"
    message.set_content("see the file\n")
    held = json.dumps({"ssn": SSNS[0], "note": JAPANESE}, ensure_ascii=False).encode("utf-16")
    message.add_attachment(held, maintype="application", subtype="json", filename="a.json")
    written("in/a.eml", message.as_bytes())

    assert not_copied(redacted(assay, "in")) == {}

    copy = email.message_from_bytes(Path("out/a.eml").read_bytes())
    attached = [part.get_payload(decode=True) for part in copy.walk() if part.get_filename()]
    assert json.loads(attached[0].decode("utf-16"))["note"] == JAPANESE
    assert not any(each in attached[0] for each in spellings(SSNS[0]))


def test_bytes_that_are_no_text_in_its_encoding(assay: Assay) -> None:
    text = json.dumps({"ssn": SSNS[0]})
    written("in/a.json", text.encode("utf-16") + b"\x00\xd8\x20\x00")
    written("in/b.txt", "nothing\n")

    told = not_copied(redacted(assay, "in", code=3))

    assert told["a.json"] == ("gap", "has bytes that are no text in utf-16-le")
    assert [path.name for path in Path("out").iterdir()] == ["b.txt"]
