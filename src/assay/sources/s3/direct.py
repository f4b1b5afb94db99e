"""GETs of objects without most of the AWS library, which takes a millisecond for each whatever its size.

The library makes the first request of a bucket. Where that was answered, the next ones go to the same place, in the same
words, signed here. A refusal that is S3's last word on an object is raised as the library does: nobody asks, and pays,
twice. Whatever else is no plain answer is left to the library, which asks again: it knows where a bucket is and when to try
again. It also makes all requests of the bucket from then on until it is answered again.
"""

from __future__ import annotations

import re
import threading
import zlib
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlsplit

from assay.aws.failures import refusals
from assay.aws.session import Session
from assay.aws.signature import EMPTY, authorization, moment_of
from assay.sources.s3.failures import is_final

OPERATION = "s3.GetObject"

_REFUSALS = range(400, 500)
_LONGEST_REFUSAL = 64 * 1024
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/([^/]+)/s3/aws4_request,")
# A request with another header than these says something that is not known here.
_KNOWN = frozenset(
    {
        "user-agent", "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-checksum-mode",
        "if-match", "range", "x-amz-request-payer", "x-amz-expected-bucket-owner", "amz-sdk-invocation-id", "amz-sdk-request",
        "accept-encoding", "host",
    }
)  # fmt: skip


class Place(NamedTuple):
    """Where objects of a bucket are, as the library found it."""

    origin: str
    host: str
    prefix: str
    """What a key follows in a path."""
    region: str
    agent: str
    sums: bool
    """Whether checksums are asked for."""


class Asked(NamedTuple):
    """What is wanted of an object."""

    bucket: str
    key: str
    version: str | None = None
    etag: str = ""
    span: str = ""
    """A range of bytes as HTTP has it; empty for all."""
    payer: str = ""
    owner: str = ""


class Answer:
    """An object on its way. Reading raises `OSError` where it breaks off."""

    def __init__(self, answer: Any, expected: int | None) -> None:
        self._answer = answer
        self._expected = expected
        self._sum = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def etag(self) -> str:
        return str(self._answer.headers.get("ETag", ""))

    def read(self, size: int) -> bytes:
        from urllib3.exceptions import HTTPError

        try:
            data: bytes = self._answer.read(size, decode_content=False)
        except HTTPError:
            raise OSError from None
        if self._expected is not None:
            self._sum = zlib.crc32(data, self._sum)
            if not data and self._sum != self._expected:
                raise BadSumError
        return data

    def close(self) -> None:
        """Gives the connection back, or closes it where not all was read."""
        if self._answer.length_remaining:
            self._answer.close()
        self._answer.release_conn()


class BadSumError(Exception):
    """What came is not what its checksum says."""


