"""Targets of tables: `dynamodb://orders`, `dynamodb://orders-*`, and `dynamodb://` for all of the account and region."""

from __future__ import annotations

import re
from urllib.parse import unquote

from assay.errors import UsageError
from assay.sources.names import is_pattern

_SCHEME = "dynamodb://"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_PATTERN = re.compile(r"[A-Za-z0-9_.*?\[\]!-]{1,255}")


def parse(target: str) -> str:
    """The name, or the pattern of names, that a target has; `*` for all. Raises `UsageError` for what can be none."""
    name = unquote(target[len(_SCHEME) :].removesuffix("/")) or "*"
    if not (_PATTERN if is_pattern(name) else _NAME).fullmatch(name):
        raise UsageError(
            f"{target}: is no name of a table; write dynamodb://orders, dynamodb://orders-* or dynamodb:// for all"
        )
    return name
