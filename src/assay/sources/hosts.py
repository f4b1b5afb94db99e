"""URLs with several hosts, which the standard library does not take apart: `scheme://user:password@h1:1,h2:2/path?query`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from assay.errors import UsageError

_HOST = re.compile(r"[^\s/@:,?#\[\]%]+(?::\d{1,5})?|\[[0-9a-fA-F:.]+\](?::\d{1,5})?")

_MARKS = re.compile(r"[/?#\[\]]")


class Url(NamedTuple):
    """Its parts; of the path the slash before it is left out."""

    scheme: str
    hosts: tuple[str, ...]
    path: str
    query: str
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"<URL of {','.join(self.hosts)}>"


def taken_apart(target: str, example: str) -> Url:
    """The parts of a URL. Raises `UsageError`, without a word of what may be a password; `example` says how it is written."""
    scheme, _, rest = target.partition("://")
    # A password is not always encoded as it should be: what stands before the last @ is told nowhere.
    begin = rest.rfind("@") + 1
    ends = [at for at in (rest.find("/", begin), rest.find("?", begin)) if at >= 0]
    end = min(ends, default=len(rest))
    login, _, names = rest[:end].rpartition("@")
    path, _, query = rest[end:].partition("?")
    hosts = tuple(name for name in names.split(",") if name)
    if not hosts or not all(map(_HOST.fullmatch, hosts)) or _MARKS.search(login) or "#" in rest[end:]:
        raise UsageError(
            f"{scheme}://…: the URL cannot be read; write {example}, with special characters of user and password "
            "percent-encoded"
        )
    user, has_password, password = login.partition(":")
    return Url(
        scheme.lower(),
        hosts,
        path.removeprefix("/"),
        query,
        unquote(user) if user else None,
        unquote(password) if has_password else None,
    )


def has_port(host: str) -> bool:
    """Whether a host (`h`, `h:1`, `[::1]:1`) is followed by a port."""
    return ":" in host.rpartition("]")[2]