class Direct:
    """GETs by one session, from several threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[str, Place] = {}
        self._pools: dict[str, Any] = {}
        self._seen = threading.local()
        self._lock = threading.Lock()
        # The event of botocore that has a request as it is sent.
        session.client("s3").meta.events.register("before-send.s3.GetObject", self._watch)

    def get(self, asked: Asked, length: int) -> Answer | None:
        """The object, or `None` where the library has to be asked.

        Raises `AwsError` for a call that is not declared, and one of `refusals` where asking again would not help.
        """
        place = self._places.get(asked.bucket)
        if place is None:
            return None
        self._session.passes(OPERATION)
        answer = self._sent(place, asked)
        if answer is not None:
            if answer.status == (206 if asked.span else 200) and answer.headers.get("Content-Length") == str(length):
                return Answer(answer, None if asked.span else _sum_of(answer.headers))
            refusal = _refusal_of(answer) if answer.status in _REFUSALS else None
            if answer.length_remaining != 0:
                answer.close()
            answer.release_conn()
            if refusal is not None and is_final(refusal):
                raise refusal
        self._places.pop(asked.bucket, None)
        return None

    def forget(self, bucket: str) -> None:
        """Has the library make the next request of a bucket."""
        self._places.pop(bucket, None)

    def learn(self, bucket: str, key: str) -> None:
        """Keeps where a bucket is: the library's request of this thread, for this key, was answered."""
        request = getattr(self._seen, "request", None)
        self._seen.request = None
        if bucket not in self._places and request is not None:
            place = place_of(request.url, request.headers, key)
            if place is not None and self._pool(place.origin) is not None:
                self._places[bucket] = place

    def _watch(self, request: Any, **_: Any) -> None:
        self._seen.request = request

    def _sent(self, place: Place, asked: Asked) -> Any:
        from urllib3.exceptions import HTTPError

        path = place.prefix + quote(asked.key.encode(), safe="/-._~")
        query = "" if asked.version is None else f"versionId={quote(asked.version, safe='-._~')}"
        try:
            headers = self._headers(place, asked, path, query)
            return self._pool(place.origin).urlopen(
                "GET", f"{path}?{query}" if query else path, headers=headers, retries=False, redirect=False,
                preload_content=False, decode_content=False,
            )  # fmt: skip
        except (HTTPError, OSError, UnicodeError):
            return None
        except refusals():
            return None  # of credentials that cannot be renewed

    def _headers(self, place: Place, asked: Asked, path: str, query: str) -> dict[str, str]:
        keys = self._session.credentials()
        headers = {"host": place.host, "x-amz-date": moment_of(datetime.now(UTC)), "x-amz-content-sha256": EMPTY}
        said = (
            ("x-amz-security-token", keys.token),
            ("x-amz-checksum-mode", "ENABLED" if place.sums else ""),
            ("if-match", asked.etag),
            ("range", asked.span),
            ("x-amz-request-payer", asked.payer),
            ("x-amz-expected-bucket-owner", asked.owner),
        )
        headers |= {name: value for name, value in said if value}
        headers["authorization"] = authorization(
            path=path, query=query, headers=headers, access_key=keys.access_key, secret_key=keys.secret_key,
            region=place.region, service="s3",
        )  # fmt: skip
        headers["user-agent"] = place.agent
        return headers

    def _pool(self, origin: str) -> Any:
        """Connections to a host; `None` where they lead through a proxy."""
        with self._lock:
            if origin not in self._pools:
                self._pools[origin] = self._session.connections(origin)
            return self._pools[origin]


def place_of(url: str, headers: Any, key: str) -> Place | None:
    """Where a bucket is, by a request for one of its objects; `None` where it is not made as requests are made here."""
    said = {
        str(name).lower(): value.decode() if isinstance(value, bytes) else str(value) for name, value in headers.items()
    }
    signed = _SIGNED.match(said.get("authorization", ""))
    parts = urlsplit(url)
    end = "/" + quote(key.encode("utf-8", "surrogatepass"), safe="/-._~")
    if signed is None or not said.keys() <= _KNOWN or not parts.path.endswith(end):
        return None
    return Place(
        origin=f"{parts.scheme}://{parts.netloc}",
        host=said.get("host", parts.netloc),
        prefix=parts.path[: len(parts.path) - len(end) + 1],
        region=signed.group(1),
        agent=said.get("user-agent", ""),
        sums="x-amz-checksum-mode" in said,
    )


def _refusal_of(answer: Any) -> Exception | None:
    """What S3 says in place of an object, as the library would raise it; `None` where it says nothing that can be read."""
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError, create_parser
    from urllib3.exceptions import HTTPError

    try:
        body = answer.read(_LONGEST_REFUSAL, decode_content=False)
        told = create_parser("rest-xml").parse(
            {"status_code": answer.status, "headers": answer.headers, "body": body}, None
        )
    except (HTTPError, OSError, ResponseParserError):
        return None
    # Where the body names no code, the library puts the status in its place.
    code = str(told.get("Error", {}).get("Code", ""))
    return ClientError(told, OPERATION.partition(".")[2]) if code and not code.isdigit() else None


def _sum_of(headers: Any) -> int | None:
    """The CRC-32 of a whole object, where S3 tells it."""
    import base64
    import binascii

    told = headers.get("x-amz-checksum-crc32")
    if told is None or "-" in told or headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return None
    try:
        return int.from_bytes(base64.b64decode(told, validate=True), "big")
    except binascii.Error:
        return None
