"""What one record of a stream holds: documents, text, or the reason why it was not read.

Records are compressed, framed and put together in the ways of their producers; what is inside is opened, and is told from its
content as files are. Sources: `aggregated`; https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/
(wire format); https://github.com/awslabs/aws-glue-schema-registry (its header);
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (gzip).
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from assay.errors import ReadError
from assay.formats.aggregated import is_aggregated, user_records
from assay.formats.decompress import decompressed
from assay.formats.encoding import Transcoder, detect
from assay.formats.kinds import Kind
from assay.formats.sniff import sniff

SCHEMA = "schema missing"
BINARY = "binary"
_HEAD = 64 * 1024
_LARGEST = 64 * 1024 * 1024
_DEEPEST = 3
_CONFLUENT = 5
_GLUE = 18
_GLUE_PLAIN, _GLUE_ZLIB = 0, 5
_DECODER = json.JSONDecoder()


def joined(data: bytes) -> bytes:
    """The records that a producer put together into one, a line each; any other record as it is."""
    if not is_aggregated(data):
        return data
    try:
        return b"".join(each.data.rstrip(b"\n") + b"\n" for each in user_records(data))
    except ValueError:
        return data


class Part(NamedTuple):
    """A record, or one of several that came together, with the key that it has inside: documents, or text of no structure of
    its own, or why there is neither (`skip`: by policy, `failed`: it should have been read)."""

    documents: tuple[Any, ...] = ()
    text: str | None = None
    skip: str | None = None
    failed: ReadError | None = None
    key: str | None = None


def parts(data: bytes, key: str | None = None, depth: int = 0) -> Iterator[Part]:
    """What a record holds. Anything gives at least one part; nothing is raised."""
    if is_aggregated(data):
        try:
            inner = user_records(data)
        except ValueError:
            yield Part(
                failed=ReadError("corrupt", "records that were put together by a producer are malformed"), key=key
            )
            return
        for each in inner:
            yield from parts(each.data, each.key, depth + 1)
        if not inner:
            yield Part(key=key)
        return
    documents = _documents(data)
    if documents is not None:
        yield Part(documents=documents, key=key)
        return
    try:
        framed = _framed(data)
        if framed is not None:
            yield Part(documents=framed, key=key)
            return
        kind = sniff(data[:_HEAD], "")
        if kind.is_compressed and depth < _DEEPEST:
            yield from parts(_inflated(io.BytesIO(data), kind), key, depth + 1)
        else:
            yield _told(data, kind)._replace(key=key)
    except ReadError as error:
        yield Part(failed=error, key=key)


def _told(data: bytes, kind: Kind) -> Part:
    """Text as it is; else why it is not read."""
    # Records hold a mail or a notebook as they are, without an envelope of their own.
    if kind.is_text or kind in (Kind.MAIL, Kind.MAILBOX, Kind.NOTEBOOK):
        text = Transcoder(detect(data[:_HEAD])).feed(data, final=True).decode("utf-8", "replace").removeprefix("\ufeff")
        documents = _documents(text.encode())  # JSON in another encoding
        return Part(text=text) if documents is None else Part(documents=documents)
    if kind.skip_reason is not None:
        return Part(skip=BINARY if kind is Kind.BINARY else kind.skip_reason)
    return Part(failed=ReadError("unsupported format", f"{kind} in a record cannot be read yet"))


def _documents(data: bytes) -> tuple[Any, ...] | None:
    """The JSON values that data consists of, one behind the other; those of a list one by one. `None` where it is no JSON."""
    begin = data[:64].lstrip()[:1]
    if begin not in (b"{", b"["):
        return None
    try:
        return _apart(orjson.loads(data))
    except orjson.JSONDecodeError:
        pass
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    found: list[Any] = []
    at = 0
    try:
        while at < len(text):
            value, at = _DECODER.raw_decode(text, at)
            if not isinstance(value, dict | list):
                return None
            found += _apart(value)
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
    except (ValueError, RecursionError):
        # A value that is cut, or text that only begins so: what is whole is documents, and the rest is looked at as it is.
        return (*found, text[at:]) if found else None
    return tuple(found)


def _apart(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) and value else (value,)


def _framed(data: bytes) -> tuple[Any, ...] | None:
    """JSON behind the header of a schema registry. Raises `ReadError` for what only the schema tells how to read; `None` where
    there is no such header."""
    if len(data) > _CONFLUENT and data[0] == 0 and (number := int.from_bytes(data[1:_CONFLUENT], "big")):
        documents = _documents(data[_CONFLUENT:])
        if documents is None:
            raise ReadError(SCHEMA, f"schema {number}")
        return documents
    if len(data) > _GLUE and data[0] == 3 and data[1] in (_GLUE_PLAIN, _GLUE_ZLIB):
        body = data[_GLUE:]
        if data[1] == _GLUE_ZLIB:
            try:
                body = zlib.decompressobj().decompress(body, _LARGEST)
            except zlib.error:
                return None
        documents = _documents(body)
        if documents is None:
            raise ReadError(SCHEMA, f"schema {data[2:10].hex()}…")
        return documents
    return None


def _inflated(data: io.BytesIO, kind: Kind) -> bytes:
    """Raises `ReadError` for what is damaged, or more than 64 MiB."""
    stream = decompressed(data, kind)
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := stream.read(_HEAD):
            pieces.append(piece)
            size += len(piece)
            if size > _LARGEST:
                raise ReadError("too large", f"a record has more than {_LARGEST // 1024**2} MiB when it is unpacked")
    except ReadError as error:
        if error.reason == "corrupt":
            raise ReadError("corrupt", f"{kind} data in a record is damaged or cut short") from None
        raise
    return b"".join(pieces)
