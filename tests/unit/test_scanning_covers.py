"""Replaced text takes nothing of a format's own with it, and brings nothing."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest

from assay.errors import ReadError
from assay.formats import Kind
from assay.scanning.coverjson import copy_json, tokens
from assay.scanning.covers import STARS, Cell, Cover, Covers, Spelling, apart, copy_covered


def copied(data: bytes, covers: list[Cover], spelling: Spelling) -> bytes:
    target = io.BytesIO()
    copy_covered(io.BytesIO(data), target, apart(covers), spelling)
    return target.getvalue()


def test_covers_that_overlap_are_one() -> None:
    first = [Cover(0, 4, "a"), Cover(10, 20, "b"), Cover(30, 35, "c")]
    asked: list[str] = []
    second = [
        Cell(start, end, lambda text=text: asked.append(text) or text)  # type: ignore[misc]
        for start, end, text in ((4, 6, "d"), (12, 15, "e"), (20, 25, "g"), (20, 24, "h"), (33, 40, "f"), (50, 51, "i"))
    ]
    assert list(apart(first, iter(second))) == [
        Cover(0, 4, "a"),
        Cover(4, 6, "d"),
        Cover(10, 20, "b"),
        Cover(20, 25, "g"),
        Cover(30, 40, STARS),
        Cover(50, 51, "i"),
    ]
    # What a finding says already is not made once more.
    assert asked == ["d", "g", "i"]


class Slowly(io.BytesIO):
    """A stream that gives less than is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7, size) if size and size > 0 else 7)


@pytest.mark.parametrize("seed", range(20))
def test_many_covers_of_a_file_that_is_read_in_pieces(seed: int) -> None:
    draw = random.Random(seed)
    data = bytes(draw.choices(b"abc 123", k=draw.randint(0, 400)))
    covers, at = [], 0
    while (start := at + draw.randint(0, 60)) < len(data):
        at = min(len(data), start + draw.randint(0, 30))
        covers.append(Cover(start, at, "x"))
    spelling = Spelling(Kind.TEXT, "utf-8")
    wanted, last = b"", 0
    for cover in covers:
        wanted += data[last : cover.start] + spelling.covered(data[cover.start : cover.end], "x")
        last = cover.end
    target = io.BytesIO()
    copy_covered(Slowly(data), target, covers, spelling)
    assert target.getvalue() == wanted + data[last:]


def test_a_file_that_became_shorter() -> None:
    for covers in ([Cover(2, 9, "x")], [Cover(7, 9, "x")]):
        with pytest.raises(ReadError, match="became shorter"):
            copy_covered(io.BytesIO(b"12345"), io.BytesIO(), covers, Spelling(Kind.TEXT, "utf-8"))


def test_covers_come_back_as_they_went_and_tell_disorder(tmp_path: Path) -> None:
    covers = Covers(str(tmp_path))
    given = [Cover(n, n + 3, "ü" * (n % 5)) for n in range(2_000)]
    for each in given:
        covers.add(each)
    assert (list(covers), covers.count, covers.is_ordered) == (given, 2_000, True)
    covers.add(Cover(5, 6, "x"))
    assert not covers.is_ordered
    covers.close()


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(
    ("kind", "delimiter", "raw", "shown", "found"),
    [
        (Kind.TEXT, "", "value", "v***e", "v***e"),
        (Kind.TEXT, "", '"value"', 'v"\\<>&;,\n\0e', '"v*********e"'),
        (Kind.TEXT, "", "one\r\n  two\n", "x", f"x\r\n  {STARS}\n"),
        (Kind.DELIMITED, ";", 'a;"b ""c"";d";e', "x;y", f'x*y;"{STARS} ""{STARS}"";{STARS}";{STARS}'),
        (Kind.YAML, "", "value", "***e", "x**e"),
        (Kind.XML, "", "a<b c='d'>e</b>", "x", f"x<b c='d'>{STARS}</b>"),
        (Kind.TEXT, "", "value", "", STARS),
    ],
)
def test_what_makes_the_structure_stays(
    kind: Kind, delimiter: str, raw: str, shown: str, found: str, codec: str
) -> None:
    assert Spelling(kind, codec, delimiter).covered(raw.encode(codec), shown).decode(codec) == found


def test_any_covers_leave_rows_and_cells_of_a_table() -> None:
    draw = random.Random(7)
    signs = ["a", "ü", " ", ",", '"', "\n", "\r\n", "1", "'"]
    for _ in range(300):
        rows = [["".join(draw.choices(signs, k=draw.randint(0, 6))) for _ in range(3)] for _ in range(5)]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        data = text.getvalue()
        places = sorted(draw.sample(range(len(data) + 1), 6))
        offsets = [len(data[:at].encode()) for at in places]
        covers = [Cover(start, end, 'x,"\ny') for start, end in zip(offsets[::2], offsets[1::2], strict=True)]
        found = copied(data.encode(), covers, Spelling(Kind.DELIMITED, "utf-8", ",")).decode()
        assert [found.count(sign) for sign in ',"\n'] == [data.count(sign) for sign in ',"\n']
        assert [len(row) for row in csv.reader(io.StringIO(found, newline=""))] == [
            len(row) for row in csv.reader(io.StringIO(data, newline=""))
        ]


def test_any_covers_leave_json_valid() -> None:
    draw = random.Random(7)
    values: list[object] = ['a"b\\c\n', "ü\u2028", 12.5, True, None, [1, {"k": "v"}], {"x": []}, "plain", -3e7]
    for _ in range(300):
        document = {draw.choice("abc") + str(n): draw.choice(values) for n in range(5)}
        data = json.dumps(document, ensure_ascii=draw.random() < 0.5, indent=draw.choice([None, 2])).encode()
        places = sorted(draw.sample(range(len(data) + 1), 6))
        covers = [Cover(start, end, 'x"\\y') for start, end in zip(places[::2], places[1::2], strict=True)]
        target = io.BytesIO()
        copy_json(io.BytesIO(data), target, apart(covers), Spelling(Kind.JSON, "utf-8"))
        assert len(json.loads(target.getvalue(), object_pairs_hook=list)) == len(document)


def test_tokens_are_the_file_however_it_is_read() -> None:
    data = b'\xef\xbb\xbf{"a\\"": [1, -2.5e3, "x//y"], // it\'s "c"\n/* " */ \'k\': true} "open \n{}'

    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(1)

    whole = [token if isinstance(token, bytes) else token.text for token in tokens(io.BytesIO(data))]
    slow = [token if isinstance(token, bytes) else token.text for token in tokens(Slow(data))]
    assert b"".join(whole) == b"".join(slow) == data
    assert [each for each in slow if each.strip()] == [each for each in whole if each.strip()]
