"""Files that requests bring: by few people at once, since what waits is held in memory, within a time, and never on a disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from assay.model.identity import Actor
from assay.web.refusals import RefusedError
from assay.web.state import Serving


class _InMemory(MultiPartParser):
    """What is sent is never put down on a disk, not even in a file without a name."""

    spool_max_size = 1 << 30


@asynccontextmanager
async def sent(
    request: Request, served: Serving, actor: Actor, *, files: int, fields: int = 0
) -> AsyncIterator[FormData]:
    """The form of a request with at most so many files and fields. Until it is left it counts as one of few. Raises `RefusedError`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise RefusedError("send files as multipart/form-data", status=415)
    key = actor.token or actor.user.id
    if not served.sending.begin(key):
        raise RefusedError("too many files are being read; try again in a moment", status=429, wait=5)
    try:
        form = await _parsed(request, served, files, fields)
        try:
            yield form
        finally:
            await form.close()
    finally:
        served.sending.end(key)


async def _parsed(request: Request, served: Serving, files: int, fields: int) -> FormData:
    try:
        # Who sends slowly has one of few places meanwhile.
        async with asyncio.timeout(served.upload_seconds):
            return await _InMemory(request.headers, request.stream(), max_files=files, max_fields=fields).parse()
    except TimeoutError:
        raise RefusedError(
            f"the files did not come within {served.upload_seconds:.0f} seconds; send fewer at once", status=408
        ) from None
    except (MultiPartException, KeyError, ValueError):
        raise RefusedError(f"this is no form of files, or one of more than {files}", status=422) from None
