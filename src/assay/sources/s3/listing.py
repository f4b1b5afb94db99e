"""The keys of a bucket, page by page; where there are many, several prefixes at once, in the order of one after the other.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from assay.aws.failures import refusals
from assay.errors import ReadError
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import of_listing

_AT_ONCE = 8
"""Prefixes that are listed at once."""
_AHEAD = 8
"""Pages of a prefix that wait for those before them."""
_FEW = 4
"""Folders in a page, at most, for which listing each by itself costs few requests more."""
_DEPTH = 8
_INCOMPLETE = "its list ended before its end: it has more pages, but does not say how to get them"


class Entry(NamedTuple):
    """An object as it is listed. `etag` is in quotation marks; `restored` says that a copy can be read for now."""

    key: str
    size: int
    etag: str
    storage: str = "STANDARD"
    restored: bool = False
    version: str | None = None


class Unlisted(NamedTuple):
    """Keys that begin with `prefix`, some or all of which could not be listed."""

    prefix: str
    error: ReadError


class Page(NamedTuple):
    """Some objects in order, folders among them where they were asked for, and how to get the next page (`None`: the last)."""

    entries: list[Entry]
    folders: list[str]
    following: dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Asks for pages of one bucket. `page` raises what boto3 raises, and `ReadError` for a list without an end."""

    connection: Connection
    bucket: str
    versions: bool = False

    def page(self, prefix: str, following: dict[str, str] | None = None, **more: Any) -> Page:
        """A page of the keys that begin with `prefix`, the first or what `following` says."""
        asked = {"Bucket": self.bucket, "Prefix": prefix, **(following or {}), **self.connection.always(), **more}
        asked["OptionalObjectAttributes"] = ["RestoreStatus"]
        client = self.connection.client()
        if self.versions:
            return _versions(client.list_object_versions(**asked), following)
        return _objects(client.list_objects_v2(**asked), following)


def _objects(answer: dict[str, Any], before: dict[str, str] | None) -> Page:
    entries = [
        Entry(item["Key"], item["Size"], item.get("ETag", ""), item.get("StorageClass", "STANDARD"), _is_restored(item))
        for item in answer.get("Contents", ())
    ]
    following = None
    if answer.get("IsTruncated"):
        following = {"ContinuationToken": answer.get("NextContinuationToken", "")}
    return _page(answer, entries, following, before)


def _versions(answer: dict[str, Any], before: dict[str, str] | None) -> Page:
    # Delete markers, which come beside, hold nothing.
    entries = [
        Entry(
            item["Key"],
            item["Size"],
            item.get("ETag", ""),
            item.get("StorageClass", "STANDARD"),
            _is_restored(item),
            item["VersionId"],
        )
        for item in answer.get("Versions", ())
    ]
    following = None
    if answer.get("IsTruncated"):
        following = {"KeyMarker": answer.get("NextKeyMarker", "")}
        if answer.get("NextVersionIdMarker"):
            following["VersionIdMarker"] = answer["NextVersionIdMarker"]
    return _page(answer, entries, following, before)


def _page(
    answer: dict[str, Any], entries: list[Entry], following: dict[str, str] | None, before: dict[str, str] | None
) -> Page:
    if following is not None and (not all(following.values()) or following == before):
        raise ReadError("incomplete list", _INCOMPLETE)
    return Page(entries, [item["Prefix"] for item in answer.get("CommonPrefixes", ())], following)


def _is_restored(item: dict[str, Any]) -> bool:
    status = item.get("RestoreStatus")
    return status is not None and status.get("RestoreExpiryDate") is not None


def listed(pages: Pages, prefix: str, first: Page) -> Iterator[Entry | Unlisted]:
    """All objects whose keys begin with `prefix`, of which `first` is the first page. Memory does not grow with them."""
    if first.following is None:
        yield from first.entries
        return
    if not any("/" in entry.key[len(prefix) :] for entry in first.entries):
        # Nothing to be taken apart. Other threads begin when half of it is taken: until then this process may be copied.
        half = len(first.entries) // 2
        yield from first.entries[:half]
        first = first._replace(entries=first.entries[half:])
    lister = _Lister(pages, prefix, first)
    try:
        yield from lister.all()
    finally:
        lister.stop()


