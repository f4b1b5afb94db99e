"""The settings of the desk: what may be scanned from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, texts
from assay.app.config.places import Address


def _roots(value: Any, base: Path) -> tuple[Address, ...]:
    found = []
    for text in texts(value, base):
        if "\0" in text or text == "-":
            raise WrongError("holds what is no target: write a folder, or a URL as 'assay scan' takes it")
        is_url = "://" in text or text.startswith("git:")
        found.append(Address(text if is_url else str(base / Path(text).expanduser())))
    return tuple(found)


def _apart(text: str) -> list[str]:
    """The targets in a variable: they have colons and commas in them."""
    return [part for part in map(str.strip, text.split(";")) if part]


SERVING_KEYS = (
    Key(
        name="scan_roots",
        kind="list of targets",
        help="What may be scanned from the desk, with all that lies below: folders, s3://bucket/prefix, or URLs of databases, which "
        "are shown without their passwords. In a variable several are separated by semicolons.",
        default="the folder that 'assay serve' was started in",
        parse=_roots,
        from_text=_apart,
    ),
)
