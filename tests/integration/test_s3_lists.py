"""Lists and objects that no emulator has: restored copies, lists that break off, objects of 50 GB."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

import assay
from assay.model import Classification, Finding, Gap, Skip

ETAG = '"9dd4e461268c8034f5c8564e155c67a6"'
_ITEM = "<Contents><Key>{key}</Key><ETag>{etag}</ETag><Size>{size}</Size><StorageClass>{storage}</StorageClass>{more}</Contents>"
_LIST = '<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType>{items}<IsTruncated>{more}</IsTruncated>{token}</ListBucketResult>'
SECRET = b"\nThe SSN is 512-44-7100\n"


class Store:
    """A bucket that answers what a test lays down. `asked` are the ranges of objects that were asked for."""

    def __init__(self) -> None:
        self.items = ""
        self.more = "false"
        self.token = ""
        self.size = 0
        self.begin = b""
        self.asked: list[tuple[int, int]] = []
        self.headers: list[str] = []

    def holds(self, key: str, size: int, storage: str = "STANDARD", more: str = "") -> None:
        self.items += _ITEM.format(key=key, etag=ETAG.replace('"', "&quot;"), size=size, storage=storage, more=more)
        self.size = size

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(path)
        if "list-type" in parse_qs(parts.query):
            self.headers.append(headers.get("x-amz-optional-object-attributes", ""))
            return 200, {}, _LIST.format(items=self.items, more=self.more, token=self.token).encode()
        low, _, high = headers.get("range", f"bytes=0-{self.size - 1}").removeprefix("bytes=").partition("-")
        start, length = int(low), int(high) + 1 - int(low)
        self.asked.append((start, length))
        filler = (self.begin if start == 0 else b"") + b"a line of text\n" * (length // 15 + 1)
        place = 15_000 + len(self.begin if start == 0 else b"")
        body = (filler[: place - 1] + SECRET + filler[place:])[:length]
        return (206 if "range" in headers else 200), {"ETag": ETAG}, body


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    made = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            given = {name.lower(): value for name, value in self.headers.items()}
            status, headers, body = made.answer(self.path, given)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    yield made
    server.shutdown()


def test_a_restored_copy_is_read(store: Store) -> None:
    ongoing = "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>"
    restored = (
        "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>"
        "<RestoreExpiryDate>2027-01-01T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>"
    )
    store.holds("asleep", 100, "GLACIER", ongoing)
    store.holds("awake", 20_000, "DEEP_ARCHIVE", restored)
    found = list(assay.scan("s3://bucket", jobs=1))
    assert [record.resource for record in found if isinstance(record, Skip)] == ["s3://bucket/asleep"]
    assert {record.resource for record in found if isinstance(record, Finding)} == {"s3://bucket/awake"}
    assert store.headers == ["RestoreStatus"]


@pytest.mark.parametrize("token", ["", "<NextContinuationToken></NextContinuationToken>"])
def test_a_list_that_does_not_say_how_it_goes_on_is_a_gap(store: Store, token: str) -> None:
    store.holds("a", 0)
    store.more, store.token = "true", token
    found = list(assay.scan("s3://bucket", jobs=1))
    assert [record.reason for record in found if isinstance(record, Gap)] == ["incomplete list"]


def test_a_list_that_goes_round_in_circles_ends(store: Store) -> None:
    store.holds("a", 0)
    store.more, store.token = "true", "<NextContinuationToken>again</NextContinuationToken>"
    found = list(assay.scan("s3://bucket", jobs=1))
    assert [record.reason for record in found if isinstance(record, Gap)] == ["incomplete list"]


SIZE = 50_000_000_000


def test_of_an_object_of_50_gb_three_regions_are_fetched_for_a_sample(store: Store) -> None:
    store.holds("logs/huge.log", SIZE)
    found = list(assay.scan("s3://bucket", jobs=1, sample=10.0))
    assert len([record for record in found if isinstance(record, Finding)]) == 3
    (level,) = [record for record in found if isinstance(record, Classification)]
    assert level.coverage.bytes_read == 3 * 512 * 1024
    assert level.coverage.bytes_total == SIZE
    assert len(store.asked) == 3
    assert sum(length for _, length in store.asked) < 3_000_000


def test_of_an_object_of_50_gb_that_is_no_text_only_the_beginning_is_fetched(store: Store) -> None:
    store.holds("film.mp4", SIZE)
    store.begin = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
    found = list(assay.scan("s3://bucket", jobs=1))
    assert [record.resource for record in found if isinstance(record, Skip)] == ["s3://bucket/film.mp4"]
    assert sum(length for _, length in store.asked) < 5_000_000
