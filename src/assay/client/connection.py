"""One connection to the desk: kept open between calls, opened anew where the other side has closed it."""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from assay.client.errors import ApiError, UnreachableError
from assay.errors import UsageError

_ADDRESS = "the desk's address is http(s)://host, with a port if need be, and without a path"
_HERE = ("127.0.0.1", "localhost", "::1")
_LARGEST = 512 * 1024 * 1024


class Connection:
    """Calls of the API. It is of one thread at a time."""

    def __init__(self, url: str, token: str, *, timeout: float) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UsageError(_ADDRESS) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.username:
            raise UsageError(_ADDRESS)
        if parts.scheme == "http" and parts.hostname not in _HERE:
            raise UsageError("the token would be read on its way; the desk's address has to begin with https://")
        if not token or not token.isascii() or not token.isprintable():
            raise UsageError("a token is a text of printable characters of ASCII")
        made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._to = made(parts.hostname, port, timeout=timeout)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def close(self) -> None:
        """Closes it; another call opens it again."""
        self._to.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> tuple[Any, http.client.HTTPMessage]:
        """The answer's document, and its headers. Raises `ApiError`, `UnreachableError`."""
        answer = self._sent(method, path, query, body, headers or {}, files)
        data = self._read(answer)
        if not 200 <= answer.status < 300:
            raise _refused(answer, data)
        if answer.status == http.client.NO_CONTENT:
            return None, answer.headers
        if answer.headers.get_content_type() not in ("application/json", "application/sarif+json"):
            return data, answer.headers
        try:
            return json.loads(data), answer.headers
        except ValueError:
            raise UnreachableError("the answer is no JSON; is this the desk's address?") from None

    def lines(self, path: str) -> Iterator[str]:
        """The lines of an answer that goes on for long."""
        answer = self._sent("GET", path, None, None, {"Accept": "text/event-stream"}, None)
        if answer.status != 200:
            raise _refused(answer, self._read(answer))
        try:
            while line := answer.readline():
                yield line.decode("utf-8", "replace").rstrip("\r\n")
        except (OSError, http.client.HTTPException):
            return  # whoever listens connects anew
        finally:
            self._to.close()

    def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None,
        body: object,
        headers: Mapping[str, str],
        files: Mapping[str, bytes] | None,
    ) -> http.client.HTTPResponse:
        asked = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        told = f"/api/v1{path}" + (f"?{urlencode(asked)}" if asked else "")
        data, kind = _encoded(body, files)
        given = self._headers | ({} if kind is None else {"Content-Type": kind}) | dict(headers)
        # A connection that was closed meanwhile is opened anew, where asking twice is asking once.
        tries = 2 if method == "GET" or "Idempotency-Key" in given else 1
        for left in range(tries - 1, -1, -1):
            try:
                self._to.request(method, told, data, given)
                return self._to.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self._to.close()
                if not left:
                    raise UnreachableError(f"the desk does not answer ({type(error).__name__})") from None
        raise AssertionError

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        try:
            return answer.read(_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            self._to.close()
            raise UnreachableError(f"the answer ended early ({type(error).__name__})") from None


def _encoded(body: object, files: Mapping[str, bytes] | None) -> tuple[bytes | None, str | None]:
    if files is not None:
        mark = secrets.token_hex(16)
        parts = b"".join(_part(mark, name, data) for name, data in files.items())
        return parts + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
    if body is None:
        return None, None
    return json.dumps(body).encode(), "application/json"


def _part(mark: str, name: str, data: bytes) -> bytes:
    # What would end the header is written as browsers do (HTML Living Standard, section 4.10.21.8).
    told = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{told}"\r\n'
    return head.encode("utf-8", "replace") + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"


def _refused(answer: http.client.HTTPResponse, data: bytes) -> ApiError:
    try:
        problem = json.loads(data)
        detail = str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        detail = answer.reason or "no reason was told"
    wait = answer.headers.get("retry-after", "")
    return ApiError(answer.status, detail, wait=float(wait) if wait.isdecimal() else None)
