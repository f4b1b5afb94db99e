"""Streams of objects: the same bytes as in memory, with few requests and little memory; addresses."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ReadError, UsageError
from assay.sources.s3.address import etag_of, parse, token_of, uri_of
from assay.sources.s3.stream import MOST, RangedStream

DATA = bytes(range(256)) * 120_000


class Counting:
    """Gives ranges of `DATA`, and notes which."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, length: int) -> bytes:
        assert start >= 0
        assert 0 < length <= len(DATA) - start
        self.asked.append((start, length))
        return DATA[start : start + length]


PLACES = st.integers(0, len(DATA) + 10)


@given(st.lists(st.tuples(PLACES, st.sampled_from([io.SEEK_SET, io.SEEK_CUR]), st.integers(-1, 3_000_000)), max_size=8))
def test_what_is_read_is_what_is_there(steps: list[tuple[int, int, int]]) -> None:
    stream, wanted = RangedStream(Counting(), len(DATA)), io.BytesIO(DATA)
    for offset, whence, size in steps:
        assert stream.seek(offset, whence) == wanted.seek(offset, whence)
        assert stream.read(size) == wanted.read(size)
        assert stream.tell() == wanted.tell()


def test_reading_on_takes_few_requests_and_each_byte_once() -> None:
    get = Counting()
    with ThreadPoolExecutor(2) as pool, RangedStream(get, len(DATA), pool) as stream:
        pieces = []
        while piece := stream.read(65_536):
            pieces.append(piece)
    assert b"".join(pieces) == DATA
    assert sum(length for _, length in get.asked) == len(DATA)
    assert len(get.asked) <= 3 + len(DATA) // MOST


def test_columns_side_by_side_are_fetched_once_each() -> None:
    get = Counting()
    stream = RangedStream(get, len(DATA))
    starts = range(0, len(DATA), len(DATA) // 6)
    for step in range(0, 4_000_000, 500_000):
        for start in starts:
            stream.seek(start + step)
            assert stream.read(500_000) == DATA[start + step : start + step + 500_000]
    assert sum(length for _, length in get.asked) < 1.4 * len(DATA)


def test_reading_at_the_end_fetches_little() -> None:
    get = Counting()
    stream = RangedStream(get, len(DATA))
    stream.seek(-8, io.SEEK_END)
    assert stream.read() == DATA[-8:]
    assert get.asked == [(len(DATA) - 8, 8)]
    with pytest.raises(ValueError, match="before the beginning"):
        stream.seek(-1)


def test_an_error_comes_where_it_is_read() -> None:
    def fails(start: int, length: int) -> bytes:
        if start:
            raise ReadError("throttled", "later")
        return DATA[:length]

    with ThreadPoolExecutor(1) as pool:
        stream = RangedStream(fails, len(DATA), pool)
        assert stream.read(1_000) == DATA[:1_000]
        with pytest.raises(ReadError, match="throttled"):
            stream.read()


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80),
    st.one_of(st.none(), st.text("abcXYZ0-9._~", min_size=1)),
)
def test_a_uri_names_its_object_again(key: str, version: str | None) -> None:
    uri = uri_of("bucket", key, version)
    assert uri.isascii()
    assert "\n" not in uri
    assert " " not in uri
    found = parse(uri) if not (version and key.endswith(("/", "*"))) else None
    if found is not None and not key.endswith(("/", "*")):
        assert (found.bucket, found.key, found.version, found.is_open) == ("bucket", key, version, False)


@pytest.mark.parametrize(
    ("target", "key", "is_open", "below"),
    [
        ("s3://b-1", "", False, ""),
        ("s3://b-1/", "", False, ""),
        ("S3://b-1/data", "data", False, "data/"),
        ("s3://b-1/data/", "data/", True, "data/"),
        ("s3://b-1/2026-*", "2026-", True, "2026-"),
        ("s3://b-1//lead", "/lead", False, "/lead/"),
        ("s3://b-1/a%2Fb%20c+d", "a/b c+d", False, "a/b c+d/"),
        ("s3://b-1/50%", "50%", False, "50%/"),
    ],
)
def test_targets(target: str, key: str, is_open: bool, below: str) -> None:
    found = parse(target)
    assert (found.bucket, found.key, found.is_open, found.below) == ("b-1", key, is_open, below)


@pytest.mark.parametrize("target", ["s3://", "s3:///key", "s3://a b/c", "s3://b-1/" + "x" * 1025, "s3://b-1/k#1"])
def test_what_is_no_target(target: str) -> None:
    with pytest.raises(UsageError):
        parse(target)


def test_tokens() -> None:
    token = token_of(12, "v:1", '"abc:d-2"')
    assert etag_of(token) == '"abc:d-2"'
    assert token != token_of(12, None, '"abc:d-2"')
