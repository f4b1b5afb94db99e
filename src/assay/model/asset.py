"""What is read: assets, the splits they are cut into, and what was seen, missed or left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRef:
    """A resource that holds data. `uri` is absolute and percent-encoded; `path` is where a local one lies."""

    kind: str
    uri: str
    path: str | None = None
    size: int | None = None
    account: str | None = None
    region: str | None = None


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
