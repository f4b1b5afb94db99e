"""Payloads of streams: JSON however it is laid out, CSV, text, compressed, framed, put together; and what is none of it."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import zlib
from typing import Any

import pytest

from assay.formats.aggregated import is_aggregated, user_records
from assay.formats.payload import parts
from assay.formats.records import Record, Records

CELL = 1_000
AGGREGATED = (
    "84mawgoFZmlyc3QKBnNlY29uZBInMzQwMjgyMzY2OTIwOTM4NDYzNDYzMzc0NjA3NDMxNzY4MjExNDU1Gg4IABAAGgh7Im4iOiAx"
    "fRoMCAEaCHsibiI6IDJ9y8I4aZtsbbqIiVm2UPq21g=="
)


def table(*payloads: bytes | None, **about: Any) -> dict[str, list[str | None]]:
    batch = Records().batch([Record(payload, about) for payload in payloads], CELL)
    return {info.name: list(column) for info, column in zip(batch.infos or (), batch.columns, strict=True)}


def aggregated(*records: tuple[str, bytes]) -> bytes:
    """As the producers' library writes them."""

    def field(number: int, data: bytes) -> bytes:
        return varint(number << 3 | 2) + varint(len(data)) + data

    def varint(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            out += bytes([value & 0x7F | 0x80])
            value >>= 7
        return out + bytes([value])

    keys = sorted({key for key, _ in records})
    message = b"".join(field(1, key.encode()) for key in keys)
    for key, data in records:
        message += field(3, varint(1 << 3) + varint(keys.index(key)) + field(3, data))
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message, usedforsecurity=False).digest()


def test_json_objects_become_rows_and_their_fields_columns() -> None:
    assert table(b'{"a": {"b": 1}, "c": ["x", "y"]}', b' {"a": {"b": 2.5}}\n') == {
        "a.b": ["1", "2.5"],
        "c[]": ["x", "y"],
    }


@pytest.mark.parametrize(
    "payload",
    [
        b'{"n": 1}\n{"n": 2}\n',
        b'{"n": 1}{"n": 2}',
        b'{"n": 1},\n{"n": 2}',
        b'[{"n": 1}, {"n": 2}]',
        gzip.compress(b'{"n": 1}\n{"n": 2}', mtime=0),
        bz2.compress(gzip.compress(b'{"n": 1}{"n": 2}', mtime=0)),
        '{"n": 1}{"n": 2}'.encode("utf-16"),
    ],
)
def test_several_documents_in_one_record_are_several_rows(payload: bytes) -> None:
    assert table(payload) == {"n": ["1", "2"]}


def test_what_is_whole_before_a_cut_is_read_and_the_rest_is_looked_at_as_it_is() -> None:
    found = table(b'{"n": 1}{"mail": "wren.halloway@posteo.de", "no')
    assert found["n"] == ["1", None]
    assert found["value"][1] == '{"mail": "wren.halloway@posteo.de", "no'


def test_one_line_a_record_is_told_as_a_table_from_many() -> None:
    rows = [f"c{number},wren{number}@posteo.de,{number * 7}".encode() for number in range(8)]
    assert set(table(*rows)) == {"column_1", "column_2", "column_3"}
    named = table(b"id,email,amount", *rows)
    assert (named["email"][0], len(named["email"])) == ("wren0@posteo.de", 8)
    whole = table(*[b"id,email,amount\n" + b"\n".join(rows[:3])] * 2)
    assert whole["id"] == ["c0", "c1", "c2"] * 2


def test_text_is_a_value_of_each_record() -> None:
    lines = [b"login of wren from 10.0.0.1", "Zahlung \u2013 f\xe4llig".encode(), b"caf\xe9 au lait", b""]
    assert table(*lines)["value"] == ["login of wren from 10.0.0.1", "Zahlung \u2013 f\xe4llig", "caf\xe9 au lait", ""]


def test_what_a_stream_has_besides_stands_beside_each_row() -> None:
    found = table(b'[{"n": 1}, {"n": 2}]', None, **{"(key)": "k1"})
    assert found == {"(key)": ["k1", "k1", "k1"], "n": ["1", "2", None], "value": [None, None, None]} or found == {
        "(key)": ["k1", "k1", "k1"],
        "n": ["1", "2", None],
        "value": [None, None, None][: len(found["value"])],
    }


