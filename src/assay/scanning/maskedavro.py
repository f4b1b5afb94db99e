"""A masked copy of an Avro file: the same schema and records; what a sensitive field holds is replaced.

Records are written as they are stored, without logical types, so that dates no library knows stay what they are.
"""

from __future__ import annotations

import io
import json
import secrets
import zlib
from collections.abc import Callable, Mapping
from typing import IO, Any

import fastavro

from assay.errors import ReadError
from assay.formats.avro import MAGIC, SYNC, long, mapped, open_avro
from assay.formats.avroschema import Schema, is_record, is_recursive, resolved
from assay.formats.content import Content
from assay.scanning.masked import Columns
from assay.scanning.maskedplaces import places

_ERRORS = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)


def copy_avro(source: IO[bytes], target: str, columns: Columns) -> None:
    """Copies `source` to the file at the path `target`. Notes of other programs in its header are left out. Raises `ReadError`."""
    with open_avro(Content(file=source), "", "") as table, open(target, "wb") as copy:
        schema = table.schema
        names = [column.info.name for column in schema.columns]
        sensitive = {names[at]: identifier for at, identifier in places(names, columns).items()}
        masking = _Masking(schema, sensitive, columns.value)
        codec, packed = _PACKED.get(table.codec, ("deflate", _deflated))
        sync = secrets.token_bytes(SYNC)
        declared = json.dumps(schema.declared, ensure_ascii=False).encode()
        copy.write(MAGIC + mapped({b"avro.schema": declared, b"avro.codec": codec.encode()}) + sync)
        try:
            parsed = fastavro.parse_schema(schema.raw)
            for records in table.blocks():
                block = io.BytesIO()
                for record in records:
                    fastavro.schemaless_writer(block, parsed, masking.record(record))
                data = packed(block.getvalue())
                copy.write(long(len(records)) + long(len(data)) + data + sync)
        except _ERRORS as error:
            raise ReadError("not copied", f"its records could not be written again: {type(error).__name__}") from None


class _Masking:
    def __init__(self, schema: Schema, sensitive: Mapping[str, str], shown: Callable[[str, str], str]) -> None:
        self._schema = schema
        self._sensitive = sensitive
        self._shown = shown

    def record(self, value: Any) -> Any:
        """What is written for a record, or for whatever else the file is made of."""
        declared = self._schema.declared
        if is_record(declared):
            return self._fields(value, declared, "")
        identifier = self._sensitive.get("value")
        return value if identifier is None else self._replaced(value, declared, identifier)

    def _fields(self, value: Any, record: Mapping[str, Any], prefix: str) -> Any:
        made = dict(value)
        for field in record["fields"]:
            name, key = f"{prefix}{field['name']}", field["name"]
            identifier = self._sensitive.get(name)
            inner = resolved(field["type"], self._schema.names)
            if identifier is not None:
                made[key] = self._replaced(value[key], field["type"], identifier)
            elif isinstance(value[key], dict) and is_record(inner) and not is_recursive(inner, self._schema.names):
                made[key] = self._fields(value[key], inner, f"{name}.")
        return made

    def _replaced(self, value: Any, schema: Any, identifier: str) -> Any:
        """Text is shown, lists and maps are emptied, all else becomes null."""
        if value is None or value in ("", b""):
            return value
        inner = resolved(schema, self._schema.names)
        branches = inner.get("branches", [inner]) if isinstance(inner, dict) else [inner]
        plain = [resolved(branch, self._schema.names) for branch in branches]
        if isinstance(value, str) and any(each.get("type") == "string" and "logicalType" not in each for each in plain):
            return self._shown(identifier, value)
        if isinstance(schema, list) and any(branch in ("null", {"type": "null"}) for branch in schema):
            return None
        if isinstance(value, list):
            return []
        if isinstance(value, bytes) and any(each.get("type") == "bytes" for each in plain):
            return b""
        if isinstance(value, dict):
            record = next((each for each in plain if is_record(each)), None)
            if record is None:
                return {}
            return {
                field["name"]: self._replaced(value[field["name"]], field["type"], identifier)
                for field in record["fields"]
            }
        raise ReadError("not copied", f"has a sensitive column of {plain[0].get('type')} that may not be null")


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _zstandard(data: bytes) -> bytes:
    import zstandard  # as for reading

    return zstandard.ZstdCompressor().compress(data)


_PACKED: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "null": ("null", bytes),
    "zstandard": ("zstandard", _zstandard),
}
