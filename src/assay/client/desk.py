"""The desk's API as functions."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from assay.client.connection import Connection
from assay.client.errors import ApiError, UnreachableError
from assay.client.told import Classified, Column, Document, Files, Finding, Question, Resource, Scan

_TIMEOUT = 60.0
_PAGE = 200
_PAUSE_SECONDS = 1.0
_OVER = ("done", "failed", "cancelled")


class Desk:
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

    def classify_text(self, text: str, *, include_test_values: bool = False) -> Classified:
        """What is in a text."""
        body = {"text": text, "include_test_values": include_test_values}
        return cast("Classified", self._post("/classify/text", body))

    def classify_files(
        self, files: Mapping[str, bytes] | Sequence[Path], *, include_test_values: bool = False
    ) -> Files:
        """What is in files: contents by name, or paths that are read here."""
        given = files if isinstance(files, Mapping) else {path.name: path.read_bytes() for path in files}
        query = {"include_test_values": "true"} if include_test_values else None
        found, _ = self._connection.call("POST", "/classify/files", files=given, query=query)
        return cast("Files", found)

    def start_scan(self, targets: Sequence[str], *, key: str | None = None, **options: Any) -> Scan:
        """Has targets scanned. Called again with the same `key` within a day it is the same scan."""
        body = {"targets": list(targets), "options": options}
        return cast("Scan", self._post("/scans", body, {"Idempotency-Key": key or secrets.token_hex(16)}))

    def scan(self, scan_id: str) -> Scan:
        """A scan as it is now."""
        return cast("Scan", self._get(f"/scans/{scan_id}"))

    def scans(self, *, status: str = "") -> Iterator[Scan]:
        """Scans, the latest first."""
        return cast("Iterator[Scan]", self._pages("/scans", {"status": status}))

    def cancel_scan(self, scan_id: str) -> Scan:
        """Has a scan end."""
        return cast("Scan", self._post(f"/scans/{scan_id}/cancel", None))

    def follow(self, scan_id: str) -> Iterator[Scan]:
        """A scan whenever it has changed, until it is over; connects anew where that is needed."""
        version = 0
        while True:
            ended = False
            name = ""
            for line in self._connection.lines(f"/scans/{scan_id}/events"):
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data" and name == "scan":
                    scan = cast("Scan", _json(value))
                    if scan["version"] > version:
                        version = scan["version"]
                        yield scan
                    ended = scan["status"] in _OVER
            if ended:
                return
            time.sleep(_PAUSE_SECONDS)

    def scan_roots(self) -> Iterator[Document]:
        """What may be scanned."""
        return self._pages("/scans/roots", paged=False)

    def resources(self, **filters: object) -> Iterator[Resource]:
        """Resources: `level`, `scheme`, `search`, `review="yes"`, `sort`."""
        return cast("Iterator[Resource]", self._pages("/resources", filters))

    def resource(self, resource_id: str) -> Resource:
        """What is concluded of a resource."""
        return cast("Resource", self._get(f"/resources/{resource_id}"))

    def history(self, resource_id: str) -> Iterator[Document]:
        """What was concluded of a resource, the latest first."""
        return self._pages(f"/resources/{resource_id}/history", paged=False)

    def findings(self, **filters: object) -> Iterator[Finding]:
        """Findings: `identifier`, `level`, `resource`."""
        return cast("Iterator[Finding]", self._pages("/findings", filters))

    def columns(self, **filters: object) -> Iterator[Column]:
        """Columns: `identifier`, `level`, `resource`."""
        return cast("Iterator[Column]", self._pages("/columns", filters))

    def reviews(self, **filters: object) -> Iterator[Question]:
        """Questions of the review queue: `show`, `level`, `search`, `resource`."""
        return cast("Iterator[Question]", self._pages("/reviews", filters))

    def review(self, item_id: str) -> Question:
        """A question, with its history; its `etag` is what a decision is based on."""
        found, headers = self._connection.call("GET", f"/reviews/{item_id}")
        return cast("Question", found | {"etag": headers.get("etag", "")})

    def decide(self, question: Question, verdict: str, reason: str, **more: object) -> Question:
        """Decides a question as it was looked at. Raises `ApiError` 412 where somebody was quicker."""
        headers = {"If-Match": question["etag"], "Idempotency-Key": secrets.token_hex(16)}
        body = {"verdict": verdict, "reason": reason, **more}
        found, told = self._connection.call("POST", f"/reviews/{question['id']}/decisions", body=body, headers=headers)
        return cast("Question", found | {"etag": told.get("etag", "")})

    def audit(self, **filters: object) -> Iterator[Document]:
        """Entries of the audit log, the newest first: `action`, `by`, `resource`, `since`, `until`."""
        return self._pages("/audit", filters)

    def metrics(self) -> Document:
        """Numbers for dashboards."""
        return cast("Document", self._get("/metrics"))

    def report(self, kind: str, **filters: object) -> bytes:
        """A report of the catalog: `html`, `csv` or `sarif`."""
        found, _ = self._connection.call("GET", "/reports/catalog", query={"format": kind, **filters})
        return found if isinstance(found, bytes) else _bytes(found)

    def _get(self, path: str) -> Any:
        return self._connection.call("GET", path)[0]

    def _post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
        return self._connection.call("POST", path, body=body, headers=headers)[0]

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


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(502, "an event of the desk is no JSON") from None


def _bytes(document: Any) -> bytes:
    return json.dumps(document).encode()