class TestPutTogether:
    def test_each_record_is_one_with_its_own_key(self) -> None:
        data = aggregated(("p", b'{"n": 1}'), ("q", gzip.compress(b'{"n": 2}', mtime=0)), ("p", b'{"n": 3}'))
        assert is_aggregated(data)
        assert table(data) == {"(key)": ["p", "q", "p"], "n": ["1", "2", "3"]}

    def test_a_record_of_the_library_itself(self) -> None:
        # Written by aws-kinesis-agg 1.2.3: two records, one of them with an explicit hash key.
        data = base64.b64decode(AGGREGATED)
        assert [(each.key, json.loads(each.data)) for each in user_records(data)] == [
            ("first", {"n": 1}),
            ("second", {"n": 2}),
        ]

    def test_another_digest_is_no_aggregate(self) -> None:
        data = aggregated(("p", b'{"n": 1}'))
        assert not is_aggregated(data[:-1] + b"\0")
        assert not is_aggregated(data[:10])

    @pytest.mark.parametrize(
        "message", [b"\x1a\xff", b"\x1a\x02\x08\x05", b"\x0b", b"\xff" * 12, b"\x1a\x04\x1a\x02\x08"]
    )
    def test_malformed_ones_are_told(self, message: bytes) -> None:
        data = b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message, usedforsecurity=False).digest()
        (part,) = parts(data)
        assert part.failed is not None
        assert part.failed.reason == "corrupt"


class TestSchemaRegistries:
    def test_json_behind_a_header_is_read(self) -> None:
        confluent = b"\0\0\0\0\x07" + b'{"n": 1}'
        glue = b"\3\0" + bytes(range(16)) + b'{"n": 2}'
        packed = b"\3\5" + bytes(range(16)) + zlib.compress(b'{"n": 3}')
        assert table(confluent, glue, packed) == {"n": ["1", "2", "3"]}

    def test_what_needs_its_schema_is_a_gap_that_names_it(self) -> None:
        records = Records()
        avro = [b"\0\0\0\0" + bytes([number]) + b"\x02\x0ewren\x00\x10" for number in (7, 7, 9, 11, 12, 13)]
        batch = records.batch([Record(data) for data in avro], CELL)
        assert batch.rows == 6
        assert records.missed == {
            "schema missing": "6 records can be read with their schema only (schema 7, schema 9, schema 11 and 2 more): Avro or "
            "Protocol Buffers of a schema registry cannot be read yet"
        }


def test_what_is_no_text_is_counted_and_what_is_damaged_is_told() -> None:
    records = Records()
    payloads = [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"".join(hashlib.sha512(bytes([n])).digest() for n in range(8)),
        gzip.compress(b'{"n": 1}' * 50, mtime=0)[:-12],
        b"7z\xbc\xaf\x27\x1c\0\4" + bytes(60),
    ]
    assert records.batch([Record(data) for data in payloads], CELL).rows == 4
    assert dict(records.left_out) == {"image": 1, "binary": 1}
    assert set(records.missed) == {"corrupt", "unsupported format"}


def test_a_bomb_is_told_and_not_unpacked() -> None:
    (part,) = parts(gzip.compress(bytes(80 * 1024 * 1024), mtime=0))
    assert part.failed is not None
    assert part.failed.reason == "too large"


@pytest.mark.parametrize(
    "payload", [b"[" * 200_000, b'{"a":' * 5_000, b"{", b"[]", b"{}", b"\0", b"\0\0\0\0\0", b"\3\5" + b"x" * 30]
)
def test_anything_gives_a_row(payload: bytes) -> None:
    assert Records().batch([Record(payload)], CELL).rows == 1


def test_long_values_are_cut_and_it_is_told() -> None:
    batch = Records().batch([Record(json.dumps({"a": "x" * 3_000, "b": "y"}).encode())], CELL)
    assert [len(column[0] or "") for column in batch.columns] == [CELL, 1]
    assert batch.cut == {0: CELL}


def test_a_record_shows_nothing() -> None:
    assert "512-44-7100" not in repr(Record(b"512-44-7100", {"(key)": "512-44-7100"}))
