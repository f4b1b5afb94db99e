"""How calls are made: what all parts of the client share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from assay.client.connection import Connection
from assay.client.errors import UnreachableError
from assay.client.told import Document

_TIMEOUT = 60.0
_PAGE = 200


class Calls:
    """A desk at an address, entered with a token. It is of one thread at a time; lists are fetched a page at a time, as they are
    read."""

    def __init__(self, url: str, token: str, *, timeout: float = _TIMEOUT) -> None:
        self._connection = Connection(url, token, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; another call opens it again."""
        self._connection.close()

    def _get(self, path: str) -> Any:
        return self._connection.call("GET", path)[0]

    def _one(self, path: str) -> Any:
        """A document with the `etag` that a change of it is based on."""
        found, headers = self._connection.call("GET", path)
        return found | {"etag": headers.get("etag", "")}

    def _post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
        return self._connection.call("POST", path, body=body, headers=headers)[0]

    def _changed(self, method: str, path: str, body: object, etag: str = "") -> Any:
        """Makes a change, once however often it is sent, based on what `etag` names."""
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        headers |= {"If-Match": etag} if etag else {}
        found, told = self._connection.call(method, path, body=body, headers=headers)
        return found | {"etag": told.get("etag", "")} if isinstance(found, dict) else found

    def _pages(
        self, path: str, filters: Mapping[str, object] | None = None, *, paged: bool = True
    ) -> Iterator[Document]:
        given, after = dict(filters or {}), None
        while True:
            query = {**given, "after": after, "limit": _PAGE} if paged else given
            found, _ = self._connection.call("GET", path, query=query)
            if not isinstance(found, dict) or "items" not in found:
                raise UnreachableError("the answer is no list; is this the desk's address?")
            yield from found["items"]
            after = found["next"]
            if after is None:
                return


def part(text: str) -> str:
    """A text as one part of a path, whatever it holds."""
    return quote(text, safe="")
