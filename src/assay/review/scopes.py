"""Scopes over resource URIs: globs, which of them are the narrower, and what they match."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache

from assay.errors import ReviewError

LONGEST = 1_000
_WILD = re.compile(r"[*?\[]")


def matches(scope: str, resource: str) -> bool:
    """Whether a resource's URI lies in a scope.

    `*` stands for any characters, slashes too, `?` for one, `[…]` for one of several. A scope without any of these holds
    for what is named and for all that lies below it.

    >>> matches("file:///srv/data", "file:///srv/data/a.csv"), matches("file:///srv/data", "file:///srv/database")
    (True, False)
    >>> matches("postgresql://*/shop/*", "postgresql://db.example/shop/public.orders")
    True
    """
    return _matcher(scope)(resource)


def narrowness(scope: str) -> tuple[int, int]:
    """Sorts scopes from wide to narrow: how much is written out before the first wildcard, then in all."""
    found = _WILD.search(scope)
    written = len(re.sub(r"[*?]", "", scope))
    return (len(scope) + 1 if found is None else found.start(), written)


def check_scope(scope: str) -> str:
    """The scope as it is kept. Raises `ReviewError` for an empty one, or one that is too long."""
    text = scope.strip()
    if not text:
        raise ReviewError("a scope cannot be empty; write '*' for every resource")
    if len(text) > LONGEST:
        raise ReviewError(f"a scope has at most {LONGEST:,} characters; write a shorter glob")
    if not text.isprintable():
        raise ReviewError("a scope is written without control characters")
    return text


def within(inner: str, outer: str) -> bool:
    """Whether all that a scope matches lies in another, as far as that can be told from how they are written: a glob whose
    wildcards are not all at its end lies in itself and in `*` only.

    >>> within("s3://lake/hr/*", "s3://lake/*"), within("s3://lake/*", "s3://lake/hr/*"), within("s3://lake-2", "s3://lake")
    (True, False, False)
    """
    if inner == outer or outer == "*":
        return True
    if _WILD.search(outer) is None:
        # It holds for what lies below it, too.
        return inner.startswith(outer.rstrip("/") + "/")
    stem = outer[:-1]
    return outer.endswith("*") and _WILD.search(stem) is None and inner.startswith(stem)


def may_meet(scope: str, folder: str) -> bool:
    """Whether a scope may hold for something that lies in a folder, as far as its beginning without wildcards tells.

    >>> may_meet("s3://lake/hr/*", "s3://lake"), may_meet("s3://*", "s3://lake/hr"), may_meet("s3://lake-2/*", "s3://lake")
    (True, True, False)
    """
    found = _WILD.search(scope)
    top = folder.rstrip("/") + "/"
    begins = scope.rstrip("/") + "/" if found is None else scope[: found.start()]
    return begins.startswith(top) or top.startswith(begins)


@lru_cache(maxsize=4_096)
def _matcher(scope: str) -> Callable[[str], bool]:
    if _WILD.search(scope) is None:
        stem = scope.rstrip("/") + "/"
        return lambda resource: resource == scope or resource.startswith(stem)
    found = re.compile(fnmatch.translate(scope))
    return lambda resource: found.match(resource) is not None
