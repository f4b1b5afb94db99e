from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, Encoding, Transcoder, Window, detect, windows

JAPANESE = "お客様の氏名は山田太郎です。電話番号は03-1234-5678、住所は東京都千代田区です。\n" * 4
CHINESE = "客户的姓名是王小明，他的电话号码是多少？我们在北京的公司工作，这个文件不能发给别人。\n" * 4
TAIWAN = "客戶的姓名是王小明，我們在台北的公司工作，這個文件不能給別人。\n" * 4
KOREAN = "고객의 이름은 김철수입니다. 전화번호는 010-1234-5678 입니다.\n" * 4
RUSSIAN = "Имя клиента Иван Петров, телефон и адрес указаны в договоре.\n" * 4
FRENCH = "Le client s'appelle François Lefèvre, né le 3 août à Besançon.\n" * 4
SHORT = "name,city\nJosé,São Paulo\nAnn,Bern\n"
CASES = [
    *((JAPANESE, name) for name in ("shift_jis", "euc_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-32-be", "utf-8")),
    *((CHINESE, name) for name in ("gb18030", "gbk", "utf-16-be")),
    (TAIWAN, "big5"),
    (KOREAN, "euc_kr"),
    *((RUSSIAN, name) for name in ("cp1251", "koi8_r", "utf-16-le")),
    *((text, name) for text in (FRENCH, SHORT) for name in ("latin-1", "cp1252", "utf-16-le", "utf-32", "utf-8-sig")),
    ("x = 1\n", "utf-16-le"),
]


def cut(raw: bytes, encoding: Encoding = UTF8, **options: int) -> list[Window]:
    return list(windows(io.BytesIO(raw), Transcoder(encoding), **options))


@pytest.mark.parametrize(("text", "codec"), CASES)
def test_encodings_are_told_and_positions_map_back(text: str, codec: str) -> None:
    raw = text.encode(codec)
    encoding = detect(raw)
    transcoder = Transcoder(encoding)
    pieces = [transcoder.feed(raw[at : at + 7]) for at in range(0, len(raw), 7)]
    decoded = b"".join([*pieces, transcoder.feed(b"", final=True)]).decode()
    assert decoded == text
    plain = codec.removesuffix("-sig")
    for char in range(0, len(text), 3):
        byte = len(text[:char].encode())
        expected = len(raw) - len(text[char:].encode(plain if plain not in ("utf-16", "utf-32") else plain + "-le"))
        assert transcoder.original_offset(byte=byte, char=char) == expected


SCRIPTS = {
    "Cyrillic": "Имя клиента Иван Петров, телефон 8-912-555-01-33 указан.\n",
    "Greek": "Το όνομα του πελάτη είναι Γιώργος, τηλέφωνο 210 555 0133.\n",
    "Hebrew": "שם הלקוח הוא דוד, טלפון 03-555-0133 וכתובת.\n",
    "Arabic": "اسم العميل هو أحمد، الهاتف 015550133 والعنوان.\n",
    "Devanagari": "ग्राहक का नाम राम है, फोन 91-5550133 और पता।\n",
    "Bengali": "গ্রাহকের নাম রহিম, ফোন 555 0133।\n",
    "Tamil": "வாடிக்கையாளர் பெயர் குமார், தொலைபேசி 555 0133.\n",
    "Thai": "ชื่อลูกค้าคือสมชาย โทรศัพท์ 02-555-0133 และที่อยู่\n",
    "Georgian": "კლიენტის სახელია გიორგი, ტელეფონი 555 0133.\n",
    "Armenian": "Հաճախորդի անունը Արամ է, հեռախոս 555 0133։\n",
    "Ethiopic": "የደንበኛው ስም አበበ ነው፣ ስልክ 555 0133።\n",
    "Khmer": "ឈ្មោះអតិថិជន សុខ ទូរស័ព្ទ 555 0133\n",
    "Vietnamese": "Tên khách hàng là Nguyễn Văn An, điện thoại 555 0133.\n",
    "Polish": "Imię klienta: Łukasz Żółć, telefon 555-01-33.\n",
    "Latin": "The customer is Ada Stone, SSN 536-90-4399.\n",
    "Japanese": "お客様の氏名は山田太郎です。電話番号と住所は東京都千代田区です。\n",
    "Chinese": "客户的姓名是王小明，他的电话号码是多少？我们在北京的公司工作。\n",
    "Korean": "고객의 이름은 김철수입니다. 전화번호는 010-1234-5678 입니다.\n",
    "mixed": "name,city\n姓名: John Smith, 536-90-4399 北京\n",
    "emoji": "hello 😀 ok “quoted” – dash € 5\n",
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_in_every_script(script: str, codec: str) -> None:
    for copies in (1, 4, 200):
        assert detect((SCRIPTS[script] * copies).encode(codec)).name == codec


@given(st.binary(max_size=200), st.integers(1, 9))
@example(b"ok \xe2\x82 mail", 1)
@example(b"\xf0\x9f\x98 \xff\xc3", 3)
def test_invalid_utf8_keeps_byte_offsets_and_code_point_counts(raw: bytes, step: int) -> None:
    transcoder = Transcoder(UTF8)
    pieces = [transcoder.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
    data = b"".join([*pieces, transcoder.feed(b"", final=True)])
    assert len(data) == len(raw)
    assert len(data.decode()) == len(raw.decode("utf-8", "replace"))
    assert all(new == old for new, old in zip(data, raw, strict=True) if old < 0x80)


def test_damage_late_in_a_utf8_file_loses_nothing_else() -> None:
    raw = "Zoë Müller, ".encode() * 50 + b"\xff\xfe caf\xe9 " + "jörg@firma.test".encode()
    assert detect(raw) == UTF8
    data = Transcoder(UTF8).feed(raw, final=True)
    assert data.endswith("jörg@firma.test".encode())
    assert data.index(b"@") == raw.index(b"@")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "é", "漢", "😀", "\n", "word ", "\r\n"]), max_size=120),
    st.integers(1, 60),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_cores_are_exactly_the_text_and_positions_are_right(
    pieces: list[str], core: int, left: int, right: int
) -> None:
    text = "".join(pieces)
    data = text.encode()
    joined = b""
    made = cut(data, core=core, left=left, right=right)
    for window in made:
        assert data[window.byte : window.byte + len(window.data)] == window.data
        before = data[: window.byte].decode()
        window.data.decode()
        assert (window.char, window.line) == (len(before), before.count("\n"))
        assert window.byte + window.core_start == len(joined)
        joined += window.data[window.core_start : window.core_end]
        joined.decode()
        assert window.core_start <= max(left, 0)
        if not window.last:
            assert len(window.data) - window.core_end >= min(right, len(data) - len(joined)) - 3
    assert joined == data
    assert [window.last for window in made] == [False] * (len(made) - 1) + [True]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300), st.integers(1, 40))
