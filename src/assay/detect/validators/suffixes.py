"""Public suffixes: is a name one that somebody can register a host below? Source: https://publicsuffix.org/list/.

The list is the copy that tldextract ships. Its package is not imported: that loads an HTTP client and builds a tree,
which takes longer than scanning most folders; two sets of names answer the one question asked here.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

_SNAPSHOT = ".tld_set_snapshot"
_END = "// ===END ICANN DOMAINS==="


def below_public_suffix(domain: str) -> bool:
    """Whether `domain` (lower case, punycode or not) has at least one label before its public suffix.

    Only registries' own suffixes count, not those that companies offer (`github.io`). A domain whose ending no registry
    has is none.
    """
    if "xn--" in domain:
        try:
            domain = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return False
    suffixes = _suffixes()
    rest = domain
    at = 0
    while True:
        if f"!{rest}" in suffixes:
            return True
        dot = rest.find(".")
        if rest in suffixes or (dot >= 0 and f"*{rest[dot:]}" in suffixes):
            return at > 0
        if dot < 0:
            return False
        rest = rest[dot + 1 :]
        at += 1


@cache
def with_rule() -> frozenset[str]:
    """Domains for which, themselves, the list has a rule or an exception."""
    return frozenset(rule.removeprefix("!") for rule in _suffixes())


@cache
def _suffixes() -> frozenset[str]:
    """The rules as the list writes them: `co.uk`, `*.ck`, `!www.ck`."""
    spec = importlib.util.find_spec("tldextract")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / _SNAPSHOT).read_text(encoding="utf-8")
    rules = text.partition(_END)[0].splitlines()
    return frozenset(rule for rule in map(str.strip, rules) if rule and not rule.startswith("//"))
