"""A masked copy of a Parquet file: the same schema, rows and columns; what a sensitive column holds is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from assay.errors import ReadError
from assay.scanning.masked import Columns

_ROWS = 65_536
_KEPT_METADATA = frozenset({b"pandas", b"ARROW:schema"})
_ERRORS = (pa.ArrowException, ValueError, TypeError, KeyError, EOFError)


def copy_parquet(source: IO[bytes], target: str, columns: Columns) -> None:
    """Copies `source` to the file at the path `target`. Text is shown as `columns` have it; of all else a value becomes
    null. Raises `ReadError` where that may not be."""
    try:
        file = pq.ParquetFile(source)
        schema = file.schema_arrow
        metadata = {key: value for key, value in (schema.metadata or {}).items() if key in _KEPT_METADATA}
        schema = schema.with_metadata(metadata or None)
        sensitive = _places(schema, columns)
        with pq.ParquetWriter(target, schema, compression=_compression(file)) as writer:
            for batch in file.iter_batches(batch_size=_ROWS):
                arrays = [
                    _masked(array, schema.field(at), sensitive[at], columns.value) if at in sensitive else array
                    for at, array in enumerate(batch.columns)
                ]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
    except ReadError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        raise ReadError("not copied", "its columns could not be read again") from None
    except _ERRORS as error:
        raise ReadError("not copied", f"its columns could not be written again: {type(error).__name__}") from None


def _compression(file: pq.ParquetFile) -> str:
    if not file.metadata.num_row_groups or not file.metadata.num_columns:
        return "snappy"
    name = str(file.metadata.row_group(0).column(0).compression).lower()
    return "none" if name == "uncompressed" else name


def _places(schema: pa.Schema, columns: Columns) -> Mapping[int, str]:
    """Which columns are sensitive, and as what. One whose documents have sensitive keys is so as a whole."""
    found: dict[int, str] = {}
    shown = [columns.name(name) for name in schema.names]
    for name, identifier in columns.sensitive.items():
        at = [
            place
            for place, column in enumerate(shown)
            if name == column or name.startswith((f"{column}.", f"{column}["))
        ]
        if not at:
            raise ReadError("not copied", "has a sensitive column that cannot be told from others")
        found.update(dict.fromkeys(at, identifier))
    return found


def _masked(array: Any, field: pa.Field, identifier: str, shown: Callable[[str, str], str]) -> Any:
    kind = array.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        texts = _texts(array.cast(kind.value_type).to_pylist(), identifier, shown)
        return pa.array(texts, type=kind.value_type).dictionary_encode().cast(kind)
    if _is_text(kind):
        return pa.array(_texts(array.to_pylist(), identifier, shown), type=kind)
    if not field.nullable:
        raise ReadError("not copied", f"has a sensitive column of {kind} that may not be null")
    return pa.nulls(len(array), type=kind)


def _texts(values: Iterable[str | None], identifier: str, shown: Callable[[str, str], str]) -> list[str | None]:
    known: dict[str, str] = {}
    found: list[str | None] = []
    for value in values:
        if not value:
            found.append(value)
            continue
        if value not in known:
            known[value] = shown(identifier, value)
        found.append(known[value])
    return found


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