@dataclass(slots=True)
class _Prefix:
    """A prefix that is being listed: pages that have come, and whether one is on its way.

    `parts` are what it was taken apart into; once that is `decided` and there are none, it is listed as a whole.
    """

    prefix: str
    depth: int = 0
    pages: deque[Page] = field(default_factory=deque)
    following: dict[str, str] | None = None
    decided: bool = False
    parts: list[_Prefix | Entry] | None = None
    ended: bool = False
    error: ReadError | None = None
    coming: Future[None] | None = None


class _Lister:
    """Lists prefixes in their order, those behind the first ahead of it."""

    def __init__(self, pages: Pages, prefix: str, first: Page) -> None:
        self._pages = pages
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="list")
        self._lock = threading.Lock()
        self._stopped = False
        self._left: deque[_Prefix | Entry] = deque([_Prefix(prefix, pages=deque([first]), following=first.following)])

    def stop(self) -> None:
        self._stopped = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def all(self) -> Iterator[Entry | Unlisted]:
        while self._left:
            head = self._left.popleft()
            if isinstance(head, Entry):
                yield head
                continue
            for other in [head, *islice((item for item in self._left if isinstance(item, _Prefix)), _AT_ONCE - 1)]:
                self._ask(other)
            page = self._next(head)
            if head.parts is not None:
                self._left.extendleft(reversed(head.parts))
            elif page is not None:
                yield from page.entries
                self._left.appendleft(head)
            elif head.error is not None:
                yield Unlisted(head.prefix, head.error)

    def _ask(self, prefix: _Prefix) -> None:
        """Has the next page fetched, if there is room for it."""
        with self._lock:
            if prefix.coming is None and not prefix.ended and len(prefix.pages) < _AHEAD and not self._stopped:
                prefix.coming = self._pool.submit(self._fetch, prefix)

    def _next(self, prefix: _Prefix) -> Page | None:
        """The next page of what is not taken apart; `None` at its end."""
        while not prefix.ended and not (prefix.decided and prefix.pages):
            coming = prefix.coming
            if coming is not None:
                coming.result()
            self._ask(prefix)
        return prefix.pages.popleft() if prefix.pages and prefix.parts is None else None

    def _fetch(self, prefix: _Prefix) -> None:
        try:
            self._step(prefix)
        except ReadError as error:
            prefix.error, prefix.ended = error, True
        except refusals() as error:
            prefix.error, prefix.ended = of_listing(error), True
        with self._lock:
            prefix.coming = None
        self._ask(prefix)

    def _step(self, prefix: _Prefix) -> None:
        if prefix.pages and not prefix.decided:
            prefix.parts = self._parts(prefix, prefix.pages[0])
            prefix.decided = True
            prefix.ended = prefix.parts is not None
            return
        page = self._pages.page(prefix.prefix, prefix.following)
        prefix.following = page.following
        prefix.pages.append(page)
        if page.following is None:
            prefix.decided = prefix.ended = True

    def _parts(self, prefix: _Prefix, first: Page) -> list[_Prefix | Entry] | None:
        """The folders and keys of a prefix in order, where each is worth being listed by itself."""
        cut = len(prefix.prefix)
        folders = {entry.key[cut:].partition("/")[0] for entry in first.entries if "/" in entry.key[cut:]}
        if not folders or len(folders) > _FEW or prefix.depth >= _DEPTH:
            return None
        try:
            page = self._pages.page(prefix.prefix, Delimiter="/")
        except ReadError:
            return None
        except refusals():
            return None  # listing goes on as it began, and meets it again
        if page.following is not None or not page.folders:
            return None
        parts: list[_Prefix | Entry] = [_Prefix(name, depth=prefix.depth + 1) for name in page.folders]
        return sorted([*parts, *page.entries], key=_name)


def _name(item: _Prefix | Entry) -> str:
    return item.key if isinstance(item, Entry) else item.prefix
