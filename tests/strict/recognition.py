"""What Comprehend and Textract refuse: texts and pictures beyond their limits, languages, formats.

Sources: https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html,
https://docs.aws.amazon.com/textract/latest/dg/limits-document.html
"""

from __future__ import annotations

import base64
import re

from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_TEXT = 100_000
_PICTURE = 5 * 1024 * 1024
_FORMATS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"%PDF-")
_PAGE = re.compile(rb"/Type\s*/Page\b")


def _text(request: Request, _: State) -> None:
    if len(str(request.parameters.get("Text") or "").encode()) > _TEXT:
        raise RefusedError("TextSizeLimitExceededException", "Input text size exceeds limit.")
    if request.parameters.get("LanguageCode") not in ("en", "es"):
        raise RefusedError("UnsupportedLanguageException", "This language is not supported for PII detection.")


def picture_of(request: Request) -> bytes:
    """The bytes that were sent."""
    sent = (request.parameters.get("Document") or {}).get("Bytes") or b""
    return sent if isinstance(sent, bytes) else base64.b64decode(sent)


def _picture(request: Request, _: State) -> None:
    picture = picture_of(request)
    if len(picture) > _PICTURE:
        raise RefusedError("DocumentTooLargeException", "The document is larger than 5 MB.")
    if not picture.startswith(_FORMATS) or len(_PAGE.findall(picture)) > 1:
        raise RefusedError("UnsupportedDocumentException", "Request has unsupported document format")


CHECKS = {"comprehend.DetectPiiEntities": _text, "textract.DetectDocumentText": _picture}
