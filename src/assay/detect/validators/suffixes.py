"""Public suffixes: is a name one that somebody can register a host below? Source: https://publicsuffix.org/list/.

The list is the copy that tldextract ships. Its package is not imported: that loads an HTTP client and builds a tree,
which takes longer than scanning most folders; two sets of names answer the one question asked here.
"""

from __future__ import annotations

from assay.detect.suffixlist import rules


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
    suffixes = rules()
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
