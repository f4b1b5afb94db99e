"""Amazon Textract: the text of pictures, and of scans of one page.

https://docs.aws.amazon.com/textract/latest/dg/API_DetectDocumentText.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.aws.access import Access
from assay.aws.client import Client
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls
from assay.errors import AwsError, ReadError

CALLS: Calls = frozenset({"textract.DetectDocumentText"})
LARGEST = 5_000_000
"""Bytes that may be sent with a request, as the service's model has it."""
_READ = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"%PDF-")
"""How PNG, JPEG, TIFF and PDF begin: what it reads."""
_UNREADABLE = {
    "UnsupportedDocumentException": "Textract reads PNG, JPEG, TIFF and PDF of one page",
    "DocumentTooLargeException": "it is too large for Textract",
    "BadDocumentException": "Textract cannot make it out",
    "InvalidParameterException": "Textract reads PNG, JPEG, TIFF and PDF of one page",
}


class Textract:
    """Asks Textract, in any process: it is picklable."""

    name = "textract"
    largest = LARGEST

    def __init__(self, access: Access) -> None:
        self._client = Client(access, self.name, CALLS)

    def reads(self, head: bytes) -> bool:
        """Whether what begins so is of a format that it reads."""
        return head.startswith(_READ)

    def lines(self, picture: bytes) -> Sequence[str]:
        """The lines of text, in the order in which they are read. Raises `ReadError`."""
        try:
            answer = self._client.get().detect_document_text(Document={"Bytes": picture})
        except refusals() as error:
            failure = failure_of(error)
            detail = _UNREADABLE.get(failure.code)
            raise ReadError("not read by Textract" if detail else failure.reason, detail or failure.detail) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        return [str(block["Text"]) for block in answer.get("Blocks") or () if _is_line(block)]


def _is_line(block: dict[str, Any]) -> bool:
    return block.get("BlockType") == "LINE" and bool(block.get("Text"))
