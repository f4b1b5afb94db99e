"""The list of public suffixes (https://publicsuffix.org/list/), as the package tldextract carries it."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

_SNAPSHOT = ".tld_set_snapshot"
_END = "// ===END ICANN DOMAINS==="


@cache
def ruled() -> frozenset[str]:
    """Domains for which, themselves, the list has a rule or an exception."""
    return frozenset(rule.removeprefix("!") for rule in rules())


@cache
def rules() -> frozenset[str]:
    """The rules as the list writes them: `co.uk`, `*.ck`, `!www.ck`."""
    spec = importlib.util.find_spec("tldextract")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / _SNAPSHOT).read_text(encoding="utf-8")
    rules = text.partition(_END)[0].splitlines()
    return frozenset(rule for rule in map(str.strip, rules) if rule and not rule.startswith("//"))
