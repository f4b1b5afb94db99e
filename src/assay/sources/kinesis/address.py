"""Targets of streams: `kinesis://orders`, `kinesis://orders-*`, and `kinesis://` for all of the account and region."""

from __future__ import annotations

import re
from urllib.parse import unquote

from assay.errors import UsageError
from assay.sources.names import is_pattern

_SCHEME = "kinesis://"
# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_PATTERN = re.compile(r"[A-Za-z0-9_.*?\[\]!-]{1,128}")


def parse(target: str) -> str:
    """The name, or the pattern of names, that a target has; `*` for all. Raises `UsageError` for what can be none."""
    name = unquote(target[len(_SCHEME) :].removesuffix("/")) or "*"
    if not (_PATTERN if is_pattern(name) else _NAME).fullmatch(name):
        raise UsageError(
            f"{target}: is no name of a stream; write kinesis://orders, kinesis://orders-* or kinesis:// for all"
        )
    return name
