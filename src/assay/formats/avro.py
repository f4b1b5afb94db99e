"""Avro container files as tables (Apache Avro 1.12 specification, "Object Container Files").

The container is read here, so that every codec comes from one place and a block may not unfold without limit; its
records are decoded by fastavro. Records in records become columns `a.b`; arrays, maps and other unions JSON text.
"""

from __future__ import annotations

import bz2
import contextlib
import importlib
import io
import json
import lzma
import random
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple

import fastavro

from assay.errors import LimitError, ReadError
from assay.formats.avroschema import Schema
from assay.formats.content import Content
from assay.formats.rows import RowBatches
from assay.formats.sampled import pick, spread
from assay.model import TableInfo
from assay.ports import TableBatch

MAGIC = b"Obj\x01"
SYNC = 16
_MOST_BYTES = 256 * 1024 * 1024
_MOST_METADATA = 16 * 1024 * 1024
_BLOCKS = 32
# Records of no bytes at all are possible; more of them than this in one block are an attack and not data.
_EMPTY_RECORDS = 1_000_000
_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    StopIteration,
    OverflowError,
    MemoryError,
    AttributeError,
    AssertionError,
    RecursionError,
    OSError,
    zlib.error,
    lzma.LZMAError,
)


class Block(NamedTuple):
    """Where a block's data lies in the file, and how many records are in it."""

    offset: int
    size: int
    records: int