def test_parts_of_a_file_meet_without_a_gap(raw: bytes, first: int, second: int, core: int) -> None:
    raw = bytes(byte & 0x7F for byte in raw)
    low, high = sorted((min(first, len(raw)), min(second, len(raw))))
    joined = b""
    for start, stop in ((0, low), (low, high), (high, len(raw))):
        skip = min(16, start)
        stream = io.BytesIO(raw[start - skip :])
        part = windows(
            stream, Transcoder(UTF8), core=core, left=16, right=16, skip=skip, length=stop - start, byte=start - skip
        )
        for window in part:
            assert raw[window.byte : window.byte + len(window.data)] == window.data
            joined += window.data[window.core_start : window.core_end]
    assert joined == raw


def test_memory_is_bounded_by_the_window_for_one_endless_line() -> None:
    class Endless:
        left = 40

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"x" * 250_000 if self.left >= 0 else b""

    made = [len(window.data) for window in windows(Endless(), Transcoder(UTF8), core=1_000_000)]
    assert len(made) >= 9
    assert max(made) <= 1_000_000 + 33 * 1024 + 256 * 1024 + 32 * 1024


def test_what_was_read_already_comes_first() -> None:
    (window,) = windows(io.BytesIO(b"cdef"), Transcoder(UTF8), head=b"ab")
    assert window.data == b"abcdef"


def test_an_empty_file_is_one_empty_window() -> None:
    assert cut(b"") == [Window(b"", 0, 0, 0, 0, 0, True)]


@pytest.mark.parametrize("codec", ["utf-16", "shift_jis", "gb18030", "latin-1"])
def test_windows_of_other_encodings_map_back_to_the_file(codec: str) -> None:
    unit = {"latin-1": "naïve Zoë; ", "gb18030": "客户的姓名是王小明。", "shift_jis": "電話番号です、"}.get(
        codec, "日本 Zoë 😀 "
    )
    text = "".join(f"{unit}#{number}\n" for number in range(3000))
    raw = text.encode(codec)
    transcoder = Transcoder(detect(raw))
    marks = 0
    for window in windows(io.BytesIO(raw), transcoder, core=9_000, left=100, right=300):
        at = window.data.find(b"#", window.core_start, window.core_end)
        if at < 0:
            continue
        char = window.char + len(window.data[:at].decode())
        offset = transcoder.original_offset(byte=window.byte + at, char=char)
        width = 2 if codec == "utf-16" else 1
        assert raw[offset : offset + width].decode("utf-16-le" if width == 2 else "ascii") == "#"
        marks += 1
    assert marks > 5
