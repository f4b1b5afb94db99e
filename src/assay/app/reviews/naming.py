"""What somebody means who writes a resource, a table, a column or a question of the catalog, however it was told to them."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from assay.errors import UsageError
from assay.report.spelling import CUT, Named, chosen, is_in_left_out, pasted, spelled, splits, within
from assay.sources.file import file_uri, path_of
from assay.store import history, lookups, reviews

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.model import Gap, Skip

ITEM_ID = re.compile("r[0-9a-f]{3,11}")
"""An id of a question, or how it begins."""

_FEW = 10
_MOST = 5_000
_ALIKE = 0.6
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt\\])")
_KEPT = re.compile(r"[A-Za-z0-9_.~-]+")
_OF_FILES = ("sqlite", "duckdb")
_PORTS = {"postgresql": 5432, "mysql": 3306, "redshift": 5439, "mssql": 1433, "oracle": 1521, "snowflake": 443}
_SAME = {"postgres": "postgresql", "mariadb": "mysql"}


def meant(connection: Connection, given: str, *, gone: bool = False) -> list[Named]:
    """The resource, the table, or the columns that somebody means; several are columns of one name in one resource.

    With `gone` also what is not there any more. Raises `UsageError` for what is not known, with what was likely meant,
    and for what may be several things, with all of them.
    """
    found = search(connection, given, gone=gone)
    if not found:
        raise UsageError(f"{given}: {_why_not(connection, given)}")
    if len({each.resource for each in found}) > 1 or (len(found) > 1 and any(each.column is None for each in found)):
        told = ", ".join(pasted(spelled(each)) for each in found[:_FEW])
        raise UsageError(f"{given}: may be {told}{' and more' if len(found) > _FEW else ''}; name one of them")
    return found


def left_out(connection: Connection, given: str) -> tuple[str, str, list[Gap | Skip]] | None:
    """The resource, what was asked for in it, and what is told of that where it was left out or could not be read, so that
    it has no record; `None` where nothing is."""
    for find in (_exactly, _below, _ending):
        for head, inside in splits(given):
            for uri in find(connection, head)[:_FEW] if inside is not None else ():
                told = lookups.left_out_of(connection, uri)
                # A table of a server that was left out is a resource by itself, and nothing in it is known.
                whole = not list(lookups.names_in(connection, [uri]))
                found = [item for item in told if whole or is_in_left_out(inside or "", item.detail)]
                if found and inside is not None:
                    return uri, inside, found
    return None


def resource_meant(connection: Connection, given: str) -> str:
    """The URI of the resource that is named, or that holds the table or the columns that are."""
    return meant(connection, given)[0].resource


def search(connection: Connection, given: str, *, gone: bool = False) -> list[Named]:
    """All that may be meant; nothing where nothing is known that is written so."""
    for find in (_exactly, _below, _ending):
        for head, inside in splits(given):
            if inside is None and find is _below:
                continue
            uris = find(connection, head)
            if uris and inside is None:
                return [Named(uri) for uri in uris]
            if uris and inside is not None and (found := chosen(inside, _known(connection, uris, gone=gone))):
                return found
    return _anywhere(connection, given) or _asked(connection, given)


def _exactly(connection: Connection, head: str) -> list[str]:
    """The resource of this URI, URL or path."""
    return lookups.known_among(connection, _uris(head))[:1]


def _below(connection: Connection, head: str) -> list[str]:
    """The tables of a server's database."""
    scheme, _, rest = head.partition("://")
    if _engine(scheme) not in _PORTS or not rest.partition("/")[2].strip("/"):
        return []
    return lookups.like(connection, f"{_escaped(_as_kept(head).rstrip('/'))}/%", limit=_MOST)


def _ending(connection: Connection, head: str) -> list[str]:
    """The resources whose path ends so, or that were cut when they were told."""
    if CUT not in head:
        return lookups.uris(connection, head) or lookups.uris(connection, quote(head))
    # Of a URI that is percent-encoded only what needs no encoding can be asked for; the rest is compared here.
    asked = "%".join(map(_escaped, _KEPT.findall(head)))
    pattern = re.compile(".*".join(map(re.escape, head.split(CUT))), re.DOTALL)
    found = lookups.like(connection, f"%{asked}%", limit=_MOST)
    return [uri for uri in found if any(pattern.fullmatch(spelled(Named(uri), base=base)) for base in (None, "/"))]


def _known(connection: Connection, uris: Sequence[str], *, gone: bool) -> list[Named]:
    found = [Named(*names) for names in lookups.names_in(connection, uris[:_MOST])]
    if gone:
        for uri in uris[:_FEW]:
            told = history.versions(connection, uri)
            found += [Named(uri, each.table, each.column) for each in told if each.table is not None]
    return list(dict.fromkeys(found))