@contextlib.contextmanager
def open_avro(content: Content, resource: str, name: str) -> Iterator[AvroTable]:
    """The table in the file. Raises `ReadError`."""
    with content.open() as stream:
        try:
            if stream.read(4) != MAGIC:
                raise ReadError("corrupt", "no Avro file: its first bytes are others; restore it from a copy")
            metadata = _metadata(stream)
            sync = _exactly(stream, SYNC)
            codec = metadata.get(b"avro.codec", b"null").decode()
            schema = Schema(json.loads(metadata[b"avro.schema"]))
            fastavro.parse_schema(schema.raw)
        except (*_ERRORS, fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
            raise _broken(error, "its header is") from None
        decompress = _decompressor(codec)
        blocks, cut = _blocks(stream, sync)
        info = TableInfo(
            resource=resource,
            table=name,
            columns=tuple(column.info for column in schema.columns),
            rows=sum(block.records for block in blocks),
            rows_exact=cut is None,
        )
        yield AvroTable(info, stream, schema, blocks, decompress, cut, codec)


class AvroTable:
    """An Avro file that is open: a `TableReader`."""

    def __init__(
        self,
        info: TableInfo,
        stream: IO[bytes],
        schema: Schema,
        blocks: Sequence[Block],
        decompress: Callable[[bytes], bytes],
        cut: ReadError | None,
        codec: str,
    ) -> None:
        self.info = info
        self.schema = schema
        self.codec = codec
        self._stream = stream
        self._columns = schema.columns
        declared = json.dumps(schema.raw).encode()
        self._header = MAGIC + mapped({b"avro.schema": declared, b"avro.codec": b"null"}) + bytes(SYNC)
        self._records = _careful_reader() if schema.recursive else fastavro.reader
        self._blocks = blocks
        self._decompress = decompress
        self._cut = cut

    def read(self) -> Iterator[TableBatch]:
        failed = self._cut
        batches = RowBatches(len(self._columns))
        after = 1
        for block in self._blocks:
            after += block.records
            try:
                yield from batches.add(self._rows(block))
            except ReadError as error:
                failed = failed or error
                yield from batches.rest()
                batches.row = after
        yield from batches.rest()
        if failed is not None:
            raise failed

    def sample(self, rows: int, seed: int) -> TableBatch:
        draw = random.Random(seed)
        blocks = self._blocks
        if sum(block.records for block in blocks) > rows:
            blocks = spread(blocks, _BLOCKS, draw)
        found: list[Sequence[Any]] = []
        failed: ReadError | None = None
        for block, wanted in zip(blocks, pick([block.records for block in blocks], rows, draw), strict=True):
            kept = set(wanted)
            try:
                found.extend(row for index, row in enumerate(self._rows(block)) if index in kept)
            except ReadError as error:
                failed = error
        if failed is not None and not found:
            raise failed
        return RowBatches(len(self._columns)).one(found)

    def blocks(self) -> Iterator[list[Any]]:
        """The records of each block, without logical types. Raises `ReadError`."""
        for block in self._blocks:
            yield list(self._decoded(block))
        if self._cut is not None:
            raise self._cut

    def _rows(self, block: Block) -> Iterator[list[Any]]:
        """The rows of one block, their values in the order of the columns."""
        getters = [column.get for column in self._columns]
        for record in self._decoded(block):
            try:
                row = [get(record) for get in getters]
            except _ERRORS as error:
                raise _broken(error, "a block is") from None
            yield row

    def _decoded(self, block: Block) -> Iterator[Any]:
        try:
            self._stream.seek(block.offset)
            data = self._decompress(_exactly(self._stream, block.size))
            if block.records > max(len(data), _EMPTY_RECORDS):
                raise LimitError("too many records", f"{block.records:,} records in a block of {len(data):,} bytes")
            whole = io.BytesIO(self._header + long(block.records) + long(len(data)) + data + bytes(SYNC))
            yield from self._records(whole, handle_unicode_errors="replace")
        except _ERRORS as error:
            raise _broken(error, "a block is") from None


def _careful_reader() -> Any:
    """fastavro's reader in Python: records nested without end raise an error there, and end the process in the other."""
    return importlib.import_module("fastavro._read_py").reader


def _broken(error: BaseException, what: str) -> ReadError:
    if isinstance(error, MemoryError):
        return ReadError("too large", "a block would not fit into memory; write it in smaller blocks")
    return ReadError("corrupt", f"{what} damaged or cut short ({type(error).__name__}); restore it from a copy")


def _exactly(stream: IO[bytes], size: int) -> bytes:
    if not 0 <= size <= _MOST_BYTES:
        raise ValueError("a size that no writer uses")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("cut short")
    return data


def _varint(stream: IO[bytes]) -> int:
    """A `long`: zigzag, seven bits a byte."""
    value = shift = 0
    while True:
        byte = stream.read(1)
        if not byte:
            raise EOFError("cut short")
        value |= (byte[0] & 0x7F) << shift
        if not byte[0] & 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def long(value: int) -> bytes:
    """A number as the format writes it."""
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _metadata(stream: IO[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    total = 0
    while count := _varint(stream):
        if count < 0:
            _varint(stream)
        for _ in range(abs(count)):
            key = _exactly(stream, _varint(stream))
            found[key] = _exactly(stream, _varint(stream))
            total += len(key) + len(found[key])
            if total > _MOST_METADATA:
                raise ValueError("a header that no writer makes")
    return found


def mapped(entries: Mapping[bytes, bytes]) -> bytes:
    """A map of bytes as the format writes it."""
    parts = [long(len(entries))]
    for key, value in entries.items():
        parts += [long(len(key)), key, long(len(value)), value]
    return b"".join((*parts, b"\0"))


def _blocks(stream: IO[bytes], sync: bytes) -> tuple[list[Block], ReadError | None]:
    """All whole blocks, found by their sizes without reading them, and why there are no more."""
    found: list[Block] = []
    position = stream.tell()
    end = stream.seek(0, 2)
    while position < end:
        stream.seek(position)
        try:
            records, size = _varint(stream), _varint(stream)
            offset = stream.tell()
            if records < 0 or size < 0 or offset + size + SYNC > end:
                raise EOFError("cut short")
            stream.seek(offset + size)
            if stream.read(SYNC) != sync:
                raise ValueError("no end mark")
        except (EOFError, ValueError) as error:
            return found, _broken(error, f"after {len(found)} blocks it is")
        found.append(Block(offset, size, records))
        position = offset + size + SYNC
    return found, None


def _decompressor(codec: str) -> Callable[[bytes], bytes]:
    known: dict[str, Callable[[bytes], bytes]] = {
        "null": _same,
        "deflate": _deflate,
        "bzip2": _bzip2,
        "xz": _xz,
        "zstandard": _zstandard,
        "snappy": _snappy,
    }
    if codec not in known:
        raise ReadError(
            "unsupported format", "its blocks are compressed in a way that is not known; rewrite it plainly"
        )
    return known[codec]


def _same(data: bytes) -> bytes:
    return data


def _limited(data: bytes) -> bytes:
    if len(data) > _MOST_BYTES:
        raise LimitError("member too large", f"a block unfolds to more than {_MOST_BYTES:,} bytes")
    return data


def _deflate(data: bytes) -> bytes:
    return _limited(zlib.decompressobj(-15).decompress(data, _MOST_BYTES + 1))


def _bzip2(data: bytes) -> bytes:
    return _limited(bz2.BZ2Decompressor().decompress(data, _MOST_BYTES + 1))


def _xz(data: bytes) -> bytes:
    return _limited(lzma.LZMADecompressor().decompress(data, _MOST_BYTES + 1))


def _zstandard(data: bytes) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(data) as stream:
            return _limited(stream.read(_MOST_BYTES + 1))
    except zstandard.ZstdError as error:
        raise ValueError("no zstandard") from error


def _snappy(data: bytes) -> bytes:
    """Snappy, then a checksum of four bytes; its beginning says how long the content is."""
    try:
        import pyarrow as pa
    except ImportError:
        detail = "its blocks are compressed with snappy; pip install 'assay[tables]'"
        raise ReadError("unsupported format", detail) from None
    size = shift = 0
    for byte in data[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    if size > _MOST_BYTES:
        raise LimitError("member too large", f"a block unfolds to more than {_MOST_BYTES:,} bytes")
    plain: bytes = pa.Codec("snappy").decompress(data[:-4], size, asbytes=True)
    return plain
