"""An Avro schema → columns, and what turns each value into text.

Logical types are read here and not by the library, which knows no year after 9999 and fails at the whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from assay.model import ColumnInfo, ValueKind

Get = Callable[[Any], Any]
Names = Mapping[str, Any]

_DEPTH = 32
_NESTED = 64
_MOST_COLUMNS = 20_000
_PRIMITIVE = {
    "null": ValueKind.OTHER,
    "boolean": ValueKind.BOOLEAN,
    "int": ValueKind.INTEGER,
    "long": ValueKind.INTEGER,
    "float": ValueKind.FLOAT,
    "double": ValueKind.FLOAT,
    "bytes": ValueKind.BINARY,
    "string": ValueKind.TEXT,
    "fixed": ValueKind.BINARY,
    "enum": ValueKind.ENUM,
    "array": ValueKind.ARRAY,
    "map": ValueKind.JSON,
    "record": ValueKind.JSON,
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # of local timestamps too
_DAYS = date(1970, 1, 1).toordinal()
_UNITS = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}


class Column(NamedTuple):
    """A column and how its value is taken from a record."""

    info: ColumnInfo
    get: Get


class Schema:
    """A file's schema, read. Raises `ValueError` (and `KeyError`, `TypeError`) for a bad one.

    `columns` are those of its record, or a single `value` where it is none. `raw` is the schema without logical types, `declared` as it
    was written, `names` has its named types.
    `recursive` says that a record may hold itself, so that a few bytes nest as deep as they like.
    """

    def __init__(self, declared: Any) -> None:
        self.names: dict[str, Any] = {}
        self.declared = declared
        self._memo: dict[int, Get] = {}
        _collect(declared, self.names, "", 0)
        self.recursive = any(is_recursive(named, self.names) for named in self.names.values() if is_record(named))
        if is_record(declared):
            found = list(islice(self._fields(declared, "", (), 0), _MOST_COLUMNS + 1))
        else:
            found = [Column(_info("value", declared, "", self.names), self._value_of(declared))]
        if len(found) > _MOST_COLUMNS:
            raise ValueError("more columns than are read")
        self.columns = found
        self.raw = self._raw(declared)

    def _fields(self, record: Mapping[str, Any], prefix: str, path: tuple[str, ...], depth: int) -> Iterator[Column]:
        for field in record["fields"]:
            inner = resolved(field["type"], self.names)
            name = f"{prefix}{field['name']}"
            here = (*path, str(field["name"]))
            flat = is_record(inner) and inner["fields"] and depth < _DEPTH and not is_recursive(inner, self.names)
            if flat:
                yield from self._fields(inner, f"{name}.", here, depth + 1)
            else:
                info = _info(name, field["type"], field.get("doc"), self.names)
                yield Column(info, _reading(here, self._value_of(inner)))

    def _raw(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self._raw(branch) for branch in schema]
        if not isinstance(schema, dict):
            return schema
        if schema.get("type") == "array" and _sizeless(schema.get("items"), self.names, 0):
            raise ValueError("items of no size, of which a few bytes can declare any number")
        raw = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
        for key in ("type", "items", "values"):
            if key in raw:
                raw[key] = self._raw(raw[key])
        if "fields" in raw:
            raw["fields"] = [self._raw(field) for field in raw["fields"]]
        return raw

    def _value_of(self, schema: Any) -> Get:
        """What makes a value that `as_text` can write of one that was decoded without logical types."""
        plain = resolved(schema, self.names)
        if not isinstance(plain, dict):
            return _same
        kind, logical = plain.get("type"), plain.get("logicalType")
        if isinstance(logical, str) and (convert := _logical(str(kind), logical, plain)) is not None:
            return lambda value: None if value is None else convert(value)
        if kind == "array":
            item = self._value_of(plain["items"])
            return _same if item is _same else lambda value: value and [item(part) for part in value]
        if kind == "map":
            entry = self._value_of(plain["values"])
            return _same if entry is _same else lambda value: value and {key: entry(it) for key, it in value.items()}
        return self._record(plain) if kind == "record" else _same

    def _record(self, plain: Mapping[str, Any]) -> Get:
        if id(plain) not in self._memo:
            parts: dict[str, Get] = {}
            # Known before its fields are: they may hold the record itself.
            self._memo[id(plain)] = lambda value: value and {key: parts[key](it) for key, it in value.items()}
            parts.update((field["name"], self._value_of(field["type"])) for field in plain["fields"])
        return self._memo[id(plain)]


_LEFT_OUT = frozenset({"logicalType", "precision", "scale", "default", "doc"})


def _sizeless(schema: Any, names: Names, depth: int) -> bool:
    """Whether a value takes no byte at all."""
    plain = names.get(schema, {"type": schema}) if isinstance(schema, str) else schema
    if not isinstance(plain, dict):
        return False
    if is_record(plain):
        return depth < _DEPTH and all(_sizeless(field["type"], names, depth + 1) for field in plain["fields"])
    if isinstance(plain.get("type"), dict):
        return _sizeless(plain["type"], names, depth + 1)
    return plain.get("type") == "null" or (plain.get("type") == "fixed" and not plain.get("size"))


def is_record(schema: Any) -> bool:
    """Whether it declares a record."""
    return isinstance(schema, dict) and schema.get("type") in ("record", "error")


def _full(schema: Mapping[str, Any], space: str) -> str:
    name = str(schema.get("name", ""))
    space = str(schema.get("namespace", space) or "")
    return name if "." in name or not space else f"{space}.{name}"


def _collect(schema: Any, names: dict[str, Any], space: str, depth: int) -> None:
    """Named types, by their full and their short names."""
    if depth > _NESTED:
        raise ValueError("a schema nested too deep")
    if isinstance(schema, list):
        for branch in schema:
            _collect(branch, names, space, depth + 1)
    elif isinstance(schema, dict):
        if schema.get("type") in ("record", "error", "enum", "fixed"):
            full = _full(schema, space)
            names[full] = names[str(schema.get("name", ""))] = schema
            space = full.rpartition(".")[0]
        for key in ("type", "items", "values"):
            if isinstance(schema.get(key), dict | list):
                _collect(schema[key], names, space, depth + 1)
        for field in schema.get("fields", ()):
            _collect(field["type"], names, space, depth + 1)


def resolved(schema: Any, names: Names) -> Any:
    """A named type by its declaration, a nullable one without its null."""
    if isinstance(schema, str):
        found = names.get(schema) or names.get(schema.rpartition(".")[2])
        return found if found is not None and schema not in _PRIMITIVE else {"type": schema}
    if isinstance(schema, list):
        branches = [branch for branch in schema if branch not in ("null", {"type": "null"})]
        return resolved(branches[0], names) if len(branches) == 1 else {"type": "union", "branches": branches}
    if isinstance(schema, dict) and isinstance(schema.get("type"), dict | list):
        return resolved(schema["type"], names)
    if isinstance(schema, dict) and isinstance(schema.get("type"), str) and schema["type"] not in _PRIMITIVE:
        return names.get(schema["type"], schema)
    return schema


def is_recursive(record: Mapping[str, Any], names: Names) -> bool:
    """Whether a record may hold itself."""
    seen: set[int] = set()

    def within(schema: Any) -> bool:
        schema = resolved(schema, names)
        if not isinstance(schema, dict):
            return False
        if schema is record and seen:
            return True
        if id(schema) in seen:
            return False
        seen.add(id(schema))
        parts = [field["type"] for field in schema.get("fields", ())] + list(schema.get("branches", ()))
        parts += [schema[key] for key in ("items", "values") if key in schema]
        return any(within(part) for part in parts)

    return within(record)


def _info(name: str, schema: Any, comment: Any, names: Names) -> ColumnInfo:
    plain = resolved(schema, names)
    base = str(plain.get("type", "")) if isinstance(plain, dict) else ""
    logical = str(plain.get("logicalType") or "") if isinstance(plain, dict) else ""
    kind = _PRIMITIVE.get(base, ValueKind.OTHER)
    for start, found in (
        ("decimal", ValueKind.DECIMAL),
        ("uuid", ValueKind.UUID),
        ("date", ValueKind.DATE),
        ("timestamp", ValueKind.TIMESTAMP),
        ("local-timestamp", ValueKind.TIMESTAMP),
        ("time-", ValueKind.TIME),
        ("duration", ValueKind.INTERVAL),
    ):
        if logical.startswith(start):
            kind = found
    return ColumnInfo(
        name=name, kind=kind, declared=logical or base, comment=comment if isinstance(comment, str) else ""
    )


def _reading(path: tuple[str, ...], value_of: Get) -> Get:
    """The value at `path` of nested records; null where a record on the way is."""
    if len(path) == 1:
        (key,) = path
        return lambda record: value_of(record[key])

    def get(record: Any) -> Any:
        for key in path:
            if record is None:
                return None
            record = record[key]
        return value_of(record)

    return get


def _same(value: Any) -> Any:
    return value


def _logical(kind: str, logical: str, schema: Mapping[str, Any]) -> Get | None:
    if kind in ("int", "long"):
        unit = _UNITS.get(logical.rpartition("-")[2])
        if logical == "date":
            return _date
        if unit and logical.startswith("time-"):
            return lambda value: _time(value, unit)
        if unit and logical.startswith(("timestamp-", "local-timestamp-")):
            return lambda value: _timestamp(value, unit, "Z" if logical.startswith("timestamp") else "")
    if kind in ("bytes", "fixed"):
        if logical == "decimal":
            scale = schema.get("scale", 0)
            return lambda value: Decimal(int.from_bytes(value, "big", signed=True)).scaleb(-scale)
        if logical == "uuid" and schema.get("size") == 16:
            return lambda value: UUID(bytes=value)
        if logical == "duration" and schema.get("size") == 12:
            return _duration
    return None


def _date(days: int) -> str:
    try:
        return date.fromordinal(_DAYS + days).isoformat()
    except (ValueError, OverflowError):
        return f"{days} days since 1970-01-01"  # before the year 1 or after 9999


def _time(value: int, unit: int) -> str:
    seconds, part = divmod(value, unit)
    if not 0 <= seconds < 86_400:
        return str(value)
    micros = part * 1_000_000 // unit
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros, tzinfo=None).isoformat()


def _timestamp(value: int, unit: int, zone: str) -> str:
    seconds, part = divmod(value, unit)
    try:
        moment = _EPOCH + timedelta(seconds=seconds, microseconds=part * 1_000_000 // unit)
    except OverflowError:
        return f"{seconds} seconds since 1970-01-01"
    return moment.isoformat(" ") + zone


def _duration(value: bytes) -> str:
    months, days, millis = (int.from_bytes(value[at : at + 4], "little") for at in (0, 4, 8))
    return f"{months} months {days} days {millis} ms"
