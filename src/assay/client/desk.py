"""The desk's API as functions."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from assay.client.calls import part
from assay.client.configured import Configured
from assay.client.errors import ApiError
from assay.client.protected import Protected
from assay.client.told import Classified, Column, Document, Files, Finding, Question, Resource, Scan

_PAUSE_SECONDS = 1.0
_OVER = ("done", "failed", "cancelled")


class Desk(Configured, Protected):
    """A desk at an address, entered with a token. It is of one thread at a time; lists are fetched a page at a time, as they are
    read."""

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
        return cast("Scan", self._get(f"/scans/{part(scan_id)}"))

    def scans(self, *, status: str = "") -> Iterator[Scan]:
        """Scans, the latest first."""
        return cast("Iterator[Scan]", self._pages("/scans", {"status": status}))

    def cancel_scan(self, scan_id: str) -> Scan:
        """Has a scan end."""
        return cast("Scan", self._post(f"/scans/{part(scan_id)}/cancel", None))

    def follow(self, scan_id: str) -> Iterator[Scan]:
        """A scan whenever it has changed, until it is over; connects anew where that is needed."""
        version = 0
        while True:
            ended = False
            name = ""
            for line in self._connection.lines(f"/scans/{part(scan_id)}/events"):
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
        return cast("Resource", self._get(f"/resources/{part(resource_id)}"))

    def history(self, resource_id: str) -> Iterator[Document]:
        """What was concluded of a resource, the latest first."""
        return self._pages(f"/resources/{part(resource_id)}/history")

    def findings_of(self, resource_id: str) -> Iterator[Finding]:
        """The findings of a resource, the surest first."""
        return cast("Iterator[Finding]", self._pages(f"/resources/{part(resource_id)}/findings"))

    def columns_of(self, resource_id: str) -> Iterator[Column]:
        """The columns of a resource."""
        return cast("Iterator[Column]", self._pages(f"/resources/{part(resource_id)}/columns", paged=False))

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
        """A question, with its history, comments and whose it is; its `etag` is what a move is based on."""
        return cast("Question", self._one(f"/reviews/{part(item_id)}"))

    def decide(self, question: Question, verdict: str, reason: str, **more: object) -> Question:
        """Decides a question as it was looked at. Raises `ApiError` 412 where somebody was quicker."""
        return self._moved(question, "decisions", {"verdict": verdict, "reason": reason, **more})

    def confirm(self, question: Question, reason: str = "") -> Question:
        """Agrees, as the second of two. Raises `ApiError` 412 where somebody was quicker."""
        return self._moved(question, "confirm", {"reason": reason})

    def undo(self, question: Question, reason: str = "") -> Question:
        """Takes a decision back, with what it made. Raises `ApiError` 412 where somebody was quicker."""
        return self._moved(question, "undo", {"reason": reason})

    def comment(self, item_id: str, text: str) -> Document:
        """Says something of a question to the others. Gives all that was said, and whose it is."""
        return cast("Document", self._changed("POST", f"/reviews/{part(item_id)}/comments", {"text": text}))

    def assign(self, item_id: str, assignee: str = "", *, due: str | None = None) -> Document:
        """Whose a question is, and by which day (2027-01-31) it is due; nobody's, if nothing is said."""
        body = {"assignee": assignee, "due": due}
        return cast("Document", self._changed("PUT", f"/reviews/{part(item_id)}/assignment", body))

    def audit(self, **filters: object) -> Iterator[Document]:
        """Entries of the audit log, the newest first: `action`, `by`, `resource`, `since`, `until`."""
        return self._pages("/audit", filters)

    def verify_audit(self) -> Document:
        """Proves the audit log and all rows of the catalog: `holds`, and what does not."""
        return cast("Document", self._post("/audit/verify", None))

    def metrics(self) -> Document:
        """Numbers for dashboards."""
        return cast("Document", self._get("/metrics"))

    def prometheus(self) -> str:
        """The same numbers as Prometheus reads them."""
        found, _ = self._connection.call("GET", "/metrics", query={"format": "prometheus"})
        return found.decode() if isinstance(found, bytes) else str(found)

    def report(self, kind: str, **filters: object) -> bytes:
        """A report of the catalog: `html`, `csv` or `sarif`."""
        found, _ = self._connection.call("GET", "/reports/catalog", query={"format": kind, **filters})
        return found if isinstance(found, bytes) else _bytes(found)

    def _moved(self, question: Question, step: str, body: object) -> Question:
        path = f"/reviews/{part(question['id'])}/{step}"
        return cast("Question", self._changed("POST", path, body, question["etag"]))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(502, "an event of the desk is no JSON") from None


def _bytes(document: Any) -> bytes:
    return json.dumps(document).encode()