def _anywhere(connection: Connection, given: str) -> list[Named]:
    """Columns that are called so, whatever they are in."""
    if "://" in given or "/" in given or not given.strip():
        return []
    dots = [at for at, character in enumerate(given) if character in ".:" and 0 < at < len(given) - 1]
    pairs: list[tuple[str | None, str]] = [(None, given), *((given[:at], given[at + 1 :]) for at in dots)]
    found = lookups.called(connection, pairs, limit=_FEW + 1)
    return [Named(*each) for each in found]


def _asked(connection: Connection, given: str) -> list[Named]:
    """What the question of this id is about."""
    if not ITEM_ID.fullmatch(given.strip().lower()):
        return []
    subjects = [item.question.subject for item in reviews.beginning_with(connection, given.strip().lower())]
    return [Named(subject.resource, subject.table, subject.column) for subject in subjects]


def _uris(head: str) -> list[str]:
    """What a resource may be called in the catalog that somebody writes so."""
    heads = [head]
    if _ESCAPE.search(head):
        with suppress(UnicodeEncodeError):
            # What no path can have stays as it is written.
            unescaped = _ESCAPE.sub(lambda each: each[0].encode().decode("unicode_escape"), head)
            heads.append(os.fsdecode(os.fsencode(unescaped)))
    found: list[str] = []
    for each in heads:
        scheme, mark, rest = each.partition("://")
        if not mark:
            found.append(file_uri(os.path.abspath(each)))
        elif scheme.lower() == "file":
            found += [each, file_uri(os.path.abspath(path_of(each)))] if rest.startswith("/") else [each]
        elif scheme.lower() in _OF_FILES:
            path = unquote(rest.partition("?")[0])
            found += [file_uri(os.path.abspath(name)) for name in (path[1:], path) if name]
        else:
            found += [each, _as_kept(each)]
    return list(dict.fromkeys(found))


def _as_kept(url: str) -> str:
    """The URL of a table, an object or a database as the catalog has it: without a user, with the port, encoded."""
    scheme, _, rest = url.partition("://")
    scheme = _engine(scheme)
    host, slash, path = rest.partition("/")
    port = _PORTS.get(scheme)
    if port is not None:
        try:
            said = urlsplit(f"{scheme}://{host}")
            number, host = said.port or port, said.hostname or "localhost"
        except ValueError:
            return url
        host = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
        path = path.partition("?")[0]
    return f"{scheme}://{host}{slash}{quote(unquote(path))}"


def _engine(scheme: str) -> str:
    name = scheme.lower().partition("+")[0]
    return _SAME.get(name, name)


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _why_not(connection: Connection, given: str) -> str:
    """What is wrong with a name that nothing has, and what is likely meant."""
    for find in (_exactly, _below, _ending):
        for head, inside in splits(given):
            if inside is not None and (uris := find(connection, head)):
                return has_none(inside, _known(connection, uris, gone=False))
    for head, inside in splits(given):
        name = head.rsplit("/", 1)[-1]
        close = [
            uri
            for uri in history.alike(connection, _uris(head)[-1])
            if difflib.SequenceMatcher(None, name, spelled(Named(uri)).rsplit("/", 1)[-1]).ratio() > _ALIKE
        ]
        if close:
            told = [spelled(Named(each)) + ("" if inside is None else f":{inside}") for each in close]
            return f"is not in the catalog; did you mean {' or '.join(map(pasted, told))}?"
    if below := _below(connection, given):
        return f"is a database of {len(below):,} tables; name one, such as {pasted(below[0])}"
    return "is not in the catalog; scan it first, or see 'assay catalog export classifications' for all that is"


def has_none(inside: str, known: Sequence[Named]) -> str:
    """Why a resource that has these tables and columns has nothing that is called so."""
    columns = [each for each in known if each.column is not None]
    if not columns:
        return f"it has no columns, so no '{inside}'"
    names: dict[str, Named] = {}
    for each in known:
        names.setdefault(within(each).casefold(), each)
        names.setdefault((each.column or each.table or "").casefold(), each)
        names.setdefault(f"{each.table}.{each.column or ''}".casefold(), each)
    wanted = inside.casefold()
    last = re.split(r"[.:]", wanted)[-1]
    close = next((found for text in (wanted, last) if (found := difflib.get_close_matches(text, names, n=1))), None)
    if close:
        return f"there is no column or table '{inside}'; did you mean {pasted(spelled(names[close[0]]))}?"
    some = ", ".join(pasted(spelled(each)) for each in columns[:_FEW])
    return f"there is no column or table '{inside}'; there {'is' if len(columns) == 1 else 'are'} {some}"
