"""The settings of services that look at texts and pictures besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, Whole, WrongError, as_it_is, boolean, flag

_LANGUAGES = ("en", "es")
_BYTES = Whole(least=1, most=8_000_000, of="bytes")


def _language(value: Any, _base: Path) -> str:
    if value not in _LANGUAGES:
        raise WrongError(f"must be one of {', '.join(_LANGUAGES)}, which Comprehend knows persons' data in")
    return str(value)


RECOGNISER_KEYS = (
    Key(
        name="comprehend",
        kind="true or false",
        help="Has Amazon Comprehend look at texts besides. Clear text leaves this machine, and each costs.",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
    Key(
        name="comprehend_language",
        kind="en or es",
        help="The language of these texts.",
        default="en",
        parse=_language,
        from_text=as_it_is,
    ),
    Key(
        name="comprehend_bytes",
        kind="whole number of bytes",
        help="How much of one resource is sent to Comprehend, from its beginning.",
        default="100000",
        parse=_BYTES.parse,
        from_text=_BYTES.from_text,
    ),
    Key(
        name="textract",
        kind="true or false",
        help="Has Amazon Textract read pictures and scans of one page. They leave this machine, and each costs.",
        default="false",
        parse=flag,
        from_text=boolean,
    ),
)
