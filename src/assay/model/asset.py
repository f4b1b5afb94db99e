"""What is read: assets, the splits they are cut into, and what was seen, missed or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRef:
    """A resource that holds data. `uri` is absolute and percent-encoded; `path` is where a local file lies.

    A table (`kind` "table") and an object of a store (`kind` "object") have no path: `source` says which of a scan's
    sources it is of, `name` is its name there, outermost part first (`("shop", "public", "orders")`, of an object its
    bucket, its key and perhaps its version). `change` is its token of change, as in `TableInfo`.
    """

    kind: str
    uri: str
    path: str | None = None
    size: int | None = None
    account: str | None = None
    region: str | None = None
    source: int = 0
    name: tuple[str, ...] = ()
    change: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether rows are read of it; of all else bytes are."""
        return self.kind == "table"

    @property
    def label(self) -> str:
        """What a file or an object is called where it lies: its path, or its key."""
        return self.path if self.path is not None else self.name[1] if self.kind == "object" else ""

    @property
    def is_part(self) -> bool:
        """Whether it is one of the tables of a file, which is one resource."""
        return self.is_table and self.uri.startswith("file:")

    def __reduce__(self) -> tuple[Any, ...]:
        # Three times as quick as what a frozen dataclass does by itself, and there is one for every file.
        return _asset, (
            self.kind,
            self.uri,
            self.path,
            self.size,
            self.account,
            self.region,
            self.source,
            self.name,
            self.change,
        )


def _asset(
    kind: str,
    uri: str,
    path: str | None,
    size: int | None,
    account: str | None,
    region: str | None,
    source: int,
    name: tuple[str, ...],
    change: str | None,
) -> AssetRef:
    return AssetRef(
        kind=kind,
        uri=uri,
        path=path,
        size=size,
        account=account,
        region=region,
        source=source,
        name=name,
        change=change,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A part of an asset that one worker reads. Picklable; holds no data.

    `start`/`end` are byte offsets of the part (`None`: to the end), at line ends where there are any. `line`, `char` and
    `row` are how many precede it, `line_char` the code points before the line that it begins in, so that positions in a
    part are positions in the file. `parts` is known with the last part only.
    """

    asset: AssetRef
    part: int = 0
    parts: int | None = 1
    start: int = 0
    end: int | None = None
    line: int = 0
    char: int = 0
    line_char: int = 0
    row: int = 0
    sampled: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.part == 0 and self.parts == 1 and self.end is None and self.sampled is None:
            return _whole, (self.asset,)
        return _split, tuple(getattr(self, name) for name in self.__slots__)


def _whole(asset: AssetRef) -> Split:
    return Split(asset=asset)


def _split(*values: Any) -> Split:
    return Split(**dict(zip(Split.__slots__, values, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was read of a split, of how much, and how it was chosen (`None`: all of it)."""

    resource: str
    part: int
    bytes_read: int
    bytes_total: int
    rows_read: int | None = None
    rows_total: int | None = None
    sampled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that should have been read and could not be."""

    resource: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Something that policy leaves out."""

    resource: str
    reason: str
    detail: str = ""
