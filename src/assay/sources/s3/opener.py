"""Opens objects: small ones by one request each, several at once and ahead of their turn; large ones by ranges."""

from __future__ import annotations

import io
import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any, cast

from assay.aws.failures import refusals
from assay.errors import AwsError, ReadError
from assay.model import AssetRef
from assay.sources.s3.address import etag_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.direct import Asked, BadSumError
from assay.sources.s3.failures import changed, of_object, refused
from assay.sources.s3.stream import MOST, RangedStream

SMALL = 8 * 1024 * 1024
"""Objects of at most so many bytes are fetched by one request."""

_AT_ONCE = 8
_KEPT = 32 * 1024 * 1024
_PIECE = 256 * 1024
_WAITS = (0.1, 0.5, 2.0, 5.0)


def requests_of(size: int) -> int:
    """About how many requests read an object of so many bytes from its beginning to its end."""
    return min(size, 1) if size <= SMALL else 2 + size // MOST


class S3Opener:
    """Opens objects as seekable streams, in any process: it is picklable.

    Small objects are kept as long as there is room for them, so that one that is looked at again is fetched once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._process = 0
        self._pool: ThreadPoolExecutor | None = None
        self._small: OrderedDict[str, tuple[int, Future[bytes]]] = OrderedDict()
        self._kept = 0

    def __getstate__(self) -> Connection:
        return self._connection

    def __setstate__(self, state: Connection) -> None:
        self._connection = state
        self._process = 0
        self._pool = None
        self._small = OrderedDict()
        self._kept = 0

    @contextmanager
    def open(self, asset: AssetRef, *, ahead: bool = True) -> Iterator[IO[bytes]]:
        """The object from its beginning. Raises `ReadError`, and so does reading it.

        With `ahead`, what comes next is fetched by other threads meanwhile.
        """
        size = asset.size or 0
        if not size:
            yield io.BytesIO()
        elif size <= SMALL:
            self._own()
            held = self._small.get(asset.uri)
            yield io.BytesIO(self._now(asset, size) if held is None else held[1].result())
        else:
            pool = self._threads() if ahead else None
            with RangedStream(lambda start, length: self._range(asset, start, length), size, pool) as stream:
                yield cast("IO[bytes]", stream)

    def ahead(self, assets: Sequence[AssetRef]) -> None:
        """Begins to fetch the small ones among objects that are to be opened soon, in this order."""
        self._own()
        for asset in assets:
            size = asset.size or 0
            if 0 < size <= SMALL and asset.uri not in self._small:
                self._hold(asset, size, self._threads().submit(self._range, asset, 0, size))

    def _own(self) -> None:
        # Threads, and what they were fetching, stay behind in the process that this one was forked from.
        if self._process != os.getpid():
            self._pool = None
            self._small = OrderedDict()
            self._kept = 0
            self._process = os.getpid()

    def _threads(self) -> ThreadPoolExecutor:
        self._own()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="objects")
        return self._pool

    def _now(self, asset: AssetRef, size: int) -> bytes:
        """The whole object; it, or why there is none, is kept."""
        coming: Future[bytes] = Future()
        self._hold(asset, size, coming)
        try:
            coming.set_result(self._range(asset, 0, size))
        except ReadError as error:
            coming.set_exception(error)
        return coming.result()

    def _hold(self, asset: AssetRef, size: int, coming: Future[bytes]) -> None:
        while self._small and self._kept + size > _KEPT:
            _, (dropped, _) = self._small.popitem(last=False)
            self._kept -= dropped
        self._small[asset.uri] = size, coming
        self._kept += size

    def _range(self, asset: AssetRef, start: int, length: int) -> bytes:
        """Just these bytes of an object. A body that breaks off is gone on with where it did."""
        data = bytearray()
        for wait in (*_WAITS, None):
            try:
                body = self._get(asset, start + len(data), length - len(data))
            except refusals() as error:
                raise of_object(error) from None
            except AwsError as error:
                raise ReadError(error.reason, error.detail) from None
            try:
                with body:
                    while piece := body.read(_PIECE):
                        data += piece
            except OSError:
                pass  # gone on with below
            except BadSumError:
                # From the beginning, by the library, which tells what it thinks of it.
                self._connection.direct().forget(str(asset.name[0]))
                data.clear()
            except refusals() as error:
                if not refused(error).is_transient:
                    raise of_object(error) from None
            if len(data) >= length:
                return bytes(data)
            if wait is None:
                break
            time.sleep(wait)
        raise ReadError("incomplete", f"{length - len(data):,} of {length:,} bytes did not come; scan it again")

    def _get(self, asset: AssetRef, start: int, length: int) -> Any:
        bucket, key, *version = asset.name
        said = self._connection.always()
        etag = etag_of(asset.change or "s3:::")
        span = f"bytes={start}-{start + length - 1}" if start or length != asset.size else ""
        direct = self._connection.direct()
        answer = direct.get(
            Asked(
                bucket=bucket, key=key, version=version[0] if version else None, etag=etag, span=span,
                payer=said.get("RequestPayer", ""), owner=said.get("ExpectedBucketOwner", ""),
            ),
            length,
        )  # fmt: skip
        if answer is not None:
            # Not all that speaks this protocol knows the condition.
            if etag and answer.etag != etag:
                answer.close()
                raise changed()
            return answer
        asked: dict[str, Any] = {"Bucket": bucket, "Key": key, **said}
        asked |= {name: value for name, value in (("IfMatch", etag), ("Range", span)) if value}
        if version:
            asked["VersionId"] = version[0]
        told = self._connection.client().get_object(**asked)
        if (etag and told.get("ETag") != etag) or told["ContentLength"] != length:
            told["Body"].close()
            raise changed()
        direct.learn(bucket, key)
        return told["Body"]
