"""Which columns of a file are sensitive: their places, by the names under which they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assay.errors import ReadError
from assay.scanning.masked import Columns


def places(names: Iterable[str], columns: Columns) -> Mapping[int, str]:
    """Which columns are sensitive, and as what. One whose documents have sensitive keys is so as a whole. Raises `ReadError`."""
    found: dict[int, str] = {}
    shown = [columns.name(name) for name in names]
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
